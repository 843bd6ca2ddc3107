package s7comm

import (
	"bytes"
	"path/filepath"
	"testing"
)

// transferTalk hands the messages of one connection to a BlockTransfers.
type transferTalk struct {
	t      *testing.T
	p      PDU
	x      Transactions
	blocks BlockTransfers
	frame  uint64
	done   []*BlockTransfer
}

func (k *transferTalk) say(client bool, b []byte) {
	k.t.Helper()
	k.frame++
	if err := k.p.Decode(b, nil); err != nil {
		k.t.Fatal(err)
	}
	req, _ := k.x.Answered(client, &k.p)
	if d := k.blocks.Add(&k.p, req, k.frame); d != nil {
		k.done = append(k.done, d)
	}
	k.x.Sent(client, &k.p, k.frame, 0)
}

// blockMessage is a job or an answer of block transfer.
func blockMessage(r ROSCTR, ref uint16, f Function, e ErrorCode, k Block) []byte {
	p := s7(r, ref, e, f)
	p.Block = k
	return p.Append(nil)
}

// image is a block of 36 bytes of head, code and 36 bytes with author and name.
func image(code int) []byte {
	b := make([]byte, blockHeadLength+code+blockFooterLength)
	copy(b, "pp\x01\x01\x05\x0a\x00\x07")
	b[10], b[11] = byte(len(b)>>8), byte(len(b))
	b[34], b[35] = byte(code>>8), byte(code)
	copy(b[blockHeadLength+code:], "ME      PUMPS   DB_SEVEN\x12")
	return b
}

func TestBlockTransfers(t *testing.T) {
	b := image(100)
	name := BlockName("_0A00007P")
	size := []byte("1000172000100")
	download := func(k *transferTalk, pieces ...[]byte) {
		k.say(true, blockMessage(ROSCTRJob, 1, FunctionRequestDownload, 0, Block{Name: name, Lengths: size}))
		k.say(false, blockMessage(ROSCTRAckData, 1, FunctionRequestDownload, 0, Block{}))
		for i, piece := range pieces {
			k.say(false, blockMessage(ROSCTRJob, uint16(10+i), FunctionDownloadBlock, 0, Block{Name: name}))
			k.say(true, blockMessage(ROSCTRAckData, uint16(10+i), FunctionDownloadBlock, 0, Block{HasStatus: true, Payload: piece}))
		}
	}
	end := func(k *transferTalk, e ErrorCode) {
		k.say(false, blockMessage(ROSCTRJob, 90, FunctionDownloadEnded, 0, Block{Name: name, Error: e}))
		k.say(true, blockMessage(ROSCTRAckData, 90, FunctionDownloadEnded, 0, Block{}))
	}
	for _, test := range []struct {
		name     string
		talk     func(k *transferTalk)
		done     int
		complete bool
		data     []byte
	}{
		{"download", func(k *transferTalk) { download(k, b[:50], b[50:]); end(k, 0) }, 1, true, b},
		{"download with an error", func(k *transferTalk) { download(k, b[:50]); end(k, 0xD209) }, 1, false, b[:50]},
		{"download that misses a piece", func(k *transferTalk) { download(k, b[:50]); end(k, 0) }, 1, false, b[:50]},
		{"download that does not end", func(k *transferTalk) { download(k, b[:50]) }, 0, false, nil},
		{"download across a gap", func(k *transferTalk) { download(k, b[:50]); k.blocks.Reset(); end(k, 0) }, 0, false, nil},
		{"download refused", func(k *transferTalk) {
			k.say(true, blockMessage(ROSCTRJob, 1, FunctionRequestDownload, 0, Block{Name: name, Lengths: size}))
			k.say(false, blockMessage(ROSCTRAckData, 1, FunctionRequestDownload, 0xD241, Block{}))
		}, 1, false, nil},
		{"upload", func(k *transferTalk) {
			k.say(true, blockMessage(ROSCTRJob, 1, FunctionStartUpload, 0, Block{Name: name}))
			k.say(false, blockMessage(ROSCTRAckData, 1, FunctionStartUpload, 0, Block{HasStatus: true, Unknown: []byte{1, 0}, UploadID: 7, LengthStr: []byte("0000172")}))
			for i, piece := range [][]byte{b[:100], b[100:]} {
				k.say(true, blockMessage(ROSCTRJob, uint16(2+i), FunctionUpload, 0, Block{UploadID: 7}))
				k.say(false, blockMessage(ROSCTRAckData, uint16(2+i), FunctionUpload, 0, Block{HasStatus: true, Payload: piece}))
			}
			k.say(true, blockMessage(ROSCTRJob, 9, FunctionEndUpload, 0, Block{UploadID: 7}))
			k.say(false, blockMessage(ROSCTRAckData, 9, FunctionEndUpload, 0, Block{}))
		}, 1, true, b},
	} {
		t.Run(test.name, func(t *testing.T) {
			k := transferTalk{t: t}
			test.talk(&k)
			if len(k.done) != test.done {
				t.Fatalf("%d transfers ended, want %d", len(k.done), test.done)
			}
			if test.done == 0 {
				return
			}
			d := k.done[0]
			if d.Complete() != test.complete || !bytes.Equal(d.Data, test.data) || d.Name.String() != "DB7" || d.FirstFrame != 1 || d.LastFrame != k.frame {
				t.Errorf("%+v", d)
			}
			i, ok := d.Info()
			if ok != (len(test.data) >= blockHeadLength) || i.HasAuthor != test.complete {
				t.Errorf("%+v, %v", i, ok)
			}
			if test.complete && (i.Author != "ME" || i.Family != "PUMPS" || i.Name != "DB_SEVEN" || i.VersionString() != "1.2" || i.Number != 7 || i.Type != BlockDB) {
				t.Errorf("%+v", i)
			}
		})
	}
}

// Every block that the captures transfer is joined whole.
func TestCaptureBlockTransfers(t *testing.T) {
	got := map[string]int{}
	for _, file := range captures(t) {
		connections := map[string]*transferTalk{}
		fileTPKTs(t, file, func(stream string, tpkt []byte, asm *Assembler) {
			a, b, pa, pb := stream[:4], stream[4:8], stream[8:10], stream[10:]
			client := pb == "\x00\x66"
			key := a + pa + b + pb
			if !client {
				key = b + pb + a + pa
			}
			k := connections[key]
			if k == nil {
				k = &transferTalk{t: t}
				connections[key] = k
			}
			if len(tpkt) > 7 && tpkt[5] == byte(DT) && tpkt[7] == protocolS7 {
				k.say(client, tpkt)
			}
		})
		for _, k := range connections {
			for _, d := range k.done {
				i, ok := d.Info()
				if !ok || !d.Complete() || !i.HasAuthor || len(d.Data) != int(i.LoadMemory) {
					t.Errorf("%s: %s, %d of %d bytes, %v", filepath.Base(file), d.Name, len(d.Data), d.Expected, d.Error)
				}
				got[d.Name.String()]++
			}
		}
	}
	t.Log(got)
	if got["DB1"] < 2 || got["SDB0"] < 4 || got["OB1"] < 1 {
		t.Errorf("blocks %v", got)
	}
}
