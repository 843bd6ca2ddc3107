package index

import (
	"slices"

	"plcscope/flows"
	"plcscope/flows/tcp"
	"plcscope/mqtt"
	"plcscope/s7comm"
)

// Message is what the index knows of a message without reading it.
type Message struct {
	Number     uint32 // from 1, in the order of delivery
	Frame      uint64 // that completed it
	FirstFrame uint64 // that holds its first byte
	Time       int64  // of Frame, nanoseconds since 1970-01-01 UTC
	Conn       uint32
	Dir        tcp.Dir
	FromClient bool
	Proto      flows.Protocol // flows.MQTT or flows.ISO

	Pos     uint64 // position of its first byte in its direction's stream, up to 1<<40
	Length  int    // bytes that are there
	Skipped int    // bytes behind them that are not

	Framing    flows.Framing
	Malformed  bool
	AfterError bool
	WebSocket  bool

	// Of an MQTT packet.
	Type           mqtt.PacketType
	QoS            mqtt.QoS
	Dup, Retain    bool
	Code           mqtt.ReasonCode // CONNACK, and the reason of 5.0 packets that have one
	Topic          uint32          // PUBLISH: its topic, or NoTopic
	Version        mqtt.Version    // by which it was decoded
	VersionGuessed bool

	// Of an ISO-on-TCP PDU.
	COTP        s7comm.TPDUType
	Kind        s7comm.Kind
	ROSCTR      s7comm.ROSCTR
	Function    s7comm.Function // jobs and their answers
	Group       s7comm.Group    // userdata
	Subfunction uint8           // userdata

	ID    uint16 // packet identifier or PDU reference
	HasID bool
}

// messageRow is a Message in 40 bytes.
type messageRow struct {
	frame  uint32
	conn   uint32
	prev   uint32 // number of the message before it on its connection
	pos    uint32 // lower half of the stream position
	length uint32
	sum    uint32 // CRC-32C of the bytes
	extra  uint32 // number of its row in extras, 0 for none
	what   uint32 // topic, or kind, ROSCTR, group and subfunction
	id     uint16
	flags  uint16
	first  uint8 // first byte of an MQTT packet, TPDU type
	code   uint8 // reason code, function
	high   uint8 // of pos
	how    uint8 // version, and how it was decoded
}

const (
	flagDir = 1 << iota
	flagFromClient
	flagISO
	flagMalformed
	flagUnframed // its end is not known, either
	flagFound
	flagAfterError
	flagID
	flagSameFrame // the message with the number before it is of the same frame
	flagWebSocket
	flagJoined // what it means depends on messages before it in its direction
	flagFresh  // but on none before this one, as what was there was given up

	howVersion = 7
	howGuessed = 8
	howReason  = 16 // code was in the packet

	howResponse = 8 // of ISO-on-TCP: userdata that answers
)

// extraRow holds what few messages have.
type extraRow struct {
	seq     uint32 // sequence number of the first byte
	first   uint32 // number of the frame that holds it
	prev    uint32 // message before it of the same frame
	skipped uint32
	pieces  uint32 // where the numbers of its frames begin in Index.pieces
	count   uint16 // how many they are
	more    bool   // there may be others
	place   flows.FramePlace
	raw     uint32 // bytes of the stream that it takes, WebSocket's own included
}

// Messages is how many messages the index holds; they are numbered from 1.
func (ix *Index) Messages() uint32 { return ix.listed.Load() }

// Message returns what the index knows of message number n, and false when there is none.
func (ix *Index) Message(n uint32) (Message, bool) {
	if n == 0 || n > ix.messages.len() {
		return Message{}, false
	}
	r := ix.messages.at(n - 1)
	m := Message{
		Number: n, Frame: uint64(r.frame), FirstFrame: uint64(r.frame), Conn: r.conn,
		Dir: tcp.Dir(r.flags & flagDir), FromClient: r.has(flagFromClient), Proto: flows.MQTT,
		Pos: r.position(), Length: int(r.length),
		Malformed: r.has(flagMalformed), AfterError: r.has(flagAfterError), WebSocket: r.has(flagWebSocket),
		ID: r.id, HasID: r.has(flagID),
	}
	if r.has(flagFound) {
		m.Framing = flows.Found
	}
	if f, ok := ix.Frame(r.frame); ok {
		m.Time = f.Time
	}
	if r.extra != 0 {
		x := ix.extras.at(r.extra - 1)
		m.FirstFrame, m.Skipped = uint64(x.first), int(x.skipped)
	}
	if r.has(flagISO) {
		m.Proto = flows.ISO
		m.COTP, m.Function = s7comm.TPDUType(r.first), s7comm.Function(r.code)
		m.Kind, m.ROSCTR = s7comm.Kind(r.what>>24), s7comm.ROSCTR(r.what>>16)
		m.Group, m.Subfunction = s7comm.Group(r.what>>8), uint8(r.what)
		return m, true
	}
	m.Type, m.Dup, m.QoS, m.Retain = mqtt.PacketType(r.first>>4), r.first&8 != 0, mqtt.QoS(r.first>>1&3), r.first&1 != 0
	m.Code, m.Topic = mqtt.ReasonCode(r.code), r.what
	m.Version, m.VersionGuessed = mqtt.Version(r.how&howVersion), r.how&howGuessed != 0
	return m, true
}

func (r *messageRow) has(flag uint16) bool { return r.flags&flag != 0 }

func (r *messageRow) position() uint64 { return uint64(r.high)<<32 | uint64(r.pos) }

// MessagesOf appends the numbers of the messages of a connection behind message after,
// in ascending order. Asking again with the last number gives what has come since.
func (ix *Index) MessagesOf(conn uint32, list []uint32, after uint32) []uint32 {
	if conn >= ix.hot.len() {
		return list
	}
	from := len(list)
	for n := ix.hot.at(conn).lastMessage.Load(); n > after; n = ix.messages.at(n - 1).prev {
		list = append(list, n)
	}
	slices.Reverse(list[from:])
	return list
}

// LastOf returns the number of the latest message of a connection, 0 while it has none.
func (ix *Index) LastOf(conn uint32) uint32 {
	if conn >= ix.hot.len() {
		return 0
	}
	return ix.hot.at(conn).lastMessage.Load()
}

// sequence is the number of the first byte of message row r in its TCP stream.
func (ix *Index) sequence(r *messageRow) uint32 {
	if r.extra != 0 {
		return ix.extras.at(r.extra - 1).seq
	}
	return ix.hot.at(r.conn).base[r.flags&flagDir].Load() + r.pos
}
