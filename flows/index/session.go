package index

import (
	"bytes"
	"slices"

	"plcscope/flows"
	"plcscope/flows/tcp"
	"plcscope/mqtt"
	"plcscope/s7comm"
)

// Session is what an MQTT client identifier and a broker, or an S7 partner and a
// controller, have between them over all their connections.
type Session struct {
	Number   uint32 // from 1
	Proto    flows.Protocol
	Server   tcp.Endpoint
	Client   tcp.Endpoint // of the latest connection
	ClientID []byte       // MQTT; nil when no CONNECT was seen
	TSAP     s7comm.TSAP  // ISO: the called one, nil when it was not seen

	Conns     uint32 // connections
	LastConn  uint32 // the latest; Conn.Previous leads to the others
	FirstTime int64
	LastTime  int64
	Sent      [2]uint64 // messages by the client (0) and the server (1)
	Filters   [][]byte  // MQTT: the topic filters that it has subscribed to, at most 32 of up to 256 bytes
	More      bool      // there are others
	Rate      Rate      // of its messages

	touched bool
}

const (
	maxFilters    = 32
	maxFilterText = 256
)

// sessionTable finds sessions by who talks to whom.
type sessionTable struct {
	byKey   map[string]*Session
	count   uint32
	touched []*Session
}

// join assigns a connection to its session when a message shows which it is. A
// connection without a client identifier or a connection request is a session of its
// own.
func (b *Builder) join(s *connState, m *flows.Message) {
	server := m.Conn.Server()
	key := append(b.key[:0], byte(m.Conn.Proto))
	key = append(key, server.Addr[:]...)
	key = append(key, byte(server.Port>>8), byte(server.Port))
	var id, tsap []byte
	switch {
	case m.Err != nil:
	case m.Packet != nil && m.Packet.Type == mqtt.CONNECT && len(m.Packet.Connect.ClientID) > 0:
		id = m.Packet.Connect.ClientID
		key = append(append(key, 'i'), id...)
	case m.PDU != nil && m.PDU.COTP.Type == s7comm.CR:
		client := m.Conn.Client()
		tsap = m.PDU.COTP.CalledTSAP
		key = append(append(append(key, 't'), client.Addr[:]...), tsap...)
	}
	if id == nil && tsap == nil {
		key = append(key, 'c', byte(s.conn>>24), byte(s.conn>>16), byte(s.conn>>8), byte(s.conn))
	}
	b.key = key
	t := &b.session
	x := t.byKey[string(key)]
	if x == nil {
		if t.count >= b.opt.maxSessions() {
			b.lost.Sessions++
			return
		}
		t.count++
		x = &Session{Number: t.count, Proto: m.Conn.Proto, Server: server, FirstTime: m.Time, LastConn: NoConn, TSAP: bytes.Clone(tsap)}
		x.ClientID = bytes.Clone(id)
		t.byKey[string(key)] = x
	}
	s.session, s.previous = x, x.LastConn
	x.Conns++
	x.LastConn = s.conn
	x.Client = m.Conn.Client()
}

// note takes note of a message of the session.
func (t *sessionTable) note(x *Session, m *flows.Message) {
	if !x.touched {
		x.touched = true
		t.touched = append(t.touched, x)
	}
	x.LastTime = max(x.LastTime, m.Time)
	side := 1
	if m.FromClient {
		side = 0
	}
	x.Sent[side]++
	x.Rate.add(m.Time)
	if m.Packet != nil && m.Packet.Type == mqtt.SUBSCRIBE && m.Err == nil {
		x.subscribe(m.Packet.Filters)
	}
}

func (x *Session) subscribe(filters []mqtt.Filter) {
	for i := range filters {
		f := filters[i].Filter
		f = f[:min(len(f), maxFilterText)]
		if slices.ContainsFunc(x.Filters, func(have []byte) bool { return bytes.Equal(have, f) }) {
			continue
		}
		if len(x.Filters) == maxFilters {
			x.More = true
			return
		}
		x.Filters = append(x.Filters, bytes.Clone(f))
	}
}

func (t *sessionTable) publish(ix *Index) {
	for _, x := range t.touched {
		x.touched = false
		ix.mu.Lock()
		for uint32(len(ix.sessions)) < x.Number {
			ix.sessions = append(ix.sessions, new(Session))
		}
		*ix.sessions[x.Number-1] = *x
		ix.mu.Unlock()
	}
	t.touched = t.touched[:0]
}

// Sessions appends all sessions in the order of their first messages.
func (ix *Index) Sessions(list []Session) []Session {
	ix.asked.Store(true)
	for from, more := 0, true; more; from += slice {
		ix.mu.Lock()
		to := min(from+slice, len(ix.sessions))
		more = to < len(ix.sessions)
		for _, x := range ix.sessions[from:to] {
			if x.Number != 0 {
				list = append(list, *x)
			}
		}
		ix.mu.Unlock()
	}
	return list
}

// Session returns the session of that number, and false when there is none.
func (ix *Index) Session(n uint32) (Session, bool) {
	ix.asked.Store(true)
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if n == 0 || n > uint32(len(ix.sessions)) || ix.sessions[n-1].Number == 0 {
		return Session{}, false
	}
	return *ix.sessions[n-1], true
}

// ConnsOf appends the numbers of the connections of a session, the first one first.
func (ix *Index) ConnsOf(session uint32, list []uint32) []uint32 {
	x, ok := ix.Session(session)
	if !ok {
		return list
	}
	from := len(list)
	for n := x.LastConn; n != NoConn; {
		c, ok := ix.Conn(n)
		if !ok {
			break
		}
		list = append(list, n)
		n = c.Previous
	}
	slices.Reverse(list[from:])
	return list
}

// Subscribes reports whether one of the session's filters matches a topic.
func (x *Session) Subscribes(topic []byte) bool {
	for _, f := range x.Filters {
		if mqtt.MatchTopic(f, topic) {
			return true
		}
	}
	return false
}
