package mqttrules

import (
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/rules"
)

var connackSent = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-connack-sent",
		Clauses:   rules.Clauses{V31: {"§3.1"}, V311: {"MQTT-3.1.4-4"}, V5: {"MQTT-3.1.4-5"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A valid CONNECT is answered with CONNACK",
		Exercised: "A CONNECT that is in order, and time enough for its answer, are in the capture.",
		Why:       "The client waits, and one without a time-out waits for ever.",
		Fix:       "Look at the broker's load and log; give the client a time-out after which it closes TCP and tries again.",
	},
	Owes: owesConnack,
}

var connackFirst = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-connack-first",
		Clauses:   rules.Clauses{V31: {"§3.2"}, V311: {"MQTT-3.2.0-1"}, V5: {"MQTT-3.2.0-1"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "The first packet from the server is CONNACK",
		Exercised: "The server sends anything on a connection that is captured from its start.",
		Why:       "Blocks look at the first bytes they receive and take anything but 20 02 for a failed login.",
		Fix:       "Report it to the broker's maker.",
	},
	On:          on(fromServer),
	OnMalformed: true,
	Odd:         oddPhase,
	Idle:        everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if m.Serial != 1 || c.Connects == 0 || !c.FromStart() {
			return
		}
		t := mqtt.PacketType(m.Bytes[0] >> 4)
		if versionOf(c) == mqtt.V5 && (t == mqtt.AUTH || t == mqtt.DISCONNECT) { // the latter is another rule
			return
		}
		r.Exercised()
		if t != mqtt.CONNACK {
			r.Related(c.Connect).Violation(m, "the server answers the CONNECT of frame %d with %s (first byte 0x%02x)", c.Connect.Frame, t, m.Bytes[0])
		}
	},
}

var connackOnce = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-connack-once",
		Clauses:   rules.Clauses{V31: {"§3.2"}, V311: {"§3.2"}, V5: {"MQTT-3.2.0-2"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "There is one CONNACK on a connection",
		Exercised: "The server sends anything after its CONNACK.",
		Why:       "A block that takes every CONNACK for a new login starts over in mid-operation.",
		Fix:       "Report it to the broker's maker.",
	},
	On:  on(fromServer),
	Odd: oddPhase,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if c.Connects != 1 || c.Connacks == 0 || c.Connack.Frame == m.Frame && c.Connacks == 1 {
			return
		}
		r.Exercised()
		if m.Packet.Type == mqtt.CONNACK {
			r.Related(c.Connack).Violation(m, "CONNACK number %d on this connection, %s after the first in frame %d", c.Connacks, rules.Seconds(m.Time-c.Connack.Time), c.Connack.Frame)
		}
	},
}

var connackFlags = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-connack-flags-reserved",
		Clauses:   rules.Clauses{V311: {"§3.2.2.1"}, V5: {"MQTT-3.2.2-1"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Bits 7 to 1 of the CONNACK flags are 0",
		Exercised: "The server sends CONNACK.",
		Why:       "Blocks that compare CONNACK with fixed bytes take it for a refusal.",
		Fix:       "Report it to the broker's maker.",
	},
	On: on(fromServer, mqtt.CONNACK),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		if f := m.Packet.AckFlags; f&^1 != 0 {
			r.At(m.Packet.HeaderLen).Violation(m, "the CONNACK flags are 0x%02x; only bit 0 has a meaning", f)
		}
	},
}

var connackReserved31 = &Rule{
	Rule: rules.Rule{
		ID:        "m31-connack-reserved-byte",
		Clauses:   rules.Clauses{V31: {"§3.2"}},
		Role:      rules.Server,
		Severity:  rules.Info,
		Needs:     rules.Packet,
		Title:     "The first byte of a 3.1 CONNACK is unused",
		Exercised: "The server sends CONNACK.",
		Why:       "Brokers that also speak 3.1.1 put Session Present there. Blocks that accept only 20 02 00 00 then stay logged out.",
		Fix:       "Look only at the return code in the client.",
	},
	On: on(fromServer, mqtt.CONNACK),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		if f := m.Packet.AckFlags; f != 0 {
			r.At(m.Packet.HeaderLen).Violation(m, "the unused byte of CONNACK is 0x%02x", f)
		}
	},
}

