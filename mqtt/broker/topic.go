package broker

import (
	"bytes"
	"iter"

	"plcscope/internal/fingerprint"
	"plcscope/mqtt"
)

// Topic is what the broker knows of one topic name.
type Topic struct {
	// What each PUBLISH asks for comes first, together in a line of the cache.
	hash      uint64
	changes   uint64 // of the broker, up to which receivers are up to date
	receivers []Receiver
	serial    uint32 // tells it from others that had its place
	used      bool   // since its place was looked at
	Shape     Shape  // what sets the name apart
	last      uint64 // number of the latest publication

	Name []byte
	// Retained is the last message with RETAIN 1 that a client has published
	// under the name, Before the one that it replaced.
	Retained, Before Retained
	// Strangers counts deliveries under the name that nobody in the capture has
	// published: there are publishers that the capture does not show.
	Strangers uint32
}

// Receiver is a client with a subscription, perhaps a former one, that matches a
// topic.
type Receiver struct {
	Client *Client
	Subs   uint64 // which of the client's subscriptions match, a bit each
	// Last is the number of the latest publication under the topic that it got
	// and Serial the connection on which it did; 0: none.
	Last   uint64
	Serial uint32
	// Waiting counts the publications since, of QoS 1 and 2, that it has to get.
	Waiting uint32
}

// named returns the topic whose name has that hash, or nil. Those that were used last
// are found without a look into the map.
func (b *Broker) named(hash uint64) *Topic {
	at := &b.recent[hash%uint64(len(b.recent))]
	if t := *at; t != nil && t.hash == hash {
		return t
	}
	t := b.topics[hash]
	if t != nil {
		*at = t
	}
	return t
}

// unheard reports whether it is known that nobody gets what is published under the
// topic whose name has that hash. Where several have it, nobody is told of any but the
// first.
func (b *Broker) unheard(hash uint64) bool {
	t := b.named(hash)
	if t == nil || t.changes != b.changes || len(t.receivers) > 0 {
		return false
	}
	t.used = true
	return true
}

// topic finds or makes the topic of that name; nil when it is too long or
// another has the same hash.
func (b *Broker) topic(name []byte, hash uint64) *Topic {
	if t := b.named(hash); t != nil {
		if !bytes.Equal(t.Name, name) {
			return nil
		}
		t.used = true
		return t
	}
	if len(name) == 0 || len(name) > maxName {
		return nil
	}
	t := b.vacant()
	b.serials++
	*t = Topic{Name: append(t.Name[:0], name...), Shape: shapeOf(name), serial: b.serials, used: true, hash: hash, receivers: t.receivers[:0]}
	b.topics[hash] = t
	return t
}

// vacant returns a place for a topic: a new one, or that of a topic which was not
// used for long. Topics with a retained message stay longer.
func (b *Broker) vacant() *Topic {
	if len(b.places) < b.limits.Topics {
		t := new(Topic)
		b.places = append(b.places, t)
		return t
	}
	for tries := 0; ; tries++ {
		t := b.places[b.hand]
		b.hand = (b.hand + 1) % len(b.places)
		if tries < 2*len(b.places) && tries < 64 && (t.used || t.Retained.Present && tries < 32) {
			t.used = false
			continue
		}
		b.Forgotten.Topics++
		if t.Retained.At.Frame != 0 {
			b.Forgotten.Retained++
			if t.Retained.Present {
				b.retained--
			}
		}
		delete(b.topics, t.hash)
		clear(t.receivers)
		return t
	}
}

// Topic returns what is known of a topic, or nil.
func (b *Broker) Topic(name []byte) *Topic {
	if t := b.named(fingerprint.Of(0, name)); t != nil && bytes.Equal(t.Name, name) {
		return t
	}
	return nil
}

