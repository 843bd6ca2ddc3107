package mqtt

import (
	"bytes"
	"unicode/utf8"
)

// Match is how far bytes look like something.
type Match uint8

const (
	No    Match = iota
	Maybe       // nothing speaks against it; more bytes would tell
	Yes
)

func (m Match) String() string {
	switch m {
	case Maybe:
		return "maybe"
	case Yes:
		return "yes"
	}
	return "no"
}

// LooksLikeConnect reports whether b begins with a CONNECT of any protocol
// level: its type, a Remaining Length with room for the fixed fields, and the
// protocol name MQTT or MQIsdp. Flags of the first byte are not looked at, so
// that a faulty client is found too.
func LooksLikeConnect(b []byte) Match {
	if len(b) == 0 {
		return Maybe
	}
	if PacketType(b[0]>>4) != CONNECT {
		return No
	}
	n, size := varint(b[1:])
	switch {
	case size < 0:
		return No
	case size == 0:
		return Maybe
	case n < uint32(len(nameMQTT))+4: // name, level, flags, keep alive
		return No
	}
	b = b[1+size:]
	m := hasPrefix(b, nameMQTT)
	if m == No && n >= uint32(len(nameMQIsdp))+4 {
		m = hasPrefix(b, nameMQIsdp)
	}
	return m
}

var (
	nameMQTT   = []byte("\x00\x04MQTT")
	nameMQIsdp = []byte("\x00\x06MQIsdp")
)

// hasPrefix is Maybe when b ends within the prefix.
func hasPrefix(b, prefix []byte) Match {
	if bytes.HasPrefix(b, prefix) {
		return Yes
	}
	if len(b) < len(prefix) && bytes.HasPrefix(prefix, b) {
		return Maybe
	}
	return No
}

// chain is how many packets in a row Plausible looks at.
const chain = 8

// payloadSeen is how many bytes of a PUBLISH Plausible wants at most.
const payloadSeen = 1024

// Plausible reports whether a control packet could begin at b[0], to find the
// framing in the middle of a stream. It is strict: type, flags, lengths, topics,
// reason codes and properties must fit each other in one version at least, and
// so must the packets that follow in b. Of a long PUBLISH it wants to see the
// first 1024 bytes only. A packet of a faulty client may be refused.
func Plausible(b []byte) Match {
	for i := 0; i < chain; i++ {
		n, m := plausible(b)
		switch {
		case m == No:
			return No
		case m == Maybe && i == 0:
			return Maybe
		case m == Maybe || n >= len(b):
			return Yes
		}
		b = b[n:]
	}
	return Yes
}

// plausible looks at the packet at b[0], which is n bytes long.
func plausible(b []byte) (n int, m Match) {
	f, m := frameAt(b)
	if m != Yes {
		return 0, m
	}
	return f.total, max(f.fits(V311), f.fits(V31), f.fits(V5))
}

// GuessVersion tells by one framed packet which version a connection speaks
// whose CONNECT was not seen. V5 means that the packet makes sense only as 5.0,
// V311 only as 3.1.1 or 3.1, V31 only as 3.1; sure is false, and v 0, when it
// fits both or none.
func GuessVersion(b []byte, fromServer bool) (v Version, sure bool) {
	f, m := frameAt(b)
	if m != Yes || f.total > len(b) || f.total < f.header+2 && f.t == CONNECT {
		return 0, false
	}
	if f.t == CONNECT { // it says so itself
		if at := f.header + 2 + int(f.b[f.header+1]); LooksLikeConnect(b) == Yes {
			v = versionOfLevel(b[at])
		}
		return v, v != 0
	}
	f.client, f.server = !fromServer, fromServer
	v5 := f.fits(V5) == Yes
	v311 := f.fits(V311) == Yes
	v31 := f.fits(V31) == Yes
	switch {
	case v5 == (v311 || v31):
		return 0, false
	case v5:
		return V5, true
	case v311:
		return V311, true
	}
	return V31, true
}

// framed is a control packet of which the fixed header is in view.
type framed struct {
	t              PacketType
	flags          uint8
	total, header  int
	b              []byte // what is in view of it, at most total bytes
	client, server bool   // who may have sent it
}

func frameAt(b []byte) (f framed, m Match) {
	if len(b) == 0 {
		return f, Maybe
	}
	f.t, f.flags = PacketType(b[0]>>4), b[0]&15
	if f.t == Reserved0 || f.t != PUBLISH && f.flags&7 != f.t.FixedFlags() {
		return f, No
	}
	n, size := varint(b[1:])
	switch {
	case size == 0:
		return f, Maybe
	case size < 0, size > varintSize(n):
		return f, No
	}
	f.header = 1 + size
	f.total = f.header + int(n)
	f.b = b[:min(f.total, len(b))]
	f.client, f.server = true, true
	return f, Yes
}

