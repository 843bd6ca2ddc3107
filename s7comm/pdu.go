package s7comm

import (
	"strconv"

	"plcscope/internal/wire"
)

// Kind says what a TSDU holds.
type Kind uint8

const (
	KindNone   Kind = iota // no TSDU: not a DT, or a fragment before the last
	KindEmpty              // a DT without data: the acknowledgement of Siemens stacks
	KindS7                 // S7 protocol, 0x32
	KindS7Plus             // S7comm-plus, 0x72
	KindTLS                // a TLS record: S7comm-plus of newer firmware
	KindMMS                // ISO session layer: MMS, IEC 61850, ICCP
	KindOther
)

var kindNames = [...]string{"none", "empty", "s7comm", "s7comm-plus", "TLS", "ISO session", "other"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return unknown("kind", uint64(k))
}

// PDU is one TPDU and the message that it completes. Its zero value is ready; Decode
// reuses its storage. All slices borrow from the bytes given to Decode or, when
// Reassembled, from the Assembler: they are valid until either is used again.
type PDU struct {
	TPKT TPKT
	COTP COTP

	Kind        Kind
	TSDU        []byte   // the complete TSDU, nil for KindNone
	Reassembled bool     // TSDU was joined from several TPKTs that carried data; offsets of S7 elements count from it
	Fragments   int      // DTs of this TSDU, empty ones included; 1 when it stands alone, 0 for KindNone
	Segments    []uint64 // their frames where Fragments > 1 and Assembler.Frame was set, at most 256

	S7       Header // KindS7
	Function Function
	Setup    Setup    // FunctionSetup
	Items    []Item   // read and write requests: what is addressed
	Values   []Value  // read answers, write requests: data; write answers: return codes
	Block    Block    // FunctionRequestDownload to FunctionEndUpload
	PI       PI       // FunctionPI and FunctionStop requests
	Userdata Userdata // ROSCTR Userdata
	Plus     Plus     // KindS7Plus

	Param   []byte // parameter part
	Data    []byte // data part
	Surplus []byte // bytes of the TSDU behind the message or that could not be read as part of it

	// Secret is true when the message carries a password. Raw bytes of it (Param, Data,
	// TSDU) must not be shown unless the user asks for secrets.
	Secret bool

	raw       []byte // the TPKT
	continues bool   // S7comm-plus: the frame before this one had no trailer
	origin    int    // of S7 offsets: where the TSDU begins in the TPKT, 0 when Reassembled
	malformed Malformed
	bad       bool
}

// Decode reads b, one whole TPKT as cut by Next, into p. asm collects the fragments of
// this direction of the connection; with a nil asm fragments are not joined. An error is
// ErrShort when b ends before the TPKT does, or a *Malformed that p owns; p then holds
// what could be read.
func (p *PDU) Decode(b []byte, asm *Assembler) error { return p.Dissect(b, asm, nil) }

// Dissect is Decode that also adds the fields to t in wire order, under the names that
// Wireshark uses.
func (p *PDU) Dissect(b []byte, asm *Assembler, t *wire.Tree) error {
	p.raw = nil
	p.Kind, p.TSDU, p.Reassembled, p.Fragments, p.Segments = KindNone, nil, false, 0, nil
	n, err := Next(b)
	if err != nil {
		p.forget()
		p.TPKT = TPKT{}
		if m, ok := err.(*Malformed); ok {
			p.Surplus = b
			p.bad, p.malformed = true, *m
			return &p.malformed
		}
		return err
	}
	p.raw = b[:n:n]
	p.frame(p.raw, t)
	if !p.bad && p.COTP.Type == DT {
		if !p.join(asm) {
			p.fail(7, fSegmentData, "TSDU is longer than the reassembly buffer; what was collected of it is dropped", "")
		} else if p.TSDU != nil {
			p.content(t)
		}
	}
	return p.err()
}

// Tree adds the fields of the message that was decoded last to t, as Dissect would have
// done. The bytes that it was decoded from must still be unchanged.
func (p *PDU) Tree(t *wire.Tree) error {
	if p.raw == nil {
		return p.err()
	}
	tsdu, bad, was := p.TSDU, p.bad, p.malformed
	p.frame(p.raw, t)
	if tsdu != nil {
		p.content(t)
	}
	p.bad, p.malformed = bad, was
	return p.err()
}

