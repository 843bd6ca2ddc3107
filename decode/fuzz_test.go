package decode

import (
	"bytes"
	"path/filepath"
	"reflect"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"plcscope/internal/wire"
	"plcscope/pcaps"
)

// seed gives a fuzz target the frames of the tables and some of real captures.
func seed(f *testing.F) {
	for _, n := range frames(f) {
		f.Add(uint16(n.link), n.data, uint16(0), uint16(0))
		f.Add(uint16(n.link), n.data, uint16(5), uint16(3))
	}
	three := splitPacket(tcp4(f, text(60)), 1, 24, 40)
	for _, p := range three {
		f.Add(uint16(pcaps.LinkRaw), p, uint16(0), uint16(0))
	}
	files, _ := filepath.Glob(filepath.Join("..", "..", "shared", "pcaps", "*", "*.pcap*"))
	for _, file := range files {
		for i, fr := range readAll(f, file) {
			if i%40 == 0 {
				f.Add(uint16(fr.Link), fr.Data, uint16(0), uint16(i%7))
			}
		}
	}
}

// within reports whether the bytes of part are bytes of whole.
func within(part, whole []byte) bool {
	if cap(part) == 0 {
		return true
	}
	if len(whole) == 0 {
		return len(part) == 0
	}
	p, w := uintptr(unsafe.Pointer(unsafe.SliceData(part))), uintptr(unsafe.Pointer(unsafe.SliceData(whole)))
	return p >= w && p+uintptr(len(part)) <= w+uintptr(len(whole))
}

// FuzzDecode: whatever the bytes are, the two paths agree, slices stay in the
// frame, a used decoder says what a new one says, every frame is counted once,
// and a snap length only takes from the end.
func FuzzDecode(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, link uint16, data []byte, absent, cut uint16) {
		fr := &pcaps.Frame{Number: 1, Time: 1e18, Link: pcaps.LinkType(link), Length: uint32(len(data)) + uint32(absent), Data: data}
		d := New(Options{})
		var s Segment
		ok := d.Decode(fr, &s)
		st := d.Stats()
		if st.Frames != 1 || ok != (st.Segments == 1) {
			t.Fatalf("counted %+v", st)
		}
		if ok {
			if !within(s.Options, data) || !within(s.Payload, data) || !within(s.Raw, data) || cap(s.Payload) != len(s.Payload) || cap(s.Options) != len(s.Options) {
				t.Fatal("a slice leaves the frame")
			}
			if len(s.Options) > 40 || len(s.Payload)+int(s.Missing) > 1<<20 || s.Version != 4 && s.Version != 6 {
				t.Fatalf("%+v", s)
			}
		}

		// The slow path alone.
		slow := New(Options{})
		dirty := Segment{Frame: 99, VLAN: 99, Missing: 99, IPID: 99, TTL: 99, Payload: []byte("x"), Options: []byte("y"), Checksum: ChecksumBad}
		r := slow.walk.frame(fr, &dirty)
		if ok != (r == accepted) || !ok && st.Skipped[r] != 1 {
			t.Fatalf("slow path: %v, stats %+v", r, st)
		}
		if ok {
			if diff := cmp.Diff(s, dirty); diff != "" {
				t.Fatalf("-fast +slow\n%s", diff)
			}
			slow.stats.Checksums[dirty.Checksum]++
		} else {
			slow.stats.Skipped[r]++
		}
		if diff := cmp.Diff(st, slow.Stats()); diff != "" {
			t.Fatalf("stats: -fast +slow\n%s", diff)
		}

		// Once more with the same decoder: fragments are duplicates now, nothing
		// else has a memory.
		var again Segment
		if d.Decode(fr, &again) != ok || ok && !cmp.Equal(s, again) {
			t.Fatal("decoded again it is something else")
		}

		// Cut shorter: the same segment with less payload, or none.
		if n := len(data) - int(cut); n >= 0 {
			short := *fr
			short.Data = data[:n]
			var c Segment
			if still := New(Options{}).Decode(&short, &c); still && ok {
				if !bytes.HasPrefix(s.Payload, c.Payload) || !bytes.HasPrefix(s.Options, c.Options) ||
					len(c.Payload)+int(c.Missing) != len(s.Payload)+int(s.Missing) {
					t.Fatalf("cut by %d: payload %d+%d, whole %d+%d", cut, len(c.Payload), c.Missing, len(s.Payload), s.Missing)
				}
				c.Payload, c.Options, c.Missing, c.Raw, c.Checksum = s.Payload, s.Options, s.Missing, s.Raw, s.Checksum
				if diff := cmp.Diff(s, c); diff != "" {
					t.Fatalf("cut by %d: %s", cut, diff)
				}
			} else if ok && !still && len(s.Payload) > 0 && int(cut)-trailing(s.Payload, data) <= len(s.Payload) {
				t.Fatalf("cut by %d, inside the payload, it is no segment", cut)
			}
		}

		var tree wire.Tree
		Dissect(fr, &tree)
		for _, n := range tree.Nodes {
			if n.Off < 0 || n.Len < 0 || int(n.Off)+int(n.Len) > len(data) {
				t.Fatalf("%s at %d+%d of %d bytes", n.Field.Name, n.Off, n.Len, len(data))
			}
			if n.Field.Type == wire.None {
				n.Data = n.Data[:min(len(n.Data), int(n.Len))] // the segment reaches beyond the heading
			}
			if n.Data != nil && !bytes.Equal(n.Data, data[n.Off:n.Off+n.Len]) {
				t.Fatalf("%s: data are not the bytes at its offset", n.Field.Name)
			}
			_ = n.String()
			_ = n.Meaning()
		}
	})
}

