package s7rules

import (
	"plcscope/flows"
	"plcscope/rules"
	"plcscope/s7comm"
)

// side is one end of a connection, an index.
type side uint8

const (
	client side = 0 // who opened the connection: HMI, SCADA, programming device
	server side = 1 // the controller
)

func (s side) peer() side { return s ^ 1 }

func (s side) String() string {
	if s == client {
		return "client"
	}
	return "server"
}

func sideOf(m *flows.Message) side {
	if m.FromClient {
		return client
	}
	return server
}

// Conn is what the rules know of one ISO-on-TCP connection.
type Conn struct {
	// What every message needs stands together.
	Flow      *flows.Connection
	TPDUSize  int           // agreed by both, 0 when it is not known
	open      [2][]question // by sender, oldest first
	plain     [2]plain
	swept     int64
	Setups    int // setup jobs so far
	Agreed    Agreed
	Waiting   int // jobs of the sender of the present job that are not answered
	taint     rules.Reason
	missed    int64 // Engine.missed, as far as it was taken in
	forgotten bool  // a question was dropped because too many were open
	owes      bool  // the server owes a CC
	Fact      Fact  // what the present message answers
	Sides     [2]Side

	Connects int       // CR so far
	Request  Handshake // the first CR
	Confirm  Handshake // the first CC
	Refusal  rules.Ref // DR or ER instead of it
	Asked    s7comm.Setup

	instead [2]rules.Ref // the job that a side sent last when it had given others up
	chain   chain
	blocks  transfers
	at      *pair // counts the connections of the client to the server
	subject [2]*rules.Subject
}

// plain counts the latest plain messages of a side, as long as they are alike, so
// that the book, which lies elsewhere in memory, need not be opened for each.
type plain struct {
	hooks *hooks
	after int // 1 when the setup has been agreed on
	count uint64
}

// Handshake is what a CR or CC said.
type Handshake struct {
	rules.Ref
	DstRef, SrcRef  uint16
	TPDUSize        int // 0: not named
	calling, called [maxTSAP]byte
	callingLen      int
	calledLen       int
}

// maxTSAP bounds what is kept of a TSAP.
const maxTSAP = 32

func (h *Handshake) take(m *flows.Message) {
	t := &m.PDU.COTP
	h.Ref, h.DstRef, h.SrcRef, h.TPDUSize = ref(m), t.DstRef, t.SrcRef, t.TPDUSize
	h.callingLen, h.calledLen = copy(h.calling[:], t.CallingTSAP), copy(h.called[:], t.CalledTSAP)
}

// Calling and Called are the TSAPs.
func (h *Handshake) Calling() s7comm.TSAP { return h.calling[:h.callingLen] }
func (h *Handshake) Called() s7comm.TSAP  { return h.called[:h.calledLen] }

// Agreed is what the answer to a setup has granted.
type Agreed struct {
	rules.Ref
	Known bool
	PDU   int // longest S7 message in bytes
	Jobs  int // that a side may leave unanswered, the larger of the two numbers
}

// Side is what one end of the connection has done.
type Side struct {
	Messages uint64    // S7 messages sent
	First    rules.Ref // the first TPDU
	Last     rules.Ref // the TPDU before the present one
	name     lastName
	End      rules.Ref // its FIN or RST
	Reset    bool      // it was a RST
	end      uint64    // where its last TPDU ends in its stream
}

// lastName is what the last message of a side was, to be put into words when it is
// asked for.
type lastName struct {
	shape    shape
	rosctr   s7comm.ROSCTR
	function s7comm.Function
	tpdu     s7comm.TPDUType
}

func (n lastName) String() string {
	switch {
	case n.shape >= push && n.shape <= response:
		return "Userdata"
	case n.shape >= jobRead && n.shape != ack && n.shape != oddROSCTR:
		return n.rosctr.String() + " " + n.function.String()
	case n.shape >= jobRead:
		return n.rosctr.String()
	case n.shape == unframed:
		return "bytes"
	}
	return n.tpdu.String()
}

// Fact says what the present message answers.
type Fact struct {
	Known    bool // it answers Question
	Lapsed   bool // it may answer one that proves nothing
	Question question
}

// question is a job or a userdata request that waits for its answer.
type question struct {
	rules.Ref
	end      uint64 // where it ends in its sender's stream
	repeated uint32 // segments that its sender had sent again by then
	szl      uint32 // identifier and index of the status list asked for
	ref      uint16
	items    uint8
	function s7comm.Function
	group    s7comm.Group
	sub      uint8
	userdata bool
	lapsed   bool // malformed, or its reference was used again: what comes proves nothing
	unsure   bool // a hole in the capture may hide its answer
	overdue  bool // that it waits too long was reported
	givenUp  bool // its sender has sent another, though it may not before this is answered
}

func (q *question) String() string {
	if q.userdata {
		return q.group.String() + " " + s7comm.SubfunctionName(q.group, q.sub)
	}
	return q.function.String()
}

// maxOpen bounds the questions of one side that are remembered.
const maxOpen = 64

// find returns the index of the question of side s that a message with that
// reference answers, or -1. Of several with the same reference the latest counts.
func (c *Conn) find(s side, ref uint16, userdata bool) int {
	l := c.open[s]
	for i := len(l) - 1; i >= 0; i-- {
		if q := &l[i]; q.ref == ref && q.userdata == userdata {
			return i
		}
	}
	return -1
}

// FromStart reports whether the connection is in the capture from its handshake
// on, so that "the first message" means what it says.
func (c *Conn) FromStart() bool { return c.Flow.FromStart() && c.taint != rules.MidStream }

// Ended reports whether either side has closed the connection, and when first.
func (c *Conn) Ended() (at rules.Ref, by side, ok bool) {
	a, b := c.Sides[client].End, c.Sides[server].End
	switch {
	case a.Frame == 0 && b.Frame == 0:
		return rules.Ref{}, 0, false
	case b.Frame == 0 || a.Frame != 0 && a.Frame <= b.Frame:
		return a, client, true
	}
	return b, server, true
}

// doubt takes note that the capture does not show c whole.
func (c *Conn) doubt(why rules.Reason) {
	if c.taint == rules.Certain {
		c.taint = why
	}
	for s := range c.open {
		for i := range c.open[s] {
			c.open[s][i].unsure = true
		}
	}
}

// acked reports whether what side s has sent up to position end has reached its peer.
func (c *Conn) acked(s side, end uint64) bool {
	return c.Flow.TCP.Acked(c.Flow.DirOf(s == client), end)
}

// unseen reports whether the peer of side s has acknowledged bytes of it that are
// not in the capture, or not yet.
func (c *Conn) unseen(s side) bool {
	d := c.Flow.DirOf(s == client)
	have, _ := c.Flow.Pending(d)
	return c.Flow.TCP.Acked(d, c.Sides[s].end+uint64(have)+1)
}

// repeated counts the segments that side s has sent again.
func (c *Conn) repeated(s side) uint32 {
	return c.Flow.TCP.Half[c.Flow.DirOf(s == client)].Retransmissions
}

// ref points at a message.
func ref(m *flows.Message) rules.Ref { return rules.Ref{Frame: m.Frame, Time: m.Time} }

// at points at a close.
func at(e *flows.End) rules.Ref { return rules.Ref{Frame: e.Frame, Time: e.Time} }
