package decode

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/gopacket/layers"

	"plcscope/pcaps"
)

// patch returns b with v written at offset at.
func patch(b []byte, at int, v ...byte) []byte {
	b = join(b)
	copy(b[at:], v)
	return b
}

func TestSkipped(t *testing.T) {
	v4, v6 := tcp4(t, publish), tcp6(t, publish)
	on := func(typ layers.EthernetType, b []byte) []byte { return build(t, eth(typ), payload(string(b))) }
	gre := func(b ...byte) []byte { return build(t, outer4(47), payload(string(b))) }
	udpTo := func(port layers.UDPPort, b ...byte) []byte {
		ip := outer4(17)
		return build(t, ip, udp(port, ip), payload(string(b)))
	}
	deep := v4
	for range maxDepth {
		deep = build(t, outer4(4), payload(string(deep)))
	}
	const raw, ethernet = pcaps.LinkRaw, pcaps.LinkEthernet
	for _, c := range []struct {
		name string
		link pcaps.LinkType
		data []byte
		want Reason
	}{
		{"arp", ethernet, on(layers.EthernetTypeARP, make([]byte, 28)), NotIP},
		{"lldp", ethernet, on(0x88cc, make([]byte, 28)), NotIP},
		{"spanning tree", ethernet, join(brokerMAC, plcMAC, []byte{0, 38, 0x42, 0x42, 3}, make([]byte, 35)), NotIP},
		{"snap of another organization", ethernet, join(brokerMAC, plcMAC, []byte{0, 57, 0xaa, 0xaa, 3, 0, 0, 12, 8, 0}, v4), NotIP},
		{"type between length and EtherType", ethernet, join(brokerMAC, plcMAC, []byte{5, 0xf0}, v4), NotIP},
		{"pppoe discovery code", pcaps.LinkPPPoE, []byte{0x11, 9, 0, 0, 0, 0}, NotIP},
		{"ppp link control", pcaps.LinkPPP, []byte{0xff, 3, 0xc0, 0x21, 1}, NotIP},
		{"loopback of another family", pcaps.LinkNull, join([]byte{7, 0, 0, 0}, v4), NotIP},
		{"raw of another version", raw, patch(v4, 0, 0x55), NotIP},
		{"udp", raw, udpTo(5353, 1, 2, 3), UDP},
		{"udp of length three", raw, patch(udpTo(4789, 1, 2, 3), 24, 0, 3), UDP},
		{"vxlan without identifier", raw, udpTo(4789, make([]byte, 30)...), UDP},
		{"icmp", raw, build(t, ip4(1), payload("ping")), OtherProtocol},
		{"esp", raw, build(t, ip4(50), payload("secret")), OtherProtocol},
		{"hop-by-hop in ipv4", raw, build(t, ip4(0), payload("12345678")), OtherProtocol},
		{"fragment header in ipv4", raw, build(t, ip4(44), payload("12345678")), OtherProtocol},
		{"no next header", raw, patch(v6, 6, 59), OtherProtocol},
		{"icmp fragment", raw, patch(build(t, ip4(1), payload("12345678")), 6, 0x20, 0), OtherProtocol},
		{"fragment", raw, patch(build(t, ip4(6), payload("12345678")), 6, 0x20, 0), FragmentHeld},
		{"fragment of no multiple of eight", raw, patch(build(t, ip4(6), payload("1234567")), 6, 0x20, 0), FragmentMalformed},
		{"fragment past the longest datagram", raw, patch(build(t, ip4(6), payload("12345678")), 6, 0x1f, 0xff), FragmentMalformed},
		{"empty frame", ethernet, nil, MalformedLink},
		{"short ethernet", ethernet, v4[:13], MalformedLink},
		{"tag cut off", ethernet, on(0x8100, []byte{0, 1, 8})[:17], MalformedLink},
		{"short cooked", pcaps.LinkLinuxSLL, v4[:15], MalformedLink},
		{"short cooked 2", pcaps.LinkLinuxSLL2, v4[:19], MalformedLink},
		{"short loopback", pcaps.LinkNull, v4[:3], MalformedLink},
		{"loopback family too large", pcaps.LinkNull, join([]byte{0, 1, 1, 0}, v4), MalformedLink},
		{"pppoe version", pcaps.LinkPPPoE, []byte{0x21, 0, 0, 0, 0, 0}, MalformedLink},
		{"mpls without bottom", ethernet, on(0x8847, []byte{0, 1, 0, 64})[:18], MalformedLink},
		{"version of EtherType", ethernet, on(0x0800, patch(v4, 0, 0x65)), MalformedIPv4},
		{"header length four words", raw, patch(v4, 0, 0x44), MalformedIPv4},
		{"total length below the header", raw, patch(v4, 2, 0, 19), MalformedIPv4},
		{"version of EtherType v6", ethernet, on(0x86dd, patch(v6, 0, 0x40)), MalformedIPv6},
		{"short ipv6", raw, v6[:39], MalformedIPv6},
		{"extension past the packet", raw, withExtensions(v6, 60, []byte{6, 9, 1, 4, 0, 0, 0, 0}), MalformedIPv6},
		{"AH too short", raw, withExtensions(v6, 51, []byte{6, 0, 0, 0, 0, 0, 0, 0}), MalformedIPv6},
		{"total length cuts the TCP header", raw, patch(v4, 2, 0, 39), MalformedTCP},
		{"data offset four words", raw, patch(v4, 32, 0x40), MalformedTCP},
		{"data offset past the segment", raw, patch(v4, 32, 0x80), MalformedTCP},
		{"gre with source routes", raw, gre(0x40, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0), MalformedTunnel},
		{"gre version 2", raw, gre(0, 2, 8, 0), MalformedTunnel},
		{"gre cut", raw, gre(0xb0, 0, 8, 0, 1, 2, 3), MalformedTunnel},
		{"erspan II of version 0", raw, gre(0x10, 0, 0x88, 0xbe, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), MalformedTunnel},
		{"erspan II short", raw, gre(0x10, 0, 0x88, 0xbe, 0, 0, 0, 0, 0x10), MalformedTunnel},
		{"erspan III of version 1", raw, gre(0x10, 0, 0x22, 0xeb, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), MalformedTunnel},
		{"vxlan short", raw, udpTo(4789, 8, 0, 0), MalformedTunnel},
		{"802.11", 105, v4, UnknownLink},
		{"deep", raw, deep, TooDeep},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := New(Options{})
			var s Segment
			if d.Decode(frameOf(c.link, c.data), &s) {
				t.Fatalf("accepted %+v", s)
			}
			if diff := cmp.Diff([]Reason{c.want}, skipped(d), cmp.Transformer("name", Reason.String)); diff != "" {
				t.Error(diff)
			}
			if st := d.Stats(); st.Frames != 1 || st.Segments != 0 {
				t.Errorf("%d frames, %d segments", st.Frames, st.Segments)
			}
		})
	}
}

