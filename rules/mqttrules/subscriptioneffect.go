package mqttrules

import (
	"bytes"
	"math/bits"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/broker"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

var noLocal5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-no-local",
		Clauses:   rules.Clauses{V5: {"MQTT-3.8.3-3"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "With No Local a client does not get its own messages",
		Exercised: "A client publishes to a topic to which it has subscribed with No Local.",
		Why:       "A PLC that publishes to the topic it listens to answers itself for ever.",
		Fix:       "Update the broker, or use one topic for commands and another for states.",
	},
	About: legMatched | legFirst,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) {
		if f.Pub.From != f.client || f.Live == 0 || f.Pub.Serial != f.client.Serial {
			return
		}
		subs := f.client.Subscriptions()
		for b := f.Live; b != 0; b &= b - 1 {
			if !subs[bits.TrailingZeros64(b)].NoLocal() {
				return
			}
		}
		r.Exercised()
		if f.clear() && !m.Packet.Retain {
			r.At(0).Suspect(m, ref(m), f.Pub, 0, "the client gets back the message with topic %s that it has published itself in frame %d, though it has subscribed with No Local", rules.Excerpt(m.Packet.Topic), f.Pub.At.Frame)
		}
	},
}

var resubscribeReplaces = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-resubscribe-replaces",
		Clauses:   rules.Clauses{V311: {"MQTT-3.8.4-3"}, V5: {"MQTT-3.8.4-3", "MQTT-3.8.4-4"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "Subscribing to the same filter again replaces the subscription",
		Exercised: "A message is delivered by a filter to which the client has subscribed more than once.",
		Why:       "Blocks that subscribe again after every disturbance get every message several times.",
		Fix:       "Update the broker; until then let the block unsubscribe before it subscribes again.",
	},
	About: legMatched | legAgain,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) {
		r.Exercised()
		if !f.clear() || f.live&(f.live-1) != 0 || f.Shared != 0 || m.Packet.Retain || m.Packet.Dup || f.Pub.Repeated {
			return
		}
		s := f.sub(bits.TrailingZeros64(f.live))
		switch {
		case f.legs&legRepeatedCopy != 0:
			if fresh := m.Packet.QoS == 0 || c.Fact.Relation == session.New; fresh && f.LastSerial == f.client.Serial {
				r.Related(rules.Ref(s.Since)).At(0).Suspect(m, ref(m), f.Pub, 0, "the client gets the message with topic %s, published once in frame %d, for the second time; the filter %s is the only one that matches, and the client has subscribed to it %d times", rules.Excerpt(m.Packet.Topic), f.Pub.At.Frame, rules.Excerpt(s.Filter), s.Again+1)
			}
		case f.replaced(m.Packet.QoS) && m.Packet.QoS != min(f.Pub.QoS, s.QoS):
			r.Related(rules.Ref(s.Since)).At(0).Suspect(m, ref(m), f.Pub, anotherCopy, "QoS %d for the topic %s as if the filter %s were still granted with QoS %d: the client has subscribed again and was granted QoS %d in frame %d", m.Packet.QoS, rules.Excerpt(m.Packet.Topic), rules.Excerpt(s.Filter), s.Was, s.QoS, s.Since.Frame)
		}
	},
}

var unsubscribeExact = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-unsubscribe-exact",
		Clauses:   rules.Clauses{V311: {"MQTT-3.10.4-1"}, V5: {"MQTT-3.10.4-1"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "UNSUBSCRIBE removes exactly the filters that it names",
		Exercised: "A client that has unsubscribed from one filter gets messages by another.",
		Why:       "The PLC no longer gets what it has subscribed to, and nobody tells it.",
		Fix:       "Update the broker; until then subscribe again to what is to stay.",
	},
	About:     legMatched | legWithdrawn,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) { r.Exercised() },
}

