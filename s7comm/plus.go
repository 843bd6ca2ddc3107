package s7comm

import "plcscope/internal/wire"

// PlusOpcode tells requests, responses and notifications of S7comm-plus apart.
type PlusOpcode uint8

const (
	PlusRequest      PlusOpcode = 0x31
	PlusResponse     PlusOpcode = 0x32
	PlusNotification PlusOpcode = 0x33
	PlusResponse2    PlusOpcode = 0x02 // answer to a SetVariable with special flags
)

func (o PlusOpcode) String() string {
	switch o {
	case PlusRequest:
		return "Request"
	case PlusResponse:
		return "Response"
	case PlusNotification:
		return "Notification"
	case PlusResponse2:
		return "Response2"
	}
	return unknown("opcode", uint64(o))
}

// PlusFunction is the function code of S7comm-plus requests and responses.
type PlusFunction uint16

// PlusCreateObject begins a session.
const PlusCreateObject PlusFunction = 0x04CA

var plusFunctions = map[PlusFunction]string{
	0x04B1: "Error", 0x04BB: "Explore", 0x04CA: "CreateObject", 0x04D4: "DeleteObject", 0x04F2: "SetVariable",
	0x04FC: "GetVariable", 0x0506: "AddLink", 0x051A: "RemoveLink", 0x0524: "GetLink", 0x0542: "SetMultiVariables",
	0x054C: "GetMultiVariables", 0x0556: "BeginSequence", 0x0560: "EndSequence", 0x056B: "Invoke",
	0x057C: "SetVarSubStreamed", 0x0586: "GetVarSubStreamed", 0x0590: "GetVariablesAddress", 0x059A: "Abort",
	0x05A9: "Error2", 0x05B3: "InitSSL",
}

func (f PlusFunction) String() string {
	if s, ok := plusFunctions[f]; ok {
		return s
	}
	return "function 0x" + string(appendHexDigits(nil, []byte{byte(f >> 8), byte(f)}))
}

// Plus is one frame of S7comm-plus, of which only the outside is publicly understood.
// A message that is longer than a frame continues in the next ones; its last frame has
// a trailer.
type Plus struct {
	Version      uint8  // 1 to 3; 0xFE system event
	Length       uint16 // bytes of data behind the four bytes of header, without the trailer
	Trailer      bool   // this is the last frame of its message
	Continuation bool   // an earlier frame began the message: there is no opcode here

	Digest   []byte // version 3: 32 bytes that authenticate the rest
	Opcode   PlusOpcode
	Function PlusFunction // requests and responses
	Sequence uint16       // requests and responses
	Session  uint32       // requests; the object identifier in notifications
	Flags    uint8        // requests and responses; their meaning is not known
	Payload  []byte       // what follows

	HasHeader bool // Opcode and the rest were read
}

const (
	plusHeader      = 4
	plusSystemEvent = 0xFE
)

// plus reads a frame of S7comm-plus.
func (p *PDU) plus(b []byte, t *wire.Tree) {
	m := &p.Plus
	*m = Plus{Continuation: p.continues}
	p.used = true
	h := t.Open(fPlus, 0)
	c := wire.NewCursor(b, t)
	c.U8(fPlusProtID)
	m.Version = c.U8(fPlusVersion)
	m.Length = c.U16(fPlusLength)
	switch {
	case !c.OK():
		p.Surplus = b
	case int(m.Length) > c.Len():
		m.Payload = c.Bytes(fPlusData, c.Len())
		p.fail(p.origin+2, fPlusLength, "passes the end of the TSDU", "")
	default:
		end := c.Off() + int(m.Length)
		body := wire.NewCursor(b[:end:end], t)
		body.Seek(c.Off())
		m.body(&body)
		c.Seek(end)
		if rest := c.Rest(); len(rest) >= plusHeader && rest[0] == protocolS7Plus && rest[1] == m.Version && rest[2] == 0 && rest[3] == 0 {
			m.Trailer = true
			c.Bytes(fPlusTrailer, plusHeader)
		}
		p.Surplus = c.Rest()
	}
	p.finish(&c, b, p.origin, fPlusSurplus, "")
	t.Close(h, len(b))
}

// body reads the data of a frame. Bytes that fit no known form are its payload.
func (m *Plus) body(c *wire.Cursor) {
	if !m.Continuation && m.Version != plusSystemEvent {
		if rest := c.Rest(); m.Version == 3 && len(rest) > 32 && rest[0] == 32 {
			c.Skip(fPlusDigest, 1)
			m.Digest = c.Bytes(fPlusDigest, 32)
		}
		m.header(c)
	}
	m.Payload = c.Bytes(fPlusData, c.Len())
}

// header reads the opcode and what it implies, when all of it is there.
func (m *Plus) header(c *wire.Cursor) {
	rest := c.Rest()
	if len(rest) == 0 {
		return
	}
	need := 0
	switch PlusOpcode(rest[0]) {
	case PlusRequest:
		need = 14
	case PlusResponse, PlusResponse2:
		need = 10
	case PlusNotification:
		need = 5
	}
	if need == 0 || len(rest) < need {
		return
	}
	m.HasHeader = true
	m.Opcode = PlusOpcode(c.U8(fPlusOpcode))
	if m.Opcode == PlusNotification {
		m.Session = c.U32(fPlusObject)
		return
	}
	c.Skip(fPlusFunction, 2)
	m.Function = PlusFunction(c.U16(fPlusFunction))
	c.Skip(fPlusSequence, 2)
	m.Sequence = c.U16(fPlusSequence)
	if m.Opcode == PlusRequest {
		m.Session = c.U32(fPlusSession)
	}
	m.Flags = c.U8(fPlusFlags)
}

// plusContinues tells whether the frame behind tsdu, an S7comm-plus frame, continues
// its message: it has no trailer.
func plusContinues(tsdu []byte) bool {
	if len(tsdu) < plusHeader || tsdu[0] != protocolS7Plus || tsdu[1] == plusSystemEvent {
		return false
	}
	return len(tsdu) == plusHeader+int(be16(tsdu[2:]))
}
