package mqttrules

import (
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

var shareQoS5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-share-qos",
		Clauses:   rules.Clauses{V5: {"MQTT-4.8.2-3"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "By a shared subscription nothing comes above the QoS that its member was granted",
		Exercised: "A message is delivered by a shared subscription whose SUBACK is in the capture.",
		Why:       "A member gets a QoS that it does not implement.",
		Fix:       "Update the broker.",
	},
	About: legToKnown | legShared,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) {
		r.Exercised()
		if m.Packet.QoS > f.most && granted(f) {
			r.At(0).Violation(m, "QoS %d for the topic %s, though the broker has granted this member of the shared subscription no more than QoS %d", m.Packet.QoS, rules.Excerpt(m.Packet.Topic), f.most)
		}
	},
}

var shareQoS2Completes5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-share-qos2-completes",
		Clauses:   rules.Clauses{V5: {"MQTT-4.8.2-4"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "A QoS 2 message of a shared subscription is finished with the member that has begun it",
		Exercised: "A member of a shared subscription continues a session in which a QoS 2 message was cut off.",
		Why:       "The message is lost, or carried out twice.",
		Fix:       "Turn persistence on in the broker.",
	},
	Owes: owesSharedResend,
}

var shareQoS2NotMoved5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-share-qos2-not-moved",
		Clauses:   rules.Clauses{V5: {"MQTT-4.8.2-5"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "A QoS 2 message of a shared subscription does not go to a second member",
		Exercised: "The session of a member of a shared subscription ends, or is interrupted, in the middle of a QoS 2 message, and another member gets messages.",
		Why:       "Both members carry out the command.",
		Fix:       "Update the broker; let no member of the group clear its session.",
	},
	About: legToKnown | legShared,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) {
		if r.engine.brokers.cut > 0 {
			r.Exercised()
		}
		if f.legs&(legMatched|legMoved) != legMatched|legMoved {
			return
		}
		p := f.Pub
		if p.ViaQoS != 2 || p.ViaRefused || p.ViaDone || f.Moved.Serial == p.ViaSerial && f.Moved.Online || m.Packet.Dup || m.Packet.Retain || !f.firmShare() {
			return
		}
		r.Exercised()
		r.Related(rules.Ref(p.ViaAt)).At(0).Suspect(m, ref(m), p, 0, "the message with topic %s, published in frame %d, was sent to another member of the shared subscription with QoS 2 in frame %d, whose connection was cut before PUBCOMP; now this member gets it", rules.Excerpt(m.Packet.Topic), p.At.Frame, p.ViaAt.Frame)
	},
}

var shareErrorNotMoved5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-share-error-not-moved",
		Clauses:   rules.Clauses{V5: {"MQTT-4.8.2-6"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "A message of a shared subscription that a member refuses goes to nobody else",
		Exercised: "A member of a shared subscription answers a message by an error, and another member gets messages.",
		Why:       "A message that nobody can process goes round the group and blocks it.",
		Fix:       "Update the broker.",
	},
	About: legToKnown | legShared,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) {
		if r.engine.brokers.refused > 0 {
			r.Exercised()
		}
		if f.legs&(legMatched|legMoved) != legMatched|legMoved || !f.Pub.ViaRefused || m.Packet.Dup || m.Packet.Retain || !f.firmShare() {
			return
		}
		p := f.Pub
		r.Exercised()
		r.Related(rules.Ref(p.ViaAt)).At(0).Suspect(m, ref(m), p, 0, "the message with topic %s, published in frame %d, was refused by another member of the shared subscription, which got it in frame %d; now this member gets it", rules.Excerpt(m.Packet.Topic), p.At.Frame, p.ViaAt.Frame)
	},
}

// firmShare reports whether it is certain that the delivery is one by a shared
// subscription, of what was published.
func (f *forwarded) firmShare() bool {
	return f.clear() && f.First && f.Shared == f.live && !f.Pub.Repeated
}

// sharesCut counts what the end of the connection of c leaves unfinished of
// shared subscriptions.
func (e *Engine) sharesCut(c *Conn) {
	x := c.Session.client
	if x == nil || versionOf(c) != mqtt.V5 {
		return
	}
	open := c.Session.Flights[server].Open()
	for i := range open {
		if p := x.Broker.Recall(open[i].Note); open[i].Note != 0 && p != nil && p.Via == x && open[i].Kind == session.QoS2 && !open[i].Lapsed {
			e.brokers.cut++
		}
	}
}

// sharedExchange reports whether an exchange of the server is about a message of a
// shared subscription, which the client of c was sent.
func (c *Conn) sharedExchange(x *session.Exchange) bool {
	if c.Session.client == nil || x.Note == 0 || x.Kind != session.QoS2 {
		return false
	}
	p := c.Session.client.Broker.Recall(x.Note)
	return p != nil && p.Via == c.Session.client
}
