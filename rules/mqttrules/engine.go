package mqttrules

import (
	"plcscope/flows"
	"plcscope/flows/tcp"
	"plcscope/mqtt"
	"plcscope/mqtt/broker"
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
	Tolerances
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
	strangers flows.Strangers
	wills     wills
	brokers   brokers
	now       int64 // the latest capture time
	missed    int64 // until when the capture has lost frames, see Missed

	*index

	current  current
	reporter Reporter
	conns    flows.States[Conn]
}

// New makes an engine over a catalogue.
func New(opt Options) *Engine {
	var x *index
	if opt.Catalogue == nil {
		opt.Catalogue, x = All, ofAll()
	} else {
		x = newIndex(opt.Catalogue)
	}
	if opt.Grace == 0 {
		opt.Grace = 5 * second
	}
	opt.Tolerances.setDefaults(opt.Grace)
	if opt.Sessions == 0 {
		opt.Sessions = 100_000
	}
	e := &Engine{
		opt:       opt,
		catalogue: opt.Catalogue,
		book:      rules.NewBook(list(opt.Catalogue), opt.Limits),
		sessions:  newSessions(opt.Sessions),
		brokers:   brokers{at: map[tcp.Endpoint]*broker.Broker{}},
		index:     x,
		conns:     flows.NewStates[Conn](slot),
	}
	e.book.Group(x.groups)
	e.reporter = Reporter{engine: e}
	return e
}

// Book returns the verdicts so far.
func (e *Engine) Book() *rules.Book { return e.book }

// Catalogue returns the descriptions of all rules of this package.
func Catalogue() []*rules.Rule { return list(All) }

// conn returns the state of a connection, making it at the first event.
func (e *Engine) conn(f *flows.Connection) *Conn {
	if c := e.conns.Get(f); c != nil {
		e.unsettle(c)
		return c
	}
	c := e.conns.Add(f)
	c.current, c.Flow, c.grants = &e.current, f, &e.opt.Tolerances
	c.Session = &Session{taint: rules.OtherSession, before: rules.OtherSession}
	if !f.FromStart() {
		c.taint, c.damage = rules.MidStream, rules.MidStream
	} else if t := f.TCP; f.WebSocket != nil && t.Half[0].Gaps|t.Half[1].Gaps != 0 {
		c.taint, c.damage = rules.LostPackets, rules.LostPackets // before it was known for MQTT
	}
	c.Session.Connections, c.serial = 1, 1
	e.unsettle(c)
	return c
}

func (e *Engine) tick(t int64) { e.now = max(e.now, t) }

// Until implements flows.Clock.
func (e *Engine) Until(t int64) { e.tick(t) }

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
	e.current.next()
	if m.Packet == nil || m.AfterError {
		e.note(c, s, m)
		if m.Err != nil && !m.AfterError {
			e.run(c, m, from, true)
			s.acked.sent(c.Flow.TCP, m.Dir, m.End, m.Time)
			c.doubt(rules.AfterError)
		}
		return
	}
	p := m.Packet
	malformed := m.Err != nil
	if c.Connects == 0 && !c.stranger && p.Type != mqtt.CONNECT {
		e.estrange(c)
	}
	stray := misdirected(versionOf(c), from, p.Type)
	switch {
	case stray:
		// What only the other side may say means nothing.
	case p.Type == mqtt.CONNECT:
		e.connect(c, m, malformed)
	case malformed:
		// Nothing that follows can be blamed on a packet that is broken
		// itself.
	case p.Type == mqtt.CONNACK:
		e.connack(c, m)
	case p.ID != 0:
		c.Session.ApplyTo(&c.Fact, from, p, session.Ref(ref(m)))
		e.redelivered(c, from)
		e.answered(c, m, from)
		if m.Conn.Version == mqtt.V5 {
			c.count(from, p)
			c.follow(client, m.Time)
			c.follow(server, m.Time)
		}
	}
	if !stray && !malformed {
		e.models(c, m, from)
		e.recalls(c, m, from)
	}
	if c.offences[from].state == unanswered && !stray && !malformed {
		e.reacts(c, m, from)
	}
	if m.Skipped == 0 {
		// Nobody knows how a CONNECT of an unknown level is laid out.
		e.run(c, m, from, malformed || p.Type == mqtt.CONNECT && p.Version == 0)
	}
	if stray {
		e.note(c, s, m)
	} else {
		if !malformed {
			e.notes(c, m, from)
		}
		e.after(c, m, from, s)
		c.said[from].note(c, m, from)
	}
	s.acked.sent(c.Flow.TCP, m.Dir, m.End, m.Time)
	if len(c.recall.awaits) > 0 {
		e.decide(c, m.Time, from == server && m.Skipped == 0)
	}
	if p.Reason.Failure() && (p.Type == mqtt.PUBACK || p.Type == mqtt.PUBREC) && c.Fact.Relation == session.Answer && !c.Fact.Before.Tangled {
		c.Session.noteRefusal(m, from.Peer(), c.Fact.Before)
	}
	if malformed { // both sides may now see different messages
		c.doubt(rules.AfterError)
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
	q := acknowledged(m)
	hooks := &e.byPacket[v][from&1][t]
	if malformed {
		r.look(hooks.all[q])
		r.look(hooks.odd[q].steps)
		e.offended(c, m, from)
		return
	}
	for i := range hooks.all[q] {
		s := &hooks.all[q][i]
		r.bind(s.rule, s.index, s.side)
		s.rule.Check(c, m, r)
	}
	odd := c.oddity(m, v, from)
	if odd == 0 {
		s := e.subject(c, from)
		for o, group := range hooks.odd[q].groups {
			if group != 0 && occasion(o).holds(c, m) {
				e.book.Tally(s, group)
			}
		}
		return
	}
	for i := range hooks.odd[q].steps {
		s := &hooks.odd[q].steps[i]
		r.bind(s.rule, s.index, s.side)
		switch {
		case s.rule.Odd&odd != 0:
			s.rule.Check(c, m, r)
		case s.exercised.holds(c, m):
			r.Exercised()
		}
	}
	if odd&^inoffensive != 0 {
		e.offended(c, m, from)
	}
}

