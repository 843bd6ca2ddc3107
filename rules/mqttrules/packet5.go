package mqttrules

import (
	"bytes"
	"unicode/utf8"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// publishing are the packets that have the properties of a message: PUBLISH, and
// CONNECT with a will.
var publishing = []mqtt.PacketType{mqtt.PUBLISH, mqtt.CONNECT}

var (
	responseTopicUTF85 = propertyStringRule("m5-response-topic-utf8", "MQTT-3.3.2-13", mqtt.ResponseTopic)
	contentTypeUTF85   = propertyStringRule("m5-content-type-utf8", "MQTT-3.3.2-19", mqtt.ContentType)
)

// propertyStringRule is the rule that a string property of a message is a valid
// string.
func propertyStringRule(id, clause string, property mqtt.PropertyID) *Rule {
	return &Rule{
		Rule: rules.Rule{
			ID:        id,
			Clauses:   rules.Clauses{V5: {clause}},
			Role:      rules.Both,
			Severity:  rules.Error,
			Needs:     rules.Packet,
			Title:     "The " + property.String() + " is valid UTF-8",
			Exercised: "A " + property.String() + " is sent.",
			Why:       "The receiver closes the connection.",
			Fix:       "Keep it to ASCII, and use the actual length of the STRING.",
		},
		On:   on(fromBoth, publishing...),
		Odd:  oddProperties,
		Idle: everything,
		Check: func(c *Conn, m *flows.Message, r *Reporter) {
			eachProperty(m.Packet, func(x mqtt.Property, _ bool) {
				if x.ID != property {
					return
				}
				r.Exercised()
				if at, problem := problemOf(x.Data); problem >= mqtt.StringNull {
					r.At(x.Offset+3+at).Violation(m, "%s: the %s %s at its byte %d: %s", m.Packet.Type, property, problem, at, rules.Excerpt(x.Data))
				}
			})
		},
	}
}

var responseTopicNoWildcard5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-response-topic-no-wildcard",
		Clauses:   rules.Clauses{V5: {"MQTT-3.3.2-14"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The Response Topic has no wildcard",
		Exercised: "A Response Topic is sent.",
		Why:       "Nobody can publish the answer.",
		Fix:       "Name one topic, without + and #.",
	},
	On:   on(fromBoth, publishing...),
	Odd:  oddProperties,
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		eachProperty(m.Packet, func(x mqtt.Property, _ bool) {
			if x.ID != mqtt.ResponseTopic {
				return
			}
			r.Exercised()
			if at := bytes.IndexAny(x.Data, "+#"); at >= 0 {
				r.At(x.Offset+3+at).Violation(m, "%s: the Response Topic %s contains the wildcard %q", m.Packet.Type, rules.Excerpt(x.Data), x.Data[at:at+1])
			}
		})
	},
}

var payloadUTF85 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-payload-utf8-when-declared",
		Clauses:   rules.Clauses{V5: {"§3.3.2.3.2"}},
		Role:      rules.Both,
		Severity:  rules.Warning,
		Needs:     rules.Packet,
		Title:     "A payload that is declared to be UTF-8 is",
		Exercised: "A message or will is sent with Payload Format Indicator 1.",
		Why:       "Receivers may refuse it. CHARs of an S7 above 127 are no UTF-8, nor are REALs and DINTs.",
		Fix:       "Leave the Payload Format Indicator out, or send ASCII.",
	},
	On:   on(fromBoth, publishing...),
	Odd:  oddProperties,
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p := m.Packet
		eachProperty(p, func(x mqtt.Property, will bool) {
			if x.ID != mqtt.PayloadFormatIndicator || x.Num != 1 {
				return
			}
			r.Exercised()
			b, name := p.Payload, "payload"
			if will {
				b, name = p.Connect.WillMessage, "will message"
			}
			if at := invalidUTF8(b); at < len(b) {
				r.At(x.Offset).Violation(m, "%s says that its %s of %d bytes is UTF-8; byte %d is 0x%02x", p.Type, name, len(b), at, b[at])
			}
		})
	},
}

// invalidUTF8 is the offset of the first byte that is no UTF-8, or the length.
func invalidUTF8(b []byte) (at int) {
	for at < len(b) {
		x, n := utf8.DecodeRune(b[at:])
		if x == utf8.RuneError && n <= 1 {
			break
		}
		at += n
	}
	return at
}

var noLocalNotShared5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-no-local-not-shared",
		Clauses:   rules.Clauses{V5: {"MQTT-3.8.3-4"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "No Local is not asked for with a shared filter",
		Exercised: "The client subscribes with a shared filter.",
		Why:       "The server closes the connection with a protocol error.",
		Fix:       "Clear bit 2 of the subscription options of a filter that begins with $share/.",
	},
	On: on(fromClient, mqtt.SUBSCRIBE),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		eachShared(m, r, func(f *mqtt.Filter, _ []byte) {
			if f.NoLocal() {
				r.At(f.Offset+2+len(f.Filter)).Violation(m, "the shared filter %s has No Local set (options byte 0x%02x)", rules.Excerpt(f.Filter), f.Options)
			}
		})
	},
}

