package s7comm

import (
	"encoding/hex"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"plcscope/internal/wire"
)

// unhex turns hexadecimal digits, spaces allowed, into bytes.
func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

func TestVectors(t *testing.T) {
	var p PDU // one for all: what a message leaves behind must not show in the next
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			b := unhex(v.hex)
			if n, err := Next(b); n != len(b) || err != nil {
				t.Fatalf("Next: %d of %d bytes, %v", n, len(b), err)
			}
			err := p.Decode(b, new(Assembler))
			if got := p.Summary(nil); got != v.summary {
				t.Errorf("summary %q, want %q", got, v.summary)
			}
			m, _ := err.(*Malformed)
			switch {
			case m == nil && v.bad != "":
				t.Errorf("no error, want one at %s", v.bad)
			case m != nil && m.Field != v.bad:
				t.Errorf("error %v, want one at %q", err, v.bad)
			case m != nil && (m.Offset < 4 || m.Offset > len(b)):
				t.Errorf("error at byte %d of %d", m.Offset, len(b))
			}
			if got := p.Append(nil); !v.oneWay && !cmp.Equal(got, b) {
				t.Errorf("encoded as\n%x, want\n%x", got, b)
			}
			checkTree(t, &p, b)
			var d PDU
			var tree wire.Tree
			d.Dissect(b, new(Assembler), &tree)
			if diff := comparePDU(&p, &d); diff != "" {
				t.Errorf("Dissect and Decode differ: %s", diff)
			}
		})
	}
}

// checkTree dissects b, a whole TPKT, and checks that the tree agrees with p, decoded
// from the same bytes, and that no byte of the message is without a node.
func checkTree(t testing.TB, p *PDU, b []byte) {
	t.Helper()
	var d PDU
	var tree, again wire.Tree
	err := d.Dissect(b, new(Assembler), &tree)
	if (err == nil) == p.bad {
		t.Errorf("Dissect: %v, Decode: %v", err, p.err())
	}
	if !same(p, &d) {
		t.Errorf("Dissect and Decode differ: %s", comparePDU(p, &d))
	}
	p.Tree(&again)
	if !reflect.DeepEqual(tree.Nodes, again.Nodes) {
		t.Errorf("Dissect and Tree differ: %s", cmp.Diff(printed(&tree), printed(&again)))
	}
	if tree.Base(0) != 0 {
		t.Error("the tree's origin was left changed")
	}
	covered := make([]bool, len(b))
	for i := range tree.Nodes {
		n := &tree.Nodes[i]
		if n.Off < 0 || int(n.Off+n.Len) > len(b) {
			t.Fatalf("%s: bytes %d+%d of %d", n.Field.Name, n.Off, n.Len, len(b))
		}
		if n.Field.Type == wire.None {
			continue
		}
		for k := n.Off; k < n.Off+n.Len; k++ {
			covered[k] = true
		}
	}
	for i, ok := range covered {
		if !ok && !padding(p, i, b) {
			t.Errorf("byte %d (0x%02x) of %x is in no node", i, b[i], b)
			break
		}
	}
}

// padding reports whether byte i of b is one that no field is for: a zero that aligns
// items or strings, a constant of S7comm-plus, or data of a fragment, which the message
// shows that it completes.
func padding(p *PDU, i int, b []byte) bool {
	return b[i] == 0 || p.Kind == KindS7Plus || p.Kind == KindNone && p.COTP.Type == DT && i >= 7
}

// printed is the tree in text.
func printed(tree *wire.Tree) string {
	var b []byte
	for i := range tree.Nodes {
		n := &tree.Nodes[i]
		b = append(b, strings.Repeat(" ", int(n.Depth))...)
		b = append(b, n.Field.Name...)
		b = append(b, '=')
		b = n.Append(b)
		b = append(b, " at "...)
		b = appendUint(b, uint64(n.Off))
		b = append(b, '+')
		b = appendUint(b, uint64(n.Len))
		b = append(b, '\n')
	}
	return string(b)
}

// same compares the essence of two PDUs, quickly.
func same(a, b *PDU) bool {
	return a.TPKT == b.TPKT && a.S7 == b.S7 && a.Function == b.Function && a.Kind == b.Kind && a.Fragments == b.Fragments &&
		a.Secret == b.Secret && a.bad == b.bad && (!a.bad || a.malformed == b.malformed) &&
		string(a.Param) == string(b.Param) && string(a.Data) == string(b.Data) && string(a.Surplus) == string(b.Surplus) &&
		len(a.COTP.Params) == len(b.COTP.Params) && string(a.COTP.Unparsed) == string(b.COTP.Unparsed) &&
		slices.EqualFunc(a.Items, b.Items, func(x, y Item) bool { return reflect.DeepEqual(x, y) }) &&
		slices.EqualFunc(a.Values, b.Values, func(x, y Value) bool { return reflect.DeepEqual(x, y) }) &&
		a.Summary(nil) == b.Summary(nil)
}

// comparePDU compares what two PDUs say, empty slices being equal to nil ones.
func comparePDU(a, b *PDU) string {
	return cmp.Diff(a, b, cmp.FilterPath(func(p cmp.Path) bool {
		f, ok := p.Last().(cmp.StructField)
		if !ok {
			return false
		}
		switch f.Name() {
		case "raw", "origin", "continues", "malformed", "used", "Segments", "asm", "chain":
			return true
		case "Setup", "Block", "PI", "Userdata", "Plus": // valid only with their function
			return !valid(a, f.Name())
		}
		return false
	}, cmp.Ignore()), cmp.AllowUnexported(PDU{}), cmpopts.EquateEmpty())
}

