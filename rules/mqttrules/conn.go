package mqttrules

import (
	"plcscope/flows"
	"plcscope/flows/tcp"
	"plcscope/mqtt"
	"plcscope/mqtt/broker"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// Sides of a connection, as indexes.
const (
	client = session.Client
	server = session.Server
)

// current is what is known of the packet that is being looked at. All connections of
// an engine share it, since there is one at a time.
type current struct {
	Fact session.Fact // what it meant to the session

	// Publication is what a PUBLISH of the client is to the broker, Delivery what
	// one of the broker delivers; see plcscope/mqtt/broker.
	Publication *broker.Publication
	Delivery    broker.Delivery

	scan scan // what rules have worked out about it
}

// next forgets the packet before.
func (p *current) next() {
	p.Fact, p.Publication, p.Delivery = session.Fact{}, nil, broker.Delivery{}
}

// Conn is what the rules know of one MQTT connection. What each packet asks for comes
// first, so that it takes few lines of the cache: connections take turns.
type Conn struct {
	*current

	Flow    *flows.Connection
	Session *Session // the client's session; a private one until a CONNECT names it
	subject [2]*rules.Subject

	missed     int64           // Engine.missed, as far as it was taken in
	swept      int64           // when debts were last looked at
	serial     uint32          // number of this connection in the session
	ReturnCode mqtt.ReasonCode // of the latest CONNACK
	Accepted   bool            // a CONNACK accepted the client
	taint      rules.Reason    // why the connection is not known whole
	damage     rules.Reason    // as taint, but for packets that were malformed
	bound      bool            // the subject of the client is final
	stranger   bool            // whose connection it is was not seen

	// KeepAlive is the one in force, in nanoseconds; 0 is off. In 5.0 the
	// server may have set it (ServerKeepAlive).
	ServerKeepAlive bool
	KeepAlive       int64

	Connects int // CONNECT packets so far
	Connacks int
	Connect  rules.Ref // the first CONNECT
	Connack  rules.Ref // the first CONNACK
	// TakenBy is the CONNECT by which the client has begun another connection
	// while this one was open.
	TakenBy rules.Ref

	pace   pace
	Sides  [2]Side
	recall recall
	debts  []debt
	said   [2]said // what each side has said, for rules about later packets

	payloads payloads   // what the client's payloads have shown
	offences [2]offence // what each side has not borne with, or must not
	forward  forwarding

	Connected Connect // what the latest CONNECT said
	grants    *Tolerances
	web       web // what WebSocket has shown

	takenFrom  string              // the client endpoint of that other connection
	abandoned  bool                // it was told that the client still used this one
	resent     bool                // what the session carried over was looked after
	absent     bool                // CONNACK has told the client of 5.0 that there is no session
	unlimited  bool                // 5.0: neither side has put a limit on what may be sent
	named      *Session            // where this connection is listed, even when it no longer is the session's
	lastResent [2]session.Exchange // the latest message of before that each side has sent again
	alike      [2]twin             // of each side, what may be a message of before under another identifier
	auth       auth
	terms      [2]terms
}

// Connect is what a CONNECT said, copied from the packet.
type Connect struct {
	rules.Ref
	Version   mqtt.Version
	Level     uint8 // as it stands in the packet; 0 when that is malformed
	Flags     uint8
	KeepAlive uint16 // seconds
	ClientID  string
	Clean     bool
	Will      bool
	Expiry    uint32 // seconds that the session is to outlive the connection, or never
}

// Side is what one end of the connection has done.
type Side struct {
	Packets    uint64          // complete packets sent
	First      rules.Ref       // the first of them
	Last       rules.Ref       // the one before the present packet
	LastType   mqtt.PacketType // its type
	Reset      bool            // End was a RST
	Disconnect rules.Ref       // its DISCONNECT
	acked      receipts        // which of its packets the peer has got
	End        rules.Ref       // its FIN or RST
	Pings      int             // PINGREQ sent by the client, PINGRESP by the server
}

// side is the index of the side that sent m.
func side(m *flows.Message) session.Side {
	if m.FromClient {
		return client
	}
	return server
}

// debt is an answer that is owed, other than those that the session's exchanges
// tell.
type debt struct {
	duty  Duty
	by    session.Side
	since rules.Ref
}

// owe takes note that side by owes an answer since at.
func (c *Conn) owe(d Duty, by session.Side, at rules.Ref) {
	if len(c.debts) < maxDebts {
		c.debts = append(c.debts, debt{d, by, at})
	}
}

// owes reports whether there is a debt of that kind.
func (c *Conn) owes(d Duty) bool {
	for i := range c.debts {
		if c.debts[i].duty == d {
			return true
		}
	}
	return false
}

// settle removes the oldest debt of that kind and returns when it was made.
func (c *Conn) settle(d Duty) (since rules.Ref, ok bool) {
	for i := range c.debts {
		if c.debts[i].duty == d {
			since = c.debts[i].since
			c.debts = append(c.debts[:i], c.debts[i+1:]...)
			return since, true
		}
	}
	return rules.Ref{}, false
}

// receipts tell up to when a side's packets have reached their receiver: a
// packet that was lost behind the capture point obliges nobody.
type receipts struct {
	mark, last uint64 // ends of two packets in the stream of the side
	markAt     int64  // when they were captured
	lastAt     int64
	until      int64 // the receiver has acknowledged all packets up to this time
}

// sent takes note of a packet of direction d that ends at position end.
func (a *receipts) sent(t *tcp.Conn, d tcp.Dir, end uint64, at int64) {
	a.check(t, d)
	if a.markAt <= a.until {
		a.mark, a.markAt = end, at
	}
	a.last, a.lastAt = end, at
}

func (a *receipts) check(t *tcp.Conn, d tcp.Dir) {
	switch {
	case a.lastAt > a.until && t.Acked(d, a.last):
		a.until = a.lastAt
	case a.markAt > a.until && t.Acked(d, a.mark):
		a.until = a.markAt
	}
}

// received reports whether what side s sent at that time has reached the peer.
func (c *Conn) received(s session.Side, at int64) bool {
	d := c.Flow.DirOf(s == client)
	a := &c.Sides[s].acked
	a.check(c.Flow.TCP, d)
	return at <= a.until
}

// unseen reports whether the peer of side s has acknowledged bytes of it that
// are not in the capture, or not yet.
func (c *Conn) unseen(s session.Side) bool {
	d := c.Flow.DirOf(s == client)
	last := c.Sides[s].acked.last
	return c.Flow.TCP.Acked(d, last+c.Flow.Beyond(d, last)+1)
}

// maxDebts bounds the debts of a connection: a client that sends PINGREQ for
// ever to a deaf broker must not fill the memory.
const maxDebts = 64

// FromStart reports whether the connection is in the capture from its handshake
// on, so that "the first packet" means what it says.
func (c *Conn) FromStart() bool { return c.Flow.FromStart() && c.taint != rules.MidStream }

// Ended reports whether either side has closed the connection, and when first.
func (c *Conn) Ended() (at rules.Ref, by session.Side, ok bool) {
	a, b := c.Sides[client].End, c.Sides[server].End
	switch {
	case a.Frame == 0 && b.Frame == 0:
		return rules.Ref{}, 0, false
	case b.Frame == 0 || a.Frame != 0 && a.Frame <= b.Frame:
		return a, client, true
	}
	return b, server, true
}

// ref points at a message.
func ref(m *flows.Message) rules.Ref { return rules.Ref{Frame: m.Frame, Time: m.Time} }
