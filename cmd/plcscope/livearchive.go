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
type archive struct {
	ring   *write.Ring
	window *write.Window // nil: everything is kept

	spare, queue chan *pcaps.Batch
	triggers     chan trigger
	made         int // batches, until there are keptBatches
	lost         atomic.Uint64
	missed       atomic.Uint64 // triggers that found no room
	done         chan struct{}
	err          error // valid after done
}

// trigger is a finding whose surroundings are kept.
type trigger struct {
	at      int64
	frame   uint64
	comment string
}

// newArchive begins to write as opt says; around, if not nil, keeps only what surrounds
// triggers.
func newArchive(opt write.Options, around *write.Around) (*archive, error) {
	ring, err := write.New(opt)
	if err != nil {
		return nil, err
	}
	a := &archive{
		ring: ring, spare: make(chan *pcaps.Batch, keptBatches), queue: make(chan *pcaps.Batch, keptBatches),
		triggers: make(chan trigger, 1024), done: make(chan struct{}),
	}
	if around != nil {
		a.window = write.NewWindow(*around, ring)
	}
	go a.run()
	return a, nil
}

// offer copies the frames of b. It belongs to one goroutine.
func (a *archive) offer(b *pcaps.Batch) {
	var to *pcaps.Batch
	select {
	case to = <-a.spare:
	default:
		if a.made == keptBatches {
			a.lost.Add(uint64(len(b.Frames)))
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
	a.queue <- to // which has room for all batches that there are
}

// trigger asks for what surrounds a frame. It does not wait.
func (a *archive) trigger(x trigger) {
	if a == nil || a.window == nil {
		return
	}
	select {
	case a.triggers <- x:
	default:
		a.missed.Add(1)
	}
}

// run writes until the queue is closed.
func (a *archive) run() {
	defer close(a.done)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case x := <-a.triggers: // before the frames that wait: it may be about one of them
			a.window.Trigger(x.at, x.frame, x.comment)
			continue
		default:
		}
		select {
		case x := <-a.triggers:
			a.window.Trigger(x.at, x.frame, x.comment)
		case b, ok := <-a.queue:
			if !ok {
				a.finish()
				return
			}
			for i := range b.Frames {
				if a.window != nil {
					a.window.WriteFrame(&b.Frames[i])
				} else {
					a.ring.WriteFrame(&b.Frames[i])
				}
			}
			a.spare <- b
		case now := <-tick.C:
			a.ring.Tick(now.UnixNano())
		}
	}
}

// finish takes in the triggers that are left and completes the file.
func (a *archive) finish() {
	for len(a.triggers) > 0 {
		x := <-a.triggers
		a.window.Trigger(x.at, x.frame, x.comment)
	}
	a.err = a.ring.Close()
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
