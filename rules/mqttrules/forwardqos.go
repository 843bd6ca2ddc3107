package mqttrules

import (
	"math/bits"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

var deliveryQoSMin = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-delivery-qos-min",
		Clauses:   rules.Clauses{V31: {"§3.8"}, V311: {"MQTT-3.8.4-6"}, V5: {"MQTT-3.8.4-8"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "A message is delivered at the lower of its QoS and the granted one",
		Exercised: "A message is delivered by a subscription whose SUBACK is in the capture.",
		Why:       "Below, the message may be lost on the way; above, the PLC gets a QoS that its block may not implement, and hangs in the handshake.",
		Fix:       "Look for options of the broker that raise or limit the QoS (mosquitto: upgrade_outgoing_qos, max_qos).",
	},
	About: legToKnown,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) {
		if f.live == 0 || f.Shared != 0 {
			return
		}
		r.Exercised()
		q := m.Packet.QoS
		if q > f.most && granted(f) {
			r.At(0).Violation(m, "QoS %d for the topic %s, though the broker has granted this client no more than QoS %d for a filter that matches it", q, rules.Excerpt(m.Packet.Topic), f.most)
			return
		}
		if f.legs&(legMatched|legFirst) != legMatched|legFirst || m.Packet.Retain || f.legs&legOverlapping != 0 || !f.clear() || f.replaced(q) {
			return
		}
		if want := min(f.Pub.QoS, f.grant); q != want {
			r.At(0).Suspect(m, ref(m), f.Pub, anotherCopy, "QoS %d for the topic %s: published with QoS %d in frame %d and granted with QoS %d, it is to be delivered with QoS %d", q, rules.Excerpt(m.Packet.Topic), f.Pub.QoS, f.Pub.At.Frame, f.grant, want)
		}
	},
}

// granted reports whether all that is known to match was granted, so that nothing
// else than f.most may be allowed.
func granted(f *forwarded) bool {
	subs := f.client.Subscriptions()
	for b := f.live; b != 0; b &= b - 1 {
		s := &subs[bits.TrailingZeros64(b)]
		if s.Since.Frame == 0 || s.Asked.Frame > s.Since.Frame {
			return false
		}
	}
	return !f.client.Overflown
}

// replaced reports whether q is the QoS that a subscription had before the client
// subscribed to its filter again.
func (f *forwarded) replaced(q mqtt.QoS) bool {
	if f.legs&legAgain == 0 || f.live&(f.live-1) != 0 {
		return false
	}
	s := f.sub(bits.TrailingZeros64(f.live))
	return s.Was != s.QoS && q == min(f.Pub.QoS, s.Was)
}

var overlapMaxQoS = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-overlap-max-qos",
		Clauses:   rules.Clauses{V311: {"MQTT-3.3.5-1"}, V5: {"MQTT-3.3.4-2"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "Where filters of a client overlap, the highest QoS counts",
		Exercised: "A message is delivered to a client that has several subscriptions which match it, with different QoS.",
		Why:       "A broad filter for the display takes away the guarantee that a narrow one for commands has.",
		Fix:       "The server delivers at the maximum of the granted QoS; until it does, let filters of a PLC not overlap.",
	},
	About: legMatched | legFirst | legOverlapping,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) {
		low := f.grant
		subs := f.client.Subscriptions()
		for b := f.live; b != 0; b &= b - 1 {
			low = min(low, subs[bits.TrailingZeros64(b)].QoS)
		}
		if low == f.grant {
			return
		}
		r.Exercised()
		want := min(f.Pub.QoS, f.grant)
		if m.Packet.QoS < want && f.clear() && !m.Packet.Retain && f.legs&legAgain == 0 {
			r.At(0).Suspect(m, ref(m), f.Pub, anotherCopy, "QoS %d for the topic %s, and no copy with QoS %d: several filters of the client match it, the highest granted QoS is %d and it was published with QoS %d in frame %d", m.Packet.QoS, rules.Excerpt(m.Packet.Topic), want, f.grant, f.Pub.QoS, f.Pub.At.Frame)
		}
	},
}

var qos2NoDuplicate = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-qos2-no-duplicate-delivery",
		Clauses:   rules.Clauses{V31: {"§4.1"}, V311: {"MQTT-4.3.3-2"}, V5: {"MQTT-4.3.3-10"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "A QoS 2 message that its publisher repeats is delivered once",
		Exercised: "A client repeats a PUBLISH of QoS 2, and the message is delivered to a client in the capture.",
		Why:       "A command is carried out twice.",
		Fix:       "The server keeps the identifier from PUBREC to PUBREL and does not pass the message on a second time.",
	},
	About: legMatched | legQos2In,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) {
		if !f.Pub.Repeated {
			return
		}
		r.Exercised()
		fresh := m.Packet.QoS == 0 || c.Fact.Relation == session.New
		if f.legs&legRepeatedCopy != 0 && fresh && !m.Packet.Dup && f.clear() && f.Shared == 0 && f.live&(f.live-1) == 0 && f.live != 0 && f.Receiver.Serial == f.client.Serial && f.LastSerial == f.client.Serial && !m.Packet.Retain {
			r.At(0).Suspect(m, ref(m), f.Pub, 0, "the client gets the message with topic %s for the second time as a new one: it was published once with QoS 2, in frame %d, and its publisher has sent that PUBLISH again", rules.Excerpt(m.Packet.Topic), f.Pub.At.Frame)
		}
	},
}
