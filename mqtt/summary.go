package mqtt

import (
	"strconv"
	"unicode"
	"unicode/utf8"
)

// Bounds of what a summary shows of one string, in bytes, and of one list.
const (
	maxShownText    = 200
	maxShownPayload = 48
	maxShownFilters = 4
)

// AppendSummary adds the packet in one line:
//
//	PUBLISH q1 id 7 "plant/3/telemetry" 64 bytes {"t":21.5}
//
// What came from the wire is quoted or escaped, so that the line holds printable
// characters only, and cut to a bounded length. The password is masked unless
// secrets is set. A packet that Decode has called malformed shows what stands
// before the fault.
func (p *Packet) AppendSummary(b []byte, secrets bool) []byte {
	b = append(b, p.Type.String()...)
	switch p.Type {
	case CONNECT:
		b = p.Connect.appendSummary(b, secrets)
	case CONNACK:
		b = p.connackSummary(b)
	case PUBLISH:
		return p.publishSummary(b)
	case SUBSCRIBE, UNSUBSCRIBE:
		b = p.idSummary(b)
		b = p.filterSummary(b)
	case SUBACK, UNSUBACK:
		b = p.idSummary(b)
		b = p.codeSummary(b)
	case PUBACK, PUBREC, PUBREL, PUBCOMP:
		if p.Dup {
			b = append(b, " dup"...)
		}
		b = p.idSummary(b)
		b = p.reasonSummary(b)
	case DISCONNECT, AUTH:
		b = p.reasonSummary(b)
	}
	return b
}

func (c *Connect) appendSummary(b []byte, secrets bool) []byte {
	b = append(b, ' ')
	switch v := versionOfLevel(c.Level); v {
	case 0:
		b = append(b, "level "...)
		b = strconv.AppendUint(b, uint64(c.Level), 10)
	default:
		b = append(b, v.String()...)
	}
	if c.Bridge() {
		b = append(b, " bridge"...)
	}
	b = append(b, ' ')
	b = appendQuoted(b, c.ClientID, maxShownText)
	if c.CleanSession() {
		b = append(b, " clean"...)
	}
	b = append(b, " keepalive "...)
	b = strconv.AppendUint(b, uint64(c.KeepAlive), 10)
	if c.HasWill {
		b = append(b, " will "...)
		b = appendQuoted(b, c.WillTopic, maxShownText)
		b = append(b, " q"...)
		b = strconv.AppendUint(b, uint64(c.WillQoS()), 10)
		if c.WillRetain() {
			b = append(b, " retain"...)
		}
		b = append(b, ' ')
		b = appendSize(b, len(c.WillMessage))
	}
	if c.HasUserName {
		b = append(b, " user "...)
		b = appendQuoted(b, c.UserName, maxShownText)
	}
	if c.HasPassword {
		b = append(b, " password "...)
		if secrets {
			b = appendQuoted(b, c.Password, maxShownText)
		} else {
			b = append(b, "***"...)
		}
	}
	return b
}

func (p *Packet) connackSummary(b []byte) []byte {
	if p.Code == 0 {
		b = append(b, " accepted"...)
	} else {
		b = append(b, " refused: "...)
		b = append(b, p.Code.Name(CONNACK)...)
	}
	if p.SessionPresent {
		b = append(b, ", session present"...)
	}
	return p.explained(b)
}

func (p *Packet) publishSummary(b []byte) []byte {
	b = append(b, " q"...)
	b = strconv.AppendUint(b, uint64(p.QoS), 10)
	b = p.idSummary(b)
	if p.Dup {
		b = append(b, " dup"...)
	}
	if p.Retain {
		b = append(b, " retain"...)
	}
	b = append(b, ' ')
	b = appendQuoted(b, p.Topic, maxShownText)
	if p.HasProps && len(p.Props.Raw) > 0 {
		if a, ok := p.Props.Find(TopicAlias); ok {
			b = append(b, " alias "...)
			b = strconv.AppendUint(b, uint64(a.Num), 10)
		}
	}
	b = append(b, ' ')
	b = appendSize(b, len(p.Payload))
	return appendPayload(b, p.Payload)
}

func (p *Packet) idSummary(b []byte) []byte {
	if !p.HasID {
		return b
	}
	b = append(b, " id "...)
	return strconv.AppendUint(b, uint64(p.ID), 10)
}

