package delivery

import (
	"bytes"

	"plcscope/flows"
	"plcscope/flows/latency"
	"plcscope/internal/fingerprint"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
)

// broker joins what publishers send with what subscribers get.
type broker struct {
	subscribers []*owner // those with subscriptions
	filters     int      // of all of them
	obscure     bool     // there may be subscriptions that are not known
	routes      map[topicOf]*routing
	changes     uint64 // how often who gets what has changed

	ring   []publication
	last   uint64   // number of the latest publication
	latest []uint64 // number of the latest publication by bits of its fingerprint
}

// publication is a message that a client has sent.
type publication struct {
	number  uint64
	body    uint64 // fingerprint of topic and payload
	from    *owner
	at      session.Ref
	acked   bool
	refused bool
}

// topicOf is a topic as one publisher uses it.
type topicOf struct {
	publisher uint32
	topic     uint64
}

// routing is who gets what one publisher sends under one topic.
type routing struct {
	topic     []byte // at most maxTopic bytes of it
	receivers []receiver
}

// receiver is a subscriber of a topic.
type receiver struct {
	to   *owner
	qos  mqtt.QoS // the highest that it was granted
	pair *pair
}

type pairKey struct{ from, to uint32 }

// pair counts what one client has got of another.
type pair struct {
	Pair
	latency latency.Times
	latest  uint64 // number of the latest publication that was matched without being expected
	key     pairKey
}

// expectation is a message that a subscriber is to get.
type expectation struct {
	body   uint64
	number uint64
	at     int64
	born   uint64 // event
	pair   *pair
	topic  []byte   // of its routing
	qos    mqtt.QoS // of the delivery
	done   bool
}

// queue holds the expectations of a subscriber, the oldest first.
type queue struct {
	list []expectation // a ring
	head int
	n    int
}

func (q *queue) at(i int) *expectation { return &q.list[(q.head+i)%len(q.list)] }

func (q *queue) pop() {
	q.head = (q.head + 1) % len(q.list)
	q.n--
}

// push appends x; the oldest is given up when there are too many.
func (q *queue) push(x expectation) (full bool) {
	if q.n == len(q.list) {
		if q.n >= maxExpected {
			if y := q.at(0); !y.done && y.qos > 0 {
				y.pair.Unknown++
				full = true
			}
			q.pop()
		} else {
			grown := make([]expectation, max(8, 2*q.n))
			for i := range q.n {
				grown[i] = *q.at(i)
			}
			q.list, q.head = grown, 0
		}
	}
	q.n++
	*q.at(q.n - 1) = x
	return full
}

// drop gives up everything that was expected.
func (q *queue) drop() {
	for ; q.n > 0; q.pop() {
		if x := q.at(0); !x.done && x.qos > 0 {
			x.pair.Unknown++
		}
	}
}

// brokerOf returns the broker of o, or nil when there are too many.
func (a *Audit) brokerOf(o *owner) *broker {
	if o.broker == nil {
		b := a.brokers[o.name.Broker]
		if b == nil {
			if len(a.brokers) >= maxBrokers {
				a.bounds.Brokers++
				return nil
			}
			b = &broker{routes: map[topicOf]*routing{}}
			a.brokers[o.name.Broker] = b
		}
		o.broker = b
	}
	return o.broker
}

// changed forgets who gets what.
func (b *broker) changed() {
	clear(b.routes)
	b.changes++
}

func (b *broker) leave(o *owner) {
	for i, x := range b.subscribers {
		if x == o {
			b.subscribers = append(b.subscribers[:i], b.subscribers[i+1:]...)
			return
		}
	}
}

// published takes in a new message of a client: whoever has subscribed to it is to get
// it. Of QoS 0 it may be lost, but what is like it must not be taken for it. It returns
// the number of the publication, 0 when nobody is known to get it.
func (a *Audit) published(o *owner, m *flows.Message, topic []byte) uint64 {
	b := a.brokerOf(o)
	if b == nil || len(topic) == 0 || m.Skipped > 0 {
		return 0
	}
	var t *routing
	hash := fingerprint.Of(0, topic)
	if len(b.subscribers) > 0 {
		t = a.route(b, o, topic, hash)
	}
	if t == nil && !b.obscure {
		return 0
	}
	body := fingerprint.Of(hash, m.Packet.Payload)
	if b.ring == nil {
		b.ring, b.latest = make([]publication, published), make([]uint64, published)
	}
	b.last++
	b.ring[b.last%published] = publication{number: b.last, body: body, from: o, at: ref(m)}
	b.latest[body%published] = b.last
	if t == nil {
		return b.last
	}
	for _, r := range t.receivers {
		x := expectation{body: body, number: b.last, at: m.Time, born: a.event, pair: r.pair, topic: t.topic, qos: min(r.qos, m.Packet.QoS)}
		switch {
		case x.qos > 0:
			r.pair.Expected++
		case r.to.current == nil:
			continue // brokers do not keep it for who is away
		}
		if r.to.expected.push(x) {
			a.bounds.Expected++
		}
	}
	return b.last
}

