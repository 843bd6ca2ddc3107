package broker

import (
	"plcscope/internal/fingerprint"
	"plcscope/mqtt"
)

// Publication is a message that a client has published, or its will that has
// fallen due.
type Publication struct {
	Number   uint64 // counts those of the broker, from 1; 0: none
	Topic    *Topic // nil when it has been forgotten since; see Broker.Publication
	Content  uint64 // fingerprint of topic and payload
	Length   int    // of the payload, in bytes
	QoS      mqtt.QoS
	Retain   bool
	Dup      bool
	Will     bool // At is when it fell due, its delay not counted
	Sure     bool // the capture shows its connection whole so far
	Repeated bool // its publisher has sent it again under the same identifier
	Refused  bool // by PUBACK or PUBREC of 5.0
	Nobody   bool // it was answered by "no matching subscribers"
	ID       uint16
	Version  mqtt.Version // of its publisher
	Props    Props
	From     *Client
	Serial   uint32 // connection of its publisher
	At       Ref
	Released Ref // QoS 2: PUBREL
	Taken    Ref // PUBACK, or PUBCOMP: from there on it is the broker's

	// Via is the client that got it by a shared subscription of the group
	// ViaGroup (a fingerprint) first, on its connection ViaSerial; ViaRefused
	// says that it has answered by an error.
	Via        *Client
	ViaGroup   uint64
	ViaSerial  uint32
	ViaAt      Ref
	ViaQoS     mqtt.QoS
	ViaRefused bool
	ViaDone    bool // QoS 2: by PUBCOMP

	serial uint32 // of the topic
	before uint64 // the publication before it whose content has the same bits
	prev   uint64 // the publication before it under the topic
	got    Set    // who got it
	again  Set    // who got it more than once
	must   Set    // who has to get it: of QoS 1 or 2, by a subscription that was settled
	away   Set    // who had to and had no connection
}

// message is what is published, by whatever way.
type message struct {
	hash                    uint64 // fingerprint of the topic
	topic, payload          []byte
	qos                     mqtt.QoS
	retain, dup, sure, will bool
	id                      uint16
	props                   Props
	version                 mqtt.Version
	at                      Ref
}

// Publish takes in a PUBLISH of the client that is no repetition. Topic is the
// name, for which in 5.0 an alias may stand in the packet; sure says that the
// capture shows the connection whole so far. It returns nil when nobody can get
// the message, as far as is known, and nothing is retained.
func (c *Client) Publish(p *mqtt.Packet, at Ref, sure bool) *Publication {
	b := c.Broker
	hash := fingerprint.Of(0, p.Topic)
	if !p.Retain && (b.admitted == 0 || b.unheard(hash)) {
		return nil
	}
	return b.publish(c, &message{
		hash:  hash,
		topic: p.Topic, payload: p.Payload, qos: p.QoS, retain: p.Retain, dup: p.Dup, id: p.ID,
		props: PropsOf(&p.Props), version: p.Version, at: at, sure: sure,
	})
}

func (b *Broker) publish(c *Client, m *message) *Publication {
	hash := m.hash
	t := b.topic(m.topic, hash)
	if t == nil {
		return nil
	}
	receivers := b.route(t)
	if len(receivers) == 0 && !m.retain {
		return nil
	}
	p := b.push(fingerprint.Of(hash, m.payload))
	p.Topic, p.serial, p.Length, p.QoS, p.Retain, p.Dup = t, t.serial, len(m.payload), m.qos, m.retain, m.dup
	p.Will, p.Sure, p.ID, p.Version, p.Props, p.From, p.Serial, p.At = m.will, m.sure, m.id, m.version, m.props, c, c.Serial, m.at
	p.prev, t.last = t.last, p.Number
	if !m.will {
		for i := range receivers {
			receivers[i].expect(p)
		}
	}
	if m.retain {
		b.retain(t, p, m.payload)
	}
	if len(b.orphans) > 0 {
		b.adopt(p)
	}
	if t.Shape&Mark != 0 {
		b.unmark(p, m.payload)
	}
	return p
}

// Queues of brokers are bounded: who has so much waiting need not get more.
const (
	maxBusy    = 2
	maxPending = 3
	maxFlood   = 10
)

