package tcp

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/reassembly"

	"plcscope/decode"
)

// writePcap writes the segments as a capture of bare IPv4 packets.
func writePcap(t *testing.T, name string, segments []decode.Segment) {
	t.Helper()
	le := binary.LittleEndian
	b := le.AppendUint32(nil, 0xa1b23c4d) // nanoseconds
	b = le.AppendUint32(b, 2|4<<16)
	b = append(b, make([]byte, 8)...)
	b = le.AppendUint32(b, 1<<18)
	b = le.AppendUint32(b, 101)
	for _, s := range segments {
		options := append(bytes.Clone(s.Options), make([]byte, -len(s.Options)&3)...)
		size := uint16(20 + 20 + len(options) + len(s.Payload))
		b = le.AppendUint32(b, uint32(s.Time/second))
		b = le.AppendUint32(b, uint32(s.Time%second))
		b = le.AppendUint32(b, uint32(size))
		b = le.AppendUint32(b, uint32(size))

		be := binary.BigEndian
		b = append(b, 0x45, 0)
		b = be.AppendUint16(b, size)
		b = be.AppendUint16(b, s.IPID)
		b = append(b, 0x40, 0, s.TTL, 6, 0, 0)
		b = append(append(b, s.Src[12:]...), s.Dst[12:]...)
		b = be.AppendUint16(be.AppendUint16(b, s.SrcPort), s.DstPort)
		b = be.AppendUint32(be.AppendUint32(b, s.Seq), s.Ack)
		b = append(b, byte(5+len(options)/4)<<4, byte(s.Flags))
		b = be.AppendUint16(b, s.Window)
		b = append(b, 0, 0, 0, 0)
		b = append(append(b, options...), s.Payload...)
	}
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestStreamNumbers compares the numbers of connections with tshark's tcp.stream
// on traffic that opens, breaks and reuses a few port pairs at random.
func TestStreamNumbers(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	var all []decode.Segment
	state := uint64(42)
	random := func(n uint64) uint64 {
		state = state*6364136223846793005 + 1442695040888963407
		return state >> 33 % n
	}
	script := script{}
	for range 3000 {
		flags := []string{"SYN", "SYN", "SYN ack 0", "SYN ack 0", "ack 0", "ack 0", `"data" ack 0`, "FIN ack 0", "RST ack 0", "RST noack"}
		offset := uint64(0)
		if random(8) == 0 {
			offset = random(4)
		}
		isn := 1000 * (1 + random(3))
		for _, line := range []string{
			fmt.Sprintf("isn A %d", isn), fmt.Sprintf("isn B %d", isn+500),
			fmt.Sprintf("ports %d 1883", 40000+random(12)),
			fmt.Sprintf("%c %d %s id=%d", "AB"[random(2)], offset, flags[random(uint64(len(flags)))], 1+random(60000)),
		} {
			if err := script.line(words(line)); err != nil {
				t.Fatal(err)
			}
		}
	}
	all = script.sent

	name := filepath.Join(t.TempDir(), "streams.pcap")
	writePcap(t, name, all)
	out, err := exec.Command(tshark, "-r", name, "-T", "fields", "-e", "tcp.stream").Output()
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Fields(string(out))
	if len(want) != len(all) {
		t.Fatalf("tshark has %d segments, want %d", len(want), len(all))
	}
	tab := New(Options{}, &nobody{})
	wrong := 0
	for i := range all {
		tab.Add(&all[i])
		if got := strconv.FormatUint(tab.last.Stream, 10); got != want[i] {
			s := &all[i]
			t.Errorf("frame %d, %d > %d, flags %02x, seq %d, ack %d: connection %s, tshark says %s",
				i+1, s.SrcPort, s.DstPort, s.Flags, s.Seq, s.Ack, got, want[i])
			if wrong++; wrong > 5 {
				break
			}
		}
	}
	tab.Flush()
}

// collected is a gopacket stream that keeps its bytes.
type collected struct{ dir [2]*[]byte }

func (c *collected) Accept(*layers.TCP, gopacket.CaptureInfo, reassembly.TCPFlowDirection, reassembly.Sequence, *bool, reassembly.AssemblerContext) bool {
	return true
}

func (c *collected) ReassembledSG(sg reassembly.ScatterGather, _ reassembly.AssemblerContext) {
	dir, _, _, _ := sg.Info()
	n, _ := sg.Lengths()
	d := 0
	if dir == reassembly.TCPDirServerToClient {
		d = 1
	}
	*c.dir[d] = append(*c.dir[d], sg.Fetch(n)...)
}

func (c *collected) ReassemblyComplete(reassembly.AssemblerContext) bool { return false }

func (c *collected) New(_, _ gopacket.Flow, _ *layers.TCP, _ reassembly.AssemblerContext) reassembly.Stream {
	return c
}

// TestAgainstGopacket compares the streams with those of gopacket's assembler on
// data that is reordered and repeated, not lost.
func TestAgainstGopacket(t *testing.T) {
	state := uint64(3)
	for n := range 50 {
		ops := make([]byte, 40+4*n)
		for i := range ops {
			state = state*6364136223846793005 + 1442695040888963407
			ops[i] = byte(state >> 56)
		}
		// gopacket 1.1.19 errs where sequence numbers wrap: none here.
		m := dialogue([2]uint32{1000, 500_000}, ops, false)
		syn, synack := m.send(0, 0, 0, decode.SYN, 0, false).seg, m.send(1, 0, 0, decode.SYN|decode.ACK, 0, false).seg
		syn.Seq--
		synack.Seq--
		all := []decode.Segment{syn, synack}
		for _, p := range m.out[:len(m.out)-2] {
			if p.seg.Flags&decode.FIN == 0 { // gopacket ends at once
				all = append(all, p.seg)
			}
		}

		var theirs [2][]byte
		assembler := reassembly.NewAssembler(reassembly.NewStreamPool(&collected{[2]*[]byte{&theirs[0], &theirs[1]}}))
		r := newRecorder(t)
		r.quiet = true
		ours := &keeper{recorder: r}
		tab := New(Options{}, ours)
		for i := range all {
			s := &all[i]
			s.Frame, s.Time = uint64(i+1), int64(i)*1000
			tab.Add(s)
			assembler.Assemble(
				gopacket.NewFlow(layers.EndpointIPv4, s.Src[12:], s.Dst[12:]),
				&layers.TCP{
					BaseLayer: layers.BaseLayer{Payload: s.Payload},
					SrcPort:   layers.TCPPort(s.SrcPort), DstPort: layers.TCPPort(s.DstPort), Seq: s.Seq, Ack: s.Ack,
					SYN: s.Flags&decode.SYN != 0, ACK: s.Flags&decode.ACK != 0, Window: s.Window,
				})
		}
		tab.Flush()
		assembler.FlushAll()
		for d := range theirs {
			if !bytes.Equal(theirs[d], ours.stream[d]) || len(theirs[d]) != int(m.sent[d]) {
				t.Errorf("dialogue %d, direction %d: %d bytes, gopacket has %d, sent were %d",
					n, d, len(ours.stream[d]), len(theirs[d]), m.sent[d])
			}
		}
	}
}

// keeper keeps the streams of the one connection that there is.
type keeper struct {
	*recorder
	stream [2][]byte
}

func (k *keeper) Data(c *Conn, d Dir, b []byte, s *decode.Segment) {
	k.recorder.Data(c, d, b, s)
	k.stream[d] = append(k.stream[d], b...)
}
