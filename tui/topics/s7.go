package topics

import (
	"fmt"

	"plcscope/s7comm/datatype"
)

// isString reports whether a payload begins with the two lengths of an S7 STRING and is
// one to its end: function blocks publish their variables with them.
func isString(b []byte) bool {
	_, ok := stringOf(b)
	return ok
}

func stringOf(b []byte) (string, bool) {
	if len(b) < 3 || b[1] == 0 || int(b[0]) < int(b[1]) || int(b[1])+2 != len(b) && int(b[0])+2 != len(b) {
		return "", false
	}
	text, ok := datatype.StringText(b)
	if !ok || !printable(latin1(text)) {
		return "", false
	}
	return datatype.String.Text(b), true
}

// latin1 makes UTF-8 of characters as controllers have them.
func latin1(b []byte) []byte { return []byte(latin(b)) }

// whole are the types that a payload of their size may be.
var whole = []datatype.Type{
	datatype.Bool, datatype.Byte, datatype.SInt, datatype.USInt, datatype.Char,
	datatype.Word, datatype.Int, datatype.UInt, datatype.Date, datatype.S5Time,
	datatype.DWord, datatype.DInt, datatype.UDInt, datatype.Real, datatype.Time, datatype.TimeOfDay,
	datatype.LReal, datatype.LInt, datatype.ULInt, datatype.LTime, datatype.DateAndTime, datatype.LDT, datatype.DTL,
}

// s7Lines writes a payload as the data types of a controller: as a STRING with its
// header, as one value of each type of its size, and word by word.
func s7Lines(b []byte) (lines []string) {
	if len(b) == 0 {
		return []string{"(empty)"}
	}
	if text, ok := stringOf(b); ok {
		lines = append(lines, fmt.Sprintf("%-14s %s", "STRING", text), fmt.Sprintf("%-14s room for %d characters, has %d", "  its header", b[0], b[1]))
	}
	for _, t := range whole {
		if t.Size() == len(b) {
			lines = append(lines, fmt.Sprintf("%-14s %s", t, t.Text(b)))
		}
	}
	if len(b) <= 4 && len(lines) > 0 { // no type has three bytes
		return lines
	}
	if len(lines) > 0 {
		lines = append(lines, "")
	}
	lines = append(lines, fmt.Sprintf("%4s  %-11s  %13s  %11s  %s", "byte", "", "INT INT", "DINT", "REAL"))
	for at := 0; at < len(b); at += 4 {
		part := b[at:min(at+4, len(b))]
		line := fmt.Sprintf("%4d  %-11s", at, spaced(part))
		if len(part) >= 2 {
			ints := datatype.Int.Text(part)
			if len(part) == 4 {
				ints += " " + datatype.Int.Text(part[2:])
			}
			line += fmt.Sprintf("  %13s", ints)
		}
		if len(part) == 4 {
			line += fmt.Sprintf("  %11s  %s", datatype.DInt.Text(part), datatype.Real.Text(part))
		}
		lines = append(lines, line)
	}
	return lines
}
