package mqttrules

import (
	"bytes"
	"unicode/utf8"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/rules"
)

var publishQoSNot3 = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-publish-qos-not-3",
		Clauses:   rules.Clauses{V31: {"§2.1"}, V311: {"MQTT-3.3.1-4"}, V5: {"MQTT-3.3.1-4"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The QoS of a PUBLISH is 0, 1 or 2",
		Exercised: "A PUBLISH is sent.",
		Why:       "The receiver closes the connection.",
		Fix:       "Limit the QoS input of the block to 0, 1 and 2.",
	},
	On:          on(fromBoth, mqtt.PUBLISH),
	OnMalformed: true,
	AnyVersion:  true,
	Odd:         oddQoS,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		if m.Packet.QoS == 3 {
			r.At(0).Violation(m, "the first byte 0x%02x of the PUBLISH says QoS 3 (bits 1 and 2 both set)", m.Bytes[0])
		}
	},
}

var publishTopicUTF8 = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-publish-topic-utf8",
		Clauses:   rules.Clauses{V31: {"§3.3"}, V311: {"MQTT-3.3.2-1"}, V5: {"MQTT-3.3.2-1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A PUBLISH begins with a topic in UTF-8",
		Exercised: "A PUBLISH is sent.",
		Why:       "The receiver closes the connection. S7 CHARs are bytes of a code page: umlauts and the degree sign are no UTF-8.",
		Fix:       "Keep topics to ASCII; check that the two length bytes in front of the topic hold its actual length.",
	},
	On:          on(fromBoth, mqtt.PUBLISH),
	OnMalformed: true,
	AnyVersion:  true,
	Odd:         oddTopic,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p := m.Packet
		if m.Err != nil {
			if faultOf(m) == topicOverrun {
				r.Exercised()
				bad := m.Err.(*mqtt.Malformed)
				r.At(bad.Offset).Violation(m, "the topic does not fit into the PUBLISH: %s", overrunText(bad))
			}
			return
		}
		r.Exercised()
		if c.topicClass(m)&high == 0 || !wireTopic(m) {
			return
		}
		at, problem := mqtt.CheckString(p.Topic)
		if problem == mqtt.StringInvalid {
			r.At(p.HeaderLen+2+at).Violation(m, "the topic %s is no UTF-8: byte 0x%02x at its byte %d", rules.Excerpt(p.Topic), p.Topic[at], at)
		}
	},
}

var publishTopicNoWildcard = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-publish-topic-no-wildcard",
		Clauses:   rules.Clauses{V31: {"§3.3"}, V311: {"MQTT-3.3.2-2", "MQTT-4.7.1-1"}, V5: {"MQTT-3.3.2-2", "MQTT-4.7.0-1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The topic of a PUBLISH has no wildcard",
		Exercised: "A PUBLISH is sent.",
		Why:       "Brokers close the connection or drop the message.",
		Fix:       "Publish to a full topic name; + and # belong into SUBSCRIBE.",
	},
	On:         on(fromBoth, mqtt.PUBLISH),
	AnyVersion: true,
	Odd:        oddTopic,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		if c.topicClass(m)&wildcard != 0 && wireTopic(m) {
			t := m.Packet.Topic
			at := bytes.IndexAny(t, "+#")
			r.At(m.Packet.HeaderLen+2+at).Violation(m, "the topic %s of the PUBLISH contains %q at its byte %d", rules.Excerpt(t), t[at], at)
		}
	},
}

var topicNotEmpty = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-topic-not-empty",
		Clauses:   rules.Clauses{V31: {"§A"}, V311: {"MQTT-4.7.3-1"}, V5: {"MQTT-4.7.3-1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Topics and filters are not empty",
		Exercised: "A PUBLISH, SUBSCRIBE or UNSUBSCRIBE is sent.",
		Why:       "The receiver closes the connection. The STRING was mostly not filled yet when the packet was built.",
		Fix:       "Do not send before the topic is set; check the actual length of the STRING.",
	},
	On:  on(fromBoth, mqtt.PUBLISH, mqtt.SUBSCRIBE, mqtt.UNSUBSCRIBE),
	Odd: oddTopic | oddStrings,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p := m.Packet
		if p.Type == mqtt.PUBLISH {
			r.Exercised()
			if !wireTopic(m) && !c.properties(m).alias {
				r.At(p.HeaderLen).Violation(m, "PUBLISH with an empty topic (length 0)")
			}
			return
		}
		for i := range p.Filters {
			r.Exercised()
			if f := &p.Filters[i]; len(f.Filter) == 0 {
				r.At(f.Offset).Violation(m, "filter %d of the %s is empty (length 0)", i+1, p.Type)
			}
		}
	},
}