// Retained iterates over the topics that match a filter and of which a client
// has published a retained message, cleared ones included. What the broker holds
// from before the capture, or from other publishers, is not among them.
func (b *Broker) Retained(filter []byte) iter.Seq[*Topic] {
	return func(yield func(*Topic) bool) {
		for _, t := range b.places {
			if t.Retained.At.Frame != 0 && mqtt.MatchTopic(filter, t.Name) && !yield(t) {
				return
			}
		}
	}
}

// route brings the receivers of t up to date.
func (b *Broker) route(t *Topic) []Receiver {
	switch behind := b.changes - t.changes; {
	case behind == 0:
	case behind <= uint64(len(b.changed)):
		for n := t.changes + 1; n <= b.changes; n++ {
			b.reroute(t, b.changed[n%uint64(len(b.changed))])
		}
	default:
		for slot := range b.subscribers {
			b.reroute(t, int8(slot))
		}
	}
	t.changes = b.changes
	return t.receivers
}

// reroute works out anew what subscriber slot gets of t.
func (b *Broker) reroute(t *Topic, slot int8) {
	c := b.subscribers[slot]
	var match uint64
	if c != nil {
		for i := range c.subs {
			if s := &c.subs[i]; s.State != Refused && mqtt.MatchTopic(s.Match, t.Name) {
				match |= 1 << i
			}
		}
	}
	for i := 0; i < len(t.receivers); i++ {
		r := &t.receivers[i]
		switch {
		case r.Client == c && c != nil:
			if r.Subs = match; match != 0 {
				return
			}
		case r.Client.slot >= 0 && r.Client.slot != slot:
			continue
		}
		last := len(t.receivers) - 1
		t.receivers[i], t.receivers[last] = t.receivers[last], Receiver{}
		t.receivers = t.receivers[:last]
		i--
	}
	if match != 0 {
		t.receivers = append(t.receivers, Receiver{Client: c, Subs: match})
	}
}

// receiver returns the place of c among the receivers of t, or nil.
func (b *Broker) receiver(t *Topic, c *Client) *Receiver {
	if c.slot < 0 {
		return nil
	}
	l := b.route(t)
	for i := range l {
		if l[i].Client == c {
			return &l[i]
		}
	}
	return nil
}

// Receivers are the clients with subscriptions that match the topic; borrowed.
func (b *Broker) Receivers(t *Topic) []Receiver { return b.route(t) }

// Shape says what sets a topic name apart, as a set: a broker that matched
// carelessly would treat it like another.
type Shape uint8

const (
	Capitals    Shape = 1 << iota // it has letters A to Z
	EmptyLevels                   // a level is empty, the first or last one too
	Mark                          // it has U+FEFF, the byte order mark
	System                        // it begins with '$'
)

var mark = []byte("\xEF\xBB\xBF")

func shapeOf(name []byte) (s Shape) {
	previous := byte('/')
	for _, x := range name {
		switch {
		case x >= 'A' && x <= 'Z':
			s |= Capitals
		case x == '/' && previous == '/':
			s |= EmptyLevels
		}
		previous = x
	}
	if previous == '/' {
		s |= EmptyLevels
	}
	if bytes.Contains(name, mark) {
		s |= Mark
	}
	if name[0] == '$' {
		s |= System
	}
	return s
}

// unmarked is a publication whose topic has a byte order mark.
type unmarked struct {
	content uint64 // as if the topic had none
	number  uint64
}

func (b *Broker) unmark(p *Publication, payload []byte) {
	name := bytes.ReplaceAll(p.Topic.Name, mark, nil)
	b.marked[p.Number%uint64(len(b.marked))] = unmarked{fingerprint.Of(fingerprint.Of(0, name), payload), p.Number}
}

// Unmarked returns a recent publication that would have that topic and payload if
// its topic had no byte order mark, or nil.
func (b *Broker) Unmarked(topic, payload []byte) *Publication {
	if b.marked == [8]unmarked{} {
		return nil
	}
	content := fingerprint.Of(fingerprint.Of(0, topic), payload)
	for i := range b.marked {
		if x := &b.marked[i]; x.content == content {
			return b.Publication(x.number)
		}
	}
	return nil
}