var unsubscribeStops = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-unsubscribe-stops",
		Clauses:   rules.Clauses{V31: {"§3.10"}, V311: {"MQTT-3.10.4-2"}, V5: {"MQTT-3.10.4-2"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "After UNSUBACK no new messages come by the filter",
		Exercised: "After an UNSUBACK the server delivers something to the client, or something is published that the filter matches.",
		Why:       "The PLC gets commands that it does not expect any more.",
		Fix:       "Update the broker; let the block ignore topics that it has not subscribed to.",
	},
	About: legToKnown | legWithdrawn,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) {
		r.Exercised()
		if f.legs&(legUnexplained|legMatched) != legUnexplained|legMatched || m.Packet.Retain || f.Receiver == nil {
			return
		}
		var left *broker.Subscription
		for b := f.Receiver.Subs; b != 0; b &= b - 1 {
			s := f.sub(bits.TrailingZeros64(b))
			if s.State != broker.Gone || s.Shared() {
				return
			}
			if left == nil || left.Left.Time < s.Left.Time {
				left = s
			}
		}
		if left == nil || !f.Unique || !f.Pub.Sure || f.Foreign() || f.client.Bridge || f.client.Overflown {
			return
		}
		if f.Pub.At.Time > left.Left.Time+max(skew, 2*c.Flow.TCP.RTT()) {
			r.Related(rules.Ref(left.Left)).At(0).Suspect(m, ref(m), f.Pub, 0, "the message with topic %s was published in frame %d, after the UNSUBACK in frame %d for the filter %s; no other filter of the client matches it", rules.Excerpt(m.Packet.Topic), f.Pub.At.Frame, left.Left.Frame, rules.Excerpt(left.Filter))
		}
	},
}

var cleanSessionProcessed = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-clean-session-processed",
		Clauses:   rules.Clauses{V311: {"MQTT-3.1.4-3"}, V5: {"MQTT-3.1.4-4"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "A clean session begins without the subscriptions of the one before",
		Exercised: "A client identifier is accepted for a second time.",
		Why:       "The PLC gets messages that its program no longer asks for, or gets them twice.",
		Fix:       "Update the broker.",
	},
	On: on(fromServer, mqtt.CONNACK),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if m.Packet.Code == 0 && c.Session == c.named && c.Session.Connections > 1 {
			r.Exercised()
		}
	},
	About: legToKnown | legUnexplained,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) {
		if f.Receiver == nil || f.client.Session != f.client.Begun || c.Session.Resumed || f.client.Overflown || f.client.Bridge {
			return
		}
		var former *broker.Subscription
		for b := f.Receiver.Subs; b != 0; b &= b - 1 {
			s := f.sub(bits.TrailingZeros64(b))
			if s.State != broker.Former {
				return
			}
			former = s
		}
		if former == nil || former.Since.Frame == 0 || former.Shared() {
			return
		}
		r.Exercised()
		r.Related(rules.Ref(former.Since)).Related(c.Connect).At(0).Violation(m, "the client has begun a new session and subscribed to nothing that matches the topic %s; the filter %s, granted in frame %d, belongs to the session before, which is over", rules.Excerpt(m.Packet.Topic), rules.Excerpt(former.Filter), former.Since.Frame)
	},
}

var sessionResumed = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-session-resumed",
		Clauses:   rules.Clauses{V31: {"§3.1"}, V311: {"MQTT-3.1.2-4"}, V5: {"MQTT-3.1.2-5", "MQTT-3.1.2-6"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "A session that is continued has its subscriptions still",
		Exercised: "A message is delivered by a subscription that the client has made on an earlier connection.",
		Why:       "The PLC does not subscribe again because the session is there, and never gets a message.",
		Fix:       "Turn persistence on in the broker; let the block subscribe anew after every connection.",
	},
	About:     legToKnown | legInherited,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) { r.Exercised() },
}

