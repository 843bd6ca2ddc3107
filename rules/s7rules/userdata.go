package s7rules

import (
	"plcscope/flows"
	"plcscope/rules"
	"plcscope/s7comm"
)

const (
	readSZL   = 1 // subfunctions of GroupCPU
	readClock = 1 // subfunctions of GroupTime
	setClock  = 2
)

// chain is a series of fragments that the server is sending, one at a time.
type chain struct {
	rules.Ref // the latest fragment
	open      bool
	group     s7comm.Group
	sub       uint8
	sequence  uint8
	unit      uint8
}

// take notes a response.
func (x *chain) take(c *Conn, m *flows.Message, from side) {
	if from != server {
		return
	}
	u := &m.PDU.Userdata
	if !u.More() || u.Group == s7comm.GroupPBC || u.Group == s7comm.GroupNC { // those count otherwise
		if x.open && x.group == u.Group && x.sub == u.Subfunction {
			*x = chain{}
		}
		return
	}
	*x = chain{Ref: ref(m), open: true, group: u.Group, sub: u.Subfunction, sequence: u.Sequence, unit: u.DataUnitRef}
}

// goesOn reports whether u belongs to the chain.
func (x *chain) goesOn(u *s7comm.Userdata) bool {
	return x.open && x.group == u.Group && x.sub == u.Subfunction
}

var userdataEcho = &Rule{
	Rule: rules.Rule{
		ID:        "s7-userdata-echo",
		Clauses:   rules.Clauses{rules.S7: {"userdata"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A userdata response names the function group and subfunction of its request",
		Exercised: "A response is sent to a userdata request that is in the capture.",
		Why:       "The client takes the data for something else.",
		Fix:       "Copy group and subfunction; check the pairing of references.",
	},
	On:  on(fromBoth, response),
	Odd: oddFunction | oddUnknown,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if !c.Fact.Known {
			return
		}
		r.Exercised()
		u, q := &m.PDU.Userdata, &c.Fact.Question
		if u.Group != q.group || u.Subfunction != q.sub {
			r.Related(q.Ref).Violation(m, "a response of %s, %s to the request in frame %d for %s", u.Group, s7comm.SubfunctionName(u.Group, u.Subfunction), q.Frame, q)
		}
	},
}

var fragmentSequence = &Rule{
	Rule: rules.Rule{
		ID:        "s7-fragment-request",
		Clauses:   rules.Clauses{rules.S7: {"userdata fragments"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A request for the next fragment carries the sequence number of the response",
		Exercised: "The client asks for the next fragment of a response.",
		Why:       "The controller begins anew or answers with an error, and the list is never complete.",
		Fix:       "Copy group, subfunction and sequence number of the response that had \"more\" set.",
	},
	On: on(fromClient, request),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		u := &m.PDU.Userdata
		if !c.chain.goesOn(u) || !u.Extended || u.Sequence == 0 && len(u.Payload) > 0 {
			return // it asks for something new
		}
		r.Exercised()
		if u.Sequence != c.chain.sequence {
			r.Related(c.chain.Ref).Violation(m, "the request for the next fragment has sequence number %d; the response in frame %d has %d", u.Sequence, c.chain.Frame, c.chain.sequence)
		}
	},
}

var fragmentChain = &Rule{
	Rule: rules.Rule{
		ID:        "s7-fragment-chain",
		Clauses:   rules.Clauses{rules.S7: {"userdata fragments"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "All fragments of a response have the same data unit reference and sequence number",
		Exercised: "The server sends a further fragment of a response.",
		Why:       "The client joins what does not belong together, or drops the list.",
		Fix:       "Choose the reference with the first fragment and keep it until the one that says \"last\".",
	},
	On: on(fromServer, response),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		u := &m.PDU.Userdata
		if !c.Fact.Known || !c.chain.goesOn(u) || u.Error != 0 || !u.Extended {
			return
		}
		if u.Sequence != c.chain.sequence && u.DataUnitRef != c.chain.unit {
			return // another answer: the client gave the chain up
		}
		r.Exercised()
		if u.DataUnitRef != c.chain.unit || u.Sequence != c.chain.sequence {
			if !u.More() && u.DataUnitRef == 0 { // a whole answer of its own
				return
			}
			r.Related(c.chain.Ref).Violation(m, "a fragment with data unit reference %d and sequence number %d; the one before, in frame %d, has %d and %d", u.DataUnitRef, u.Sequence, c.chain.Frame, c.chain.unit, c.chain.sequence)
		}
	},
}

var szlEcho = &Rule{
	Rule: rules.Rule{
		ID:        "s7-szl-echo",
		Clauses:   rules.Clauses{rules.S7: {"system status list"}},
		Role:      rules.Server,
		Severity:  rules.Warning,
		Needs:     rules.Connection,
		Title:     "The response to Read SZL names the list that was asked for",
		Exercised: "The server answers Read SZL.",
		Why:       "The client shows the data of another list.",
		Fix:       "Report it to the maker of the server.",
	},
	On: on(fromServer, response),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		u, q := &m.PDU.Userdata, &c.Fact.Question
		if !c.Fact.Known || q.szl == 0 || u.Group != s7comm.GroupCPU || u.Subfunction != readSZL || len(u.Payload) < 8 || u.ReturnCode != s7comm.ReturnSuccess || u.Error != 0 {
			return
		}
		r.Exercised()
		b := u.Payload
		if id := uint32(b[0])<<8 | uint32(b[1]); id != q.szl>>16 {
			r.Related(q.Ref).In(m, int(u.Offset)).Violation(m, "status list 0x%04x in response to a request for 0x%04x", id, q.szl>>16)
		}
	},
}

var clockBCD = &Rule{
	Rule: rules.Rule{
		ID:        "s7-clock-bcd",
		Clauses:   rules.Clauses{rules.S7: {"DATE_AND_TIME"}},
		Role:      rules.Both,
		Severity:  rules.Warning,
		Needs:     rules.Packet,
		Title:     "A time of day is written in BCD digits",
		Exercised: "A time of day is read or set.",
		Why:       "The controller refuses to set its clock (DC01), or shows a time that does not exist.",
		Fix:       "Two decimal digits a byte: year, month 01 to 12, day 01 to 31, hour, minute, second, and the milliseconds with the weekday.",
	},
	On: on(fromBoth, request, response),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		u := &m.PDU.Userdata
		if u.Group != s7comm.GroupTime || len(u.Payload) != 10 || u.Subfunction == readClock != (r.shape == response) {
			return
		}
		r.Exercised()
		b := u.Payload[2:]
		for i, most := range [...]byte{0x99, 0x12, 0x31, 0x23, 0x59, 0x59, 0x99} {
			if d := b[i]; d>>4 > 9 || d&15 > 9 || d > most || d == 0 && (i == 1 || i == 2) {
				r.In(m, int(u.Offset)+2+i).Violation(m, "byte %d of the time is 0x%02x; the time is % x", i, d, b)
				return
			}
		}
	},
}
