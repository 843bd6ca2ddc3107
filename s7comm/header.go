package s7comm

import "plcscope/internal/wire"

// ROSCTR is the kind of an S7 message, the second byte of its header.
type ROSCTR uint8

const (
	ROSCTRJob      ROSCTR = 1 // request with acknowledgement
	ROSCTRAck      ROSCTR = 2 // acknowledgement without parameter or data
	ROSCTRAckData  ROSCTR = 3 // answer to a job
	ROSCTRUserdata ROSCTR = 7 // requests, answers and pushes of the function groups
)

func (r ROSCTR) String() string {
	switch r {
	case ROSCTRJob:
		return "Job"
	case ROSCTRAck:
		return "Ack"
	case ROSCTRAckData:
		return "Ack_Data"
	case ROSCTRUserdata:
		return "Userdata"
	}
	return unknown("ROSCTR", uint64(r))
}

// Header is the header of an S7 message: 10 bytes, 12 with the error of an answer.
type Header struct {
	ROSCTR    ROSCTR
	HeaderLen uint8     // 10 or 12; 0 when the PDU holds no S7 message
	RedID     uint16    // redundancy identification, 0
	PDURef    uint16    // chosen by the requester, echoed by the answer; opaque
	ParamLen  uint16    // bytes of the parameter part
	DataLen   uint16    // bytes of the data part
	Error     ErrorCode // error class and code as one number; 0 in Job and Userdata
}

const (
	protocolS7     = 0x32
	protocolS7Plus = 0x72
)

// content tells what the TSDU holds and reads it.
func (p *PDU) content(t *wire.Tree) {
	b := p.TSDU
	if len(b) == 0 {
		p.Kind = KindEmpty
		p.clear()
		return
	}
	if b[0] == protocolS7 && t == nil { // the same as below, without the detours
		p.Kind = KindS7
		p.message(b, nil)
		return
	}
	if b[0] != protocolS7 {
		p.clear()
	}
	at := 0
	if t != nil {
		at = len(t.Nodes)
		p.segments(t)
	}
	base := enter(t, p.origin)
	switch {
	case b[0] == protocolS7:
		p.Kind = KindS7
		p.message(b, t)
		if p.Secret && t != nil {
			hideSegments(t, at)
		}
	case b[0] == protocolS7Plus:
		p.Kind = KindS7Plus
		p.plus(b, t)
	case len(b) >= 3 && b[0] >= 0x14 && b[0] <= 0x17 && b[1] == 3 && b[2] <= 4:
		p.Kind = KindTLS
	case b[0] == 0x0D || b[0] == 0x0E || len(b) >= 4 && b[0] == 1 && b[1] == 0 && b[2] == 1 && b[3] == 0:
		p.Kind = KindMMS
	default:
		p.Kind = KindOther
	}
	if t != nil && p.Kind != KindS7 {
		t.Data(fUnknownData, 0, b)
		t.Uint(fUnknownLen, 0, 0, uint64(len(b)))
	}
	t.Base(base)
}

// segments adds what Wireshark shows of a TSDU that several TPDUs make up.
func (p *PDU) segments(t *wire.Tree) {
	if p.Fragments < 2 {
		return
	}
	data := p.COTP.UserData
	if len(data) > 0 {
		t.Data(fSegmentData, 7, data)
	}
	h := t.Open(fSegments, 7)
	for _, frame := range p.Segments {
		t.Uint(fSegment, 7, 0, frame)
	}
	t.Uint(fSegmentCount, 7, 0, uint64(p.Fragments))
	t.Uint(fReassembledLen, 7, 0, uint64(len(p.TSDU)))
	t.Close(h, 7+len(data))
}

// hideSegments takes the raw bytes of a message that carries a password out of the
// nodes from index at on.
func hideSegments(t *wire.Tree, at int) {
	for i := at; i < len(t.Nodes); i++ {
		if t.Nodes[i].Field == fSegmentData {
			t.Nodes = append(t.Nodes[:i], t.Nodes[i+1:]...)
			return
		}
	}
}