// trailing is how many bytes of the frame follow the payload.
func trailing(payload, data []byte) int {
	p, d := uintptr(unsafe.Pointer(unsafe.SliceData(payload))), uintptr(unsafe.Pointer(unsafe.SliceData(data)))
	return int(d) + len(data) - int(p) - len(payload)
}

// FuzzFastEqualsGopacket: where gopacket decodes a frame step by step and the
// fast path takes it too, both find the same segment.
//
// Where only one does there is a reason. gopacket refuses a header that is cut
// in its options, malformed TCP options and lengths that we do not need. It
// takes an IPv4 header of another version, a total length of zero, which goes
// our slow path, and fragments, which reach it as such.
func FuzzFastEqualsGopacket(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, link uint16, data []byte, absent, _ uint16) {
		fastEqualsGopacket(t, &pcaps.Frame{Number: 1, Link: pcaps.LinkType(link), Length: uint32(len(data)) + uint32(absent), Data: data})
	})
}

// fastEqualsGopacket reports whether both took the frame.
func fastEqualsGopacket(t *testing.T, f *pcaps.Frame) bool {
	d := New(Options{})
	var s Segment
	r, done := d.fast(f, &s)
	if !done || r != accepted {
		return false
	}
	want, sum, ok := stepByStep(f)
	if !ok {
		return false
	}
	if s.Missing == 0 && (sum == 0) != (s.Checksum == ChecksumGood) {
		t.Errorf("gopacket's checksum of the segment is %#x, ours %d", sum, s.Checksum)
	}
	want.Missing, want.Checksum = s.Missing, s.Checksum // gopacket knows nothing of what is missing
	if !reflect.DeepEqual(want, s) {
		t.Errorf("-gopacket +fast\n%s", cmp.Diff(want, s))
	}
	return true
}

