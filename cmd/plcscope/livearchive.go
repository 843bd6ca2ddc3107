package main

import (
	"sync/atomic"
	"time"

	"plcscope/pcaps"
	"plcscope/pcaps/write"
)

// keptBatches is how many batches of frames may wait for the disk.
const keptBatches = 64

// archive writes frames to capture files on a goroutine of its own. Who hands frames over
// does not wait for the disk: what finds no room is lost to the files, and counted.
//
// Frames are copied when they are taken and queued when they were analysed: so a trigger
// is there before the frame that it is about, and what surrounds it is known to the frame.
type archive struct {
	ring   *write.Ring
	window *write.Window // nil: everything is kept

	spare  chan *pcaps.Batch
	made   int               // batches, until there are keptBatches
	staged chan *pcaps.Batch // taken, but not analysed; nil for one that found no room
	queue  chan kept
	lost   atomic.Uint64
	missed atomic.Uint64 // triggers that found no room
	done   chan struct{}
	err    error // valid after done

	waiting []trigger // for a frame that is still to be written
}

// kept is what is queued: frames that were analysed, or a trigger.
type kept struct {
	batch *pcaps.Batch // nil: it is a trigger
	trigger
}

// trigger is a finding whose surroundings are kept.
type trigger struct {
	at      int64
	frame   uint64
	comment string
}

// maxTriggers bounds those that are queued, and those that wait for their frames.
const maxTriggers = 1024

// newArchive begins to write as opt says; around, if not nil, keeps only what surrounds
// triggers.
func newArchive(opt write.Options, around *write.Around) (*archive, error) {
	ring, err := write.New(opt)
	if err != nil {
		return nil, err
	}
	a := &archive{
		ring: ring, spare: make(chan *pcaps.Batch, keptBatches), staged: make(chan *pcaps.Batch, keptBatches),
		queue: make(chan kept, keptBatches+maxTriggers), done: make(chan struct{}),
	}
	if around != nil {
		a.window = write.NewWindow(*around, ring)
	}
	go a.run()
	return a, nil
}

// offer copies the frames of b. It belongs to the goroutine that takes frames.
func (a *archive) offer(b *pcaps.Batch) {
	var to *pcaps.Batch
	select {
	case to = <-a.spare:
	default:
		if a.made == keptBatches {
			a.lost.Add(uint64(len(b.Frames)))
			a.staged <- nil // which has room for more than are taken before they are analysed
			return
		}
		a.made++
		to = new(pcaps.Batch)
	}
	n := 0
	for i := range b.Frames {
		n += len(b.Frames[i].Data)
	}
	to.Reset(n)
	for i := range b.Frames {
		f := to.Add(len(b.Frames[i].Data))
		data := f.Data
		copy(data, b.Frames[i].Data)
		*f = b.Frames[i]
		f.Data = data
	}
	a.staged <- to
}

// analysed queues the oldest batch that was taken. It is called once for each, by the
// goroutine that analyses.
func (a *archive) analysed() {
	if b := <-a.staged; b != nil {
		a.queue <- kept{batch: b} // which has room for all batches that there are
	}
}

// trigger asks for what surrounds a frame. It does not wait, and belongs to the goroutine
// that analyses.
func (a *archive) trigger(x trigger) {
	switch {
	case a == nil || a.window == nil:
	case len(a.queue) >= maxTriggers: // the rest is for batches
		a.missed.Add(1)
	default:
		a.queue <- kept{trigger: x}
	}
}

// run writes until the queue is closed.
func (a *archive) run() {
	defer close(a.done)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var last uint64 // number of the frame that was written last
	for {
		select {
		case x, ok := <-a.queue:
			switch {
			case !ok:
				for _, x := range a.waiting {
					a.window.Trigger(x.at, x.frame, x.comment)
				}
				a.err = a.ring.Close()
				return
			case x.batch != nil:
				for i := range x.batch.Frames {
					a.write(&x.batch.Frames[i])
					last = x.batch.Frames[i].Number
				}
				a.spare <- x.batch
			case x.frame > last && len(a.waiting) < maxTriggers:
				a.waiting = append(a.waiting, x.trigger)
			default:
				a.window.Trigger(x.at, x.frame, x.comment)
			}
		case now := <-tick.C:
			a.ring.Tick(now.UnixNano())
		}
	}
}

// write takes a frame, and the triggers that have waited for it.
func (a *archive) write(f *pcaps.Frame) {
	if a.window == nil {
		a.ring.WriteFrame(f)
		return
	}
	if len(a.waiting) > 0 {
		left := a.waiting[:0]
		for _, x := range a.waiting {
			if x.frame <= f.Number {
				a.window.Trigger(x.at, x.frame, x.comment)
			} else {
				left = append(left, x)
			}
		}
		a.waiting = left
	}
	a.window.WriteFrame(f)
}

// close writes what waits and completes the file. Nothing is offered any more, and no
// trigger comes.
func (a *archive) close() error {
	close(a.queue)
	<-a.done
	return a.err
}

// counts are frames written and lost, and files begun.
func (a *archive) counts() (written, lost, files uint64) {
	c := a.ring.Counts()
	return c.Written, c.Lost + a.lost.Load(), c.Files
}
