package s7comm

import "bytes"

// plusIdentity begins the element in which a controller says what it is: its number
// 319, no flags, the type of texts.
var plusIdentity = []byte{0x82, 0x3F, 0x00, 0x15}

// Identity is what a controller says of itself when a session is created, such as
// "1;6ES7 211-1BE31-0XB0 ;V3.0": a number, order number and firmware. ok is false for
// other frames.
func (m *Plus) Identity() (s []byte, ok bool) {
	if m.Function != PlusCreateObject || m.Opcode != PlusResponse || m.Version != 1 {
		return nil, false
	}
	at := bytes.Index(m.Payload, plusIdentity)
	if at < 0 {
		return nil, false
	}
	rest := m.Payload[at+len(plusIdentity):]
	if len(rest) == 0 || rest[0] > 0x7f || 1+int(rest[0]) > len(rest) { // a length of one byte is enough for any
		return nil, false
	}
	s = rest[1 : 1+int(rest[0])]
	return s, bytes.Count(s, []byte{';'}) == 2
}

// PlusParts takes an identity apart.
func PlusParts(identity []byte) (order, firmware string, ok bool) {
	_, rest, ok := bytes.Cut(identity, []byte{';'})
	if !ok {
		return "", "", false
	}
	number, version, ok := bytes.Cut(rest, []byte{';'})
	return trimmed(number), trimmed(version), ok
}