// TestCapturesLikeGopacket: the segments of real captures take the fast path and
// are what gopacket says.
func TestCapturesLikeGopacket(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	files, _ := filepath.Glob(filepath.Join("..", "..", "shared", "pcaps", "*", "*.pcap*"))
	if len(files) == 0 {
		t.Skip("no captures in ../shared/pcaps")
	}
	all, both := 0, 0
	d := New(Options{})
	var s Segment
	for _, file := range files {
		for _, f := range readAll(t, file) {
			if !d.Decode(&f, &s) {
				continue
			}
			all++
			if fastEqualsGopacket(t, &f) {
				both++
			} else {
				t.Logf("%s frame %d: not taken by both", filepath.Base(file), f.Number)
			}
		}
	}
	t.Logf("%d segments, %d of them decoded by both; %+v", all, both, d.Stats())
	if both < all {
		t.Errorf("%d segments, %d of them decoded by both", all, both)
	}
}

// stepByStep decodes a frame with gopacket's layers, and sums its segment: zero
// is a good checksum.
func stepByStep(f *pcaps.Frame) (s Segment, sum uint16, ok bool) {
	df := gopacket.NilDecodeFeedback
	s.from(f)
	next, b := gopacket.LayerType(0), f.Data
	switch f.Link {
	case pcaps.LinkEthernet:
		var l layers.Ethernet
		if l.DecodeFromBytes(b, df) != nil {
			return s, 0, false
		}
		next, b = l.NextLayerType(), l.Payload
		if l.EthernetType == typeOldQinQ { // not known to gopacket
			next = layers.LayerTypeDot1Q
		}
	case pcaps.LinkLinuxSLL:
		var l layers.LinuxSLL
		if len(b) < 16 || b[4] != 0 || b[5] > 8 || l.DecodeFromBytes(b, df) != nil {
			return s, 0, false
		}
		next, b = l.NextLayerType(), l.Payload
	case pcaps.LinkIPv4:
		next = layers.LayerTypeIPv4
	case pcaps.LinkIPv6:
		next = layers.LayerTypeIPv6
	case pcaps.LinkRaw:
		next = layers.LayerTypeIPv4
		if len(b) > 0 && b[0]>>4 == 6 {
			next = layers.LayerTypeIPv6
		}
	}
	for next == layers.LayerTypeDot1Q {
		var l layers.Dot1Q
		if l.DecodeFromBytes(b, df) != nil {
			return s, 0, false
		}
		s.VLAN = l.VLANIdentifier
		next, b = l.NextLayerType(), l.Payload
		if l.Type == typeOldQinQ {
			next = layers.LayerTypeDot1Q
		}
	}
	var network gopacket.NetworkLayer
	switch next {
	case layers.LayerTypeIPv4:
		var l layers.IPv4
		if l.DecodeFromBytes(b, df) != nil || l.Version != 4 {
			return s, 0, false
		}
		next, b, network = l.NextLayerType(), l.Payload, &l
		s.Version, s.TTL, s.IPID = 4, l.TTL, l.Id
		s.Src, s.Dst = Addr(l.SrcIP.To16()), Addr(l.DstIP.To16())
	case layers.LayerTypeIPv6:
		var l layers.IPv6
		if l.DecodeFromBytes(b, df) != nil || l.Version != 6 {
			return s, 0, false
		}
		next, b, network = l.NextLayerType(), l.Payload, &l
		s.Version, s.TTL = 6, l.HopLimit
		s.Src, s.Dst = Addr(l.SrcIP), Addr(l.DstIP)
	}
	var l layers.TCP
	if next != layers.LayerTypeTCP || l.DecodeFromBytes(b, df) != nil {
		return s, 0, false
	}
	s.SrcPort, s.DstPort, s.Seq, s.Ack = uint16(l.SrcPort), uint16(l.DstPort), l.Seq, l.Ack
	s.Window, s.Urgent = l.Window, l.Urgent
	for i, on := range []bool{l.FIN, l.SYN, l.RST, l.PSH, l.ACK, l.URG, l.ECE, l.CWR} {
		if on {
			s.Flags |= 1 << i
		}
	}
	s.Options, s.Payload = l.Contents[20:], l.Payload
	_ = l.SetNetworkLayerForChecksum(network)
	sum, err := l.ComputeChecksum()
	return s, sum, err == nil
}
