package main

import (
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
	w     io.Writer
	buf   []byte // what was not written yet
	err   error
	eager bool   // flush after each line
	stop  func() // called at the first error, if not nil

	holding bool   // lines go into held, until keep or drop
	held    []byte // of a frame of which it is not known whether it is shown
	array   bool   // what is written are the elements of a JSON array, each behind ",\n"
	begun   bool   // the first of them was written
}

// outputSize is how many bytes are collected before they are written.
const outputSize = 64 << 10

func newOutput(w io.Writer) *output { return &output{w: w, buf: make([]byte, 0, outputSize+4<<10)} }

// flush writes out what waits, with mu held.
func (o *output) flush() {
	if o.err == nil && len(o.buf) > 0 {
		_, o.err = o.w.Write(o.buf)
	}
	o.buf = o.buf[:0]
}

// hold makes lines wait until keep or drop.
func (o *output) hold() { o.holding = true }

// keep writes what has waited.
func (o *output) keep() {
	o.holding = false
	if len(o.held) > 0 {
		o.Write(o.held)
	}
	o.held = o.held[:0]
}

// drop forgets what has waited.
func (o *output) drop() { o.holding, o.held = false, o.held[:0] }

func (o *output) Write(line []byte) (int, error) {
	if o.holding {
		o.held = append(o.held, line...)
		return len(line), nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return 0, o.err
	}
	rest := line
	if o.array && !o.begun && len(line) > 0 { // the first object begins the array in place of its comma
		o.begun, rest = true, line[1:]
		o.buf = append(o.buf, '[')
	}
	o.buf = append(o.buf, rest...)
	if o.eager || len(o.buf) >= outputSize {
		o.flush()
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
				o.flush()
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
	o.flush()
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
