package mqtt

import (
	"fmt"
	"iter"

	"plcscope/internal/wire"
)

// PropertyID identifies a 5.0 property.
type PropertyID uint8

const (
	PayloadFormatIndicator          PropertyID = 0x01
	MessageExpiryInterval           PropertyID = 0x02
	ContentType                     PropertyID = 0x03
	ResponseTopic                   PropertyID = 0x08
	CorrelationData                 PropertyID = 0x09
	SubscriptionIdentifier          PropertyID = 0x0b
	SessionExpiryInterval           PropertyID = 0x11
	AssignedClientIdentifier        PropertyID = 0x12
	ServerKeepAlive                 PropertyID = 0x13
	AuthenticationMethod            PropertyID = 0x15
	AuthenticationData              PropertyID = 0x16
	RequestProblemInformation       PropertyID = 0x17
	WillDelayInterval               PropertyID = 0x18
	RequestResponseInformation      PropertyID = 0x19
	ResponseInformation             PropertyID = 0x1a
	ServerReference                 PropertyID = 0x1c
	ReasonString                    PropertyID = 0x1f
	ReceiveMaximum                  PropertyID = 0x21
	TopicAliasMaximum               PropertyID = 0x22
	TopicAlias                      PropertyID = 0x23
	MaximumQoS                      PropertyID = 0x24
	RetainAvailable                 PropertyID = 0x25
	UserProperty                    PropertyID = 0x26
	MaximumPacketSize               PropertyID = 0x27
	WildcardSubscriptionAvailable   PropertyID = 0x28
	SubscriptionIdentifierAvailable PropertyID = 0x29
	SharedSubscriptionAvailable     PropertyID = 0x2a
)

func (id PropertyID) String() string {
	if name := id.info().name; name != "" {
		return name
	}
	return fmt.Sprintf("property 0x%02x", uint8(id))
}

// PropertyKind is how the value of a property is written.
type PropertyKind uint8

const (
	KindUnknown PropertyKind = iota // not defined: neither value nor length is known
	KindByte
	KindTwo    // two bytes
	KindFour   // four bytes
	KindVarint // variable byte integer
	KindBinary // two bytes of length, then bytes
	KindString // two bytes of length, then UTF-8
	KindPair   // two strings
)

// Kind returns how the value of a property is written.
func (id PropertyID) Kind() PropertyKind { return id.info().kind }

// PropertyAllowed reports whether 5.0 permits the property in a packet of type
// t; will asks for the will properties of a CONNECT.
func PropertyAllowed(id PropertyID, t PacketType, will bool) bool {
	if will {
		return t == CONNECT && id.info().in&inWill != 0
	}
	return t <= AUTH && id.info().in&(1<<t) != 0
}

// PropertyRepeatable reports whether the property may stand more than once: User
// Property anywhere, Subscription Identifier in a PUBLISH.
func PropertyRepeatable(id PropertyID, t PacketType) bool {
	return id == UserProperty || id == SubscriptionIdentifier && t == PUBLISH
}

type propertyInfo struct {
	name string
	kind PropertyKind
	in   uint32 // packet types that may carry it, a bit each, and inWill
}

func (id PropertyID) info() *propertyInfo {
	if int(id) < len(properties) {
		return &properties[id]
	}
	return &properties[0]
}

const (
	inWill     = 1 << 16
	inConnect  = 1 << CONNECT
	inConnack  = 1 << CONNACK
	inPublish  = 1 << PUBLISH
	inAuth     = 1 << AUTH
	inDisco    = 1 << DISCONNECT
	inSub      = 1 << SUBSCRIBE
	inReplies  = 1<<CONNACK | 1<<PUBACK | 1<<PUBREC | 1<<PUBREL | 1<<PUBCOMP | 1<<SUBACK | 1<<UNSUBACK | 1<<DISCONNECT | 1<<AUTH
	inAnything = inReplies | inConnect | inPublish | inSub | 1<<UNSUBSCRIBE | inWill
)

