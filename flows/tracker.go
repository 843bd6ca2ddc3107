package flows

import (
	"plcscope/decode"
	"plcscope/flows/tcp"
	"plcscope/internal/wire"
	"plcscope/mqtt"
	"plcscope/mqtt/websocket"
	"plcscope/s7comm"
)

// Options of a Tracker; the zero value is what most captures need.
type Options struct {
	TCP tcp.Options
	// DecodeAs rules which protocol a port carries, whatever its bytes look like.
	DecodeAs DecodeAs
	// MaxMessage bounds the bytes kept of one message; 0 means 1 MiB. What lies
	// behind is counted and passed over, and the message is marked.
	MaxMessage int
	// Only, unless Undecided, is the one protocol that is cut into messages;
	// connections that carry another are followed, and that is all.
	Only Protocol
	// Trees are the fields that messages carry in a tree. All of them cost about as
	// much again as decoding. A message of a protocol that has none of them has no
	// tree; nil: no message has.
	Trees *wire.Selection
}

// Stats counts what a tracker met.
type Stats struct {
	TCP       tcp.Stats
	Messages  uint64
	MQTT      uint64
	ISO       uint64
	Malformed uint64
	Oversized uint64 // messages beyond Options.MaxMessage

	// Of connections that are closed:
	MidStream     uint64 // those whose start is not in the capture
	Encrypted     uint64 // those that carry TLS
	Compressed    uint64 // WebSockets on which messages were compressed, or otherwise packed
	Retransmitted uint64 // segments that brought nothing new
	OutOfOrder    uint64 // segments captured after later ones
	Duplicates    uint64 // frames that a mirror port showed twice
	Gaps          uint64 // holes in the streams
	GapBytes      uint64 // their size where it is known
}

// join adds the counts of a tracker of another lane. Those of connections at a time are
// sums, too: there were no more.
func (s *Stats) join(o Stats) {
	s.TCP.Add(o.TCP)
	s.Messages += o.Messages
	s.MQTT += o.MQTT
	s.ISO += o.ISO
	s.Malformed += o.Malformed
	s.Oversized += o.Oversized
	s.MidStream += o.MidStream
	s.Encrypted += o.Encrypted
	s.Compressed += o.Compressed
	s.Retransmitted += o.Retransmitted
	s.OutOfOrder += o.OutOfOrder
	s.Duplicates += o.Duplicates
	s.Gaps += o.Gaps
	s.GapBytes += o.GapBytes
}

// Tracker turns segments into events. It is not safe for concurrent use.
type Tracker struct {
	opt       Options
	table     *tcp.Table
	observers []Observer
	stats     Stats
	now       int64 // the latest capture time

	mqttTrees bool // Options.Trees has fields of MQTT, or of WebSocket
	isoTrees  bool // and of ISO-on-TCP

	msg      Message
	tree     wire.Tree
	packet   mqtt.Packet
	pdu      s7comm.PDU
	frames   []uint64
	late     decode.Segment // see deliver
	plain    []byte         // what a part of a WebSocket frame holds, unmasked
	httpHead websocket.Head
	partials []*partial
	free     []*Connection
	isoFree  []*isoState
	upgrades []*upgrade // of closed connections
}

// New makes a tracker that calls the observers in the order given.
func New(opt Options, observers ...Observer) *Tracker {
	if opt.MaxMessage == 0 {
		opt.MaxMessage = 1 << 20
	}
	t := &Tracker{opt: opt, observers: observers}
	t.mqttTrees = opt.Trees.HasAny(&mqtt.Fields) || opt.Trees.HasAny(&websocket.Fields)
	t.isoTrees = opt.Trees.HasAny(&s7comm.Fields)
	t.tree.Limit(opt.Trees)
	t.table = tcp.New(opt.TCP, (*sink)(t))
	return t
}

// Add takes the next segment in capture order.
func (t *Tracker) Add(s *decode.Segment) {
	t.now = max(t.now, s.Time)
	t.table.Add(s)
}

// current is the connection of the segment that was added last.
func (t *Tracker) current() *Connection {
	if tc := t.table.Last(); tc != nil {
		return tc.User.(*Connection)
	}
	return nil
}

// Clock is an Observer that wants to know how far the capture goes, beyond what it was
// shown.
type Clock interface {
	// Until is called before the capture ends: it has shown everything until time t.
	Until(t int64)
}

// Until takes note that the capture has shown everything until time t. It is called
// before Flush, by who knows of frames that did not come here.
func (t *Tracker) Until(now int64) {
	t.now = max(t.now, now)
	for _, o := range t.observers {
		if c, ok := o.(Clock); ok {
			c.Until(now)
		}
	}
}

// Flush ends the capture: what is buffered is delivered and every connection is
// closed.
func (t *Tracker) Flush() { t.table.Flush() }

// Stats returns the counters so far.
func (t *Tracker) Stats() Stats {
	s := t.stats
	s.TCP = t.table.Stats()
	return s
}