var sessionPresentClean = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-session-present-clean",
		Clauses:   rules.Clauses{V311: {"MQTT-3.2.2-1"}, V5: {"MQTT-3.2.2-2"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "Session Present is 0 after a clean CONNECT",
		Exercised: "The server accepts a CONNECT that asks for a clean session.",
		Why:       "The client has just thrown its state away and now believes that the broker still delivers.",
		Fix:       "Report it to the broker's maker.",
	},
	On: on(fromServer, mqtt.CONNACK),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if c.Connects != 1 || m.Packet.Code != 0 || !c.Connected.Clean {
			return
		}
		r.Exercised()
		if m.Packet.SessionPresent {
			r.Related(c.Connect).At(m.Packet.HeaderLen).Violation(m, "CONNACK says that a session is present; the CONNECT in frame %d asked for a clean one", c.Connect.Frame)
		}
	},
}

var sessionPresentRefused = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-session-present-refused",
		Clauses:   rules.Clauses{V311: {"MQTT-3.2.2-4"}, V5: {"MQTT-3.2.2-6"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Session Present is 0 in a refusal",
		Exercised: "The server refuses a CONNECT by CONNACK.",
		Why:       "A client that looks at the flag first goes on without being logged in.",
		Fix:       "Report it to the broker's maker; let the client look at the code first.",
	},
	On: on(fromServer, mqtt.CONNACK),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if m.Packet.Code == 0 {
			return
		}
		r.Exercised()
		if m.Packet.SessionPresent {
			r.At(m.Packet.HeaderLen).Violation(m, "CONNACK refuses with code %d (%s) and says that a session is present", uint8(m.Packet.Code), m.Packet.Code.Name(mqtt.CONNACK))
		}
	},
}

// judgesSessionPresent reports whether m answers a CONNECT that asks for the
// session of before.
func judgesSessionPresent(c *Conn, m *flows.Message) bool {
	return c.Connects == 1 && c.Connacks == 1 && m.Packet.Code == 0 && !c.Connected.Clean && c.Session == c.named
}

var sessionPresentSet = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-session-present-set",
		Clauses:   rules.Clauses{V311: {"MQTT-3.2.2-2"}, V5: {"MQTT-3.2.2-3"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "Session Present is 1 when the server has a session",
		Exercised: "The server accepts a CONNECT that resumes a session which an earlier connection in the capture has left.",
		Why:       "The broker has lost the subscriptions and the messages it kept for the PLC, or hides them. A block that does not subscribe again receives nothing.",
		Fix:       "Turn persistence on in the broker; let the client subscribe again whenever Session Present is 0.",
	},
	On: on(fromServer, mqtt.CONNACK),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if versionOf(c) != mqtt.V5 || m.Packet.SessionPresent { // else it is another rule
			judgeStored(c, m, r)
		}
	},
}

// judgeStored judges the answer to a client that comes back to a session which is
// to last.
func judgeStored(c *Conn, m *flows.Message, r *Reporter) {
	s := c.Session
	if !judgesSessionPresent(c, m) || s.Before != FateStored {
		return
	}
	r.Exercised()
	if m.Packet.SessionPresent {
		return
	}
	r.Related(s.Last.Ref).Related(c.Connect).At(m.Packet.HeaderLen).Across()
	if s.leftBy == server || c.Connect.Time-s.leftAt.Time > 1800*second {
		// It may have been restarted, or may not keep sessions for so long.
		r.As(rules.Warning)
	}
	r.Violation(m, "CONNACK says that there is no session; the client's connection of frame %d left one, %s before the CONNECT in frame %d (closed by the %s)",
		s.Last.Frame, rules.Seconds(c.Connect.Time-s.leftAt.Time), c.Connect.Frame, s.leftBy)
}

var sessionPresentUnset = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-session-present-unset",
		Clauses:   rules.Clauses{V311: {"MQTT-3.2.2-3"}, V5: {"MQTT-3.2.2-3"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "Session Present is 0 when the server has no session",
		Exercised: "The server accepts a CONNECT that asks for a session which cannot exist: the connection before, in the capture, was clean or its session has expired.",
		Why:       "The client takes for granted that its subscriptions exist and does not make them.",
		Fix:       "Report it to the broker's maker; let the client subscribe after every CONNECT.",
	},
	On: on(fromServer, mqtt.CONNACK),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if c.Session.lasted == 0 { // else it has expired, which is another rule
			judgeOver(c, m, r)
		}
	},
}

