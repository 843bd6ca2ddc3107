package flows

import (
	"bytes"
	"cmp"
	"slices"

	"plcscope/flows/tcp"
	"plcscope/mqtt"
	"plcscope/s7comm"
)

// Bounds of what a Lister keeps.
const (
	// DefaultListed is how many connections a Lister keeps by default.
	DefaultListed = 100_000

	maxListedText = 256 // bytes of a client identifier or a TSAP
)

// ConnInfo is what a list tells of one connection. It is a copy: it outlives the
// connection.
type ConnInfo struct {
	Stream         uint64 // as Wireshark numbers it, tcp.stream
	VLAN           uint16
	Client, Server tcp.Endpoint
	ClientCertain  bool // else who is the client is a guess by port
	FromStart      bool // the capture holds the SYN or SYN-ACK

	Proto    Protocol
	Evidence Evidence

	FirstFrame, LastFrame uint64
	FirstTime, LastTime   int64 // nanoseconds since 1970
	RTT                   int64 // of the handshake, nanoseconds, 0 when unknown

	// Sent is what the client (0) and the server (1) sent.
	Sent [2]SideInfo

	Malformed uint64
	Close     tcp.Close
	// ClosedBy is who closed first, valid when CloserKnown.
	CloserKnown, ClosedByClient bool

	MQTT MQTTInfo // Proto MQTT
	// WebSocket is what carries the MQTT, or nil; Sent holds what the client (0)
	// and the server (1) sent.
	WebSocket *WebSocket
	S7        S7Info // Proto ISO
}

// Duration is the time from the first to the last segment, in nanoseconds; 0 when the clock
// was set back by more than that.
func (c *ConnInfo) Duration() int64 { return max(0, c.LastTime-c.FirstTime) }

// SideInfo counts what one side sent. The names are those of tcp.Half.
type SideInfo struct {
	Messages        uint64
	Segments        uint64
	Bytes           uint64 // payload, each byte once
	GapBytes        uint64
	Gaps            uint32
	Retransmissions uint32
	OutOfOrder      uint32
	Duplicates      uint64
	KeepAlives      uint32
	ZeroWindows     uint32
	Publishes       uint64 // MQTT
	Jobs            uint64 // S7 requests
	Engineering     uint64 // S7 requests that change or read programs, or start and stop
}

// MQTTInfo is what is particular to an MQTT connection.
type MQTTInfo struct {
	Version        mqtt.Version
	VersionGuessed bool
	ClientID       []byte // of the latest CONNECT, at most 256 bytes of it; nil when none was seen
	Connects       uint64 // CONNECT packets
	KeepAlive      uint16 // seconds, of the latest CONNECT
	Clean          bool   // it asked for a clean session, in 5.0 a clean start
	Code           mqtt.ReasonCode
	Answered       bool // a CONNACK was seen; Code is its
}

// S7Info is what is particular to an ISO-on-TCP connection.
type S7Info struct {
	CallingTSAP, CalledTSAP s7comm.TSAP // of the CR or CC, at most 256 bytes; nil when none was seen
	Confirmed               bool        // a CC was seen
	Refused                 bool        // a DR was seen before anything else
	Setup                   bool        // the next three were negotiated
	PDULength               uint16      // bytes
	AMQCalling, AMQCalled   uint16
	Plus                    bool // carries S7comm-plus
	TLS                     bool // carries TLS inside of COTP
	Classic                 bool // carries S7comm
}

// Lister is an Observer that collects the connections of a capture.
type Lister struct {
	Ignore

	// Limit is how many connections are kept; 0 means DefaultListed.
	Limit int
	// All keeps connections that carry neither MQTT nor ISO-on-TCP nor TLS, too.
	All bool
	// Overflow counts the connections that were not kept because Limit was
	// reached: those that ended last.
	Overflow uint64

	rows []ConnInfo
	free []*ConnInfo
}

var listSlot = NewSlot()

// Rows returns the connections that have ended, in the order of their first
// frames.
func (l *Lister) Rows() []ConnInfo {
	slices.SortFunc(l.rows, func(a, b ConnInfo) int {
		return cmp.Or(cmp.Compare(a.FirstFrame, b.FirstFrame), cmp.Compare(a.Stream, b.Stream))
	})
	return l.rows
}

func (l *Lister) Opened(c *Connection) {
	var r *ConnInfo
	if n := len(l.free); n > 0 {
		r, l.free = l.free[n-1], l.free[:n-1]
		*r = ConnInfo{}
	} else {
		r = new(ConnInfo)
	}
	listSlot.Put(c, r)
}

func (l *Lister) Message(m *Message) { listSlot.Get(m.Conn).(*ConnInfo).Note(m) }

// Note counts a message of the connection, by its direction. Whoever keeps lists of
// connections calls it for each message and Complete for a copy of what was counted.
func (r *ConnInfo) Note(m *Message) {
	s := &r.Sent[m.Dir] // by direction until Closed, when the client is known for good
	s.Messages++
	if m.Err != nil {
		r.Malformed++
	}
	if m.Packet != nil {
		r.MQTT.take(m.Packet, s)
	} else if m.PDU != nil && m.Err == nil {
		r.S7.take(m.PDU, s)
	}
}

