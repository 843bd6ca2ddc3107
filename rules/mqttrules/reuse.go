package mqttrules

import (
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

var (
	pubackThenNew  = reuseRule("mqtt-puback-then-new", session.QoS1, mqtt.PUBACK, mqtt.PUBACK, owesAckOfReuse, "MQTT-4.3.2-2", "MQTT-4.3.2-5")
	pubcompThenNew = reuseRule("mqtt-pubcomp-then-new", session.QoS2, mqtt.PUBREC, mqtt.PUBCOMP, owesRecOfReuse, "MQTT-4.3.3-2", "MQTT-4.3.3-12")
)

// reuseRule is the rule that an identifier is free for its receiver once it has sent
// the packet that ends a message; first is its answer to the next message.
func reuseRule(id string, kind session.Kind, first, last mqtt.PacketType, duty Duty, clause311, clause5 string) *Rule {
	return &Rule{
		Rule: rules.Rule{
			ID:        id,
			Clauses:   rules.Clauses{V311: {clause311}, V5: {clause5}},
			Role:      rules.Both,
			Severity:  rules.Error,
			Needs:     rules.Timing,
			Title:     "After " + last.String() + " the identifier is free for a new message",
			Exercised: "A sender uses the identifier of a " + kind.String() + " again whose " + last.String() + " came shortly before on the same connection.",
			Why:       "New values are dropped as repetitions of old ones. Senders that always take the same identifier then get through once only.",
			Fix:       "Forget the identifier when " + last.String() + " is sent; what repeats a message has DUP 1.",
		},
		Owes: duty,
		On:   on(fromBoth, first),
		Odd:  oddReason,
		Idle: everything,
		Check: func(c *Conn, m *flows.Message, r *Reporter) {
			x := &c.Fact.Before
			if m.Packet.Reason != 0x91 || c.Fact.Relation != session.Answer || x.Kind != kind || !x.Again || x.Tangled || x.Sends != 1 {
				return
			}
			r.Exercised()
			r.Related(rules.Ref(x.First)).Violation(m, "%s calls the identifier %d of the PUBLISH in frame %d in use (0x91); it was freed by the %s for the message before", first, x.ID, x.First.Frame, last)
		},
	}
}