// judgeOver judges the answer to a client that comes back to a session which has
// ended.
func judgeOver(c *Conn, m *flows.Message, r *Reporter) {
	s := c.Session
	if !judgesSessionPresent(c, m) || s.Before != FateOver {
		return
	}
	r.Exercised()
	if !m.Packet.SessionPresent {
		return
	}
	r.Related(s.Last.Ref).Related(c.Connect).At(m.Packet.HeaderLen).Across()
	if s.lasted > 0 {
		r.Violation(m, "CONNACK says that a session is present; the one of the CONNECT in frame %d was to last %d s, and that connection closed in frame %d, %s before", s.Last.Frame, s.lasted, s.leftAt.Frame, rules.Seconds(c.Connect.Time-s.leftAt.Time))
		return
	}
	r.Violation(m, "CONNACK says that a session is present; the one of the CONNECT in frame %d ended when that connection closed in frame %d, %s before", s.Last.Frame, s.leftAt.Frame, rules.Seconds(c.Connect.Time-s.leftAt.Time))
}

var connackRefusedClose = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-connack-refused-close",
		Clauses:   rules.Clauses{V31: {"§3.2"}, V311: {"MQTT-3.2.2-5"}, V5: {"MQTT-3.2.2-7"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "The server closes the connection after a refusal",
		Exercised: "The server refuses a CONNECT by CONNACK, and the capture goes on for a while.",
		Why:       "The refused client keeps a connection that leads nowhere and says CONNECT on it again.",
		Fix:       "Report it to the broker's maker; let the client close TCP after any code but 0.",
	},
	Owes: owesCloseAfterRefusal,
}

var connackCode = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-connack-code-valid",
		Clauses:   rules.Clauses{V31: {"§3.2"}, V311: {"§3.2.2.3"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The CONNACK code is 0 to 5",
		Exercised: "The server sends CONNACK.",
		Why:       "The client cannot tell why it was refused.",
		Fix:       "Report it to the broker's maker.",
	},
	On: on(fromServer, mqtt.CONNACK),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		if m.Packet.Code > 5 {
			r.At(m.Packet.HeaderLen+1).Violation(m, "the CONNACK code is %d (0x%02x); 0 to 5 exist", uint8(m.Packet.Code), uint8(m.Packet.Code))
		}
	},
}

var connackCode5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-connack-code-valid",
		Clauses:   rules.Clauses{V5: {"MQTT-3.2.2-8"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A 5.0 CONNACK has a reason code made for it",
		Exercised: "The server sends CONNACK.",
		Why:       "The client cannot tell why it was refused.",
		Fix:       "Report it to the broker's maker.",
	},
	On: on(fromServer, mqtt.CONNACK),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		if code := m.Packet.Code; !mqtt.ValidReason(mqtt.CONNACK, true, code) {
			r.At(m.Packet.HeaderLen+1).Violation(m, "the reason code 0x%02x is not one of CONNACK", uint8(code))
		}
	},
}

var brokerOlder5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-broker-older",
		Clauses:   rules.Clauses{V5: {"§3.1.2.2"}},
		Role:      rules.Server,
		Severity:  rules.Info,
		Needs:     rules.Packet,
		Title:     "The broker speaks the MQTT 5 that the client asks for",
		Exercised: "A server answers a CONNECT of MQTT 5 by CONNACK.",
		Why:       "A broker of 3.1.1 refuses in its own form, with two bytes and code 1, as its standard lays down. Blocks that wait for a CONNACK of MQTT 5 call it malformed, or do not see that they were refused.",
		Fix:       "Set the block to MQTT 3.1.1, or update the broker.",
	},
	On:          on(fromServer, mqtt.CONNACK),
	OnMalformed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if c.Connects != 1 || m.Err != nil && !ofOlderBroker(m) {
			return
		}
		r.Exercised()
		if m.Err != nil {
			r.Related(c.Connect).At(m.Packet.HeaderLen+1).Violation(m, "the CONNACK has the form of MQTT 3.1.1 and refuses the protocol level of the CONNECT in frame %d (code 1): the broker does not speak MQTT 5", c.Connect.Frame)
		}
	},
}

// ofOlderBroker reports whether m is the CONNACK by which a broker of 3.1 or 3.1.1
// refuses a CONNECT of MQTT 5. It has no properties, and is right in its own version.
func ofOlderBroker(m *flows.Message) bool {
	p := m.Packet
	return p != nil && p.Type == mqtt.CONNACK && !m.FromClient && m.Conn.Version == mqtt.V5 && m.Serial == 1 &&
		len(m.Bytes) == 4 && m.Bytes[2] == 0 && m.Bytes[3] == 1
}