// properties is the table of 5.0 section 2.2.2.2.
var properties = [...]propertyInfo{
	PayloadFormatIndicator:          {"Payload Format Indicator", KindByte, inPublish | inWill},
	MessageExpiryInterval:           {"Message Expiry Interval", KindFour, inPublish | inWill},
	ContentType:                     {"Content Type", KindString, inPublish | inWill},
	ResponseTopic:                   {"Response Topic", KindString, inPublish | inWill},
	CorrelationData:                 {"Correlation Data", KindBinary, inPublish | inWill},
	SubscriptionIdentifier:          {"Subscription Identifier", KindVarint, inPublish | inSub},
	SessionExpiryInterval:           {"Session Expiry Interval", KindFour, inConnect | inConnack | inDisco},
	AssignedClientIdentifier:        {"Assigned Client Identifier", KindString, inConnack},
	ServerKeepAlive:                 {"Server Keep Alive", KindTwo, inConnack},
	AuthenticationMethod:            {"Authentication Method", KindString, inConnect | inConnack | inAuth},
	AuthenticationData:              {"Authentication Data", KindBinary, inConnect | inConnack | inAuth},
	RequestProblemInformation:       {"Request Problem Information", KindByte, inConnect},
	WillDelayInterval:               {"Will Delay Interval", KindFour, inWill},
	RequestResponseInformation:      {"Request Response Information", KindByte, inConnect},
	ResponseInformation:             {"Response Information", KindString, inConnack},
	ServerReference:                 {"Server Reference", KindString, inConnack | inDisco},
	ReasonString:                    {"Reason String", KindString, inReplies},
	ReceiveMaximum:                  {"Receive Maximum", KindTwo, inConnect | inConnack},
	TopicAliasMaximum:               {"Topic Alias Maximum", KindTwo, inConnect | inConnack},
	TopicAlias:                      {"Topic Alias", KindTwo, inPublish},
	MaximumQoS:                      {"Maximum QoS", KindByte, inConnack},
	RetainAvailable:                 {"Retain Available", KindByte, inConnack},
	UserProperty:                    {"User Property", KindPair, inAnything},
	MaximumPacketSize:               {"Maximum Packet Size", KindFour, inConnect | inConnack},
	WildcardSubscriptionAvailable:   {"Wildcard Subscription Available", KindByte, inConnack},
	SubscriptionIdentifierAvailable: {"Subscription Identifier Available", KindByte, inConnack},
	SharedSubscriptionAvailable:     {"Shared Subscription Available", KindByte, inConnack},
}

// Property is one property. Which of Num, Data and Value2 hold its value follows
// from its Kind.
type Property struct {
	ID     PropertyID
	Num    uint32 // a number of any width
	Data   []byte // a string, binary data, or the name of a pair; borrowed
	Value2 []byte // the value of a pair; borrowed
	Offset int    // of the identifier, from the packet's first byte
	Size   int    // bytes that it takes, with its identifier
	Padded bool   // a variable byte integer takes more bytes than it needs
}

// Properties is a property block. It holds the bytes; properties are read from
// them when asked for, so that a packet with many costs nothing to keep.
type Properties struct {
	Raw         []byte // the block without its length, as far as it lies in the packet; borrowed
	Offset      int    // of Raw from the packet's first byte
	LengthBytes uint8  // bytes of the Property Length in front; more than needed is padding
}

// All yields the properties in order. It ends early at one that is malformed,
// which Decode has reported.
func (ps Properties) All() iter.Seq[Property] {
	return func(yield func(Property) bool) {
		c := wire.NewCursor(ps.Raw, nil)
		for c.Len() > 0 {
			p, problem := readProperty(&c, len(ps.Raw))
			p.Offset += ps.Offset
			if problem != propertyOK || !yield(p) {
				return
			}
		}
	}
}

// Find returns the first property with that identifier.
func (ps Properties) Find(id PropertyID) (Property, bool) {
	for p := range ps.All() {
		if p.ID == id {
			return p, true
		}
	}
	return Property{}, false
}

type propertyProblem uint8

const (
	propertyOK      propertyProblem = iota
	propertyCut                     // the bytes end first; the cursor has failed
	propertyUnknown                 // no such identifier; the cursor stands at end
	propertyLong                    // a variable byte integer of more than four bytes; the cursor has failed
)

