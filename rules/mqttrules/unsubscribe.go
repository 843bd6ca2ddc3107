package mqttrules

import (
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/rules"
)

var unsubscribeFlags = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-unsubscribe-flags",
		Clauses:   rules.Clauses{V311: {"MQTT-3.10.1-1"}, V5: {"MQTT-3.10.1-1"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "UNSUBSCRIBE begins with 0xA2",
		Exercised: "The client sends UNSUBSCRIBE.",
		Why:       "The server must close the connection.",
		Fix:       "Send 0xA2 as the first byte of UNSUBSCRIBE.",
	},
	On:          on(fromClient, mqtt.UNSUBSCRIBE),
	OnMalformed: true,
	Check:       judgeFlags,
}

var unsubscribeQoS31 = &Rule{
	Rule: rules.Rule{
		ID:        "m31-unsubscribe-qos1",
		Clauses:   rules.Clauses{V31: {"§3.10"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A 3.1 UNSUBSCRIBE has QoS 1",
		Exercised: "The client sends UNSUBSCRIBE.",
		Why:       "Brokers close the connection at other flags.",
		Fix:       "Send 0xA2 as the first byte of UNSUBSCRIBE, 0xAA when it is repeated.",
	},
	On:          on(fromClient, mqtt.UNSUBSCRIBE),
	OnMalformed: true,
	Check:       judgeQoS31,
}

var unsubscribeNonempty = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-unsubscribe-nonempty",
		Clauses:   rules.Clauses{V31: {"§3.10"}, V311: {"MQTT-3.10.3-2"}, V5: {"MQTT-3.10.3-2"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "UNSUBSCRIBE has at least one filter",
		Exercised: "The client sends UNSUBSCRIBE.",
		Why:       "The server closes the connection.",
		Fix:       "Do not send UNSUBSCRIBE while there is no topic; check the length that the payload was computed from.",
	},
	On:    on(fromClient, mqtt.UNSUBSCRIBE),
	Check: judgeNonempty,
}

var unsubscribeFilterUTF8 = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-unsubscribe-filter-utf8",
		Clauses:   rules.Clauses{V311: {"MQTT-3.10.3-1"}, V5: {"MQTT-3.10.3-1"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Topic filters of UNSUBSCRIBE are UTF-8 and fill the packet",
		Exercised: "The client sends UNSUBSCRIBE.",
		Why:       "The server closes the connection.",
		Fix:       "Keep topics to ASCII; UNSUBSCRIBE has no QoS byte behind its filters as SUBSCRIBE has.",
	},
	On:          on(fromClient, mqtt.UNSUBSCRIBE),
	OnMalformed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if unsubscribeOverrun(m) {
			r.Exercised()
			bad := m.Err.(*mqtt.Malformed)
			r.At(bad.Offset).Violation(m, "the filters do not fill the UNSUBSCRIBE: %s", overrunText(bad))
			return
		}
		if m.Err == nil {
			judgeFilterText(c, m, r)
		}
	},
}

// unsubscribeOverrun reports whether m is an UNSUBSCRIBE whose filters do not end
// with it, which has a rule of its own since 3.1.1.
func unsubscribeOverrun(m *flows.Message) bool {
	return m.Packet.Type == mqtt.UNSUBSCRIBE && m.Packet.HasID && m.Packet.Version != mqtt.V31 && faultOf(m) == overrun
}

var unsubackSent = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-unsuback-sent",
		Clauses:   rules.Clauses{V31: {"§3.10"}, V311: {"MQTT-3.10.4-4"}, V5: {"MQTT-3.10.4-4"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Timing,
		Title:     "An UNSUBSCRIBE is answered by UNSUBACK",
		Exercised: "The client sends UNSUBSCRIBE, and the connection lasts long enough for the answer.",
		Why:       "The client cannot know whether messages will go on coming.",
		Fix:       "Look at the broker's log.",
	},
	Owes: owesUnsuback,
}

var unsubackIDMatches = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-unsuback-id-matches",
		Clauses:   rules.Clauses{V31: {"§3.11"}, V311: {"MQTT-2.3.1-7", "MQTT-3.10.4-4"}, V5: {"MQTT-2.2.1-6", "MQTT-3.10.4-5"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "UNSUBACK carries the identifier of an UNSUBSCRIBE",
		Exercised: "The server sends UNSUBACK on a connection that is captured from its start.",
		Why:       "The client waits for its own identifier and does not go on.",
		Fix:       "Report it to the broker's maker.",
	},
	On:    on(fromServer, mqtt.UNSUBACK),
	Check: judgeReply,
}
