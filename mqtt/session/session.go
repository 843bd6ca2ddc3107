package session

import "plcscope/mqtt"

// Session is the state between one client and one server. The zero value is a
// session about which nothing is known yet. It must not be copied.
type Session struct {
	// Flights are the exchanges begun by each side.
	Flights [2]Flight
	// Connections counts the network connections of the session; exchanges
	// carry the number of the one on which they last moved.
	Connections uint32
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
func (s *Session) Apply(from Side, p *mqtt.Packet, at Ref) (fact Fact) {
	s.ApplyTo(&fact, from, p, at)
	return fact
}

// ApplyTo is Apply for who has a Fact to be filled in, which must be zero.
func (s *Session) ApplyTo(fact *Fact, from Side, p *mqtt.Packet, at Ref) {
	switch p.Type {
	case mqtt.PUBLISH:
		switch p.QoS {
		case 1:
			s.take(fact, from, QoS1, p, at)
		case 2:
			s.take(fact, from, QoS2, p, at)
		}
	case mqtt.SUBSCRIBE:
		s.take(fact, from, Subscribe, p, at)
	case mqtt.UNSUBSCRIBE:
		s.take(fact, from, Unsubscribe, p, at)
	case mqtt.PUBACK:
		s.answer(fact, from.Peer(), p, at, QoS1)
	case mqtt.SUBACK:
		s.answer(fact, from.Peer(), p, at, Subscribe)
	case mqtt.UNSUBACK:
		s.answer(fact, from.Peer(), p, at, Unsubscribe)
	case mqtt.PUBREC:
		s.received(fact, from.Peer(), p, at)
	case mqtt.PUBREL:
		s.released(fact, from, p, at)
	case mqtt.PUBCOMP:
		s.completed(fact, from.Peer(), p, at)
	}
}

// take handles a packet that takes an identifier.
func (s *Session) take(fact *Fact, from Side, kind Kind, p *mqtt.Packet, at Ref) {
	f := &s.Flights[from]
	f.Taken++
	content := contentOf(p)
	i := f.find(p.ID)
	if i < 0 {
		s.begin(fact, f, kind, p, content, at)
		return
	}
	before := &fact.Before
	*before = f.open[i]
	e := f.wake(i)
	fact.Exchange = e
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
		fact.Relation = Resent
		return
	}
	f.remember(before) // its answer may still come
	s.fresh(e, f, kind, p, content, at)
	if before.Lapsed {
		fact.Relation, fact.Before = New, Exchange{}
		return
	}
	fact.Relation = Reused
	e.Tangled, e.turn = true, 0
}

// begin handles a packet that takes an identifier which is free.
func (s *Session) begin(fact *Fact, f *Flight, kind Kind, p *mqtt.Packet, content content, at Ref) {
	first := f.firstUse(p.ID)
	e := f.add(p.ID)
	s.fresh(e, f, kind, p, content, at)
	fact.Relation, fact.Exchange = New, e
	if f.owed > 0 && f.past(p.ID, func(d *ended) bool { return d.owed() && !d.stale }) != nil {
		e.Tangled, e.turn = true, 0
	}
	if p.Dup {
		d := f.past(p.ID, func(d *ended) bool { return d.kind == kind && d.content.same(content) && !d.stale })
		if d != nil {
			// The acknowledgement was under way while this was sent again.
			e.Sends, e.First, e.turn, e.order = d.sends+1, d.first, 0, 0
			fact.Relation = Crossed
			fact.Before = Exchange{ID: d.id, Kind: d.kind, Sends: d.sends, Answers: d.answers, Conn: d.conn, First: d.first, Last: d.last}
			return
		}
	}
	fact.FirstUse = first
}

// fresh makes e a new exchange.
func (s *Session) fresh(e *Exchange, f *Flight, kind Kind, p *mqtt.Packet, content content, at Ref) {
	f.order++
	*e = Exchange{ID: p.ID, Kind: kind, Sends: 1, order: f.order, Conn: s.Connections, First: at, Last: at, Since: at, content: content}
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
}

// answer handles PUBACK, SUBACK and UNSUBACK, which end an exchange of the kind
// that owner has begun.
func (s *Session) answer(fact *Fact, owner Side, p *mqtt.Packet, at Ref, kind Kind) {
	f := &s.Flights[owner]
	i := f.find(p.ID)
	if i < 0 || f.open[i].Kind != kind {
		f.stray(fact, i, p.ID, kind)
		return
	}
	e := &f.open[i]
	fact.Relation, fact.Before, fact.Waited = Answer, *e, at.Time-e.Last.Time
	if kind == QoS1 {
		fact.Overtaken, fact.Ahead = f.turns[forPuback].take(e.turn, e.ID, e.Last, at)
	}
	e.Answers++
	_, fact.Exchange = f.end(i)
	f.free(fact.Before.Tangled, kind, p.ID)
}

