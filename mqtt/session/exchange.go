package session

import (
	"encoding/binary"
	"math/bits"
)

// Side is an end of the session.
type Side uint8

const (
	Client Side = iota
	Server
)

// Peer is the other side.
func (s Side) Peer() Side { return s ^ 1 }

func (s Side) String() string { return [...]string{"client", "server"}[s&1] }

// Ref points at a packet in the capture.
type Ref struct {
	Frame uint64 // 0: none
	Time  int64  // nanoseconds since 1970-01-01 UTC
}

// Kind is what an exchange is about.
type Kind uint8

const (
	QoS1 Kind = iota
	QoS2
	Subscribe
	Unsubscribe
)

func (k Kind) String() string {
	return [...]string{"QoS 1 PUBLISH", "QoS 2 PUBLISH", "SUBSCRIBE", "UNSUBSCRIBE"}[k]
}

// Phase is how far an exchange has come, and therefore who owes the next packet.
type Phase uint8

const (
	Sent     Phase = iota // the receiver owes PUBACK, PUBREC, SUBACK or UNSUBACK
	Received              // PUBREC was seen: the sender owes PUBREL
	Released              // PUBREL was seen: the receiver owes PUBCOMP
)

// Exchange is one use of a packet identifier, from the packet that takes it to
// the acknowledgement that frees it.
type Exchange struct {
	ID    uint16
	Kind  Kind
	Phase Phase

	// Overdue is for the owner of the session: the answer that is owed now was
	// reported missing.
	Overdue bool
	// Lapsed is set when the other side has declared that it knows nothing of
	// the exchange; its identifier may be taken again.
	Lapsed bool
	// Expires is set for a 5.0 PUBLISH with a Message Expiry Interval: its
	// sender may drop it one day.
	Expires bool

	Filters uint8    // filters of a SUBSCRIBE or UNSUBSCRIBE, at most 255
	Asked   [8]uint8 // requested QoS of the first eight filters

	Sends   uint16 // how often its first packet was seen, over all connections
	Answers uint16 // how often its first answer was seen
	Conn    uint32 // connection of the session on which it last moved, from 1

	First Ref // the packet that took the identifier
	Last  Ref // the latest sending of it
	Since Ref // the packet that began the present phase

	// Content is a fingerprint of topic and payload (in 5.0 of the payload
	// alone), or of the filters: equal for a packet that is sent again.
	Content uint64
}

// Relation is how a packet relates to the exchanges before it.
type Relation uint8

const (
	Apart    Relation = iota // the packet belongs to no exchange
	New                      // it takes a free identifier
	Resent                   // it repeats the packet that took the identifier, which is still open
	Crossed                  // it repeats a packet whose exchange has just ended: the two crossed on the way
	Reused                   // it takes an identifier whose exchange is still open
	Answer                   // it is what the exchange was waiting for
	Repeated                 // it answers once more what was answered before
	Mismatch                 // the identifier is in use, but by an exchange that this packet does not answer
	Unknown                  // no exchange has this identifier
)

// Fact is what a packet meant to the session.
type Fact struct {
	Relation Relation
	// Exchange is the exchange concerned, as it is after the packet; of a
	// Reused identifier the new one. Valid until the next packet.
	Exchange *Exchange
	// Before is the exchange as it was before the packet: the open one of a
	// Reused identifier, the phase that an Answer ended. Zero if there was none.
	Before Exchange
	// Waited is the time in nanoseconds from the packet that was answered, for
	// an Answer.
	Waited int64
	// FirstUse is set with New when it is certain that the identifier was never
	// in use before: no earlier exchange can have been forgotten.
	FirstUse bool
}

// fingerprint condenses bytes into 64 bits. It only has to tell different
// messages of one sender apart; it is not secure against one who forges.
func fingerprint(h uint64, b []byte) uint64 {
	const k0, k1 = 0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93
	h ^= uint64(len(b)) * k0
	for ; len(b) >= 8; b = b[8:] {
		h = bits.RotateLeft64((h^binary.LittleEndian.Uint64(b))*k1, 31)
	}
	var tail uint64
	for i, c := range b {
		tail |= uint64(c) << (8 * i)
	}
	h = (h ^ tail) * k1
	return h ^ h>>32
}
