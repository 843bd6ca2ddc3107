package decode

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/gopacket/layers"

	"plcscope/pcaps"
)

// text is a payload in which every stretch of eight bytes is different.
func text(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i>>3) ^ byte(i*31)
	}
	return string(b)
}

// splitPacket makes fragments of an IPv4 or IPv6 packet; at are the offsets in its
// payload, multiples of eight, at which new fragments begin.
func splitPacket(packet []byte, id uint32, at ...int) [][]byte {
	v6 := packet[0]>>4 == 6
	hdr := int(packet[0]&15) * 4
	if v6 {
		hdr = ipv6Header
	}
	body := packet[hdr:]
	var fs [][]byte
	for i := range len(at) + 1 {
		start, end := 0, len(body)
		if i > 0 {
			start = at[i-1]
		}
		if i < len(at) {
			end = at[i]
		}
		fs = append(fs, fragmentOf(packet[:hdr], id, body[start:end], start, i < len(at)))
	}
	return fs
}

// fragmentOf is one fragment under the given header.
func fragmentOf(header []byte, id uint32, body []byte, start int, more bool) []byte {
	h := join(header)
	frag := uint16(start)
	if h[0]>>4 == 6 {
		if more {
			frag |= 1
		}
		ext := []byte{h[6], 0, 0, 0, 0, 0, 0, 0}
		binary.BigEndian.PutUint16(ext[2:], frag)
		binary.BigEndian.PutUint32(ext[4:], id)
		h[6] = protoFragment
		binary.BigEndian.PutUint16(h[4:], uint16(8+len(body)))
		return join(h, ext, body)
	}
	frag >>= 3
	if more {
		frag |= 0x2000
	}
	binary.BigEndian.PutUint16(h[2:], uint16(len(h)+len(body)))
	binary.BigEndian.PutUint16(h[4:], uint16(id))
	binary.BigEndian.PutUint16(h[6:], frag)
	h[10], h[11] = 0, 0
	binary.BigEndian.PutUint16(h[10:], ^naiveSum(h))
	return join(h, body)
}

// feeder decodes raw packets one after the other, a millisecond apart.
type feeder struct {
	d *Decoder
	f pcaps.Frame
	s Segment
}

func newFeeder(opt Options) *feeder { return &feeder{d: New(opt), f: pcaps.Frame{Link: pcaps.LinkRaw}} }

func (x *feeder) feed(b []byte) bool {
	x.f.Number++
	x.f.Time += 1e6
	x.f.Data, x.f.Length = b, uint32(len(b))
	return x.d.Decode(&x.f, &x.s)
}

func TestFragments(t *testing.T) {
	body := text(100)
	for _, version := range []string{"IPv4", "IPv6"} {
		packet, id := tcp4(t, body), uint32(0x1234)
		if version == "IPv6" {
			packet = tcp6(t, body)
		}
		three := splitPacket(packet, id, 24, 80)
		for _, c := range []struct {
			name string
			feed []int
			want FragmentStats
			dups uint64
		}{
			{"in order", []int{0, 1, 2}, FragmentStats{Datagrams: 1, Reassembled: 3}, 0},
			{"backwards", []int{2, 1, 0}, FragmentStats{Datagrams: 1, Reassembled: 3}, 0},
			{"last in the middle", []int{0, 2, 1}, FragmentStats{Datagrams: 1, Reassembled: 3}, 0},
			{"each twice", []int{0, 0, 1, 1, 2, 2}, FragmentStats{Datagrams: 1, Reassembled: 3}, 3},
			{"all twice", []int{0, 1, 2, 0, 1, 2}, FragmentStats{Datagrams: 1, Reassembled: 3}, 3},
			{"one is lost", []int{0, 2}, FragmentStats{Pending: 2}, 0},
		} {
			x := newFeeder(Options{})
			n := 0
			for _, i := range c.feed {
				if !x.feed(three[i]) {
					continue
				}
				n++
				want := Segment{
					Frame: x.f.Number, Time: x.f.Time, Link: uint16(pcaps.LinkRaw), Raw: x.f.Data,
					TTL: x.s.TTL, Version: packet[0] >> 4, IPID: x.s.IPID, Flags: PSH | ACK, Checksum: ChecksumGood,
					Src: x.s.Src, Dst: x.s.Dst, SrcPort: 49152, DstPort: 1883,
					Seq: 0x01020304, Ack: 0x05060708, Window: 8192, Urgent: 7, Options: []byte{}, Payload: []byte(body),
				}
				if diff := cmp.Diff(want, x.s); diff != "" {
					t.Errorf("%s: %s: %s", version, c.name, diff)
				}
			}
			st := x.d.Stats()
			if n != int(c.want.Datagrams) || st.Skipped[FragmentDuplicate] != c.dups {
				t.Errorf("%s: %s: %d segments, %d duplicates", version, c.name, n, st.Skipped[FragmentDuplicate])
			}
			if diff := cmp.Diff(c.want, st.Fragments); diff != "" {
				t.Errorf("%s: %s: %s", version, c.name, diff)
			}
		}
	}
}

