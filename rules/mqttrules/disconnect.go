package mqttrules

import (
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/rules"
)

var closeAfterDisconnect = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-close-after-disconnect",
		Clauses:   rules.Clauses{V31: {"§3.14"}, V311: {"MQTT-3.14.4-1"}, V5: {"MQTT-3.14.4-2"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Timing,
		Title:     "Who sends DISCONNECT closes the connection",
		Exercised: "DISCONNECT is sent and the capture goes on after it.",
		Why:       "The connection of the PLC stays occupied; a CP has few of them.",
		Fix:       "Close TCP (TDISCON, or the close of the send block) once DISCONNECT was sent.",
	},
	Owes: owesCloseAfterDisconnect,
}

var nothingAfterDisconnect = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-nothing-after-disconnect",
		Clauses:   rules.Clauses{V31: {"§3.14"}, V311: {"MQTT-3.14.4-2"}, V5: {"MQTT-3.14.4-1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "Nothing is sent after DISCONNECT",
		Exercised: "DISCONNECT is sent.",
		Why:       "What follows is lost: the receiver no longer reads it. The job that sends runs on after the connection was given up.",
		Fix:       "Lock all send jobs when DISCONNECT is sent.",
	},
	On:   on(fromBoth),
	Odd:  oddPhase,
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if r.side == server && versionOf(c) != mqtt.V5 {
			return
		}
		said := c.Sides[r.side].Disconnect
		if said.Frame != 0 {
			r.Related(said).Violation(m, "%s follows %s after the DISCONNECT in frame %d", m.Packet.Type, rules.Seconds(m.Time-said.Time), said.Frame)
		} else if m.Packet.Type == mqtt.DISCONNECT {
			r.Exercised()
		}
	},
}

var disconnectMissing = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-disconnect-missing",
		Clauses:   rules.Clauses{V31: {"§3.14"}, V311: {"§3.14"}, V5: {"§3.14"}},
		Role:      rules.Client,
		Severity:  rules.Info,
		Needs:     rules.Connection,
		Title:     "The client says DISCONNECT before it closes",
		Exercised: "The client is the first to close the connection.",
		Why:       "Lawful, but the broker publishes the will at every planned stop of the PLC too.",
		Fix:       "Send DISCONNECT (E0 00) before TCP is closed on purpose.",
	},
	Ended: func(c *Conn, e *flows.End, r *Reporter) {
		if _, by, _ := c.Ended(); by != client || !e.FromClient || !c.Accepted {
			return
		}
		r.Exercised()
		if c.Sides[client].Disconnect.Frame == 0 && c.Sides[server].Disconnect.Frame == 0 {
			how, will := "closed", ""
			if e.Reset {
				how = "reset"
			}
			if c.Connected.Will {
				will = "; its will is published"
			}
			r.Related(c.Sides[client].Last).Late(rules.Ref{Frame: e.Frame, Time: e.Time}, "the client %s the connection without DISCONNECT, %s after its last packet (%s in frame %d)%s",
				how, rules.Seconds(e.Time-c.Sides[client].Last.Time), c.Sides[client].LastType, c.Sides[client].Last.Frame, will)
		}
	},
}

var disconnectFlags = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-disconnect-flags",
		Clauses:   rules.Clauses{V311: {"MQTT-3.14.1-1"}, V5: {"MQTT-3.14.1-1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The flags of DISCONNECT are 0",
		Exercised: "DISCONNECT is sent.",
		Why:       "The broker takes the packet for malformed and publishes the will.",
		Fix:       "Send E0 00.",
	},
	On:          on(fromBoth, mqtt.DISCONNECT),
	OnMalformed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		if m.Packet.Flags != 0 {
			r.At(0).Violation(m, "the first byte of DISCONNECT is 0x%02x; its lower half must be 0", m.Bytes[0])
		}
	},
}

var disconnectCode5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-disconnect-code",
		Clauses:   rules.Clauses{V5: {"MQTT-3.14.2-1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The reason code of DISCONNECT is one that its sender may use",
		Exercised: "DISCONNECT is sent.",
		Why:       "The other side cannot tell why the connection ends; a broker may publish the will for a code it does not know.",
		Fix:       "Use 0x00 for a normal end, 0x04 to have the will published.",
	},
	On: on(fromBoth, mqtt.DISCONNECT),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		if code := m.Packet.Reason; !mqtt.ValidReason(mqtt.DISCONNECT, !m.FromClient, code) {
			r.At(m.Packet.HeaderLen).Violation(m, "DISCONNECT of the %s has reason code 0x%02x (%s), which it may not use there", side(m), uint8(code), code.Name(mqtt.DISCONNECT))
		}
	},
}

var disconnectNoExpiry5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-disconnect-no-expiry-from-server",
		Clauses:   rules.Clauses{V5: {"MQTT-3.14.2-2"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A server does not send a Session Expiry Interval with DISCONNECT",
		Exercised: "The server sends DISCONNECT.",
		Why:       "Clients close with a protocol error instead of reading the reason.",
		Fix:       "Report it to the broker's maker.",
	},
	On: on(fromServer, mqtt.DISCONNECT),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		if x, ok := m.Packet.Props.Find(mqtt.SessionExpiryInterval); ok {
			r.At(x.Offset).Violation(m, "DISCONNECT of the server has a Session Expiry Interval of %d s", x.Num)
		}
	},
}

var noDisconnectBeforeConnack5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-no-disconnect-before-connack",
		Clauses:   rules.Clauses{V5: {"MQTT-3.14.0-1"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A server sends DISCONNECT only after it has accepted the client",
		Exercised: "The server sends DISCONNECT on a connection that is captured from its start.",
		Why:       "The client waits for a CONNACK with the reason.",
		Fix:       "Report it to the broker's maker.",
	},
	On: on(fromServer, mqtt.DISCONNECT),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if !c.FromStart() || c.Connects == 0 {
			return
		}
		r.Exercised()
		if !c.Accepted {
			r.Related(c.Connect).Violation(m, "the server answers the CONNECT of frame %d with DISCONNECT (reason 0x%02x) and has not accepted it", c.Connect.Frame, uint8(m.Packet.Reason))
		}
	},
}

var disconnectExpiryFromZero5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-disconnect-expiry-from-zero",
		Clauses:   rules.Clauses{V5: {"§3.14.2.2.2"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "DISCONNECT does not make a session last that CONNECT let end",
		Exercised: "The client sends DISCONNECT with a Session Expiry Interval, and its CONNECT is in the capture.",
		Why:       "The broker answers with a protocol error and publishes the will.",
		Fix:       "Ask for the Session Expiry Interval in CONNECT.",
	},
	On: on(fromClient, mqtt.DISCONNECT),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		x, ok := m.Packet.Props.Find(mqtt.SessionExpiryInterval)
		if !ok || c.Connects != 1 {
			return
		}
		r.Exercised()
		if x.Num != 0 && c.Connected.Expiry == 0 {
			r.Related(c.Connect).At(x.Offset).Violation(m, "DISCONNECT sets a Session Expiry Interval of %d s; the CONNECT in frame %d had none or 0", x.Num, c.Connect.Frame)
		}
	},
}
