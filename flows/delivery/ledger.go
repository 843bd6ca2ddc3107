package delivery

import (
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
)

// send takes in a PUBLISH of QoS 1 or 2 and reports whether it is a new message.
// The entry is nil when there is no room for one.
func (a *Audit) send(c *conn, m *flows.Message, from session.Side, topic []byte) (e *entry, fresh bool) {
	o, p := c.owner, m.Packet
	h := &o.sides[from]
	f := o.Apply(from, p, ref(m))
	x := f.Exchange
	switch f.Relation {
	case session.Crossed:
		h.count(p)
		if e = h.take(&a.held); e != nil {
			e.crossed, e.sends, e.first = true, x.Sends, x.First
			e.moved(a, c, m)
			e.describe(p, topic, x.Content())
			x.Note = e.note
		}
		return e, false
	case session.Resent:
		e = h.at(x.Note)
	case session.Reused:
		if old := h.at(f.Before.Note); old != nil {
			a.overwrite(o, c, from, old, ref(m))
		}
	}
	if e == nil && len(o.pending) > 0 {
		if e = o.recall(from, p.ID, p.Dup, topic, x.Content()); e != nil {
			x.Note = e.note
		}
	}
	if e != nil {
		h.count(p)
		if e.conn != c.serial {
			h.Recovered++
			if e.outage != nil {
				e.outage.Recovered[from]++
				e.outage = nil
			}
		}
		e.sends++
		e.kept, e.doubt = 0, Certain
		e.moved(a, c, m)
		return e, false
	}
	if len(o.pending) > 0 {
		a.replace(o, from, topic, x.Content(), ref(m))
	}
	h.Sent++
	if p.QoS == 1 {
		h.QoS1++
	} else {
		h.QoS2++
	}
	if p.Dup {
		h.Joined++
	}
	if e = a.room(o, from); e == nil {
		a.bounds.Messages++
		h.Unknown++
		h.Doubts[Bounded]++
		a.tell(o, from, &entry{id: p.ID, qos: p.QoS, sends: 1, doubt: Bounded, first: ref(m), last: ref(m), topic: topic[:min(len(topic), maxTopic)]}, Unknown, ref(m))
		return nil, true
	}
	e.sends, e.first = 1, ref(m)
	e.moved(a, c, m)
	e.describe(p, topic, x.Content())
	e.expires = x.Expires
	x.Note = e.note
	return e, !p.Dup
}

// count counts a further sending of a message.
func (h *half) count(p *mqtt.Packet) {
	if p.Dup {
		h.RepeatedDup++
	} else {
		h.RepeatedPlain++
	}
}

// moved takes note that m moved the message.
func (e *entry) moved(a *Audit, c *conn, m *flows.Message) {
	e.conn, e.born, e.last = c.serial, a.event, ref(m)
	e.end = m.End
}

func (e *entry) describe(p *mqtt.Packet, topic []byte, body uint64) {
	e.id, e.qos, e.body = p.ID, p.QoS, body
	e.topic = append(e.topic[:0], topic[:min(len(topic), maxTopic)]...)
}

// answer takes in PUBACK, PUBREC, PUBREL or PUBCOMP.
func (a *Audit) answer(c *conn, m *flows.Message, from session.Side) {
	o, p := c.owner, m.Packet
	f := o.Apply(from, p, ref(m))
	if p.Type == mqtt.PUBREL {
		if f.Exchange != nil {
			a.released(c, &o.sides[from], f.Exchange, m, from)
		}
		return
	}
	by := from.Peer()
	h := &o.sides[by]
	switch f.Relation {
	case session.Repeated:
		if p.Type == mqtt.PUBACK {
			if r := h.again(p.ID); r != nil {
				h.Twice++
				r.id = 0 // once is enough
				a.incident(o, Incident{Kind: TwiceMessage, Sender: by, First: r.first, Last: r.last, Related: ref(m), ID: p.ID, QoS: 1, Sends: 2, Topic: string(r.topic)})
			}
		}
		return
	case session.Unknown, session.Mismatch:
		h.Strays++
		return
	case session.Answer:
	default:
		return
	}
	e := h.at(f.Before.Note)
	if e == nil {
		return
	}
	refused := p.Version == mqtt.V5 && p.Reason.Failure()
	if !e.acked {
		e.acked, e.ackedBy = true, ref(m)
		a.acknowledged(c, h, e, m, by, refused)
		if e.crossed && !refused {
			h.Twice++
			a.incident(o, e.incident(TwiceMessage, by, ref(m)))
		}
	}
	switch {
	case refused:
		i := e.incident(RefusedMessage, by, ref(m))
		i.Reason = p.Reason
		if !e.crossed {
			a.incident(o, i)
		}
		a.settle(o, by, e, Refused, ref(m))
	case p.Type == mqtt.PUBREC:
		if e.conn != c.serial {
			h.recovered(e, by)
		}
		e.conn, e.born = c.serial, a.event
	default:
		a.settle(o, by, e, Completed, ref(m))
	}
}

