package main

import (
	"strconv"

	"plcscope/flows"
	"plcscope/s7comm"
	"plcscope/s7comm/datatype"
	"plcscope/s7comm/symbol"
	"plcscope/s7comm/variable"
)

// appendVariables adds an S7 message that is about variables in one line: what is done,
// to what, with which value.
func appendVariables(b []byte, m *flows.Message, vars []variable.Variable) []byte {
	p := m.PDU
	b = append(b, p.S7.ROSCTR.String()...)
	f := p.Function
	switch {
	case p.S7.ROSCTR == s7comm.ROSCTRUserdata:
		b = appendUserdata(b, &p.Userdata)
	case f == 0 && m.Request != nil:
		f = m.Request.Function
		fallthrough
	default:
		b = append(append(b, ' '), f.String()...)
	}
	for i := range vars {
		if i > 0 {
			b = append(b, ',')
		}
		b = vars[i].Append(append(b, ' '))
		if len(b) > 2*maxSummary { // the rest would be cut off
			break
		}
	}
	code := p.S7.Error
	if p.S7.ROSCTR == s7comm.ROSCTRUserdata {
		code = p.Userdata.Error
	}
	if code != 0 {
		b = append(append(b, ": "...), code.String()...)
		const notOffered = 0x8104
		if code == notOffered && (f == s7comm.FunctionRead || f == s7comm.FunctionWrite) {
			b = append(b, " (an S7-1200 or S7-1500 says so when PUT/GET is not permitted)"...)
		}
	}
	return b
}

func appendUserdata(b []byte, u *s7comm.Userdata) []byte {
	b = append(append(b, ' '), u.Type.String()...)
	b = append(append(b, ' '), u.Group.String()...)
	b = append(append(b, ' '), s7comm.SubfunctionName(u.Group, u.Subfunction)...)
	switch s, ok := u.BSend(); {
	case ok:
		b = append(b, " R_ID 0x"...)
		b = append(b, hex32(s.RID)...)
		b = append(b, ", "...)
		b = append(b, plural(int64(s.Length), "byte")...)
		b = append(b, ':')
	case u.Type != s7comm.UserdataRequest:
		b = append(b, " job "...)
		b = strconv.AppendUint(b, uint64(u.Sequence), 10)
		b = append(b, ':')
	default:
		if j, ok := u.CyclicJob(); ok && j.Interval() > 0 {
			b = append(b, " every "...)
			b = strconv.AppendInt(b, int64(j.Interval()), 10)
			b = append(b, " ms:"...)
		}
	}
	return b
}

func hex32(v uint32) string {
	s := strconv.FormatUint(uint64(v), 16)
	return "00000000"[len(s):] + s
}

// appendJSONVariables adds variables as the array of that name.
func appendJSONVariables(b []byte, vars []variable.Variable) []byte {
	b = append(b, `,"variables":[`...)
	for i := range vars {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSONVariable(b, &vars[i])
	}
	return append(b, ']')
}

func appendJSONVariable(b []byte, v *variable.Variable) []byte {
	b = append(b, `{"act":"`...)
	b = append(b, v.Act.String()...)
	b = append(b, `","address":`...)
	b = appendJSONString(b, v.AppendAddress(nil))
	if v.Place.Bits > 0 {
		b = append(b, `,"area":`...)
		b = appendJSONString(b, []byte(v.Place.Area.String()))
		if v.Place.Area == s7comm.AreaDB || v.Place.Area == s7comm.AreaDI {
			b = append(b, `,"db":`...)
			b = strconv.AppendUint(b, uint64(v.Place.DB), 10)
		}
	}
	n := v.Named()
	if n != nil {
		b = appendJSONName(b, n)
	} else if v.Type != datatype.None {
		b = append(b, `,"type":"`...)
		b = append(b, v.Type.String()...)
		b = append(b, `","count":`...)
		b = strconv.AppendInt(b, int64(v.Count), 10)
		if v.Raw != nil {
			b = appendJSONValue(b, v.Type, v.Count, v.Raw)
		}
	}
	if v.Raw != nil {
		b = append(b, `,"raw":"`...)
		b = appendHexBytes(b, v.Raw)
		b = append(b, '"')
	}
	if v.Stamp != "" {
		b = append(b, `,"stamp":`...)
		b = appendJSONString(b, []byte(v.Stamp))
	}
	if v.Coded {
		b = append(b, `,"code":`...)
		b = appendJSONString(b, []byte(v.Code.String()))
		b = append(b, `,"return_code":`...)
		b = strconv.AppendUint(b, uint64(v.Code), 10)
	}
	if v.Optimised {
		b = append(b, `,"optimised":true`...)
	}
	if n == nil && len(v.Names) > 0 {
		b = append(b, `,"symbols":[`...)
		for i := range v.Names {
			if i > 0 {
				b = append(b, ',')
			}
			x := &v.Names[i]
			b = append(b, `{"address":`...)
			b = appendJSONString(b, x.Place.Append(nil))
			b = appendJSONName(b, x)
			if !x.Whole && x.Raw != nil {
				b = append(b, `,"part":"`...)
				b = appendHexBytes(b, x.Raw)
				b = append(b, `","from":`...)
				b = strconv.AppendInt(b, int64(x.From), 10)
			}
			b = append(b, '}')
		}
		b = append(b, ']')
		if v.More > 0 {
			b = append(b, `,"more_symbols":`...)
			b = strconv.AppendInt(b, int64(v.More), 10)
		}
	}
	return append(b, '}')
}

