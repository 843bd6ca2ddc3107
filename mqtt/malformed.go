package mqtt

import (
	"errors"
	"fmt"
)

// ErrShort means that the bytes end before the packet does.
var ErrShort = errors.New("mqtt: packet is cut short")

// ErrTooLong means that a packet cannot be encoded: a string has more than
// 65 535 bytes, or the packet more than 268 435 455 after its fixed header.
var ErrTooLong = errors.New("mqtt: too long to encode")

// Malformed says why the bytes of a packet cannot be assigned to fields. It
// belongs to the Packet whose Decode returned it and is valid until that
// Packet's next Decode; copy the value to keep it.
type Malformed struct {
	Offset int    // of the offending field's first byte, from the packet's first byte
	Field  string // Wireshark's name of that field, "mqtt.topic"
	Reason string // a sentence without the numbers: "runs past the end of the packet"
	Clause string // what it breaks, in the version decoded
	Need   int    // bytes that the field announces, 0 where that is not the point
	Have   int    // bytes that are left for it
}

func (m *Malformed) Error() string {
	if m.Need > 0 {
		return fmt.Sprintf("%s at byte %d %s: needs %d, has %d [%s]", m.Field, m.Offset, m.Reason, m.Need, m.Have, m.Clause)
	}
	return fmt.Sprintf("%s at byte %d %s [%s]", m.Field, m.Offset, m.Reason, m.Clause)
}

// clauses is the same requirement in the three versions.
type clauses struct{ v31, v311, v5 string }

func (c *clauses) in(v Version) string {
	switch v {
	case V31:
		return c.v31
	case V5:
		return c.v5
	}
	return c.v311
}

// The requirements that decoding itself can find broken.
var (
	clauseLength    = clauses{"3.1 §2.1", "3.1.1 §2.2.3", "5.0 §2.1.4"} // fields lie within the Remaining Length
	clauseVarint    = clauses{"3.1 §2.1", "3.1.1 §2.2.3", "5.0 §1.5.5"} // at most four bytes
	clauseType      = clauses{"3.1 §2.1", "3.1.1 §2.2.1", "5.0 §2.1.2"}
	clauseClientID  = clauses{"3.1 §3.1", "MQTT-3.1.3-3", "MQTT-3.1.3-3"}
	clauseWill      = clauses{"3.1 §3.1", "MQTT-3.1.2-9", "MQTT-3.1.2-9"}
	clauseUserName  = clauses{"3.1 §3.1", "MQTT-3.1.2-19", "MQTT-3.1.2-17"}
	clausePassword  = clauses{"3.1 §3.1", "MQTT-3.1.2-21", "MQTT-3.1.2-19"}
	clauseHasProps  = clauses{v5: "MQTT-2.2.2-1"}
	clausePropsFit  = clauses{v5: "5.0 §2.2.2.1"}
	clausePropKnown = clauses{v5: "5.0 §2.2.2.2"}
)

const (
	pastEnd    = "runs past the end of the packet"
	varintLong = "takes more than four bytes"
)
