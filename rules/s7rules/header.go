package s7rules

import (
	"plcscope/flows"
	"plcscope/rules"
)

var headerLengths = &Rule{
	Rule: rules.Rule{
		ID:        "s7-header-lengths",
		Clauses:   rules.Clauses{rules.S7: {"header"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The lengths of parameter and data part add up to the message",
		Exercised: "An S7 message is sent.",
		Why:       "The receiver refuses the message or reads what its buffer held before.",
		Fix:       "Parameter length and data length count the bytes of the parts without the header, which has 10 bytes and in answers 12.",
	},
	On:          on(fromBoth, messages...),
	Odd:         oddForm | oddSurplus,
	OnMalformed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		x, p := malformed(m, "s7comm."), m.PDU
		switch {
		case x != nil && x.Field == "s7comm.header.rosctr":
		case x != nil && ofHeader(x):
			r.In(m, x.Offset).Violation(m, "%s: %s at byte %d %s: parameter part %d, data part %d, message %d bytes", messageName(m, r.shape), x.Field, x.Offset, x.Reason, p.S7.ParamLen, p.S7.DataLen, len(p.TSDU))
		case m.Err == nil && len(p.Surplus) > 0:
			r.In(m, 7+len(p.TSDU)-len(p.Surplus)).Violation(m, "%s: %d bytes behind the end of the message: header %d, parameter part %d, data part %d, in all %d bytes", messageName(m, r.shape), len(p.Surplus), p.S7.HeaderLen, p.S7.ParamLen, p.S7.DataLen, len(p.TSDU))
		}
	},
}

var knownKind = &Rule{
	Rule: rules.Rule{
		ID:        "s7-rosctr",
		Clauses:   rules.Clauses{rules.S7: {"header"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "An S7 message is a Job (1), Ack (2), Ack_Data (3) or Userdata (7)",
		Exercised: "An S7 message is sent.",
		Why:       "The receiver does not know what to do with it.",
		Fix:       "Look at the second byte of the S7 header.",
	},
	On:          on(fromBoth, messages...),
	Odd:         oddForm,
	OnMalformed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		if r.shape == oddROSCTR && malformed(m, "s7comm.header.rosctr") != nil {
			r.In(m, 8).Violation(m, "the kind of the message is 0x%02x", uint8(m.PDU.S7.ROSCTR))
		}
	},
}

var redundancy = &Rule{
	Rule: rules.Rule{
		ID:        "s7-redundancy-id",
		Clauses:   rules.Clauses{rules.S7: {"header"}},
		Role:      rules.Both,
		Severity:  rules.Warning,
		Needs:     rules.Packet,
		Title:     "The redundancy identification is 0",
		Exercised: "An S7 message is sent.",
		Why:       "No controller is known to use it: mostly the header is shifted by some bytes.",
		Fix:       "Send 00 00 behind 32 and the kind of the message.",
	},
	On:  on(fromBoth, messages...),
	Odd: oddRedundancy,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		r.In(m, 9).Violation(m, "%s has redundancy identification 0x%04x", messageName(m, r.shape), m.PDU.S7.RedID)
	},
}