// TestLengths has frames in which the packet's lengths and what was captured are
// at odds.
func TestLengths(t *testing.T) {
	v4, v6 := tcp4(t, publish), tcp6(t, publish)
	withOptions := func() []byte {
		ip := ip4(6)
		seg := tcp(ip)
		seg.Options = []layers.TCPOption{{OptionType: 2, OptionData: []byte{5, 0xb4}}, {OptionType: 3, OptionData: []byte{7}}, {OptionType: 1}}
		return build(t, ip, seg, payload(publish))
	}()
	for _, c := range []struct {
		name     string
		data     []byte
		cut      int // captured bytes; 0 means all
		options  string
		payload  string
		missing  uint32
		checksum Checksum
	}{
		{name: "whole", data: v4, payload: publish, checksum: ChecksumGood},
		{name: "payload cut", data: v4, cut: 43, payload: publish[:3], missing: 6},
		{name: "payload gone", data: v4, cut: 40, missing: 9},
		{name: "payload of ipv6 cut", data: v6, cut: 61, payload: publish[:1], missing: 8},
		{name: "options whole", data: withOptions, options: "\x02\x04\x05\xb4\x03\x03\x07\x01", payload: publish, checksum: ChecksumGood},
		{name: "options cut", data: withOptions, cut: 45, options: "\x02\x04\x05\xb4\x03", missing: 9},
		{name: "options gone", data: withOptions, cut: 40, missing: 9},
		{name: "total length zero", data: patch(v4, 2, 0, 0), payload: publish, checksum: ChecksumGood},
		{name: "total length zero and cut", data: patch(v4, 2, 0, 0), cut: 45, payload: publish[:5], missing: 4},
		{name: "ipv6 length zero", data: patch(v6, 4, 0, 0), payload: publish, checksum: ChecksumGood},
		{name: "total length shorter than the frame", data: patch(v4, 2, 0, 42), payload: publish[:2], checksum: ChecksumBad},
		{name: "total length longer than the frame", data: patch(v4, 2, 0, 60), payload: publish, missing: 11},
		{name: "malformed TCP options", data: patch(withOptions, 40, 2, 0), options: "\x02\x00\x05\xb4\x03\x03\x07\x01", payload: publish, checksum: ChecksumBad},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := frameOf(pcaps.LinkRaw, c.data)
			if c.cut > 0 {
				f.Data = f.Data[:c.cut]
			}
			var s Segment
			d := New(Options{})
			if !d.Decode(f, &s) {
				t.Fatalf("no segment: %v", skipped(d))
			}
			if string(s.Options) != c.options || string(s.Payload) != c.payload || s.Missing != c.missing || s.Checksum != c.checksum {
				t.Errorf("options %q, payload %q, missing %d, checksum %d; want %q, %q, %d, %d",
					s.Options, s.Payload, s.Missing, s.Checksum, c.options, c.payload, c.missing, c.checksum)
			}
			if cut := uint64(0); c.missing > 0 {
				cut = 1
				if d.Stats().Cut != cut {
					t.Errorf("%d cut segments counted", d.Stats().Cut)
				}
			}
			if f.Data = f.Data[:39]; d.Decode(f, &s) && !strings.HasPrefix(c.name, "ipv6") {
				t.Error("a TCP header of 19 bytes was accepted")
			}
		})
	}
}

