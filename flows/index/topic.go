package index

import (
	"bytes"

	"plcscope/flows"
)

// Numbers of topics that are none.
const (
	NoTopic    = 0 // the message has none, or an alias whose topic is not known
	OtherTopic = 1 // one of those that did not fit into Options.MaxTopics
)

// maxParties bounds the sessions that a Topic names on either side.
const maxParties = 8

// Topic sums up the messages of one topic.
type Topic struct {
	Number   uint32
	Name     []byte // as on the wire, not to be changed
	Count    uint64 // PUBLISH packets from clients and to them
	Bytes    uint64 // of their payloads
	QoS      [4]uint64
	Retained uint64 // of them with the retain flag
	Dups     uint64 // of them with the DUP flag

	FirstTime, LastTime int64
	Last                uint32 // number of the latest message

	// Publishers are the numbers of sessions that have published it, and Receivers of
	// those that were sent it; the first eight. The session of a broker's bridge counts
	// like any other.
	Publishers, Receivers         []uint32
	MorePublishers, MoreReceivers bool
	Rate                          Rate
}

// topicState is a Topic of the builder, whose lists have room for all they may hold.
type topicState struct {
	Topic
	parties [2][maxParties]uint32
	count   [2]uint8
	more    [2]bool
	touched bool
}

// topicTable interns topic names.
type topicTable struct {
	b       *Builder
	byName  map[string]*topicState
	all     []*topicState
	touched []*topicState
	text    int // bytes of the names
}

// maxTopicText bounds the names of all topics together.
const maxTopicText = 64 << 20

func (t *topicTable) init(b *Builder) {
	t.b, t.byName = b, map[string]*topicState{}
	t.add(nil) // NoTopic
	t.add([]byte("(other topics)"))
}

func (t *topicTable) add(name []byte) *topicState {
	s := &topicState{Topic: Topic{Number: uint32(len(t.all)), Name: bytes.Clone(name)}}
	t.all = append(t.all, s)
	t.text += len(name)
	return s
}

// find returns the topic of that name.
func (t *topicTable) find(name []byte) *topicState {
	s := t.byName[string(name)]
	if s == nil {
		if uint32(len(t.all)) >= t.b.opt.maxTopics()+2 || t.text > maxTopicText {
			t.b.lost.Topics++
			return t.all[OtherTopic]
		}
		s = t.add(name)
		t.byName[string(s.Name)] = s
	}
	return s
}

// maxAliases bounds the topic aliases that are kept of one direction.
const maxAliases = 1 << 10

// topicOf returns the topic of a PUBLISH, in 5.0 by its alias.
func (b *Builder) topicOf(s *connState, m *flows.Message) *topicState {
	p := m.Packet
	alias, has := uint16(0), false
	if p.HasProps {
		alias, has = aliasOf(p)
	}
	if len(p.Topic) > 0 {
		t := b.topic.find(p.Topic)
		if has {
			if s.aliases[m.Dir] == nil {
				s.aliases[m.Dir] = map[uint16]uint32{}
			}
			if len(s.aliases[m.Dir]) < maxAliases {
				s.aliases[m.Dir][alias] = t.Number
			} else {
				delete(s.aliases[m.Dir], alias)
			}
		}
		return t
	}
	return b.topic.all[s.aliases[m.Dir][alias]] // NoTopic when it is not known
}

// note counts a PUBLISH; number is that of its row.
func (t *topicTable) note(x *topicState, s *connState, m *flows.Message, number uint32) {
	if x.Number == NoTopic {
		return
	}
	if !x.touched {
		x.touched = true
		t.touched = append(t.touched, x)
	}
	p := m.Packet
	if x.Count == 0 {
		x.FirstTime = m.Time
	}
	x.Count++
	x.Bytes += uint64(len(p.Payload) + m.Skipped)
	x.QoS[p.QoS&3]++
	if p.Retain {
		x.Retained++
	}
	if p.Dup {
		x.Dups++
	}
	x.LastTime, x.Last = m.Time, number
	x.Rate.add(m.Time)
	if s.session == nil {
		return
	}
	side := 0
	if !m.FromClient {
		side = 1
	}
	n := x.count[side]
	for _, have := range x.parties[side][:n] {
		if have == s.session.Number {
			return
		}
	}
	if n == maxParties {
		x.more[side] = true
		return
	}
	x.parties[side][n] = s.session.Number
	x.count[side]++
}

func (t *topicTable) publish(ix *Index) {
	for _, x := range t.touched {
		x.touched = false
		shown := x.Topic
		shown.Publishers = append([]uint32(nil), x.parties[0][:x.count[0]]...)
		shown.Receivers = append([]uint32(nil), x.parties[1][:x.count[1]]...)
		shown.MorePublishers, shown.MoreReceivers = x.more[0], x.more[1]
		ix.mu.Lock()
		for uint32(len(ix.topics)) <= x.Number {
			ix.topics = append(ix.topics, new(Topic))
		}
		*ix.topics[x.Number] = shown
		ix.mu.Unlock()
	}
	t.touched = t.touched[:0]
}

// Topics appends all topics that were published, in the order of their numbers.
func (ix *Index) Topics(list []Topic) []Topic {
	ix.asked.Store(true)
	for from, more := 0, true; more; from += slice {
		ix.mu.Lock()
		to := min(from+slice, len(ix.topics))
		more = to < len(ix.topics)
		for _, x := range ix.topics[from:to] {
			if x.Count > 0 {
				list = append(list, *x)
			}
		}
		ix.mu.Unlock()
	}
	return list
}

// Topic returns the topic of that number, and false when there is none yet.
func (ix *Index) Topic(n uint32) (Topic, bool) {
	ix.asked.Store(true)
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if n >= uint32(len(ix.topics)) || ix.topics[n].Count == 0 {
		return Topic{}, false
	}
	return *ix.topics[n], true
}
