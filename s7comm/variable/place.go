package variable

import (
	"plcscope/s7comm"
)

// Place is where a variable lies.
type Place struct {
	Area s7comm.Area
	DB   uint16
	Bit  uint64 // from byte 0 of the area or block; of timers and counters the number
	Bits uint64 // of timers and counters how many
}

// numbered reports whether places of the area are counted, not addressed.
func (p Place) numbered() bool { return p.Area == s7comm.AreaTimer || p.Area == s7comm.AreaCounter }

func isDB(a s7comm.Area) bool { return a == s7comm.AreaDB || a == s7comm.AreaDI }

// Append adds the address in STEP 7 notation: DB1.DBX2.3, DB1.DBD4, MW100, T5, and of
// what is no bit, byte, word or double word P#DB1.DBX10.0 BYTE 7.
func (p Place) Append(b []byte) []byte {
	if p.numbered() {
		i := s7comm.AnyItem(p.Area, 0, s7comm.SizeTimer, uint32(p.Bit), 0, uint16(max(p.Bits, 1)))
		if p.Area == s7comm.AreaCounter {
			i.TransportSize = s7comm.SizeCounter
		}
		return i.Append(b)
	}
	size, count := s7comm.SizeByte, (p.Bits+7)/8
	switch {
	case p.Bits == 1:
		size, count = s7comm.SizeBit, 1
	case p.Bit%8 != 0 || p.Bits%8 != 0:
		size, count = s7comm.SizeBit, p.Bits
	case p.Bits == 16:
		size, count = s7comm.SizeWord, 1
	case p.Bits == 32:
		size, count = s7comm.SizeDWord, 1
	}
	i := s7comm.AnyItem(p.Area, p.DB, size, uint32(p.Bit/8), uint8(p.Bit%8), uint16(min(count, 0xffff)))
	return i.Append(b)
}

func (p Place) String() string { return string(p.Append(nil)) }

// AppendAddress adds the address of the variable without its type, as Place.Append does;
// of several elements, P#M20.0 BYTE 3; "?" when it is not known.
func (v *Variable) AppendAddress(b []byte) []byte {
	i := v.Item
	switch {
	case i.Raw == nil && !i.Known:
		return append(b, '?')
	case !i.Known || i.Syntax != s7comm.SyntaxS7Any || v.Place.Bits == 0 || i.Count != 1 || v.Place.numbered():
		return i.Append(b)
	}
	switch i.TransportSize.Size() {
	case 1:
		if i.TransportSize != s7comm.SizeBit {
			i.TransportSize = s7comm.SizeByte
		}
	case 2:
		i.TransportSize = s7comm.SizeWord
	case 4:
		i.TransportSize = s7comm.SizeDWord
	}
	return i.Append(b)
}

// Address is AppendAddress as a string.
func (v *Variable) Address() string { return string(v.AppendAddress(nil)) }
