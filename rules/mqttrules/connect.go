package mqttrules

import (
	"unicode/utf8"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/rules"
)

var connectFirst = &Rule{
	Rule: rules.Rule{
		ID:       "mqtt-connect-first",
		Clauses:  rules.Clauses{V31: {"§3.1"}, V311: {"MQTT-3.1.0-1"}, V5: {"MQTT-3.1.0-1"}},
		Role:     rules.Client,
		Severity: rules.Error,
		Needs:    rules.Connection,
		Title:    "The first packet from the client is CONNECT",
		Why:      "A broker closes a connection that opens with anything else. Blocks that keep a \"logged in\" flag over a warm restart do this after every PLC stop.",
		Fix:      "Clear the logged-in state whenever the TCP connection is opened, and send nothing before CONNECT.",
	},
	On:         on(fromClient),
	OnUnframed: true,
	AnyVersion: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if m.Serial != 1 || !c.FromStart() {
			return
		}
		r.Exercised()
		if m.Packet == nil || m.Packet.Type != mqtt.CONNECT {
			r.Violation(m, "the connection opens with %s (first byte 0x%02x) instead of CONNECT", mqtt.PacketType(m.Bytes[0]>>4), m.Bytes[0])
		}
	},
}

var connectOnce = &Rule{
	Rule: rules.Rule{
		ID:       "mqtt-connect-once",
		Clauses:  rules.Clauses{V31: {"§3.1"}, V311: {"§3.1", "MQTT-3.1.0-2"}, V5: {"§3.1", "MQTT-3.1.0-2"}},
		Role:     rules.Client,
		Severity: rules.Error,
		Needs:    rules.Packet,
		Title:    "A client sends CONNECT once per connection",
		Why:      "The broker must close the connection at the second CONNECT. Blocks that retry on a timer without closing TCP loop for ever.",
		Fix:      "Close the TCP connection (and wait until it is closed) before connecting again.",
	},
	On:          on(fromClient),
	OnMalformed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if c.Connects == 0 || c.Connect.Frame == m.Frame && c.Connects == 1 {
			return
		}
		r.Exercised()
		if m.Packet == nil || m.Packet.Type != mqtt.CONNECT || c.Connects < 2 {
			return
		}
		r.Related(c.Connect)
		switch {
		case c.Connacks == 0:
			r.Violation(m, "CONNECT number %d on this connection, %s after the first in frame %d, which was not answered yet", c.Connects, seconds(m.Time-c.Connect.Time), c.Connect.Frame)
		case c.ReturnCode != 0:
			r.Violation(m, "CONNECT number %d on this connection, %s after the CONNACK in frame %d refused the first with code %d (%s)", c.Connects, seconds(m.Time-c.Connack.Time), c.Connack.Frame, uint8(c.ReturnCode), c.ReturnCode.Name(mqtt.CONNACK))
		default:
			r.Violation(m, "CONNECT number %d on this connection; the first, in frame %d, was accepted", c.Connects, c.Connect.Frame)
		}
	},
}

var secondConnectClose = &Rule{
	Rule: rules.Rule{
		ID:       "mqtt-second-connect-close",
		Clauses:  rules.Clauses{V311: {"MQTT-3.1.0-2"}, V5: {"MQTT-3.1.0-2"}},
		Role:     rules.Server,
		Severity: rules.Error,
		Needs:    rules.Timing,
		Title:    "The server closes the connection at a second CONNECT",
		Why:      "A broker that lets it pass hides a defect of the client that other brokers punish.",
		Fix:      "Report it to the broker's maker; do not rely on it.",
	},
	Owes: owesCloseAfterSecondConnect,
}

var clientIDLength31 = &Rule{
	Rule: rules.Rule{
		ID:       "m31-clientid-length",
		Clauses:  rules.Clauses{V31: {"§3.1"}},
		Role:     rules.Client,
		Severity: rules.Error,
		Needs:    rules.Packet,
		Title:    "A 3.1 client identifier has 1 to 23 characters",
		Why:      "3.1 brokers refuse others with code 2, and the block waits for a CONNACK 0 that never comes.",
		Fix:      "Shorten the identifier; check that the STRING it is copied from is filled before CONNECT is built.",
	},
	On: on(fromClient, mqtt.CONNECT),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p := &m.Packet.Connect
		if p.ClientID == nil { // absent, which is another rule
			return
		}
		r.Exercised()
		if n := utf8.RuneCount(p.ClientID); n < 1 || n > 23 {
			r.Violation(m, "the client identifier %q has %d characters; MQTT 3.1 allows 1 to 23", p.ClientID, n)
		}
	},
}

var willQoSNot3 = &Rule{
	Rule: rules.Rule{
		ID:       "mqtt-will-qos-not-3",
		Clauses:  rules.Clauses{V31: {"§3.1"}, V311: {"MQTT-3.1.2-14"}, V5: {"MQTT-3.1.2-12"}},
		Role:     rules.Client,
		Severity: rules.Error,
		Needs:    rules.Packet,
		Title:    "The will QoS is not 3",
		Why:      "The broker closes without a CONNACK. The bits often come from a temporary variable that was never set.",
		Fix:      "Initialise the connect flags and write the will QoS parameter into bits 3 and 4.",
	},
	On:          on(fromClient, mqtt.CONNECT),
	OnMalformed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p := &m.Packet.Connect
		if !p.WillFlag() && p.WillQoS() != 3 {
			return
		}
		r.Exercised()
		if p.WillQoS() == 3 {
			r.Violation(m, "the connect flags 0x%02x say will QoS 3 (bits 3 and 4 both set)", p.Flags)
		}
	},
}
