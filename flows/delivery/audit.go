package delivery

import (
	"plcscope/flows"
	"plcscope/flows/latency"
	"plcscope/flows/tcp"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
)

// Audit observes MQTT connections and keeps the ledger of their messages.
type Audit struct {
	flows.Ignore

	opt   Options
	now   int64  // the latest capture time
	event uint64 // number of the present event, from 1

	owners    *owners
	strangers flows.Strangers
	conns     flows.States[conn]
	hists     latency.Pool
	held      int // places for messages in flight, of all sessions

	brokers map[tcp.Endpoint]*broker
	pairs   map[pairKey]*pair

	outages   []*Outage
	incidents []Incident
	bounds    Bounds

	rest        [2]Ledger
	restLatency [2]latency.Times
	restReplies []Replies
	result      *Result
	told        Settled

	scratch []byte
}

// New makes an audit.
func New(opt Options) *Audit {
	opt.setDefaults()
	return &Audit{
		opt:     opt,
		conns:   flows.NewStates[conn](slot),
		owners:  newOwners(opt.Limits.Sessions),
		hists:   latency.Pool{Left: opt.Limits.Histograms},
		brokers: map[tcp.Endpoint]*broker{},
		pairs:   map[pairKey]*pair{},
	}
}

// tick begins an event.
func (a *Audit) tick(t int64) {
	a.now = max(a.now, t)
	a.event++
}

// Message implements flows.Observer.
func (a *Audit) Message(m *flows.Message) {
	if m.Conn.Proto != flows.MQTT {
		return
	}
	a.tick(m.Time)
	c := a.conn(m.Conn)
	from := server
	if m.FromClient {
		from = client
	}
	c.behind[from] = m.End
	p := m.Packet
	if from == client {
		c.heard = ref(m)
	}
	c.found = c.found || m.Framing == flows.Found
	if p == nil || m.Err != nil || m.AfterError {
		c.hide(always, Borders)
		a.estrange(c)
		return
	}
	switch p.Type {
	case mqtt.CONNECT:
		a.connect(c, m, from)
		return
	case mqtt.CONNACK:
		a.connack(c, m, from)
		return
	}
	if c.owner == nil {
		switch {
		case c.waiting:
			if p.Type == mqtt.AUTH || p.Type == mqtt.DISCONNECT {
				return
			}
			a.attach(c) // it goes on without waiting for the CONNACK
		case c.connect.at.Frame == 0:
			a.estrange(c)
		}
		if c.owner == nil {
			return
		}
	}
	switch p.Type {
	case mqtt.PUBLISH:
		a.publish(c, m, from)
	case mqtt.PUBACK, mqtt.PUBREC, mqtt.PUBREL, mqtt.PUBCOMP:
		if p.ID != 0 && a.speaks(c) {
			a.answer(c, m, from)
		}
	case mqtt.SUBSCRIBE, mqtt.UNSUBSCRIBE, mqtt.SUBACK:
		a.subscription(c, p, from)
	case mqtt.DISCONNECT:
		a.disconnect(c, m, from)
	}
	if o := c.owner; len(o.pending) > 0 && a.now >= o.dueAt {
		a.decide(o, false)
	}
}

// speaks takes note that c carries messages of its session. When another
// connection has taken the session over, nothing is certain any more.
func (a *Audit) speaks(c *conn) bool {
	if c.owner.current == c {
		return true
	}
	c.owner.cloud(Shared)
	return false
}

// Gap implements flows.Observer.
func (a *Audit) Gap(g *flows.Gap) {
	if g.Conn.Proto != flows.MQTT {
		return
	}
	a.tick(g.Time)
	c := a.conn(g.Conn)
	why := Gap
	switch g.Why {
	case tcp.MidStream:
		why = MidStream
	case tcp.Unseen:
		why = OneDirection
	}
	c.hide(a.event, why)
	if c.connect.at.Frame == 0 { // which may have held a CONNECT
		a.strangers.Add(c.flow.Server(), c.flow.Client().Addr, a.now)
	}
}

// Ended implements flows.Observer.
func (a *Audit) Ended(e *flows.End) {
	if e.Conn.Proto != flows.MQTT {
		return
	}
	a.tick(e.Time)
	c := a.conn(e.Conn)
	by := server
	if e.FromClient {
		by = client
	}
	if c.end.Frame == 0 {
		c.end = session.Ref{Frame: e.Frame, Time: e.Time}
		c.cause = [2][2]Cause{{ClosedByClient, ClosedByServer}, {ResetByClient, ResetByServer}}[index(e.Reset)][by]
	}
	c.closed[by] = true
	if e.Reset || c.closed[by.Peer()] {
		a.over(c)
	}
}

func index(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Closed implements flows.Observer.
func (a *Audit) Closed(f *flows.Connection) {
	c := a.conns.Get(f)
	if c == nil {
		return
	}
	a.tick(f.TCP.LastTime)
	how := f.TCP.CloseHow
	if !c.closed[client] && !c.closed[server] && how != tcp.ClosedByCapture {
		c.hide(always, NoEnd)
		if c.end.Frame == 0 {
			c.end = session.Ref{Frame: f.TCP.LastFrame, Time: f.TCP.LastTime}
			c.cause = Idle
		}
		if how == tcp.ClosedReused {
			c.cause = PortReused
		}
		c.bye = c.bye || how == tcp.ClosedFull // it goes on where the audit does not look
	}
	if c.closed[client] || c.closed[server] || how != tcp.ClosedByCapture {
		a.over(c)
	}
	a.depart(c)
	clear(c.aliases[client])
	clear(c.aliases[server])
	*c = conn{aliases: c.aliases}
	a.conns.Free(c)
}