func TestChecksums(t *testing.T) {
	for _, version := range []byte{4, 6} {
		packet, at, n := tcp4(t, publish), 20+16, uint16(29)
		if version == 6 {
			packet, at = tcp6(t, publish), 40+16
		}
		var s Segment
		if !New(Options{}).Decode(frameOf(pcaps.LinkRaw, packet), &s) {
			t.Fatal("no segment")
		}
		pseudo := naivePseudo(&s, n)
		bare := naivePseudo(&s, 0)
		good := binary.BigEndian.Uint16(packet[at:])
		for _, c := range []struct {
			name  string
			value uint16
			want  Checksum
		}{
			{"good", good, ChecksumGood},
			{"zero", 0, ChecksumOffloaded},
			{"pseudo-header", pseudo, ChecksumOffloaded},
			{"complement of the pseudo-header", ^pseudo, ChecksumOffloaded},
			{"pseudo-header without length", bare, ChecksumOffloaded},
			{"complement without length", ^bare, ChecksumOffloaded},
			{"off by one", good + 1, ChecksumBad},
			{"bytes swapped", good<<8 | good>>8, ChecksumBad},
			{"arbitrary", 0xdead, ChecksumBad},
		} {
			b := patch(packet, at, byte(c.value>>8), byte(c.value))
			d := New(Options{})
			if !d.Decode(frameOf(pcaps.LinkRaw, b), &s) || s.Checksum != c.want {
				t.Errorf("IPv%d: %s: checksum is %d, want %d", version, c.name, s.Checksum, c.want)
			}
			if d.Stats().Checksums[c.want] != 1 {
				t.Errorf("IPv%d: %s: counted as %v", version, c.name, d.Stats().Checksums)
			}
			if !New(Options{SkipChecksums: true}).Decode(frameOf(pcaps.LinkRaw, b), &s) || s.Checksum != ChecksumUnknown {
				t.Errorf("IPv%d: %s: looked at though told not to", version, c.name)
			}
		}
	}
}