// look shows a malformed message to those rules that want to see it.
func (r *Reporter) look(steps []step) {
	for i := range steps {
		if s := &steps[i]; s.rule.OnUnframed || s.rule.OnMalformed && r.msg.Packet != nil {
			r.bind(s.rule, s.index, s.side)
			s.rule.Check(r.conn, r.msg, r)
		}
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

// estrange takes note that it is not known whose connection c is: any client at
// that address may have continued its session here.
func (e *Engine) estrange(c *Conn) {
	c.stranger = true
	e.strangers.Add(c.Flow.Server(), c.Flow.Client().Addr, e.now)
}

// connect takes in a CONNECT: whose connection this is, and what becomes of the
// session that an earlier one has left.
func (e *Engine) connect(c *Conn, m *flows.Message, malformed bool) {
	p := &m.Packet.Connect
	malformed = malformed || m.Packet.Version == 0
	c.Connects++
	c.Connected = Connect{
		Ref: ref(m), Version: m.Conn.Version, Flags: p.Flags, KeepAlive: p.KeepAlive,
		ClientID: string(p.ClientID), Clean: p.CleanSession(), Will: p.WillFlag(),
	}
	if m.Err == nil {
		c.Connected.Level = p.Level
	}
	c.KeepAlive, c.ServerKeepAlive = int64(p.KeepAlive)*second, false
	switch {
	case m.Packet.Version == mqtt.V5:
		x, _ := m.Packet.Props.Find(mqtt.SessionExpiryInterval)
		c.Connected.Expiry = x.Num
		if !malformed && c.Connects == 1 {
			c.auth.began(m.Packet)
			c.terms[client] = termsOf(m.Packet)
		}
		_, limited := m.Packet.Props.Find(mqtt.MaximumPacketSize)
		c.unlimited = !limited
	case !c.Connected.Clean:
		c.Connected.Expiry = never
	}
	if c.Connects > 1 {
		c.owe(owesCloseAfterSecondConnect, server, ref(m))
		return
	}
	c.Connect = ref(m)
	if malformed {
		e.estrange(c)
		return
	}
	c.owe(owesConnack, server, ref(m))
	if len(p.ClientID) > 0 {
		s, seen := e.sessions.get(m.Conn.Server(), string(p.ClientID))
		e.enters(c, m, e.attach(c, s, seen))
	} else {
		// Nobody else can continue a session without a name.
		c.named = c.Session
		c.Session.taint, c.Session.before, c.Session.Known = c.taint, c.taint, c.taint == rules.Certain
		e.enters(c, m, true)
	}
}

// attach makes s the session of c and reports whether it begins anew.
func (e *Engine) attach(c *Conn, s *Session, seen bool) (fresh bool) {
	if !c.bound {
		c.subject[client] = e.book.Subject(rules.Client, c.Flow.Client().Addr.String(), s.ClientID, c.Connect)
		c.bound = true
	}
	for i := range s.aliases {
		if len(s.aliases[i]) > 0 {
			s.oldAliases[i], s.aliases[i] = s.aliases[i], s.oldAliases[i][:0]
		}
	}
	shared := s.displace(c)
	s.habit.came(c, shared, s.Connections == 0)
	s.Before = FateUnknown
	if seen && !shared {
		s.Before = s.fate(c.Connect.Time)
	}
	if other := e.sessions.latest[s.ClientID]; other != nil && other != s && other.begun >= s.begun ||
		e.strangers.Since(c.Flow.Server(), c.Flow.Client().Addr, s.begun) {
		seen = false // it may have been continued elsewhere
	}
	e.sessions.latest[s.ClientID] = s

	s.Cleared[client], s.Cleared[server] = s.Cleared[client][:0], s.Cleared[server][:0]
	s.Carried, s.Resumed = [2]int{}, false
	clean := c.Connected.Clean
	switch {
	case clean || seen && s.Before == FateOver:
		if !shared && (clean || s.present.Version != mqtt.V5) {
			s.clearOut()
		}
		if clean || s.present.Version != mqtt.V5 {
			s.taint = rules.Certain
		}
		clean = true
	case shared:
		s.doubtful(rules.SharedSession)
	case !seen || s.Before == FateUnknown && s.taint == rules.Certain:
		s.doubtful(rules.OtherSession)
	case s.Before == FateUnknown:
		s.doubtful(s.taint)
	default:
		s.carry()
	}
	s.taint = max(s.taint, c.taint)
	if s.taint != rules.Certain {
		// What an uncertain session has left proves nothing.
		s.doubtful(s.taint)
	} else {
		s.Known = true
	}
	s.before = s.taint
	s.Session.Connect(clean)
	s.cut = s.cut && !clean
	s.leftAt, s.leftBy, s.lasted = s.Left, s.lastLeftBy, 0
	if s.present.Version == mqtt.V5 {
		s.lasted = s.Expiry
	}
	s.Last, s.present = s.present, c.Connected
	s.begun, s.Expiry = c.Connect.Time, c.Connected.Expiry
	s.Left = rules.Ref{}
	c.Session, c.named, c.serial = s, s, s.Connections
	if len(s.live) == maxLive {
		s.live[0].named = nil
		s.live = append(s.live[:0], s.live[1:]...)
	}
	s.live = append(s.live, c)
	return clean
}

// displace takes the open connections off the session, because another begins.
// They go on with a session of their own, about which nothing is known, and it
// reports whether there were any.
func (s *Session) displace(by *Conn) (any bool) {
	for _, x := range s.live {
		any = true
		if x.Session != s {
			continue
		}
		x.Session = &Session{ClientID: s.ClientID, taint: rules.SharedSession, before: rules.SharedSession}
		x.Session.Connections, x.serial = 1, 1
		x.Session.Flights[client].Forgotten, x.Session.Flights[server].Forgotten = 1, 1
		x.TakenBy, x.takenFrom = by.Connect, by.Flow.Client().String()
	}
	return any
}

// leave takes c, which side by has closed at that time, off the list of its session. A
// CONNECT that was not accepted has perhaps never reached the session.
func (e *Engine) leave(c *Conn, at rules.Ref, by session.Side) {
	s := c.named
	if s == nil {
		return
	}
	c.named = nil
	if s.key == (sessionKey{}) {
		s.Left, s.Expiry = at, c.Connected.Expiry
		return
	}
	for i, x := range s.live {
		if x == c {
			s.live = append(s.live[:i], s.live[i+1:]...)
			break
		}
	}
	if c.Session == s {
		e.sharesCut(c)
		c.leaves(s, at)
		e.parted(c, s, at)
		if c.Accepted {
			s.Left, s.lastLeftBy = at, by
			s.cut = s.cut || c.Sides[client].Disconnect.Frame == 0
			if by == server && at.Frame != 0 {
				s.habit.server++
			}
		} else {
			s.doubtful(rules.OtherSession)
		}
	}
	if len(s.live) == 0 {
		e.sessions.rest(s)
	}
}

// doubt takes note that the capture does not show c whole, nor, therefore, what
// becomes of its session.
func (c *Conn) doubt(why rules.Reason) {
	if c.taint == rules.Certain {
		c.taint = why
	}
	if c.damage == rules.Certain && why != rules.AfterError {
		c.damage = why
	}
	if c.Session.taint == rules.Certain {
		c.Session.taint, c.Session.Known = why, false
	}
}

func (e *Engine) connack(c *Conn, m *flows.Message) {
	p := m.Packet
	c.Connacks++
	c.ReturnCode = p.Code
	c.settleFor(e, owesConnack, m)
	if c.Connacks == 1 {
		c.Connack = ref(m)
		if m.Conn.Version == mqtt.V5 {
			c.terms[server] = termsOf(p)
		}
	}
	if p.Code != 0 {
		c.owe(c.closeAfter(m), server, ref(m))
		if x := c.Session.client; x != nil {
			x.Refuse()
		}
		return
	}
	c.Accepted = true
	c.accepted(m)
	s := c.Session
	if m.Conn.Version == mqtt.V5 {
		if x, ok := p.Props.Find(mqtt.ServerKeepAlive); ok {
			c.KeepAlive, c.ServerKeepAlive = int64(x.Num)*second, true
		}
		if x, ok := p.Props.Find(mqtt.SessionExpiryInterval); ok && s == c.named {
			s.Expiry = x.Num
		}
		for x := range p.Props.All() {
			switch x.ID {
			case mqtt.MaximumPacketSize, mqtt.MaximumQoS, mqtt.RetainAvailable:
				c.unlimited = false
			}
		}
	}
	if c.named == s {
		for _, x := range s.live {
			if x != c && x.TakenBy.Frame != 0 {
				x.owe(owesCloseAfterTakeover, server, ref(m))
			}
		}
	}
	switch {
	case c.Connected.Clean || c.Connects != 1 || c.Connacks != 1:
	case m.Conn.Version == mqtt.V31: // 3.1 does not tell
		s.Resumed = s.Before == FateStored
	case p.SessionPresent:
		s.Resumed = true
	default:
		s.ServerForgot()
		if s.client != nil {
			s.client.Renew(session.Ref(ref(m)))
		}
		c.absent = m.Conn.Version == mqtt.V5
		s.Carried = [2]int{}
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
	if from == client {
		c.pace.stalls = stalls(c)
	}
	switch p.Type {
	case mqtt.PINGREQ:
		s.Pings++
		c.owe(owesPingresp, from.Peer(), ref(m))
	case mqtt.PINGRESP:
		s.Pings++
		c.pace.missed = rules.Ref{}
		c.settleFor(e, owesPingresp, m)
	case mqtt.AUTH: // the CONNACK waits until both are content
		c.settle(owesConnack)
		if from == client && c.Connects == 1 && c.Connacks == 0 {
			c.owe(owesConnack, server, ref(m))
		}
		c.auth.note(m, from)
	case mqtt.DISCONNECT:
		if s.Disconnect.Frame == 0 {
			s.Disconnect = ref(m)
			if from == client || versionOf(c) == mqtt.V5 {
				c.owe(c.closeAfter(m), from, ref(m))
			}
			if x, ok := p.Props.Find(mqtt.SessionExpiryInterval); ok && from == client && c.Session == c.named {
				c.Session.Expiry = x.Num
			}
			if from == client {
				c.dismisses(m)
				e.leave(c, ref(m), client) // the close of TCP is only a matter of time
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
		e.noteAnswer(c, m, d, by)
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

// exercised counts that side by has fulfilled a duty, or had to.
func (e *Engine) exercised(c *Conn, d Duty, by session.Side) {
	e.book.Tally(e.subject(c, by), e.fulfilled[versionOf(c)][d][by&1])
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
	if c.Connects == 0 && !c.stranger {
		e.estrange(c)
	}
	c.doubt(doubtOf(g))
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
		r.conn, r.msg = c, nil
		r.bind(rule, int(i), judged(rule.Role, by))
		rule.Ended(c, x, r)
	}
	e.closing(c, by)
	e.leave(c, s.End, by)
}

// closing settles what a close settles: it fulfils the duty to close of the side
// that closes, and nothing else can be expected after it.
func (e *Engine) closing(c *Conn, by session.Side) {
	for _, d := range c.debts {
		if d.by == by && d.duty.closes() {
			e.exercised(c, d.duty, d.by)
		}
	}
	e.content(c, by)
	c.debts, c.offences = c.debts[:0], [2]offence{}
}

// Closed implements flows.Observer.
func (e *Engine) Closed(f *flows.Connection) {
	c := e.conns.Get(f)
	if c == nil {
		return
	}
	e.unsettle(c)
	if _, _, ended := c.Ended(); !ended {
		e.sweep(c, f.TCP.LastTime) // what comes after its last segment proves nothing
	}
	r := &e.reporter
	for _, i := range e.closed[versionOf(c)] {
		rule := e.catalogue[i]
		r.conn, r.msg = c, nil
		r.bind(rule, int(i), judged(rule.Role, client))
		rule.Closed(c, r)
	}
	e.leave(c, rules.Ref{}, client)
	e.ripen(c, f.TCP.LastTime, true)
	e.decide(c, e.now, false)
	if x := c.Session.client; x != nil && c.Session.key == (sessionKey{}) {
		x.Forget()
	}
	*c = Conn{debts: c.debts[:0], forward: forwarding{suspicions: c.forward.suspicions[:0]}}
	e.conns.Free(c)
}