// TestFragmentOverlap: the bytes that came first stay.
func TestFragmentOverlap(t *testing.T) {
	packet := tcp4(t, text(100))
	head, whole := packet[:20], packet[20:]
	evil := make([]byte, len(whole))
	copy(evil, whole[:20])
	x := newFeeder(Options{})
	x.feed(fragmentOf(head, 1, whole[:48], 0, true))
	x.feed(fragmentOf(head, 1, evil[40:88], 40, true)) // overlaps 40 to 48
	if !x.feed(fragmentOf(head, 1, whole[80:], 80, false)) {
		t.Fatal("not complete")
	}
	want := join(whole[:48], evil[48:88], whole[88:])
	if string(x.s.Payload) != string(want[20:]) {
		t.Errorf("payload %x\nwant    %x", x.s.Payload, want[20:])
	}
	if st := x.d.Stats().Fragments; st.Overlaps != 2 || x.s.Checksum != ChecksumBad {
		t.Errorf("%d overlaps, checksum %d", st.Overlaps, x.s.Checksum)
	}
}

func TestFragmentsAtOdds(t *testing.T) {
	packet := tcp4(t, text(100))
	head, whole := packet[:20], packet[20:]
	for _, c := range []struct {
		name string
		feed [][]byte
	}{
		{"two ends", [][]byte{fragmentOf(head, 1, whole[80:], 80, false), fragmentOf(head, 1, whole[88:112], 88, false)}},
		{"past the end", [][]byte{fragmentOf(head, 1, whole[80:96], 80, false), fragmentOf(head, 1, whole[88:112], 88, true)}},
		{"end before what came", [][]byte{fragmentOf(head, 1, whole[80:112], 80, true), fragmentOf(head, 1, whole[72:80], 72, false)}},
		{"empty", [][]byte{fragmentOf(head, 1, whole[:8], 0, true), fragmentOf(head, 1, nil, 8, true)}},
	} {
		x := newFeeder(Options{})
		for _, b := range c.feed {
			if x.feed(b) {
				t.Errorf("%s: a segment", c.name)
			}
		}
		if st := x.d.Stats(); st.Skipped[FragmentMalformed] != 1 || st.Skipped[FragmentHeld] != 1 {
			t.Errorf("%s: %v", c.name, skipped(x.d))
		}
	}
}

func TestFragmentsDoNotMix(t *testing.T) {
	x := newFeeder(Options{})
	a, b := splitPacket(tcp4(t, text(40)), 1, 24), splitPacket(tcp4(t, text(40)), 2, 24)
	if x.feed(a[0]) || x.feed(b[1]) {
		t.Fatal("fragments of two datagrams made one")
	}
	other := join(a[1])
	other[9] = protoUDP
	if x.feed(other) {
		t.Fatal("fragments of two protocols made a datagram")
	}
	if !x.feed(a[1]) || !x.feed(b[0]) {
		t.Fatal("not complete")
	}
}

