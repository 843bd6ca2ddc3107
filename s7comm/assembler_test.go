package s7comm

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/internal/wire"
)

// A message cut into DTs at every pair of places, with empty DTs between, reads as the
// whole one.
func TestFragmentsCutAnywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	for n, v := range vectors {
		b := unhex(v.hex)
		if n >= len(basicVectors) && n%10 != 0 { // some of the long ones are enough
			continue
		}
		if b[5] != byte(DT) || b[4] != 2 || b[6]&0x80 == 0 || len(b) < 8 || v.bad != "" {
			continue
		}
		tsdu := b[7:]
		var whole, p PDU
		var asm Assembler
		whole.Decode(b, nil)
		for i := range len(tsdu) + 1 {
			for j := i; j <= len(tsdu); j += 1 + len(tsdu)/7 {
				asm.Frame = 1
				for k, part := range [][]byte{tsdu[:i], nil, tsdu[i:j]} {
					if err := p.Decode(AppendDT(nil, part, false), &asm); err != nil || p.Kind > KindEmpty || p.TSDU != nil {
						t.Fatalf("%s cut at %d, %d: fragment %d: %v %v", v.name, i, j, k, p.Kind, err)
					}
					asm.Frame++
				}
				if err := p.Decode(AppendDT(nil, tsdu[j:], true), &asm); err != nil {
					t.Fatalf("%s cut at %d, %d: %v", v.name, i, j, err)
				}
				if p.Summary(nil) != v.summary || p.Kind != whole.Kind || !cmp.Equal(p.TSDU, tsdu) {
					t.Fatalf("%s cut at %d, %d: %s", v.name, i, j, p.Summary(nil))
				}
				if p.Reassembled != (j > 0) || p.Fragments != 4 || !slices.Equal(p.Segments, []uint64{1, 2, 3, 4}) {
					t.Fatalf("%s cut at %d, %d: joined %v, %d fragments in frames %v", v.name, i, j, p.Reassembled, p.Fragments, p.Segments)
				}
				checkReassembled(t, &p, &whole)
			}
		}
	}
}

// checkReassembled compares the S7 part of the trees: the same but for the origin.
func checkReassembled(t *testing.T, p, whole *PDU) {
	t.Helper()
	s7 := func(p *PDU, origin int32) (s []string) {
		var tree wire.Tree
		p.Tree(&tree)
		for i := range tree.Nodes {
			n := &tree.Nodes[i]
			if !strings.HasPrefix(n.Field.Name, "s7comm") {
				continue
			}
			s = append(s, n.Field.Name+"="+n.String()+" at "+string(appendUint(nil, uint64(n.Off-origin))))
		}
		return s
	}
	origin := int32(7)
	if p.Reassembled {
		origin = 0
	}
	if diff := cmp.Diff(s7(whole, 7), s7(p, origin)); diff != "" {
		t.Fatalf("fields of the joined message differ: %s", diff)
	}
}

func TestAssemblerBound(t *testing.T) {
	asm := Assembler{Max: 100}
	var p PDU
	piece := make([]byte, 60)
	if err := p.Decode(AppendDT(nil, piece, false), &asm); err != nil || asm.Pending() != 60 {
		t.Fatalf("first piece: %v, %d bytes", err, asm.Pending())
	}
	if err := p.Decode(AppendDT(nil, piece, false), &asm); err == nil || p.Kind != KindNone {
		t.Fatal("the bound was passed without an error")
	}
	for range 3 {
		if err := p.Decode(AppendDT(nil, piece, false), &asm); err != nil || asm.Pending() != 0 {
			t.Fatalf("rest of the long TSDU: %v, %d bytes", err, asm.Pending())
		}
	}
	if err := p.Decode(AppendDT(nil, piece, true), &asm); err != nil || p.TSDU != nil {
		t.Fatalf("end of the long TSDU: %v %v", err, p.TSDU)
	}
	read := unhex(vectors[6].hex)
	if err := p.Decode(read, &asm); err != nil || p.Kind != KindS7 {
		t.Fatalf("message behind it: %v %v", p.Kind, err)
	}
}

func TestAssemblerReset(t *testing.T) {
	var asm Assembler
	var p PDU
	p.Decode(AppendDT(nil, []byte("lost"), false), &asm)
	asm.Reset()
	if err := p.Decode(unhex(vectors[6].hex), &asm); err != nil || p.Kind != KindS7 || p.Fragments != 1 {
		t.Errorf("%v %v, %d fragments", err, p.Kind, p.Fragments)
	}
}

// Empty DTs alone, as Siemens stacks send them, cost no memory.
func TestManyEmptyFragments(t *testing.T) {
	var asm Assembler
	var p PDU
	empty := AppendDT(nil, nil, false)
	for i := range 10000 {
		asm.Frame = uint64(i + 1)
		p.Decode(empty, &asm)
	}
	p.Decode(unhex(vectors[6].hex), &asm)
	if p.Kind != KindS7 || p.Fragments != 10001 || len(p.Segments) != 256 || p.Reassembled {
		t.Errorf("%v, %d fragments, %d frames, joined %v", p.Kind, p.Fragments, len(p.Segments), p.Reassembled)
	}
}

// The frames of an S7comm-plus message that is longer than one.
func TestPlusContinuation(t *testing.T) {
	var asm Assembler
	var p PDU
	frame := func(data string, last bool) []byte {
		b := append([]byte{0x72, 2, 0, byte(len(data))}, data...)
		if last {
			b = append(b, 0x72, 2, 0, 0)
		}
		return AppendDT(nil, b, true)
	}
	for i, f := range []struct {
		tpkt         []byte
		continuation bool
		trailer      bool
	}{
		{frame("\x31\x00\x00\x04\xbb\x00\x00\x00\x01\x00\x00\x01\x20\x36", false), false, false},
		{frame("\x31\x00\x00\x04\xca\x00\x00\x00\x01\x00\x00\x01\x20\x36", false), true, false},
		{frame("end", true), true, true},
		{frame("\x32\x00\x00\x04\xbb\x00\x00\x00\x01\x36", true), false, true},
	} {
		if err := p.Decode(f.tpkt, &asm); err != nil {
			t.Fatal(err)
		}
		if p.Plus.Continuation != f.continuation || p.Plus.Trailer != f.trailer || p.Plus.HasHeader == f.continuation {
			t.Errorf("frame %d: %+v", i, p.Plus)
		}
	}
	if p.Plus.Opcode != PlusResponse || p.Plus.Function != 0x04BB || p.Plus.Sequence != 1 {
		t.Errorf("%+v", p.Plus)
	}
}
