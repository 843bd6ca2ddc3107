package mqttrules

import (
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/rules"
)

// str is a string of a packet.
type str struct {
	name string // "topic", "client identifier"
	at   int    // offset of its first byte in the packet
	b    []byte
	pair bool // part of a User Property
	own  bool // a rule of its own judges whether it is valid UTF-8
}

// eachString visits the strings of a packet, but for the topic of a PUBLISH.
func eachString(p *mqtt.Packet, visit func(s str)) {
	v31 := p.Version == mqtt.V31
	switch p.Type {
	case mqtt.CONNECT:
		k := &p.Connect
		at := p.HeaderLen + 2
		visit(str{"protocol name", at, k.ProtocolName, false, false})
		at += len(k.ProtocolName) + 4
		if p.HasProps {
			at = p.Props.Offset + len(p.Props.Raw)
		}
		visit(str{"client identifier", at + 2, k.ClientID, false, !v31})
		at += 2 + len(k.ClientID)
		if k.HasWill {
			if k.WillProps.LengthBytes > 0 {
				at = k.WillProps.Offset + len(k.WillProps.Raw)
			}
			visit(str{"will topic", at + 2, k.WillTopic, false, !v31})
			at += 2 + len(k.WillTopic) + 2 + len(k.WillMessage)
		}
		if k.HasUserName {
			visit(str{"user name", at + 2, k.UserName, false, !v31})
		}
	case mqtt.SUBSCRIBE, mqtt.UNSUBSCRIBE:
		for i := range p.Filters {
			f := &p.Filters[i]
			visit(str{"topic filter", f.Offset + 2, f.Filter, false, !v31})
		}
	}
	if p.Version != mqtt.V5 {
		return
	}
	eachProperty(p, func(x mqtt.Property, _ bool) {
		switch x.ID.Kind() {
		case mqtt.KindString:
			visit(str{x.ID.String(), x.Offset + 3, x.Data, false, x.ID == mqtt.ResponseTopic || x.ID == mqtt.ContentType})
		case mqtt.KindPair:
			visit(str{"name of a User Property", x.Offset + 3, x.Data, true, false})
			visit(str{"value of a User Property", x.Offset + 5 + len(x.Data), x.Value2, true, false})
		}
	})
}

// plainStrings reports whether a packet has no strings but, perhaps, a topic,
// without looking at each.
func (c *Conn) plainStrings(m *flows.Message) bool {
	switch m.Packet.Type {
	case mqtt.CONNECT, mqtt.SUBSCRIBE, mqtt.UNSUBSCRIBE:
		return false
	}
	if m.Packet.Version != mqtt.V5 {
		return true
	}
	b := c.properties(m)
	return !b.strings && !b.pairs
}

// judgeStrings lets a rule judge the strings that no other rule does.
func judgeStrings(c *Conn, m *flows.Message, r *Reporter, wrong mqtt.StringProblem) {
	if c.plainStrings(m) {
		return
	}
	eachString(m.Packet, func(s str) {
		if s.own || s.pair || s.b == nil {
			return
		}
		r.Exercised()
		at, problem := problemOf(s.b)
		if problem == wrong {
			r.At(s.at+at).Violation(m, "%s: the %s %s at its byte %d: %s", m.Packet.Type, s.name, problem, at, s.shown())
		}
	})
}

// shown is the string for a sentence.
func (s *str) shown() string {
	if s.name == "user name" {
		return "(not shown)"
	}
	return rules.Excerpt(s.b)
}

var utf8Wellformed = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-utf8-wellformed",
		Clauses:   rules.Clauses{V31: {"§2.5"}, V311: {"MQTT-1.5.3-1"}, V5: {"MQTT-1.5.4-1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Strings are well-formed UTF-8",
		Exercised: "A string other than a plain topic of PUBLISH is sent.",
		Why:       "The receiver closes the connection. S7 CHARs are bytes of a code page: umlauts and the degree sign are no UTF-8.",
		Fix:       "Keep to ASCII, or convert characters above 127 into two bytes of UTF-8.",
	},
	On:   on(fromBoth, withProperties...),
	Odd:  oddProperties | oddStrings,
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		judgeStrings(c, m, r, mqtt.StringInvalid)
	},
}

var utf8NoNull = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-utf8-no-null",
		Clauses:   rules.Clauses{V311: {"MQTT-1.5.3-2"}, V5: {"MQTT-1.5.4-2"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Strings contain no U+0000",
		Exercised: "A string other than a plain topic of PUBLISH is sent.",
		Why:       "The receiver closes the connection. The length was mostly taken from the room that a STRING has, not from the characters in it.",
		Fix:       "Use the actual length of the STRING (LEN), not its maximum.",
	},
	On:   on(fromBoth, withProperties...),
	Odd:  oddProperties | oddStrings,
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		judgeStrings(c, m, r, mqtt.StringNull)
	},
}

var utf8Discouraged = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-utf8-discouraged-chars",
		Clauses:   rules.Clauses{V31: {"§2.5"}, V311: {"§1.5.3"}, V5: {"§1.5.4"}},
		Role:      rules.Both,
		Severity:  rules.Warning,
		Needs:     rules.Packet,
		Title:     "Strings contain no control characters",
		Exercised: "A packet of a type that has string fields is sent.",
		Why:       "A receiver may close the connection; if not, a topic with an invisible character matches no subscription that people type.",
		Fix:       "Look for a $L or $R at the end of the STRING, or for bytes left from a longer text.",
	},
	On:  on(fromBoth, withProperties...),
	Odd: oddTopic | oddProperties | oddStrings,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p := m.Packet
		if p.Type == mqtt.PUBLISH {
			r.Exercised()
			if c.topicClass(m)&unclear != 0 && wireTopic(m) {
				if at, problem := mqtt.CheckString(p.Topic); problem == mqtt.StringDiscouraged {
					r.At(p.HeaderLen+2+at).Violation(m, "the topic %s has a control or non-character at its byte %d", rules.Excerpt(p.Topic), at)
				}
			}
		}
		if c.plainStrings(m) {
			return
		}
		eachString(p, func(s str) {
			r.Exercised()
			if at, problem := problemOf(s.b); problem == mqtt.StringDiscouraged {
				r.At(s.at+at).Violation(m, "%s: the %s has a control or non-character at its byte %d: %s", p.Type, s.name, at, s.shown())
			}
		})
	},
}

var stringPairUTF8 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-string-pair-utf8",
		Clauses:   rules.Clauses{V5: {"MQTT-1.5.7-1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Both halves of a User Property are valid strings",
		Exercised: "A packet with a User Property is sent.",
		Why:       "The receiver closes the connection with reason 0x81.",
		Fix:       "Keep User Properties to ASCII, or convert them to UTF-8.",
	},
	On:   on(fromBoth, withProperties...),
	Odd:  oddProperties,
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		b := c.properties(m)
		if !b.pairs {
			return
		}
		r.Exercised()
		if !b.badPair {
			return
		}
		eachString(m.Packet, func(s str) {
			if !s.pair {
				return
			}
			if at, problem := problemOf(s.b); problem >= mqtt.StringNull {
				r.At(s.at+at).Violation(m, "%s: the %s %s at its byte %d: %s", m.Packet.Type, s.name, problem, at, rules.Excerpt(s.b))
			}
		})
	},
}
