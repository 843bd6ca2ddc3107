package symbol

import (
	"sort"
	"strconv"

	"plcscope/s7comm"
	"plcscope/s7comm/datatype"
)

// Hit is a variable, or a part of one, in an address range.
type Hit struct {
	Path      string // "MotorData.Position1.xAxis"
	Type      *Type  // of the whole variable
	Bit, Bits uint64 // the whole variable: where it begins in its area or block, and its size
	// Whole reports that the range holds all of the variable, so that its value can be
	// told.
	Whole bool
}

// At names what lies in bits bit to bit+bits-1 of a data block or an area; of timers
// and counters, bit is the number. The hits are appended to l in ascending order, at
// most limit of them; more is how many there are besides, counted up to MaxMore. An
// array of characters that lies in the range as a whole is one hit, all other arrays are
// as many as they have elements.
func (t *Table) At(area s7comm.Area, db uint16, bit, bits uint64, l []Hit, limit int) (hits []Hit, more int) {
	f := finder{from: bit, to: bit + bits, hits: l, limit: len(l) + limit}
	p := place{area: area}
	if area == s7comm.AreaDB || area == s7comm.AreaDI {
		p = place{s7comm.AreaDB, db}
		if b := t.byDB[db]; b != nil && !b.Optimised {
			f.path = append(f.path, b.title()...)
			f.members(b.Type, 0)
		} else if b != nil {
			return l, 0
		}
	}
	if d := t.areas[p]; d != nil && len(f.hits) == len(l) {
		f.symbols(d.list, d.longest)
	}
	return f.hits, f.more
}

// finder walks down to what overlaps the range from from to to, in bits.
type finder struct {
	from, to uint64
	path     []byte
	hits     []Hit
	limit    int
	more     int
}

// MaxMore is how far At counts what it leaves out.
const MaxMore = 4096

// full reports that it is of no use to look further.
func (f *finder) full() bool { return f.more == MaxMore }

// symbols finds those of an area. Several may name the same bits; those of exactly the
// range come alone, then those within it, and else those that hold it.
func (f *finder) symbols(l []Symbol, longest uint64) {
	low := uint64(0)
	if f.from > longest {
		low = f.from - longest
	}
	first := sort.Search(len(l), func(i int) bool { return l[i].Bit >= low })
	for _, fits := range []func(s *Symbol) bool{
		func(s *Symbol) bool { return s.Bit == f.from && s.Bit+s.Bits == f.to },
		func(s *Symbol) bool { return s.Bit >= f.from && s.Bit+s.Bits <= f.to },
		func(s *Symbol) bool { return s.Bit < f.to && s.Bit+s.Bits > f.from },
	} {
		found := false
		for i := first; i < len(l) && l[i].Bit < f.to && !f.full(); i++ {
			if s := &l[i]; fits(s) {
				found = true
				f.path = append(f.path[:0], s.Name...)
				if s.Type.Elem == nil && len(s.Type.Members) == 0 {
					f.leaf(s.Type, s.Bit, s.Bits)
				} else {
					f.value(s.Type, s.Bit)
				}
			}
		}
		if found {
			return
		}
	}
}

func (f *finder) leaf(t *Type, at, bits uint64) {
	if len(f.hits) == f.limit {
		f.more++
		return
	}
	f.hits = append(f.hits, Hit{string(f.path), t, at, bits, at >= f.from && at+bits <= f.to})
}

// value finds the parts of a value of type t at bit at.
func (f *finder) value(t *Type, at uint64) {
	end := at + uint64(t.Bits)
	if f.full() || at >= f.to || end <= f.from {
		return
	}
	switch {
	case t.text() && at >= f.from && at+uint64(t.Dims[0].Size())*8 <= f.to:
		f.leaf(t, at, uint64(t.Dims[0].Size())*8)
	case t.Elem != nil:
		f.elements(t, at)
	case len(t.Members) > 0:
		f.members(t, at)
	default:
		f.leaf(t, at, uint64(t.Bits))
	}
}

// text reports whether t is an array of characters, which is read as one text.
func (t *Type) text() bool {
	return t.Elem != nil && t.Elem.Base == datatype.Char && len(t.Dims) == 1
}

func (f *finder) members(t *Type, at uint64) {
	depth := len(f.path)
	first := sort.Search(len(t.Members), func(i int) bool {
		m := &t.Members[i]
		return at+uint64(m.Offset)+uint64(m.Type.Bits) > f.from
	})
	for i := first; i < len(t.Members); i++ {
		m := &t.Members[i]
		if at+uint64(m.Offset) >= f.to || f.full() {
			break
		}
		if m.Name == "" {
			continue
		}
		f.path = append(append(f.path[:depth], '.'), m.Name...)
		f.value(m.Type, at+uint64(m.Offset))
	}
	f.path = f.path[:depth]
}

// elements finds those of an array, going straight to the first that the range touches.
func (f *finder) elements(t *Type, at uint64) {
	depth := len(f.path)
	last := t.Dims[len(t.Dims)-1]
	rows := uint64(t.rows)
	skip := uint64(0)
	if f.from > at {
		skip = f.from - at
	}
	stride := uint64(max(t.stride, 1))
	for r := skip / uint64(max(t.row, 1)); r < rows && !f.full(); r++ {
		start := at + r*uint64(t.row)
		if start >= f.to {
			break
		}
		i := uint64(0)
		if f.from > start {
			i = (f.from - start) / stride
		}
		for ; i < uint64(last.Size()) && start+i*stride < f.to && !f.full(); i++ {
			f.path = append(f.path[:depth], '[')
			f.path = t.appendIndex(f.path, r)
			f.path = strconv.AppendInt(f.path, int64(last.Low)+int64(i), 10)
			f.path = append(f.path, ']')
			f.value(t.Elem, start+i*stride)
		}
	}
	f.path = f.path[:depth]
}

// appendIndex adds the indexes of row r, all but the last.
func (t *Type) appendIndex(b []byte, r uint64) []byte {
	var at [6]uint64
	n := len(t.Dims) - 1
	for i := n - 1; i >= 0; i-- {
		size := uint64(t.Dims[i].Size())
		at[i] = r % size
		r /= size
	}
	for i := range n {
		b = strconv.AppendInt(b, int64(t.Dims[i].Low)+int64(at[i]), 10)
		b = append(b, ',')
	}
	return b
}
