package broker

import (
	"math/bits"

	"plcscope/internal/fingerprint"
	"plcscope/mqtt"
)

// Delivery is what a PUBLISH of the broker means to the model.
type Delivery struct {
	// Pub is what was delivered, nil when no client in the capture has published
	// it, as far as is remembered.
	Pub *Publication
	// Topic and Receiver are nil when they are not known; they are valid until
	// the next packet.
	Topic    *Topic
	Receiver *Receiver
	// Replay is set for a message with RETAIN 1 that the broker may have sent
	// because of a subscription rather than because somebody has published: Pub
	// is nil then, and Topic.Retained has what should have come.
	Replay bool
	// First is set for the first copy that the client gets of Pub.
	First bool
	// Unique is set when no other publication that is remembered can be meant.
	Unique bool
	// Waited is the time in nanoseconds from Pub to the delivery.
	Waited int64
	// Live are the subscriptions of the client that match the topic and may
	// still be in force, Shared those that are shared among them; a bit each, as
	// in Client.Subscriptions.
	Live, Shared uint64
	// Last is the number of the latest publication under the topic that the client
	// had got before, LastSerial the connection on which it got one; 0: none.
	Last       uint64
	LastSerial uint32
	// Copies is how many copies of Pub the client has got with this one, at most
	// 2 are counted.
	Copies int
	// Moved is the client that got Pub before by the same shared subscription.
	Moved *Client
}

const (
	near     = 5_000_000_000  // ns: publications so close to each other may be mistaken
	patience = 10_000_000_000 // ns: what comes later than that may be something else
	settling = 1_000_000_000  // ns: so long after SUBACK retained messages may still come
	mirror   = 50_000_000     // ns: so much later a publication may be captured than its delivery
)

// Foreign reports whether the capture has shown that others publish under the
// topic too.
func (d *Delivery) Foreign() bool { return d.Topic != nil && d.Topic.Strangers > 0 }

// Deliver takes in a PUBLISH that the broker sends to the client, and that is no
// repetition.
func (c *Client) Deliver(p *mqtt.Packet, at Ref) (d Delivery) {
	b := c.Broker
	if c.slot < 0 {
		return d
	}
	hash := fingerprint.Of(0, p.Topic)
	t := b.topic(p.Topic, hash)
	if t == nil {
		return d
	}
	d.Topic = t
	r := b.receiver(t, c)
	d.Receiver = r
	if r != nil {
		d.Live, d.Shared = r.live()
	}
	content := fingerprint.Of(hash, p.Payload)
	pub, unique := b.search(c, content, at)
	if p.Retain && (pub == nil || !r.established(pub)) {
		d.Replay = true
		return d
	}
	if pub == nil {
		b.orphan(t, c, content, at)
		return d
	}
	d.Pub, d.Unique, d.Waited = pub, unique, at.Time-pub.At.Time
	d.First, d.Copies = !pub.got.has(c.slot), 1
	if !d.First {
		d.Copies = 2
	}
	since := pub.At.Time
	if pub.away.has(c.slot) {
		since = c.Begun.Time
	}
	if at.Time-since > patience {
		d.Unique = false
	}
	if r != nil {
		d.Last, d.LastSerial = r.Last, r.Serial
	}
	c.take(pub, r, at, p.QoS, &d)
	return d
}

// live tells which of the subscriptions that match may be in force.
func (r *Receiver) live() (live, shared uint64) {
	for m := r.Subs; m != 0; m &= m - 1 {
		i := bits.TrailingZeros64(m)
		if s := &r.Client.subs[i]; s.Live() {
			live |= 1 << i
			if s.Shared() {
				shared |= 1 << i
			}
		}
	}
	return live, shared
}

// established reports whether the receiver had subscribed so long before p that
// what comes is no answer to that.
func (r *Receiver) established(p *Publication) bool {
	if r == nil || r.Subs == 0 {
		return false
	}
	for m := r.Subs; m != 0; m &= m - 1 {
		s := &r.Client.subs[bits.TrailingZeros64(m)]
		if s.Live() && !s.Settled(p.At.Time-settling) {
			return false
		}
	}
	return true
}

