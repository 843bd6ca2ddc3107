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
func (p *PDU) content(t *wire.Tree) error {
	b := p.TSDU
	if t != nil {
		p.segments(t)
	}
	if len(b) == 0 {
		p.Kind = KindEmpty
		return nil
	}
	switch {
	case b[0] == protocolS7:
		p.Kind = KindS7
		base := t.Base(p.origin)
		err := p.s7(b, t)
		t.Base(base)
		return err
	case b[0] == protocolS7Plus:
		p.Kind = KindS7Plus
		base := t.Base(p.origin)
		err := p.plus(b, t)
		t.Base(base)
		return err
	case len(b) >= 3 && b[0] >= 0x14 && b[0] <= 0x17 && b[1] == 3 && b[2] <= 4:
		p.Kind = KindTLS
	case b[0] == 0x0D || b[0] == 0x0E || len(b) >= 4 && b[0] == 1 && b[1] == 0 && b[2] == 1 && b[3] == 0:
		p.Kind = KindMMS
	default:
		p.Kind = KindOther
	}
	return nil
}

// segments adds what Wireshark shows of a TSDU that several TPDUs make up.
func (p *PDU) segments(t *wire.Tree) {
	if p.Fragments < 2 {
		return
	}
}

// s7 reads an S7 message.
func (p *PDU) s7(b []byte, t *wire.Tree) error {
	h := &p.S7
	if len(b) < 10 {
		p.Surplus = b
		return p.fail(p.origin, fProtID, "S7 header is cut off", "")
	}
	h.ROSCTR = ROSCTR(b[1])
	h.RedID = be16(b[2:])
	h.PDURef = be16(b[4:])
	h.ParamLen = be16(b[6:])
	h.DataLen = be16(b[8:])
	n := 10
	if h.ROSCTR == ROSCTRAck || h.ROSCTR == ROSCTRAckData {
		n = 12
	}
	h.HeaderLen = uint8(n)
	if t != nil {
		p.headerFields(b, t)
	}
	if len(b) < n {
		p.Surplus = b[10:]
		return p.fail(p.origin+10, fErrClass, "is cut off", "")
	}
	if n == 12 {
		h.Error = ErrorCode(be16(b[10:]))
	}
	param := n + int(h.ParamLen)
	if param > len(b) {
		p.Param = b[n:len(b):len(b)]
		return p.tail(t, p.fail(p.origin+6, fParamLen, "is longer than the TSDU", ""))
	}
	p.Param = b[n:param:param]
	end := param + int(h.DataLen)
	if end > len(b) {
		p.Data = b[param:len(b):len(b)]
		p.fail(p.origin+8, fDataLen, "is longer than the TSDU", "")
	} else {
		p.Data = b[param:end:end]
		if end < len(b) {
			p.Surplus = b[end:len(b):len(b)]
		}
	}
	var err error
	switch h.ROSCTR {
	case ROSCTRJob, ROSCTRAckData:
		err = p.function(n, t)
	case ROSCTRUserdata:
		err = p.userdata(n, t)
	case ROSCTRAck:
		err = p.tail(t, nil)
	default:
		err = p.tail(t, p.fail(p.origin+1, fROSCTR, "is none that is known", ""))
	}
	if p.bad {
		return &p.malformed
	}
	return err
}

func (p *PDU) headerFields(b []byte, t *wire.Tree) {
	h := &p.S7
	t.Uint(fProtID, 0, 1, uint64(b[0]))
	t.Uint(fROSCTR, 1, 1, uint64(h.ROSCTR))
	t.Uint(fRedID, 2, 2, uint64(h.RedID))
	t.Uint(fPDURef, 4, 2, uint64(h.PDURef))
	t.Uint(fParamLen, 6, 2, uint64(h.ParamLen))
	t.Uint(fDataLen, 8, 2, uint64(h.DataLen))
	if h.HeaderLen == 12 && len(b) >= 12 {
		t.Uint(fErrClass, 10, 1, uint64(b[10]))
		t.Uint(fErrCode, 11, 1, uint64(b[11]))
	}
}

// tail adds the parameter and data parts as bytes: nothing is known of their structure.
func (p *PDU) tail(t *wire.Tree, err error) error {
	if t == nil {
		return err
	}
	n := int(p.S7.HeaderLen)
	if len(p.Param) > 0 {
		t.Data(fParamBytes, n, p.Param)
	}
	if len(p.Data) > 0 {
		t.Data(fDataBytes, n+len(p.Param), p.Data)
	}
	return err
}

func be16(b []byte) uint16 { return uint16(b[0])<<8 | uint16(b[1]) }