// message reads an S7 message.
func (p *PDU) message(b []byte, t *wire.Tree) {
	h := &p.S7
	p.used, p.Secret, p.Function = true, false, 0
	p.Items, p.Values = p.Items[:0], p.Values[:0]
	if len(b) < 10 {
		*h = Header{}
		p.Param, p.Data, p.Surplus = nil, nil, b
		t.Data(fSurplus, 0, b)
		p.fail(p.origin, fProtID, "header is cut off", "")
		return
	}
	h.ROSCTR = ROSCTR(b[1])
	h.Error = 0
	h.RedID = be16(b[2:])
	h.PDURef = be16(b[4:])
	h.ParamLen = be16(b[6:])
	h.DataLen = be16(b[8:])
	n := 10
	if h.ROSCTR == ROSCTRAck || h.ROSCTR == ROSCTRAckData {
		n = 12
		if len(b) >= n {
			h.Error = ErrorCode(be16(b[10:]))
		}
	}
	h.HeaderLen = uint8(n)
	protocol := 0
	if t != nil {
		protocol = t.Open(fS7, 0)
		if t.WantsAny(headerFields) {
			p.headerFields(b, t)
		}
	}
	if !p.cut(b, n) {
		p.Param, p.Data, p.Surplus = nil, nil, b[10:]
		t.Data(fSurplus, 10, p.Surplus)
		p.fail(p.origin+10, fErrClass, "is cut off", "")
	} else {
		p.parts(n, t)
	}
	if t != nil {
		p.chainFields(t, len(b)-len(p.Surplus))
		t.Close(protocol, len(b)-len(p.Surplus))
		if len(p.Surplus) > 0 && len(b) >= n {
			t.Data(fSurplus, len(b)-len(p.Surplus), p.Surplus)
		}
	}
}

// cut divides the message behind its header of n bytes into parameter part, data part
// and surplus. It returns false when the header itself is cut off.
func (p *PDU) cut(b []byte, n int) bool {
	if len(b) < n {
		return false
	}
	data := n + int(p.S7.ParamLen)
	if data > len(b) {
		p.Param, p.Data, p.Surplus = b[n:len(b):len(b)], nil, nil
		p.fail(p.origin+6, fParamLen, "passes the end of the TSDU", "")
		return true
	}
	p.Param = b[n:data:data]
	end := data + int(p.S7.DataLen)
	if end > len(b) {
		end = len(b)
		p.fail(p.origin+8, fDataLen, "passes the end of the TSDU", "")
	}
	p.Data = b[data:end:end]
	if end < len(b) || p.Surplus != nil {
		p.Surplus = b[end:len(b):len(b)]
	}
	return true
}

func (p *PDU) headerFields(b []byte, t *wire.Tree) {
	h := &p.S7
	n := t.Open(fHeader, 0)
	t.Uint(fProtID, 0, 1, uint64(b[0]))
	t.Uint(fROSCTR, 1, 1, uint64(h.ROSCTR))
	t.Uint(fRedID, 2, 2, uint64(h.RedID))
	t.Uint(fPDURef, 4, 2, uint64(h.PDURef))
	t.Uint(fParamLen, 6, 2, uint64(h.ParamLen))
	t.Uint(fDataLen, 8, 2, uint64(h.DataLen))
	if h.HeaderLen == 12 && len(b) >= 12 {
		t.Uint(fErrClass, 10, 1, uint64(b[10]))
		t.Uint(fErrCode, 11, 1, uint64(b[11]))
		if h.Error != 0 {
			t.Uint(fParamError, 10, 2, uint64(h.Error))
		}
	}
	t.Close(n, min(int(h.HeaderLen), len(b)))
}

// parts reads the parameter and the data part behind a header of n bytes.
func (p *PDU) parts(n int, t *wire.Tree) {
	known := true
	switch p.S7.ROSCTR {
	case ROSCTRJob, ROSCTRAckData:
		if len(p.Param) > 0 {
			p.Function = Function(p.Param[0])
		}
	case ROSCTRAck:
		known = false
	case ROSCTRUserdata:
		p.Userdata = Userdata{}
	default:
		known = false
		p.fail(p.origin+1, fROSCTR, "is none that is known", "")
	}
	data := n + len(p.Param)
	if t == nil { // the same, without the headings
		if known {
			p.param(n, nil)
			p.data(data, nil)
		}
		return
	}
	if len(p.Param) > 0 {
		h := t.Open(fParam, n)
		if known {
			p.param(n, t)
		} else {
			t.Data(fParamBytes, n, p.Param)
		}
		t.Close(h, data)
	}
	if known && len(p.Data) == 0 {
		p.data(data, t)
	} else if len(p.Data) > 0 {
		h := t.Open(fData, data)
		if known {
			p.data(data, t)
		} else {
			t.Data(fRespData, data, p.Data)
		}
		t.Close(h, data+len(p.Data))
	}
}

func be16(b []byte) uint16 { return uint16(b[0])<<8 | uint16(b[1]) }
