package s7comm

import "plcscope/internal/wire"

// TPDUType is the code of a transport protocol data unit, its low nibble cleared.
type TPDUType uint8

// The TPDUs of ISO 8073. Class 0 uses CR, CC, DR, DT and ER; the others are flagged.
const (
	CR TPDUType = 0xE0 // connection request
	CC TPDUType = 0xD0 // connection confirm
	DR TPDUType = 0x80 // disconnect request: the refusal of a CR
	DC TPDUType = 0xC0 // disconnect confirm
	DT TPDUType = 0xF0 // data
	ED TPDUType = 0x10 // expedited data
	AK TPDUType = 0x60 // data acknowledgement
	EA TPDUType = 0x20 // expedited data acknowledgement
	RJ TPDUType = 0x50 // reject
	ER TPDUType = 0x70 // TPDU error
)

var tpduNames = [16]string{
	0xE: "CR", 0xD: "CC", 0x8: "DR", 0xC: "DC", 0xF: "DT", 0x1: "ED", 0x6: "AK", 0x2: "EA", 0x5: "RJ", 0x7: "ER",
}

func (t TPDUType) String() string {
	if s := tpduNames[t>>4]; s != "" {
		return s
	}
	return unknown("TPDU type", uint64(t))
}

// Class0 reports whether the TPDU belongs to transport class 0.
func (t TPDUType) Class0() bool {
	return t == CR || t == CC || t == DR || t == DT || t == ER
}

// COTP is the header of one TPDU.
type COTP struct {
	Type   TPDUType
	Credit uint8 // low nibble of the type byte, 0 in class 0; DT: always 0
	LI     uint8 // length indicator: header bytes behind it, 0 to 254

	DstRef, SrcRef uint16 // CR, CC, DR, DC; DstRef also ER
	Class          uint8  // CR, CC: preferred class, 0
	Options        uint8  // CR, CC: low nibble of the class byte

	EOT    bool  // DT: last fragment of its TSDU
	Number uint8 // DT: TPDU number, 0 in class 0

	Reason DisconnectReason // DR
	Cause  RejectCause      // ER

	CallingTSAP, CalledTSAP TSAP     // CR, CC; nil when absent
	TPDUSize                int      // CR, CC: largest TPDU in bytes; 0 when absent
	Params                  []Option // the variable part in wire order
	Unparsed                []byte   // header bytes behind the last option that could be read
	UserData                []byte   // what follows the header
}

// Option is one element of the variable part of a COTP header.
type Option struct {
	Code   OptionCode
	Offset int    // of the code, from the first byte of the TPKT
	Value  []byte // borrowed
}

// OptionCode tells the options of the variable part apart.
type OptionCode uint8

const (
	OptionTPDUSize    OptionCode = 0xC0
	OptionCallingTSAP OptionCode = 0xC1
	OptionCalledTSAP  OptionCode = 0xC2
)

var optionNames = map[OptionCode]string{
	0xC0: "tpdu-size", 0xC1: "src-tsap", 0xC2: "dst-tsap", 0xC3: "checksum", 0xC4: "version-nr", 0xC5: "protection",
	0xC6: "opt-sel", 0xC7: "class-alt", 0x85: "ack-time", 0x86: "res-error", 0x87: "priority", 0x88: "transit-delay",
	0x89: "throughput", 0x8A: "seq-nr", 0x8B: "reassignment", 0x8C: "flow-cntl", 0xE0: "additional disconnect information",
	0xF0: "preferred TPDU size", 0xF2: "inactivity timer",
}

func (c OptionCode) String() string {
	if s, ok := optionNames[c]; ok {
		return s
	}
	return unknown("option", uint64(c))
}

// DisconnectReason is why a DR was sent.
type DisconnectReason uint8

var disconnectReasons = map[DisconnectReason]string{
	0x00: "reason not specified", 0x01: "congestion at TSAP", 0x02: "session entity not attached to TSAP", 0x03: "address unknown",
	0x80: "normal disconnect", 0x81: "remote congestion at connect time", 0x82: "connection negotiation failed",
	0x83: "duplicate source reference", 0x84: "mismatched references", 0x85: "protocol error", 0x87: "reference overflow",
	0x88: "connection request refused", 0x8A: "header or parameter length invalid",
}

func (r DisconnectReason) String() string {
	if s, ok := disconnectReasons[r]; ok {
		return s
	}
	return unknown("reason", uint64(r))
}

// RejectCause is why an ER was sent.
type RejectCause uint8

func (c RejectCause) String() string {
	switch c {
	case 0:
		return "reason not specified"
	case 1:
		return "invalid parameter code"
	case 2:
		return "invalid TPDU type"
	case 3:
		return "invalid parameter value"
	}
	return unknown("cause", uint64(c))
}

// reset clears what a decoded TPDU may leave behind.
func (c *COTP) reset() {
	c.Credit, c.DstRef, c.SrcRef, c.Class, c.Options = 0, 0, 0, 0, 0
	c.EOT, c.Number, c.Reason, c.Cause = false, 0, 0, 0
	c.CallingTSAP, c.CalledTSAP, c.TPDUSize = nil, nil, 0
	c.Params, c.Unparsed, c.UserData = c.Params[:0], nil, nil
}

