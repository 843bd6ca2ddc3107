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
	origin    int    // of S7 offsets: where the TSDU begins in the TPKT, 0 when Reassembled
	malformed Malformed
	bad       bool
}

// Decode reads b, one whole TPKT as cut by Next, into p. asm collects the fragments of
// this direction of the connection; with a nil asm fragments are not joined. An error is
// ErrShort when b ends before the TPKT does, or a *Malformed that p owns; p then holds
// what could be read.
func (p *PDU) Decode(b []byte, asm *Assembler) error { return p.decode(b, asm, nil) }

// Dissect is Decode that also adds the fields to t in wire order, under the names that
// Wireshark uses.
func (p *PDU) Dissect(b []byte, asm *Assembler, t *wire.Tree) error { return p.decode(b, asm, t) }

// Tree adds the fields of the message that was decoded last to t, as Dissect would have
// done. The bytes that were decoded must still be unchanged.
func (p *PDU) Tree(t *wire.Tree) error {
	if p.raw == nil {
		return ErrShort
	}
	bad, tsdu, fragments := p.bad, p.TSDU, p.Fragments
	was := p.malformed
	err := p.frame(p.raw, t)
	if err == nil && p.COTP.Type == DT {
		p.TSDU, p.Fragments = tsdu, fragments
		if p.Kind = KindNone; tsdu != nil {
			err = p.content(t)
		}
	}
	if err == nil && bad {
		p.bad, p.malformed = bad, was
		err = &p.malformed
	}
	return err
}

func (p *PDU) decode(b []byte, asm *Assembler, t *wire.Tree) error {
	p.raw = nil
	p.Kind, p.TSDU, p.Reassembled, p.Fragments, p.Segments = KindNone, nil, false, 0, nil
	n, err := Next(b)
	if err != nil {
		p.forget()
		if m, ok := err.(*Malformed); ok {
			p.TPKT, p.Surplus = TPKT{}, b
			p.bad, p.malformed = true, *m
			return &p.malformed
		}
		return err
	}
	p.raw = b[:n:n]
	if err := p.frame(p.raw, t); err != nil {
		return err
	}
	if p.COTP.Type != DT {
		return nil
	}
	if !p.join(asm) {
		return p.fail(7, fSegmentData, "TSDU is longer than the reassembly buffer; its bytes so far were passed over", "")
	}
	if p.TSDU == nil {
		return nil
	}
	return p.content(t)
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
func (p *PDU) frame(b []byte, t *wire.Tree) error {
	p.forget()
	p.TPKT = TPKT{Version: b[0], Reserved: b[1], Length: uint16(len(b))}
	if t != nil {
		t.Uint(fTPKTVersion, 0, 1, uint64(b[0]))
		t.Uint(fTPKTReserved, 1, 1, uint64(b[1]))
		t.Uint(fTPKTLength, 2, 2, uint64(len(b)))
	}
	return p.cotp(b, t)
}

// join passes the user data of a DT through asm. It returns false when the TSDU has
// grown beyond the bound of asm.
func (p *PDU) join(asm *Assembler) bool {
	data := p.COTP.UserData
	if asm == nil {
		if p.COTP.EOT || len(data) == 0 {
			p.TSDU, p.Fragments = data, 1
			p.origin = 7
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
		if p.Fragments > 1 {
			p.Segments = asm.frames
		}
	} else if len(data) == 0 {
		p.Kind = KindEmpty
	}
	return fits
}

// fail records the first violation of the message; off counts from the origin of the
// offsets in force.
//
//go:noinline
func (p *PDU) fail(off int, f *wire.Field, reason, clause string) error {
	if !p.bad {
		p.bad = true
		p.malformed = Malformed{Offset: off, Field: f.Name, Reason: reason, Clause: clause}
	}
	return &p.malformed
}

// failed records that a cursor ran out of bytes.
//
//go:noinline
func (p *PDU) failed(c *wire.Cursor, clause string) error {
	f, off, _, _ := c.Failed()
	return p.fail(off, f, "is cut off", clause)
}

func unknown(what string, v uint64) string {
	return what + " 0x" + string(appendHexDigits(nil, []byte{byte(v)}))
}

func appendHexDigits(b, s []byte) []byte {
	const digits = "0123456789abcdef"
	for _, c := range s {
		b = append(b, digits[c>>4], digits[c&15])
	}
	return b
}

func appendUint(b []byte, v uint64) []byte { return strconv.AppendUint(b, v, 10) }
