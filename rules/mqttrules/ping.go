package mqttrules

import (
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/rules"
)

var pingrespSent = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-pingresp-sent",
		Clauses:   rules.Clauses{V31: {"§3.12"}, V311: {"MQTT-3.12.4-1"}, V5: {"MQTT-3.12.4-1"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Timing,
		Title:     "Every PINGREQ gets a PINGRESP",
		Exercised: "The client sends PINGREQ and waits long enough for the answer.",
		Why:       "The client takes the connection for dead and builds a new one.",
		Fix:       "Look at the broker's load at that time.",
	},
	Owes: owesPingresp,
}

var pingrespUnsolicited = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-pingresp-unsolicited",
		Clauses:   rules.Clauses{V31: {"§3.13"}, V311: {"§3.13"}, V5: {"§3.13"}},
		Role:      rules.Server,
		Severity:  rules.Warning,
		Needs:     rules.Connection,
		Title:     "A PINGRESP only answers a PINGREQ",
		Exercised: "The server sends PINGRESP on a connection that is captured from its start.",
		Why:       "Blocks that remember one command at a time take it for the answer to another.",
		Fix:       "Report it to the broker's maker.",
	},
	On: on(fromServer, mqtt.PINGRESP),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if !c.FromStart() {
			return
		}
		r.Exercised()
		if got, asked := c.Sides[server].Pings+1, c.Sides[client].Pings; got > asked {
			r.Violation(m, "PINGRESP number %d on a connection with %d PINGREQ so far", got, asked)
		}
	},
}

var pingTimeoutClose = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-ping-timeout-close",
		Clauses:   rules.Clauses{V31: {"§3.1", "§3.13"}, V311: {"§3.1.2.10"}, V5: {"§3.1.2.10"}},
		Role:      rules.Client,
		Severity:  rules.Warning,
		Needs:     rules.Timing,
		Title:     "The client gives up a connection on which PINGRESP stays away",
		Exercised: "A PINGREQ stays without answer while the capture misses nothing.",
		Why:       "A client that does not watch its pings goes on sending into a connection that nobody reads; QoS 0 values are lost without a trace.",
		Fix:       "Start a timer with every PINGREQ; when it runs out, close TCP and connect again.",
	},
	On:   on(fromClient),
	Odd:  oddPace,
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p := &c.pace
		if p.missed.Frame == 0 || c.KeepAlive == 0 || m.Packet.Type == mqtt.DISCONNECT {
			return
		}
		r.Exercised()
		if waited := m.Time - p.missed.Time; waited > c.KeepAlive*3/2+c.grants.KeepAliveServer {
			r.Related(p.missed).Violation(m, "%s is sent %s after the PINGREQ in frame %d, which was never answered; the keep alive is %s", m.Packet.Type, rules.Seconds(waited), p.missed.Frame, rules.Seconds(c.KeepAlive))
			p.missed = rules.Ref{} // once is enough
		}
	},
	Ended: func(c *Conn, e *flows.End, r *Reporter) {
		if e.FromClient && c.pace.missed.Frame != 0 {
			r.Exercised()
		}
	},
}
