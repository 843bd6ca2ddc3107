package main

import (
	"io"
	"sync"
	"sync/atomic"
	"time"

	"plcscope/pcaps"
	"plcscope/pcaps/live"
)

// tap is the source of a live analysis. Whoever takes frames from it waits for the
// network and for nobody else: what is to be kept is copied and handed to an archive.
type tap struct {
	src  liveSource
	live *live.Capture // the same, unless frames come from files
	keep *archive      // nil when nothing is kept
	most uint64        // frames after which it ends; 0: never

	frames, bytes atomic.Uint64 // taken until now
	returned      atomic.Int64  // when Next last had something, by the clock
	latest        atomic.Int64  // capture time of the latest frame
	lost          atomic.Uint64 // frames that the kernel has dropped, of all interfaces
	lostUntil     atomic.Int64  // when that was noticed, by the clock that stamps frames

	once    sync.Once
	stopAt  atomic.Int64 // frames later than that are not wanted; 0: all are
	stopped chan struct{}
	reason  string // why it was stopped
}

func newTap(src liveSource, keep *archive, most uint64) *tap {
	t := &tap{src: src, keep: keep, most: most, stopped: make(chan struct{})}
	t.live, _ = src.(*live.Capture)
	return t
}

// Next implements flows.Source.
func (t *tap) Next(b *pcaps.Batch) error {
	if err := t.src.Next(b); err != nil {
		if t.live == nil && t.stopAt.Load() != 0 {
			return io.EOF // it was closed while it was read
		}
		return err
	}
	t.returned.Store(time.Now().UnixNano())
	t.trim(b)
	if len(b.Frames) == 0 {
		return io.EOF
	}
	if t.live != nil {
		// Asked now, it tells of all drops that lie before these frames.
		t.notice(t.live.Stats())
	}
	var n uint64
	for i := range b.Frames {
		n += uint64(b.Frames[i].Length)
	}
	t.frames.Add(uint64(len(b.Frames)))
	t.bytes.Add(n)
	t.latest.Store(b.Frames[len(b.Frames)-1].Time)
	if t.keep != nil {
		t.keep.offer(b)
	}
	return nil
}

// trim takes frames off that are beyond what was asked for.
func (t *tap) trim(b *pcaps.Batch) {
	if t.most > 0 {
		left := t.most - t.frames.Load()
		b.Frames = b.Frames[:min(uint64(len(b.Frames)), left)]
	}
	at := t.stopAt.Load()
	switch {
	case at == 0:
	case t.live == nil:
		b.Frames = b.Frames[:0]
	default:
		for i := range b.Frames {
			if b.Frames[i].Time > at {
				b.Frames = b.Frames[:i]
				return
			}
		}
	}
}

func (t *tap) notice(all []live.Stats) {
	var lost uint64
	for i := range all {
		lost += all[i].Dropped
	}
	if lost > t.lost.Load() {
		t.lostUntil.Store(time.Now().UnixNano())
		t.lost.Store(lost)
	}
}

// Times of stop.
const (
	lastWait = 150 * time.Millisecond // after that a frame has come to us, if nothing waits before it
	longest  = 10 * time.Second       // for what waits in the kernel's buffer
)

// stop ends the capture: what came until now is still handed out. It returns at once
// and may be called several times; the first reason counts.
func (t *tap) stop(reason string) {
	t.once.Do(func() {
		t.reason = reason
		close(t.stopped)
		begin := time.Now()
		t.stopAt.Store(begin.UnixNano())
		if t.live == nil {
			t.src.Close() // which may wait for a pipe
			return
		}
		go func() {
			time.Sleep(lastWait)
			for time.Since(begin) < longest && t.busy() {
				time.Sleep(lastWait / 3)
			}
			t.live.Close()
		}()
	})
}

// busy reports whether frames of before the stop still come.
func (t *tap) busy() bool {
	return time.Since(time.Unix(0, t.returned.Load())) < lastWait/3 && t.latest.Load() < t.stopAt.Load()
}
