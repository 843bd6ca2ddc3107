package delivery

import (
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
)

// connect takes in a CONNECT. It takes effect when the server accepts it.
func (a *Audit) connect(c *conn, m *flows.Message, from session.Side) {
	if from != client || c.connect.at.Frame != 0 || c.stranger {
		return // a second one is an error that ends the connection
	}
	p := m.Packet
	l := login{at: ref(m), id: string(p.Connect.ClientID), clean: p.Connect.CleanSession(), version: p.Version}
	l.lasting = !l.clean
	if p.Version == mqtt.V5 {
		x, _ := p.Props.Find(mqtt.SessionExpiryInterval)
		l.lasting = x.Num > 0
	}
	c.connect, c.waiting = l, true
}

func ref(m *flows.Message) session.Ref { return session.Ref{Frame: m.Frame, Time: m.Time} }

func (a *Audit) connack(c *conn, m *flows.Message, from session.Side) {
	if c.connect.at.Frame == 0 {
		a.estrange(c)
		return
	}
	if from != server || c.accepted || c.broke {
		return
	}
	p := m.Packet
	if p.Code != 0 {
		c.waiting = false
		return
	}
	if p.Version == mqtt.V5 {
		if x, ok := p.Props.Find(mqtt.SessionExpiryInterval); ok {
			c.connect.lasting = x.Num > 0
		}
		if x, ok := p.Props.Find(mqtt.AssignedClientIdentifier); ok && c.connect.id == "" && c.waiting {
			c.connect.id = string(x.Data)
		}
	}
	if c.waiting {
		a.attach(c)
	}
	c.accepted = true
	defer a.back(c)
	o := c.owner
	if o == nil || o.current != c {
		return
	}
	o.lasting = c.connect.lasting
	if !c.connect.clean && p.Version != mqtt.V31 && !p.SessionPresent {
		if c.after != nil {
			c.after.How = Forgotten
		}
		a.dissolve(o, c)
		o.ServerForgot()
	}
}

// back tells that the outage which c has ended is over.
func (a *Audit) back(c *conn) {
	if c.after != nil && a.opt.Outage != nil {
		a.opt.Outage(c.after)
	}
}

// attach makes c the connection of its client's session.
func (a *Audit) attach(c *conn) {
	c.waiting = false
	l := &c.connect
	o := a.get(c, l.id)
	if o == nil {
		return
	}
	if x := o.current; x != nil {
		if x.end.Frame == 0 {
			x.end, x.cause = x.heard, TakenOver
		}
		a.over(x)
	}
	clean := l.clean || l.version == mqtt.V31 && !o.lasting
	if x := o.outage; x != nil {
		x.Back, x.How = l.at, Resumed
		if x.At.Time > l.at.Time { // closed because of this CONNECT
			x.At, x.Cause = x.heard, TakenOver
		}
		if l.clean {
			x.How = Clean
		}
		o.down += x.Down()
		c.after, o.outage = x, nil
	}
	if clean {
		a.dissolve(o, c)
	}
	if !clean && o.Connections == 0 {
		o.obscure() // it may have subscribed before the capture
	}
	o.Session.Connect(clean)
	a.join(o, c)
	o.version, o.lasting = l.version, l.lasting
}

// join puts c into use.
func (a *Audit) join(o *owner, c *conn) {
	c.owner, c.serial = o, o.Connections
	o.current, o.since, o.still = c, a.now, false
	a.owners.unlist(o)
	if len(o.live) == maxLive {
		a.depart(o.live[0])
	}
	o.live = append(o.live, c)
}

// estrange makes a session for a connection of which it is not known whose it is.
func (a *Audit) estrange(c *conn) {
	if c.owner != nil || c.connect.at.Frame != 0 {
		return
	}
	a.strangers.Add(c.flow.Server(), c.flow.Client().Addr, a.now)
	c.stranger, c.accepted = true, !c.flow.FromStart()
	c.hide(a.event, MidStream)
	if o := a.get(c, ""); o != nil {
		o.Session.Connect(true)
		a.join(o, c)
		o.obscure()
		o.version = c.flow.Version
	}
}