// expect takes note that the receiver has to get p, if nothing excuses the
// broker.
func (r *Receiver) expect(p *Publication) {
	c := r.Client
	if c.MaxPacket > 0 && p.Length+len(p.Topic.Name) > c.MaxPacket {
		return
	}
	if !c.Online {
		c.flood++
	}
	if p.QoS == 0 || !r.due(p) {
		return
	}
	c.pending++
	c.newest = p.Number
	if !c.Online {
		if c.flood > maxFlood {
			return
		}
		p.away.add(c.slot)
	} else if c.Busy > maxBusy || c.pending > maxPending {
		return
	}
	p.must.add(c.slot)
	r.Waiting++
}

// due reports whether the receiver has to get p at QoS 1 or 2.
func (r *Receiver) due(p *Publication) bool {
	for i := range r.Client.subs {
		s := &r.Client.subs[i]
		if r.Subs>>i&1 != 0 && s.QoS > 0 && s.Settled(p.At.Time) && !s.Shared() && !(s.NoLocal() && r.Client == p.From) {
			return true
		}
	}
	return false
}

// push makes place for a publication.
func (b *Broker) push(content uint64) *Publication {
	if b.last >= uint64(len(b.ring)) && len(b.ring) < b.limits.Publications {
		b.grow()
	}
	mask := uint64(len(b.ring) - 1)
	b.last++
	p := &b.ring[b.last&mask]
	if p.Number != 0 {
		b.Forgotten.Publications++
	}
	*p = Publication{Number: b.last, Content: content, before: b.latest[content&mask]}
	b.latest[content&mask] = b.last
	return p
}

// grow doubles the ring.
func (b *Broker) grow() {
	n := min(max(64, 2*len(b.ring)), b.limits.Publications)
	old := b.ring
	b.ring, b.latest = make([]Publication, n), make([]uint64, n)
	mask := uint64(n - 1)
	for number := uint64(1); number <= b.last; number++ {
		p := &b.ring[number&mask]
		*p = old[number&uint64(len(old)-1)]
		p.before = b.latest[p.Content&mask]
		b.latest[p.Content&mask] = number
	}
}

// Publication returns a publication by its number, or nil when it has been
// forgotten.
func (b *Broker) Publication(number uint64) *Publication {
	if number == 0 || len(b.ring) == 0 {
		return nil
	}
	p := &b.ring[number&uint64(len(b.ring)-1)]
	if p.Number != number {
		return nil
	}
	if p.Topic != nil && p.Topic.serial != p.serial {
		p.Topic = nil
	}
	return p
}

// Recall is Publication for who has only kept the lower half of the number, of a
// recent one.
func (b *Broker) Recall(note uint32) *Publication {
	n := b.last&^0xFFFFFFFF | uint64(note)
	if n > b.last && n >= 1<<32 {
		n -= 1 << 32
	}
	return b.Publication(n)
}

// Before returns the publication before p under its topic, or nil.
func (b *Broker) Before(p *Publication) *Publication {
	q := b.Publication(p.prev)
	if q == nil || q.serial != p.serial {
		return nil
	}
	return q
}

// Got reports whether c has got p, and GotAgain whether more than once.
func (p *Publication) Got(c *Client) bool      { return p.Number > c.since && p.got.Has(c) }
func (p *Publication) GotAgain(c *Client) bool { return p.Number > c.since && p.again.Has(c) }

// Passed reports whether c has not got p, though it had asked for something before.
func (p *Publication) Passed(c *Client) bool {
	return c.slot >= 0 && p.Number > c.since && !p.got.has(c.slot)
}

// Must reports whether c has to get p, by a subscription of QoS 1 or 2 that was
// settled before, and Away whether it had no connection then.
func (p *Publication) Must(c *Client) bool { return p.Number > c.since && p.must.Has(c) }
func (p *Publication) Away(c *Client) bool { return p.Number > c.since && p.away.Has(c) }

// Take takes in that the broker has acknowledged p for good, by PUBACK or
// PUBCOMP.
func (b *Broker) Take(p *Publication, at Ref, reason mqtt.ReasonCode) {
	p.Taken, p.Refused, p.Nobody = at, reason.Failure(), reason == 0x10
	if r := p.retained(); r != nil {
		r.Taken, r.Refused = at, p.Refused
	}
}

// retained returns where p is retained, or nil.
func (p *Publication) retained() *Retained {
	if !p.Retain || p.Topic == nil || p.Topic.serial != p.serial {
		return nil
	}
	switch p.Number {
	case p.Topic.Retained.Number:
		return &p.Topic.Retained
	case p.Topic.Before.Number:
		return &p.Topic.Before
	}
	return nil
}
