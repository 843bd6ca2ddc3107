package siterules

import (
	"testing"

	"plcscope/rules"
	"plcscope/s7comm"
)

func bits(area s7comm.Area, number uint16, first, last uint64) Range {
	return Range{Area: area, DB: number, First: first, Last: last}
}

// bytesOf is the range of bytes of DB1.
func bytesOf(first, last uint64) Range { return bits(s7comm.AreaDB, 1, first*8, last*8+7) }

func writable(l ...Range) Policy { return cpu(S7{Writable: l}) }

var several = s7comm.Item{Syntax: s7comm.SyntaxDBRead, Known: true, Raw: []byte{0x12, 0x0c, 0xb0, 2, 4, 0, 1, 0, 10, 2, 0, 1, 0, 20}}
var symbol = s7comm.Item{Syntax: s7comm.SyntaxSymbolic, Known: true, Raw: append([]byte{0x12, 14, 0xb2}, make([]byte, 13)...)}

var writeConversations = []conversation{
	{rule: "site-s7-write-range", name: "behind the end", policy: writable(bytesOf(0, 9)), want: rules.Fail, say: func(t *line) {
		t.s7().setup().write(db(8, 4))
	}, detail: "item 1 writes DB1.DBB8 to DBB11 of the controller 10.0.0.7, of which DB1.DBB10 to DBB11 is not allowed; the profile allows DB1.DBB0 to DBB9"},
	{rule: "site-s7-write-range", name: "a bit", policy: writable(bits(s7comm.AreaFlag, 0, 80, 82)), want: rules.Fail, say: func(t *line) {
		t.s7().setup().write(s7comm.AnyItem(s7comm.AreaFlag, 0, s7comm.SizeBit, 10, 3, 1))
	}, detail: "item 1 writes M10.3 of the controller 10.0.0.7; the profile allows M10.0 to M10.2"},
	{rule: "site-s7-write-range", name: "another block", policy: writable(bits(s7comm.AreaDB, 2, 0, 799)), want: rules.Fail, say: func(t *line) { t.s7().setup().write(db(0, 1)) }},
	{rule: "site-s7-write-range", name: "a timer", policy: writable(bits(s7comm.AreaTimer, 0, 0, 79)), want: rules.Fail, say: func(t *line) {
		t.s7().setup().write(s7comm.AnyItem(s7comm.AreaTimer, 0, s7comm.SizeTimer, 5, 0, 1))
	}, detail: "item 1 writes T5 of the controller 10.0.0.7; the profile allows T0 to T4"},
	{rule: "site-s7-write-range", name: "areas of data blocks", policy: writable(bytesOf(0, 19)), want: rules.Fail, say: func(t *line) { t.s7().setup().write(several) },
		detail: "item 1 writes DB1.DBB20 to DBB21 of the controller 10.0.0.7; the profile allows DB1.DBB0 to DBB19"},
	{rule: "site-s7-write-range", name: "nothing is allowed", policy: cpu(S7{Writable: []Range{}}), want: rules.Fail, say: func(t *line) { t.s7().setup().write(db(0, 1)) }},
	{rule: "site-s7-write-range", name: "variable table", policy: writable(bits(s7comm.AreaFlag, 0, 32, 63)), want: rules.Fail, say: func(t *line) { t.s7().setup().c(table(modify)) },
		detail: "item 3 modifies I8.1 of the controller 10.0.0.7; the profile allows MB4 to MB7"},
	{rule: "site-s7-write-range", name: "force", policy: writable(bits(s7comm.AreaInput, 0, 65, 65)), want: rules.Fail, say: func(t *line) { t.s7().setup().c(table(force)) },
		detail: "item 1 forces MB4 to MB5 of the controller 10.0.0.7; the profile allows I8.1"},
	{rule: "site-s7-write-range", name: "variable table inside", policy: writable(bits(s7comm.AreaFlag, 0, 0, 99), bits(s7comm.AreaInput, 0, 64, 71)), want: rules.Pass, say: func(t *line) { t.s7().setup().c(table(modify)) }},
	{rule: "site-s7-write-range", name: "variables are watched", policy: writable(), want: rules.NotExercised, say: func(t *line) { t.s7().setup().c(table(variableStatus)) }},
	{rule: "site-s7-write-range", name: "inside", policy: writable(bytesOf(0, 9), bits(s7comm.AreaFlag, 0, 0, 7)), want: rules.Pass, say: func(t *line) {
		t.s7().setup().write(db(0, 10), s7comm.AnyItem(s7comm.AreaDB, 1, s7comm.SizeWord, 4, 0, 3), s7comm.AnyItem(s7comm.AreaDI, 1, s7comm.SizeReal, 0, 0, 1))
	}},
	{rule: "site-s7-write-range", name: "over ranges that touch", policy: writable(bytesOf(4, 9), bytesOf(0, 3)), want: rules.Pass, say: func(t *line) { t.s7().setup().write(db(2, 6)) }},
	{rule: "site-s7-write-range", name: "a symbol", policy: writable(bytesOf(0, 9)), want: rules.NotExercised, say: func(t *line) { t.s7().setup().write(symbol) }},
	{rule: "site-s7-write-range", name: "it reads", policy: writable(), want: rules.NotExercised, say: func(t *line) { t.s7().setup().read(1).values(1) }},
}

// table is a request to a variable table with two words of flags and a bit of the inputs.
func table(sub uint8) []byte {
	payload := []byte{
		0, 20, 0, 38, 0, 0, 0, 1, 0, 1, 0, 6, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 2, 0,
		0, 3, 0x02, 1, 0, 0, 0, 4, 0x02, 1, 0, 0, 0, 6, 0x10, 1, 0, 0, 0, 8,
		0, 9, 0, 2, 1, 2, 0, 9, 0, 2, 3, 4, 0, 9, 0, 1, 1, 0,
	}
	return s7comm.AppendUserdata(nil, 1, s7comm.Userdata{Type: s7comm.UserdataRequest, Group: s7comm.GroupProgrammer, Subfunction: sub, HasData: true, ReturnCode: s7comm.ReturnSuccess, TransportSize: s7comm.DataOctets, Payload: payload})
}

// TestOutside holds the search for a part that is not allowed against a look at each
// bit.
func TestOutside(t *testing.T) {
	for n := range 4096 {
		x := Range{Area: s7comm.AreaFlag, First: uint64(n & 7), Last: uint64(n&7 + n>>3&7)}
		allowed := []Range{{Area: s7comm.AreaFlag, First: uint64(n >> 6 & 7), Last: uint64(n>>6&7 + n>>9&3)}, {Area: s7comm.AreaFlag, First: uint64(n >> 8 & 15), Last: uint64(n>>8&15 + 2)}, {Area: s7comm.AreaInput, Last: 100}}
		may := func(bit uint64) bool {
			return allowed[0].First <= bit && bit <= allowed[0].Last || allowed[1].First <= bit && bit <= allowed[1].Last
		}
		first, last, bad := x.outside(allowed)
		var want []uint64
		for bit := x.First; bit <= x.Last; bit++ {
			if !may(bit) {
				want = append(want, bit)
			} else if len(want) > 0 {
				break
			}
		}
		if bad != (len(want) > 0) || bad && (first != want[0] || last != want[len(want)-1]) {
			t.Fatalf("%v outside %v: %d to %d, %v; want %v", x, allowed, first, last, bad, want)
		}
	}
}