// disconnect takes in a DISCONNECT.
func (a *Audit) disconnect(c *conn, m *flows.Message, from session.Side) {
	o, p := c.owner, m.Packet
	if from == server {
		c.told, c.reason = true, p.Reason
		return
	}
	c.bye = true
	if o.current != c {
		return
	}
	if x, ok := p.Props.Find(mqtt.SessionExpiryInterval); ok {
		o.lasting = x.Num > 0
	}
	for i := range o.pending { // who takes leave has nothing more to send
		o.pending[i].due = a.now
	}
	o.dueAt = a.now
}

// dissolve ends the messages of a session that does not outlive its connection.
// The side that sent one may still send it again as a new message.
func (a *Audit) dissolve(o *owner, by *conn) {
	for side := range o.sides {
		h := &o.sides[side]
		open := o.Flights[side].Open()
		for i := range open {
			e := h.at(open[i].Note)
			open[i].Note = 0
			switch {
			case e == nil:
			case len(o.pending) >= maxPending:
				a.bounds.Messages++
				e.doubt = Bounded
				a.settle(o, session.Side(side), e, Unknown, session.Ref{})
			default:
				e.pending = true
				o.pending = append(o.pending, pending{session.Side(side), e.note, a.now + a.opt.Resend, by.connect.at})
				o.dueAt = a.now
			}
		}
	}
	a.unsubscribeAll(o)
}

// over takes in that a connection has ended, or was given up for another.
func (a *Audit) over(c *conn) {
	o := c.owner
	if c.broke || o == nil {
		c.broke = true
		return
	}
	c.broke = true
	if o.current == c {
		a.away(o, c)
	}
	if !c.bye && c.accepted {
		a.broken(o, c)
	}
	if len(o.pending) > 0 {
		a.decide(o, false)
	}
}

// away takes c, in use until now, out of use.
func (a *Audit) away(o *owner, c *conn) {
	for side := range o.sides {
		h := &o.sides[side]
		if h.busy(c.serial) {
			continue // what waits may wait for these
		}
		for i := range h.entries {
			if e := &h.entries[i]; e.used && !e.pending && e.conn < c.serial && c.accepted {
				e.kept += a.now - o.since
			}
		}
	}
	a.expire(o, false)
	a.hangUp(o, c)
	o.current = nil
	if o.still { // the capture ends, not the connection
		return
	}
	o.since = a.now
	a.owners.rest(o)
	if !o.lasting {
		a.unsubscribeAll(o)
	}
}

// busy reports whether a message is on the way that was last sent on that
// connection.
func (h *half) busy(serial uint32) bool {
	for i := range h.entries {
		if e := &h.entries[i]; e.used && !e.pending && e.conn == serial {
			return true
		}
	}
	return false
}

// depart takes leave of a connection that the tracker closes: what it may have
// hidden is written down at the messages that it concerns.
func (a *Audit) depart(c *conn) {
	o := c.owner
	if o == nil {
		return
	}
	if o.current == c {
		o.still = true
		a.away(o, c)
	}
	c.broke = true
	for side := range o.sides {
		h := &o.sides[side]
		for i := range h.entries {
			if e := &h.entries[i]; e.used {
				e.doubt = inspect(c, session.Side(side), e)
			}
		}
	}
	o.hidden = max(o.hidden, c.hidden)
	for i, x := range o.live {
		if x == c {
			o.live = append(o.live[:i], o.live[i+1:]...)
			break
		}
	}
	c.owner = nil
}

// inspect returns why the fate of e is in doubt, as far as that lies with c.
func inspect(c *conn, side session.Side, e *entry) Doubt {
	switch {
	case e.doubt != Certain:
	case e.conn == c.serial:
		e.reached = c.reached(side, e.end)
		return c.doubt(e.born)
	case e.conn < c.serial:
		return c.shady() // it may have been sent again unseen
	}
	return e.doubt
}

// cloud makes the fate of everything on the way doubtful.
func (o *owner) cloud(why Doubt) {
	for side := range o.sides {
		for i := range o.sides[side].entries {
			if e := &o.sides[side].entries[i]; e.used && e.doubt == Certain {
				e.doubt = why
			}
		}
	}
}