// acknowledged counts the first acknowledgement of e.
func (a *Audit) acknowledged(c *conn, h *half, e *entry, m *flows.Message, by session.Side, refused bool) {
	if !e.crossed {
		h.Acknowledged++
		if m.Packet.Reason == noSubscribers {
			h.NoSubscribers++
		}
	}
	if e.sends == 1 && e.conn == c.serial && c.hidden < e.born && m.Packet.Type != mqtt.PUBCOMP {
		h.latency.Record(m.Time-e.first.Time, &a.hists)
		if a.opt.Acknowledged != nil {
			a.opt.Acknowledged(by, e.qos, m.Time-e.first.Time)
		}
	}
	if e.pub != 0 && c.owner.broker != nil {
		c.owner.broker.acknowledge(e.pub, refused)
	}
}

// released takes in a PUBREL.
func (a *Audit) released(c *conn, h *half, x *session.Exchange, m *flows.Message, from session.Side) {
	e := h.at(x.Note)
	if e == nil {
		return
	}
	if e.conn != c.serial {
		h.recovered(e, from)
	}
	e.kept, e.doubt = 0, Certain
	e.moved(a, c, m)
}

// recovered takes note that the handshake of e goes on after an outage.
func (h *half) recovered(e *entry, side session.Side) {
	h.Recovered++
	if e.outage != nil {
		e.outage.Recovered[side]++
		e.outage = nil
	}
}

// overwrite settles a message whose identifier is taken by another.
func (a *Audit) overwrite(o *owner, c *conn, side session.Side, e *entry, by session.Ref) {
	if e.conn == c.serial {
		if e.doubt == Certain {
			e.doubt = Reused
		}
		a.settle(o, side, e, Unknown, by)
		return
	}
	a.judge(o, side, e, by) // it can never be sent again
}

// carries reports whether e has that topic and content.
func (e *entry) carries(topic []byte, body uint64) bool {
	return e.body == body && string(e.topic) == string(topic[:min(len(topic), maxTopic)])
}

// recall finds the message that a PUBLISH sends again although the session in which it
// was sent has ended.
func (o *owner) recall(side session.Side, id uint16, dup bool, topic []byte, body uint64) *entry {
	if !dup {
		return nil
	}
	for i, x := range o.pending {
		if e := o.sides[x.side].at(x.note); x.side == side && e.id == id && e.carries(topic, body) {
			o.pending = append(o.pending[:i], o.pending[i+1:]...)
			e.pending = false
			return e
		}
	}
	return nil
}

// replace settles the oldest undecided message that has the content of a new one.
func (a *Audit) replace(o *owner, side session.Side, topic []byte, body uint64, by session.Ref) {
	for i, x := range o.pending {
		if e := o.sides[x.side].at(x.note); x.side == side && e.carries(topic, body) && a.now <= x.due {
			o.pending = append(o.pending[:i], o.pending[i+1:]...)
			a.settle(o, side, e, Replaced, by)
			return
		}
	}
}

// room makes an entry. When there are too many, those that the session has
// forgotten make room.
func (a *Audit) room(o *owner, side session.Side) *entry {
	h := &o.sides[side]
	if e := h.take(&a.held); e != nil {
		return e
	}
	known := make([]bool, len(h.entries))
	for _, x := range o.Flights[side].Open() {
		if x.Note != 0 {
			known[x.Note-1] = true
		}
	}
	for i := range h.entries {
		if e := &h.entries[i]; e.used && !e.pending && !known[i] {
			a.bounds.Messages++
			e.doubt = Bounded
			a.settle(o, side, e, Unknown, session.Ref{})
		}
	}
	return h.take(&a.held)
}

func (e *entry) incident(k Kind, side session.Side, related session.Ref) Incident {
	return Incident{
		Kind: k, Sender: side, First: e.first, Last: e.last, Related: related,
		ID: e.id, QoS: e.qos, Sends: int(e.sends), Reached: e.reached, Topic: string(e.topic),
	}
}

func (a *Audit) incident(o *owner, i Incident) {
	if len(a.incidents) >= a.opt.Limits.Incidents {
		a.bounds.Incidents++
		return
	}
	i.Name = o.name
	a.incidents = append(a.incidents, i)
}

// noSubscribers is the 5.0 reason code of a success that reaches nobody.
const noSubscribers mqtt.ReasonCode = 0x10