func (p *Packet) filterSummary(b []byte) []byte {
	for i := range p.Filters {
		f := &p.Filters[i]
		if i > 0 {
			b = append(b, ',')
		}
		if i == maxShownFilters {
			b = append(b, " and "...)
			b = strconv.AppendInt(b, int64(len(p.Filters)-i), 10)
			return append(b, " more"...)
		}
		b = append(b, ' ')
		b = appendQuoted(b, f.Filter, maxShownText)
		if p.Type == SUBSCRIBE {
			b = append(b, " q"...)
			b = strconv.AppendUint(b, uint64(f.QoS()), 10)
		}
	}
	return b
}

func (p *Packet) codeSummary(b []byte) []byte {
	for i, c := range p.Codes {
		if i > 0 {
			b = append(b, ',')
		}
		if i == 2*maxShownFilters {
			b = append(b, " and "...)
			b = strconv.AppendInt(b, int64(len(p.Codes)-i), 10)
			b = append(b, " more"...)
			break
		}
		switch code := ReasonCode(c); {
		case p.Type == SUBACK && c <= 2:
			b = append(b, " q"...)
			b = append(b, '0'+c)
		case p.Type == SUBACK && c == 0x80 && p.Version != V5:
			b = append(b, " failure"...)
		default:
			b = append(b, ' ')
			b = append(b, code.Name(p.Type)...)
		}
	}
	return p.explained(b)
}

// reasonSummary tells a reason code that is not plain success.
func (p *Packet) reasonSummary(b []byte) []byte {
	if p.HasReason && (p.Reason != 0 || p.Type == AUTH) {
		b = append(b, ' ')
		b = append(b, p.Reason.Name(p.Type)...)
	}
	return p.explained(b)
}

// explained adds the Reason String of 5.0.
func (p *Packet) explained(b []byte) []byte {
	if p.HasProps && len(p.Props.Raw) > 0 {
		if r, ok := p.Props.Find(ReasonString); ok {
			b = append(b, ' ')
			b = appendQuoted(b, r.Data, maxShownText)
		}
	}
	return b
}

func appendSize(b []byte, n int) []byte {
	b = strconv.AppendInt(b, int64(n), 10)
	if n == 1 {
		return append(b, " byte"...)
	}
	return append(b, " bytes"...)
}

// appendPayload shows the start of a payload: as text where it is text, else in
// hexadecimal.
func appendPayload(b, s []byte) []byte {
	if len(s) == 0 {
		return b
	}
	b = append(b, ' ')
	shown := clip(s, maxShownPayload)
	if text(shown) {
		b = appendEscaped(b, shown, 0)
	} else {
		shown = s[:min(len(s), maxShownPayload/3)]
		b = append(b, "0x"...)
		for _, c := range shown {
			b = append(b, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		}
	}
	if len(shown) < len(s) {
		b = append(b, "…"...)
	}
	return b
}

// text reports whether b reads as text: valid UTF-8 without control characters
// other than white space.
func text(b []byte) bool {
	for i := 0; i < len(b); {
		c := b[i]
		switch {
		case c >= 0x20 && c < 0x7f, c == '\t', c == '\n', c == '\r':
			i++
		case c < utf8.RuneSelf:
			return false
		default:
			r, n := utf8.DecodeRune(b[i:])
			if r == utf8.RuneError && n == 1 || !unicode.IsPrint(r) {
				return false
			}
			i += n
		}
	}
	return true
}

// clip is the start of s, at most limit bytes, not cut inside a character.
func clip(s []byte, limit int) []byte {
	if len(s) <= limit {
		return s
	}
	n := limit
	for n > limit-utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// appendQuoted adds s in double quotes, escaped as in Go, and at most limit bytes
// of it.
func appendQuoted(b, s []byte, limit int) []byte {
	shown := clip(s, limit)
	b = append(b, '"')
	b = appendEscaped(b, shown, '"')
	b = append(b, '"')
	if len(shown) < len(s) {
		b = append(b, "… ("...)
		b = appendSize(b, len(s))
		b = append(b, ')')
	}
	return b
}

// appendEscaped adds s with everything escaped that is not a printable
// character: control characters, invalid UTF-8, and the invisible marks that turn
// the direction of writing; and a quote, where one stands
// around it (else 0).
func appendEscaped(b, s []byte, quote byte) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c < 0x7f && c != '\\' && c != quote {
			b = append(b, c)
			i++
			continue
		}
		r, n := utf8.DecodeRune(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			b = append(b, '\\', 'x', "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		case c == '\\' || c == quote && quote != 0:
			b = append(b, '\\', c)
		case unicode.IsPrint(r):
			b = append(b, s[i:i+n]...)
		default:
			q := strconv.AppendQuoteRune(b, r) // '\n'
			b = append(b, q[len(b)+1:len(q)-1]...)
		}
		i += n
	}
	return b
}
