package variable

import (
	"strconv"

	"plcscope/s7comm"
	"plcscope/s7comm/datatype"
)

const (
	maxElements = 8  // of an array that are written out
	maxBytes    = 32 // of one whose bytes are
)

// Append adds the variable in words:
//
//	MotorData.Position1.xAxis : DINT = 1500
//	DB10.DBD0 : REAL = 71.5
//	P#DB123.DBX14.0 BYTE 10 {MotorData.Position1.xAxis : DINT = 1500; …and 3 more}
//	DB260.DBW0 : WORD (object does not exist)
//
// Text from the wire is escaped. The value in the answer to a change is left out.
func (v *Variable) Append(b []byte) []byte {
	quiet := v.Act.Changes() && v.Answer // the request has told the value
	if v.Stamp != "" {
		b = append(append(b, v.Stamp...), ' ')
	}
	if n := v.Named(); n != nil {
		b = n.append(b, quiet)
	} else {
		b = v.AppendAddress(b)
		if v.scalar() {
			b = append(append(b, " : "...), v.Type.String()...)
		}
		switch {
		case len(v.Names) > 0:
			b = v.appendNames(b, quiet)
		case v.Raw != nil && !quiet:
			b = v.AppendValue(append(b, " = "...))
		}
	}
	return v.appendCode(b)
}

func (v *Variable) String() string { return string(v.Append(nil)) }

// scalar reports whether the address is one of a single element, whose type it does not
// tell by itself.
func (v *Variable) scalar() bool {
	return v.Type != datatype.None && v.Count == 1 && (v.Place.numbered() || v.Type.Size() <= 4)
}

func (v *Variable) appendNames(b []byte, quiet bool) []byte {
	b = append(b, " {"...)
	for i := range v.Names {
		if i > 0 {
			b = append(b, "; "...)
		}
		b = v.Names[i].append(b, quiet)
	}
	b = appendMore(b, "; ", v.More)
	return append(b, '}')
}

// appendMore tells how many were left out.
func appendMore(b []byte, separator string, n int) []byte {
	if n == 0 {
		return b
	}
	b = append(append(b, separator...), "…and "...)
	b = strconv.AppendInt(b, int64(n), 10)
	return append(b, " more"...)
}

func (v *Variable) appendCode(b []byte) []byte {
	if !v.Coded || v.Code == s7comm.ReturnSuccess && !(v.Act.Changes() && v.Answer) {
		return b
	}
	b = append(b, " ("...)
	b = append(b, v.Code.String()...)
	if v.Optimised && v.Refused() {
		b = append(b, ": the block has optimised access"...)
	}
	return append(b, ')')
}

// append adds "MotorData.Position1.xAxis : DINT = 1500".
func (n *Name) append(b []byte, quiet bool) []byte {
	b = append(b, n.Path...)
	b = append(b, " : "...)
	b = append(b, n.Type.Name...)
	told := n.Told()
	if !n.Whole && !told && n.Place.Bits >= 16 && n.Raw != nil {
		b = append(b, " [bytes "...)
		b = strconv.AppendInt(b, int64(n.From), 10)
		b = append(b, " to "...)
		b = strconv.AppendInt(b, int64(n.From+max(len(n.Raw), 1)-1), 10)
		b = append(b, ']')
	}
	if n.Raw == nil || quiet {
		return b
	}
	b = append(b, " = "...)
	if !told {
		return appendBytes(b, n.Raw)
	}
	return n.AppendValue(b)
}

// AppendValue adds the value as STEP 7 writes it, when it is Told.
func (n *Name) AppendValue(b []byte) []byte {
	if e := n.Type.Elem; e != nil && e.Base == datatype.Char {
		return datatype.AppendText(b, n.Raw[:min(len(n.Raw), charactersOf(n))])
	}
	if n.Type.Base == datatype.None {
		return appendBytes(b, n.Raw)
	}
	return n.Type.Base.Append(b, n.Raw)
}

// charactersOf is the number of elements of an array of one dimension.
func charactersOf(n *Name) int { return n.Type.Dims[0].Size() }

// AppendValue adds the value by the type of the address: arrays in brackets, bytes as
// they are.
func (v *Variable) AppendValue(b []byte) []byte {
	size := v.Type.Size()
	switch {
	case v.Type == datatype.Bool && v.Count == 1 && len(v.Raw) == 1, v.Count == 1 && v.Type != datatype.None && len(v.Raw) == size:
		return v.Type.Append(b, v.Raw)
	case v.Type == datatype.Char:
		return datatype.AppendText(b, v.Raw)
	case v.Type == datatype.None, v.Type == datatype.Byte, v.Type == datatype.Bool, len(v.Raw) != size*v.Count:
		return appendBytes(b, v.Raw)
	}
	b = append(b, '[')
	for i := range min(v.Count, maxElements) {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = v.Type.Append(b, v.Raw[i*size:(i+1)*size])
	}
	b = appendMore(b, ", ", v.Count-min(v.Count, maxElements))
	return append(b, ']')
}

// Value is AppendValue as a string.
func (v *Variable) Value() string { return string(v.AppendValue(nil)) }

// appendBytes adds bytes that are no value: 21 00 80.
func appendBytes(b, raw []byte) []byte {
	const digits = "0123456789abcdef"
	for i, c := range raw[:min(len(raw), maxBytes)] {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, digits[c>>4], digits[c&15])
	}
	if len(raw) == 0 {
		return append(b, "(nothing)"...)
	}
	return appendMore(b, " ", len(raw)-min(len(raw), maxBytes))
}
