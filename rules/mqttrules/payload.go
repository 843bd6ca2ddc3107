package mqttrules

import (
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/rules"
)

// The rules of this file look into payloads for what blocks on PLCs are known to
// leave there. A payload may be anything, so they speak only after several
// messages that nothing else is likely to explain, and once per connection.

// payloads is what a client's payloads have shown so far.
type payloads struct {
	idRun   uint8  // QoS 0 payloads in a row that begin like an identifier
	idSteps uint8  // how many of them counted up
	idLast  uint16 // what the latest begins with
	idFirst rules.Ref
	idSaid  bool

	headRun   uint8 // payloads in a row that begin like a STRING
	headMax   uint8 // the maximum length that they name
	headFirst rules.Ref
	headSaid  bool

	cuts    [4]cutTopic // topics whose JSON texts do not end where the payload does
	cutting uint8       // how many of cuts are in use
	cutSaid bool
}

// cutTopic counts the payloads of one topic that end at the same length, whatever
// they hold.
type cutTopic struct {
	topic   uint32 // hash
	size    int
	count   uint8
	content uint32 // hash of the first
	differ  bool
	first   rules.Ref
}

// suspect reports whether a payload may matter to the rules on STRINGs and on lengths,
// by itself or after those before it.
func (s *payloads) suspect(b []byte) bool {
	return !s.headSaid && (s.headRun > 0 || beginsString(b)) ||
		!s.cutSaid && len(b) >= 8 && (s.cutting > 0 || !jsonEnds(b))
}

var qos0Identifier = &Rule{
	Rule: rules.Rule{
		ID:        "plc-qos0-identifier",
		Clauses:   rules.Clauses{rules.Field: {"payload of PUBLISH"}},
		Role:      rules.Client,
		Severity:  rules.Warning,
		Needs:     rules.Packet,
		Title:     "The payload of a QoS 0 PUBLISH does not begin with a packet identifier",
		Exercised: "The client publishes at QoS 0 with a payload of five bytes or more.",
		Why:       "Subscribers get two bytes that do not belong to the message; JSON parsers refuse it.",
		Fix:       "Write the two identifier bytes only when QoS is 1 or 2.",
	},
	On:      on(fromClient, mqtt.PUBLISH),
	Unacked: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p, s := m.Packet, &c.payloads
		if p.QoS != 0 || len(p.Payload) < 5 {
			return
		}
		r.Exercised()
		if s.idSaid {
			return
		}
		id, ok := leadingIdentifier(p.Payload)
		switch {
		case !ok:
			s.idRun = 0
			return
		case s.idRun > 0 && (id == s.idLast || id == s.idLast+1):
			s.idRun++
			if id != s.idLast {
				s.idSteps++
			}
		default:
			s.idRun, s.idSteps, s.idFirst = 1, 0, ref(m)
		}
		s.idLast = id
		how := "counting up"
		switch {
		case s.idRun >= 4 && s.idSteps >= 3:
		case s.idRun >= 8 && s.idSteps == 0 && (p.Payload[2] == '{' || p.Payload[2] == '['):
			how = "the same in each"
		default:
			return
		}
		s.idSaid = true
		r.At(len(m.Bytes) - len(p.Payload)).Related(s.idFirst)
		r.Violation(m, "the payloads of %d QoS 0 messages in a row begin with two bytes (here %02x %02x, %s) and text from the third byte on (%s): a packet identifier, which only QoS 1 and 2 have",
			s.idRun, p.Payload[0], p.Payload[1], how, rules.Excerpt(p.Payload[2:]))
	},
}

// leadingIdentifier reports whether a payload can be an identifier with text
// behind it. Identifiers whose high byte is a character are passed over, and so
// are a length and the header of a STRING.
func leadingIdentifier(b []byte) (id uint16, ok bool) {
	if b[0] >= 0x09 {
		return 0, false
	}
	id = uint16(b[0])<<8 | uint16(b[1])
	if int(id) == len(b)-2 || int(id) == len(b) || int(b[1]) == len(b)-2 && b[0] >= b[1] {
		return 0, false
	}
	return id, printable(b[2:])
}

// printable reports whether b begins as a text of ASCII does; it looks at no more
// than its first 32 bytes.
func printable(b []byte) bool { return classOf(b[:min(len(b), 32)])&unclear == 0 }

var stringHeader = &Rule{
	Rule: rules.Rule{
		ID:        "plc-string-header",
		Clauses:   rules.Clauses{rules.Field: {"payload and topic of PUBLISH"}},
		Role:      rules.Client,
		Severity:  rules.Warning,
		Needs:     rules.Packet,
		Title:     "Payload and topic do not begin with the header of an S7 STRING",
		Exercised: "The client publishes.",
		Why:       "A STRING has two bytes in front of its text, the maximum and the actual length. Subscribers get them as part of the message.",
		Fix:       "Copy from the third byte of the STRING on, as many bytes as its actual length (LEN) says.",
	},
	On:  on(fromClient, mqtt.PUBLISH),
	Odd: oddTopic | oddPayload,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p, s := m.Packet, &c.payloads
		r.Exercised()
		if s.headSaid {
			return
		}
		if c.topicClass(m)&unclear != 0 && wireTopic(m) {
			if most, n, ok := leadingString(p.Topic); ok && n == len(p.Topic)-2 {
				s.headSaid = true
				r.At(p.HeaderLen+2).Violation(m, "the topic begins with the bytes %02x %02x, the header of a STRING[%d] with %d characters: %s", p.Topic[0], p.Topic[1], most, n, rules.Excerpt(p.Topic))
				return
			}
		}
		most, n, ok := 0, 0, false
		if len(p.Payload) > 2 {
			most, n, ok = leadingString(p.Payload)
		}
		switch {
		case !ok:
			s.headRun = 0
			return
		case s.headRun > 0 && int(s.headMax) == most:
			s.headRun++
		default:
			s.headRun, s.headMax, s.headFirst = 1, uint8(most), ref(m)
		}
		if s.headRun < 3 {
			return
		}
		s.headSaid = true
		r.At(len(m.Bytes) - len(p.Payload)).Related(s.headFirst)
		r.Violation(m, "the payloads of %d messages in a row begin with the header of a STRING[%d] (here %02x %02x: %d characters), text follows: %s", s.headRun, most, p.Payload[0], p.Payload[1], n, rules.Excerpt(p.Payload[2:2+n]))
	},
}

