package flows

import (
	"plcscope/decode"
	"plcscope/flows/tcp"
	"plcscope/internal/wire"
	"plcscope/mqtt"
	"plcscope/s7comm"
)

// Observer looks at traffic. The tracker calls it for each event, in the order
// in which things happened on each connection: an answer never comes before the
// bytes that it acknowledges. Everything handed over is borrowed until return.
type Observer interface {
	Opened(c *Connection) // the first segment of a connection was seen
	Message(m *Message)   // an MQTT packet or an ISO-on-TCP PDU is complete
	Gap(g *Gap)           // bytes are missing in the capture
	Ended(e *End)         // one side closed its direction, after its last message
	Closed(c *Connection) // the connection is over for the tracker; once per Opened
}

// Ignore is an Observer that does nothing; embed it and write only the methods
// that matter.
type Ignore struct{}

func (Ignore) Opened(*Connection) {}
func (Ignore) Message(*Message)   {}
func (Ignore) Gap(*Gap)           {}
func (Ignore) Ended(*End)         {}
func (Ignore) Closed(*Connection) {}

// Framing says how the start of a message was found.
type Framing uint8

const (
	Anchored Framing = iota // counted from the start of the connection, without a hole
	Found                   // recognised in the middle of a stream: plausible, not certain
)

// Message is one MQTT control packet or one TPKT with the frames that it came
// from. The tracker reuses it.
type Message struct {
	Conn       *Connection
	Dir        tcp.Dir // direction in the connection's own numbering
	FromClient bool

	Number uint64 // of the message in the whole capture, from 1
	Serial uint64 // of the message in its direction of the connection, from 1
	Time   int64  // capture time of the frame that completed it
	Frame  uint64 // number of the frame that completed it, as tshark assigns it

	FirstTime  int64    // capture time of the frame that holds its first byte
	FirstFrame uint64   // number of that frame
	Frames     []uint64 // the frames that it came from, ascending; at most maxFrames of them
	Pos        uint64   // position of its first byte in its direction's stream, from 0
	End        uint64   // position behind its last byte, what was skipped of it included
	Seq        uint32   // sequence number of its first byte

	Bytes   []byte  // the message as on the wire, of WebSocket frames without their masks
	Skipped int     // bytes at its end that were not kept: lost in the capture or beyond the size bound
	Framing Framing // how its start was found
	// AfterError is set when an earlier message of this direction was
	// malformed: the sender's idea of message borders may differ from ours.
	AfterError bool

	// Carrier tells of the WebSocket frames that it came in; zero when it came
	// in none.
	Carrier Carrier
	// Begins is the WebSocket frame that holds its first byte, when Carrier.Frames
	// is not 0.
	Begins FramePlace

	// Segment is the segment that completed the message.
	Segment *decode.Segment

	Packet  *mqtt.Packet    // the decoded packet of an MQTT connection, else nil
	Version mqtt.Version    // by which Packet was decoded
	PDU     *s7comm.PDU     // the decoded PDU of an ISO-on-TCP connection, else nil
	Request *s7comm.Request // the request that PDU answers, or nil

	// Tree holds the fields of the message under Wireshark's names, when
	// Options.Trees asks for it. A malformed message shows those before the
	// fault.
	Tree *wire.Tree

	// Err is the malformation, with its offset from the message's first byte,
	// or nil. It is an *mqtt.Malformed or an *s7comm.Malformed.
	Err error
}

// Gap is a hole in one direction of a connection.
type Gap struct {
	Conn       *Connection
	Dir        tcp.Dir
	FromClient bool
	Bytes      int64 // missing bytes, or -1 when their number is unknown
	Why        tcp.GapReason
	Frame      uint64 // the frame at which the hole was noticed; 0 at the end of the capture
	Time       int64
	// Framed reports that the hole lies inside one message whose length is
	// known, so that the next message is found for certain.
	Framed bool
}

// End is the close of one direction: a FIN, a close frame of WebSocket, or a RST
// which closes both.
type End struct {
	Conn       *Connection
	Dir        tcp.Dir
	FromClient bool
	Reset      bool
	WebSocket  bool // by a close frame; the FIN that follows is not told
	Frame      uint64
	Time       int64
}
