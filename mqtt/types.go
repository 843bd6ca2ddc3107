package mqtt

import "fmt"

// Version is a protocol version, numbered as in the protocol level byte of
// CONNECT. Zero is unknown: the CONNECT was not seen or names another level.
// Packets of unknown version are laid out as in 3.1.1.
type Version uint8

const (
	V31  Version = 3
	V311 Version = 4
	V5   Version = 5
)

func (v Version) String() string {
	switch v {
	case V31:
		return "3.1"
	case V311:
		return "3.1.1"
	case V5:
		return "5.0"
	case 0:
		return "unknown"
	}
	return fmt.Sprintf("version %d", uint8(v))
}

// PacketType is the control packet type, the upper half of the first byte.
type PacketType uint8

const (
	Reserved0 PacketType = iota // forbidden in every version
	CONNECT
	CONNACK
	PUBLISH
	PUBACK
	PUBREC
	PUBREL
	PUBCOMP
	SUBSCRIBE
	SUBACK
	UNSUBSCRIBE
	UNSUBACK
	PINGREQ
	PINGRESP
	DISCONNECT
	AUTH // 5.0 only, forbidden before
)

var packetTypes = [16]string{
	"RESERVED", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP",
	"SUBSCRIBE", "SUBACK", "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH",
}

func (t PacketType) String() string {
	if int(t) < len(packetTypes) {
		return packetTypes[t]
	}
	return fmt.Sprintf("type 0x%02x", uint8(t))
}

// FixedFlags returns the low half of the first byte that the standard lays down
// for a packet that is no PUBLISH: 2 for PUBREL, SUBSCRIBE and UNSUBSCRIBE (in
// 3.1 that is QoS 1; DUP may join it on a re-send), 0 for all others.
func (t PacketType) FixedFlags() uint8 {
	switch t {
	case PUBREL, SUBSCRIBE, UNSUBSCRIBE:
		return 2
	}
	return 0
}

// QoS is a quality of service as it stands on the wire, 0 to 3; 3 is forbidden.
type QoS uint8

const (
	AtMostOnce  QoS = 0
	AtLeastOnce QoS = 1
	ExactlyOnce QoS = 2
)

func (q QoS) String() string {
	switch q {
	case AtMostOnce:
		return "at most once"
	case AtLeastOnce:
		return "at least once"
	case ExactlyOnce:
		return "exactly once"
	}
	return fmt.Sprintf("QoS %d", uint8(q))
}
