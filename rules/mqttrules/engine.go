package mqttrules

import (
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// Options of an Engine; the zero value is what the standard and experience
// suggest.
type Options struct {
	Catalogue []*Rule      // nil means All
	Limits    rules.Limits // of the book
	// Grace is how long an answer may take, in nanoseconds; 0 means 5 s. Ten
	// round trips are allowed in any case.
	Grace int64
	// Sessions bounds the sessions without an open connection that are
	// remembered; 0 means 100,000.
	Sessions int
}

const second = int64(1_000_000_000)

var slot = flows.NewSlot()

// Engine observes MQTT connections and keeps verdicts in a Book.
type Engine struct {
	flows.Ignore

	opt       Options
	catalogue []*Rule
	book      *rules.Book
	sessions  *sessions
	now       int64 // the latest capture time

	byPacket [6][2][16][]int16 // version, side, packet type: rules with a Check
	byDuty   [6][duties][]int16
	ended    [6][]int16
	closed   [6][]int16

	reporter Reporter
	free     []*Conn
}

// New makes an engine over a catalogue.
func New(opt Options) *Engine {
	if opt.Catalogue == nil {
		opt.Catalogue = All
	}
	if opt.Grace == 0 {
		opt.Grace = 5 * second
	}
	if opt.Sessions == 0 {
		opt.Sessions = 100_000
	}
	e := &Engine{
		opt:       opt,
		catalogue: opt.Catalogue,
		book:      rules.NewBook(list(opt.Catalogue), opt.Limits),
		sessions:  newSessions(opt.Sessions),
	}
	e.reporter = Reporter{engine: e, offset: -1}
	for i, r := range e.catalogue {
		e.index(int16(i), r)
	}
	return e
}

// index enters rule i into the tables by which packets find their rules.
func (e *Engine) index(i int16, r *Rule) {
	for s := range r.Clauses {
		versions := []rules.Standard{s}
		switch s {
		case V31, V311, V5:
		case rules.Field:
			versions = []rules.Standard{V31, V311, V5}
		default:
			continue
		}
		for _, v := range versions {
			for side := range 2 {
				for t := range 16 {
					if r.Check != nil && r.On.sides>>side&1 != 0 && r.On.types>>t&1 != 0 {
						e.byPacket[v][side][t] = append(e.byPacket[v][side][t], i)
					}
				}
			}
			if r.Owes != noDuty {
				e.byDuty[v][r.Owes] = append(e.byDuty[v][r.Owes], i)
			}
			if r.Ended != nil {
				e.ended[v] = append(e.ended[v], i)
			}
			if r.Closed != nil {
				e.closed[v] = append(e.closed[v], i)
			}
		}
	}
}

// Book returns the verdicts so far.
func (e *Engine) Book() *rules.Book { return e.book }

// Catalogue returns the descriptions of all rules of this package.
func Catalogue() []*rules.Rule { return list(All) }

// conn returns the state of a connection, making it at the first event.
func (e *Engine) conn(f *flows.Connection) *Conn {
	if c, ok := slot.Get(f).(*Conn); ok {
		return c
	}
	var c *Conn
	if n := len(e.free); n > 0 {
		c, e.free = e.free[n-1], e.free[:n-1]
	} else {
		c = new(Conn)
	}
	c.Flow = f
	c.Session = &Session{taint: rules.OtherSession}
	if !f.FromStart() {
		c.taint = rules.MidStream
	}
	c.Session.Connections, c.serial = 1, 1
	slot.Put(f, c)
	return c
}

func (e *Engine) tick(t int64) { e.now = max(e.now, t) }

// Opened implements flows.Observer.
func (e *Engine) Opened(c *flows.Connection) { e.tick(c.TCP.FirstTime) }

// Message implements flows.Observer.
func (e *Engine) Message(m *flows.Message) {
	e.tick(m.Time)
	if m.Conn.Proto != flows.MQTT {
		return
	}
	c := e.conn(m.Conn)
	from := side(m)
	s := &c.Sides[from]
	if m.Packet == nil || m.AfterError {
		e.note(c, s, m)
		if m.Err != nil && !m.AfterError {
			e.run(c, m, from, true)
		}
		return
	}
	p := m.Packet
	malformed := m.Err != nil
	c.Fact = session.Fact{}
	switch {
	case p.Type == mqtt.CONNECT:
		e.connect(c, m, malformed)
	case malformed || p.HasID && p.ID == 0:
		// Nothing that follows can be blamed on a packet that is broken
		// itself.
	case p.Type == mqtt.CONNACK:
		e.connack(c, m)
	default:
		c.Fact = c.Session.Apply(from, p, session.Ref(ref(m)))
		e.answered(c, m, from)
	}
	if m.Skipped == 0 {
		e.run(c, m, from, malformed)
	}
	e.after(c, m, from, s)
	if malformed && c.taint == rules.Certain {
		c.taint = rules.AfterError // both sides may now see different messages
	}
	if m.Time-c.swept > second {
		e.sweep(c, m.Time)
	}
}

// note counts a packet that is not judged.
func (e *Engine) note(c *Conn, s *Side, m *flows.Message) {
	s.Packets++
	s.Last = ref(m)
	if s.First.Frame == 0 {
		s.First = s.Last
	}
}

// run shows m to the rules of its version, side and type.
func (e *Engine) run(c *Conn, m *flows.Message, from session.Side, malformed bool) {
	v := m.Conn.Version
	if v < mqtt.V31 || v > mqtt.V5 {
		v = mqtt.V311
	}
	t := m.Bytes[0] >> 4
	r := &e.reporter
	r.conn, r.msg = c, m
	for _, i := range e.byPacket[v][from&1][t] {
		rule := e.catalogue[i]
		if malformed && !rule.OnMalformed {
			continue
		}
		r.rule, r.index, r.side = rule, int(i), judged(rule.Role, from)
		rule.Check(c, m, r)
	}
}

// judged is the side that a rule of that role judges when side s acts.
func judged(role rules.Role, s session.Side) session.Side {
	switch role {
	case rules.Client:
		return client
	case rules.Server:
		return server
	}
	return s
}

// connect takes in a CONNECT: whose connection this is, and what becomes of the
// session that an earlier one has left.
func (e *Engine) connect(c *Conn, m *flows.Message, malformed bool) {
	p := &m.Packet.Connect
	c.Connects++
	c.Connected = Connect{
		Ref: ref(m), Version: m.Conn.Version, Flags: p.Flags, KeepAlive: p.KeepAlive,
		ClientID: string(p.ClientID), Clean: p.CleanSession(), Will: p.WillFlag(),
	}
	if c.Connects > 1 {
		c.owe(owesCloseAfterSecondConnect, server, ref(m))
		return
	}
	c.Connect = ref(m)
	c.owe(owesConnack, server, ref(m))
	if malformed {
		return
	}
	if len(p.ClientID) > 0 {
		s, seen := e.sessions.get(m.Conn.Server(), string(p.ClientID))
		e.attach(c, s, seen)
	} else {
		c.Session.taint = rules.Certain // nobody else can continue a session without a name
		c.Session.Known = true
	}
}

// attach makes s the session of c.
func (e *Engine) attach(c *Conn, s *Session, seen bool) {
	c.Session = s
	s.live = append(s.live, c)
	if !c.bound {
		c.subject[client] = e.book.Subject(rules.Client, c.Flow.Client().Addr.String(), s.ClientID, c.Connect)
		c.bound = true
	}
	s.Carried, s.Cleared, s.Resumed = s.Carried[:0], s.Cleared[:0], false
	left := s.Flights[client].Open()
	left = left[:min(len(left), maxCarried)]
	if c.Connected.Clean {
		s.Cleared = append(s.Cleared, left...)
		s.taint, s.Known = rules.Certain, true
	} else {
		s.Carried = append(s.Carried, left...)
		if !seen {
			s.taint = rules.OtherSession
		}
	}
	s.Session.Connect(c.Connected.Clean)
	c.serial = s.Connections
}

func (e *Engine) connack(c *Conn, m *flows.Message) {
	p := m.Packet
	c.Connacks++
	c.ReturnCode = p.Code
	c.settleFor(e, owesConnack, m)
	if c.Connacks == 1 {
		c.Connack = ref(m)
	}
	if p.Code != 0 {
		c.owe(owesCloseAfterRefusal, server, ref(m))
		return
	}
	c.Accepted = true
	s := c.Session
	switch {
	case c.Connected.Clean:
	case m.Conn.Version == mqtt.V31: // 3.1 does not tell
	case p.SessionPresent:
		s.Resumed = true
	default:
		s.ServerForgot()
		s.Carried = s.Carried[:0]
		if c.taint == rules.Certain {
			s.taint, s.Known = rules.Certain, true
		}
	}
}

// after updates what the connection knows, once the rules have seen m.
func (e *Engine) after(c *Conn, m *flows.Message, from session.Side, s *Side) {
	p := m.Packet
	e.note(c, s, m)
	s.LastType = p.Type
	switch p.Type {
	case mqtt.PINGREQ:
		s.Pings++
		c.owe(owesPingresp, from.Peer(), ref(m))
	case mqtt.PINGRESP:
		s.Pings++
		c.settleFor(e, owesPingresp, m)
	case mqtt.DISCONNECT:
		if s.Disconnect.Frame == 0 {
			s.Disconnect = ref(m)
			if from == client {
				c.owe(owesCloseAfterDisconnect, client, ref(m))
			}
		}
	}
}

// settleFor settles a debt by the packet m and counts the rule as exercised.
func (c *Conn) settleFor(e *Engine, d Duty, m *flows.Message) {
	if _, ok := c.settle(d); ok {
		e.exercised(c, d, side(m))
	}
}

// answered counts the duties that m has fulfilled.
func (e *Engine) answered(c *Conn, m *flows.Message, from session.Side) {
	if c.Fact.Relation != session.Answer || c.Fact.Before.Overdue {
		return
	}
	owner := from.Peer()
	if m.Packet.Type == mqtt.PUBREL {
		owner = from
	}
	if d, by := owed(&c.Fact.Before, owner); by == from {
		e.exercised(c, d, by)
	}
}

// owed says which answer an exchange waits for and from whom.
func owed(x *session.Exchange, owner session.Side) (Duty, session.Side) {
	switch x.Kind {
	case session.QoS1:
		return owesPuback, owner.Peer()
	case session.Subscribe:
		return owesSuback, owner.Peer()
	case session.Unsubscribe:
		return owesUnsuback, owner.Peer()
	}
	switch x.Phase {
	case session.Sent:
		return owesPubrec, owner.Peer()
	case session.Received:
		return owesPubrel, owner
	}
	return owesPubcomp, owner.Peer()
}

func (e *Engine) exercised(c *Conn, d Duty, by session.Side) {
	for _, i := range e.byDuty[versionOf(c)][d] {
		if judged(e.catalogue[i].Role, by) == by {
			e.book.Exercised(e.subject(c, by), int(i))
		}
	}
}

func versionOf(c *Conn) mqtt.Version {
	if v := c.Flow.Version; v >= mqtt.V31 && v <= mqtt.V5 {
		return v
	}
	return mqtt.V311
}

// subject returns whom side s of c is in the book.
func (e *Engine) subject(c *Conn, s session.Side) *rules.Subject {
	if c.subject[s] == nil {
		at := rules.Ref{Frame: c.Flow.TCP.FirstFrame, Time: c.Flow.TCP.FirstTime}
		if s == client {
			c.subject[s] = e.book.Subject(rules.Client, c.Flow.Client().Addr.String(), "", at)
		} else {
			c.subject[s] = e.book.Subject(rules.Server, c.Flow.Server().String(), "", at)
		}
	}
	return c.subject[s]
}

// Gap implements flows.Observer.
func (e *Engine) Gap(g *flows.Gap) {
	e.tick(g.Time)
	if g.Conn.Proto != flows.MQTT {
		return
	}
	c := e.conn(g.Conn)
	c.taint = doubtOf(g)
	c.Session.taint = max(c.Session.taint, c.taint)
}

// Ended implements flows.Observer.
func (e *Engine) Ended(x *flows.End) {
	e.tick(x.Time)
	if x.Conn.Proto != flows.MQTT {
		return
	}
	c := e.conn(x.Conn)
	by := server
	if x.FromClient {
		by = client
	}
	s := &c.Sides[by]
	if s.End.Frame != 0 {
		return
	}
	first := c.Sides[by.Peer()].End.Frame == 0
	if first {
		e.sweep(c, x.Time)
	}
	s.End, s.Reset = rules.Ref{Frame: x.Frame, Time: x.Time}, x.Reset
	r := &e.reporter
	for _, i := range e.ended[versionOf(c)] {
		rule := e.catalogue[i]
		r.conn, r.msg, r.rule, r.index, r.side = c, nil, rule, int(i), judged(rule.Role, by)
		rule.Ended(c, x, r)
	}
	e.closing(c)
}

// closing settles what a close settles: a close by either side fulfils the duty
// to close, and nothing else can be expected after it.
func (e *Engine) closing(c *Conn) {
	for _, d := range c.debts {
		switch d.duty {
		case owesConnack, owesCloseAfterRefusal, owesCloseAfterDisconnect, owesCloseAfterSecondConnect:
			e.exercised(c, d.duty, d.by)
		}
	}
	c.debts = c.debts[:0]
}

// Closed implements flows.Observer.
func (e *Engine) Closed(f *flows.Connection) {
	c, ok := slot.Get(f).(*Conn)
	if !ok {
		return
	}
	if _, _, ended := c.Ended(); !ended {
		e.sweep(c, e.now)
	}
	r := &e.reporter
	for _, i := range e.closed[versionOf(c)] {
		rule := e.catalogue[i]
		r.conn, r.msg, r.rule, r.index, r.side = c, nil, rule, int(i), judged(rule.Role, client)
		rule.Closed(c, r)
	}
	s := c.Session
	s.Last, s.Left = c.Connected, c.Sides[client].Last
	for i, x := range s.live {
		if x == c {
			s.live = append(s.live[:i], s.live[i+1:]...)
			break
		}
	}
	if len(s.live) == 0 {
		e.sessions.rest(s)
	}
	debts := c.debts[:0]
	*c = Conn{debts: debts}
	if len(e.free) < 4096 {
		e.free = append(e.free, c)
	}
}
