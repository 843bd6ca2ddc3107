package mqttrules

import (
	"plcscope/flows/tcp"
	"plcscope/mqtt"
	"plcscope/mqtt/broker"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// Session is what the rules know of one client identifier at one broker, over
// all its connections in the capture.
type Session struct {
	// Cleared holds the messages that each side left unfinished when a clean
	// CONNECT ended the session; bounded.
	Cleared [2][]session.Exchange
	client  *broker.Client // what the model of its broker knows of it; nil when nothing
	taint   rules.Reason
	// Known is set when the capture shows the session from its beginning: it
	// was made by a clean CONNECT, or the broker said that it held none.
	Known bool
	// Resumed is set when the present connection continues the session.
	Resumed bool

	session.Session
	ClientID string

	// Last is the CONNECT of the connection before the present one; zero for
	// the first.
	Last Connect
	// Left is when that connection was closed, by either side; zero when the
	// capture does not show it.
	Left rules.Ref
	// Expiry is for how many seconds the session outlives its connection:
	// 0 not at all, never for ever.
	Expiry uint32
	// Before is what became of the session of the connection before.
	Before Fate
	// Carried counts the messages that each side has left unfinished and that
	// the present connection has to finish.
	Carried    [2]int
	cut        bool   // a connection of it ended without DISCONNECT: what was under way may have been lost unseen
	lasted     uint32 // 5.0: Expiry, as it was before the present connection
	key        sessionKey
	before     rules.Reason // taint when the present connection began
	leftAt     rules.Ref    // Left, as it was before the present connection
	leftBy     session.Side // who closed first then
	lastLeftBy session.Side
	begun      int64   // when the latest connection said CONNECT
	present    Connect // that CONNECT
	live       []*Conn // connections not closed yet, in order of their CONNECT
	prev, next *Session
	listed     bool
	habit      habit
	aliases    [2]set       // topic aliases that each side has set on the present connection
	oldAliases [2]set       // and on the ones before
	abrupt     rules.Ref    // when its latest connection ended, without a will and without DISCONNECT
	refused    [2][]refused // messages of each side that the other has refused, bounded
}

// never is an expiry that does not come.
const never = 0xFFFFFFFF

// Fate is what became of the session that an earlier connection has left.
type Fate uint8

const (
	FateUnknown Fate = iota // there was none in the capture, or it cannot be told
	FateStored              // it lasts: the broker has it
	FateOver                // it ended with its connection, or has expired
)

type sessionKey struct {
	broker tcp.Endpoint
	client string
}

// fate tells what has become of the session at time now. Servers look at clocks
// now and then, and clocks differ, so that near the time of expiry it is unknown.
func (s *Session) fate(now int64) Fate {
	switch {
	case s.Left.Frame == 0: // for the broker the connection may still be open
		return FateUnknown
	case s.present.Version == mqtt.V5 && s.taint != rules.Certain: // DISCONNECT may have changed the expiry
		return FateUnknown
	}
	gone := now - s.Left.Time
	lasts := int64(s.Expiry) * second
	margin := max(60*second, lasts/10)
	switch {
	case s.Expiry == 0:
		return FateOver
	case s.Expiry == never || gone < lasts-margin:
		return FateStored
	case gone > lasts+margin:
		return FateOver
	}
	return FateUnknown
}

// clearOut keeps the messages that a clean CONNECT ends.
func (s *Session) clearOut() {
	for side := range s.Cleared {
		for _, x := range s.Flights[side].Open() {
			if x.Kind <= session.QoS2 && !x.Lapsed && len(s.Cleared[side]) < maxCleared {
				s.Cleared[side] = append(s.Cleared[side], x)
			}
		}
	}
}

// carry counts what the new connection has to finish.
func (s *Session) carry() {
	for side := range s.Carried {
		for _, x := range s.Flights[side].Open() {
			if x.Kind <= session.QoS2 && !x.Lapsed {
				s.Carried[side]++
			}
		}
	}
}

// doubtful takes note that nobody can know what the session holds.
func (s *Session) doubtful(why rules.Reason) {
	s.taint, s.Known = why, false
	s.Carried = [2]int{}
	s.Lapse()
}

// maxCleared bounds what is remembered of an ended session, maxLive the open
// connections of one session: beyond, the oldest is left to itself.
const (
	maxCleared = 64
	maxLive    = 16
)

// sessions finds sessions by broker and client identifier. Those without an open
// connection are kept until there are too many; then the one that was idle for
// longest is forgotten.
type sessions struct {
	byKey map[sessionKey]*Session
	// latest is the session of a client identifier that was used last, at any
	// broker: another address may be the same broker.
	latest map[string]*Session
	idle   Session // head of the ring of idle sessions, longest idle first
	count  int
	limit  int

	Forgotten uint64
}

func newSessions(limit int) *sessions {
	s := &sessions{byKey: map[sessionKey]*Session{}, latest: map[string]*Session{}, limit: limit}
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
		if oldest.client != nil {
			oldest.client.Forget()
		}
		if s.latest[oldest.ClientID] == oldest {
			delete(s.latest, oldest.ClientID)
		}
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

// Missed takes note that the capture has lost frames until t. What is missing on a
// connection shows in its streams, but not before more of it comes; and whole connections
// may be missing, on which any session may have gone on unseen.
func (e *Engine) Missed(t int64) {
	e.missed = max(e.missed, t)
	e.strangers.Missed(t)
}

// unsettle takes note that frames of c may have been lost, before anything else is said
// of it.
func (e *Engine) unsettle(c *Conn) {
	if c.missed == e.missed {
		return
	}
	if c.missed = e.missed; c.Flow.TCP.FirstTime <= e.missed {
		c.doubt(rules.LostPackets)
	}
}

// Forgotten is how many sessions were forgotten because there were too many.
func (e *Engine) Forgotten() uint64 { return e.sessions.Forgotten }
