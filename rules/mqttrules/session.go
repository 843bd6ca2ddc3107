package mqttrules

import (
	"plcscope/flows/tcp"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// Session is what the rules know of one client identifier at one broker, over
// all its connections in the capture.
type Session struct {
	session.Session
	ClientID string

	// Known is set when the capture shows the session from its beginning: it
	// was made by a clean CONNECT, or the broker said that it held none.
	Known bool
	// Last is the CONNECT of the connection before the present one; zero for
	// the first.
	Last Connect
	// Left is when that connection ended, as far as the capture shows.
	Left rules.Ref
	// Carried holds the exchanges that the connection before has left open and
	// that the present one has to finish, oldest first; bounded.
	Carried []session.Exchange
	// Cleared holds those that a clean CONNECT has ended instead.
	Cleared []session.Exchange
	// Resumed is set when the present connection continues the session.
	Resumed bool

	taint      rules.Reason
	key        sessionKey
	live       []*Conn // open connections, in order of their CONNECT
	prev, next *Session
	listed     bool
}

type sessionKey struct {
	broker tcp.Endpoint
	client string
}

// maxCarried bounds what is remembered of a broken connection per session.
const maxCarried = 256

// sessions finds sessions by broker and client identifier. Those without an open
// connection are kept until there are too many; then the one that was idle for
// longest is forgotten.
type sessions struct {
	byKey map[sessionKey]*Session
	idle  Session // head of the ring of idle sessions, longest idle first
	count int
	limit int

	Forgotten uint64
}

func newSessions(limit int) *sessions {
	s := &sessions{byKey: map[sessionKey]*Session{}, limit: limit}
	s.idle.prev, s.idle.next = &s.idle, &s.idle
	return s
}

// get returns the session of that client at that broker and whether the capture
// has seen it before.
func (s *sessions) get(broker tcp.Endpoint, id string) (x *Session, seen bool) {
	k := sessionKey{broker, id}
	if x = s.byKey[k]; x != nil {
		s.unlist(x)
		return x, true
	}
	x = &Session{key: k, ClientID: id}
	s.byKey[k] = x
	return x, false
}

// rest takes note that x has no open connection.
func (s *sessions) rest(x *Session) {
	if x.listed || x.key == (sessionKey{}) {
		return
	}
	x.prev, x.next = s.idle.prev, &s.idle
	x.prev.next, x.next.prev = x, x
	x.listed = true
	s.count++
	if s.count > s.limit {
		oldest := s.idle.next
		s.unlist(oldest)
		delete(s.byKey, oldest.key)
		s.Forgotten++
	}
}

func (s *sessions) unlist(x *Session) {
	if x.listed {
		x.prev.next, x.next.prev = x.next, x.prev
		x.prev, x.next, x.listed = nil, nil, false
		s.count--
	}
}
