package siterules

import (
	"fmt"

	"plcscope/flows"
	"plcscope/rules"
	"plcscope/s7comm"
)

var s7WriteRange = &Rule{
	Rule: rules.Rule{
		ID:        "site-s7-write-range",
		Clauses:   rules.Clauses{rules.Site: {"writable"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Of a controller's data only what the profile allows is written",
		Exercised: "A client writes to addresses of a controller for which the profile lists what may be written.",
		Why:       "A write next to its target changes what the program computes with, and nothing but the machine shows it.",
		Fix:       "Compare block, offset and length with the interface that was agreed on; a block that was changed in the program shifts what lies behind.",
	},
	Asked: ofS7(func(p *S7) bool { return p.Writable != nil }),
	Request: func(p *s7Part, m *flows.Message, r *Reporter) {
		if p.Writable == nil {
			return
		}
		switch u := &m.PDU.Userdata; {
		case m.PDU.S7.ROSCTR == s7comm.ROSCTRUserdata:
			if u.Group == s7comm.GroupProgrammer && (u.Subfunction == modify || u.Subfunction == force) {
				r.changes(p, m, u)
			}
		case m.PDU.Function == s7comm.FunctionWrite:
			for i := range m.PDU.Items {
				r.writes(p, m, &m.PDU.Items[i], i, "writes")
			}
		}
	},
}

// changes holds the variables that a variable table changes or forces against the
// policy. Those in areas that a write does not know are passed over.
func (r *Reporter) changes(p *s7Part, m *flows.Message, u *s7comm.Userdata) {
	verb := "modifies"
	if u.Subfunction == force {
		verb = "forces"
	}
	table, _ := u.TestJob()
	list, _ := table.Variables()
	for i, v := range list {
		if it, ok := v.Item(); ok {
			it.Offset = -1
			r.writes(p, m, &it, i, verb)
		}
	}
}

// writes holds what item i of m writes against the policy.
func (r *Reporter) writes(p *s7Part, m *flows.Message, it *s7comm.Item, i int, verb string) {
	for n := range pieces(it) {
		x, ok := piece(it, n)
		if !ok {
			continue
		}
		r.Exercised()
		from, to, bad := x.outside(p.Writable)
		if !bad {
			continue
		}
		if it.Offset >= 0 && !m.PDU.Reassembled {
			r.At(int(it.Offset))
		}
		part, out := "", x
		if out.First, out.Last = from, to; out != x {
			part = fmt.Sprintf(", of which %s is not allowed", out)
		}
		r.Violation(m, "item %d %s %s of the controller %s%s; %s allows %s", i+1, verb, x, m.Conn.Server().Addr, part, p.For.of(), list(p.Writable))
	}
}

// pieces is how many ranges an item addresses. Symbols, and variables of numerical
// controls and drives, are no ranges.
func pieces(it *s7comm.Item) int {
	if it.Known && it.Syntax == s7comm.SyntaxS7Any {
		return 1
	}
	return it.DBReads()
}

// piece returns range n of an item; ok is false when it is empty, or when it cannot be
// told how far it goes.
func piece(it *s7comm.Item, n int) (x Range, ok bool) {
	if it.Syntax == s7comm.SyntaxDBRead {
		a := it.DBRead(n)
		first := uint64(a.Start) * 8
		return Range{Area: s7comm.AreaDB, DB: a.DB, First: first, Last: first + uint64(a.Length)*8 - 1}, a.Length > 0
	}
	bits := uint64(it.TransportSize.Size()) * 8
	if it.TransportSize == s7comm.SizeBit {
		bits = 1
	}
	bits *= uint64(it.Count)
	x = Range{Area: it.Area, First: uint64(it.Address)}
	switch it.Area {
	case s7comm.AreaDB, s7comm.AreaDI:
		x.Area, x.DB = s7comm.AreaDB, it.DB // an instance is a data block
	case s7comm.AreaTimer, s7comm.AreaCounter:
		x.First *= 16
	case s7comm.AreaInput, s7comm.AreaOutput, s7comm.AreaFlag, s7comm.AreaPeripheral, s7comm.AreaLocal, s7comm.AreaV:
	default:
		return Range{}, false
	}
	x.Last = x.First + bits - 1
	return x, bits > 0
}

// outside returns the first part of x that lies in none of the ranges. Ranges may
// touch or overlap.
func (x Range) outside(allowed []Range) (first, last uint64, bad bool) {
	first = x.First
	for first <= x.Last {
		next, inside := x.Last, false
		for _, a := range allowed {
			if a.Area == s7comm.AreaDI {
				a.Area = s7comm.AreaDB
			}
			if a.Area != x.Area || a.Area == s7comm.AreaDB && a.DB != x.DB {
				continue
			}
			switch {
			case a.First <= first && a.Last >= first:
				if !inside || a.Last > next {
					next = a.Last
				}
				inside = true
			case !inside && a.First > first:
				next = min(next, a.First-1)
			}
		}
		if !inside {
			return first, next, true
		}
		first = next + 1
	}
	return 0, 0, false
}

// String writes the range as programmers do: "DB1.DBB4 to DBB7", "M10.3", "T5".
func (x Range) String() string {
	block, letter := "", areaLetters[x.Area]
	switch {
	case x.Area == s7comm.AreaDB || x.Area == s7comm.AreaDI:
		block = fmt.Sprintf("DB%d.", x.DB)
	case x.Area == s7comm.AreaTimer || x.Area == s7comm.AreaCounter:
		return block + between(fmt.Sprintf("%s%d", letter, x.First/16), fmt.Sprintf("%s%d", letter, x.Last/16))
	case letter == "":
		letter = x.Area.String() + " "
	}
	if x.First%8 == 0 && x.Last%8 == 7 {
		return block + between(fmt.Sprintf("%sB%d", letter, x.First/8), fmt.Sprintf("%sB%d", letter, x.Last/8))
	}
	bit := letter
	if block != "" {
		bit = "DBX"
	}
	return block + between(fmt.Sprintf("%s%d.%d", bit, x.First/8, x.First%8), fmt.Sprintf("%s%d.%d", bit, x.Last/8, x.Last%8))
}

func between(a, b string) string {
	if a == b {
		return a
	}
	return a + " to " + b
}

var areaLetters = map[s7comm.Area]string{
	s7comm.AreaDB: "DB", s7comm.AreaDI: "DB", s7comm.AreaInput: "I", s7comm.AreaOutput: "Q", s7comm.AreaFlag: "M",
	s7comm.AreaPeripheral: "P", s7comm.AreaLocal: "L", s7comm.AreaV: "V", s7comm.AreaTimer: "T", s7comm.AreaCounter: "C",
}

// requestName is what reports call a request.
func requestName(q *s7comm.Request) string {
	if q.ROSCTR == s7comm.ROSCTRUserdata {
		return q.Group.String() + " " + s7comm.SubfunctionName(q.Group, q.Subfunction)
	}
	return q.Function.String()
}
