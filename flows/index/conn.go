package index

import (
	"plcscope/flows"
)

// Conn is a connection as lists show it, with the way to its rows.
type Conn struct {
	flows.ConnInfo
	Conn     uint32 // its number, as in Frame.Conn
	Session  uint32 // number of its session, from 1; 0 while it has none
	Previous uint32 // the connection before it of the same session, or NoConn
	Open     bool   // it is not over
	Rate     Rate   // of its messages
}

// connState is what the builder keeps of a connection: until it is over and shown.
type connState struct {
	c    *flows.Connection // nil when it is over
	conn uint32
	info flows.ConnInfo // counted by direction
	last flows.ConnInfo // as it was shown, or is to be, by side
	rate Rate

	lastFrame, lastMessage uint32
	based                  [2]bool // the connection's base is set
	fresh                  [2]bool // the border of the next message is not known

	session  *Session
	previous uint32
	aliases  [2]map[uint16]uint32 // topics by their aliases

	news, touched bool
}

func (b *Builder) newState() *connState {
	if n := len(b.states); n > 0 {
		s := b.states[n-1]
		b.states = b.states[:n-1]
		*s = connState{previous: NoConn}
		return s
	}
	return &connState{previous: NoConn}
}

// fill brings the counts up to date.
func (s *connState) fill(c *flows.Connection) {
	s.last = s.info
	s.last.Complete(c)
}

// showConn publishes what is known of a connection.
func (b *Builder) showConn(s *connState) {
	s.touched = false
	if s.c != nil {
		s.fill(s.c)
	}
	c := Conn{ConnInfo: s.last, Conn: s.conn, Previous: s.previous, Open: s.c != nil, Rate: s.rate}
	if s.session != nil {
		c.Session = s.session.Number
	}
	b.ix.mu.Lock()
	for uint32(len(b.ix.conns)) <= s.conn {
		b.ix.conns = append(b.ix.conns, new(Conn))
	}
	*b.ix.conns[s.conn] = c
	b.ix.mu.Unlock()
	if s.c == nil && !s.news && len(b.states) < 1024 {
		b.states = append(b.states, s)
	}
}

// Conn returns the connection of that number, and false when there is none. What it
// holds is not changed later on.
func (ix *Index) Conn(n uint32) (Conn, bool) {
	ix.asked.Store(true)
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if n >= uint32(len(ix.conns)) || ix.conns[n].FirstFrame == 0 {
		return Conn{}, false
	}
	return *ix.conns[n], true
}

// slice is how many rows a reader copies at a time, so that the builder never waits
// long.
const slice = 256

// Conns appends all connections in the order of their numbers, which is that of their
// first frames.
func (ix *Index) Conns(list []Conn) []Conn {
	ix.asked.Store(true)
	for from, more := 0, true; more; from += slice {
		ix.mu.Lock()
		to := min(from+slice, len(ix.conns))
		more = to < len(ix.conns)
		for i := from; i < to; i++ {
			if ix.conns[i].FirstFrame != 0 {
				list = append(list, *ix.conns[i])
			}
		}
		ix.mu.Unlock()
	}
	return list
}

// Infos appends the connections that carry MQTT, ISO-on-TCP or TLS, as flows.Lister
// does; flows.Hosts tells the hosts and their roles from them.
func (ix *Index) Infos(list []flows.ConnInfo) []flows.ConnInfo {
	for _, c := range ix.Conns(nil) {
		if c.Proto == flows.MQTT || c.Proto == flows.ISO || c.Proto == flows.TLS {
			list = append(list, c.ConnInfo)
		}
	}
	return list
}

// Hosts tells which hosts there are and what they do.
func (ix *Index) Hosts() []flows.Host { return flows.Hosts(ix.Infos(nil)) }

// Total sums up all traffic.
type Total struct {
	Rate    Rate // of MQTT packets
	RateISO Rate // of ISO-on-TCP PDUs
}

// Total returns the sums over the whole capture.
func (ix *Index) Total() Total {
	ix.asked.Store(true)
	ix.mu.Lock()
	defer ix.mu.Unlock()
	return ix.total
}
