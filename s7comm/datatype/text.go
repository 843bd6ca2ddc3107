package datatype

import (
	"bytes"
	"encoding/hex"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Append adds the value as STEP 7 writes a constant. v holds at least Size bytes, of a
// string those from its header on; of fewer, the digits are shown. Of BOOL, bit 0 of
// the first byte counts; AppendBit reads others.
func (t Type) Append(b, v []byte) []byte {
	if len(v) < t.Size() || t == None || t >= types {
		return appendRaw(b, v)
	}
	switch t {
	case Bool:
		return AppendBit(b, v[0]&1 != 0)
	case Byte, Word, DWord, LWord:
		b = append(b, "16#"...)
		return appendHex(b, v[:t.Size()])
	case Char:
		return appendQuoted(b, v[:1])
	case WChar:
		return appendWide(b, v[:2])
	case SInt:
		return strconv.AppendInt(b, int64(int8(v[0])), 10)
	case USInt:
		return strconv.AppendUint(b, uint64(v[0]), 10)
	case Int:
		return strconv.AppendInt(b, int64(int16(be16(v))), 10)
	case UInt:
		return strconv.AppendUint(b, uint64(be16(v)), 10)
	case DInt:
		return strconv.AppendInt(b, int64(int32(be32(v))), 10)
	case UDInt:
		return strconv.AppendUint(b, uint64(be32(v)), 10)
	case LInt:
		return strconv.AppendInt(b, int64(be64(v)), 10)
	case ULInt:
		return strconv.AppendUint(b, be64(v), 10)
	case Real:
		return appendFloat(b, float64(math.Float32frombits(be32(v))), 32)
	case LReal:
		return appendFloat(b, math.Float64frombits(be64(v)), 64)
	case Count:
		if n, ok := counter(v); ok {
			return strconv.AppendInt(append(b, "C#"...), int64(n), 10)
		}
		return appendRaw(b, v[:2])
	case String:
		return appendString(b, v)
	case WString:
		return appendWString(b, v)
	case Pointer:
		return appendPointer(b, be16(v), be32(v[2:]))
	case Any:
		return appendAny(b, v)
	}
	return t.appendTime(b, v)
}

// AppendBit adds TRUE or FALSE.
func AppendBit(b []byte, set bool) []byte {
	if set {
		return append(b, "TRUE"...)
	}
	return append(b, "FALSE"...)
}

// Text is Append as a string.
func (t Type) Text(v []byte) string { return string(t.Append(nil, v)) }

// appendRaw shows bytes that are no value of the type.
func appendRaw(b, v []byte) []byte {
	const most = 32
	if len(v) == 0 {
		return append(b, "(no bytes)"...)
	}
	b = append(b, "16#"...)
	b = appendHex(b, v[:min(len(v), most)])
	if len(v) > most {
		b = append(b, "…"...)
	}
	return b
}

func appendHex(b, v []byte) []byte {
	at := len(b)
	b = hex.AppendEncode(b, v)
	for i := at; i < len(b); i++ {
		if b[i] >= 'a' {
			b[i] -= 'a' - 'A'
		}
	}
	return b
}

// appendFloat writes the shortest number that reads back the same, always with a point
// or an exponent.
func appendFloat(b []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, "NaN"...)
	case math.IsInf(f, 0):
		if f < 0 {
			b = append(b, '-')
		}
		return append(b, "infinity"...)
	}
	at := len(b)
	form := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e9) {
		form = 'e'
	}
	b = strconv.AppendFloat(b, f, form, -1, bits)
	for _, c := range b[at:] {
		if c == '.' || c == 'e' {
			return b
		}
	}
	return append(b, ".0"...)
}

// AppendText adds characters (CHAR) as one text, without the blanks and zeros at its end.
func AppendText(b, v []byte) []byte {
	const most = 254
	v = bytes.TrimRight(v, " \x00")
	b = appendQuoted(b, v[:min(len(v), most)])
	if len(v) > most {
		b = append(b, "…"...)
	}
	return b
}

// appendQuoted writes Latin-1 text between single quotes, with the escapes of IEC
// 61131-3, so that no control character remains.
func appendQuoted(b, s []byte) []byte {
	b = append(b, '\'')
	for _, c := range s {
		b = appendRune(b, rune(c))
	}
	return append(b, '\'')
}

func appendRune(b []byte, r rune) []byte {
	switch r {
	case '$', '\'':
		return append(b, '$', byte(r))
	case '\n':
		return append(b, "$L"...)
	case '\r':
		return append(b, "$R"...)
	case '\t':
		return append(b, "$T"...)
	}
	if strconv.IsPrint(r) && r != utf8.RuneError {
		return utf8.AppendRune(b, r)
	}
	b = append(b, '$')
	if r <= 0xff {
		return appendHex(b, []byte{byte(r)})
	}
	if r > 0xffff {
		r = utf8.RuneError
	}
	return appendHex(b, []byte{byte(r >> 8), byte(r)})
}

// StringText is what a STRING holds, v beginning with its maximum and its current
// length. ok is false when v does not hold as much or the lengths contradict.
func StringText(v []byte) (text []byte, ok bool) {
	if len(v) < 2 || v[1] > v[0] || int(v[1]) > len(v)-2 {
		return nil, false
	}
	return v[2 : 2+int(v[1])], true
}

func appendString(b, v []byte) []byte {
	if s, ok := StringText(v); ok {
		return appendQuoted(b, s)
	}
	return appendRaw(b, v)
}

func appendWString(b, v []byte) []byte {
	if len(v) < 4 || be16(v[2:]) > be16(v) || int(be16(v[2:]))*2 > len(v)-4 {
		return appendRaw(b, v)
	}
	return appendWide(b, v[4:4+int(be16(v[2:]))*2])
}

// appendWide writes UTF-16 text.
func appendWide(b, v []byte) []byte {
	b = append(b, '\'')
	for i := 0; i+1 < len(v); i += 2 {
		r := rune(be16(v[i:]))
		if utf16.IsSurrogate(r) && i+3 < len(v) {
			if full := utf16.DecodeRune(r, rune(be16(v[i+2:]))); full != utf8.RuneError {
				r = full
				i += 2
			}
		}
		b = appendRune(b, r)
	}
	return append(b, '\'')
}

// areas are the letters of the areas that a pointer names.
var areas = map[byte]string{0x80: "P", 0x81: "I", 0x82: "Q", 0x83: "M", 0x84: "DBX", 0x85: "DIX", 0x86: "L", 0x87: "V"}

func appendPointer(b []byte, db uint16, p uint32) []byte {
	if db == 0 && p == 0 {
		return append(b, "NULL"...)
	}
	b = append(b, "P#"...)
	if db != 0 {
		b = append(b, "DB"...)
		b = strconv.AppendUint(b, uint64(db), 10)
		b = append(b, '.')
	}
	b = append(b, areas[byte(p>>24)]...)
	b = strconv.AppendUint(b, uint64(p>>3&0x1fffff), 10)
	b = append(b, '.')
	return strconv.AppendUint(b, uint64(p&7), 10)
}

func appendAny(b, v []byte) []byte {
	if v[0] != 0x10 {
		return appendRaw(b, v[:10])
	}
	b = appendPointer(b, be16(v[4:]), be32(v[6:]))
	b = append(b, " type "...)
	b = appendHex(b, v[1:2])
	b = append(b, " x "...)
	return strconv.AppendUint(b, uint64(be16(v[2:])), 10)
}
