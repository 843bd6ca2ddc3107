package mqttrules

import (
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
)

// scan holds what several rules ask of the present packet, so that it is worked
// out once. Each part names the message that it was worked out for.
type scan struct {
	topic   class
	topicOf uint64
	props   blocks
	propsOf uint64
}

// class says which kinds of bytes a text has, as a set.
type class uint8

const (
	wildcard class = 1 << iota // '+' or '#'
	null                       // U+0000
	control                    // other control characters of ASCII
	high                       // a byte of a character beyond ASCII, or of no character

	unclear = null | control | high // texts that have to be looked at more closely
)

var classes = func() (t [256]class) {
	for b := range t {
		switch {
		case b == '+' || b == '#':
			t[b] = wildcard
		case b == 0:
			t[b] = null
		case b < 0x20 || b == 0x7f:
			t[b] = control
		case b >= 0x80:
			t[b] = high
		}
	}
	return t
}()

func classOf(b []byte) (c class) {
	for _, x := range b {
		c |= classes[x]
	}
	return c
}

// topicClass is the class of the topic of the PUBLISH m.
func (c *Conn) topicClass(m *flows.Message) class {
	if c.scan.topicOf != m.Number {
		c.scan.topicOf, c.scan.topic = m.Number, classOf(m.Packet.Topic)
	}
	return c.scan.topic
}

// problemOf is mqtt.CheckString, quick for texts of printable ASCII.
func problemOf(b []byte) (offset int, problem mqtt.StringProblem) {
	if classOf(b)&unclear == 0 {
		return 0, mqtt.StringOK
	}
	return mqtt.CheckString(b)
}

// wireTopic reports whether a PUBLISH carries a topic of its own: in 5.0 a topic
// alias may stand for it, which the tracker has resolved in Packet.Topic.
func wireTopic(m *flows.Message) bool {
	h := m.Packet.HeaderLen
	return len(m.Bytes) >= h+2 && m.Bytes[h]|m.Bytes[h+1] != 0
}

// fault is what is wrong with a malformed packet, as far as rules differ.
type fault uint8

const (
	sound           fault = iota
	unframed              // the Remaining Length takes more than four bytes
	undefinedType         // the packet type does not exist
	lengthByte            // the Remaining Length was written as one byte (deviation of S7 blocks)
	propertyLength        // the Property Length is missing or unreadable
	propertyOverrun       // properties run past their block, or their block past the packet
	unknownProperty       // a property is not defined
	topicOverrun          // the topic of a PUBLISH runs past the packet
	connectField          // a field that the flags of CONNECT announce is missing
	overrun               // any other field runs past the packet
)

// faultOf says what is wrong with m.
func faultOf(m *flows.Message) fault {
	if m.Err == nil {
		return sound
	}
	p := m.Packet
	bad, ok := m.Err.(*mqtt.Malformed)
	switch {
	case p == nil || !ok:
		return unframed
	case p.Type == mqtt.Reserved0, p.Type == mqtt.AUTH && p.Version != mqtt.V5:
		return undefinedType
	case p.HeaderLen == 3 && m.Bytes[2] == 0:
		return lengthByte
	case p.Type == mqtt.CONNECT && (bad.Field == "mqtt.clientid_len" || bad.Field == "mqtt.clientid"):
		return connectField
	case p.Type == mqtt.CONNECT && p.Connect.WillFlag() && p.Connect.ClientID != nil && bad.Field == "mqtt.property_len" && bad.Have == 0 && bad.Offset == len(m.Bytes):
		return connectField // the packet ends where the will should begin
	case bad.Clause == "5.0 §2.2.2.2":
		return unknownProperty
	case bad.Clause == "5.0 §2.2.2.1":
		return propertyOverrun
	case bad.Field == "mqtt.property_len":
		return propertyLength
	case within(&p.Props, bad.Offset), p.Type == mqtt.CONNECT && within(&p.Connect.WillProps, bad.Offset):
		return propertyOverrun
	case p.Type == mqtt.PUBLISH && (bad.Field == "mqtt.topic_len" || bad.Field == "mqtt.topic"):
		return topicOverrun
	case p.Type == mqtt.CONNECT && len(bad.Clause) > 5 && bad.Clause[:5] == "MQTT-":
		return connectField
	case p.Type == mqtt.CONNECT && bad.Clause == "3.1 §3.1":
		return connectField
	}
	return overrun
}

// within reports whether offset lies in a property block or right behind it.
func within(ps *mqtt.Properties, offset int) bool {
	return ps.LengthBytes > 0 && offset >= ps.Offset && offset <= ps.Offset+len(ps.Raw)
}

// direction says which side may send a packet type: bit 0 the client, bit 1 the
// server.
func direction(v mqtt.Version, t mqtt.PacketType) sides {
	switch t {
	case mqtt.CONNECT, mqtt.SUBSCRIBE, mqtt.UNSUBSCRIBE, mqtt.PINGREQ:
		return fromClient
	case mqtt.CONNACK, mqtt.SUBACK, mqtt.UNSUBACK, mqtt.PINGRESP:
		return fromServer
	case mqtt.DISCONNECT:
		if v != mqtt.V5 {
			return fromClient
		}
	}
	return fromBoth
}

// misdirected reports whether side from may not send the packet at all. What it
// would mean from the other side is then no fact about the session.
func misdirected(v mqtt.Version, from session.Side, t mqtt.PacketType) bool {
	return direction(v, t)>>from&1 == 0
}
