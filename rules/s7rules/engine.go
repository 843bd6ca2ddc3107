package s7rules

import (
	"plcscope/flows"
	"plcscope/flows/tcp"
	"plcscope/rules"
	"plcscope/s7comm"
)

// Options of an Engine; the zero value is what experience suggests.
type Options struct {
	Catalogue []*Rule      // nil means All
	Limits    rules.Limits // of the book
	// Grace is how long an answer may take, in nanoseconds; 0 means 5 s. Ten
	// round trips are allowed in any case, and jobs that change the program
	// twelve times as long.
	Grace int64
	// GiveUp is how long a job must have waited for its client to have given
	// it up when it sends another beyond the number agreed, in nanoseconds; 0
	// means 0.5 s. Sooner, the client just sends too many at one time.
	GiveUp int64
}

const second = int64(1_000_000_000)

var slot = flows.NewSlot()

// Engine observes ISO-on-TCP connections and keeps verdicts in a Book.
type Engine struct {
	flows.Ignore

	opt       Options
	catalogue []*Rule
	book      *rules.Book
	hosts     hosts
	missed    int64 // until when the capture has lost frames, see Missed

	*index

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
	opt.setDefaults()
	e := &Engine{
		opt:       opt,
		catalogue: opt.Catalogue,
		book:      rules.NewBook(list(opt.Catalogue), opt.Limits),
		index:     x,
		conns:     flows.NewStates[Conn](slot),
	}
	e.book.Protocol = rules.S7comm
	e.book.Group(x.groups)
	e.reporter = Reporter{engine: e}
	return e
}

// Grant puts Options.Grace and Options.GiveUp in force, 0 for their defaults.
func (e *Engine) Grant(grace, giveUp int64) {
	e.opt.Grace, e.opt.GiveUp = grace, giveUp
	e.opt.setDefaults()
}

func (o *Options) setDefaults() {
	if o.Grace == 0 {
		o.Grace = 5 * second
	}
	if o.GiveUp == 0 {
		o.GiveUp = second / 2
	}
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
	c.Flow = f
	if !f.FromStart() {
		c.taint = rules.MidStream
	}
	e.unsettle(c)
	return c
}

// Missed takes note that the capture has lost frames until t. What is missing on a
// connection shows in its streams, but not before more of it comes.
func (e *Engine) Missed(t int64) { e.missed = max(e.missed, t) }

// unsettle takes note that frames of c may have been lost, before anything else is said
// of it.
func (e *Engine) unsettle(c *Conn) {
	if c.missed == e.missed {
		return
	}
	if c.missed = e.missed; c.Flow.TCP.FirstTime <= e.missed {
		c.doubt(rules.LostPackets)
	}
}

// Message implements flows.Observer.
func (e *Engine) Message(m *flows.Message) {
	if m.Conn.Proto != flows.ISO {
		return
	}
	c := e.conn(m.Conn)
	from := sideOf(m)
	s := &c.Sides[from]
	if m.Skipped > 0 { // a hole, which was announced, has taken the rest of it
		c.note(m, s, unframed)
		return
	}
	k := shapeOf(m)
	if m.AfterError { // the sender may think of other borders than we do
		c.note(m, s, k)
		return
	}
	s.end = m.Pos + uint64(len(m.Bytes))
	if m.Time-c.swept > second { // before m is taken for the answer that is overdue
		e.sweep(c, m.Time)
		e.enter(c, client)
		e.enter(c, server)
	}
	c.takeIn(m, k, from)
	e.run(c, m, k, from)
	e.after(c, m, k, from)
	c.note(m, s, k)
}

// note counts a message.
func (c *Conn) note(m *flows.Message, s *Side, k shape) {
	s.Last = ref(m)
	if s.First.Frame == 0 {
		s.First = s.Last
	}
	if k >= jobRead {
		s.Messages++
	}
	s.name.shape = k
	if k != unframed {
		s.name.rosctr, s.name.function, s.name.tpdu = m.PDU.S7.ROSCTR, m.PDU.Function, m.PDU.COTP.Type
	}
	s.end = m.Pos + uint64(len(m.Bytes)+m.Skipped)
}

