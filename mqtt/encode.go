package mqtt

// Append encodes p behind b by the layout of p.Version (of a CONNECT, of its
// level) and returns the longer slice.
//
// Fields are written as they are, also where they break the standard: flags,
// QoS 3, identifier 0, Surplus. Only lengths are computed. The lower half of the
// first byte is Flags with the bits of Dup, QoS and Retain added, so that either
// may be filled in; SetFlags changes both. HeaderLen and LengthBytes above what
// is needed ask for a padded length.
//
// A PUBLISH has an identifier when HasID or its QoS is not 0. The property block
// is written in 5.0 wherever it is mandatory, elsewhere when HasProps or when
// there are properties, and so is the reason code. Strings of a CONNECT follow
// HasWill, HasUserName and HasPassword, not the flags.
func (p *Packet) Append(b []byte) ([]byte, error) {
	if !p.encodable() {
		return b, ErrTooLong
	}
	start := len(b)
	first := byte(p.Type)<<4 | p.Flags&15 | byte(p.QoS&3)<<1
	if p.Dup {
		first |= 8
	}
	if p.Retain {
		first |= 1
	}
	b = append(b, first, 0, 0, 0, 0) // room for the longest Remaining Length
	body := len(b)
	switch p.Type {
	case CONNECT:
		b = appendConnect(b, p)
	case CONNACK:
		b = appendConnack(b, p)
	case PUBLISH:
		b = appendPublish(b, p)
	case PUBACK, PUBREC, PUBREL, PUBCOMP:
		b = appendAck(b, p)
	case SUBSCRIBE, UNSUBSCRIBE:
		b = appendSubscribe(b, p)
	case SUBACK, UNSUBACK:
		b = appendSuback(b, p)
	case DISCONNECT, AUTH:
		b = appendReason(b, p)
	}
	b = append(b, p.Surplus...)

	n := len(b) - body
	if n > MaxRemaining {
		return b[:start], ErrTooLong
	}
	header := appendVarint(b[start+1:start+1], uint32(n), p.HeaderLen-1)
	copy(b[start+1+len(header):], b[body:])
	return b[:start+1+len(header)+n], nil
}

// encodable reports whether every string and block fits the length in front.
func (p *Packet) encodable() bool {
	const limit = 0xffff
	for i := range p.Filters {
		if len(p.Filters[i].Filter) > limit {
			return false
		}
	}
	c := &p.Connect
	if p.Type == CONNECT && (len(c.WillProps.Raw) > MaxRemaining ||
		max(len(c.ProtocolName), len(c.ClientID), len(c.WillTopic), len(c.WillMessage), len(c.UserName), len(c.Password)) > limit) {
		return false
	}
	return len(p.Topic) <= limit && len(p.Props.Raw) <= MaxRemaining
}
