package variable

import (
	"plcscope/s7comm"
	"plcscope/s7comm/datatype"
	"plcscope/s7comm/symbol"
)

// Name is a declared variable that an address touches.
type Name struct {
	Path  string // "MotorData.Position1.xAxis"
	Type  *symbol.Type
	Place Place // of all of it
	Whole bool  // the address covers all of it

	// Raw are those of its bytes that the message has, From the first of them; nil when
	// there are none. Of a BOOL it is one byte, 0 or 1.
	Raw  []byte
	From int
}

// Told reports whether the message has enough of it to tell the value.
func (n *Name) Told() bool {
	if n.Raw == nil || n.From != 0 {
		return false
	}
	if n.Type.Base == datatype.String && !n.Whole { // what follows its characters does not matter
		_, ok := datatype.StringText(n.Raw)
		return ok
	}
	return n.Whole
}

// TypeName is the type as it was declared.
func (n *Name) TypeName() string { return n.Type.Name }

// bits are the two values of a BOOL.
var bits = [2][]byte{{0}, {1}}

// names looks up what lies at v.
func (j *Joiner) nameAll(v *Variable, t *symbol.Table) {
	if t == nil || v.Place.Bits == 0 {
		return
	}
	most := j.Most
	if most <= 0 {
		most = DefaultNames
	}
	if b := t.Block(v.Place.DB); b != nil && b.Optimised && isDB(v.Place.Area) {
		v.Optimised = true
		return
	}
	area := v.Place.Area
	if area == s7comm.AreaPeripheral && v.Act.Changes() {
		area = symbol.PeripheralOutput
	}
	j.hits, v.More = t.At(area, v.Place.DB, v.Place.Bit, v.Place.Bits, j.hits[:0], most)
	from := len(j.names)
	for i := range j.hits {
		h := &j.hits[i]
		n := Name{Path: h.Path, Type: h.Type, Whole: h.Whole, Place: Place{v.Place.Area, v.Place.DB, h.Bit, h.Bits}}
		n.cut(v)
		j.names = append(j.names, n)
	}
	v.Names = j.names[from:len(j.names):len(j.names)]
}

// cut finds the bytes of the name in those of v.
func (n *Name) cut(v *Variable) {
	if v.Raw == nil {
		return
	}
	first := max(n.Place.Bit, v.Place.Bit)
	last := min(n.Place.Bit+n.Place.Bits, v.Place.Bit+v.Place.Bits)
	at, size := first-v.Place.Bit, last-first
	switch {
	case v.Place.numbered():
		at, size = at*2, size*2
	case v.Type == datatype.Bool:
		if v.Count == 1 && n.Place.Bits == 1 && len(v.Raw) == 1 {
			n.Raw = bits[v.Raw[0]&1]
		}
		return
	case v.Place.Bit%8 != 0: // no controller answers that
		return
	case n.Place.Bits == 1:
		if at/8 < uint64(len(v.Raw)) {
			n.Raw = bits[v.Raw[at/8]>>(at%8)&1]
		}
		return
	default:
		at, size = at/8, (size+7)/8
		n.From = int(first-n.Place.Bit) / 8
	}
	if at+size <= uint64(len(v.Raw)) {
		n.Raw = v.Raw[at : at+size : at+size]
	}
}
