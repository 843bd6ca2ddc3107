package events

import (
	"plcscope/flows"
	"plcscope/flows/assets"
	"plcscope/flows/delivery"
	"plcscope/flows/watch"
	"plcscope/mqtt"
)

// Connection is a TCP connection that has begun or is over.
type Connection struct {
	head
	State     string `json:"state" enum:"open|closed"`
	Protocol  string `json:"protocol" enum:"MQTT|ISO-on-TCP|TLS|undecided|other"`
	Stream    uint64 `json:"stream" doc:"Its number in this run, from 0, as Wireshark counts tcp.stream."`
	Client    string `json:"client" doc:"Address and port."`
	Server    string `json:"server"`
	Certain   bool   `json:"client_certain" doc:"Else which side is the client is a guess by port."`
	FromStart bool   `json:"from_start" doc:"Its beginning was captured."`
	Frame     uint64 `json:"frame" doc:"open: of its first frame; closed: of its last."`
	WebSocket bool   `json:"websocket,omitempty"`
	ClientID  string `json:"client_id,omitempty" doc:"MQTT client identifier, when a CONNECT was seen."`
	Version   string `json:"mqtt_version,omitempty"`

	How      string `json:"how,omitempty" doc:"closed: how it ended."`
	By       string `json:"closed_by,omitempty" enum:"client|server" doc:"closed: who closed first, where that is known."`
	Duration int64  `json:"duration_ns,omitempty" doc:"closed: from its first to its last frame; none when the clock was set back between."`
	Sent     *Sent  `json:"sent,omitempty" doc:"closed: what each side has sent."`
}

// Sent is what the two sides of a connection have sent.
type Sent struct {
	Client Side `json:"client"`
	Server Side `json:"server"`
}

// Side is what one side of a connection has sent.
type Side struct {
	Messages        uint64 `json:"messages"`
	Segments        uint64 `json:"segments"`
	Bytes           uint64 `json:"bytes" doc:"Payload of TCP, each byte once."`
	Retransmissions uint64 `json:"retransmissions"`
	Gaps            uint64 `json:"gaps" doc:"Places where bytes are missing in the capture."`
}

func (*Connection) kind() string { return "connection" }

// NewConnection makes the event of a connection that has begun, or is over.
func NewConnection(c *flows.ConnInfo, over bool) *Connection {
	e := &Connection{
		State: "open", Protocol: c.Proto.String(), Stream: c.Stream, Client: c.Client.String(), Server: c.Server.String(),
		Certain: c.ClientCertain, FromStart: c.FromStart, Frame: c.FirstFrame, WebSocket: c.WebSocket != nil,
	}
	if c.Proto == flows.MQTT {
		e.ClientID = string(c.MQTT.ClientID)
		if !c.MQTT.VersionGuessed {
			e.Version = version(c.MQTT.Version)
		}
	}
	if !over {
		return e
	}
	e.State, e.Frame, e.How, e.Duration = "closed", c.LastFrame, c.Close.String(), c.Duration()
	if c.CloserKnown {
		e.By = sides[index(!c.ClosedByClient)]
	}
	e.Sent = &Sent{sideOf(&c.Sent[0]), sideOf(&c.Sent[1])}
	return e
}

var sides = [...]string{"client", "server"}

func index(b bool) int {
	if b {
		return 1
	}
	return 0
}

func sideOf(s *flows.SideInfo) Side {
	return Side{s.Messages, s.Segments, s.Bytes, uint64(s.Retransmissions), uint64(s.Gaps)}
}

func version(v mqtt.Version) string {
	if v == 0 {
		return ""
	}
	return v.String()
}

// Session is an MQTT client that was accepted, was refused, or is gone.
type Session struct {
	head
	State     string `json:"state" enum:"accepted|refused|gone"`
	ClientID  string `json:"client_id"`
	Client    string `json:"client" doc:"Address and port."`
	Broker    string `json:"broker"`
	Version   string `json:"mqtt_version,omitempty"`
	KeepAlive uint16 `json:"keep_alive_s"`
	Clean     bool   `json:"clean" doc:"It asked for a new session."`
	Frame     uint64 `json:"frame,omitempty"`

	Present  *bool  `json:"session_present,omitempty" doc:"accepted: the broker has resumed a session."`
	Code     *int   `json:"code,omitempty" doc:"refused: the return or reason code."`
	CodeText string `json:"code_text,omitempty"`

	How    string `json:"how,omitempty" enum:"goodbye|dismissed|closed|reset|silent|end of capture" doc:"gone: goodbye and dismissed are DISCONNECT of the client and the broker."`
	By     string `json:"ended_by,omitempty" enum:"client|server"`
	Lasted int64  `json:"lasted_ns,omitempty" doc:"gone: since it was accepted; none when the clock was set back since."`
}