// fits reports whether the packet is a proper one of version v.
func (f *framed) fits(v Version) Match {
	if f.t == CONNECT {
		return LooksLikeConnect(f.b)
	}
	if f.flags&8 != 0 && f.t != PUBLISH && (v != V31 || f.t.FixedFlags() == 0) {
		return No // DUP on a packet that has none
	}
	s := scan{b: f.b[f.header:], n: f.total - f.header, m: Yes}
	switch f.t {
	case CONNACK:
		s.require(f.server)
		s.require(s.u8() <= 1 || v == V31)
		if c := s.u8(); v == V5 {
			s.reason(f, c)
			s.properties(CONNACK)
		} else {
			s.require(c < byte(len(returnCodes)))
		}
	case PUBLISH:
		s.publish(f, v)
		if s.m == Yes && f.total > len(f.b) && len(f.b) < payloadSeen {
			return Maybe
		}
		return s.m // whatever follows is payload
	case PUBACK, PUBREC, PUBREL, PUBCOMP:
		s.id()
		s.reasonAndProperties(f, v)
	case SUBSCRIBE, UNSUBSCRIBE:
		s.require(f.client)
		s.id()
		if v == V5 {
			s.properties(f.t)
		}
		s.filters(f.t, v)
	case SUBACK, UNSUBACK:
		s.require(f.server)
		s.id()
		if v == V5 {
			s.properties(f.t)
		}
		if f.t == SUBACK || v == V5 {
			s.codes(f, v)
		}
	case PINGREQ:
		s.require(f.client)
	case PINGRESP:
		s.require(f.server)
	case DISCONNECT:
		s.require(f.client || v == V5)
		s.reasonAndProperties(f, v)
	case AUTH:
		s.require(v == V5 && s.n > 0)
		s.reasonAndProperties(f, v)
	}
	s.require(s.n == 0)
	return s.m
}

// scan checks the body of a packet piece by piece. A piece that lies outside the
// packet makes it No, one that is merely not in view makes it Maybe; after
// either, nothing is looked at any more.
type scan struct {
	b []byte // in view
	n int    // bytes that the packet still has
	m Match
}

func (s *scan) require(ok bool) {
	if !ok && s.m == Yes {
		s.m = No
	}
}

func (s *scan) take(n int) []byte {
	switch {
	case s.m != Yes:
		return nil
	case n > s.n:
		s.m = No
		return nil
	case n > len(s.b):
		s.m = Maybe
		return nil
	}
	b := s.b[:n]
	s.b, s.n = s.b[n:], s.n-n
	return b
}

func (s *scan) u8() byte {
	if b := s.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (s *scan) u16() int {
	if b := s.take(2); b != nil {
		return int(b[0])<<8 | int(b[1])
	}
	return 0
}

// varint is a variable byte integer without padding.
func (s *scan) varint() int {
	if s.m != Yes {
		return 0
	}
	n, size := varint(s.b)
	switch {
	case size == 0 && len(s.b) < s.n:
		s.m = Maybe
	case size <= 0, size > varintSize(n):
		s.m = No
	}
	s.take(size)
	return int(n)
}

// text is a string; what is in view of it must be clean already.
func (s *scan) text() []byte {
	n := s.u16()
	if s.m != Yes {
		return nil
	}
	if n <= s.n && n > len(s.b) {
		if _, problem := CheckString(wholeRunes(s.b)); problem != StringOK {
			s.m = No
			return nil
		}
	}
	b := s.take(n)
	_, problem := CheckString(b)
	s.require(problem == StringOK)
	return b
}

// wholeRunes is b without a character at its end that is cut.
func wholeRunes(b []byte) []byte {
	for i := len(b) - 1; i >= 0 && i >= len(b)-utf8.UTFMax; i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				return b[:i]
			}
			break
		}
	}
	return b
}

func (s *scan) id() { s.require(s.u16() != 0) }

func (s *scan) reason(f *framed, c byte) {
	r := ReasonCode(c)
	s.require(f.client && ValidReason(f.t, false, r) || f.server && ValidReason(f.t, true, r))
}

// reasonAndProperties is the tail that 5.0 added and that may be left out.
func (s *scan) reasonAndProperties(f *framed, v Version) {
	if v != V5 || s.n == 0 {
		return
	}
	s.reason(f, s.u8())
	if s.n > 0 {
		s.properties(f.t)
	}
}

func (s *scan) publish(f *framed, v Version) {
	q := f.flags >> 1 & 3
	s.require(q != 3 && (q != 0 || f.flags&8 == 0))
	topic := s.text()
	s.require(s.m != Yes || ValidTopicName(topic) || len(topic) == 0 && v == V5)
	if q != 0 {
		s.id()
	}
	if v == V5 {
		s.properties(PUBLISH)
	}
}

func (s *scan) filters(t PacketType, v Version) {
	s.require(s.n > 0)
	for s.m == Yes && s.n > 0 {
		filter := s.text()
		if s.m != Yes {
			return
		}
		_, problem := CheckFilter(filter)
		s.require(problem == FilterOK)
		if t == SUBSCRIBE {
			o := s.u8()
			s.require(o&3 != 3 && (v == V5 && o&0xc0 == 0 && o>>4 != 3 || o <= 2))
		}
	}
}

func (s *scan) codes(f *framed, v Version) {
	s.require(s.n > 0)
	for s.m == Yes && s.n > 0 {
		c := s.u8()
		if v == V5 {
			s.reason(f, c)
		} else {
			s.require(c <= 2 || c == 0x80)
		}
	}
}

// properties checks a property block: known properties that t may carry and
// that end where the block does.
func (s *scan) properties(t PacketType) {
	n := s.varint()
	s.require(n <= s.n)
	if s.m != Yes {
		return
	}
	block := scan{b: s.b[:min(len(s.b), n)], n: n, m: Yes}
	for block.m == Yes && block.n > 0 {
		block.property(t)
	}
	s.m = block.m
	s.take(n)
}

func (s *scan) property(t PacketType) {
	id := PropertyID(s.u8())
	if s.m != Yes {
		return
	}
	s.require(PropertyAllowed(id, t, false))
	switch id.Kind() {
	case KindByte:
		s.require(s.u8() <= 1) // all of them are flags
	case KindTwo:
		s.take(2)
	case KindFour:
		s.take(4)
	case KindVarint:
		s.varint()
	case KindBinary:
		s.take(s.u16())
	case KindString:
		s.text()
	case KindPair:
		s.text()
		s.text()
	}
}