// search finds the publication of that content that c gets now: the oldest that
// it has not got, or else the latest. It is unique when no other can be meant.
func (b *Broker) search(c *Client, content uint64, at Ref) (pub *Publication, unique bool) {
	if len(b.ring) == 0 {
		return nil, false
	}
	mask := uint64(len(b.ring) - 1)
	var latest, second *Publication
	unique = true
	open := 0
	steps := 0
	for n := b.latest[content&mask]; n > c.since; {
		p := &b.ring[n&mask]
		if p.Number != n {
			break
		}
		if steps++; steps > maxTwins {
			unique = false
			break
		}
		n = p.before
		if p.Content != content {
			continue
		}
		switch {
		case latest == nil:
			latest = p
		case second == nil:
			second = p
		}
		if !p.got.has(c.slot) {
			pub = p
			open++
		}
	}
	if open > 1 {
		unique = false
	}
	if pub == nil {
		pub = latest
	}
	switch {
	case pub == nil:
		return nil, false
	case pub != latest:
		unique = false
	case second != nil && latest.At.Time-second.At.Time < near:
		unique = false
	}
	return pub, unique
}

// Sole reports whether no other publication that is remembered could be mistaken
// for p by what c gets, up to the latest one.
func (c *Client) Sole(p *Publication) bool {
	b := c.Broker
	if c.slot < 0 {
		return false
	}
	mask := uint64(len(b.ring) - 1)
	for n, steps := b.latest[p.Content&mask], 0; n > c.since; steps++ {
		q := &b.ring[n&mask]
		if q.Number != n {
			break
		}
		if steps > maxTwins {
			return false
		}
		n = q.before
		if q != p && q.Content == p.Content && (!q.got.has(c.slot) || max(q.At.Time-p.At.Time, p.At.Time-q.At.Time) < near) {
			return false
		}
	}
	return true
}

// take takes note that c got pub.
func (c *Client) take(pub *Publication, r *Receiver, at Ref, q mqtt.QoS, d *Delivery) {
	if pub.got.has(c.slot) {
		pub.again.add(c.slot)
	}
	pub.got.add(c.slot)
	if c.pending > 0 && pub.must.has(c.slot) {
		c.pending--
	}
	if pub.Number >= c.newest {
		c.pending = 0
	}
	if r == nil {
		return
	}
	if pub.Number > r.Last {
		r.Last = pub.Number
	}
	r.Serial, r.Waiting = c.Serial, 0
	if d == nil || d.Live != d.Shared || bits.OnesCount64(d.Shared) != 1 {
		return
	}
	s := &c.subs[bits.TrailingZeros64(d.Shared)]
	group := fingerprint.Of(1, s.Filter)
	switch {
	case pub.Via == nil:
		pub.Via, pub.ViaGroup, pub.ViaSerial, pub.ViaAt, pub.ViaQoS = c, group, c.Serial, at, q
	case pub.Via != c && pub.ViaGroup == group:
		d.Moved = pub.Via
	}
}

// orphan is a delivery that nobody has published: its publication may be captured
// a little later, where ports are mirrored one after the other.
type orphan struct {
	content uint64
	client  *Client
	topic   *Topic
	serial  uint32 // of the topic
	at      int64
}

const maxOrphans = 32

func (b *Broker) orphan(t *Topic, c *Client, content uint64, at Ref) {
	t.Strangers++
	if len(b.orphans) == maxOrphans {
		b.orphans = b.orphans[:copy(b.orphans, b.orphans[1:])]
	}
	b.orphans = append(b.orphans, orphan{content, c, t, t.serial, at.Time})
}

// adopt takes note that p was delivered before it was captured.
func (b *Broker) adopt(p *Publication) {
	kept := b.orphans[:0]
	for i := range b.orphans {
		o := &b.orphans[i]
		switch {
		case p.At.Time-o.at > mirror:
			continue
		case o.content != p.Content || o.client.slot < 0 || o.topic.serial != o.serial || p.got.has(o.client.slot):
			kept = append(kept, *o)
			continue
		}
		o.topic.Strangers--
		o.client.take(p, b.receiver(o.topic, o.client), p.At, p.QoS, nil)
	}
	clear(b.orphans[len(kept):])
	b.orphans = kept
}