// cotp reads the TPDU in b, which is one whole TPKT.
func (p *PDU) cotp(b []byte, t *wire.Tree) {
	c := &p.COTP
	c.LI = b[4]
	code := b[5]
	if c.LI == 2 && code == byte(DT) { // all traffic but the connection set-up
		if c.Type != DT || c.Unparsed != nil {
			c.reset()
			c.Type = DT
		}
		c.EOT = b[6]&0x80 != 0
		c.Number = b[6] & 0x7f
		c.UserData = b[7:len(b):len(b)]
		if t != nil {
			t.Uint(fLI, 4, 1, 2)
			t.Uint(fType, 5, 1, uint64(DT>>4))
			t.Uint(fDstRef, 6, 0, 0) // there is none in class 0, but Wireshark shows one
			t.Uint(fNumber, 6, 1, uint64(c.Number))
			t.Bool(fEOT, 6, c.EOT)
		}
		return
	}
	c.reset()
	c.Type = TPDUType(code & 0xf0)
	t.Uint(fLI, 4, 1, uint64(c.LI))
	t.Uint(fType, 5, 1, uint64(code>>4))
	end := 5 + int(c.LI)
	if c.LI < 2 || c.LI == 255 || end > len(b) {
		c.Unparsed = b[6:]
		t.Data(fCOTPSurplus, 6, c.Unparsed)
		p.fail(4, fLI, "does not fit the TPKT", clauseLI)
		return
	}
	c.UserData = b[end:len(b):len(b)]
	cur := wire.NewCursor(b[:end:end], t)
	cur.Seek(6)
	switch c.Type {
	case CR, CC:
		c.Credit = code & 0x0f
		c.DstRef = cur.U16(fDstRef)
		c.SrcRef = cur.U16(fSrcRef)
		c.class(&cur)
	case DR:
		c.DstRef = cur.U16(fDstRef)
		c.SrcRef = cur.U16(fSrcRef)
		c.Reason = DisconnectReason(cur.U8(fCause))
	case ER:
		c.DstRef = cur.U16(fDstRef)
		c.Cause = RejectCause(cur.U8(fRejectCause))
	case DT: // the header of other classes
		p.unparsed(&cur)
		p.fail(4, fLI, "is not 2 in a DT of class 0", "ISO 8073 13.7")
		return
	default:
		p.unparsed(&cur)
		p.fail(5, fType, "is not a TPDU of class 0", "ISO 8073 13.1")
		return
	}
	if cur.OK() {
		p.options(&cur)
	}
	p.finish(&cur, b[:end], 0, fCOTPSurplus, clauseLI)
}

func (c *COTP) class(cur *wire.Cursor) {
	off, rest := cur.Off(), cur.Rest()
	cur.Skip(fClass, 1)
	if !cur.OK() {
		return
	}
	c.Class, c.Options = rest[0]>>4, rest[0]&0x0f
	if t := cur.Tree(); t != nil {
		t.Uint(fClass, off, 1, uint64(c.Class))
		t.Bool(fExtendedFormats, off, c.Options&2 != 0)
		t.Bool(fNoFlowControl, off, c.Options&1 != 0)
	}
}

// unparsed keeps the rest of the header.
func (p *PDU) unparsed(cur *wire.Cursor) {
	p.COTP.Unparsed = cur.Bytes(fCOTPSurplus, cur.Len())
}

// options reads the variable part of CR, CC, DR and ER.
func (p *PDU) options(cur *wire.Cursor) {
	c, t := &p.COTP, cur.Tree()
	for cur.Len() > 0 {
		off, rest := cur.Off(), cur.Rest()
		code := OptionCode(cur.U8(fOptionCode))
		size := int(cur.U8(fOptionLength))
		if !cur.OK() || size > cur.Len() {
			c.Unparsed = rest
			p.fail(off, fOptionLength, "passes the end of the header", clauseVar)
			cur.Bytes(fCOTPSurplus, cur.Len())
			return
		}
		v := rest[2 : 2+size : 2+size]
		cur.Skip(fOptionValue, size)
		c.Params = append(c.Params, Option{Code: code, Offset: off, Value: v})
		off += 2
		switch {
		case code == OptionTPDUSize && size == 1 && v[0] < 16:
			c.TPDUSize = 1 << v[0]
			t.Uint(fTPDUSize, off, 1, 1<<v[0])
		case code == OptionCallingTSAP:
			c.CallingTSAP = TSAP(v)
			t.Data(fSrcTSAP, off, v)
			t.Data(fSrcTSAPBytes, off, v)
		case code == OptionCalledTSAP:
			c.CalledTSAP = TSAP(v)
			t.Data(fDstTSAP, off, v)
			t.Data(fDstTSAPBytes, off, v)
		case t == nil || size == 0:
		default:
			optionField(t, code, off, v)
		}
	}
}

// optionField adds the value of an option that says nothing to this package.
func optionField(t *wire.Tree, code OptionCode, off int, v []byte) {
	for i := range optionNumbers {
		if o := &optionNumbers[i]; o.code == code && len(v) == int(o.field.Width) {
			n := uint64(0)
			for _, c := range v {
				n = n<<8 | uint64(c)
			}
			t.Uint(o.field, off, len(v), n)
			return
		}
	}
	t.Data(fOptionValue, off, v)
}

// optionNumbers are the options whose value is one number.
var optionNumbers = []struct {
	code  OptionCode
	field *wire.Field
}{
	{0xC3, transportFields.Uint("cotp.checksum", "Checksum", 2, wire.Hex, nil)},
	{0xC4, transportFields.Uint("cotp.vp_version_nr", "Version", 1, wire.Dec, nil)},
	{0x85, transportFields.Uint("cotp.ack_time", "Ack time (ms)", 2, wire.Dec, nil)},
	{0x87, transportFields.Uint("cotp.vp_priority", "Priority", 2, wire.Dec, nil)},
	{0x8B, transportFields.Uint("cotp.reassignment_time", "Reassignment time (secs)", 2, wire.Dec, nil)},
	{0xF2, transportFields.Uint("cotp.inactivity_timer", "Inactivity timer (ms)", 4, wire.Dec, nil)},
}
