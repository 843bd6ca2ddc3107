package symbol

import (
	"fmt"

	"plcscope/s7comm/datatype"
)

// Type is a data type with its layout in standard access.
type Type struct {
	Name    string        // as declared: "INT", "STRING[20]", "MotorType"
	Base    datatype.Type // of an elementary type or a string, else None
	Length  int           // characters that a string may have
	Members []Member      // of a structure, in ascending order
	Elem    *Type         // of an array
	Dims    []Range       // of an array
	Bits    uint32        // size

	stride  uint32 // from one element of the last dimension to the next, in bits
	row     uint32 // from one row of the last dimension to the next
	rows    uint32 // how many there are
	of      string // the name of a type that is declared elsewhere; resolved by Table
	unknown string // the name of a type that nobody has declared
	open    bool   // being laid out, for types that contain themselves
	done    bool   // laid out
}

// Member is a part of a structure.
type Member struct {
	Name    string
	Comment string
	Offset  uint32 // in bits from the start of the structure
	Type    *Type
}

// Range is one dimension of an array, both ends included.
type Range struct{ Low, High int }

// Size is the number of elements.
func (r Range) Size() int { return r.High - r.Low + 1 }

const (
	maxBits = 1 << 19 * 8 // a data block has at most 64 KiB; a larger one is a mistake
	maxNest = 32
)

// align is where a value of the type may begin, in bits: BOOL at any bit, what takes a
// byte at any byte, all else at an even byte.
func (t *Type) align() uint32 {
	if t.Base == datatype.Bool {
		return 1
	}
	if t.Base != datatype.None && t.Base.Size() == 1 {
		return 8
	}
	return 16
}

func up(n, to uint32) uint32 { return (n + to - 1) / to * to }

// layout computes sizes and offsets. Structures and arrays begin and end at even
// bytes, what follows a string of odd length may stand beside it. The elements of an
// array stand side by side, BOOLs in bits; of several dimensions, each row of BOOLs begins
// at a byte.
func (t *Type) layout(lookup func(name string) *Type, depth int) error {
	if t.done {
		return nil
	}
	if t.open || depth > maxNest {
		return fmt.Errorf("type %s contains itself", t.Name)
	}
	t.open = true
	defer func() { t.open = false }()
	switch {
	case t.of != "":
		d := lookup(t.of)
		if d == nil {
			t.unknown = t.of
			break
		}
		if err := d.layout(lookup, depth+1); err != nil {
			return err
		}
		t.Members, t.Elem, t.Dims, t.Base, t.Length = d.Members, d.Elem, d.Dims, d.Base, d.Length
		t.Bits, t.stride, t.row, t.rows, t.unknown = d.Bits, d.stride, d.row, d.rows, d.unknown
	case t.Elem != nil:
		if err := t.Elem.layout(lookup, depth+1); err != nil {
			return err
		}
		return t.layoutArray()
	case t.Base == datatype.String:
		t.Bits = uint32(t.Length+2) * 8
	case t.Base == datatype.WString:
		t.Bits = uint32(2*t.Length+4) * 8
	case t.Base == datatype.Bool:
		t.Bits = 1
	case t.Base != datatype.None:
		t.Bits = uint32(t.Base.Size()) * 8
	case t.unknown == "":
		if err := t.layoutStruct(lookup, depth); err != nil {
			return err
		}
	}
	t.done = true
	return nil
}

func (t *Type) layoutArray() error {
	e := t.Elem
	t.unknown = e.unknown
	t.stride = up(e.Bits, e.align())
	total := uint64(1)
	for i, d := range t.Dims {
		if d.Size() < 1 {
			return fmt.Errorf("array %s ends before it begins", t.Name)
		}
		if i < len(t.Dims)-1 {
			total *= uint64(d.Size())
		}
		if total > maxBits {
			return fmt.Errorf("array %s is larger than a data block", t.Name)
		}
	}
	row := uint64(t.Dims[len(t.Dims)-1].Size()) * uint64(max(t.stride, 1))
	if row*total > maxBits {
		return fmt.Errorf("array %s is larger than a data block", t.Name)
	}
	t.row, t.rows = uint32(row), uint32(total)
	if e.Base == datatype.Bool && len(t.Dims) > 1 {
		t.row = up(t.row, 8)
	}
	if uint64(t.row)*total > maxBits {
		return fmt.Errorf("array %s is larger than a data block", t.Name)
	}
	t.Bits = up(t.row*t.rows, 16)
	if t.Bits > maxBits {
		return fmt.Errorf("array %s is larger than a data block", t.Name)
	}
	t.done = true
	return nil
}

// layoutStruct places the members one after the other. Behind one of an unknown type
// nobody knows where things lie: those members are dropped, and the structure says so.
func (t *Type) layoutStruct(lookup func(string) *Type, depth int) error {
	at := uint32(0)
	for i := range t.Members {
		m := &t.Members[i]
		if err := m.Type.layout(lookup, depth+1); err != nil {
			return err
		}
		if m.Type.unknown != "" {
			t.unknown = m.Type.unknown
			t.Members = t.Members[:i]
			break
		}
		m.Offset = up(at, m.Type.align())
		at = m.Offset + m.Type.Bits
		if at > maxBits {
			return fmt.Errorf("%s is larger than a data block", t.Name)
		}
	}
	t.Bits = up(at, 16)
	return nil
}
