package index

import (
	"context"
	"slices"

	"plcscope/decode"
	"plcscope/decode/filter"
	"plcscope/internal/wire"
	"plcscope/mqtt"
	"plcscope/s7comm"
)

// step is how many frames are looked at before a selection shows what was found.
const step = 1024

// Simple reports whether Filter knows all fields that f names. For others there is
// Select.
func Simple(f *filter.Filter) bool { return Known(f.Fields()) }

// Known reports whether Filter knows all of the fields.
func Known(fields []*wire.Field) bool {
	for _, field := range fields {
		if !ofHeaders(field) && !ofMessages(field) {
			return false
		}
	}
	return true
}

func ofHeaders(f *wire.Field) bool { return slices.Contains(decode.Fields.All(), f) }

func ofMessages(f *wire.Field) bool { return ofMQTT(f) || ofISO(f) }
func ofMQTT(f *wire.Field) bool     { return slices.Contains(mqtt.Fields.All(), f) }
func ofISO(f *wire.Field) bool      { return slices.Contains(s7comm.Fields.All(), f) }

// Filter fills s with the frames behind s.Seen that pass f: those that the index holds
// and, when follow is set, those that it will hold until it is complete. Only what the
// filter asks for is read and decoded. own, unless nil, adds fields to the headers of a
// frame that are none of Simple's. It runs until it is done or ctx is cancelled, and
// may be called again to go on.
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
					s.add(n)
				}
			}
			s.looked(n)
		}
		if complete {
			s.finish(s.Seen())
		}
		if complete || !follow {
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
	ix      *Index
	r       *Reader
	matcher *filter.Matcher
	own     func(Frame, *wire.Tree)
	dissect *decode.Dissector
	headers bool // some field of headers is wanted
	mqtt    bool // some field of MQTT packets is wanted,
	iso     bool // of ISO-on-TCP PDUs
	numbers []uint32
	parts   []filter.Part
	copies  []*part
	tree    wire.Tree
}

func newSieve(ix *Index, f *filter.Filter, own func(Frame, *wire.Tree)) *sieve {
	x := &sieve{ix: ix, r: ix.NewReader(), matcher: f.Matcher(), own: own}
	var of []*wire.Field // the headers
	for _, field := range f.Fields() {
		if ofHeaders(field) {
			of = append(of, field)
		}
		x.mqtt, x.iso = x.mqtt || ofMQTT(field), x.iso || ofISO(field)
	}
	x.headers = len(of) > 0
	x.dissect = decode.NewDissector(of...)
	return x
}

// passes reports whether frame n passes the filter. One that cannot be read has no fields.
func (x *sieve) passes(n uint32) bool {
	x.numbers = x.numbers[:0]
	if x.mqtt || x.iso {
		x.numbers = slices.DeleteFunc(x.ix.MessagesIn(n, x.numbers), x.unwanted)
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

// unwanted reports whether message n has none of the fields.
func (x *sieve) unwanted(n uint32) bool {
	if x.ix.messages.at(n - 1).has(flagISO) {
		return !x.iso
	}
	return !x.mqtt
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
