package s7comm

import (
	"strings"

	"plcscope/internal/wire"
)

// szlElement is one element of the records of a partial list.
type szlElement struct {
	field *wire.Field
	off   int
	size  int
	mask  uint32 // the bits that it takes of its bytes; 0: all
	least bool   // the least significant byte comes first
}

// szlLayout describes the records of a partial list, element by element.
type szlLayout struct {
	elements []szlElement
	size     int // bytes of a record that the elements cover
}

// szlSpec declares elements in the order of their bytes.
type szlSpec struct {
	size   int // bytes that it takes behind the spec before it; 0: it lies in that one
	field  wire.Field
	mask   uint32
	owner  string // flags: the element that they are bits of, "" for the spec before them
	flags  string // names, from bit first upwards
	first  int
	hidden bool // nothing but its parts is shown
	timed  bool // a duration: twelve bits of value, four of time base
	least  bool // the least significant byte comes first
}

func szlHex(size int, name, title string) szlSpec {
	return szlSpec{size: size, field: wire.Field{Name: name, Title: title, Type: wire.Uint, Width: uint8(size), Base: wire.Hex}}
}

func szlDec(size int, name, title string) szlSpec {
	return szlSpec{size: size, field: wire.Field{Name: name, Title: title, Type: wire.Uint, Width: uint8(size)}}
}

func szlText(size int, name, title string) szlSpec {
	return szlSpec{size: size, field: wire.Field{Name: name, Title: title, Type: wire.String}}
}

func szlRaw(size int, name, title string) szlSpec {
	return szlSpec{size: size, field: wire.Field{Name: name, Title: title, Type: wire.Bytes}}
}

// szlSkip takes bytes that only the parts behind it show.
func szlSkip(size int) szlSpec { return szlSpec{size: size, hidden: true} }

// szlTime is a duration in a word: its low twelve bits times the unit that the others
// give, from 100 ps (0) to 100 ms (9).
func szlTime(name, title string) szlSpec {
	s := szlDec(2, name, title)
	s.mask, s.timed = 0x0fff, true
	return s
}

// szlFlags names the bits of the number before it, from the lowest on.
func szlFlags(names string) szlSpec { return szlSpec{flags: names} }

// szlFlagsFrom is szlFlags from the bit first on; owner begins their names.
func szlFlagsFrom(first int, owner, names string) szlSpec {
	return szlSpec{flags: names, first: first, owner: owner}
}

// szlFlagsOf is szlFlags with names that begin with owner.
func szlFlagsOf(owner, names string) szlSpec { return szlSpec{flags: names, owner: owner} }

// szlFlag is one bit of the number before it.
func szlFlag(mask uint32, name, title string) szlSpec {
	return szlSpec{mask: mask, field: wire.Field{Name: name, Title: title, Type: wire.Bool}}
}

// szlDecPart and szlHexPart are several bits of the number before it.
func szlDecPart(mask uint32, name, title string) szlSpec {
	return szlSpec{mask: mask, field: wire.Field{Name: name, Title: title, Type: wire.Uint}}
}

func szlHexPart(mask uint32, name, title string) szlSpec {
	return szlSpec{mask: mask, field: wire.Field{Name: name, Title: title, Type: wire.Uint, Base: wire.Hex}}
}

// named gives the numbers of an element names.
func (s szlSpec) named(value func(uint64) string) szlSpec {
	s.field.Value = value
	return s
}

// littleEndian marks a number of a list that is big-endian otherwise.
func (s szlSpec) littleEndian() szlSpec {
	s.least = true
	return s
}

// szlRecord makes the layout of a record. Names are completed by prefix unless they
// begin with "s7comm.".
func szlRecord(prefix string, specs ...szlSpec) *szlLayout {
	l := &szlLayout{}
	var last szlElement
	for _, s := range specs {
		if s.size > 0 {
			last = szlElement{off: l.size, size: s.size}
			l.size += s.size
		}
		switch {
		case s.hidden:
		case s.flags != "":
			l.flags(s, last)
		default:
			e := last
			e.mask, e.least = s.mask, s.least
			if s.field.Width == 0 {
				s.field.Width = uint8(last.size)
			}
			if !strings.HasPrefix(s.field.Name, "s7comm.") {
				s.field.Name = prefix + "." + s.field.Name
			}
			e.field = szlField(s.field)
			l.elements = append(l.elements, e)
			if s.size > 0 {
				last.field = e.field
			}
			if s.timed {
				unit := szlHexPart(0xf000, s.field.Name+"_tb", s.field.Title+", time base").field
				unit.Width = 2
				e.mask, e.field = 0xf000, szlField(unit)
				l.elements = append(l.elements, e)
			}
		}
	}
	return l
}

// flags adds the bits of number.
func (l *szlLayout) flags(s szlSpec, number szlElement) {
	owner := s.owner
	if owner == "" {
		owner = number.field.Name
	}
	bit := s.first
	for name := range strings.FieldsSeq(s.flags) {
		e := number
		e.mask = 1 << bit
		title := strings.ReplaceAll(name, "_", " ")
		if strings.HasPrefix(name, "bit") && strings.HasSuffix(name, "_res") || name == "res" {
			title = "Reserved"
		}
		e.field = szlField(wire.Field{Name: owner + "." + name, Title: title, Type: wire.Bool})
		l.elements = append(l.elements, e)
		bit++
	}
}

// szlField declares a field unless another layout has it already.
func szlField(f wire.Field) *wire.Field {
	if known := Fields.Lookup(f.Name); known != nil {
		return known
	}
	return Fields.Add(f)
}

// fields adds the elements of record, as many as it holds whole, and returns how many
// bytes they cover.
func (l *szlLayout) fields(t *wire.Tree, off int, record []byte) (covered int) {
	for i := range l.elements {
		e := &l.elements[i]
		end := e.off + e.size
		if end > len(record) {
			break
		}
		b := record[e.off:end:end]
		covered = end
		switch e.field.Type {
		case wire.Uint, wire.Bool:
			t.Uint(e.field, off+e.off, e.size, e.number(b))
		default:
			t.Data(e.field, off+e.off, b)
		}
	}
	return covered
}

// number reads the element from its bytes, at most four.
func (e *szlElement) number(b []byte) uint64 {
	v := uint32(0)
	for i := range b {
		if e.least {
			i = len(b) - 1 - i
		}
		v = v<<8 | uint32(b[i])
	}
	if e.mask == 0 {
		return uint64(v)
	}
	v &= e.mask
	for m := e.mask; m&1 == 0; m >>= 1 {
		v >>= 1
	}
	return uint64(v)
}