func (i *MQTTInfo) take(p *mqtt.Packet, s *SideInfo) {
	switch p.Type {
	case mqtt.PUBLISH:
		s.Publishes++
	case mqtt.CONNECT:
		i.Connects++
		i.ClientID = bytes.Clone(p.Connect.ClientID[:min(len(p.Connect.ClientID), maxListedText)])
		i.KeepAlive, i.Clean = p.Connect.KeepAlive, p.Connect.CleanSession()
		i.Answered = false
	case mqtt.CONNACK:
		i.Answered, i.Code = true, p.Code
	}
}

func (i *S7Info) take(p *s7comm.PDU, s *SideInfo) {
	switch p.COTP.Type {
	case s7comm.CR, s7comm.CC:
		if p.COTP.CallingTSAP != nil {
			i.CallingTSAP = bytes.Clone(p.COTP.CallingTSAP[:min(len(p.COTP.CallingTSAP), maxListedText)])
		}
		if p.COTP.CalledTSAP != nil {
			i.CalledTSAP = bytes.Clone(p.COTP.CalledTSAP[:min(len(p.COTP.CalledTSAP), maxListedText)])
		}
		i.Confirmed = i.Confirmed || p.COTP.Type == s7comm.CC
	case s7comm.DR:
		i.Refused = !i.Confirmed
	}
	switch p.Kind {
	case s7comm.KindS7Plus:
		i.Plus = true
	case s7comm.KindTLS:
		i.TLS = true
	case s7comm.KindS7:
		i.Classic = true
		i.message(p, s)
	}
}

func (i *S7Info) message(p *s7comm.PDU, s *SideInfo) {
	switch p.S7.ROSCTR {
	case s7comm.ROSCTRAckData:
		if p.Function == s7comm.FunctionSetup && p.S7.Error == 0 {
			i.Setup = true
			i.PDULength, i.AMQCalling, i.AMQCalled = p.Setup.PDULength, p.Setup.AMQCalling, p.Setup.AMQCalled
		}
	case s7comm.ROSCTRJob:
		s.Jobs++
		switch p.Function {
		case s7comm.FunctionRequestDownload, s7comm.FunctionStartUpload, s7comm.FunctionPI, s7comm.FunctionStop:
			s.Engineering++
		}
	case s7comm.ROSCTRUserdata:
		if p.Userdata.Type != s7comm.UserdataRequest {
			return
		}
		s.Jobs++
		switch p.Userdata.Group {
		case s7comm.GroupProgrammer, s7comm.GroupBlock, s7comm.GroupSecurity:
			s.Engineering++
		}
	}
}

func (l *Lister) Closed(c *Connection) {
	r := listSlot.Get(c).(*ConnInfo)
	listed := l.All || c.Proto == MQTT || c.Proto == ISO || c.Proto == TLS
	limit := l.Limit
	if limit == 0 {
		limit = DefaultListed
	}
	if listed && len(l.rows) >= limit {
		l.Overflow++
		listed = false
	}
	if listed {
		r.Complete(c)
		l.rows = append(l.rows, *r)
	}
	if len(l.free) < 1024 {
		l.free = append(l.free, r)
	}
}

// Complete copies what the connection itself has counted, and puts the sides in
// order of client and server: once, as Note counts by direction.
func (r *ConnInfo) Complete(c *Connection) {
	t := c.TCP
	r.Stream, r.VLAN = t.Stream, t.VLAN
	r.Client, r.Server = c.Client(), c.Server()
	r.ClientCertain, r.FromStart = c.ClientCertain(), c.FromStart()
	r.Proto, r.Evidence = c.Proto, c.Evidence
	r.FirstFrame, r.LastFrame = t.FirstFrame, t.LastFrame
	r.FirstTime, r.LastTime = t.FirstTime, t.LastTime
	r.RTT = t.RTT()
	r.MQTT.Version, r.MQTT.VersionGuessed = c.Version, c.VersionGuessed
	r.Close = t.CloseHow
	h0, h1 := &t.Half[0], &t.Half[1]
	r.CloserKnown = h0.FINFrame|h1.FINFrame|h0.RSTFrame|h1.RSTFrame != 0
	r.ClosedByClient = r.CloserKnown && t.ClosedBy == c.ClientDir()
	for d := range t.Half {
		h, s := &t.Half[d], &r.Sent[d]
		s.Segments, s.Bytes, s.GapBytes, s.Gaps = h.Segments, h.Bytes, h.GapBytes, h.Gaps
		s.Retransmissions, s.OutOfOrder, s.Duplicates = h.Retransmissions, h.OutOfOrder, h.Duplicates
		s.KeepAlives, s.ZeroWindows = h.KeepAlives, h.ZeroWindows
	}
	if c.WebSocket != nil {
		w := *c.WebSocket
		r.WebSocket = &w
	}
	if c.ClientDir() == 1 {
		r.Sent[0], r.Sent[1] = r.Sent[1], r.Sent[0]
		if w := r.WebSocket; w != nil {
			w.Sent[0], w.Sent[1] = w.Sent[1], w.Sent[0]
		}
	}
}