func (p *PDU) err() error {
	if p.bad {
		return &p.malformed
	}
	return nil
}

// forget clears what frame and content fill in.
func (p *PDU) forget() {
	p.bad = false
	p.COTP.reset()
	p.COTP.Type, p.COTP.LI = 0, 0
	p.clear()
}

// clear empties the S7 part.
func (p *PDU) clear() {
	p.S7 = Header{}
	p.Function = 0
	p.Items, p.Values = p.Items[:0], p.Values[:0]
	p.Param, p.Data, p.Surplus = nil, nil, nil
	p.Secret = false
}

// frame reads TPKT and COTP of b, one whole TPKT.
func (p *PDU) frame(b []byte, t *wire.Tree) {
	p.forget()
	p.TPKT = TPKT{Version: b[0], Reserved: b[1], Length: uint16(len(b))}
	if t == nil {
		p.cotp(b, nil)
		return
	}
	h := t.Open(fTPKT, 0)
	t.Uint(fTPKTVersion, 0, 1, uint64(b[0]))
	t.Uint(fTPKTReserved, 1, 1, uint64(b[1]))
	t.Uint(fTPKTLength, 2, 2, uint64(len(b)))
	t.Close(h, tpktHeader)
	h = t.Open(fCOTP, tpktHeader)
	p.cotp(b, t)
	t.Close(h, len(b)-len(p.COTP.UserData))
	if p.COTP.Type != DT && len(p.COTP.UserData) > 0 {
		t.Data(fCOTPSurplus, len(b)-len(p.COTP.UserData), p.COTP.UserData)
	}
}

// join passes the user data of a DT through asm. It returns false when the TSDU has
// grown beyond the bound of asm.
func (p *PDU) join(asm *Assembler) bool {
	data := p.COTP.UserData
	if asm == nil {
		if p.COTP.EOT || len(data) == 0 {
			p.TSDU, p.Fragments = data, 1
			p.origin, p.continues = 7, false
		}
		return true
	}
	tsdu, done, joined, fits := asm.add(data, p.COTP.EOT)
	if done {
		p.TSDU, p.Reassembled = tsdu, joined
		p.origin = 7
		if joined {
			p.origin = 0
		}
		p.Fragments = max(asm.count, 1)
		p.continues = asm.plus
		asm.plus = plusContinues(tsdu)
		if p.Fragments > 1 {
			p.Segments = asm.frames
		}
	} else if len(data) == 0 {
		p.Kind = KindEmpty
	}
	return fits
}

// fail records a violation unless there was an earlier one; off counts from the first
// byte of the TPKT or TSDU.
//
//go:noinline
func (p *PDU) fail(off int, f *wire.Field, reason, clause string) {
	if !p.bad {
		p.bad = true
		p.malformed = Malformed{Offset: off, Field: f.Name, Reason: reason, Clause: clause}
	}
}

// finish ends the reading of a part of the message that begins at off: a field that did
// not fit is a violation, bytes that are left over are kept in the tree under rest.
func (p *PDU) finish(c *wire.Cursor, off int, rest *wire.Field, clause string) {
	if !c.OK() {
		f, at, _, _ := c.Failed()
		p.fail(off+at, f, "is cut off", clause)
	} else if t := c.Tree(); t != nil && c.Len() > 0 {
		t.Data(rest, c.Off(), c.Rest())
	}
}

// enter makes offset n of the enclosing message the origin of the nodes that are added
// to t, and returns the earlier origin for Base.
func enter(t *wire.Tree, n int) (earlier int) {
	if t != nil {
		earlier = t.Base(0)
		t.Base(earlier + n)
	}
	return earlier
}

func unknown(what string, v uint64) string {
	return what + " 0x" + string(appendHexDigits(nil, []byte{byte(v)}))
}

func appendUint(b []byte, v uint64) []byte { return strconv.AppendUint(b, v, 10) }
