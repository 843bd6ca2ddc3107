package siterules

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"plcscope/rules"
)

// payload holds a payload against what is laid down for it.
func (r *Reporter) payload(p *MQTT, x *entry, s *said) {
	if s.length < 0 {
		return
	}
	if s.cut && r.rule.Content {
		r.Unsure(s.msg, rules.SnapLength, "of the payload on %s the capture holds %d of %d bytes", rules.Excerpt(s.topic), len(s.payload), s.length)
		return
	}
	r.Exercised()
	if wrong := r.rule.Payload(&x.Payload, s); wrong != "" {
		if s.at >= 0 {
			r.At(s.at)
		}
		r.Violation(s.msg, "the payload of %s on %s %s; so lays down %s", s, rules.Excerpt(s.topic), wrong, where(p, x.Publish))
	}
}

// String names the kind as profiles do.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

var kindNames = [...]string{"any", "JSON", "text", "number", "S7 data", "empty"}

func asksKind(p *Payload) bool { return p.Kind != AnyKind && p.Kind != S7Data }

var payloadKind = &Rule{
	Rule: rules.Rule{
		ID:        "site-payload-kind",
		Clauses:   rules.Clauses{rules.Site: {"payload kind"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A payload is written as the profile lays down for the topic",
		Exercised: "A client publishes on a topic for which the profile lays down how payloads are written.",
		Why:       "Subscribers cannot read it: they report an error, or show nothing.",
		Fix:       "Look at the bytes below: often the header of a STRING, a length that is wrong, or a decimal comma.",
	},
	VersionMatters: true,
	Content:        true,
	Asks:           asksKind,
	Asked:          ofPayload(asksKind),
	Payload: func(p *Payload, s *said) string {
		b := s.payload
		switch p.Kind {
		case JSON:
			if !s.isJSON() {
				return "is no JSON (" + jsonFault(b) + "): " + rules.Excerpt(b)
			}
		case Text:
			if at := notText(b); at >= 0 {
				return fmt.Sprintf("is no text, byte %d is 0x%02x: %s", at+1, b[at], rules.Excerpt(b))
			}
		case Number:
			if !isNumber(b) {
				return "is no decimal number: " + rules.Excerpt(b)
			}
		case Empty:
			if len(b) > 0 {
				return fmt.Sprintf("has %s, it is to be empty", plural(int64(len(b)), "byte"))
			}
		}
		return ""
	},
}

// isJSON reports whether the payload is JSON; several rules ask.
func (s *said) isJSON() bool {
	if s.json == 0 {
		if s.json = 2; json.Valid(s.payload) {
			s.json = 1
		}
	}
	return s.json == 1
}

// jsonFault says where a text is no JSON.
func jsonFault(b []byte) string {
	var v json.RawMessage
	err := json.Unmarshal(b, &v)
	if e, ok := err.(*json.SyntaxError); ok {
		return fmt.Sprintf("byte %d: %v", e.Offset, e)
	}
	return fmt.Sprint(err)
}

// notText returns where b is no text, or -1.
func notText(b []byte) int {
	for i := 0; i < len(b); {
		c := b[i]
		if c < 0x20 && c != '\t' && c != '\n' && c != '\r' || c == 0x7f {
			return i
		}
		size := 1
		if c >= 0x80 {
			x, n := utf8.DecodeRune(b[i:])
			if x == utf8.RuneError && n == 1 || x < 0xA0 {
				return i
			}
			size = n
		}
		i += size
	}
	return -1
}

// isNumber reports whether b is a decimal number as text. Blanks around it, which
// conversions of controllers leave, are no part of it.
func isNumber(b []byte) bool {
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	for len(b) > 0 && b[len(b)-1] == ' ' {
		b = b[:len(b)-1]
	}
	b = sign(b)
	b, whole := digits(b)
	part := 0
	if len(b) > 0 && b[0] == '.' {
		b, part = digits(b[1:])
	}
	if whole+part == 0 {
		return false
	}
	if len(b) > 0 && (b[0] == 'e' || b[0] == 'E') {
		n := 0
		if b, n = digits(sign(b[1:])); n == 0 {
			return false
		}
	}
	return len(b) == 0
}

func sign(b []byte) []byte {
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		return b[1:]
	}
	return b
}

func digits(b []byte) (rest []byte, n int) {
	for n < len(b) && b[n] >= '0' && b[n] <= '9' {
		n++
	}
	return b[n:], n
}

func asksSchema(p *Payload) bool { return p.Schema != nil }

var payloadSchema = &Rule{
	Rule: rules.Rule{
		ID:        "site-payload-schema",
		Clauses:   rules.Clauses{rules.Site: {"payload schema"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A JSON payload keeps to the schema that the profile names for the topic",
		Exercised: "A client publishes JSON on a topic for which the profile names a schema.",
		Why:       "A member that is missing, misspelt or of another type is dropped by subscribers, mostly without a word.",
		Fix:       "Correct the program, or the schema, if the new form is meant; tell those who subscribe.",
	},
	VersionMatters: true,
	Content:        true,
	Asks:           asksSchema,
	Asked:          ofPayload(asksSchema),
	Payload: func(p *Payload, s *said) string {
		if !s.isJSON() { // which another rule tells
			return ""
		}
		if err := p.Schema(s.payload); err != nil {
			return fmt.Sprintf("breaks the schema: %v", err)
		}
		return ""
	},
}

func asksLength(p *Payload) bool { return p.Length.Set() }

var payloadLength = &Rule{
	Rule: rules.Rule{
		ID:        "site-payload-length",
		Clauses:   rules.Clauses{rules.Site: {"payload length"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A payload has the length that the profile lays down for the topic",
		Exercised: "A client publishes on a topic for which the profile lays down a length.",
		Why:       "A subscriber that is a controller has a buffer of fixed length; a longer payload is cut or refused.",
		Fix:       "Check the length that the block is called with.",
	},
	VersionMatters: true,
	Asks:           asksLength,
	Asked:          ofPayload(asksLength),
	Payload: func(p *Payload, s *said) string {
		if s.length >= p.Length.Min && (p.Length.Max <= 0 || s.length <= p.Length.Max) {
			return ""
		}
		return fmt.Sprintf("has %s instead of %s", plural(int64(s.length), "byte"), p.Length)
	},
}

func asksType(p *Payload) bool {
	return p.Type == "STRING" || p.Type == "WSTRING" || TypeSize(p.Type) > 0
}

var payloadType = &Rule{
	Rule: rules.Rule{
		ID:        "site-payload-type",
		Clauses:   rules.Clauses{rules.Site: {"payload type"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A payload of S7 data is made of the type that the profile names for the topic",
		Exercised: "A client publishes on a topic for which the profile names an S7 type.",
		Why:       "Subscribers take the bytes apart at the wrong places and show numbers that are none.",
		Fix:       "Compare the variable that the block sends with the type in the profile; mind that a STRING has two bytes before its text.",
	},
	VersionMatters: true,
	Content:        true,
	Asks:           asksType,
	Asked:          ofPayload(asksType),
	Payload: func(p *Payload, s *said) string {
		n := len(s.payload)
		switch size := TypeSize(p.Type); {
		case p.Type == "STRING":
			return stringFault(s.payload, 1)
		case p.Type == "WSTRING":
			return stringFault(s.payload, 2)
		case n%size != 0:
			return fmt.Sprintf("has %s, which is no multiple of the %d of %s", plural(int64(n), "byte"), size, p.Type)
		}
		return ""
	},
}

// stringFault says what is wrong with a STRING or WSTRING: its maximum and its actual
// length in characters of width bytes, and its text, alone or with the unused rest.
func stringFault(b []byte, width int) string {
	if len(b) < 2*width {
		return fmt.Sprintf("has %s, too few for the header of a STRING", plural(int64(len(b)), "byte"))
	}
	most, n := int(b[0]), int(b[1])
	if width == 2 {
		most, n = int(b[0])<<8|int(b[1]), int(b[2])<<8|int(b[3])
	}
	have := len(b) - 2*width
	switch {
	case n > most:
		return fmt.Sprintf("begins with a header of %d characters of at most %d, as no STRING does: %s", n, most, rules.Excerpt(b))
	case have != n*width && have != most*width:
		return fmt.Sprintf("has %s behind a header of %d characters of at most %d: %s", plural(int64(have), "byte"), n, most, rules.Excerpt(b))
	}
	return ""
}

// TypeSize is the length in bytes of a value of an S7 type, 0 for STRING and WSTRING,
// whose values differ, and for names that are no type.
func TypeSize(name string) int { return typeSizes[name] }

var typeSizes = map[string]int{
	"BOOL": 1, "BYTE": 1, "CHAR": 1, "SINT": 1, "USINT": 1,
	"WORD": 2, "INT": 2, "UINT": 2, "DATE": 2, "S5TIME": 2, "WCHAR": 2, "COUNTER": 2, "TIMER": 2,
	"DWORD": 4, "DINT": 4, "UDINT": 4, "REAL": 4, "TIME": 4, "TIME_OF_DAY": 4, "TOD": 4,
	"LWORD": 8, "LINT": 8, "ULINT": 8, "LREAL": 8, "LTIME": 8, "LTOD": 8, "LDT": 8, "DATE_AND_TIME": 8, "DT": 8,
	"DTL": 12,
}
