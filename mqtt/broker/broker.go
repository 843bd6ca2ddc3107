package broker

import "plcscope/mqtt/session"

// Ref points at a packet in the capture.
type Ref = session.Ref

// Limits bound the memory of a Broker; a field that is 0 or less is the default.
type Limits struct {
	Publications int // remembered to match deliveries, a power of two; default 4096
	Topics       int // default 4096
	Filters      int // of all clients together; default 2048
}

// What one client, and one topic, may take; and how many subscribers are told
// apart.
const (
	maxSubs        = 64  // subscriptions of a client, former ones included; a bit each
	maxSubscribers = 128 // clients with subscriptions, a bit each
	maxName        = 512 // bytes of a topic or filter
	maxTwins       = 8   // publications of equal content that are looked through

	recentTopics = 4096 // topics that are found without a look into a map
)

// Forgotten counts what no longer fits the bounds.
type Forgotten struct {
	Publications uint64 // overwritten by later ones
	Topics       uint64 // whose place another topic has taken
	Retained     uint64 // retained messages among them
	Filters      uint64 // subscriptions that were not taken in
	Subscribers  uint64 // clients whose subscriptions were not taken in
}

// Broker is the model of one broker.
type Broker struct {
	Forgotten Forgotten

	limits      Limits
	subscribers [maxSubscribers]*Client
	admitted    int // how many there are
	filters     int
	changes     uint64                   // how often who gets what has changed
	changed     [maxSubscribers / 2]int8 // the slots of the latest changes, by number

	topics   map[uint64]*Topic
	recent   [recentTopics]*Topic // some of topics, by their hashes; see named
	places   []*Topic             // all topics, in the order in which their places are given away
	hand     int                  // the next place to be looked at
	serials  uint32
	retained int // topics with a retained message

	ring    []Publication
	last    uint64      // number of the latest publication
	latest  []uint64    // the latest publication by bits of its content
	marked  [8]unmarked // the latest publications whose topic has a byte order mark
	orphans []orphan    // deliveries that nobody has published yet
}

// New makes a broker of which nothing is known.
func New(l Limits) *Broker {
	if l.Publications <= 0 {
		l.Publications = 4096
	}
	if l.Topics <= 0 {
		l.Topics = 4096
	}
	if l.Filters <= 0 {
		l.Filters = 2048
	}
	for l.Publications&(l.Publications-1) != 0 {
		l.Publications &= l.Publications - 1
	}
	return &Broker{limits: l, topics: map[uint64]*Topic{}}
}

// Set is a set of subscribers of a broker.
type Set [maxSubscribers / 64]uint64

func (s *Set) has(slot int8) bool { return s[slot>>6]>>(slot&63)&1 != 0 }
func (s *Set) add(slot int8)      { s[slot>>6] |= 1 << (slot & 63) }

// Has reports whether c is in the set.
func (s *Set) Has(c *Client) bool { return c.slot >= 0 && s.has(c.slot) }

// change takes note that a subscriber gets something else than before.
func (b *Broker) change(slot int8) {
	b.changes++
	b.changed[b.changes%uint64(len(b.changed))] = slot
}
