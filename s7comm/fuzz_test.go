package s7comm

import (
	"bytes"
	"path/filepath"
	"testing"

	"plcscope/internal/wire"
	"plcscope/internal/wire/wiretest"
)

// seed gives the fuzzer all vectors and some messages of each capture.
func seed(f *testing.F) {
	for _, v := range vectors {
		f.Add(unhex(v.hex))
	}
	files, _ := filepath.Glob(filepath.Join("..", "..", "shared", "pcaps", "s7", "*.pcap*"))
	for _, file := range files {
		n := 0
		fileTPKTs(f, file, func(_ string, tpkt []byte, _ *Assembler) {
			if n++; n < 200 && n%13 == 0 {
				f.Add(bytes.Clone(tpkt))
			}
		})
	}
}

// FuzzDecode reads a stream of TPKTs with one receiver and one assembler.
func FuzzDecode(f *testing.F) {
	seed(f)
	f.Add(bytes.Join([][]byte{AppendDT(nil, []byte{0x32, 1}, false), AppendDT(nil, nil, false), AppendDT(nil, unhex(vectors[6].hex)[9:], true)}, nil))
	var p PDU
	f.Fuzz(func(t *testing.T, stream []byte) {
		asm := Assembler{Max: 1 << 12}
		var x Transactions
		for b := stream; len(b) > 0; {
			n, err := Next(b)
			if err != nil {
				p.Decode(b, &asm)
				break
			}
			err = p.Decode(b[:n], &asm)
			checkDecoded(t, &p, b[:n], err)
			if p.Kind == KindS7 && p.S7.ROSCTR == ROSCTRUserdata {
				readContents(&p.Userdata)
			}
			if asm.Pending() > 1<<12 {
				t.Fatalf("%d bytes pending", asm.Pending())
			}
			x.Sent(n&1 == 0, &p, 1, 1)
			req, _ := x.Answered(n&1 == 0, &p)
			for _, c := range p.AppendSummary(nil, req) {
				if c < 0x20 || c > 0x7e {
					t.Fatalf("summary has byte 0x%02x", c)
				}
			}
			b = b[n:]
		}
	})
}

// checkDecoded checks what must hold of every message.
func checkDecoded(t *testing.T, p *PDU, b []byte, err error) {
	t.Helper()
	m, _ := err.(*Malformed)
	limit := len(b)
	if p.Reassembled {
		limit = len(p.TSDU)
	}
	if err != nil && (m == nil || m.Offset < 0 || m.Offset > max(limit, len(b)) || m.Field == "" || m.Reason == "") {
		t.Fatalf("error %v for %x", err, b)
	}
	if p.Kind == KindS7 && int(p.S7.HeaderLen)+len(p.Param)+len(p.Data)+len(p.Surplus) != len(p.TSDU) && p.S7.HeaderLen != 0 && len(p.TSDU) >= int(p.S7.HeaderLen) {
		t.Fatalf("header %d, parameter %d, data %d and surplus %d are not the TSDU's %d bytes", p.S7.HeaderLen, len(p.Param), len(p.Data), len(p.Surplus), len(p.TSDU))
	}
	origin := b
	if p.Reassembled {
		origin = p.TSDU
	}
	for i := range p.Items {
		it := &p.Items[i]
		if o := int(it.Offset); o < 0 || o+len(it.Raw) > limit || !bytes.Equal(origin[o:o+len(it.Raw)], it.Raw) {
			t.Fatalf("item %d at %d is not %x", i, o, it.Raw)
		}
	}
	for i := range p.Values {
		v := &p.Values[i]
		if o := int(v.Offset); o < 0 || o >= limit || origin[o] != byte(v.ReturnCode) {
			t.Fatalf("value %d at %d", i, o)
		}
	}
}