func (*Session) kind() string { return "session" }

// NewSession makes the event of a change of an MQTT client's state.
func NewSession(s *watch.Session) *Session {
	e := &Session{
		State: s.State.String(), ClientID: string(s.ClientID), Client: s.Client.String(), Broker: s.Broker.String(),
		Version: version(s.Version), KeepAlive: s.KeepAlive, Clean: s.Clean, Frame: s.Frame,
	}
	switch s.State {
	case watch.Accepted:
		e.Present = &s.Present
	case watch.Refused:
		code := int(s.Code)
		e.Code, e.CodeText = &code, s.Code.Name(mqtt.CONNACK)
	case watch.Gone:
		e.How, e.Lasted = s.How.String(), max(0, s.Time-s.Since)
		if s.How < watch.Silent {
			e.By = sides[index(!s.ByClient)]
		}
	}
	return e
}

// Outage is an MQTT connection that broke, and the return of its client.
type Outage struct {
	head
	State    string     `json:"state" enum:"begun|over"`
	ClientID string     `json:"client_id" doc:"Empty when it sent none or its CONNECT was not captured."`
	Client   string     `json:"client" doc:"Address and port on the broken connection."`
	Broker   string     `json:"broker"`
	Cause    string     `json:"cause"`
	Frame    uint64     `json:"frame" doc:"Of the close."`
	InFlight *PerSender `json:"in_flight,omitempty" doc:"begun: messages of QoS 1 and 2 that were on the way."`
	Down     *int64     `json:"down_ns,omitempty" doc:"over: how long the client was away."`
	How      string     `json:"resumption,omitempty" doc:"over: with what it came back."`
	Back     uint64     `json:"back_frame,omitempty" doc:"over: frame of the CONNECT."`
}

// PerSender counts messages by who has sent them.
type PerSender struct {
	Client uint64 `json:"client"`
	Broker uint64 `json:"broker"`
}

func (*Outage) kind() string { return "outage" }

// NewOutage makes the event of an outage, as the audit tells it.
func NewOutage(o *delivery.Outage) *Outage {
	e := &Outage{
		State: "begun", ClientID: o.Client, Client: o.Endpoint.String(), Broker: o.Broker.String(),
		Cause: o.Cause.String(), Frame: o.At.Frame,
	}
	if o.Back.Frame == 0 {
		e.InFlight = &PerSender{o.InFlight[0], o.InFlight[1]}
		return e
	}
	down := max(o.Down(), 0)
	e.State, e.Down, e.How, e.Back = "over", &down, o.How.String(), o.Back.Frame
	return e
}

// Action is something that somebody does to a controller: stop, start, load, force.
type Action struct {
	head
	State      string `json:"state" enum:"asked|settled"`
	Action     string `json:"action"`
	Client     string `json:"client" doc:"IP address."`
	Controller string `json:"controller" doc:"IP address."`
	Detail     string `json:"detail,omitempty" doc:"What it is done to. No password."`
	Frame      uint64 `json:"frame" doc:"Of the request."`
	Outcome    string `json:"outcome,omitempty" enum:"unknown|done|refused|unanswered" doc:"settled: what became of it; unknown when the capture does not show it."`
	Error      string `json:"error,omitempty" doc:"refused: why."`
}

func (*Action) kind() string { return "action" }

// NewAction makes the event of an action that is asked for, or settled.
func NewAction(a *assets.Action, settled bool) *Action {
	e := &Action{State: "asked", Action: a.Kind.String(), Client: a.Client.String(), Controller: a.Server.String(), Detail: a.Detail, Frame: a.Frame}
	if settled {
		e.State, e.Outcome, e.Error = "settled", a.Outcome.String(), a.Error
	}
	return e
}
