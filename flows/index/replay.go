package index

import (
	"context"
	"io"

	"plcscope/flows"
	"plcscope/flows/frames"
	"plcscope/pcaps"
)

// Source yields the frames of the index once more, as a capture does: for an analysis
// that comes later, also of a pipe. When follow is set it waits for what is to come
// until the index is complete or ctx is cancelled. A frame that can no longer be read
// has no bytes.
func (ix *Index) Source(ctx context.Context, follow bool) flows.Source {
	return &replay{ctx: ctx, ix: ix, r: ix.NewReader(), follow: follow}
}

type replay struct {
	ctx    context.Context
	ix     *Index
	r      *Reader
	n      uint32 // frames that were yielded
	follow bool
}

// A batch of a replay ends with one of these.
const (
	replayFrames = 4096
	replayBytes  = 256 << 10
)

func (p *replay) Next(b *pcaps.Batch) error {
	if err := p.wait(); err != nil {
		p.r.Close()
		return err
	}
	// Several batches are under way at a time, and each needs its bytes.
	room := 0
	end := p.n
	for last := p.ix.Frames(); end < last && end < p.n+replayFrames && room < replayBytes; end++ {
		f, _ := p.ix.Frame(end + 1)
		room += f.Captured
	}
	buf := make([]byte, 0, room)
	b.Frames = b.Frames[:0]
	for p.n < end {
		p.n++
		f, err := p.r.Frame(p.n)
		if err != nil {
			row, _ := p.ix.Frame(p.n)
			b.Frames = append(b.Frames, pcaps.Frame{Number: uint64(p.n), Time: row.Time})
			continue
		}
		from := len(buf)
		buf = append(buf, f.Data...)
		b.Frames = append(b.Frames, *f)
		b.Frames[len(b.Frames)-1].Data = buf[from:len(buf):len(buf)]
	}
	return nil
}

// wait returns when there is a frame to yield, or why there is none.
func (p *replay) wait() error {
	for {
		news := p.ix.Changed()
		done := p.ix.Progress().Done
		switch {
		case p.ctx.Err() != nil:
			return p.ctx.Err()
		case p.n < p.ix.Frames():
			return nil
		case done || !p.follow:
			return io.EOF
		}
		select {
		case <-news:
		case <-p.ctx.Done():
		}
	}
}

// maxLag is by how many frames the messages of one may come late and still find their
// place at once; others do at the end.
const maxLag = 1 << 12

// Select fills an empty s with the frames that pass opt.Filter, whatever fields it
// names, by analysing all frames once more with a frames.Sieve. cfg is that of the
// first analysis. see, unless nil, is shown each message with the view of its frame
// and may add values to it. With follow it goes on until the index is complete.
// Others that look on come behind it.
func (ix *Index) Select(ctx context.Context, cfg flows.Config, opt frames.Options, see func(*frames.View, *flows.Message), s *Selection, follow bool, beside ...flows.Observer) error {
	x := &selecting{sieve: frames.New(opt), see: see, s: s}
	s.lag = maxLag
	again := flows.Config{Decode: cfg.Decode, Tracker: cfg.Tracker, Frame: x.sieve.Begin}
	again.Tracker.Trees = x.sieve.Trees()
	again.Done = func(f *pcaps.Frame, c *flows.Connection) { x.done(f, c) }
	again.Other = func(f *pcaps.Frame) {
		x.sieve.Begin(f, nil)
		x.done(f, nil)
	}
	again.Batch = func() { s.looked(x.number) }
	if _, err := flows.Analyse(ctx, ix.Source(ctx, follow), again, append([]flows.Observer{x}, beside...)...); err != nil {
		return err
	}
	s.finish(x.number)
	return nil
}

type selecting struct {
	flows.Ignore
	sieve  *frames.Sieve
	see    func(*frames.View, *flows.Message)
	s      *Selection
	number uint32
}

func (x *selecting) Message(m *flows.Message) {
	v := x.sieve.Message(m)
	if x.see != nil {
		x.see(v, m)
	}
	switch {
	case v.Segment != nil: // done will ask
	case v.Matches():
		x.s.add(uint32(m.Frame))
	case !v.Lost: // without the message the frame may have passed
		x.s.remove(uint32(m.Frame))
	}
}

func (x *selecting) done(f *pcaps.Frame, c *flows.Connection) {
	x.number = uint32(f.Number)
	if v := x.sieve.Done(c); v.Matches() {
		x.s.add(x.number)
		x.sieve.Shown(v)
	}
}
