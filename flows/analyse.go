package flows

import (
	"context"
	"errors"
	"io"
	"math"

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
	// live capture, in which nothing may come for long. Aside has gone through the same
	// batches then, and rests.
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

// Analyse runs a capture through a tracker with the given observers, which are
// all called on the calling goroutine (those of Config.Aside on another). Reading and
// decoding of the next frames goes on beside it. It returns when the capture ends, when
// ctx is cancelled, or at the first error of the source; what was read until then is
// analysed in any case.
func Analyse(ctx context.Context, src Source, cfg Config, observers ...Observer) (Totals, error) {
	t := New(cfg.Tracker, observers...)
	a := newAnalysis(src, &cfg, nil)
	return a.run(ctx, func(b *batch) {
		b.analyse(t, &cfg)
		if cfg.Batch != nil {
			cfg.Batch()
		}
	}, t)
}

// AnalyseLanes is Analyse on several cores. Each lane of the capture goes through a
// tracker with the observers that are given for it, one list for each of Lanes, all on
// a goroutine of the lane; with fewer workers than lanes, several lanes share one. Of
// cfg, Frame, Done, Other, Batch and Calls are not used.
func AnalyseLanes(ctx context.Context, src Source, cfg Config, workers int, observers [Lanes][]Observer) (Totals, error) {
	of := newLanesOf(cfg.Tracker.DecodeAs)
	a := newAnalysis(src, &Config{Decode: cfg.Decode, Tracker: cfg.Tracker, Aside: cfg.Aside, AsideOf: cfg.AsideOf}, &of)
	var trackers []*Tracker
	shares := make([][]part, min(max(workers, 1), Lanes))
	for lane, l := range observers {
		t := New(laneOptions(cfg.Tracker, lane), l...)
		trackers = append(trackers, t)
		w := 0
		if n := len(shares); n > 1 && lane > 0 { // the first has the most to do
			w = 1 + lane%(n-1)
		}
		shares[w] = append(shares[w], part{t, lane})
	}
	for _, s := range shares {
		a.crew.hire(s...)
	}
	return a.run(ctx, nil, trackers...)
}

// analysis is one run of Analyse or AnalyseLanes.
type analysis struct {
	cfg   *Config
	src   Source
	dec   *decode.Decoder
	lanes *lanesOf // nil: one lane
	crew  crew

	full, empty chan *batch
	stop        chan struct{} // closed when no more batches are wanted
	totals      Totals
}

func newAnalysis(src Source, cfg *Config, lanes *lanesOf) *analysis {
	a := &analysis{
		cfg: cfg, src: src, dec: decode.New(cfg.Decode), lanes: lanes,
		full: make(chan *batch, batches+1), empty: make(chan *batch, batches), stop: make(chan struct{}),
	}
	for range batches {
		a.empty <- new(batch)
	}
	a.crew.free, a.crew.fell = a.release, make(chan struct{})
	if len(cfg.Aside) > 0 {
		opt := cfg.Tracker
		opt.Only = cfg.AsideOf
		a.crew.hire(part{New(opt, cfg.Aside...), everySegment})
	}
	return a
}

// release takes a batch back from one of those who go through it.
func (a *analysis) release(b *batch) {
	if b.users.Add(-1) == 0 {
		a.empty <- b
	}
}

// read fills batches until the capture ends or somebody closes stop.
func (a *analysis) read() {
	defer close(a.full)
	if !a.crew.guard(func() {
		for {
			var b *batch
			select {
			case b = <-a.empty:
			case <-a.stop:
				return
			}
			b.err = a.src.Next(&b.frames)
			if b.err == nil {
				b.decode(a.dec, a.lanes)
				b.decoded = a.dec.Stats()
			}
			failed := b.err != nil
			a.full <- b
			if failed {
				return
			}
		}
	}) {
		a.full <- &batch{err: errBroken}
	}
}

// errBroken ends the run; crew.dismiss tells why.
var errBroken = errors.New("the reading goroutine has panicked")

// run gives the batches to the crew and, unless nil, to own. The trackers are those
// that are counted; when own is used they are flushed here, and by the crew otherwise.
func (a *analysis) run(ctx context.Context, own func(*batch), trackers ...*Tracker) (Totals, error) {
	go a.read()
	users := int32(len(a.crew.in))
	if own != nil {
		users++
	}
	var err error
	latest := int64(math.MinInt64) // time of a segment
loop:
	for {
		select {
		case b, ok := <-a.full:
			if !ok {
				break loop
			}
			if b.err != nil {
				if !errors.Is(b.err, io.EOF) {
					err = b.err
				}
				break loop
			}
			b.users.Store(users)
			a.totals.count(b.frames.Frames)
			a.totals.Decode, latest = b.decoded, max(latest, b.latest)
			a.crew.give(b)
			if own != nil {
				own(b)
				a.release(b)
			}
		case call := <-a.cfg.Calls:
			a.crew.rest()
			a.totals.Flows = trackers[0].Stats()
			call(&a.totals)
		case <-a.crew.fell:
			break loop
		case <-ctx.Done():
			err = ctx.Err()
			break loop
		}
	}
	close(a.stop)
	if own != nil {
		trackers[0].Until(latest)
		trackers[0].Flush()
	}
	a.crew.dismiss(latest)
	a.totals.Flows = Stats{}
	for _, t := range trackers {
		a.totals.Flows.join(t.Stats())
	}
	if ctx.Err() == nil { // else the reader may sit in a read of a silent pipe
		for range a.full {
		}
		a.totals.Decode = a.dec.Stats()
	}
	return a.totals, err
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