func TestFragmentExpiry(t *testing.T) {
	x := newFeeder(Options{})
	two := splitPacket(tcp4(t, text(40)), 1, 24)
	x.feed(two[0])
	x.f.Time += 31e9
	if x.feed(two[1]) {
		t.Fatal("completed after 31 seconds")
	}
	if st := x.d.Stats().Fragments; st.Expired != 1 || st.Pending != 1 {
		t.Errorf("%+v", st)
	}
	// Fragments of another datagram make the old ones go too.
	x.f.Time += 31e9
	x.feed(splitPacket(tcp4(t, text(40)), 2, 24)[0])
	if st := x.d.Stats().Fragments; st.Expired != 2 || st.Pending != 1 || x.d.frags.open.n != 1 {
		t.Errorf("%+v, %d open", st, x.d.frags.open.n)
	}
	// The identification comes back with other data, while its predecessor is
	// still remembered.
	x = newFeeder(Options{})
	x.feed(two[0])
	x.feed(two[1])
	again := splitPacket(patch(tcp4(t, text(40)), 41, 'x'), 1, 24)
	if x.feed(again[0]) || !x.feed(two[1]) {
		t.Errorf("the second datagram of the identification: %v", skipped(x.d))
	}
}

func TestFragmentBounds(t *testing.T) {
	packet := tcp4(t, text(1000))
	x := newFeeder(Options{MaxDatagrams: 10})
	for id := range uint32(100) {
		x.feed(fragmentOf(packet[:20], id, packet[20:420], 0, true))
	}
	if st := x.d.Stats().Fragments; st.Evicted != 90 || st.Pending != 10 || x.d.frags.open.n != 10 {
		t.Errorf("%+v, %d open", st, x.d.frags.open.n)
	}
	x = newFeeder(Options{MaxFragmentBytes: 20_000})
	for id := range uint32(100) {
		x.feed(fragmentOf(packet[:20], id, packet[20:820], 0, true))
		if x.d.frags.bytes > 20_000 {
			t.Fatalf("%d bytes are held", x.d.frags.bytes)
		}
	}
	if st := x.d.Stats().Fragments; st.Evicted+st.Pending != 100 || st.Pending < 5 {
		t.Errorf("%+v", st)
	}
	// The newest is the one that completes.
	if !x.feed(fragmentOf(packet[:20], 99, packet[820:], 800, false)) || string(x.s.Payload) != text(1000) {
		t.Error("the newest datagram was given up")
	}
}

// TestFragmentMemory: completed datagrams are remembered for a second, and not
// too many.
func TestFragmentMemory(t *testing.T) {
	x := newFeeder(Options{})
	for id := range uint32(maxRemembered + 50) {
		for _, b := range splitPacket(tcp4(t, text(40)), id, 24) {
			x.feed(b)
		}
		x.f.Time -= 2e6 // the clock stands
	}
	if fs := &x.d.frags; fs.complete.n != maxRemembered || len(fs.table) != maxRemembered {
		t.Errorf("%d datagrams are remembered, %d in the table", fs.complete.n, len(fs.table))
	}
	x.f.Time += 2e9
	x.feed(splitPacket(tcp4(t, text(40)), 9999, 24)[0])
	if fs := &x.d.frags; fs.complete.n != 0 || len(fs.table) != 1 || fs.bytes != fs.open.head.cost {
		t.Errorf("%d datagrams are remembered after two seconds, %d bytes", fs.complete.n, fs.bytes)
	}
}