// leadingString reports whether b is an S7 STRING: its maximum length, its actual
// length, and its text, either alone or with the unused rest of the variable.
func leadingString(b []byte) (most, n int, ok bool) {
	if !beginsString(b) || (classes[b[0]]|classes[b[1]])&unclear == 0 {
		return 0, 0, false
	}
	most, n = int(b[0]), int(b[1])
	return most, n, classOf(b[2:2+n])&unclear == 0
}

// beginsString reports whether the first two bytes fit the length, as the header of a
// STRING does that is sent whole, or of one of 254 characters as far as it is in use.
func beginsString(b []byte) bool {
	if len(b) < 3 {
		return false
	}
	most, n := int(b[0]), int(b[1])
	return n >= 1 && n <= most && most <= 254 && (len(b) == 2+most && n < most || most == 254 && len(b) == 2+n)
}

// beginsJSON reports whether a payload may be a JSON object that is worth looking at.
func beginsJSON(b []byte) bool { return len(b) >= 8 && b[0] == '{' }

var payloadLength = &Rule{
	Rule: rules.Rule{
		ID:        "plc-payload-length",
		Clauses:   rules.Clauses{rules.Field: {"payload of PUBLISH"}},
		Role:      rules.Client,
		Severity:  rules.Warning,
		Needs:     rules.Packet,
		Title:     "The payload is as long as its text",
		Exercised: "The client publishes a payload that looks like JSON.",
		Why:       "The length was taken from something else: the topic, the room of the buffer, a limit of the block. Subscribers get half a text, or one with the rest of an older text behind it.",
		Fix:       "Compute the length from the actual length of the text that is sent; raise the limit of the block, or send less.",
	},
	On:   on(fromClient, mqtt.PUBLISH),
	Odd:  oddPayload,
	When: whenJSON,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		b, s := m.Packet.Payload, &c.payloads
		if len(b) < 8 || b[0] != '{' && s.cutting == 0 {
			return
		}
		if beginsJSON(b) {
			r.Exercised()
		}
		if s.cutSaid || s.cutting == 0 && jsonEnds(b) {
			return
		}
		what := ""
		if !jsonEnds(b) {
			what = cutJSON(b)
		}
		x := s.cut(hash(m.Packet.Topic), what != "")
		if x == nil {
			return
		}
		switch {
		case len(b) > x.size && x.size > 0: // no limit, then
			*x = cutTopic{topic: x.topic}
			fallthrough
		case x.count == 0:
			if what != "" {
				x.size, x.count, x.content, x.differ, x.first = len(b), 1, hash(b), false, ref(m)
			}
			return
		case what == "" || len(b) != x.size:
			return
		}
		x.count++
		x.differ = x.differ || x.content != hash(b)
		if x.count < 4 || !x.differ {
			return
		}
		s.cutSaid = true
		r.Related(x.first).Violation(m, "%d payloads to topic %s have exactly %d bytes each whatever they hold, and %s: …%s",
			x.count, rules.Excerpt(m.Packet.Topic), x.size, what, rules.Excerpt(b[max(0, len(b)-40):]))
	},
}

// cut finds the entry of a topic, or makes one if that is asked for and there is
// room.
func (s *payloads) cut(topic uint32, create bool) *cutTopic {
	for i := range s.cuts[:s.cutting] {
		if s.cuts[i].topic == topic {
			return &s.cuts[i]
		}
	}
	if !create || int(s.cutting) == len(s.cuts) {
		return nil
	}
	s.cutting++
	x := &s.cuts[s.cutting-1]
	*x = cutTopic{topic: topic}
	return x
}

// jsonEnds reports whether a payload does not look at first sight like a JSON
// object with a wrong end.
func jsonEnds(b []byte) bool {
	if b[0] != '{' {
		return true
	}
	end := len(b) - 1
	for end > 0 && (b[end] == '\n' || b[end] == '\r' || b[end] == ' ') {
		end--
	}
	return b[end] == '}'
}

// cutJSON says what is wrong with the end of a JSON object, "" if nothing is or
// if b is something else.
func cutJSON(b []byte) string {
	depth, quoted, keys := 0, false, false
	for i := 0; i < len(b); i++ {
		switch x := b[i]; {
		case x < 0x20 && x != '\n' && x != '\r' && x != '\t':
			return ""
		case quoted && x == '\\':
			i++
		case x == '"':
			quoted = !quoted
		case quoted:
		case x == ':':
			keys = true
		case x == '{' || x == '[':
			depth++
		case x == '}' || x == ']':
			if depth--; depth == 0 {
				if !keys {
					return ""
				}
				return "have other bytes behind the end of the JSON text"
			}
		}
	}
	switch {
	case !keys:
		return ""
	case quoted:
		return "end inside a string of the JSON text"
	}
	return "end before the JSON text does"
}

// hash is FNV-1a.
func hash(b []byte) uint32 {
	h := uint32(2166136261)
	for _, x := range b {
		h = (h ^ uint32(x)) * 16777619
	}
	return h
}
