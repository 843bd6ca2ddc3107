package s7rules

import (
	"plcscope/flows"
	"plcscope/rules"
	"plcscope/s7comm"
)

var cotpForm = &Rule{
	Rule: rules.Rule{
		ID:        "iso-cotp-form",
		Clauses:   rules.Clauses{rules.ISO8073: {"13.2"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The header of a TPDU fits its length indicator and the TPKT",
		Exercised: "Any TPDU is sent.",
		Why:       "The receiver drops the TPDU or the connection.",
		Fix:       "The length indicator counts the header bytes behind itself: 2 in DT, 17 in the usual CR with two TSAPs of two bytes and the TPDU size.",
	},
	On:          on(fromBoth, tpdus...),
	Odd:         oddForm,
	OnMalformed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		if x := malformed(m, "cotp."); x != nil && m.PDU.COTP.Type.Class0() && !(m.PDU.COTP.Type == s7comm.DT && m.PDU.COTP.LI > 2) {
			r.In(m, x.Offset).Violation(m, "%s: %s at byte %d %s", m.PDU.COTP.Type, x.Field, x.Offset, x.Reason)
		}
	},
}

var dtHeader = &Rule{
	Rule: rules.Rule{
		ID:        "iso-dt-header",
		Clauses:   rules.Clauses{rules.ISO8073: {"13.7"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The header of DT is 02 F0 and the byte with the end mark",
		Exercised: "A DT is sent.",
		Why:       "A longer header belongs to transport classes that TCP connections do not use; the controller drops the connection.",
		Fix:       "Send 02 F0 80 before every S7 message.",
	},
	On:          on(fromBoth, append([]shape{otherTPDU}, data...)...),
	Odd:         oddForm,
	OnMalformed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		if m.PDU.COTP.Type == s7comm.DT && m.PDU.COTP.LI > 2 && malformed(m, "cotp.") != nil {
			r.At(4).Violation(m, "DT with a length indicator of %d; in class 0 it is 2", m.PDU.COTP.LI)
		}
	},
}

var tpduType = &Rule{
	Rule: rules.Rule{
		ID:        "iso-tpdu-type",
		Clauses:   rules.Clauses{rules.RFC1006: {"§5"}, rules.ISO8073: {"13.1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Only the TPDUs of class 0 are sent: CR, CC, DR, DT, ER",
		Exercised: "Any TPDU is sent.",
		Why:       "Acknowledgements and rejects of other classes mean nothing on TCP; the controller answers with an error or closes.",
		Fix:       "Use transport class 0; TCP does what the other classes are for.",
	},
	On:          on(fromBoth, tpdus...),
	Odd:         oddForm,
	OnMalformed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		t := m.PDU.COTP.Type
		if t.Class0() || malformed(m, "cotp.") == nil {
			return
		}
		if t == s7comm.ED || t == s7comm.EA { // which RFC 1006 lets both sides agree on
			r.As(rules.Warning)
		}
		r.At(5).Violation(m, "the byte behind the length indicator is 0x%02x (%s), which class 0 does not have", m.Bytes[5], t)
	},
}

var connectFirst = &Rule{
	Rule: rules.Rule{
		ID:        "iso-connect-first",
		Clauses:   rules.Clauses{rules.RFC1006: {"§5"}, rules.ISO8073: {"6.5"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A connection begins with CR",
		Exercised: "The capture holds the TCP handshake and the first message of the client.",
		Why:       "Without it the controller does not know which module is meant and closes the connection.",
		Fix:       "Send CR with both TSAPs after every TCP connect, also after a reconnect, and wait for CC.",
	},
	On:   on(fromClient),
	Odd:  oddBegin,
	Idle: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if m.Serial != 1 || !c.FromStart() {
			return
		}
		r.Exercised()
		if r.shape != connectRequest {
			r.Violation(m, "the client begins with %s", messageName(m, r.shape))
		}
	},
}

var connectOnce = &Rule{
	Rule: rules.Rule{
		ID:        "iso-connect-once",
		Clauses:   rules.Clauses{rules.RFC1006: {"§5"}, rules.ISO8073: {"6.5"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "CR is sent once per TCP connection, by the client",
		Exercised: "CR is sent.",
		Why:       "The controller closes the connection at the second CR; a driver that repeats it on a timer never gets through.",
		Fix:       "Close the TCP connection before another attempt.",
	},
	On: on(fromBoth, connectRequest),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		switch {
		case !m.FromClient && c.Flow.ClientCertain() && c.Flow.FromStart():
			r.Exercised()
			r.Violation(m, "CR of the server, who did not open the TCP connection")
		case m.FromClient:
			r.Exercised()
			if c.Connects > 0 {
				r.Related(c.Request.Ref).Violation(m, "CR number %d on this connection, %s after the first in frame %d", c.Connects+1, rules.Seconds(m.Time-c.Request.Time), c.Request.Frame)
			}
		}
	},
}

var class0 = &Rule{
	Rule: rules.Rule{
		ID:        "iso-class-0",
		Clauses:   rules.Clauses{rules.RFC1006: {"§5"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "CR and CC name transport class 0",
		Exercised: "CR or CC is sent.",
		Why:       "Controllers know no other class over TCP and refuse the connection.",
		Fix:       "Set the class byte of CR to 0.",
	},
	On: on(fromBoth, connectRequest, connectConfirm),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		if t := &m.PDU.COTP; t.Class != 0 || t.Options != 0 {
			r.At(10).Violation(m, "%s names class %d with options 0x%x", t.Type, t.Class, t.Options)
		}
	},
}

var confirmReference = &Rule{
	Rule: rules.Rule{
		ID:        "iso-cc-reference",
		Clauses:   rules.Clauses{rules.ISO8073: {"13.4"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "The destination reference of CC is the source reference of CR",
		Exercised: "The server answers by CC a CR that is in the capture.",
		Why:       "A client that checks it takes the answer for that of another connection and gives up.",
		Fix:       "Copy the source reference of CR, bytes 9 and 10 of the message, into bytes 7 and 8 of CC.",
	},
	On: on(fromServer, connectConfirm),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if c.Connects != 1 || c.Request.Frame == 0 || c.Confirm.Frame != 0 {
			return
		}
		r.Exercised()
		if got := m.PDU.COTP.DstRef; got != c.Request.SrcRef {
			r.Related(c.Request.Ref).At(6).Violation(m, "CC has destination reference 0x%04x; the source reference of CR in frame %d is 0x%04x", got, c.Request.Frame, c.Request.SrcRef)
		}
	},
}

var confirmSize = &Rule{
	Rule: rules.Rule{
		ID:        "iso-cc-tpdu-size",
		Clauses:   rules.Clauses{rules.ISO8073: {"13.4", "14.2"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "CC does not raise the TPDU size that CR proposed",
		Exercised: "The server answers by CC a CR that is in the capture and proposes a TPDU size.",
		Why:       "The client has no buffer for longer TPDUs.",
		Fix:       "Answer with the size of CR or a smaller one.",
	},
	On: on(fromServer, connectConfirm),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		got := m.PDU.COTP.TPDUSize
		if c.Connects != 1 || c.Request.TPDUSize == 0 || got == 0 || c.Confirm.Frame != 0 {
			return
		}
		r.Exercised()
		if got > c.Request.TPDUSize {
			r.Related(c.Request.Ref).Violation(m, "CC has a TPDU size of %d; CR in frame %d proposed %d", got, c.Request.Frame, c.Request.TPDUSize)
		}
	},
}

var tpduSize = &Rule{
	Rule: rules.Rule{
		ID:        "iso-dt-size",
		Clauses:   rules.Clauses{rules.ISO8073: {"14.2"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A DT is not longer than the TPDU size agreed",
		Exercised: "A DT is sent on a connection whose TPDU size is known.",
		Why:       "The receiver has no buffer for it and closes the connection.",
		Fix:       "Propose a TPDU size in CR that the S7 messages fit into with their 3 bytes of header: 1024 for all usual PDU lengths.",
	},
	On:  on(fromBoth, data...),
	Odd: oddTPDU,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		r.Related(c.Confirm.Ref).Violation(m, "a TPDU of %d bytes; CR and CC have agreed on %d", len(m.Bytes)-4, c.TPDUSize)
	},
}

var dataEarly = &Rule{
	Rule: rules.Rule{
		ID:        "iso-data-before-cc",
		Clauses:   rules.Clauses{rules.ISO8073: {"6.5"}, rules.RFC1006: {"§5"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A client waits for CC before it sends data",
		Exercised: "The client sends its first data on a connection whose CR is in the capture.",
		Why:       "The controller drops what comes early, and the client waits for an answer that never comes.",
		Fix:       "Send the setup only when CC has come.",
	},
	On:   on(fromClient, data...),
	Odd:  oddBegin,
	Idle: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if c.Request.Frame == 0 || m.Serial != 2 {
			return
		}
		r.Exercised()
		if c.Confirm.Frame == 0 && c.Refusal.Frame == 0 {
			r.Related(c.Request.Ref).Violation(m, "%s %s after CR, before CC has come", messageName(m, r.shape), rules.Seconds(m.Time-c.Request.Time))
		}
	},
}

var answerToConnect = &Rule{
	Rule: rules.Rule{
		ID:        "iso-cr-answer",
		Clauses:   rules.Clauses{rules.ISO8073: {"6.5"}, rules.Field: {"S7NetPlus/s7netplus#194"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "The server answers CR with CC, DR or ER",
		Exercised: "The server sends its first message on a connection whose CR is in the capture.",
		Why:       "Clients read the answer as CC and take wrong references from it, or report that the connection was refused for an unknown reason.",
		Fix:       "Look at what answers on port 102: it is no S7 controller, or a gateway that mixes up connections.",
	},
	On:   on(fromServer),
	Odd:  oddBegin,
	Idle: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if m.Serial != 1 || c.Request.Frame == 0 {
			return
		}
		r.Exercised()
		if r.shape != connectConfirm && r.shape != refusal {
			r.Related(c.Request.Ref).Violation(m, "the answer to CR is %s", messageName(m, r.shape))
		}
	},
}

var fragments = &Rule{
	Rule: rules.Rule{
		ID:        "iso-dt-fragments",
		Clauses:   rules.Clauses{rules.ISO8073: {"6.3"}, rules.Field: {"S7 controllers"}},
		Role:      rules.Both,
		Severity:  rules.Info,
		Needs:     rules.Packet,
		Title:     "An S7 message comes in one DT",
		Exercised: "An S7 message is sent.",
		Why:       "Lawful, but Siemens controllers do not do it, and many client libraries cannot join the parts.",
		Fix:       "Agree on a TPDU size that is larger than the PDU length.",
	},
	On:  on(fromBoth, append([]shape{fragment}, messages...)...),
	Odd: oddJoined,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		if r.shape != fragment { // its parts were reported
			return
		}
		r.At(6).Violation(m, "a DT with %d bytes that does not end its message", len(m.PDU.COTP.UserData))
	},
}
