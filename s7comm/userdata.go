package s7comm

import "plcscope/internal/wire"

// UserdataType is what a userdata message is, bits 7 and 6 of its type byte.
type UserdataType uint8

const (
	UserdataPush     UserdataType = 0 // unsolicited, from the controller
	UserdataRequest  UserdataType = 1
	UserdataResponse UserdataType = 2
)

func (k UserdataType) String() string {
	switch k {
	case UserdataPush:
		return "Push"
	case UserdataRequest:
		return "Request"
	case UserdataResponse:
		return "Response"
	}
	return unknown("type", uint64(k))
}

// Group is the function group of a userdata message, bits 5 to 0 of its type byte.
type Group uint8

const (
	GroupMode       Group = 0x00 // mode transition
	GroupProgrammer Group = 0x01 // programmer commands, test functions (TIS)
	GroupCyclic     Group = 0x02
	GroupBlock      Group = 0x03
	GroupCPU        Group = 0x04
	GroupSecurity   Group = 0x05
	GroupPBC        Group = 0x06 // BSEND, BRECV, USEND
	GroupTime       Group = 0x07
	GroupRouting    Group = 0x20 // data record routing
	GroupNC         Group = 0x3F // NC programming
)

func (g Group) String() string {
	switch g {
	case GroupMode:
		return "Mode-transition"
	case GroupProgrammer:
		return "Programmer commands"
	case GroupCyclic:
		return "Cyclic services"
	case GroupBlock:
		return "Block functions"
	case GroupCPU:
		return "CPU functions"
	case GroupSecurity:
		return "Security"
	case GroupPBC:
		return "PBC BSEND/BRECV"
	case GroupTime:
		return "Time functions"
	case GroupRouting:
		return "Data record routing"
	case GroupNC:
		return "NC programming"
	}
	return unknown("group", uint64(g))
}

// Userdata is the head of a userdata message: its parameter part and the first four
// bytes of its data part. What Payload means is decided by group and subfunction.
type Userdata struct {
	Function    Function // FunctionCPU, FunctionModeTransition
	Type        UserdataType
	Group       Group
	Subfunction uint8  // mode transition: the Mode
	Sequence    uint8  // set by the responder; later the job's number
	Syntax      Syntax // SyntaxShort, SyntaxExtended; 0 in a mode transition
	Extended    bool   // the next three are there
	DataUnitRef uint8  // number of a fragment chain, 0 when the message is whole
	LastUnit    uint8  // 0: no more fragments
	Error       ErrorCode

	HasData       bool // the message has a data part
	ReturnCode    ReturnCode
	TransportSize DataSize
	Length        uint16 // as stated, bytes for all transport sizes seen
	Offset        int32  // of Payload, see Malformed.Offset
	Payload       []byte // the Length bytes behind the data head, or what there is of them

	// Content is what the message says: the payload or, in the last message of a chain of
	// fragments, what they make together; nil in the ones before that. It is borrowed like
	// Payload; what it means is read by the methods of Userdata that are named after it.
	Content []byte
	RID     uint32 // GroupPBC: the identifier that stands before the content
}

// More reports whether this message is a fragment and others follow.
func (u *Userdata) More() bool { return u.Extended && u.LastUnit != 0 }

// Mode is the operating mode that a controller announces in a mode transition.
type Mode uint8

func (m Mode) String() string {
	switch m {
	case 0:
		return "STOP"
	case 1:
		return "warm restart"
	case 2:
		return "RUN"
	case 3:
		return "hot restart"
	case 4:
		return "HOLD"
	case 6:
		return "cold restart"
	case 9:
		return "RUN-R"
	case 11:
		return "LINK-UP"
	case 12:
		return "UPDATE"
	}
	return unknown("mode", uint64(m))
}

// userdataHead reads the parameter part, which begins at offset n of the TSDU.
func (p *PDU) userdataHead(n int, t *wire.Tree) {
	u := &p.Userdata
	p.Function = Function(p.Param[0])
	u.Function = p.Function
	base := enter(t, n)
	c := wire.NewCursor(p.Param, t)
	u.head(&c)
	p.finish(&c, p.Param, p.origin+n, fSurplus, "")
	t.Base(base)
}

func (u *Userdata) head(c *wire.Cursor) {
	c.U24(fUDHead)
	size := c.U8(fUDLength)
	u.Syntax = Syntax(c.U8(fUDMethod))
	off, rest := c.Off(), c.Rest()
	c.Skip(fUDType, 1)
	if !c.OK() {
		return
	}
	b := rest[0]
	u.Type, u.Group = UserdataType(b>>6), Group(b&0x3f)
	if t := c.Tree(); t != nil { // Wireshark 4.0 splits the byte into halves
		t.Uint(fUDType, off, 1, uint64(b>>4))
		t.Uint(fUDGroup, off, 1, uint64(b&15))
	}
	if b&15 == 0 {
		u.Subfunction = c.U8(fUDMode)
	} else {
		u.Subfunction = c.U8(fUDSubfunction)
	}
	u.Sequence = c.U8(fUDSequence)
	if size < 8 || c.Len() < 4 || u.Syntax == 0 {
		return
	}
	u.Extended = true
	u.DataUnitRef = c.U8(fUDUnitRef)
	u.LastUnit = c.U8(fUDLastUnit)
	u.Error = ErrorCode(c.U16(fParamError))
}

// userdataData reads the data part, which begins at offset n of the TSDU.
func (p *PDU) userdataData(n int, t *wire.Tree) {
	if len(p.Data) == 0 {
		return
	}
	u := &p.Userdata
	p.Secret = u.password()
	base := enter(t, n)
	c := wire.NewCursor(p.Data, t)
	u.HasData = true
	u.ReturnCode = ReturnCode(c.U8(fReturnCode))
	u.TransportSize = DataSize(c.U8(fDataTransport))
	u.Length = c.U16(fDataLength)
	if c.OK() {
		u.Offset = int32(p.origin + n + c.Off())
		u.Payload = c.Rest()
		if size := int(u.Length); size <= c.Len() {
			u.Payload = u.Payload[:size:size]
		} else {
			p.fail(p.origin+n+2, fDataLength, "passes the end of the data part", "")
		}
		p.joinPayload()
		if t != nil {
			p.contents(t, c.Off())
		}
		c.Skip(fUDData, len(u.Payload))
	}
	p.finish(&c, p.Data, p.origin+n, fSurplus, "")
	t.Base(base)
}
