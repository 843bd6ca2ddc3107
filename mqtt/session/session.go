package session

import "plcscope/mqtt"

// Session is the state between one client and one server. The zero value is a
// session about which nothing is known yet.
type Session struct {
	// Flights are the exchanges begun by each side.
	Flights [2]Flight
	// Connections counts the network connections of the session; exchanges
	// carry the number of the one on which they last moved.
	Connections uint32

	scratch Exchange
}

// Connect begins a further network connection. With clean set, both sides drop
// what an earlier one has left. Otherwise messages are kept; SUBSCRIBE and
// UNSUBSCRIBE are no part of a session's state and lapse.
func (s *Session) Connect(clean bool) {
	s.Connections++
	for side := range s.Flights {
		f := &s.Flights[side]
		if clean {
			f.clear()
			continue
		}
		for i := range f.open {
			x := &f.open[i]
			x.Overdue = false
			if x.Kind == Subscribe || x.Kind == Unsubscribe {
				x.Lapsed = true
			}
		}
	}
}

// Lapse frees the identifiers of all exchanges: what has become of them is not
// known.
func (s *Session) Lapse() {
	for side := range s.Flights {
		f := &s.Flights[side]
		for i := range f.open {
			f.open[i].Lapsed = true
		}
		f.wrapped = true
	}
}

// ServerForgot takes note that the server has announced to hold no state
// (Session Present 0): its own exchanges are gone, and the client's identifiers
// are free.
func (s *Session) ServerForgot() {
	s.Flights[Server].clear()
	for i := range s.Flights[Client].open {
		s.Flights[Client].open[i].Lapsed = true
	}
}

// Apply takes the next packet, sent by side from.
func (s *Session) Apply(from Side, p *mqtt.Packet, at Ref) Fact {
	switch p.Type {
	case mqtt.PUBLISH:
		switch p.QoS {
		case 1:
			return s.take(from, QoS1, p, at)
		case 2:
			return s.take(from, QoS2, p, at)
		}
	case mqtt.SUBSCRIBE:
		return s.take(from, Subscribe, p, at)
	case mqtt.UNSUBSCRIBE:
		return s.take(from, Unsubscribe, p, at)
	case mqtt.PUBACK:
		return s.answer(from.Peer(), p, at, QoS1)
	case mqtt.SUBACK:
		return s.answer(from.Peer(), p, at, Subscribe)
	case mqtt.UNSUBACK:
		return s.answer(from.Peer(), p, at, Unsubscribe)
	case mqtt.PUBREC:
		return s.received(from.Peer(), p, at)
	case mqtt.PUBREL:
		return s.released(from, p, at)
	case mqtt.PUBCOMP:
		return s.completed(from.Peer(), p, at)
	}
	return Fact{}
}

// take handles a packet that takes an identifier.
func (s *Session) take(from Side, kind Kind, p *mqtt.Packet, at Ref) Fact {
	f := &s.Flights[from]
	content := contentOf(p)
	e := f.find(p.ID)
	if e == nil {
		d := f.remembered(p.ID)
		if d != nil && d.kind == kind && d.content == content && p.Dup {
			// The acknowledgement was under way while this was sent again.
			e = f.add(s.fresh(kind, p, content, at))
			e.Sends, e.First = d.sends+1, d.first
			return Fact{Relation: Crossed, Exchange: e}
		}
		first := f.firstUse(p.ID)
		return Fact{Relation: New, Exchange: f.add(s.fresh(kind, p, content, at)), FirstUse: first}
	}
	before := *e
	if e.Kind == kind && e.Content == content {
		e.Sends++
		e.Last, e.Conn = at, s.Connections
		if e.Phase == Sent {
			e.Since, e.Overdue = at, false
		}
		e.Lapsed = false
		return Fact{Relation: Resent, Exchange: e, Before: before}
	}
	fresh := s.fresh(kind, p, content, at)
	*e = fresh
	if before.Lapsed {
		return Fact{Relation: New, Exchange: e}
	}
	return Fact{Relation: Reused, Exchange: e, Before: before}
}

func (s *Session) fresh(kind Kind, p *mqtt.Packet, content uint64, at Ref) Exchange {
	e := Exchange{ID: p.ID, Kind: kind, Sends: 1, Conn: s.Connections, First: at, Last: at, Since: at, Content: content}
	if kind == Subscribe || kind == Unsubscribe {
		e.Filters = uint8(min(len(p.Filters), 255))
		for i := range min(len(p.Filters), len(e.Asked)) {
			e.Asked[i] = p.Filters[i].Options & 3
		}
	}
	if kind <= QoS2 && len(p.Props.Raw) > 0 {
		_, e.Expires = p.Props.Find(mqtt.MessageExpiryInterval)
	}
	return e
}

