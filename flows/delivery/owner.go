package delivery

import (
	"cmp"
	"slices"

	"plcscope/flows/tcp"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
)

// owner is what a client and a broker have between them, over connections.
type owner struct {
	// What every message needs.
	current  *conn     // the connection in use, nil while the client is away
	pending  []pending // messages of an ended session whose fate is undecided
	broker   *broker
	recent   recent
	expected queue
	calls    []call
	number   uint32
	session.Session
	sides [2]half

	name    Name
	version mqtt.Version
	first   uint64 // frame
	dueAt   int64  // when to look at pending again

	live    []*conn // connections that the tracker has not closed
	since   int64   // when current was accepted, or when the client left
	lasting bool    // the session outlives current
	still   bool    // the capture ended while it was connected
	hidden  uint64  // latest event that a closed connection may have hidden

	outage  *Outage // the latest, until the client is back
	outages uint64
	down    int64

	filters []subscription
	replies []replyStat

	index      int // in Audit.all
	prev, next *owner
	listed     bool
}

// pending is a message whose session has ended while it was on the way.
type pending struct {
	side session.Side
	note uint32      // of its entry
	due  int64       // by when it would have been sent again
	by   session.Ref // the CONNECT that ended the session
}

type ownerKey struct {
	broker tcp.Endpoint
	client string
}

// owners finds sessions by broker and client identifier.
type owners struct {
	byKey  map[ownerKey]*owner
	all    []*owner
	away   owner // head of the ring of those without a connection, longest away first
	number uint32
	limit  int
}

func newOwners(limit int) *owners {
	s := &owners{byKey: map[ownerKey]*owner{}, limit: limit}
	s.away.prev, s.away.next = &s.away, &s.away
	return s
}

// get returns the session of that client, or nil when there is no room. Clients
// without an identifier have a session of their own each time.
func (a *Audit) get(c *conn, id string) *owner {
	s := a.owners
	k := ownerKey{c.flow.Server(), id}
	if id != "" {
		if o := s.byKey[k]; o != nil {
			s.unlist(o)
			return o
		}
	}
	if len(s.all) >= s.limit {
		a.bounds.Sessions++
		if s.away.next == &s.away {
			return nil
		}
		a.retire(s.away.next)
	}
	s.number++
	o := &owner{
		name:   Name{Broker: k.broker, Client: id, Address: c.flow.Client(), Stranger: c.stranger},
		number: s.number, index: len(s.all), first: c.flow.TCP.FirstFrame,
	}
	a.brokerOf(o)
	s.all = append(s.all, o)
	if id != "" {
		s.byKey[k] = o
	}
	return o
}

// inOrder returns the sessions in the order in which they were first seen.
func (s *owners) inOrder() []*owner {
	all := slices.Clone(s.all) // in which sessions know their places
	slices.SortFunc(all, func(x, y *owner) int { return cmp.Compare(x.number, y.number) })
	return all
}

// retire forgets a session whose client is away.
func (a *Audit) retire(o *owner) {
	s := a.owners
	s.unlist(o)
	for _, c := range o.live {
		c.owner = nil
	}
	a.finish(o, Bounded)
	a.unsubscribeAll(o)
	for side := range o.sides {
		h := &o.sides[side]
		a.rest[side].add(&h.Ledger)
		a.restLatency[side].Add(&h.latency)
		a.held -= len(h.entries)
	}
	for i := range o.replies {
		a.keepReplies(o, &o.replies[i])
	}
	last := len(s.all) - 1
	s.all[o.index] = s.all[last]
	s.all[o.index].index = o.index
	s.all[last] = nil
	s.all = s.all[:last]
	if o.name.Client != "" {
		delete(s.byKey, ownerKey{o.name.Broker, o.name.Client})
	}
}

func (s *owners) rest(o *owner) {
	if !o.listed {
		o.prev, o.next = s.away.prev, &s.away
		o.prev.next, o.next.prev = o, o
		o.listed = true
	}
}

func (s *owners) unlist(o *owner) {
	if o.listed {
		o.prev.next, o.next.prev = o.next, o.prev
		o.prev, o.next, o.listed = nil, nil, false
	}
}

// Missed takes note that the capture has lost frames until t, and perhaps whole
// connections with them: any session may have gone on there unseen.
func (a *Audit) Missed(t int64) { a.strangers.Missed(t) }
