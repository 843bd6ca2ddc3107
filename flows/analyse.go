package flows

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"plcscope/decode"
	"plcscope/pcaps"
)

// Source yields frames in batches; *pcaps.Capture is one.
type Source interface {
	Next(b *pcaps.Batch) error
}

// Config is how a capture is analysed; the zero value serves.
type Config struct {
	Decode  decode.Options
	Tracker Options
	// Frame, when set, is shown every frame that holds a TCP segment, in
	// capture order, before what it completes. It is for output that lists
	// frames rather than messages.
	Frame func(f *pcaps.Frame, s *decode.Segment)
	// Done, when set, is called after each such frame's messages, with the
	// connection that it belongs to.
	Done func(f *pcaps.Frame, c *Connection)
	// Other, when set, is shown every other frame, in capture order among these.
	Other func(f *pcaps.Frame)
	// Batch, when set, is called each time that all frames read so far have been
	// analysed: after some thousands of a file, at each pause of a live capture.
	Batch func()
	// Calls, when set, brings functions that are run between batches, where Batch
	// is, with what was counted so far: for what has a time of its own beside a
	// live capture, in which nothing may come for long.
	Calls <-chan func(*Totals)

	// Aside are observers that go through the same segments with a tracker of
	// their own, on a goroutine of their own: what they cost is not waited for
	// where a core is free. They are done when Analyse returns.
	Aside []Observer
	// AsideOf, unless Undecided, is the one protocol that Aside looks at.
	AsideOf Protocol
}

// Totals counts what an analysis went through.
type Totals struct {
	Frames uint64
	First  int64 // capture time of the earliest frame, nanoseconds since 1970
	Last   int64 // and of the latest
	Decode decode.Stats
	Flows  Stats
}

// batch is what travels from the reading to the analysing goroutine.
type batch struct {
	frames   pcaps.Batch
	segments []decode.Segment
	index    []int32 // frame of each segment, as an index into frames
	n        int     // segments in use
	decoded  decode.Stats
	err      error
	fault    any          // what the reading goroutine has panicked with
	users    atomic.Int32 // goroutines that still read it
}

// batches in flight: one being filled, some waiting, one being analysed.
const batches = 4

// Analyse runs a capture through a tracker with the given observers, which are
// all called on the calling goroutine (those of Config.Aside on another). Reading and decoding of the next frames
// goes on beside it. It returns when the capture ends, when ctx is cancelled, or
// at the first error of the source; what was read until then is analysed in any
// case.
func Analyse(ctx context.Context, src Source, cfg Config, observers ...Observer) (Totals, error) {
	t := New(cfg.Tracker, observers...)
	dec := decode.New(cfg.Decode)
	full, empty := make(chan *batch, batches), make(chan *batch, batches)
	for range batches {
		empty <- new(batch)
	}
	var totals Totals
	stop := make(chan struct{})
	go func() {
		defer close(full)
		defer func() { // a panic belongs to the caller, who may have a terminal to restore
			if p := recover(); p != nil {
				full <- &batch{fault: fmt.Sprintf("%v\n%s", p, debug.Stack())}
			}
		}()
		for {
			var b *batch
			select {
			case b = <-empty:
			case <-stop:
				return
			}
			b.err = src.Next(&b.frames)
			if b.err == nil {
				b.decode(dec)
				b.decoded = dec.Stats()
			}
			failed := b.err != nil
			full <- b
			if failed {
				return
			}
		}
	}()
	release := func(b *batch) {
		if b.users.Add(-1) == 0 {
			empty <- b
		}
	}
	users := int32(1)
	var aside chan *batch
	var asideDone sync.WaitGroup
	if len(cfg.Aside) > 0 {
		users = 2
		aside = make(chan *batch, batches)
		opt := cfg.Tracker
		opt.Only = cfg.AsideOf
		beside := New(opt, cfg.Aside...)
		asideDone.Go(func() {
			for b := range aside {
				b.analyse(beside, &Config{})
				release(b)
			}
			beside.Flush()
		})
	}
	var err error
loop:
	for {
		select {
		case b, ok := <-full:
			if !ok {
				break loop
			}
			if b.fault != nil {
				panic(b.fault)
			}
			if b.err != nil {
				if !errors.Is(b.err, io.EOF) {
					err = b.err
				}
				break loop
			}
			b.users.Store(users)
			if aside != nil {
				aside <- b
			}
			totals.count(b.frames.Frames)
			totals.Decode = b.decoded
			b.analyse(t, &cfg)
			release(b)
			if cfg.Batch != nil {
				cfg.Batch()
			}
		case call := <-cfg.Calls:
			totals.Flows = t.Stats()
			call(&totals)
		case <-ctx.Done():
			err = ctx.Err()
			break loop
		}
	}
	close(stop)
	if aside != nil {
		close(aside)
	}
	t.Flush()
	asideDone.Wait()
	totals.Flows = t.Stats()
	if ctx.Err() == nil { // else the reader may sit in a read of a silent pipe
		for range full {
		}
		totals.Decode = dec.Stats()
	}
	return totals, err
}

// decode turns the batch's frames into segments.
func (b *batch) decode(dec *decode.Decoder) {
	b.n = 0
	b.index = b.index[:0]
	for i := range b.frames.Frames {
		if b.n == len(b.segments) {
			b.segments = append(b.segments, decode.Segment{})
		}
		if dec.Decode(&b.frames.Frames[i], &b.segments[b.n]) {
			b.index = append(b.index, int32(i))
			b.n++
		}
	}
}

func (b *batch) analyse(t *Tracker, cfg *Config) {
	if cfg.Frame == nil && cfg.Done == nil && cfg.Other == nil {
		for i := range b.n {
			t.Add(&b.segments[i])
		}
		return
	}
	next := 0 // frame that was not shown yet
	others := func(end int) {
		for ; next < end; next++ {
			if cfg.Other != nil {
				cfg.Other(&b.frames.Frames[next])
			}
		}
		next++
	}
	for i := range b.n {
		others(int(b.index[i]))
		f := &b.frames.Frames[b.index[i]]
		if cfg.Frame != nil {
			cfg.Frame(f, &b.segments[i])
		}
		t.Add(&b.segments[i])
		if cfg.Done != nil {
			cfg.Done(f, t.current())
		}
	}
	others(len(b.frames.Frames))
}

func (t *Totals) count(frames []pcaps.Frame) {
	if len(frames) == 0 {
		return
	}
	if t.Frames == 0 {
		t.First, t.Last = frames[0].Time, frames[0].Time
	}
	t.Frames += uint64(len(frames))
	for i := range frames {
		t.First = min(t.First, frames[i].Time)
		t.Last = max(t.Last, frames[i].Time)
	}
}
