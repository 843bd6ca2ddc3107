package s7rules

import (
	"plcscope/flows"
	"plcscope/rules"
)

// Rule is a rule with the way it is checked. Any of the hooks may be nil.
type Rule struct {
	rules.Rule

	// On says which messages Check looks at.
	On Trigger
	// Check looks at one message, after the state of the connection has taken
	// in what it answers and before it has taken in what it asks.
	Check func(c *Conn, m *flows.Message, r *Reporter)

	// Odd says which messages can break the rule. Check is called for those
	// only; all others that On names exercise the rule and cannot break it.
	// 0: Check sees every message.
	Odd oddity
	// Idle is for rules that messages without the oddity do not put to the test.
	Idle bool
	// Agreed is for rules on what the setup has agreed: plain messages exercise
	// them only when it is known.
	Agreed bool

	// OnMalformed lets Check also see messages that break their own lengths, of
	// which only the fields before the fault can be trusted, and bytes at
	// which no TPKT can begin.
	OnMalformed bool

	// Owes makes this the rule that speaks when an answer of this kind does
	// not come in time. Role says whom it judges: the one who owes.
	Owes Duty

	// Ended is asked when one side closes the connection, the first time.
	Ended func(c *Conn, e *flows.End, r *Reporter)
	// Closed is asked once when the connection is over, however it ended.
	Closed func(c *Conn, r *Reporter)
}

// Trigger is a set of shapes and the sides that send them.
type Trigger struct {
	shapes uint32
	sides  uint8 // bit 0 the client, bit 1 the server
}

type sides uint8

const (
	fromClient sides = 1
	fromServer sides = 2
	fromBoth   sides = 3
)

// on names the messages that a rule looks at; without shapes, all of them.
func on(s sides, list ...shape) Trigger {
	t := Trigger{sides: uint8(s)}
	for _, p := range list {
		t.shapes |= 1 << p
	}
	if len(list) == 0 {
		t.shapes = 1<<shapes - 1
	}
	return t
}

// Duty is an answer that one side owes the other.
type Duty uint8

const (
	noDuty Duty = iota
	owesConfirm
	owesAnswer
)

// list returns the descriptions of a catalogue, in its order.
func list(l []*Rule) []*rules.Rule {
	out := make([]*rules.Rule, len(l))
	for i, r := range l {
		out[i] = &r.Rule
	}
	return out
}
