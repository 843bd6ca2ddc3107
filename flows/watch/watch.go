package watch

import (
	"plcscope/flows"
	"plcscope/flows/tcp"
	"plcscope/mqtt"
)

// Watcher tells what happens on connections. Its functions may be nil; they must not
// keep what they are handed.
type Watcher struct {
	// Begin is called at the first message of a connection, when it is known what it
	// carries; a connection without messages is only told when it is over.
	Begin func(c *flows.ConnInfo)
	// Over is called when both sides have closed, or one has reset it, or when it was
	// given up; not for a connection of another protocol than MQTT, ISO-on-TCP and TLS.
	Over func(c *flows.ConnInfo)
	// Session is called when an MQTT client is accepted or refused, and when the
	// connection of one that was accepted is over.
	Session func(s *Session)

	Counts Counts

	free []*conn
}

// State is what has become of an MQTT client.
type State uint8

const (
	Accepted State = iota // CONNACK, 0
	Refused               // CONNACK, anything else
	Gone                  // its connection is over
)

var stateNames = [...]string{"accepted", "refused", "gone"}

func (s State) String() string { return stateNames[s] }

// How is in which way an MQTT client has gone.
type How uint8

const (
	Goodbye    How = iota // it said DISCONNECT
	Dismissed             // the broker said DISCONNECT
	Closed                // FIN without DISCONNECT
	Reset                 // RST without DISCONNECT
	Silent                // nothing was heard for long, or the connection had to make room
	CaptureEnd            // the capture is over, not the connection
)

var howNames = [...]string{"goodbye", "dismissed", "closed", "reset", "silent", "end of capture"}

func (h How) String() string { return howNames[h] }

// Session is a change of state of an MQTT client.
type Session struct {
	State          State
	Client, Broker tcp.Endpoint
	ClientID       []byte // at most 256 bytes; nil when it sent none
	Version        mqtt.Version
	KeepAlive      uint16 // seconds, of CONNECT
	Clean          bool   // it asked for a new session
	Present        bool   // Accepted: the broker has resumed a session
	Code           mqtt.ReasonCode
	Frame          uint64 // of the CONNACK, or of what ended the connection; 0 when nothing did
	Time           int64
	Since          int64 // Gone: when it was accepted
	How            How   // Gone
	ByClient       bool  // Gone: the client has ended it
}

// conn is what is known of an open connection.
type conn struct {
	info      flows.ConnInfo
	told      bool // Begin was called
	over      bool // Over was called
	version   mqtt.Version
	keepAlive uint16
	clean     bool
	accepted  int64 // when; 0: it is not, or no more
	bye       [2]bool
	ended     [2]bool // by direction
}

var slot = flows.NewSlot()

func (w *Watcher) conn(c *flows.Connection) *conn {
	if x, ok := slot.Get(c).(*conn); ok {
		return x
	}
	var x *conn
	if n := len(w.free); n > 0 {
		x, w.free = w.free[n-1], w.free[:n-1]
		*x = conn{}
	} else {
		x = new(conn)
	}
	slot.Put(c, x)
	return x
}

func side(fromClient bool) int {
	if fromClient {
		return 0
	}
	return 1
}

// Opened implements flows.Observer.
func (w *Watcher) Opened(*flows.Connection) {}

// Gap implements flows.Observer.
func (w *Watcher) Gap(*flows.Gap) {}

// Message implements flows.Observer.
func (w *Watcher) Message(m *flows.Message) {
	w.Counts.add(m)
	x := w.conn(m.Conn)
	x.info.Note(m)
	if !x.told {
		x.told = true
		if w.Begin != nil {
			info := x.info
			info.Complete(m.Conn)
			w.Begin(&info)
		}
	}
	if m.Packet == nil || m.Err != nil {
		return
	}
	switch p := m.Packet; p.Type {
	case mqtt.CONNECT:
		x.version, x.keepAlive, x.clean = m.Version, p.Connect.KeepAlive, p.Connect.CleanSession()
	case mqtt.CONNACK:
		w.answered(x, m)
	case mqtt.DISCONNECT:
		x.bye[side(m.FromClient)] = true
		if m.FromClient {
			w.gone(x, m.Conn, m.Frame, m.Time, Goodbye, true)
		}
	}
}

// answered takes in a CONNACK.
func (w *Watcher) answered(x *conn, m *flows.Message) {
	p := m.Packet
	s := x.session(m.Conn)
	s.Frame, s.Time, s.Code, s.Present = m.Frame, m.Time, p.Code, p.SessionPresent
	if s.Version == 0 {
		s.Version = m.Version
	}
	if len(s.ClientID) == 0 {
		if a, ok := p.Props.Find(mqtt.AssignedClientIdentifier); ok && m.Version == mqtt.V5 {
			s.ClientID = a.Data[:min(len(a.Data), 256)]
		}
	}
	if s.State = Refused; p.Code == 0 {
		s.State = Accepted
		x.accepted = m.Time
	}
	if w.Session != nil {
		w.Session(&s)
	}
}

func (x *conn) session(c *flows.Connection) Session {
	return Session{
		Client: c.Client(), Broker: c.Server(), ClientID: x.info.MQTT.ClientID,
		Version: x.version, KeepAlive: x.keepAlive, Clean: x.clean,
	}
}

// gone tells that a client that was accepted has left.
func (w *Watcher) gone(x *conn, c *flows.Connection, frame uint64, at int64, how How, byClient bool) {
	if x.accepted == 0 {
		return
	}
	if w.Session != nil {
		s := x.session(c)
		s.State, s.Frame, s.Time, s.Since, s.How, s.ByClient = Gone, frame, at, x.accepted, how, byClient
		w.Session(&s)
	}
	x.accepted = 0
}

// Ended implements flows.Observer.
func (w *Watcher) Ended(e *flows.End) {
	if e.WebSocket || !reported(e.Conn) {
		return
	}
	x := w.conn(e.Conn)
	how := Closed
	switch {
	case x.bye[1]:
		how = Dismissed
	case e.Reset:
		how = Reset
	}
	w.gone(x, e.Conn, e.Frame, e.Time, how, e.FromClient)
	x.ended[e.Dir] = true
	if e.Reset || x.ended[0] && x.ended[1] {
		w.close(x, e.Conn)
	}
}

// Closed implements flows.Observer.
func (w *Watcher) Closed(c *flows.Connection) {
	x, ok := slot.Get(c).(*conn)
	if !ok {
		if !reported(c) {
			return
		}
		x = w.conn(c)
	}
	how := Silent
	if c.TCP.CloseHow == tcp.ClosedByCapture {
		how = CaptureEnd
	}
	w.gone(x, c, 0, c.TCP.LastTime, how, false)
	if reported(c) {
		w.close(x, c)
	}
	if len(w.free) < 1024 {
		w.free = append(w.free, x)
	}
}

func (w *Watcher) close(x *conn, c *flows.Connection) {
	if x.over {
		return
	}
	x.over = true
	if w.Over != nil {
		info := x.info
		info.Complete(c)
		w.Over(&info)
	}
}

// reported reports whether a connection is one to tell of.
func reported(c *flows.Connection) bool {
	return c.Proto == flows.MQTT || c.Proto == flows.ISO || c.Proto == flows.TLS
}
