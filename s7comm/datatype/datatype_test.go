package datatype

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"
	"unicode"
)

func TestText(t *testing.T) {
	for _, tt := range []struct {
		typ  Type
		hex  string
		want string
	}{
		{Bool, "01", "TRUE"},
		{Bool, "fe", "FALSE"},
		{Byte, "1f", "16#1F"},
		{Word, "00ab", "16#00AB"},
		{DWord, "deadbeef", "16#DEADBEEF"},
		{LWord, "0000000000000001", "16#0000000000000001"},
		{Char, "41", "'A'"},
		{Char, "1b", "'$1B'"},
		{WChar, "20ac", "'€'"},
		{SInt, "ff", "-1"},
		{USInt, "ff", "255"},
		{Int, "8000", "-32768"},
		{UInt, "8000", "32768"},
		{DInt, "ffffffff", "-1"},
		{UDInt, "ffffffff", "4294967295"},
		{LInt, "8000000000000000", "-9223372036854775808"},
		{ULInt, "ffffffffffffffff", "18446744073709551615"},
		{Real, "41480000", "12.5"},
		{Real, "42c80000", "100.0"},
		{Real, "7f800000", "infinity"},
		{Real, "ff800000", "-infinity"},
		{Real, "7fc00000", "NaN"},
		{Real, "00000001", "1e-45"},
		{Real, "3dcccccd", "0.1"},
		{LReal, "3fb999999999999a", "0.1"},
		{Count, "0123", "C#123"},
		{Count, "012a", "16#012A"},
		{S5Time, "2127", "S5T#2m7s"},     // 127 x 1 s
		{S5Time, "0050", "S5T#500ms"},    // 50 x 10 ms
		{S5Time, "3999", "S5T#2h46m30s"}, // the longest
		{S5Time, "00a0", "16#00A0"},      // no decimal digits
		{Time, "00000000", "T#0ms"},      //
		{Time, "ffffffff", "T#-1ms"},     //
		{Time, "0000ea60", "T#1m"},       //
		{Time, "80000000", "T#-24d20h31m23s648ms"},
		{LTime, "0000000000000001", "LT#1ns"},
		{TimeOfDay, "0000000f", "TOD#00:00:00.015"},
		{TimeOfDay, "05265bff", "TOD#23:59:59.999"},
		{LTimeOfDay, "0000000000000001", "LTOD#00:00:00.000000001"},
		{Date, "0000", "D#1990-01-01"},
		{Date, "ffff", "D#2169-06-06"},
		{LDT, "0000000000000000", "LDT#1970-01-01-00:00:00.000000000"},
		{LDT, "ffffffffffffffff", "LDT#1969-12-31-23:59:59.999999999"},
		{DateAndTime, "2601312359591237", "DT#2026-01-31-23:59:59.123"},
		{DateAndTime, "9012010000000001", "DT#1990-12-01-00:00:00.000"},
		{DateAndTime, "2613312359591237", "16#2613312359591237"}, // there is no month 13
		{DTL, "07ea011f07173b3b00000001", "DTL#2026-01-31-23:59:59.000000001"},
		{DTL, "07ea0d1f07173b3b00000001", "16#07EA0D1F07173B3B00000001"},
		{String, "0a0368656c00", "'hel'"},
		{String, "0a00", "''"},
		{String, "fe0224270000", "'$$$''"},
		{String, "02036865", "16#02036865"}, // longer than it may be
		{String, "0a050b", "16#0A050B"},     // cut
		{WString, "00040002d83dde00", "'😀'"},
		{WString, "000400010041", "'A'"},
		{Pointer, "000184000050", "P#DB1.DBX10.0"},
		{Pointer, "000000000000", "NULL"},
		{Any, "10020004000a84000010", "P#DB10.DBX2.0 type 02 x 4"},
		{Int, "80", "16#80"}, // one byte of two
		{Int, "", "(no bytes)"},
	} {
		t.Run(tt.typ.String()+" "+tt.hex, func(t *testing.T) {
			v, err := hex.DecodeString(tt.hex)
			if err != nil {
				t.Fatal(err)
			}
			if got := tt.typ.Text(v); got != tt.want {
				t.Errorf("is %s, want %s", got, tt.want)
			}
		})
	}
}

func TestDays(t *testing.T) {
	start := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)
	for day := range 65536 {
		got := Date.Text([]byte{byte(day >> 8), byte(day)})
		if want := "D#" + start.AddDate(0, 0, day).Format(time.DateOnly); got != want {
			t.Fatalf("day %d is %s, want %s", day, got, want)
		}
	}
}

func TestNumber(t *testing.T) {
	for _, tt := range []struct {
		typ  Type
		hex  string
		want float64
		ok   bool
	}{
		{Bool, "01", 1, true}, {Int, "fffe", -2, true}, {Real, "41480000", 12.5, true}, {Time, "000009c4", 2.5, true},
		{S5Time, "2127", 127, true}, {S5Time, "2aaa", 0, false}, {Count, "0999", 999, true}, {String, "0101", 0, false},
		{Int, "01", 0, false}, {LTime, "000000003b9aca00", 1, true}, {DInt, "80000000", -2147483648, true},
	} {
		v, _ := hex.DecodeString(tt.hex)
		if n, ok := tt.typ.Number(v); ok != tt.ok || ok && n != tt.want {
			t.Errorf("%s %s is %v %t, want %v %t", tt.typ, tt.hex, n, ok, tt.want, tt.ok)
		}
	}
}

func TestParse(t *testing.T) {
	for name, want := range map[string]Type{"bool": Bool, "Date_And_Time": DateAndTime, "dt": DateAndTime, "TOD": TimeOfDay, "TIMER": S5Time} {
		if got, ok := Parse(name); !ok || got != want {
			t.Errorf("%s is %v", name, got)
		}
	}
	for typ := Bool; typ < types; typ++ {
		if got, ok := Parse(typ.String()); !ok || got != typ {
			t.Errorf("%s is read as %v", typ, got)
		}
	}
	if _, ok := Parse("STRUCT"); ok {
		t.Error("STRUCT is no elementary type")
	}
}

// FuzzText holds that any bytes are written, in printable characters alone, and that
// what has a number is not raw.
func FuzzText(f *testing.F) {
	f.Add(uint8(String), []byte("\x04\x02ab"))
	f.Add(uint8(DTL), []byte("\x07\xea\x01\x1f\x07\x17\x3b\x3b\x00\x00\x00\x01"))
	f.Add(uint8(S5Time), []byte{0x21, 0x27})
	f.Fuzz(func(t *testing.T, typ uint8, v []byte) {
		s := Type(typ).Text(v)
		if s == "" {
			t.Fatal("no text")
		}
		for _, r := range s {
			if !unicode.IsPrint(r) {
				t.Fatalf("%q has a character that does not print", s)
			}
		}
		if len(s) > 20 && len(s) > 6*len(v)+30 {
			t.Fatalf("%d bytes of text from %d", len(s), len(v))
		}
		if _, ok := Type(typ).Number(v); ok && strings.HasPrefix(s, "(") {
			t.Fatalf("%q has a number", s)
		}
	})
}
