package s7comm

import (
	"bytes"
	"path/filepath"
	"testing"
)

// FuzzUserdata reads a message of any group with any payload, whole and in two pieces.
// No byte of it is left out of the tree, the readers of contents end, and the pieces
// make the same content.
func FuzzUserdata(f *testing.F) {
	for _, v := range userdataVectors {
		var p PDU
		if p.Decode(unhex(v.hex), nil) == nil && p.S7.ROSCTR == ROSCTRUserdata {
			u := &p.Userdata
			f.Add(uint8(u.Type)<<6|uint8(u.Group), u.Subfunction, uint8(len(u.Payload)/2), u.Payload)
		}
	}
	files, _ := filepath.Glob(filepath.Join("..", "..", "shared", "pcaps", "s7", "*.pcap*"))
	seen := map[[2]uint8]int{}
	for _, file := range files {
		fileTPKTs(f, file, func(_ string, tpkt []byte, asm *Assembler) {
			var p PDU
			p.Decode(tpkt, asm)
			u := &p.Userdata
			key := [2]uint8{uint8(u.Type)<<6 | uint8(u.Group), u.Subfunction}
			if p.Kind == KindS7 && p.S7.ROSCTR == ROSCTRUserdata && len(u.Content) > 0 && seen[key] < 12 {
				seen[key]++
				f.Add(key[0], key[1], uint8(len(u.Content)/3), bytes.Clone(u.Content))
			}
		})
	}
	f.Fuzz(func(t *testing.T, head, sub, cut uint8, payload []byte) {
		if len(payload) > 1<<14 {
			return
		}
		u := Userdata{Type: UserdataType(head >> 6), Group: Group(head & 0x3f), Subfunction: sub, Sequence: 3, Extended: true, HasData: true,
			ReturnCode: ReturnSuccess, TransportSize: DataOctets, Payload: payload}
		b := AppendUserdata(nil, 1, u)
		var p PDU
		p.Decode(b, new(Assembler))
		checkTree(t, &p, b)
		readContents(&p.Userdata)
		for _, c := range p.AppendSummary(nil, nil) {
			if c < 0x20 || c > 0x7e {
				t.Fatalf("summary has byte 0x%02x", c)
			}
		}
		if p.Userdata.RID != 0 || p.Userdata.ncUpload() || len(payload) < 2 {
			return
		}
		// The same in two pieces.
		n := 1 + int(cut)%(len(payload)-1)
		var asm Assembler
		var q PDU
		for i, piece := range [][]byte{payload[:n], payload[n:]} {
			u.Payload, u.DataUnitRef, u.LastUnit = piece, 7, uint8(1-i)
			if hasRID(piece) {
				return
			}
			q.Decode(AppendUserdata(nil, 2, u), &asm)
		}
		if !bytes.Equal(q.Userdata.Content, payload) {
			t.Fatalf("%x in pieces is %x", payload, q.Userdata.Content)
		}
	})
}

// FuzzBlockTransfers feeds jobs and answers of block transfer and checks the bounds.
func FuzzBlockTransfers(f *testing.F) {
	files, _ := filepath.Glob(filepath.Join("..", "..", "shared", "pcaps", "s7", "*.pcap*"))
	for _, file := range files {
		var stream []byte
		fileTPKTs(f, file, func(_ string, tpkt []byte, _ *Assembler) {
			var p PDU
			if p.Decode(tpkt, nil); p.Kind == KindS7 && p.Function >= FunctionRequestDownload && p.Function <= FunctionEndUpload && len(stream) < 4096 {
				stream = append(stream, tpkt...)
			}
		})
		if len(stream) > 0 {
			f.Add(stream)
		}
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		var p PDU
		var x Transactions
		var blocks BlockTransfers
		asm := Assembler{Max: 1 << 12}
		for b := stream; len(b) > 0; {
			n, err := Next(b)
			if err != nil {
				return
			}
			p.Decode(b[:n], &asm)
			b = b[n:]
			for _, client := range []bool{true, false} {
				req, _ := x.Answered(client, &p)
				if done := blocks.Add(&p, req, 1); done != nil {
					if i, ok := done.Info(); ok && i.HasAuthor && len(done.Data) < blockHeadLength+blockFooterLength {
						t.Fatalf("author in a block of %d bytes", len(done.Data))
					}
					if len(done.Data) > maxTransferBytes || done.Complete() && done.Expected != 0 && done.Expected != len(done.Data) {
						t.Fatalf("%d of %d bytes", len(done.Data), done.Expected)
					}
				}
			}
			x.Sent(n&1 == 0, &p, 1, 1)
			if len(blocks.open) > maxTransfers {
				t.Fatalf("%d transfers", len(blocks.open))
			}
		}
	})
}
