package main

import (
	"bufio"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"plcscope/pcaps"
)

// output is a buffered writer that remembers its first error. Write takes whole
// lines.
type output struct {
	mu    sync.Mutex
	w     *bufio.Writer
	err   error
	eager bool   // flush after each line
	stop  func() // called at the first error, if not nil
}

func newOutput(w io.Writer) *output { return &output{w: bufio.NewWriterSize(w, 64<<10)} }

func (o *output) Write(line []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return 0, o.err
	}
	if _, o.err = o.w.Write(line); o.err == nil && o.eager {
		o.err = o.w.Flush()
	}
	if o.err != nil && o.stop != nil {
		o.stop()
	}
	return len(line), o.err
}

// flushNow writes out what waits five times a second, for a capture that comes
// through a pipe in its own time. The function that it returns ends that.
func (o *output) flushNow() (stop func()) {
	quit := make(chan struct{})
	go func() {
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
				o.mu.Lock()
				if o.err == nil {
					o.err = o.w.Flush()
				}
				o.mu.Unlock()
			}
		}
	}()
	return func() { close(quit) }
}

// Close writes out what is left and returns the first error of all writes.
func (o *output) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.err = o.w.Flush()
	}
	return o.err
}

// start is the time of a capture's first frame, whatever that frame holds.
type start struct {
	ns    atomic.Int64
	known atomic.Bool
}

// of returns c as a source that takes note of its start.
func (s *start) of(c *pcaps.Capture) *startSource { return &startSource{c, s} }

type startSource struct {
	*pcaps.Capture
	start *start
}

func (s *startSource) Next(b *pcaps.Batch) error {
	err := s.Capture.Next(b)
	if err == nil && !s.start.known.Load() && len(b.Frames) > 0 {
		s.start.ns.Store(b.Frames[0].Time)
		s.start.known.Store(true)
	}
	return err
}