// valid tells whether the struct of that name belongs to p's message.
func valid(p *PDU, name string) bool {
	job := p.Kind == KindS7 && len(p.Param) > 0 && (p.S7.ROSCTR == ROSCTRJob || p.S7.ROSCTR == ROSCTRAckData)
	switch name {
	case "Setup":
		return job && p.Function == FunctionSetup
	case "Block":
		return job && p.Function >= FunctionRequestDownload && p.Function <= FunctionEndUpload
	case "PI":
		return job && (p.Function == FunctionPI || p.Function == FunctionStop)
	case "Userdata":
		return p.Kind == KindS7 && p.S7.ROSCTR == ROSCTRUserdata && p.S7.HeaderLen > 0
	}
	return p.Kind == KindS7Plus
}

// Every prefix of a message is too short for Next, and Decode says so.
func TestPrefixesAreShort(t *testing.T) {
	var p PDU
	for _, v := range vectors {
		b := unhex(v.hex)
		for n := range b {
			if _, err := Next(b[:n]); err != ErrShort {
				t.Fatalf("%s: Next of %d bytes: %v", v.name, n, err)
			}
			if err := p.Decode(b[:n], nil); err != ErrShort {
				t.Fatalf("%s: Decode of %d bytes: %v", v.name, n, err)
			}
		}
	}
}

// A message whose length field is cut with it never panics and is malformed unless what
// was lost was surplus.
func TestTruncatedMessages(t *testing.T) {
	var p PDU
	for _, v := range vectors {
		b := unhex(v.hex)
		for n := minTPKT; n < len(b); n++ {
			c := append([]byte(nil), b[:n]...)
			c[2], c[3] = byte(n>>8), byte(n)
			p.Decode(c, nil)
			checkTree(t, &p, c)
		}
	}
}

func TestNotTPKT(t *testing.T) {
	for _, test := range []struct{ name, hex, field string }{
		{"version", "0400000702F080", "tpkt.version"},
		{"version of a single byte", "16", "tpkt.version"},
		{"length", "0300000602F0", "tpkt.length"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var p PDU
			p.Decode(unhex(vectors[6].hex), nil)
			err := p.Decode(unhex(test.hex), nil)
			m, ok := err.(*Malformed)
			if !ok || m.Field != test.field {
				t.Fatalf("error %v, want one at %s", err, test.field)
			}
			if len(p.Items) != 0 || p.Kind != KindNone || p.TSDU != nil || string(p.Surplus) != string(unhex(test.hex)) {
				t.Errorf("left over from the message before: %+v", p)
			}
			if got := p.Summary(nil); got != "no TPKT" {
				t.Errorf("summary %q", got)
			}
		})
	}
}

func TestDecodeAllocatesNothing(t *testing.T) {
	var p PDU
	var asm Assembler
	var tree wire.Tree
	var summary []byte
	var all [][]byte
	for _, v := range vectors {
		all = append(all, unhex(v.hex))
	}
	none := func(what string, f func()) {
		f()
		if n := testing.AllocsPerRun(20, f); n != 0 {
			t.Errorf("%s: %.0f allocations", what, n)
		}
	}
	none("decoding every vector, malformed ones too", func() {
		for _, b := range all {
			p.Decode(b, &asm)
			tree.Reset()
			p.Tree(&tree)
		}
	})
	none("summaries of a poll", func() {
		for _, m := range polls {
			p.Decode(m.tpkt, &asm)
			summary = p.AppendSummary(summary[:0], nil)
		}
	})
}

// No field that is shown holds a password, nor does a summary.
func TestSecretsAreMasked(t *testing.T) {
	for _, test := range []struct{ name, hex, secret string }{
		{"PLC password", "3207000001000008000c 0001120411450100 FF090008213a1b1d6e681b1d", "213a1b1d6e681b1d"},
		{"PLC password in a fragment", "320700000100000c000c 000112081245010001010000 FF090008213a1b1d6e681b1d", "213a1b1d6e681b1d"},
		{"PLC password behind its length", "3207000001000008000c 0001120411450100 FF090000213a1b1d6e681b1d", "213a1b1d6e681b1d"},
		{"NC login", "32010000000100200000 28000000000000fd 000c 0230310007 53554e52495345 095f4e5f4c4f47494e5f", "53554e52495345"},
		{"NC login with wrong lengths", "32010000000100200000 28000000000000fd 000c 0230310017 53554e52495345 095f4e5f4c4f47494e5f", "53554e52495345"},
		{"NC change of password", "32010000000100200000 28000000000000fd 000c 023031000553554e5249 0131 095f4e5f4e4557505744", "53554e5249"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var p PDU
			var asm Assembler
			var tree wire.Tree
			p.Decode(AppendDT(nil, nil, false), &asm)
			asm.Frame = 2
			p.Dissect(AppendDT(nil, unhex(test.hex), true), &asm, &tree)
			if p.Kind != KindS7 {
				t.Fatal(p.Kind)
			}
			masked := false
			for i := range tree.Nodes {
				n := &tree.Nodes[i]
				if !strings.Contains(hex.EncodeToString(n.Data), test.secret[:8]) {
					continue
				}
				masked = true
				if !n.Field.Mask {
					t.Errorf("%s shows %x", n.Field.Name, n.Data)
				}
			}
			if !masked || !p.Secret {
				t.Errorf("masked %v, Secret %v:\n%s", masked, p.Secret, printed(&tree))
			}
			if s := p.Summary(nil); strings.Contains(s, "SUN") || strings.Contains(s, "21 3a") {
				t.Error(s)
			}
		})
	}
}
