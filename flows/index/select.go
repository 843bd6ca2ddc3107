package index

import (
	"context"
	"slices"
	"sync/atomic"

	"plcscope/decode"
	"plcscope/decode/filter"
	"plcscope/internal/wire"
)

// Selection is a growing list of frames, in ascending order. One goroutine adds to it,
// others read.
type Selection struct {
	list column[uint32]
	seen atomic.Uint32
	done atomic.Bool
}

// NewSelection makes an empty one.
func NewSelection() *Selection {
	s := &Selection{}
	s.list.bits = 10
	return s
}

// Add appends a frame. It and Looked are for who fills the selection.
func (s *Selection) Add(n uint32) { *s.list.push() = n }

// Looked tells that the frames up to number n have been looked at, and shows what was
// added.
func (s *Selection) Looked(n uint32) {
	s.list.publish()
	s.seen.Store(n)
}

// Len is how many frames there are so far.
func (s *Selection) Len() int { return int(s.list.len()) }

// At returns frame i, from 0; i must be below Len.
func (s *Selection) At(i int) uint32 { return *s.list.at(uint32(i)) }

// Seen is the number of the last frame that was looked at.
func (s *Selection) Seen() uint32 { return s.seen.Load() }

// Done reports whether no frame will be added any more.
func (s *Selection) Done() bool { return s.done.Load() }

// Search returns the place of the first frame of the selection that is n or behind it.
func (s *Selection) Search(n uint32) int {
	low, high := 0, s.Len()
	for low < high {
		mid := int(uint(low+high) >> 1)
		if s.At(mid) < n {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

// step is how many frames are looked at before a selection shows what was found.
const step = 1024

// Filter fills s with the frames behind s.Seen that pass f: those that the index holds
// and, when follow is set, those that it will hold until it is complete. Only what the
// filter asks for is decoded. own, unless nil, adds fields to the headers of a frame
// that no decoder knows, such as tcp.stream. It runs until it is done or ctx is
// cancelled, and may be called again to go on.
func (ix *Index) Filter(ctx context.Context, f *filter.Filter, own func(Frame, *wire.Tree), s *Selection, follow bool) error {
	x := newSieve(ix, f, own)
	defer x.r.Close()
	for {
		news := ix.Changed()
		complete := ix.Progress().Done
		for n := s.Seen(); n < ix.Frames(); {
			if err := ctx.Err(); err != nil {
				return err
			}
			for end := min(n+step, ix.Frames()); n < end; {
				if n++; x.passes(n) {
					s.Add(n)
				}
			}
			s.Looked(n)
		}
		if complete || !follow {
			s.done.Store(complete)
			return nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// sieve holds frames against a filter.
type sieve struct {
	ix       *Index
	r        *Reader
	matcher  *filter.Matcher
	own      func(Frame, *wire.Tree)
	dissect  *decode.Dissector
	headers  bool
	messages bool
	numbers  []uint32
	parts    []filter.Part
	copies   []*part
	tree     wire.Tree
}

func newSieve(ix *Index, f *filter.Filter, own func(Frame, *wire.Tree)) *sieve {
	x := &sieve{ix: ix, r: ix.NewReader(), matcher: f.Matcher(), own: own}
	var of []*wire.Field // the headers
	for _, field := range f.Fields() {
		if slices.Contains(decode.Fields.All(), field) {
			of = append(of, field)
		} else {
			x.messages = true
		}
	}
	x.headers = len(of) > 0
	x.dissect = decode.NewDissector(of...)
	return x
}

// passes reports whether frame n passes the filter. One that cannot be read has no fields.
func (x *sieve) passes(n uint32) bool {
	x.numbers = x.numbers[:0]
	if x.messages {
		x.numbers = x.ix.MessagesIn(n, x.numbers)
	}
	x.parts = x.parts[:0]
	if x.headers || x.own != nil {
		x.tree.Reset()
		var data []byte
		if x.headers {
			if f, err := x.r.Frame(n); err == nil {
				x.dissect.Dissect(f, &x.tree)
				data = f.Data
			}
		}
		if x.own != nil {
			f, _ := x.ix.Frame(n)
			x.own(f, &x.tree)
		}
		x.take(&x.tree, data, len(x.numbers) == 0)
	}
	for i, m := range x.numbers {
		if v, err := x.r.Message(m); err == nil {
			x.take(v.Tree, v.Bytes, i == len(x.numbers)-1)
		}
	}
	return x.matcher.Match(x.parts)
}

// take makes a part of a tree. What is not the last one is copied, as the reader's
// storage is used for the next.
func (x *sieve) take(t *wire.Tree, b []byte, last bool) {
	if last {
		x.parts = append(x.parts, filter.Part{Tree: t, Bytes: b})
		return
	}
	i := len(x.parts)
	for len(x.copies) <= i {
		x.copies = append(x.copies, new(part))
	}
	p := x.copies[i]
	p.text = append(p.text[:0], b...)
	p.tree.Nodes = append(p.tree.Nodes[:0], t.Nodes...)
	p.values = p.values[:0]
	for k := range p.tree.Nodes {
		if d := p.tree.Nodes[k].Data; d != nil {
			from := len(p.values)
			p.values = append(p.values, d...)
			p.tree.Nodes[k].Data = p.values[from:len(p.values):len(p.values)]
		}
	}
	x.parts = append(x.parts, filter.Part{Tree: &p.tree, Bytes: p.text})
}

// part is a copy of one, with the bytes that its values lie in.
type part struct {
	tree   wire.Tree
	text   []byte
	values []byte
}