// recent holds the routings that a publisher has used last.
type recent struct {
	list    *[64]recently // by hash; made at the first publication
	changes uint64
}

// recently is the routing of a topic, nil when nobody gets it.
type recently struct {
	topic uint64
	to    *routing
}

// route returns who has subscribed to a topic of o, or nil when nobody has.
func (a *Audit) route(b *broker, o *owner, topic []byte, hash uint64) *routing {
	r := &o.recent
	if r.list == nil {
		r.list = new([64]recently)
	}
	if r.changes != b.changes {
		clear(r.list[:])
		r.changes = b.changes
	}
	last := &r.list[hash%64]
	if last.topic == hash {
		return last.to
	}
	k := topicOf{o.number, hash}
	t, known := b.routes[k]
	if !known {
		if l := a.receivers(b, o, topic); len(l) > 0 {
			t = &routing{topic: bytes.Clone(topic[:min(len(topic), maxTopic)]), receivers: l}
		}
		if len(b.routes) >= maxRoutes {
			clear(b.routes)
		}
		b.routes[k] = t
	}
	*last = recently{hash, t}
	return t
}

func (a *Audit) receivers(b *broker, o *owner, topic []byte) (l []receiver) {
	for _, s := range b.subscribers {
		qos, any := mqtt.QoS(0), false
		for i := range s.filters {
			f := &s.filters[i]
			if f.granted && !(f.noLocal && s == o) && mqtt.MatchTopic(f.filter, topic) {
				any, qos = true, max(qos, f.qos)
			}
		}
		if !any {
			continue
		}
		if p := a.pair(o, s); p != nil {
			l = append(l, receiver{s, qos, p})
		}
	}
	return l
}

func (a *Audit) pair(from, to *owner) *pair {
	k := pairKey{from.number, to.number}
	p := a.pairs[k]
	if p == nil {
		if len(a.pairs) >= a.opt.Limits.Pairs {
			a.bounds.Pairs++
			return nil
		}
		p = &pair{key: k}
		p.From, p.To = from.name, to.name
		a.pairs[k] = p
	}
	return p
}

// acknowledge takes note that the broker has taken a publication.
func (b *broker) acknowledge(number uint64, refused bool) {
	if p := &b.ring[number%published]; p.number == number {
		p.acked, p.refused = true, refused
	}
}

// arrived takes in a message that the broker sends to a client: whose it is.
func (a *Audit) arrived(o *owner, m *flows.Message, body uint64) {
	b := o.broker
	q := &o.expected
	if x := a.expected(o, m, body); x != nil {
		x.done = true
		x.pair.deliver(a, m, x.at)
		x.pair.latest = x.number
		for q.n > 0 && q.at(0).done {
			q.pop()
		}
		return
	}
	if m.Packet.Retain || b == nil || b.last == 0 {
		return
	}
	n := b.latest[body%published]
	x := &b.ring[n%published]
	if n == 0 || x.number != n || x.body != body || m.Time-x.at.Time > a.opt.Window || m.Time < x.at.Time {
		return
	}
	p := a.pair(x.from, o)
	switch {
	case p == nil:
	case p.latest == n:
		p.Again++
	default:
		p.latest = n
		p.deliver(a, m, x.at.Time)
	}
}

// expected returns the oldest message with that body which o is to get, if there is one
// with the QoS that came, or nil.
func (a *Audit) expected(o *owner, m *flows.Message, body uint64) (first *expectation) {
	q := &o.expected
	for i := range q.n {
		x := q.at(i)
		if x.body != body || x.done || m.Time-x.at > a.opt.Window && !o.lasting {
			continue
		}
		if x.qos == m.Packet.QoS {
			return x
		}
		if first == nil {
			first = x
		}
	}
	return first
}

func (p *pair) deliver(a *Audit, m *flows.Message, sent int64) {
	p.Delivered[m.Packet.QoS]++
	p.latency.Record(m.Time-sent, &a.hists)
}

// expire gives up what has not come in time.
func (a *Audit) expire(o *owner, final bool) {
	q := &o.expected
	for ; q.n > 0; q.pop() {
		x := q.at(0)
		waited := a.now - max(x.at, o.since)
		away := o.current == nil && !o.still
		switch {
		case x.done:
			continue
		case !final && (away || waited <= a.opt.Window):
			return
		case x.qos == 0:
			continue
		}
		late := !away && waited > a.opt.Window
		p := &publication{}
		if o.broker != nil && o.broker.ring != nil {
			p = &o.broker.ring[x.number%published]
		}
		hidden := false
		for _, c := range o.live {
			hidden = hidden || c.doubt(x.born) != Certain
		}
		switch {
		case p.number != x.number || p.refused || !p.acked && late || hidden || o.hidden >= x.born:
			x.pair.Unknown++
		case !late:
			x.pair.Open++
		default:
			x.pair.Missing++
			a.incident(p.from, Incident{Kind: MissingMessage, Sender: client, First: p.at, Last: p.at, QoS: x.qos, Sends: 1, To: o.name.String(), Topic: string(x.topic)})
		}
	}
}