// sink receives the streams; it is the Tracker without showing its methods.
type sink Tracker

func (k *sink) Opened(tc *tcp.Conn, s *decode.Segment) {
	t := (*Tracker)(k)
	var c *Connection
	if n := len(t.free); n > 0 {
		c, t.free = t.free[n-1], t.free[:n-1]
	} else {
		c = new(Connection)
	}
	c.TCP = tc
	c.clientCertain = tc.InitiatorKnown
	tc.User = c
	t.decideByPort(c)
	for _, o := range t.observers {
		o.Opened(c)
	}
}

func (k *sink) Data(tc *tcp.Conn, d tcp.Dir, b []byte, s *decode.Segment) {
	t := (*Tracker)(k)
	c := tc.User.(*Connection)
	c.halves[d].base = s.PayloadSeq() + uint32(len(s.Payload)-len(b)) - uint32(c.halves[d].pos)
	if c.upgrade != nil {
		t.deframe(c, d, b, s)
		return
	}
	switch c.Proto {
	case MQTT, ISO:
		if c.halves[d].serial == 0 {
			if t.reconsider(c, d, b) {
				t.decideByContent(c, d, b, s)
				return
			}
		}
		if c.Proto != MQTT && c.Proto != ISO {
			return
		}
		if t.opt.Only != Undecided && c.Proto != t.opt.Only {
			c.halves[d].serial++ // its first bytes were looked at
			return
		}
		t.feed(c, d, b, s)
	case Undecided:
		t.decideByContent(c, d, b, s)
	}
}

func (k *sink) Gap(tc *tcp.Conn, d tcp.Dir, n int64, why tcp.GapReason, s *decode.Segment) {
	t := (*Tracker)(k)
	c := tc.User.(*Connection)
	var framed bool
	if c.upgrade != nil {
		framed = t.frameHole(c, d, n, s)
	} else {
		framed = t.hole(c, d, n, s)
	}
	g := Gap{Conn: c, Dir: d, FromClient: d == c.client, Bytes: n, Why: why, Time: t.now, Framed: framed}
	if s != nil {
		g.Frame, g.Time = s.Frame, s.Time
	}
	for _, o := range t.observers {
		o.Gap(&g)
	}
}

func (k *sink) End(tc *tcp.Conn, d tcp.Dir, s *decode.Segment, rst bool) {
	t := (*Tracker)(k)
	c := tc.User.(*Connection)
	if c.upgrade != nil && c.upgrade.sides[d].ended {
		return // it has said so by a frame before
	}
	e := End{Conn: c, Dir: d, FromClient: d == c.client, Reset: rst, Frame: s.Frame, Time: s.Time}
	for _, o := range t.observers {
		o.Ended(&e)
	}
}

func (k *sink) Closed(tc *tcp.Conn) {
	t := (*Tracker)(k)
	c := tc.User.(*Connection)
	for _, o := range t.observers {
		o.Closed(c)
	}
	t.stats.add(c)
	for d := range c.halves {
		if p := c.halves[d].partial; p != nil {
			t.freePartial(p)
		}
	}
	if c.iso != nil && len(t.isoFree) < 64 {
		c.iso.reset()
		t.isoFree = append(t.isoFree, c.iso)
	}
	if c.upgrade != nil {
		t.freeUpgrade(c.upgrade)
	}
	*c = Connection{}
	tc.User = nil
	if len(t.free) < 4096 {
		t.free = append(t.free, c)
	}
}

// add sums what a connection that is over has counted.
func (s *Stats) add(c *Connection) {
	if !c.FromStart() {
		s.MidStream++
	}
	if c.Proto == TLS {
		s.Encrypted++
	}
	if w := c.WebSocket; w != nil && w.Sent[0].Unreadable+w.Sent[1].Unreadable > 0 {
		s.Compressed++
	}
	for i := range c.TCP.Half {
		h := &c.TCP.Half[i]
		s.Retransmitted += uint64(h.Retransmissions)
		s.OutOfOrder += uint64(h.OutOfOrder)
		s.Duplicates += uint64(h.Duplicates)
		s.Gaps += uint64(h.Gaps)
		s.GapBytes += uint64(h.GapBytes)
	}
}

