package flows

import (
	"math"
	"sync/atomic"

	"plcscope/decode"
	"plcscope/pcaps"
)

// batch is what travels from the reading to the analysing goroutines.
type batch struct {
	frames   pcaps.Batch
	segments []decode.Segment
	index    []int32        // frame of each segment, as an index into frames
	n        int            // segments in use
	lanes    [Lanes][]int32 // segments of each lane, when there are lanes
	latest   int64          // time of the segments
	decoded  decode.Stats
	err      error
	users    atomic.Int32 // goroutines that still read it
	// passed, unless nil, makes it a mark between two batches: it is called by who has
	// gone through all that came before.
	passed func()
}

// batches in flight: one being filled, some waiting, one being analysed.
const batches = 4

// decode turns the batch's frames into segments, and deals them out to the lanes.
func (b *batch) decode(dec *decode.Decoder, lanes *lanesOf) {
	b.n, b.latest = 0, math.MinInt64
	b.index = b.index[:0]
	for i := range b.lanes {
		b.lanes[i] = b.lanes[i][:0]
	}
	for i := range b.frames.Frames {
		if b.n == len(b.segments) {
			b.segments = append(b.segments, decode.Segment{})
		}
		s := &b.segments[b.n]
		if !dec.Decode(&b.frames.Frames[i], s) {
			continue
		}
		if lanes != nil {
			l := lanes.of(s)
			b.lanes[l] = append(b.lanes[l], int32(b.n))
		}
		b.latest = max(b.latest, s.Time)
		b.index = append(b.index, int32(i))
		b.n++
	}
}

// through shows a part its segments.
func (b *batch) through(p part) {
	if p.lane == everySegment {
		for i := range b.n {
			p.tracker.Add(&b.segments[i])
		}
		return
	}
	for _, i := range b.lanes[p.lane] {
		p.tracker.Add(&b.segments[i])
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
