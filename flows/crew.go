package flows

import (
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// part is a share of a capture: the tracker that its segments go through.
type part struct {
	tracker *Tracker
	lane    int // whose segments these are, or everySegment
}

// everySegment stands for all lanes of a part.
const everySegment = -1

// crew are goroutines that work on the same batches, each in its own order of events.
type crew struct {
	in    []chan *batch // of each goroutine
	gone  sync.WaitGroup
	fault atomic.Value  // what the first of them has panicked with, as a string
	fell  chan struct{} // closed when one has
	free  func(*batch)
	until int64 // when the capture has ended, once in is closed
}

// hire adds a goroutine that takes the parts through all batches, one after the other.
func (c *crew) hire(parts ...part) {
	in := make(chan *batch, batches)
	c.in = append(c.in, in)
	c.gone.Go(func() {
		each := func(f func(*batch)) {
			for b := range in {
				if b.passed != nil {
					b.passed()
				} else {
					f(b)
				}
			}
		}
		var now *batch // that it is at
		broken := !c.guard(func() {
			each(func(b *batch) {
				now = b
				for _, p := range parts {
					b.through(p)
				}
				now = nil
				c.free(b)
			})
			for _, p := range parts {
				p.tracker.Until(c.until)
				p.tracker.Flush()
			}
		})
		if broken { // nobody must wait for it
			if now != nil {
				c.free(now)
			}
			each(c.free)
		}
	})
}

// guard runs f and reports whether it came to its end. A panic belongs to the caller of
// Analyse, who may have a terminal to restore.
func (c *crew) guard(f func()) (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			if c.fault.CompareAndSwap(nil, fmt.Sprintf("%v\n%s", p, debug.Stack())) {
				close(c.fell)
			}
		}
	}()
	f()
	return true
}

// give hands a batch to all; each frees it.
func (c *crew) give(b *batch) {
	for _, in := range c.in {
		in <- b
	}
}

// rest waits until all have gone through what they were given. Until they are given more,
// what they work on may be looked at and changed.
func (c *crew) rest() {
	var all sync.WaitGroup
	all.Add(len(c.in))
	for _, in := range c.in {
		in <- &batch{passed: all.Done}
	}
	all.Wait()
}

// dismiss waits until all have flushed their trackers, and passes a panic on. The
// capture has ended at that time.
func (c *crew) dismiss(until int64) {
	c.until = until
	for _, in := range c.in {
		close(in)
	}
	c.gone.Wait()
	if p := c.fault.Load(); p != nil {
		panic(p)
	}
}
