package assets

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/s7comm"
)

// image is a data block as it is transferred: a head of 36 bytes, code, and 36 bytes
// that name the author.
func image(number uint16, code int) []byte {
	b := append([]byte("pp\x01\x01\x05\x0a"), byte(number>>8), byte(number))
	b = binary.BigEndian.AppendUint32(b, uint32(72+code))
	b = append(b, make([]byte, 20)...)
	b = binary.BigEndian.AppendUint16(b, uint16(code))
	b = append(b, make([]byte, 36-len(b)+code)...)
	b = append(b, "ADA\x00\x00\x00\x00\x00PRESS\x00\x00\x00FORCE\x00\x00\x00\x10\x00\xab\xcd"...)
	return append(b, make([]byte, 8)...)
}

func TestDownloadAndUpload(t *testing.T) {
	k := newTalk().dial("192.168.0.9:3000").login(usual)
	name := s7comm.BlockName("_0A00007P")
	b := image(7, 10)
	down := func(ref uint16, r s7comm.ROSCTR, f s7comm.Function, block s7comm.Block) []byte {
		p := s7comm.PDU{COTP: s7comm.COTP{Type: s7comm.DT, EOT: true}, Kind: s7comm.KindS7, S7: s7comm.Header{ROSCTR: r, PDURef: ref}, Function: f, Block: block}
		return p.Append(nil)
	}
	k.c(down(2, s7comm.ROSCTRJob, s7comm.FunctionRequestDownload, s7comm.Block{Name: name, Lengths: []byte(fmt.Sprintf("1%06d%06d", len(b), 10))})).
		s(down(2, s7comm.ROSCTRAckData, s7comm.FunctionRequestDownload, s7comm.Block{}))
	k.s(down(9, s7comm.ROSCTRJob, s7comm.FunctionDownloadBlock, s7comm.Block{Name: name})).
		c(down(9, s7comm.ROSCTRAckData, s7comm.FunctionDownloadBlock, s7comm.Block{HasStatus: true, Payload: b, Size: uint16(len(b))}))
	k.s(down(10, s7comm.ROSCTRJob, s7comm.FunctionDownloadEnded, s7comm.Block{Name: name})).c(down(10, s7comm.ROSCTRAckData, s7comm.FunctionDownloadEnded, s7comm.Block{}))

	k.c(down(3, s7comm.ROSCTRJob, s7comm.FunctionStartUpload, s7comm.Block{Name: name})).
		s(down(3, s7comm.ROSCTRAckData, s7comm.FunctionStartUpload, s7comm.Block{HasStatus: true, Unknown: []byte{1, 0}, UploadID: 7, LengthStr: []byte(fmt.Sprintf("%07d", len(b)))}))
	k.c(down(4, s7comm.ROSCTRJob, s7comm.FunctionUpload, s7comm.Block{UploadID: 7})).
		s(down(4, s7comm.ROSCTRAckData, s7comm.FunctionUpload, s7comm.Block{HasStatus: true, Payload: b, Size: uint16(len(b))}))
	k.c(down(5, s7comm.ROSCTRJob, s7comm.FunctionEndUpload, s7comm.Block{UploadID: 7})).s(down(5, s7comm.ROSCTRAckData, s7comm.FunctionEndUpload, s7comm.Block{}))
	k.c(down(6, s7comm.ROSCTRJob, s7comm.FunctionStartUpload, s7comm.Block{Name: s7comm.BlockName("_0A00008P")})).s(s7comm.AppendAck(nil, 6, 0xD241))
	k.c(down(7, s7comm.ROSCTRJob, s7comm.FunctionRequestDownload, s7comm.Block{Name: name})).s(down(7, s7comm.ROSCTRAckData, s7comm.FunctionRequestDownload, s7comm.Block{}))

	r := take(k.capture.Frames(), Options{})
	if d := cmp.Diff([]string{"download|DB7|done", "upload|DB7|done", "upload|DB8|refused|not permitted at the present protection level", "download|DB7|unknown"}, deeds(&r)); d != "" {
		t.Error(d)
	}
	blocks := r.asset("192.168.0.1").Modules[0].Blocks
	if len(blocks) != 1 {
		t.Fatalf("%+v", blocks)
	}
	if x := blocks[0]; x.Type != s7comm.BlockDB || x.Number != 7 || x.Downloads != 1 || x.Uploads != 1 || x.Info.Author != "ADA" || x.Info.Name != "FORCE" || x.By.String() != "192.168.0.9" {
		t.Errorf("%+v", x)
	}
	if got, want := counts(&r), "Download block 1 answered 1; Download ended 1 answered 1"; !strings.Contains(got, want) {
		t.Errorf("%s, want %s in it", got, want)
	}
	for i := range r.Transactions[0].Functions {
		if f := &r.Transactions[0].Functions[i]; f.ByServer != strings.HasPrefix(f.Name, "Download ") {
			t.Errorf("%s asked by the controller: %t", f.Name, f.ByServer)
		}
	}
}

// TestModesThatAreTold: a controller announces changes of its mode unasked.
func TestModesThatAreTold(t *testing.T) {
	k := newTalk().dial("192.168.0.9:3000").login(usual)
	push := func(u s7comm.Userdata) {
		u.Type = s7comm.UserdataPush
		k.s(s7comm.AppendUserdata(nil, 0, u))
	}
	event := func(id uint16) {
		b := binary.BigEndian.AppendUint16(nil, id)
		b = append(b, make([]byte, 10)...)
		b = append(b, 0x26, 0x01, 0x31, 0x12, 0, 0, 0, 0x07)
		push(s7comm.Userdata{Group: s7comm.GroupCPU, Subfunction: 3, HasData: true, ReturnCode: s7comm.ReturnSuccess, TransportSize: s7comm.DataOctets, Payload: b})
	}
	event(0x4303)
	event(0x4302)
	event(0x2521) // an error of the program
	push(s7comm.Userdata{Function: s7comm.FunctionModeTransition, Subfunction: 4})
	r := take(k.capture.Frames(), Options{})
	m := r.asset("192.168.0.1").Modules[0]
	var got []string
	for _, c := range m.Modes {
		got = append(got, c.Mode+": "+c.Why)
	}
	if d := cmp.Diff([]string{"STOP: diagnostic message: STOP by the mode switch", "RUN: diagnostic message: start-up to RUN", "HOLD: mode transition"}, got); d != "" {
		t.Error(d)
	}
}

// BenchmarkInventory measures what the inventory adds to the way of a frame.
func BenchmarkInventory(b *testing.B) {
	k := newTalk().dial("192.168.0.8:4000").login(usual)
	for range 2000 {
		k.read(word(1, 0), word(1, 2), word(1, 4), word(1, 6))
	}
	frames := k.capture.Frames()
	for name, observers := range map[string]func() []flows.Observer{
		"without": func() []flows.Observer { return nil },
		"with":    func() []flows.Observer { return []flows.Observer{New(Options{})} },
	} {
		b.Run(name, func(b *testing.B) {
			dec := decode.New(decode.Options{})
			var s decode.Segment
			var tracker *flows.Tracker
			next := len(frames)
			for b.Loop() {
				if next == len(frames) {
					tracker, next = flows.New(flows.Options{}, observers()...), 0
				}
				if dec.Decode(&frames[next], &s) {
					tracker.Add(&s)
				}
				next++
			}
		})
	}
}