// appendJSONName adds path, type and value of a name.
func appendJSONName(b []byte, n *variable.Name) []byte {
	b = append(b, `,"symbol":`...)
	b = appendJSONString(b, []byte(n.Path))
	b = append(b, `,"type":`...)
	b = appendJSONString(b, []byte(n.TypeName()))
	if !n.Told() {
		return b
	}
	if isText(n.Type) {
		return appendJSONValue(b, datatype.Char, len(n.Raw), n.Raw)
	}
	if n.Type.Base != datatype.None {
		b = appendJSONValue(b, n.Type.Base, 1, n.Raw)
	}
	return b
}

// isText reports whether a type is an array of characters.
func isText(t *symbol.Type) bool { return t.Elem != nil && t.Elem.Base == datatype.Char }

// maxJSONElements is how many elements of an array stand in JSON; the raw bytes hold all.
const maxJSONElements = 256

// appendJSONValue adds a value: numbers and BOOL as such, several elements as an array,
// all else as a text. Bytes that are no value of the type have none.
func appendJSONValue(b []byte, t datatype.Type, count int, raw []byte) []byte {
	size := t.Size()
	fits := len(raw) == size*count || size == 0 || t == datatype.Bool && count == 1 && len(raw) == 1
	if !fits || count > 1 && (t == datatype.Byte || t == datatype.Bool) {
		return b
	}
	b = append(b, `,"value":`...)
	switch {
	case t == datatype.Char:
		return appendJSONString(b, latin1(raw))
	case count == 1:
		return appendJSONElement(b, t, raw)
	}
	b = append(b, '[')
	for i := range min(count, maxJSONElements) {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSONElement(b, t, raw[i*size:(i+1)*size])
	}
	return append(b, ']')
}

func appendJSONElement(b []byte, t datatype.Type, raw []byte) []byte {
	switch t {
	case datatype.Bool:
		return strconv.AppendBool(b, raw[0]&1 != 0)
	case datatype.SInt, datatype.USInt, datatype.Int, datatype.UInt, datatype.DInt, datatype.UDInt, datatype.LInt, datatype.ULInt:
		return t.Append(b, raw)
	case datatype.Byte, datatype.Word, datatype.DWord, datatype.Count, datatype.Real, datatype.LReal:
		if n, ok := t.Number(raw); ok && n-n == 0 { // neither infinite nor no number
			switch t {
			case datatype.Real:
				return strconv.AppendFloat(b, n, 'g', -1, 32)
			case datatype.LReal:
				return strconv.AppendFloat(b, n, 'g', -1, 64)
			}
			return strconv.AppendInt(b, int64(n), 10)
		}
	case datatype.String:
		if s, ok := datatype.StringText(raw); ok {
			return appendJSONString(b, latin1(s))
		}
	}
	return appendJSONString(b, t.Append(nil, raw))
}

// latin1 is text of a controller as UTF-8.
func latin1(s []byte) []byte {
	var b []byte
	for _, c := range s {
		b = append(b, string(rune(c))...)
	}
	return b
}

func appendHexBytes(b, v []byte) []byte {
	const digits = "0123456789abcdef"
	for _, c := range v {
		b = append(b, digits[c>>4], digits[c&15])
	}
	return b
}
