package mqttrules

import (
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

var dupNotPropagated = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-dup-not-propagated",
		Clauses:   rules.Clauses{V311: {"MQTT-3.3.1-3"}, V5: {"MQTT-3.3.1-3"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "A server does not pass on the DUP of the publisher",
		Exercised: "A message that its publisher has sent again is delivered to a client in the capture.",
		Why:       "A receiver that drops repetitions drops the only copy that it gets.",
		Fix:       "The server sets DUP only when it sends the PUBLISH to this client again itself.",
	},
	About: legMatched | legFirst | legDupIn,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) {
		r.Exercised()
		fresh := m.Packet.QoS == 0 || c.Fact.Relation == session.New && c.Fact.FirstUse && c.Session.Known
		if m.Packet.Dup && fresh && f.Pub.Dup && f.clear() {
			r.At(0).Suspect(m, ref(m), f.Pub, anotherCopy, "the PUBLISH has DUP 1 like the one of the publisher in frame %d, and is the first that this client gets of the message with topic %s", f.Pub.At.Frame, rules.Excerpt(m.Packet.Topic))
		}
	},
}

// longSettled is for how long, in nanoseconds, a client must have been subscribed
// before what comes with RETAIN 1 is certainly no answer to that.
const longSettled = 5 * second

var retainFlagEstablished = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-retain-flag-established",
		Clauses:   rules.Clauses{V31: {"§2.1"}, V311: {"MQTT-3.3.1-9"}, V5: {"MQTT-3.3.1-12"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "A message for an established subscription has RETAIN 0",
		Exercised: "A message with RETAIN 1 is published and delivered to a client that has subscribed before.",
		Why:       "The PLC takes a new value for an old one that was stored, and ignores it.",
		Fix:       "The server clears RETAIN for those who have subscribed already, unless they asked for it by Retain As Published.",
	},
	About: legMatched | legFirst | legRetainedIn,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) {
		if f.legs&legAsPublished != 0 || f.live == 0 {
			return
		}
		r.Exercised()
		if !m.Packet.Retain || !f.clear() {
			return
		}
		subs := f.client.Subscriptions()
		for i := range subs {
			if s := &subs[i]; f.live>>i&1 != 0 && (s.RetainAsPublished() && c.Flow.Version == mqtt.V5 || !s.Settled(f.Pub.At.Time-longSettled)) {
				return
			}
		}
		r.At(0).Suspect(m, ref(m), f.Pub, anotherCopy, "RETAIN is 1 in the message with topic %s that was published in frame %d, long after this client had subscribed", rules.Excerpt(m.Packet.Topic), f.Pub.At.Frame)
	},
}

var retainAsPublished5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-retain-as-published",
		Clauses:   rules.Clauses{V5: {"MQTT-3.3.1-13"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "With Retain As Published the RETAIN of the publisher is passed on",
		Exercised: "A message is published with RETAIN 1 and delivered to a client that has subscribed with Retain As Published.",
		Why:       "A gateway between brokers that rests on it loses what is to be stored.",
		Fix:       "The server forwards RETAIN as it was published to those who asked for it.",
	},
	About: legMatched | legFirst | legAsPublished,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) {
		if f.Pub.Retain {
			r.Exercised()
		}
		if m.Packet.Retain != f.Pub.Retain && f.clear() && (!m.Packet.Retain || longAgo(f)) {
			r.Exercised()
			r.At(0).Suspect(m, ref(m), f.Pub, anotherCopy, "RETAIN is %d in the message with topic %s, which was published with RETAIN %d in frame %d; the client has subscribed with Retain As Published", bit(m.Packet.Retain), rules.Excerpt(m.Packet.Topic), bit(f.Pub.Retain), f.Pub.At.Frame)
		}
	},
}

// longAgo reports whether all subscriptions that match are long settled.
func longAgo(f *forwarded) bool {
	subs := f.client.Subscriptions()
	for i := range subs {
		if f.live>>i&1 != 0 && !subs[i].Settled(f.Pub.At.Time-longSettled) {
			return false
		}
	}
	return true
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