// stray explains a first answer for which no exchange is open; i is where another
// one has its identifier, or -1. Each sending of a packet may be answered. A receiver
// that resumes the session may repeat its PUBREC, too, before the PUBLISH comes again.
func (f *Flight) stray(fact *Fact, i int, id uint16, kind Kind) {
	if d := f.past(id, func(d *ended) bool {
		return d.kind == kind && (d.answers < d.sends || kind == QoS2 && d.sends > 1 && int(d.answers) < 2*int(d.sends))
	}); d != nil {
		f.settle(d, &d.answers)
		fact.Relation = Repeated
		return
	}
	f.lost(fact, i)
}

// lost fills in what a packet means that nothing explains.
func (f *Flight) lost(fact *Fact, i int) {
	fact.Relation = Unknown
	if i >= 0 {
		fact.Relation, fact.Exchange, fact.Before = Mismatch, &f.open[i], f.open[i]
	}
}

func (s *Session) received(fact *Fact, owner Side, p *mqtt.Packet, at Ref) {
	f := &s.Flights[owner]
	i := f.find(p.ID)
	if i < 0 || f.open[i].Kind != QoS2 {
		f.stray(fact, i, p.ID, QoS2)
		if fact.Relation != Repeated { // a PUBREL may follow, which is then no fault
			f.keep(ended{id: p.ID, kind: QoS2, stale: true})
		}
		return
	}
	before := &fact.Before
	*before = f.open[i]
	fact.Relation, fact.Waited = Answer, at.Time-before.Last.Time
	switch refused := p.Version == mqtt.V5 && p.Reason.Failure(); {
	case refused: // the exchange is over
		f.open[i].Answers++
		var d *ended
		d, fact.Exchange = f.end(i)
		d.refused = before.Phase == Sent && before.Sends == 1
		if before.Phase != Sent {
			return
		}
	case before.Phase != Sent:
		e := &f.open[i]
		e.Answers++
		e.turn = 0
		fact.Relation, fact.Exchange, fact.Waited = Repeated, e, 0
		return
	default:
		e := f.wake(i)
		e.Answers++
		e.Phase, e.Since, e.Conn = Received, at, s.Connections
		e.turn = f.turns[forPubrel].give()
		if e.Tangled || e.Answers > 1 {
			e.turn = 0
		}
		fact.Exchange = e
	}
	fact.Overtaken, fact.Ahead = f.turns[forPubrec].take(before.turn, before.ID, before.Last, at)
}

func (s *Session) released(fact *Fact, owner Side, p *mqtt.Packet, at Ref) {
	f := &s.Flights[owner]
	i := f.find(p.ID)
	if i < 0 || f.open[i].Kind != QoS2 {
		d := f.past(p.ID, func(d *ended) bool { return d.kind == QoS2 })
		if d != nil { // PUBREL again, its PUBCOMP was under way
			was := d.owed()
			d.releases++
			f.owed += count(!was && d.owed())
			fact.Relation, fact.Refused = Repeated, d.refused
			return
		}
		// Its PUBCOMP is no fault of the peer.
		f.keep(ended{id: p.ID, kind: QoS2, stale: true, releases: 1})
		f.lost(fact, i)
		return
	}
	before := &fact.Before
	*before = f.open[i]
	e := f.wake(i)
	e.Releases++
	fact.Exchange = e
	switch {
	case before.Phase == Sent && before.Conn == s.Connections && before.Sends == 1:
		fact.Relation = Mismatch
		e.Tangled = true
		e.Phase, e.Since = Released, at
		return
	case before.Phase == Released && before.Releases < before.Answers:
		fact.Relation = Repeated // each PUBREC is answered
		return
	}
	fact.Relation, fact.Waited = Answer, at.Time-before.Since.Time
	if before.Phase == Released {
		fact.Relation = Resent
	} else if before.Phase == Received {
		fact.Overtaken, fact.Ahead = f.turns[forPubrel].take(before.turn, before.ID, before.Since, at)
	}
	e.Phase, e.Since, e.Conn, e.turn = Released, at, s.Connections, 0
}

func (s *Session) completed(fact *Fact, owner Side, p *mqtt.Packet, at Ref) {
	f := &s.Flights[owner]
	i := f.find(p.ID)
	if i >= 0 && f.open[i].Kind == QoS2 && f.open[i].Phase == Released {
		before := &fact.Before
		*before = f.open[i]
		fact.Relation, fact.Waited = Answer, at.Time-before.Since.Time
		var d *ended
		d, fact.Exchange = f.end(i)
		f.settle(d, &d.completes)
		f.free(before.Tangled, QoS2, p.ID)
		return
	}
	if d := f.past(p.ID, func(d *ended) bool { return d.kind == QoS2 && d.completes < d.releases }); d != nil {
		f.settle(d, &d.completes)
		fact.Relation = Repeated
		return
	}
	if i < 0 && f.past(p.ID, func(d *ended) bool { return d.kind == QoS2 }) != nil {
		fact.Relation = Repeated
		return
	}
	f.lost(fact, i)
}