var wildcardsUnsupported311 = &Rule{
	Rule: rules.Rule{
		ID:        "m311-wildcards-unsupported",
		Clauses:   rules.Clauses{V311: {"MQTT-3.8.3-2"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "A server that does not support wildcards refuses them",
		Exercised: "A message is delivered by a filter with a wildcard.",
		Why:       "The PLC waits for messages that the server will never send.",
		Fix:       "Subscribe to full topic names, or use a broker that supports wildcards.",
	},
	About:     legToKnown | legByWildcard,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) { r.Exercised() },
}

var dollarTopics = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-dollar-topics",
		Clauses:   rules.Clauses{V311: {"MQTT-4.7.2-1"}, V5: {"MQTT-4.7.2-1"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "A filter that begins with a wildcard does not match topics that begin with $",
		Exercised: "The server sends a message to a client with a filter that begins with a wildcard.",
		Why:       "A PLC that subscribes to # is flooded with the statistics of the broker.",
		Fix:       "Update the broker, or subscribe to narrower filters.",
	},
	About: legToKnown,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) {
		if f.legs&legWild != 0 {
			r.Exercised()
		}
		if m.Packet.Topic[0] != '$' || f.Receiver != nil || f.client.Overflown {
			return
		}
		subs := f.client.Subscriptions()
		for i := range subs {
			s := &subs[i]
			if s.Live() && s.Since.Frame != 0 && (s.Match[0] == '+' || s.Match[0] == '#') && matchesHidden(s.Match, m.Packet.Topic) {
				r.Exercised()
				r.Related(rules.Ref(s.Since)).At(m.Packet.HeaderLen+2).Violation(m, "the topic %s begins with $, and no filter of the client matches it but %s, which begins with a wildcard", rules.Excerpt(m.Packet.Topic), rules.Excerpt(s.Filter))
				return
			}
		}
	},
}

// matchesHidden is mqtt.MatchTopic for a filter that begins with a wildcard and a
// topic whose first character is not to be looked at.
func matchesHidden(filter, topic []byte) bool {
	if filter[0] == '#' {
		return true
	}
	var scratch [512]byte
	n := copy(scratch[:], topic)
	scratch[0] = 'x'
	return mqtt.MatchTopic(filter, scratch[:n])
}

var topicNoNormalisation = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-topic-no-normalisation",
		Clauses:   rules.Clauses{V311: {"MQTT-4.7.3-4"}, V5: {"MQTT-4.7.3-4"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "Topics are matched byte for byte",
		Exercised: "A message is delivered whose topic has capital letters, an empty level or a byte order mark.",
		Why:       "Two stations whose names differ in case only get each other's commands.",
		Fix:       "Update the broker; let names of stations differ in more than case.",
	},
	About: legToKnown,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) {
		if f.legs&(legPeculiar|legUnexplained) == legPeculiar {
			r.Exercised()
		}
		if f.Receiver == nil && !f.client.Overflown && c.Session.taint == rules.Certain {
			alike(m, f, r)
		}
	},
}

// alike reports a topic that matches a filter of the client only when case, empty
// levels or blanks at its ends are not looked at.
func alike(m *flows.Message, f *forwarded, r *Reporter) {
	subs := f.client.Subscriptions()
	for i := range subs {
		s := &subs[i]
		if s.Live() && s.Since.Frame != 0 && mqtt.MatchTopic(folded(s.Match), folded(m.Packet.Topic)) {
			r.Exercised()
			r.Related(rules.Ref(s.Since)).At(m.Packet.HeaderLen+2).Violation(m, "the topic %s matches the filter %s of the client only when case and empty levels are not looked at, and no other filter matches it", rules.Excerpt(m.Packet.Topic), rules.Excerpt(s.Filter))
			return
		}
	}
}

// folded returns a name or filter without what careless matching passes over.
func folded(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for _, level := range bytes.Split(bytes.TrimSpace(b), []byte{'/'}) {
		if len(level) == 0 {
			continue
		}
		if len(out) > 0 {
			out = append(out, '/')
		}
		out = append(out, bytes.ToLower(level)...)
	}
	return out
}