// answer handles PUBACK, SUBACK and UNSUBACK, which end an exchange of the kind
// that owner has begun.
func (s *Session) answer(owner Side, p *mqtt.Packet, at Ref, kind Kind) Fact {
	f := &s.Flights[owner]
	e := f.find(p.ID)
	if e == nil || e.Kind != kind {
		return s.stray(f, e, p.ID, kind)
	}
	e.Answers++
	s.scratch = *e
	f.end(e)
	return Fact{Relation: Answer, Exchange: &s.scratch, Before: s.scratch, Waited: at.Time - s.scratch.Last.Time}
}

// stray explains an acknowledgement for which no exchange is open.
func (s *Session) stray(f *Flight, e *Exchange, id uint16, kind Kind) Fact {
	d := f.remembered(id)
	if d != nil && d.kind == kind && d.answers < d.sends {
		d.answers++ // each sending may be answered
		return Fact{Relation: Repeated}
	}
	if e != nil {
		return Fact{Relation: Mismatch, Exchange: e, Before: *e}
	}
	return Fact{Relation: Unknown}
}

func (s *Session) received(owner Side, p *mqtt.Packet, at Ref) Fact {
	f := &s.Flights[owner]
	e := f.find(p.ID)
	if e == nil || e.Kind != QoS2 {
		return s.stray(f, e, p.ID, QoS2)
	}
	before := *e
	e.Answers++
	if p.Version == mqtt.V5 && p.Reason >= 0x80 { // refused: the exchange is over
		s.scratch = *e
		f.end(e)
		return Fact{Relation: Answer, Exchange: &s.scratch, Before: before, Waited: at.Time - before.Last.Time}
	}
	if e.Phase != Sent {
		return Fact{Relation: Repeated, Exchange: e, Before: before}
	}
	e.Phase, e.Since, e.Overdue, e.Conn = Received, at, false, s.Connections
	return Fact{Relation: Answer, Exchange: e, Before: before, Waited: at.Time - before.Last.Time}
}

func (s *Session) released(owner Side, p *mqtt.Packet, at Ref) Fact {
	f := &s.Flights[owner]
	e := f.find(p.ID)
	if e == nil || e.Kind != QoS2 {
		if d := f.remembered(p.ID); d != nil && d.kind == QoS2 {
			return Fact{Relation: Repeated} // PUBREL again, its PUBCOMP was under way
		}
		if e != nil {
			return Fact{Relation: Mismatch, Exchange: e, Before: *e}
		}
		return Fact{Relation: Unknown}
	}
	before := *e
	if e.Phase == Sent {
		return Fact{Relation: Mismatch, Exchange: e, Before: before}
	}
	relation := Answer
	if e.Phase == Released {
		relation = Resent
	}
	e.Phase, e.Since, e.Overdue, e.Conn = Released, at, false, s.Connections
	return Fact{Relation: relation, Exchange: e, Before: before, Waited: at.Time - before.Since.Time}
}

func (s *Session) completed(owner Side, p *mqtt.Packet, at Ref) Fact {
	f := &s.Flights[owner]
	e := f.find(p.ID)
	if e == nil || e.Kind != QoS2 {
		if d := f.remembered(p.ID); d != nil && d.kind == QoS2 {
			return Fact{Relation: Repeated}
		}
		if e != nil {
			return Fact{Relation: Mismatch, Exchange: e, Before: *e}
		}
		return Fact{Relation: Unknown}
	}
	before := *e
	if e.Phase != Released {
		return Fact{Relation: Mismatch, Exchange: e, Before: before}
	}
	s.scratch = *e
	f.end(e)
	return Fact{Relation: Answer, Exchange: &s.scratch, Before: before, Waited: at.Time - before.Since.Time}
}

// contentOf is the fingerprint of a packet. Of a 5.0 PUBLISH it leaves the topic
// out: a topic alias may have stood for it the first time and cannot the next.
func contentOf(p *mqtt.Packet) uint64 {
	if p.Type == mqtt.PUBLISH {
		if p.Version == mqtt.V5 {
			return fingerprint(uint64(p.QoS), p.Payload)
		}
		return fingerprint(fingerprint(uint64(p.QoS), p.Topic), p.Payload)
	}
	h := uint64(p.Type)
	for _, f := range p.Filters {
		h = fingerprint(h^uint64(f.Options), f.Filter)
	}
	return h
}