func TestIPv4HeaderChecksum(t *testing.T) {
	ip := ip4(6)
	ip.Options = []layers.IPv4Option{{OptionType: 148, OptionLength: 4, OptionData: []byte{0, 7}}}
	for name, packet := range map[string][]byte{"plain": tcp4(t, publish), "with options": build(t, ip, tcp(ip), payload(publish))} {
		for what, c := range map[string]struct {
			data []byte
			want uint64
		}{
			"good": {packet, 0},
			"zero": {patch(packet, 10, 0, 0), 0},
			"bad":  {patch(packet, 8, 1), 1},
		} {
			d := New(Options{})
			var s Segment
			if !d.Decode(frameOf(pcaps.LinkRaw, c.data), &s) || d.Stats().BadIPv4Checksums != c.want {
				t.Errorf("%s, %s: %d bad checksums, want %d", name, what, d.Stats().BadIPv4Checksums, c.want)
			}
		}
	}
}

// naivePseudo sums the pseudo-header of RFC 9293, 3.1 and RFC 8200, 8.1 in words
// of sixteen bits.
func naivePseudo(s *Segment, n uint16) uint16 {
	b := join(s.Src[:], s.Dst[:])
	if s.Version == 4 {
		b = join(s.Src[12:], s.Dst[12:])
	}
	return naiveSum(join(b, []byte{byte(n >> 8), byte(n), 0, 6}))
}

func naiveSum(b []byte) uint16 {
	var v uint32
	for i, c := range b {
		if i%2 == 0 {
			v += uint32(c) << 8
		} else {
			v += uint32(c)
		}
		v = v>>16 + v&0xffff
	}
	return uint16(v)
}

func TestSum(t *testing.T) {
	// Bytes of which many sums carry, and some that do not.
	var b []byte
	for i := range 300 {
		b = append(b, byte(255-i%3), byte(i*7))
	}
	for _, fill := range []func(i int) byte{
		func(i int) byte { return b[i] },
		func(int) byte { return 0xff },
		func(int) byte { return 0 },
		func(i int) byte { return byte(0xff * (i & 1)) },
		func(i int) byte { return byte(i) },
	} {
		p := make([]byte, 200)
		for i := range p {
			p[i] = fill(i)
		}
		for n := range p {
			got, want := fold(sum(p[:n], 0)), naiveSum(p[:n])
			if got%0xffff != want%0xffff {
				t.Fatalf("%d bytes: sum %#x, want %#x", n, got, want)
			}
			if n >= 1 && want != 0 && got == 0 {
				t.Fatalf("%d bytes: sum is zero", n)
			}
			if got := fold(sum(p[:n], ^uint64(0))); got%0xffff != want%0xffff {
				t.Fatalf("%d bytes onto all ones: sum %#x, want %#x", n, got, want)
			}
		}
	}
}

func TestNames(t *testing.T) {
	for _, r := range Reasons() {
		if r.String() == "" || strings.HasPrefix(r.String(), "reason ") {
			t.Errorf("reason %d has no name", r)
		}
	}
	for k := range numTunnels {
		if k.String() == "" || strings.HasPrefix(k.String(), "tunnel ") {
			t.Errorf("tunnel %d has no name", k)
		}
	}
	if got := Reason(200).String(); got != "reason 200" {
		t.Error(got)
	}
	if got := Tunnel(200).String(); got != "tunnel 200" {
		t.Error(got)
	}
}

func TestStatsAdd(t *testing.T) {
	one := New(Options{})
	var s Segment
	for _, n := range frames(t) {
		one.Decode(frameOf(n.link, n.data), &s)
	}
	one.Decode(frameOf(pcaps.LinkRaw, patch(build(t, ip4(6), payload("12345678")), 6, 0x20, 0)), &s)
	one.Decode(frameOf(99, nil), &s)
	a := one.Stats()
	two := a
	two.Add(&a)
	var three Stats
	three.Add(&a)
	three.Add(&a)
	if diff := cmp.Diff(two, three); diff != "" {
		t.Error(diff)
	}
	if three.Frames != 2*a.Frames || three.Fragments.Lost() != 2 || three.Skipped[UnknownLink] != 2 {
		t.Errorf("%+v", three)
	}
}

func TestNoAllocations(t *testing.T) {
	for _, n := range frames(t) {
		if strings.Contains(n.name, "deep") {
			continue
		}
		d := New(Options{})
		f := frameOf(n.link, n.data)
		var s Segment
		if a := testing.AllocsPerRun(100, func() { d.Decode(f, &s) }); a != 0 {
			t.Errorf("%s: %v allocations a frame", n.name, a)
		}
	}
}
