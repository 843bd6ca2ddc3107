package s7rules

import (
	"errors"
	"strings"

	"plcscope/flows"
	"plcscope/rules"
	"plcscope/s7comm"
)

// malformed returns what is wrong with m when the field's name begins like that.
func malformed(m *flows.Message, field string) *s7comm.Malformed {
	var x *s7comm.Malformed
	if m.Err == nil || !errors.As(m.Err, &x) || !strings.HasPrefix(x.Field, field) {
		return nil
	}
	return x
}

// bare reports whether b begins like an S7 message without TPKT and COTP before it,
// as far as it goes.
func bare(b []byte) bool {
	return b[0] == 0x32 && (len(b) == 1 || b[1] >= 1 && b[1] <= 3 || b[1] == 7)
}

var tpktVersion = &Rule{
	Rule: rules.Rule{
		ID:        "iso-tpkt-version",
		Clauses:   rules.Clauses{rules.RFC1006: {"§6"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Every TPKT begins with version 3",
		Exercised: "Any TPKT is sent.",
		Why:       "The receiver takes the bytes for a message of another protocol or has lost count of the lengths, and closes the connection.",
		Fix:       "Send 03 00 and the length before every TPDU, also in a program of your own that sends S7 over plain TCP; make sure that the length counts its own four bytes.",
	},
	On:          on(fromBoth),
	Odd:         oddForm,
	OnMalformed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		x := malformed(m, "tpkt.version")
		if x == nil || bare(m.Bytes) {
			r.Exercised()
			return
		}
		r.Exercised()
		if m.Serial == 1 { // somebody who tries another protocol on this port
			r.As(rules.Warning)
		}
		r.Related(c.Sides[sideOf(m)].Last).At(0).Violation(m, "where a TPKT should begin stands 0x%02x; the %s has sent %d TPDUs that were sound before", m.Bytes[0], sideOf(m), m.Serial-1)
	},
}

var tpktMissing = &Rule{
	Rule: rules.Rule{
		ID:        "iso-tpkt-missing",
		Clauses:   rules.Clauses{rules.RFC1006: {"§6"}, rules.Field: {"apache/plc4x#2607"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "S7 messages come in TPKT and COTP",
		Exercised: "Any message is sent.",
		Why:       "The controller reads the S7 header as a TPKT, finds nothing that it knows and closes the connection without a word.",
		Fix:       "Choose the transport \"ISO-on-TCP\" in the driver: first CR and CC, then every S7 message behind 03 00, its length and 02 F0 80.",
	},
	On:          on(fromBoth),
	Odd:         oddForm,
	OnMalformed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		if malformed(m, "tpkt.version") != nil && bare(m.Bytes) {
			r.At(0).Violation(m, "an S7 message (0x32) stands where a TPKT should begin: S7 PDU without TPKT and COTP")
		}
	},
}

var tpktLength = &Rule{
	Rule: rules.Rule{
		ID:        "iso-tpkt-length",
		Clauses:   rules.Clauses{rules.RFC1006: {"§6"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The length of a TPKT is at least 7",
		Exercised: "Any TPKT is sent.",
		Why:       "The receiver cannot find the next TPKT and closes the connection.",
		Fix:       "The length counts the whole TPKT: its own four bytes, the COTP header and the data.",
	},
	On:          on(fromBoth),
	Odd:         oddForm,
	OnMalformed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		if malformed(m, "tpkt.length") != nil && len(m.Bytes) >= 4 {
			r.At(2).Violation(m, "the TPKT gives its length as %d; with its own header and the shortest TPDU it would be 7", int(m.Bytes[2])<<8|int(m.Bytes[3]))
		}
	},
}

var tpktReserved = &Rule{
	Rule: rules.Rule{
		ID:        "iso-tpkt-reserved",
		Clauses:   rules.Clauses{rules.RFC1006: {"§6"}},
		Role:      rules.Both,
		Severity:  rules.Warning,
		Needs:     rules.Packet,
		Title:     "The reserved byte of TPKT is 0",
		Exercised: "Any TPKT is sent.",
		Why:       "Most receivers pass over it; some firewalls do not.",
		Fix:       "Set the second byte of the message to 0; it is often left from what the buffer held before.",
	},
	On:  on(fromBoth, tpdus...),
	Odd: oddReserved,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		r.At(1).Violation(m, "the second byte of the TPKT is 0x%02x", m.PDU.TPKT.Reserved)
	},
}