// emit decodes one message and shows it to the observers. bad is set when the
// bytes could not even be delimited.
func (t *Tracker) emit(c *Connection, d tcp.Dir, h *half, b []byte, skipped int, pos, firstFrame uint64, firstTime int64, s *decode.Segment, bad error) {
	h.serial++
	t.stats.Messages++
	m := &t.msg
	m.Conn, m.Dir = c, d
	m.Number, m.Serial = t.stats.Messages, h.serial
	m.FirstFrame, m.FirstTime, m.Pos, m.End = firstFrame, firstTime, pos, h.pos+uint64(h.skip)
	m.Seq = h.base + uint32(pos)
	m.Carrier = Carrier{}
	if c.upgrade != nil {
		m.Begins = c.upgrade.sides[d].begins
		m.Carrier = c.upgrade.sides[d].carry(m.End)
	}
	m.Frames = t.frames
	if s != nil {
		m.Frame, m.Time = s.Frame, s.Time
	} else { // what follows of the message is not in the capture
		m.Frame, m.Time = t.late.Frame, t.late.Time
	}
	m.Segment = s
	m.Bytes, m.Skipped = b, skipped
	m.Framing = Anchored
	if h.found {
		m.Framing = Found
	}
	m.AfterError = h.broken
	m.Packet, m.PDU, m.Request, m.Tree, m.Err = nil, nil, nil, nil, bad
	if t.mqttTrees && c.Proto == MQTT || t.isoTrees && c.Proto == ISO {
		t.tree.Reset()
		m.Tree = &t.tree
		if c.upgrade != nil {
			c.upgrade.sides[d].dissect(m)
		}
	}
	if c.Proto == MQTT {
		t.stats.MQTT++
		t.decodeMQTT(c, d, m)
		m.Version = c.Version
		if m.Err != nil {
			h.broken = true // the sender may think of other borders than we do
		}
	} else {
		t.stats.ISO++
		t.decodeISO(c, d, m)
	}
	if m.Err != nil {
		t.stats.Malformed++
	}
	m.FromClient = d == c.client
	for _, o := range t.observers {
		o.Message(m)
	}
}

// unknownVersion marks packets of a connection whose CONNECT was not captured.
var unknownVersion = mqtt.Fields.Lookup("mqtt.unknown_version")

func (t *Tracker) decodeMQTT(c *Connection, d tcp.Dir, m *Message) {
	if m.Err != nil {
		return
	}
	b := m.Bytes
	p := &t.packet
	if c.Version == 0 || c.VersionGuessed {
		if mqtt.PacketType(b[0]>>4) != mqtt.CONNECT {
			t.guessVersion(c, d, b)
		}
	}
	var err error
	if m.Tree != nil {
		err = p.Dissect(b, c.Version, m.Tree)
		if c.VersionGuessed && p.Type != mqtt.CONNECT {
			m.Tree.Data(unknownVersion, 0, nil) // decoded by a guess, but not known
		}
	} else {
		err = p.Decode(b, c.Version)
	}
	m.Packet = p
	if err != nil && m.Skipped == 0 { // a message that the capture cut short is not malformed
		m.Err = err
	}
	switch p.Type {
	case mqtt.CONNECT:
		if v := p.Version; v != 0 {
			c.Version, c.VersionGuessed = v, false
		}
		t.clientIs(c, d)
	case mqtt.SUBSCRIBE, mqtt.UNSUBSCRIBE, mqtt.PINGREQ:
		t.clientIs(c, d)
	case mqtt.CONNACK, mqtt.SUBACK, mqtt.UNSUBACK, mqtt.PINGRESP:
		t.clientIs(c, d.Peer())
	}
}

// guessVersion settles on a version for a connection whose CONNECT is not in the
// capture. 3.1.1 stands until a packet shows otherwise: its packets are those of
// 3.1, and 5.0 betrays itself by properties.
func (t *Tracker) guessVersion(c *Connection, d tcp.Dir, b []byte) {
	v, sure := mqtt.GuessVersion(b, d != c.client)
	switch {
	case sure:
		c.Version = v
	case c.Version == 0:
		c.Version = mqtt.V311
	}
	c.VersionGuessed = true
}

func (t *Tracker) decodeISO(c *Connection, d tcp.Dir, m *Message) {
	if c.iso == nil {
		if n := len(t.isoFree); n > 0 {
			c.iso, t.isoFree = t.isoFree[n-1], t.isoFree[:n-1]
		} else {
			c.iso = new(isoState)
		}
	}
	p := &t.pdu
	m.PDU = p
	if m.Err != nil {
		return
	}
	c.iso.assembler[d].Frame = m.Frame
	var err error
	if m.Tree != nil {
		err = p.Dissect(m.Bytes, &c.iso.assembler[d], m.Tree)
	} else {
		err = p.Decode(m.Bytes, &c.iso.assembler[d])
	}
	if err != nil && m.Skipped == 0 {
		m.Err = err
	}
	switch p.COTP.Type {
	case s7comm.CR:
		t.clientIs(c, d)
	case s7comm.CC:
		t.clientIs(c, d.Peer())
	}
	if p.Kind == s7comm.KindS7 {
		fromClient := d == c.client
		if r, ok := c.iso.transactions.Answered(fromClient, p); ok {
			m.Request = r
		}
		c.iso.transactions.Sent(fromClient, p, m.Frame, m.Time)
	}
}

// clientIs takes note of which side behaves like a client, unless the handshake
// has told.
func (t *Tracker) clientIs(c *Connection, d tcp.Dir) {
	if !c.clientCertain {
		c.client, c.clientCertain = d, true
	}
}