// takeIn works out what m answers, before the rules see it.
func (c *Conn) takeIn(m *flows.Message, k shape, from side) {
	if c.Fact.Known || c.Fact.Lapsed {
		c.Fact = Fact{}
	}
	switch {
	case k >= jobRead && k <= jobOther:
		c.Waiting = c.waiting(from)
	case k >= answerRead && k <= ack || k == response:
		i := c.find(from.peer(), m.PDU.S7.PDURef, k == response)
		if i < 0 {
			return
		}
		open := c.open[from.peer()]
		q := &open[i]
		c.Fact.Known, c.Fact.Lapsed, c.Fact.Question = !q.lapsed, q.lapsed, *q
		c.open[from.peer()] = open[:i+copy(open[i:], open[i+1:])]
	}
}

// waiting counts the jobs of a side that it waits for.
func (c *Conn) waiting(s side) (n int) {
	for i := range c.open[s] {
		q := &c.open[s][i]
		if !q.userdata && !q.lapsed && !q.unsure && !q.overdue && !q.givenUp {
			n++
		}
	}
	return n
}

// run shows m to the rules of its shape and side.
func (e *Engine) run(c *Conn, m *flows.Message, k shape, from side) {
	r := &e.reporter
	r.conn, r.shape = c, k
	malformed := m.Err != nil
	h := &e.byShape[from&1][k]
	for i := range h.all {
		s := &h.all[i]
		if malformed && !s.rule.OnMalformed {
			continue
		}
		r.bind(s.rule, s.index, judged(s.rule.Role, from))
		s.rule.Check(c, m, r)
	}
	odd := oddForm
	if !malformed {
		agreed := 0
		if c.Agreed.Known {
			agreed = 1
		}
		if odd = c.oddity(m, k, from); odd == 0 {
			p := &c.plain[from&1]
			if p.hooks != h || p.after != agreed {
				e.enter(c, from)
				p.hooks, p.after = h, agreed
			}
			p.count++
			return
		}
	}
	for i := range h.odd {
		s := &h.odd[i]
		if malformed && !s.rule.OnMalformed || s.rule.Agreed && !c.Agreed.Known {
			continue
		}
		r.bind(s.rule, s.index, judged(s.rule.Role, from))
		if s.rule.Odd&odd != 0 {
			s.rule.Check(c, m, r)
		} else if !s.rule.Idle {
			r.Exercised()
		}
	}
}

// enter puts the plain messages of a side into the book.
func (e *Engine) enter(c *Conn, from side) {
	p := &c.plain[from]
	if p.count == 0 {
		return
	}
	for i, whom := range [2]side{from, from.peer()} {
		if g := p.hooks.plain[p.after][i]; g != 0 {
			e.book.TallyN(e.subject(c, whom), g, p.count)
		}
	}
	p.count = 0
}

// after updates what the connection knows, once the rules have seen m.
func (e *Engine) after(c *Conn, m *flows.Message, k shape, from side) {
	switch {
	case k == connectRequest:
		c.Connects++
		if c.Connects == 1 && m.Err == nil {
			c.Request.take(m)
			c.owes = from == client
		}
	case k == connectConfirm:
		c.owes = false
		if c.Confirm.Frame == 0 && m.Err == nil {
			c.Confirm.take(m)
			if c.TPDUSize = c.Confirm.TPDUSize; c.TPDUSize == 0 {
				c.TPDUSize = c.Request.TPDUSize
			}
		}
		e.hosts.enter(c, m.Time)
	case k == refusal:
		c.owes = false
		if from == server && c.Confirm.Frame == 0 {
			c.Refusal = ref(m)
		}
	case k < jobRead:
	case k <= jobOther || k == request:
		e.ask(c, m, k, from)
	case k == answerSetup && m.Err == nil && c.Fact.Known && m.PDU.S7.Error == 0:
		g := m.PDU.Setup
		// Which number is whose is not certain: WinCC, to which an S7-300 has
		// granted 1 and 2, sends two jobs at one time and gets both answers.
		c.Agreed = Agreed{Ref: ref(m), Known: true, PDU: int(g.PDULength), Jobs: int(max(g.AMQCalling, g.AMQCalled))}
	case k == response && m.Err == nil:
		c.chain.take(c, m, from)
	}
	if k == answerBlock && m.Err == nil && c.Fact.Known {
		c.blocks.answered(m)
	}
}

