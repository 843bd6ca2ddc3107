package siterules

import (
	"net/netip"
	"regexp"
	"time"

	"plcscope/mqtt"
	"plcscope/s7comm"
)

// Policy is what a plant has laid down for itself. The zero value allows everything.
type Policy struct {
	MQTT []MQTT // each for the clients that it selects; all that select a client apply
	S7   []S7   // each for the controllers that it selects
}

// Selector chooses whom a part of a policy is about. The zero value chooses everybody;
// of what is set, all must fit.
type Selector struct {
	Name      string         // of the subject in the profile, for reports; "" when there is none
	Addresses []netip.Prefix // one of them holds the IP address
	ClientIDs []string       // one of these globs (* and ?) fits the MQTT client identifier
}

// MQTT is what is laid down for MQTT clients.
type MQTT struct {
	For Selector

	// ClientID is what the client identifier must match as a whole, or nil.
	ClientID *regexp.Regexp
	// KeepAlive is the range of Keep Alive in CONNECT.
	KeepAlive Span

	// Publish lists what may be published: the first entry whose filter matches a topic
	// judges it. With Publish not nil, a topic that no entry matches is not allowed.
	Publish []Publish
	// Subscribe lists the filters that may be subscribed to, as filters which cover
	// them: "plant/#" covers "plant/+/state". nil: any.
	Subscribe []string

	// AckLatency bounds the time from a QoS 1 or 2 PUBLISH to the end of its exchange.
	AckLatency Span
}

// Publish is what is laid down for the topics that a filter matches.
type Publish struct {
	Topic    string     // a topic filter; wildcards as in MQTT
	QoS      []mqtt.QoS // allowed ones; nil: any
	Retain   *bool      // nil: either
	Payload  Payload
	Interval Span // from one PUBLISH on a topic to the next by the same client
}

// Payload is what the application message must be.
type Payload struct {
	Kind   Kind
	Length Length // in bytes
	// Schema checks a JSON payload; nil: any JSON. It returns what is wrong.
	Schema func(payload []byte) error
	// Type is what an S7 payload is made of, "REAL" or "INT"; the length must be a
	// multiple of the type's. "STRING" asks for a header that fits the text.
	Type string
}

// Kind is how a payload is written.
type Kind uint8

const (
	AnyKind Kind = iota
	JSON
	Text   // UTF-8 without control characters but tab, line feed and carriage return
	Number // a decimal number as text
	S7Data // values as they lie in the controller, big-endian
	Empty
)

// Span is a range of time; Max 0 means without end.
type Span struct{ Min, Max time.Duration }

// Set reports whether the span bounds anything.
func (s Span) Set() bool { return s != Span{} }

// Length is a range of bytes; Max 0 means without end.
type Length struct{ Min, Max int }

// Set reports whether the range bounds anything.
func (l Length) Set() bool { return l != Length{} }

// S7 is what is laid down for S7 controllers.
type S7 struct {
	For Selector // ClientIDs do not apply

	// Hosts may talk to the controller; nil: any.
	Hosts []netip.Prefix
	// Functions may be used, nil: any.
	Functions []Function
	// Writable are the ranges that may be written; nil: any.
	Writable []Range
	// Answer bounds the time from a request to its answer.
	Answer Span
}

// Function is a kind of S7 request as a plant's rules speak of it.
type Function string

const (
	Read     Function = "read"     // Read Var
	Write    Function = "write"    // Write Var
	Cyclic   Function = "cyclic"   // cyclic services
	Info     Function = "info"     // SZL, block lists and block info, time of day read
	Upload   Function = "upload"   // blocks from the controller
	Download Function = "download" // blocks to the controller, delete and insert
	Start    Function = "start"    // PI services that start the program
	Stop     Function = "stop"
	SetTime  Function = "set-time"
	Force    Function = "force"   // force and modify variables, breakpoints
	Message  Function = "message" // alarms, diagnostic messages
	Password Function = "password"
	BSend    Function = "bsend" // BSEND and BRECV
	Other    Function = "other"
)

// Functions returns all functions, in the order of the help.
func Functions() []Function {
	return []Function{Read, Write, Cyclic, Info, Upload, Download, Start, Stop, SetTime, Force, Message, Password, BSend, Other}
}

// Range is a part of a controller's data, from bit First to bit Last of an area
// (inclusive), counted from byte 0. Timers and counters take 16 bits each.
type Range struct {
	Area        s7comm.Area
	DB          uint16 // of the area of data blocks
	First, Last uint64
}
