package datatype

import (
	"encoding/binary"
	"math"
)

// Number is the value as a number: of durations in seconds, of TRUE 1. ok is false for
// types that are no numbers, and for bytes too few or, in BCD, not decimal.
func (t Type) Number(v []byte) (n float64, ok bool) {
	if !t.Numeric() || len(v) < t.Size() {
		return 0, false
	}
	switch t {
	case Bool:
		return float64(v[0] & 1), true
	case Byte, USInt:
		return float64(v[0]), true
	case SInt:
		return float64(int8(v[0])), true
	case Word, UInt:
		return float64(be16(v)), true
	case Int:
		return float64(int16(be16(v))), true
	case S5Time:
		ms, ok := s5time(v)
		return float64(ms) / 1000, ok
	case Count:
		n, ok := counter(v)
		return float64(n), ok
	case DWord, UDInt:
		return float64(be32(v)), true
	case DInt:
		return float64(int32(be32(v))), true
	case Real:
		return float64(math.Float32frombits(be32(v))), true
	case Time:
		return float64(int32(be32(v))) / 1000, true
	case TimeOfDay:
		return float64(be32(v)) / 1000, true
	case LWord, ULInt:
		return float64(be64(v)), true
	case LInt:
		return float64(int64(be64(v))), true
	case LReal:
		return math.Float64frombits(be64(v)), true
	case LTime:
		return float64(int64(be64(v))) / 1e9, true
	case LTimeOfDay:
		return float64(be64(v)) / 1e9, true
	}
	return 0, false
}

func be16(b []byte) uint16 { return binary.BigEndian.Uint16(b) }
func be32(b []byte) uint32 { return binary.BigEndian.Uint32(b) }
func be64(b []byte) uint64 { return binary.BigEndian.Uint64(b) }

// bcd is the value of a byte of two decimal digits.
func bcd(b byte) (n int, ok bool) { return int(b>>4)*10 + int(b&15), b>>4 < 10 && b&15 < 10 }

// counter reads three decimal digits.
func counter(v []byte) (n int, ok bool) {
	x := be16(v)
	a, b, c := int(x>>8&15), int(x>>4&15), int(x&15)
	return a*100 + b*10 + c, x>>12 == 0 && a < 10 && b < 10 && c < 10
}

// s5time reads a value of 0 to 999 in units of 10 ms, 100 ms, 1 s or 10 s, in
// milliseconds. The two highest bits mean nothing.
func s5time(v []byte) (ms int, ok bool) {
	x := be16(v)
	n, ok := counter([]byte{v[0] & 15, v[1]})
	return n * [...]int{10, 100, 1000, 10000}[x>>12&3], ok
}
