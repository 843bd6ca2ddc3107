package session

import (
	"plcscope/internal/fingerprint"
	"plcscope/mqtt"
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
	Lasts   uint32 // its Message Expiry Interval in seconds, 0 without
	// Again is set when the identifier was free because a message of the same QoS
	// was acknowledged to its end, shortly before on the same connection.
	Again bool
	// Tangled is set when the identifier belonged to an exchange that was still
	// open, or of which an answer may still come: answers can then not be told
	// apart.
	Tangled bool

	Filters uint8    // filters of a SUBSCRIBE or UNSUBSCRIBE, at most 255
	Asked   [8]uint8 // requested QoS of the first eight filters

	Sends    uint16 // how often its first packet was seen, over all connections
	Answers  uint16 // how often its first answer was seen
	Releases uint16 // how often its PUBREL was seen
	Conn     uint32 // connection of the session on which it last moved, from 1

	// Note is for the owner of the session, who sets it; a new exchange has 0.
	Note uint32

	First Ref // the packet that took the identifier
	Last  Ref // the latest sending of it
	Since Ref // the packet that began the present phase

	content content
	order   uint32 // of the first sending among those of its side; 0 when it is not known
	turn    uint32 // place among those that wait for the same kind of packet; 0: does not matter
}

// Same reports whether both can be the same message under the same identifier.
func (e *Exchange) Same(x *Exchange) bool {
	return e.ID == x.ID && e.Kind == x.Kind && e.content.same(x.content)
}

// Content is a fingerprint of what the packet carries, without topic and identifier:
// of QoS and payload, or of the filters.
func (e *Exchange) Content() uint64 { return e.content.body }

// Precedes reports whether e was certainly first sent before x by the same side.
func (e *Exchange) Precedes(x *Exchange) bool {
	if e.First.Frame != x.First.Frame {
		return e.First.Frame < x.First.Frame
	}
	return e.order != 0 && e.order < x.order
}

// Relation is how a packet relates to the exchanges before it.
type Relation uint8

const (
	Apart    Relation = iota // the packet belongs to no exchange
	New                      // it takes a free identifier
	Resent                   // it repeats the packet that took the identifier, or a PUBREL, which is still open
	Crossed                  // it repeats a packet whose exchange has just ended: the two crossed on the way
	Reused                   // it takes an identifier whose exchange is still open
	Answer                   // it is what the exchange was waiting for
	Repeated                 // it answers once more what was answered before
	Mismatch                 // the identifier is in use, but by an exchange that this packet does not answer
	Unknown                  // no exchange has this identifier
)

var relationNames = [...]string{"apart", "new", "resent", "crossed", "reused", "answer", "repeated", "mismatch", "unknown"}

func (r Relation) String() string { return relationNames[r] }

// Fact is what a packet meant to the session.
type Fact struct {
	Relation Relation
	// Exchange is the exchange concerned, as it is after the packet; of a
	// Reused identifier the new one. Valid until the next packet.
	Exchange *Exchange
	// Before is the exchange as it was before the packet: the open one of a
	// Reused identifier, the phase that an Answer ended. Of a Crossed packet
	// only the sendings and the connection are known. Zero if there was none.
	Before Exchange
	// Waited is the time in nanoseconds from the packet that was answered, for
	// an Answer.
	Waited int64
	// FirstUse is set with New when it is certain that the identifier was never
	// in use before: no earlier exchange can have been forgotten.
	FirstUse bool
	// Overtaken is set for an Answer when another message of the kind waited
	// for the same packet at the same time and came later. Ahead is then the
	// answer to it, if that was sent before this one.
	Overtaken bool
	Ahead     Turn
	// Refused is set for a PUBREL whose exchange a failing PUBREC had ended.
	Refused bool
}

// Turn is an answer in the order of answers.
type Turn struct {
	ID       uint16
	Question Ref // what it answered
	Answer   Ref
	number   uint32
}

// content tells the message of an exchange from other messages.
type content struct {
	body  uint64 // fingerprint of QoS and payload, or of the filters
	topic uint32 // fingerprint of the topic; 0 when an alias stood for it
}

// same reports whether two packets can be the same message. A topic alias hides
// the topic, so it equals any.
func (c content) same(d content) bool {
	return c.body == d.body && (c.topic == d.topic || c.topic == 0 || d.topic == 0)
}

func contentOf(p *mqtt.Packet) content {
	if p.Type == mqtt.PUBLISH {
		c := content{body: fingerprint.Of(uint64(p.QoS), p.Payload)}
		if len(p.Topic) > 0 {
			c.topic = uint32(fingerprint.Of(0, p.Topic)) | 1
		}
		return c
	}
	h := uint64(p.Type)
	for i := range p.Filters {
		f := &p.Filters[i]
		h = fingerprint.Of(h^uint64(f.Options)<<32, f.Filter)
	}
	return content{body: h}
}
