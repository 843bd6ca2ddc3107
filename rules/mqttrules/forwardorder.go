package mqttrules

import (
	"plcscope/flows"
	"plcscope/mqtt/broker"
	"plcscope/rules"
)

var orderServerDelivery = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-order-server-delivery",
		Clauses:   rules.Clauses{V31: {"§4.3"}, V311: {"MQTT-4.6.0-5", "MQTT-4.6.0-6"}, V5: {"MQTT-4.6.0-5", "MQTT-4.6.0-6"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "A server delivers the messages of a publisher in their order",
		Exercised: "Two or more messages of one publisher, topic and QoS are delivered to a client.",
		Why:       "An old set point overwrites a new one.",
		Fix:       "Limit what is in flight to one message; update the broker.",
	},
	About: legMatched | legFirst | legFollows,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) {
		p := f.Pub
		q := f.client.Broker.Publication(f.Last)
		if q == nil || q.Topic != p.Topic || q.From != p.From || q.QoS != p.QoS || q.Will {
			return
		}
		r.Exercised()
		if q.Number < p.Number || q.Serial != p.Serial || p.Repeated || q.Repeated || m.Packet.Dup || m.Packet.Retain || f.Shared != 0 ||
			f.LastSerial != f.client.Serial || f.legs&(legAgain|legOverlapping) != 0 || !f.clear() || !f.client.Sole(q) || !released(p, q) {
			return
		}
		r.Related(rules.Ref(q.At)).At(0).Suspect(m, ref(m), p, anotherCopy, "the message with topic %s that was published in frame %d comes after the one that the same client has published later, in frame %d, with the same QoS %d", rules.Excerpt(m.Packet.Topic), p.At.Frame, q.At.Frame, p.QoS)
	},
}

// released reports whether p was the broker's to pass on before q was: of QoS 2
// that may be at PUBREL only.
func released(p, q *broker.Publication) bool {
	return p.QoS < 2 || p.Released.Frame != 0 && (q.Released.Frame == 0 || p.Released.Frame < q.Released.Frame)
}

var queueToMatching = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-queue-to-matching-sessions",
		Clauses:   rules.Clauses{V311: {"MQTT-4.5.0-1"}, V5: {"MQTT-4.5.0-1"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "What the server has acknowledged reaches all who have subscribed",
		Exercised: "A message of QoS 1 or 2 is delivered to a client, and its publisher is in the capture.",
		Why:       "The publisher takes the message for delivered, and the PLC never gets it.",
		Fix:       "Raise the limits of the broker for messages that are queued and in flight; look into its log for dropped messages.",
	},
	About: legMatched | legFirst,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) {
		if f.Pub.Must(f.client) {
			r.Exercised()
		}
	},
}

var offlineQueue = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-offline-queue",
		Clauses:   rules.Clauses{V31: {"§3.1"}, V311: {"MQTT-3.1.2-5"}, V5: {"MQTT-4.5.0-1"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "Messages for a client that is away are kept with its session",
		Exercised: "A message of QoS 1 or 2 that was published while a client was away is delivered once it has continued its session.",
		Why:       "Commands that were sent while the PLC was off the net are lost.",
		Fix:       "Turn persistence on in the broker and raise its limits for queued messages.",
	},
	About:     legMatched | legFirst | legQueued,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) { r.Exercised() },
}

var bomKept = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-utf8-bom-kept",
		Clauses:   rules.Clauses{V311: {"MQTT-1.5.3-3"}, V5: {"MQTT-1.5.4-3"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "U+FEFF in a topic is passed on",
		Exercised: "A message whose topic has U+FEFF (the bytes EF BB BF) is published and delivered.",
		Why:       "Who has written the topic with a byte order mark and who has not, get each other's messages.",
		Fix:       "Remove the byte order mark from the topics of the PLC project; editors leave it there.",
	},
	About: legToKnown,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) {
		switch {
		case f.legs&(legMatched|legMarked) == legMatched|legMarked:
			r.Exercised()
		case f.Pub != nil || f.Replay || f.client.Bridge:
		default:
			if p := f.client.Broker.Unmarked(m.Packet.Topic, m.Packet.Payload); p != nil && p.Sure && m.Time-p.At.Time < 2*second && !p.Got(f.client) {
				r.Exercised()
				r.Related(rules.Ref(p.At)).At(m.Packet.HeaderLen+2).Violation(m, "the topic %s comes without the U+FEFF (EF BB BF) that it was published with in frame %d", rules.Excerpt(m.Packet.Topic), p.At.Frame)
			}
		}
	},
}

var oversizeDiscarded5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-oversize-discarded",
		Clauses:   rules.Clauses{V5: {"MQTT-3.1.2-25"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "A message that is too large for a client is left out for it, and nothing else happens",
		Exercised: "A message is published that is larger than the Maximum Packet Size of a client which has subscribed to it.",
		Why:       "One large message for others cuts the PLC off.",
		Fix:       "Update the broker; publish large messages to topics that the PLC has not subscribed to.",
	},
	Ended: func(c *Conn, e *flows.End, r *Reporter) {
		at := c.forward.tooLarge
		d := c.Sides[server].Disconnect
		const packetTooLarge = 0x95
		if at.Frame == 0 || e.FromClient || d.Frame < at.Frame || d.Time-at.Time > 5*second || c.forward.goodbye != packetTooLarge || c.forward.published.Frame > at.Frame {
			return
		}
		r.Of(server).Related(at).Late(d, "the server ends the connection with DISCONNECT 0x95 (packet too large), after a message was published in frame %d that is larger than the %d bytes which this client takes; the client has sent no PUBLISH since", at.Frame, limitOf(c))
	},
}
