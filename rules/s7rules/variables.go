package s7rules

import (
	"plcscope/flows"
	"plcscope/rules"
	"plcscope/s7comm"
)

var itemForm = &Rule{
	Rule: rules.Rule{
		ID:        "s7-item-form",
		Clauses:   rules.Clauses{rules.S7: {"items and data"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Parameters, items and values fit the lengths that are given for them",
		Exercised: "An S7 message is sent.",
		Why:       "The receiver reads the next item from the wrong place, or refuses the message as a whole.",
		Fix:       "Mind the units: values of BIT, BYTE and INT count bits, those of REAL and OCTET STRING bytes; every value of odd length but the last is followed by a fill byte.",
	},
	On:          on(fromBoth, messages...),
	Odd:         oddForm,
	OnMalformed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		if x := malformed(m, "s7comm."); x != nil && !ofHeader(x) {
			r.In(m, x.Offset).Violation(m, "%s: %s at byte %d %s", messageName(m, r.shape), x.Field, x.Offset, x.Reason)
		}
	},
}

// ofHeader reports whether the malformation is one of the header's lengths or kind.
func ofHeader(x *s7comm.Malformed) bool {
	switch x.Field {
	case "s7comm.header.parlg", "s7comm.header.datlg", "s7comm.header.rosctr", "s7comm.header.protid", "s7comm.header.errcls":
		return true
	}
	return false
}

var itemCount = &Rule{
	Rule: rules.Rule{
		ID:        "s7-item-count",
		Clauses:   rules.Clauses{rules.S7: {"read and write"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A read is answered with one value for each item, a write with one return code",
		Exercised: "The answer is sent to a read or a write that is in the capture.",
		Why:       "The client assigns values to the wrong variables, or reads behind the end of the message.",
		Fix:       "Answer every item in its place, those that fail with an error code.",
	},
	On:  on(fromBoth, answerRead, answerWrite),
	Odd: oddCount | oddUnknown | oddFunction,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		q, p := &c.Fact.Question, m.PDU
		if !c.Fact.Known || p.Function != q.function || p.S7.Error != 0 {
			return
		}
		r.Exercised()
		got, what := len(p.Values), "values"
		if r.shape == answerWrite {
			got, what = len(p.Data), "return codes"
		}
		if got != int(q.items) {
			r.Related(q.Ref).Violation(m, "%d %s for the %d items of the job in frame %d", got, what, q.items, q.Frame)
		}
	},
}

var dataLength = &Rule{
	Rule: rules.Rule{
		ID:        "s7-data-length",
		Clauses:   rules.Clauses{rules.S7: {"items and data"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A value has the length of its item",
		Exercised: "A value is written, or the answer is sent to a read that is in the capture.",
		Why:       "The controller refuses the write as inconsistent (07); a client reads values from beside their place.",
		Fix:       "Elements times their size, in bytes; on the wire in bits for BIT, BYTE, WORD, DWORD, INT and DINT.",
	},
	On:  on(fromBoth, jobWrite, answerRead),
	Odd: oddLength | oddUnknown | oddFunction | oddCount,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		compare(m, r, func(i *s7comm.Item, v *s7comm.Value, n int) bool {
			if oddValue(i, v)&oddLength == 0 {
				return false
			}
			r.In(m, int(v.Offset)+2).Violation(m, "item %d, %s, takes %d bytes; its value has %d", n, i, i.Bytes(), v.Length)
			return true
		})
	},
}

var dataType = &Rule{
	Rule: rules.Rule{
		ID:        "s7-data-type",
		Clauses:   rules.Clauses{rules.S7: {"items and data"}},
		Role:      rules.Both,
		Severity:  rules.Warning,
		Needs:     rules.Connection,
		Title:     "A value comes in the transport size of its item",
		Exercised: "A value is written, or the answer is sent to a read that is in the capture.",
		Why:       "The transport size tells the unit of the length: who trusts it reads eight times too much or too little.",
		Fix:       "BIT 03, BYTE, WORD and DWORD 04, INT and DINT 05, REAL 07, CHAR, timers and counters 09.",
	},
	On:  on(fromBoth, jobWrite, answerRead),
	Odd: oddType | oddUnknown | oddFunction | oddCount,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		compare(m, r, func(i *s7comm.Item, v *s7comm.Value, n int) bool {
			if oddValue(i, v)&oddType == 0 {
				return false
			}
			r.In(m, int(v.Offset)+1).Violation(m, "the value of item %d, %s, has transport size 0x%02x (%s); of %s it is 0x%02x", n, i, uint8(v.TransportSize), v.TransportSize, i.TransportSize, uint8(dataSizes[i.TransportSize]))
			return true
		})
	},
}

// compare calls wrong for each item and its value, until it returns true.
func compare(m *flows.Message, r *Reporter, wrong func(i *s7comm.Item, v *s7comm.Value, number int) bool) {
	p, c := m.PDU, r.conn
	items := p.Items
	if r.shape == answerRead {
		if !c.Fact.Known || m.Request == nil || m.Request.Frame != c.Fact.Question.Frame || p.Function != c.Fact.Question.function {
			return
		}
		items = m.Request.Items
	}
	if len(items) != len(p.Values) {
		return
	}
	r.Exercised()
	for n := range items {
		v := &p.Values[n]
		if r.shape == answerRead && v.ReturnCode != s7comm.ReturnSuccess {
			continue
		}
		if wrong(&items[n], v, n+1) {
			if r.shape == answerRead {
				r.draft.Reset()
			}
			return
		}
	}
}

var itemsMost = &Rule{
	Rule: rules.Rule{
		ID:        "s7-items-20",
		Clauses:   rules.Clauses{rules.Field: {"S7NetPlus/s7netplus#380", "robinson/gos7#75", "fbarresi/Sharp7#43"}},
		Role:      rules.Client,
		Severity:  rules.Warning,
		Needs:     rules.Packet,
		Title:     "A job has at most 20 items",
		Exercised: "The client reads or writes variables.",
		Why:       "Siemens controllers refuse longer lists, often the whole job.",
		Fix:       "Split the list, or read neighbouring variables as one item.",
	},
	On:  on(fromClient, jobRead, jobWrite),
	Odd: oddItems,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		r.At(18).Violation(m, "%s with %d items", messageName(m, r.shape), len(m.PDU.Items))
	},
}

var answerFits = &Rule{
	Rule: rules.Rule{
		ID:        "s7-answer-fits",
		Clauses:   rules.Clauses{rules.S7: {"read"}, rules.Field: {"S7NetPlus/s7netplus#133", "frangoteam/FUXA#694"}},
		Role:      rules.Client,
		Severity:  rules.Warning,
		Needs:     rules.Connection,
		Title:     "The answer to a read fits the PDU length",
		Exercised: "The client reads variables on a connection whose setup is in the capture.",
		Why:       "The controller refuses the job, or answers only the items that fit and the others with an error.",
		Fix:       "Count 14 bytes for the answer and 4 for each item, and its value padded to even length.",
	},
	On:     on(fromClient, jobRead),
	Odd:    oddAnswer,
	Agreed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		items, most := m.PDU.Items, c.Agreed.PDU
		need := answerSize(items, 1<<30)
		fit := len(items)
		for fit > 0 && answerSize(items[:fit], most) > most {
			fit--
		}
		r.Related(c.Agreed.Ref)
		if len(items) == 1 {
			r.Violation(m, "the answer would need %d bytes, the PDU length is %d: read at most %d bytes at one time", need, most, most-18)
			return
		}
		r.Violation(m, "the answer would need %d bytes, the PDU length is %d: at most %d of these %d items fit", need, most, fit, len(items))
	},
}
