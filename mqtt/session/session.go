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
	for i := range s.Flights {
		f := &s.Flights[i]
		f.begin()
		if clean {
			f.drop()
			f.Forgotten = 0
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
// (Session Present 0): its own exchanges are gone, and the identifiers that the
// client took on earlier connections are free.
func (s *Session) ServerForgot() {
	s.Flights[Server].drop()
	open := s.Flights[Client].open
	for i := range open {
		open[i].Lapsed = open[i].Lapsed || open[i].Conn != s.Connections
	}
}

// Apply takes the next packet, sent by side from. Its identifier must be known
// and not be zero.
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
	f.Taken++
	content := contentOf(p)
	i := f.find(p.ID)
	if i < 0 {
		return s.begin(f, kind, p, content, at)
	}
	before := f.open[i]
	e := f.wake(i)
	if e.Kind == kind && e.content.same(content) {
		e.Sends++
		e.Last, e.Lapsed, e.turn = at, false, 0
		if e.Phase == Received && e.Conn != s.Connections {
			e.Phase = Sent // the PUBREC has not reached the sender
		}
		if e.Phase == Sent {
			e.Since = at
		}
		e.Conn = s.Connections
		return Fact{Relation: Resent, Exchange: e, Before: before}
	}
	if before.Lapsed {
		f.remember(&before)
		*e = s.fresh(f, kind, p, content, at)
		return Fact{Relation: New, Exchange: e}
	}
	f.remember(&before) // its answer may still come
	*e = s.fresh(f, kind, p, content, at)
	e.Tangled, e.turn = true, 0
	return Fact{Relation: Reused, Exchange: e, Before: before}
}

// begin handles a packet that takes an identifier which is free.
func (s *Session) begin(f *Flight, kind Kind, p *mqtt.Packet, content content, at Ref) Fact {
	e := s.fresh(f, kind, p, content, at)
	if f.owed > 0 && f.past(p.ID, func(d *ended) bool { return d.owed() && !d.stale }) != nil {
		e.Tangled, e.turn = true, 0
	}
	if p.Dup {
		d := f.past(p.ID, func(d *ended) bool { return d.kind == kind && d.content.same(content) && !d.stale })
		if d != nil {
			// The acknowledgement was under way while this was sent again.
			e.Sends, e.First, e.turn, e.order = d.sends+1, d.first, 0, 0
			before := Exchange{ID: d.id, Kind: d.kind, Sends: d.sends, Answers: d.answers, Conn: d.conn, First: d.first, Last: d.last}
			return Fact{Relation: Crossed, Exchange: f.add(e), Before: before}
		}
	}
	first := f.firstUse(p.ID)
	return Fact{Relation: New, Exchange: f.add(e), FirstUse: first}
}

func (s *Session) fresh(f *Flight, kind Kind, p *mqtt.Packet, content content, at Ref) Exchange {
	f.order++
	e := Exchange{ID: p.ID, Kind: kind, Sends: 1, order: f.order, Conn: s.Connections, First: at, Last: at, Since: at, content: content}
	switch kind {
	case QoS1, QoS2:
		e.turn = f.turns[kind].give()
		e.Again = f.freed[kind].has(p.ID)
		if len(p.Props.Raw) > 0 {
			var interval mqtt.Property
			interval, e.Expires = p.Props.Find(mqtt.MessageExpiryInterval)
			e.Lasts = interval.Num
		}
	default:
		e.Filters = uint8(min(len(p.Filters), 255))
		for i := range min(len(p.Filters), len(e.Asked)) {
			e.Asked[i] = p.Filters[i].Options & 3
		}
	}
	return e
}

// answer handles PUBACK, SUBACK and UNSUBACK, which end an exchange of the kind
// that owner has begun.
func (s *Session) answer(owner Side, p *mqtt.Packet, at Ref, kind Kind) Fact {
	f := &s.Flights[owner]
	i := f.find(p.ID)
	if i < 0 || f.open[i].Kind != kind {
		return s.stray(f, i, p.ID, kind)
	}
	e := &f.open[i]
	fact := Fact{Relation: Answer, Exchange: &s.scratch, Before: *e, Waited: at.Time - e.Last.Time}
	if kind == QoS1 {
		fact.Overtaken, fact.Ahead = f.turns[forPuback].take(e.turn, e.ID, e.Last, at)
	}
	e.Answers++
	s.scratch = *e
	f.end(i)
	f.free(fact.Before.Tangled, kind, p.ID)
	return fact
}

// stray explains a first answer for which no exchange is open; i is where another
// one has its identifier, or -1. Each sending of a packet may be answered. A receiver
// that resumes the session may repeat its PUBREC, too, before the PUBLISH comes again.
func (s *Session) stray(f *Flight, i int, id uint16, kind Kind) Fact {
	if d := f.past(id, func(d *ended) bool {
		return d.kind == kind && (d.answers < d.sends || kind == QoS2 && d.sends > 1 && int(d.answers) < 2*int(d.sends))
	}); d != nil {
		f.settle(d, &d.answers)
		return Fact{Relation: Repeated}
	}
	return s.lost(f, i)
}

// lost is the Fact of a packet that nothing explains.
func (s *Session) lost(f *Flight, i int) Fact {
	if i >= 0 {
		return Fact{Relation: Mismatch, Exchange: &f.open[i], Before: f.open[i]}
	}
	return Fact{Relation: Unknown}
}

func (s *Session) received(owner Side, p *mqtt.Packet, at Ref) Fact {
	f := &s.Flights[owner]
	i := f.find(p.ID)
	if i < 0 || f.open[i].Kind != QoS2 {
		fact := s.stray(f, i, p.ID, QoS2)
		if fact.Relation != Repeated { // a PUBREL may follow, which is then no fault
			f.keep(ended{id: p.ID, kind: QoS2, stale: true})
		}
		return fact
	}
	before := f.open[i]
	if p.Version == mqtt.V5 && p.Reason.Failure() { // refused: the exchange is over
		f.open[i].Answers++
		s.scratch = f.open[i]
		f.end(i).refused = before.Phase == Sent && before.Sends == 1
		fact := Fact{Relation: Answer, Exchange: &s.scratch, Before: before, Waited: at.Time - before.Last.Time}
		if before.Phase == Sent {
			fact.Overtaken, fact.Ahead = f.turns[forPubrec].take(before.turn, before.ID, before.Last, at)
		}
		return fact
	}
	if before.Phase != Sent {
		f.open[i].Answers++
		f.open[i].turn = 0
		return Fact{Relation: Repeated, Exchange: &f.open[i], Before: before}
	}
	e := f.wake(i)
	e.Answers++
	e.Phase, e.Since, e.Conn = Received, at, s.Connections
	fact := Fact{Relation: Answer, Exchange: e, Before: before, Waited: at.Time - before.Last.Time}
	fact.Overtaken, fact.Ahead = f.turns[forPubrec].take(before.turn, before.ID, before.Last, at)
	e.turn = f.turns[forPubrel].give()
	if e.Tangled || e.Answers > 1 {
		e.turn = 0
	}
	return fact
}

func (s *Session) released(owner Side, p *mqtt.Packet, at Ref) Fact {
	f := &s.Flights[owner]
	i := f.find(p.ID)
	if i < 0 || f.open[i].Kind != QoS2 {
		d := f.past(p.ID, func(d *ended) bool { return d.kind == QoS2 })
		if d != nil { // PUBREL again, its PUBCOMP was under way
			was := d.owed()
			d.releases++
			f.owed += count(!was && d.owed())
			return Fact{Relation: Repeated, Refused: d.refused}
		}
		// Its PUBCOMP is no fault of the peer.
		f.keep(ended{id: p.ID, kind: QoS2, stale: true, releases: 1})
		return s.lost(f, i)
	}
	before := f.open[i]
	e := f.wake(i)
	e.Releases++
	switch {
	case before.Phase == Sent && before.Conn == s.Connections && before.Sends == 1:
		fact := s.lost(f, i)
		fact.Exchange, fact.Before = e, before
		e.Tangled = true
		e.Phase, e.Since = Released, at
		return fact
	case before.Phase == Released && before.Releases < before.Answers:
		return Fact{Relation: Repeated, Exchange: e, Before: before} // each PUBREC is answered
	}
	fact := Fact{Relation: Answer, Exchange: e, Before: before, Waited: at.Time - before.Since.Time}
	if before.Phase == Released {
		fact.Relation = Resent
	} else if before.Phase == Received {
		fact.Overtaken, fact.Ahead = f.turns[forPubrel].take(before.turn, before.ID, before.Since, at)
	}
	e.Phase, e.Since, e.Conn, e.turn = Released, at, s.Connections, 0
	return fact
}

func (s *Session) completed(owner Side, p *mqtt.Packet, at Ref) Fact {
	f := &s.Flights[owner]
	i := f.find(p.ID)
	if i >= 0 && f.open[i].Kind == QoS2 && f.open[i].Phase == Released {
		before := f.open[i]
		s.scratch = before
		d := f.end(i)
		f.settle(d, &d.completes)
		f.free(before.Tangled, QoS2, p.ID)
		return Fact{Relation: Answer, Exchange: &s.scratch, Before: before, Waited: at.Time - before.Since.Time}
	}
	if d := f.past(p.ID, func(d *ended) bool { return d.kind == QoS2 && d.completes < d.releases }); d != nil {
		f.settle(d, &d.completes)
		return Fact{Relation: Repeated}
	}
	if i < 0 && f.past(p.ID, func(d *ended) bool { return d.kind == QoS2 }) != nil {
		return Fact{Relation: Repeated}
	}
	return s.lost(f, i)
}
