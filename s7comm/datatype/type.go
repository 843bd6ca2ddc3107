package datatype

import (
	"fmt"
	"strings"
)

// Type is an elementary data type.
type Type uint8

const (
	None Type = iota
	Bool
	Byte
	Char
	SInt
	USInt
	Word
	Int
	UInt
	Date   // days since 1990-01-01
	S5Time // BCD with a time base; also what a timer (T) holds
	Count  // BCD; what a counter (C) holds
	WChar
	DWord
	DInt
	UDInt
	Real
	Time // signed milliseconds
	TimeOfDay
	LWord
	LInt
	ULInt
	LReal
	LTime // nanoseconds
	LTimeOfDay
	LDT // nanoseconds since 1970-01-01
	DateAndTime
	DTL
	String
	WString
	Pointer
	Any
	types
)

// kinds gives the name and the size in bytes of each type; strings have none of their
// own.
var kinds = [types]struct {
	name string
	size int
}{
	{"", 0}, {"BOOL", 1}, {"BYTE", 1}, {"CHAR", 1}, {"SINT", 1}, {"USINT", 1}, {"WORD", 2}, {"INT", 2}, {"UINT", 2}, {"DATE", 2},
	{"S5TIME", 2}, {"COUNTER", 2}, {"WCHAR", 2}, {"DWORD", 4}, {"DINT", 4}, {"UDINT", 4}, {"REAL", 4}, {"TIME", 4}, {"TIME_OF_DAY", 4},
	{"LWORD", 8}, {"LINT", 8}, {"ULINT", 8}, {"LREAL", 8}, {"LTIME", 8}, {"LTIME_OF_DAY", 8}, {"LDT", 8}, {"DATE_AND_TIME", 8}, {"DTL", 12},
	{"STRING", 0}, {"WSTRING", 0}, {"POINTER", 6}, {"ANY", 10},
}

// String is the type's name in a declaration.
func (t Type) String() string {
	if t > None && t < types {
		return kinds[t].name
	}
	return fmt.Sprintf("type %d", uint8(t))
}

// Size is the length in bytes; 1 for BOOL when it stands alone; 0 for strings, whose
// length their declaration says.
func (t Type) Size() int {
	if t < types {
		return kinds[t].size
	}
	return 0
}

// short are other names of the same types.
var short = map[string]Type{
	"TOD": TimeOfDay, "LTOD": LTimeOfDay, "DT": DateAndTime, "TIMER": S5Time, "DATE_AND_LTIME": LDT,
}

// Parse finds a type by its name, in any case.
func Parse(name string) (Type, bool) {
	name = strings.ToUpper(name)
	for t := Bool; t < types; t++ {
		if kinds[t].name == name {
			return t, true
		}
	}
	t, ok := short[name]
	return t, ok
}

// Numeric reports whether values of the type are numbers or can be charted as such:
// what Number returns for them means something.
func (t Type) Numeric() bool {
	switch t {
	case Char, WChar, String, WString, Date, DateAndTime, DTL, LDT, Pointer, Any, None:
		return false
	}
	return t < types
}
