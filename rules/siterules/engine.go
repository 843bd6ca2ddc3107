package siterules

import (
	"plcscope/flows"
	"plcscope/flows/tcp"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// Options of an Engine; the zero value is what experience suggests.
type Options struct {
	Limits rules.Limits // of the book
	// Grace is how much later than laid down a message may come before its absence
	// is held against a client, in nanoseconds; 0 means 5 s.
	Grace int64
	// Topics bounds the topics whose intervals are watched, of all connections
	// together; 0 means 100,000. Topics beyond it are judged but for their intervals.
	Topics int
}

const second = int64(1_000_000_000)

var slot = flows.NewSlot()

// Engine observes connections and judges them by a policy.
type Engine struct {
	flows.Ignore

	policy Policy
	opt    Options
	book   *rules.Book
	hooked hooks

	mqtt []*mqttPart
	s7   []*s7Part

	reporter Reporter
	conns    flows.States[Conn]
	part     mqtt.Packet // one of which the capture holds only the beginning
	fact     session.Fact
	loose    topic // one that the bounds do not allow to keep
	spare    []*topic
	watched  int // topics, of all connections
}

// New makes an engine that judges by p, which must not be changed afterwards.
func New(p Policy, o Options) *Engine {
	if o.Grace == 0 {
		o.Grace = 5 * second
	}
	if o.Topics == 0 {
		o.Topics = 100_000
	}
	e := &Engine{policy: p, opt: o, conns: flows.NewStates[Conn](slot)}
	var list []*rules.Rule
	list, e.hooked = newHooks(&e.policy)
	e.book = rules.NewBook(list, o.Limits)
	e.book.Applies = applies
	for i := range e.policy.MQTT {
		e.mqtt = append(e.mqtt, newMQTTPart(&e.policy.MQTT[i]))
	}
	for i := range e.policy.S7 {
		e.s7 = append(e.s7, newS7Part(&e.policy.S7[i]))
	}
	e.reporter.engine = e
	return e
}

// Book returns the verdicts so far, on the rules that the policy lays down something for.
func (e *Engine) Book() *rules.Book { return e.book }

// known returns the state of a connection, nil before its first event: also where
// an engine with another policy has watched it until now.
func (e *Engine) known(f *flows.Connection) *Conn {
	if c := e.conns.Get(f); c != nil && c.engine == e {
		return c
	}
	return nil
}

// conn returns the state of a connection, making it at the first event.
func (e *Engine) conn(f *flows.Connection) *Conn {
	if c := e.known(f); c != nil {
		return c
	}
	c := e.conns.Add(f)
	c.Flow, c.engine = f, e
	return c
}

// Message implements flows.Observer.
func (e *Engine) Message(m *flows.Message) {
	switch {
	case m.Conn.Proto == flows.MQTT && len(e.mqtt) > 0:
		e.packet(e.conn(m.Conn), m)
	case m.Conn.Proto == flows.ISO && len(e.s7) > 0:
		e.pdu(e.conn(m.Conn), m)
	}
}

// Gap implements flows.Observer. What lies on both sides of a hole is not held
// against each other.
func (e *Engine) Gap(g *flows.Gap) {
	if c := e.known(g.Conn); c != nil {
		c.hole(e, g)
	}
}

// Ended implements flows.Observer.
func (e *Engine) Ended(x *flows.End) {
	c := e.known(x.Conn)
	if c != nil && x.FromClient && !x.Reset && c.heard != 0 && !c.resent(x.Time) { // a client that says goodbye was there until then
		e.silent(c, rules.Ref{Frame: x.Frame, Time: x.Time})
	}
}

// Closed implements flows.Observer.
func (e *Engine) Closed(f *flows.Connection) {
	c := e.known(f)
	if c == nil {
		return
	}
	e.forget(c)
	*c = Conn{mqtt: c.mqtt[:0], s7: c.s7[:0], topics: c.topics, watched: c.watched[:0]}
	e.conns.Free(c)
}

// certain reports whether it is known which side of f is the client: by what was said,
// or because only the other side has the port of servers.
func certain(f *flows.Connection) bool {
	port := uint16(flows.PortMQTT)
	if f.Proto == flows.ISO {
		port = flows.PortISO
	}
	return f.ClientCertain() || f.Server().Port == port && f.Client().Port != port
}

// conflicting reports whether the capture holds two versions of the same bytes.
func conflicting(t *tcp.Conn) bool { return t.Half[0].Conflicts|t.Half[1].Conflicts != 0 }