var topicNoNull = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-topic-no-null",
		Clauses:   rules.Clauses{V31: {"§A"}, V311: {"MQTT-4.7.3-2"}, V5: {"MQTT-4.7.3-2"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Topics and filters contain no U+0000",
		Exercised: "A PUBLISH, SUBSCRIBE or UNSUBSCRIBE is sent.",
		Why:       "The receiver closes the connection. The length in front mostly belongs to another string, or is the maximum of the STRING.",
		Fix:       "Take the length from the STRING that is copied (LEN), and clear the buffer before a shorter topic follows a longer one.",
	},
	On:  on(fromBoth, mqtt.PUBLISH, mqtt.SUBSCRIBE, mqtt.UNSUBSCRIBE),
	Odd: oddTopic | oddStrings,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p := m.Packet
		if p.Type == mqtt.PUBLISH {
			r.Exercised()
			if c.topicClass(m)&null != 0 && wireTopic(m) {
				reportNull(m, r, "topic", p.Topic, p.HeaderLen+2)
			}
			return
		}
		for i := range p.Filters {
			r.Exercised()
			if f := &p.Filters[i]; classOf(f.Filter)&null != 0 {
				reportNull(m, r, "filter", f.Filter, f.Offset+2)
			}
		}
	},
}

func reportNull(m *flows.Message, r *Reporter, what string, b []byte, at int) {
	i := bytes.IndexByte(b, 0)
	if rest := bytes.Trim(b[i:], "\x00"); len(rest) == 0 {
		r.At(at+i).Violation(m, "the %s %s declares %d bytes, but its text ends at %d and zero bytes follow: the length is that of another string, or the room of a STRING", what, rules.Excerpt(b[:i]), len(b), i)
		return
	}
	r.At(at+i).Violation(m, "the %s declares %d bytes; a zero byte stands at its byte %d: %s", what, len(b), i, rules.Excerpt(b))
}

var topicLength31 = &Rule{
	Rule: rules.Rule{
		ID:        "m31-topic-length",
		Clauses:   rules.Clauses{V31: {"§3.3"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A 3.1 topic has at most 32767 characters",
		Exercised: "A PUBLISH is sent.",
		Why:       "Receivers may refuse it. Such a length was hardly meant: the two length bytes are mostly swapped.",
		Fix:       "Write the length with its high byte first.",
	},
	On:  on(fromBoth, mqtt.PUBLISH),
	Odd: oddTopic,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		t := m.Packet.Topic
		if len(t) > 32767 {
			if n := utf8.RuneCount(t); n > 32767 {
				r.At(m.Packet.HeaderLen).Violation(m, "the topic has %d characters (length bytes %02x %02x); MQTT 3.1 allows 32767", n, len(t)>>8, len(t)&0xff)
			}
		}
	},
}

var dupQoS0 = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-dup-qos0",
		Clauses:   rules.Clauses{V31: {"§2.1"}, V311: {"MQTT-3.3.1-2", "MQTT-4.3.1-1"}, V5: {"MQTT-3.3.1-2", "MQTT-4.3.1-1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A QoS 0 PUBLISH has DUP 0",
		Exercised: "A PUBLISH of QoS 0 is sent.",
		Why:       "QoS 0 messages are never sent again, so the flag contradicts itself; strict receivers close.",
		Fix:       "Set DUP only when a QoS 1 or 2 PUBLISH is sent again with its old identifier.",
	},
	On:          on(fromBoth, mqtt.PUBLISH),
	OnMalformed: true,
	AnyVersion:  true,
	Odd:         oddDup,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if m.Packet.QoS != 0 {
			return
		}
		r.Exercised()
		if m.Packet.Dup {
			r.At(0).Violation(m, "the first byte 0x%02x of the PUBLISH says DUP 1 with QoS 0", m.Bytes[0])
		}
	},
}