var unsubackCode5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-unsuback-code-valid",
		Clauses:   rules.Clauses{V5: {"MQTT-3.11.3-2"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The codes of UNSUBACK are defined ones",
		Exercised: "The server sends UNSUBACK.",
		Why:       "The client cannot tell whether it still is subscribed.",
		Fix:       "Report it to the broker's maker.",
	},
	On: on(fromServer, mqtt.UNSUBACK),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		for i, code := range m.Packet.Codes {
			if !mqtt.ValidReason(mqtt.UNSUBACK, true, mqtt.ReasonCode(code)) {
				r.At(codesAt(m)+i).Violation(m, "code %d of the UNSUBACK is 0x%02x, which is not defined for it", i+1, code)
			}
		}
	},
}

var unsubackCount5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-unsuback-count-order",
		Clauses:   rules.Clauses{V5: {"MQTT-3.11.3-1"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "UNSUBACK has a code for each filter",
		Exercised: "The server answers an UNSUBSCRIBE that is in the capture.",
		Why:       "The client cannot tell which filters it has left.",
		Fix:       "Report it to the broker's maker.",
	},
	On: on(fromServer, mqtt.UNSUBACK),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		x := answeredSubscribe(c)
		if x == nil || x.Kind != session.Unsubscribe {
			return
		}
		r.Exercised()
		if n := len(m.Packet.Codes); n != int(x.Filters) {
			r.Related(rules.Ref(x.Last)).Violation(m, "UNSUBACK has %d codes for the %d filters of the UNSUBSCRIBE in frame %d", n, x.Filters, x.Last.Frame)
		}
	},
}

// refused is a message that its receiver has refused by a failing acknowledgement.
type refused struct {
	session.Exchange
	at   rules.Ref // the acknowledgement
	code mqtt.ReasonCode
}

// maxRefused bounds the refused messages that are remembered for each side.
const maxRefused = 16

// noteRefusal remembers the message that m has refused.
func (s *Session) noteRefusal(m *flows.Message, owner session.Side, x session.Exchange) {
	l := s.refused[owner]
	if len(l) == maxRefused {
		l = append(l[:0], l[1:]...)
	}
	s.refused[owner] = append(l, refused{x, ref(m), m.Packet.Reason})
}

// lastRefusal returns the latest refused message with an identifier.
func (s *Session) lastRefusal(owner session.Side, id uint16) *refused {
	l := s.refused[owner]
	for i := len(l) - 1; i >= 0; i-- {
		if l[i].ID == id {
			return &l[i]
		}
	}
	return nil
}

// retransmits returns the message that m repeats although the sender must know
// that it was refused: a broken connection may have kept the refusal from it.
func (c *Conn) retransmits(m *flows.Message) *refused {
	from := side(m)
	x := c.Session.lastRefusal(from, m.Packet.ID)
	if x == nil || !m.Packet.Dup || c.Fact.Exchange == nil || !c.Fact.Exchange.Same(&x.Exchange) || x.Conn != c.serial ||
		m.FirstTime-x.at.Time <= 2*c.trip() || !c.received(from.Peer(), x.at.Time) {
		return nil
	}
	return x
}

var noRetransmitAfterError5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-no-retransmit-after-error",
		Clauses:   rules.Clauses{V5: {"MQTT-4.4.0-2"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "A message that was refused is not sent again",
		Exercised: "A message was refused by PUBACK or PUBREC, and its sender publishes again.",
		Why:       "It is refused for ever, and the queue behind it does not move.",
		Fix:       "Treat PUBACK and PUBREC with a code of 0x80 or above as the end of the message, and report it.",
	},
	On:    on(fromBoth, mqtt.PUBLISH),
	Acked: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		from, s := side(m), c.Session
		if len(s.refused[from]) == 0 || c.Fact.Exchange == nil || c.Fact.Relation == session.Apart {
			return
		}
		r.Exercised()
		x := c.retransmits(m)
		if x == nil {
			return
		}
		r.Related(rules.Ref(x.Last)).Related(x.at).Violation(m, "PUBLISH with identifier %d and DUP 1 repeats the message of frame %d, which was refused in frame %d with code 0x%02x (%s)",
			m.Packet.ID, x.Last.Frame, x.at.Frame, uint8(x.code), x.code)
	},
}

var pubrecErrorFreesID5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-pubrec-error-frees-id",
		Clauses:   rules.Clauses{V5: {"MQTT-4.3.3-9"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "An identifier is free for its receiver once it has refused the message by PUBREC",
		Exercised: "A message was refused by PUBREC, and a PUBLISH with its identifier is answered.",
		Why:       "New messages are dropped as repetitions of the refused one.",
		Fix:       "Forget the identifier when PUBREC with a code of 0x80 or above is sent.",
	},
	On: on(fromBoth, mqtt.PUBREC),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if c.Fact.Relation != session.Answer || c.Fact.Before.Tangled || c.Fact.Before.Sends != 1 {
			return
		}
		x := c.Session.lastRefusal(side(m).Peer(), m.Packet.ID)
		if x == nil || x.Kind != session.QoS2 || x.code == 0x91 || x.at.Time > c.Fact.Before.First.Time {
			return
		}
		r.Exercised()
		if m.Packet.Reason == 0x91 {
			r.Related(x.at).Related(rules.Ref(c.Fact.Before.First)).Violation(m, "PUBREC calls the identifier %d of the PUBLISH in frame %d in use; it was freed by the PUBREC in frame %d, which refused the message before", m.Packet.ID, c.Fact.Before.First.Frame, x.at.Frame)
		}
	},
}
