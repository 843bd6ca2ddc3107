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

	raw       []byte         // the TPKT
	asm       *Assembler     // while Dissect runs
	chain     *fragmentChain // that a userdata message is a fragment of
	continues bool           // S7comm-plus: the frame before this one had no trailer
	origin    int            // of S7 offsets: where the TSDU begins in the TPKT, 0 when Reassembled
	malformed Malformed
	bad       bool // malformed is set
	used      bool // the S7 part is filled
}

// Decode reads b, one whole TPKT as cut by Next, into p. asm collects the fragments of
// this direction of the connection; with a nil asm fragments are not joined. An error is
// ErrShort when b ends before the TPKT does, or a *Malformed that p owns; p then holds
// what could be read.
func (p *PDU) Decode(b []byte, asm *Assembler) error { return p.Dissect(b, asm, nil) }

// Dissect is Decode that also adds the fields to t in wire order, under the names that
// Wireshark uses.
func (p *PDU) Dissect(b []byte, asm *Assembler, t *wire.Tree) error {
	p.Kind, p.Reassembled, p.Fragments = KindNone, false, 0
	if p.chain != nil {
		p.chain = nil
	}
	n, err := Next(b)
	if err != nil {
		return p.noTPKT(b, err)
	}
	p.raw = b[:n:n]
	p.frame(p.raw, t)
	switch {
	case p.COTP.Type != DT || p.bad:
		p.TSDU = nil
		p.clear()
	case !p.join(asm):
		p.clear()
		p.fail(7, fSegmentData, "TSDU is longer than the reassembly buffer; what was collected of it is dropped", "")
	case p.TSDU == nil:
		p.clear()
	default:
		p.asm = asm
		p.content(t)
		p.asm = nil
	}
	return p.err()
}

// noTPKT leaves an empty PDU behind.
func (p *PDU) noTPKT(b []byte, err error) error {
	p.raw, p.TSDU, p.Segments, p.bad = nil, nil, nil, false
	p.TPKT = TPKT{}
	p.COTP.reset()
	p.COTP.Type, p.COTP.LI = 0, 0
	p.clear()
	if m, ok := err.(*Malformed); ok {
		p.Surplus, p.used = b, true
		p.bad, p.malformed = true, *m
		return &p.malformed
	}
	return err
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

// clear empties the S7 part when the message before this one filled it.
func (p *PDU) clear() {
	if !p.used {
		return
	}
	p.used = false
	p.S7, p.Function, p.Secret = Header{}, 0, false
	p.Items, p.Values = p.Items[:0], p.Values[:0]
	p.Param, p.Data, p.Surplus = nil, nil, nil
}

// frame reads TPKT and COTP of b, one whole TPKT.
func (p *PDU) frame(b []byte, t *wire.Tree) {
	p.bad = false
	p.TPKT = TPKT{Version: b[0], Reserved: b[1], Length: uint16(len(b))}
	if !t.WantsAny(transportFields) {
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
	if (p.COTP.Type != DT || p.bad) && len(p.COTP.UserData) > 0 {
		t.Data(fCOTPSurplus, len(b)-len(p.COTP.UserData), p.COTP.UserData)
	}
}

// join passes the user data of a DT through asm. It returns false when the TSDU has
// grown beyond the bound of asm.
func (p *PDU) join(asm *Assembler) bool {
	data := p.COTP.UserData
	p.origin, p.continues = 7, false
	if p.Segments != nil {
		p.Segments = nil
	}
	if asm == nil {
		p.TSDU = nil
		if p.COTP.EOT {
			p.TSDU, p.Fragments = data, 1
		} else if len(data) == 0 {
			p.Kind = KindEmpty
		}
		return true
	}
	if p.COTP.EOT && asm.count == 0 { // almost every message
		p.TSDU, p.Fragments = data, 1
	} else {
		tsdu, done, joined, fits := asm.add(data, p.COTP.EOT)
		p.TSDU, p.Reassembled = tsdu, joined
		if !done {
			if fits && len(data) == 0 {
				p.Kind = KindEmpty
			}
			return fits
		}
		if joined {
			p.origin = 0
		}
		p.Fragments = max(asm.count, 1)
		if p.Fragments > 1 {
			p.Segments = asm.frames
		}
	}
	if asm.plus || len(data) > 0 && data[0] == protocolS7Plus {
		p.continues = asm.plus
		asm.plus = plusContinues(p.TSDU)
	}
	return true
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

// finish ends the reading of b, a part of the message that begins at off: a field that
// did not fit is a violation, bytes that are left over go into the tree under rest.
func (p *PDU) finish(c *wire.Cursor, b []byte, off int, rest *wire.Field, clause string) {
	at := c.Off()
	if !c.OK() {
		var f *wire.Field
		f, at, _, _ = c.Failed()
		p.fail(off+at, f, "is cut off", clause)
	}
	if t := c.Tree(); t != nil && at < len(b) {
		if p.Secret {
			rest = fSecret
		}
		t.Data(rest, at, b[at:])
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