// TestFragmentCut: fragments that the snap length cut give what is there up to
// the first missing byte, and the rest is missing.
func TestFragmentCut(t *testing.T) {
	three := splitPacket(tcp4(t, text(100)), 1, 40, 80)
	x := newFeeder(Options{})
	x.feed(three[0])
	x.f.Data, x.f.Length = three[1][:20+19], uint32(len(three[1]))
	x.d.Decode(&x.f, &x.s)
	if !x.feed(three[2]) {
		t.Fatal("not complete")
	}
	if len(x.s.Payload) != 36 || x.s.Missing != 64 || string(x.s.Payload) != text(100)[:36] || x.s.Checksum != ChecksumUnknown {
		t.Errorf("%d bytes, %d missing, checksum %d", len(x.s.Payload), x.s.Missing, x.s.Checksum)
	}
}

// TestFragmentedTunnel: mirrored frames do not fit the way to the analyser and
// come in fragments of the tunnel.
func TestFragmentedTunnel(t *testing.T) {
	inner := build(t, eth(layers.EthernetTypeIPv4), payload(string(tcp4(t, text(1460)))))
	outer := build(t, outer4(47), payload("\x10\x00\x88\xbe\x00\x00\x00\x01\x10\x07\x00\x64\x00\x00\x00\x05"), payload(string(inner)))
	x := newFeeder(Options{})
	two := splitPacket(outer, 9, 1480)
	if x.feed(two[0]) || !x.feed(two[1]) {
		t.Fatal("not put together")
	}
	if string(x.s.Payload) != text(1460) || x.s.VLAN != 7 || x.s.Src != mapped("192.168.1.10") || x.s.Checksum != ChecksumGood {
		t.Errorf("%+v", x.s)
	}
}

// FuzzFragments: however a datagram is cut and in whatever order its fragments
// come, repeated or overlapping, the segment is the same and memory is bounded.
func FuzzFragments(f *testing.F) {
	f.Add(uint16(100), uint64(1), false, uint8(0))
	f.Add(uint16(5000), uint64(2), true, uint8(3))
	f.Add(uint16(0), uint64(3), true, uint8(9))
	f.Fuzz(func(t *testing.T, size uint16, seed uint64, v6 bool, extra uint8) {
		body := text(int(size) % 60_000)
		packet := tcp4(t, body)
		hdr := ipv4Header
		if v6 {
			packet, hdr = tcp6(t, body), ipv6Header
		}
		whole := packet[hdr:]
		rnd := rand.New(rand.NewPCG(seed, 1))
		var at []int
		for p := 0; ; {
			p += 8 * (1 + rnd.IntN(1+len(whole)/8))
			if p >= len(whole) {
				break
			}
			at = append(at, p)
		}
		parts := splitPacket(packet, uint32(seed), at...)
		single := len(at) == 0
		for range extra % 16 { // more fragments of the same bytes, anywhere
			start := 8 * rnd.IntN(1+(len(whole)-1)/8)
			end := start + 8*(1+rnd.IntN(20))
			parts = append(parts, fragmentOf(packet[:hdr], uint32(seed), whole[start:min(end, len(whole))], start, end < len(whole)))
			if end < len(whole) || start > 0 {
				single = false
			}
		}
		rnd.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		x := newFeeder(Options{MaxFragmentBytes: 1 << 20})
		found := 0
		for _, p := range parts {
			if x.feed(p) {
				found++
				if string(x.s.Payload) != body || x.s.Checksum != ChecksumGood {
					t.Fatalf("%d bytes in %d fragments gave %d bytes, checksum %d", len(body), len(parts), len(x.s.Payload), x.s.Checksum)
				}
			}
			if x.d.frags.bytes > 1<<20 {
				t.Fatalf("%d bytes are held", x.d.frags.bytes)
			}
		}
		if found == 0 && !single {
			t.Fatalf("%d bytes in %d fragments gave nothing: %v", len(body), len(parts), skipped(x.d))
		}
		st := x.d.Stats()
		if st.Frames != uint64(len(parts)) || x.d.frags.bytes < 0 || st.Fragments.Pending > uint64(len(parts)) {
			t.Fatalf("%+v", st)
		}
	})
}