// ask remembers a job or a request.
func (e *Engine) ask(c *Conn, m *flows.Message, k shape, from side) {
	p := m.PDU
	q := question{
		Ref: ref(m), ref: p.S7.PDURef, userdata: k == request, lapsed: m.Err != nil,
		function: p.Function, items: uint8(len(p.Items)),
		end: m.Pos + uint64(len(m.Bytes)), repeated: c.repeated(from),
	}
	switch k {
	case request:
		u := &p.Userdata
		q.group, q.sub = u.Group, u.Subfunction
		if u.Group == s7comm.GroupCPU && u.Subfunction == readSZL && len(u.Payload) >= 4 {
			q.szl = uint32(u.Payload[0])<<24 | uint32(u.Payload[1])<<16 | uint32(u.Payload[2])<<8 | uint32(u.Payload[3])
		}
	case jobSetup:
		if m.Err == nil {
			c.Asked = p.Setup
		}
		c.Setups++
	}
	open := c.open[from]
	for i := range open {
		o := &open[i]
		if o.ref == q.ref && o.userdata == q.userdata {
			o.lapsed, q.lapsed = true, true
		}
	}
	if k != request {
		c.giveUp(from, q.Ref, e.opt.GiveUp)
	}
	if len(open) >= maxOpen {
		open = append(open[:0], open[1:]...)
		c.forgotten = true
	}
	c.open[from] = append(open, q)
}

// giveUp marks the jobs that side s must have given up, as it sends another at
// that time though it may not.
func (c *Conn) giveUp(s side, now rules.Ref, after int64) {
	if !c.Agreed.Known || c.Waiting < c.Agreed.Jobs {
		return
	}
	for i := range c.open[s] {
		if q := &c.open[s][i]; !q.userdata && !q.givenUp && now.Time-q.Time >= after {
			q.givenUp, c.instead[s] = true, now
		}
	}
}

// subject returns whom side s of c is in the book.
func (e *Engine) subject(c *Conn, s side) *rules.Subject {
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

// doubtOf says what a hole in the capture does to what follows it.
func doubtOf(g *flows.Gap) rules.Reason {
	switch g.Why {
	case tcp.SnapLength:
		return rules.SnapLength
	case tcp.MidStream:
		return rules.MidStream
	}
	return rules.LostPackets
}

// Gap implements flows.Observer.
func (e *Engine) Gap(g *flows.Gap) {
	if g.Conn.Proto == flows.ISO {
		c := e.conn(g.Conn)
		c.doubt(doubtOf(g))
		c.chain = chain{}
	}
}

// Ended implements flows.Observer.
func (e *Engine) Ended(x *flows.End) {
	if x.Conn.Proto != flows.ISO {
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
	first := c.Sides[by.peer()].End.Frame == 0
	if first {
		e.sweep(c, x.Time)
	}
	s.End, s.Reset = at(x), x.Reset
	if first {
		r := &e.reporter
		for _, i := range e.ended {
			rule := e.catalogue[i]
			r.conn, r.shape = c, unframed
			r.bind(rule, int(i), judged(rule.Role, by))
			rule.Ended(c, x, r)
		}
		c.owes = false
		e.hosts.leave(c)
	}
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
	for _, i := range e.closed {
		rule := e.catalogue[i]
		r.conn, r.shape = c, unframed
		r.bind(rule, int(i), judged(rule.Role, client))
		rule.Closed(c, r)
	}
	e.hosts.leave(c)
	e.enter(c, client)
	e.enter(c, server)
	open := c.open
	*c = Conn{open: [2][]question{open[0][:0], open[1][:0]}}
	e.conns.Free(c)
}