// readProperty reads the property at c. end is the offset at which the block
// ends: an undefined property takes all up to it.
func readProperty(c *wire.Cursor, end int) (p Property, problem propertyProblem) {
	p.Offset = c.Off()
	p.ID = PropertyID(c.U8(fPropertyID))
	switch p.ID.Kind() {
	case KindByte:
		f := fPropNumber
		if p.ID == MaximumQoS {
			f = fPropMaxQoS
		}
		p.Num = uint32(c.U8(f))
	case KindTwo:
		f := fPropNumber
		if p.ID == TopicAlias {
			f = fPropTopicAlias
		}
		p.Num = uint32(c.U16(f))
	case KindFour:
		p.Num = c.U32(fPropNumber)
	case KindVarint:
		n, size := varint(c.Rest())
		if size <= 0 {
			if stop(c, fPropNumber); size < 0 {
				return p, propertyLong
			}
			break
		}
		c.Tree().Uint(fPropNumber, c.Off(), size, uint64(n))
		c.Skip(fPropNumber, size)
		p.Num, p.Padded = n, size > varintSize(n)
	case KindString, KindBinary:
		if p.ID == ContentType {
			p.Data = contentType(c)
			break
		}
		n := c.U16(fPropStringLen)
		p.Data = c.Bytes(fPropString, int(n))
	case KindPair:
		n := c.U16(fPropKeyLen)
		p.Data = c.Bytes(fPropKey, int(n))
		n = c.U16(fPropValueLen)
		p.Value2 = c.Bytes(fPropValue, int(n))
	default:
		if c.OK() {
			problem = propertyUnknown
			p.Data = c.Bytes(fPropUnknown, max(end-c.Off(), 0))
		}
	}
	p.Size = c.Off() - p.Offset
	if !c.OK() {
		return p, propertyCut
	}
	return p, problem
}

// wellFormed reports whether b is a block of defined properties that ends where
// the last of them does. It is readProperty for whom nothing needs to be told.
func wellFormed(b []byte) bool {
	for o := 0; o < len(b); {
		n, left := 0, len(b)-o-1
		switch kind := PropertyID(b[o]).Kind(); kind {
		case KindByte:
			n = 1
		case KindTwo:
			n = 2
		case KindFour:
			n = 4
		case KindVarint:
			if _, n = varint(b[o+1:]); n <= 0 {
				return false
			}
		case KindString, KindBinary, KindPair:
			if left < 2 {
				return false
			}
			n = 2 + (int(b[o+1])<<8 | int(b[o+2]))
			if kind != KindPair {
				break
			}
			if left < n+2 {
				return false
			}
			n += 2 + (int(b[o+1+n])<<8 | int(b[o+2+n]))
		default:
			return false
		}
		if n > left {
			return false
		}
		o += 1 + n
	}
	return true
}

// contentType reads the one string that Wireshark shows together with its
// length as a single field.
func contentType(c *wire.Cursor) []byte {
	b := c.Rest()
	if len(b) < 2 {
		c.Skip(fPropContentType, 2)
		return nil
	}
	n := 2 + int(b[0])<<8 + int(b[1])
	if n > len(b) {
		c.Skip(fPropContentType, n)
		return nil
	}
	if t := c.Tree(); t != nil {
		t.Data(fPropContentType, c.Off()+2, b[2:n:n])
	}
	c.Skip(fPropContentType, n)
	return b[2:n:n]
}

// stop makes every further read of c fail.
func stop(c *wire.Cursor, f *wire.Field) { c.Skip(f, c.Len()+1) }

// AppendProperty adds the property to b, which is the Raw of a Properties in the
// making. Fields that its Kind does not use are ignored; a property of an
// unknown kind writes its identifier and Data as they are. A string of more than
// 65 535 bytes is cut there.
func AppendProperty(b []byte, p Property) []byte {
	b = append(b, byte(p.ID))
	switch p.ID.Kind() {
	case KindByte:
		return append(b, byte(p.Num))
	case KindTwo:
		return append(b, byte(p.Num>>8), byte(p.Num))
	case KindFour:
		return append(b, byte(p.Num>>24), byte(p.Num>>16), byte(p.Num>>8), byte(p.Num))
	case KindVarint:
		size := 0
		if p.Padded {
			size = varintSize(p.Num) + 1
		}
		return appendVarint(b, p.Num, size)
	case KindString, KindBinary:
		return appendString(b, p.Data)
	case KindPair:
		return appendString(appendString(b, p.Data), p.Value2)
	}
	return append(b, p.Data...)
}

// NewProperties returns a block of these properties.
func NewProperties(list ...Property) Properties {
	var ps Properties
	for _, p := range list {
		ps.Raw = AppendProperty(ps.Raw, p)
	}
	return ps
}

// Append adds the block with its length in front.
func (ps Properties) Append(b []byte) []byte {
	b = appendVarint(b, uint32(len(ps.Raw)), int(ps.LengthBytes))
	return append(b, ps.Raw...)
}

func appendString(b, s []byte) []byte {
	s = s[:min(len(s), 0xffff)]
	b = append(b, byte(len(s)>>8), byte(len(s)))
	return append(b, s...)
}