// FuzzDissectEqualsDecode holds the two ways of decoding together, and both to the
// bytes: none is left out of the tree, and a sound message is encoded as it was.
func FuzzDissectEqualsDecode(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := Next(b)
		if err != nil {
			return
		}
		b = b[:n]
		var p, again PDU
		err = p.Decode(b, new(Assembler))
		checkTree(t, &p, b)
		wiretest.Limited(t, fSetupReserved, func(tree *wire.Tree) { again.Dissect(b, new(Assembler), tree) })
		if err != nil {
			return
		}
		encoded := p.Append(nil)
		if again.Decode(encoded, new(Assembler)) != nil && !longValues(&p) {
			t.Fatalf("%x was encoded as %x: %v", b, encoded, again.err())
		}
		if p.Summary(nil) != again.Summary(nil) && !longValues(&p) && p.Kind == KindS7 {
			t.Fatalf("%q, encoded and decoded %q", p.Summary(nil), again.Summary(nil))
		}
	})
}

// longValues reports whether the message has what an encoder does not repeat: lengths
// of values that do not follow, or a count that nothing stands behind.
func longValues(p *PDU) bool {
	return p.S7.Error != 0 || p.Function == FunctionPI || p.Userdata.Syntax == 0
}

// FuzzNext cuts a stream at every place: a beginning never gives another answer than
// more of the stream does.
func FuzzNext(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		total, err := Next(b)
		for n := range min(len(b), 64) {
			part, partErr := Next(b[:n])
			switch {
			case partErr == nil && (err != nil || part != total):
				t.Fatalf("%d bytes give %d, all give %d, %v", n, part, total, err)
			case partErr == ErrShort && part != 0 && part != total:
				t.Fatalf("%d bytes promise %d, all give %d, %v", n, part, total, err)
			case partErr != nil && partErr != ErrShort && err == nil:
				t.Fatalf("%d bytes give %v, all give %d", n, partErr, total)
			}
			if LooksLikeTPKT(b) == Yes && LooksLikeTPKT(b[:n]) == No {
				t.Fatalf("%x is refused, more of it is not", b[:n])
			}
		}
		if LooksLikeTPKT(b) == Yes && err != nil && err != ErrShort {
			t.Fatalf("looks like a TPKT, but %v", err)
		}
		if err == nil && (total < minTPKT || total > len(b)) {
			t.Fatalf("%d of %d bytes", total, len(b))
		}
	})
}

// FuzzTransactions feeds requests and answers made of the fuzzer's bytes and compares
// with a plain model.
func FuzzTransactions(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 128, 129, 130, 64, 192})
	f.Add(bytes.Repeat([]byte{1, 2, 3, 4, 5, 200, 201}, 40))
	f.Fuzz(func(t *testing.T, script []byte) {
		var x Transactions
		model := map[[2]uint16]uint64{}
		var p PDU
		for i, c := range script {
			from := c&0x40 != 0
			ref := uint16(c & 0x1f)
			side := uint16(0)
			if from {
				side = 1
			}
			if c&0x80 == 0 {
				p.Decode(AppendReadJob(nil, ref, AnyItem(AreaDB, uint16(i), SizeByte, uint32(i), 0, 1)), nil)
				x.Sent(from, &p, uint64(i), 0)
				model[[2]uint16{side, ref}] = uint64(i)
				continue
			}
			p.Decode(AppendReadAnswer(nil, ref, Value{ReturnCode: ReturnSuccess, TransportSize: DataByte, Data: []byte{1}}), nil)
			req, ok := x.Answered(from, &p)
			key := [2]uint16{1 - side, ref}
			want, known := model[key]
			if ok != known {
				t.Fatalf("step %d: answered %v, the model says %v", i, ok, known)
			}
			if !ok {
				continue
			}
			delete(model, key)
			if req.Frame != want || req.FromClient == from || req.Items[0].DB != uint16(want) || be16(req.Items[0].Raw[6:]) != uint16(want) {
				t.Fatalf("step %d: request %+v, the model says frame %d", i, req, want)
			}
		}
		if x.Open(true)+x.Open(false) != len(model) || x.Open(true) > MaxOpen || len(x.free) > 2*MaxOpen {
			t.Fatalf("%d and %d open, %d free; the model says %d", x.Open(true), x.Open(false), len(x.free), len(model))
		}
	})
}
