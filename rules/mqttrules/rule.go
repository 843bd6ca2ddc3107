package mqttrules

import (
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// Standards of the catalogue, under the names of their versions.
const (
	V31  = rules.V31
	V311 = rules.V311
	V5   = rules.V5
)

// Rule is a rule with the way it is checked. Any of the hooks may be nil.
type Rule struct {
	rules.Rule

	// On says which packets Check looks at.
	On Trigger
	// Check looks at one packet, after the state of the connection and the
	// session has taken it in (Conn.Fact says what it meant).
	Check func(c *Conn, m *flows.Message, r *Reporter)

	// Acked leaves out PUBLISH packets of QoS 0, which no exchange knows, and
	// Unacked those of QoS 1 and 2.
	Acked, Unacked bool

	// Odd says which packets can break the rule, where that can be told at a
	// glance. Check is called for those only; all others that On names cannot
	// break it. They exercise the rule on the occasion of When, but for those
	// of Idle. A rule that they exercise judges who sent the packet. 0: Check
	// sees every packet.
	Odd  oddity
	Idle Trigger
	When occasion

	// OnMalformed lets Check also see packets whose fields do not fit their
	// length, of which only the fields before the fault can be trusted.
	OnMalformed bool

	// OnUnframed lets Check also see bytes at which no packet can begin; the
	// message has then no Packet. It includes OnMalformed.
	OnUnframed bool

	// AnyVersion is for rules that look only at what all versions share, so
	// that they are sure of themselves without a CONNECT.
	AnyVersion bool

	// Delivered looks at a message where the broker delivers it to a client
	// whose subscriptions are in the capture, and which has all of About.
	About     legs
	Delivered func(c *Conn, m *flows.Message, f *forwarded, r *Reporter)

	// Owes makes this the rule that speaks when an answer of this kind does
	// not come in time; the engine keeps the times. Role and Needs say whom
	// it judges: the one who owes.
	Owes Duty

	// Offence makes this the rule that speaks when the receiver of a packet
	// that cannot be borne goes on as if nothing were wrong. It says what is
	// wrong with m, or nothing, and is asked only for packets that are broken
	// or out of the ordinary. Of several rules that know, the first speaks.
	Offence  func(c *Conn, m *flows.Message) (what string)
	Leniency Leniency

	// Ended is asked when one side closes the connection, before debts are
	// settled.
	Ended func(c *Conn, e *flows.End, r *Reporter)
	// Closed is asked once when the connection is over, however it ended.
	Closed func(c *Conn, r *Reporter)
}

// Trigger is a set of packet types and the sides that send them.
type Trigger struct {
	types uint16
	sides uint8 // bit 0 the client, bit 1 the server
}

type sides uint8

const (
	fromClient sides = 1
	fromServer sides = 2
	fromBoth   sides = 3
)

// has reports whether the packets that a side sends of a type are in t.
func (t Trigger) has(side session.Side, p mqtt.PacketType) bool {
	return t.sides>>side&1 != 0 && t.types>>p&1 != 0
}

// everything is all packets of both sides.
var everything = on(fromBoth)

// on names the packets that a rule looks at; without types, all of them.
func on(s sides, types ...mqtt.PacketType) Trigger {
	t := Trigger{sides: uint8(s)}
	for _, p := range types {
		t.types |= 1 << p
	}
	if len(types) == 0 {
		t.types = 0xFFFF
	}
	return t
}

// Duty is an answer that one side owes the other.
type Duty uint8

const (
	noDuty Duty = iota
	owesConnack
	owesPuback
	owesPubrec
	owesPubrel
	owesPubcomp
	owesSuback
	owesUnsuback
	owesPingresp
	owesCloseAfterRefusal       // a server that refused a CONNECT
	owesCloseAfterDisconnect    // who said DISCONNECT
	owesCloseAfterSecondConnect // a server that got a second CONNECT
	owesCloseAfterTakeover      // a server whose client has connected anew
	owesResend                  // who resumes a session with messages that were not acknowledged
	owesSharedResend            // a server that continues a session, of QoS 2 messages of shared subscriptions
	owesPubrecAgain             // who gets a QoS 2 message again before its PUBREL
	owesIdleUnsuback            // a server whose client has nothing to unsubscribe from
	owesEveryAck                // a client that has acknowledged later messages
	owesCompletion              // a server whose client has sent UNSUBSCRIBE meanwhile
	owesStored                  // a client that resumes a session with several messages and takes up none
	owesAckOfReuse              // who gets a QoS 1 message whose identifier it has acknowledged before
	owesRecOfReuse              // who gets a QoS 2 message whose identifier it has freed before
	owesPubrelExpired           // who has sent a QoS 2 message that has expired since
	owesPubcompExpired          // who has received one
	owesCloseAfterClientID      // a server that refused a client identifier
	owesCloseAfterCheck         // a server of 5.0 that refused a CONNECT for what it asks or whose it is
	owesCloseAfterInvented      // a server of 3.1.1 that refused a CONNECT by a code of its own
	owesCloseAfterError         // who said DISCONNECT for an error
	owesCloseAfterMethod        // a server that does not know an authentication method
	owesCloseAfterAuth          // a server that refused a client in the course of its authentication
	owesCloseAfterReauth        // who ended the connection in the course of an authentication anew
	duties
)

// closes reports whether a close of the connection is what the debtor owes, or
// instead of it.
func (d Duty) closes() bool {
	return d == owesConnack || d >= owesCloseAfterRefusal && d <= owesCloseAfterTakeover || d >= owesCloseAfterClientID
}

// list returns the descriptions of a catalogue, in its order.
func list(l []*Rule) []*rules.Rule {
	out := make([]*rules.Rule, len(l))
	for i, r := range l {
		out[i] = &r.Rule
	}
	return out
}
