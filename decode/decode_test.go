package decode

import (
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/gopacket/layers"

	"plcscope/pcaps"
)

const publish = "\x30\x07\x00\x03a/bhi" // an MQTT PUBLISH

// named is one frame of the tables that several tests go through.
type named struct {
	name    string
	link    pcaps.LinkType
	data    []byte
	vlan    uint16
	version uint8
	tunnels []Tunnel
	slow    bool // not for the fast path
}

// frames lists one frame for every way in which a segment can be wrapped; each
// holds the segment of tcp4 or tcp6.
func frames(t testing.TB) []named {
	v4, v6 := tcp4(t, publish), tcp6(t, publish)
	ethv4 := build(t, eth(layers.EthernetTypeIPv4), payload(string(v4)))
	ethv6 := build(t, eth(layers.EthernetTypeIPv6), payload(string(v6)))
	gre := func(flags, proto uint16, rest ...byte) []byte {
		return join(binary.BigEndian.AppendUint16(nil, flags), binary.BigEndian.AppendUint16(nil, proto), rest)
	}
	overGRE := func(header, inner []byte) []byte {
		return build(t, eth(layers.EthernetTypeIPv4), outer4(47), payload(string(header)), payload(string(inner)))
	}
	vxlan := func(port layers.UDPPort, inner []byte) []byte {
		ip := outer4(17)
		return build(t, eth(layers.EthernetTypeIPv4), ip, udp(port, ip), &layers.VXLAN{ValidIDFlag: true, VNI: 0x123456}, payload(string(inner)))
	}
	sll := func(proto uint16) []byte {
		return join([]byte{0, 4, 0, 1, 0, 6}, plcMAC, []byte{0, 0}, binary.BigEndian.AppendUint16(nil, proto))
	}
	sll2 := func(proto uint16) []byte {
		return join(binary.BigEndian.AppendUint16(nil, proto), []byte{0, 0, 0, 0, 0, 2, 0, 1, 4, 6}, plcMAC, []byte{0, 0})
	}
	raw8023 := join(brokerMAC, plcMAC, binary.BigEndian.AppendUint16(nil, uint16(8+len(v4))), []byte{0xaa, 0xaa, 3, 0, 0, 0, 8, 0}, v4)
	pppoe := func(inner []byte) []byte {
		return join([]byte{0x11, 0, 0x12, 0x34}, binary.BigEndian.AppendUint16(nil, uint16(2+len(inner))), []byte{0, 0x21}, inner)
	}
	optioned := func() []byte {
		ip := ip4(6)
		ip.Options = []layers.IPv4Option{{OptionType: 148, OptionLength: 4, OptionData: []byte{0, 0}}}
		return build(t, ip, tcp(ip), payload(publish))
	}()
	ah := join([]byte{6, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 9}, make([]byte, 12)) // ICV of 96 bits
	return []named{
		{name: "ethernet ipv4", link: 1, data: ethv4, version: 4},
		{name: "ethernet ipv6", link: 1, data: ethv6, version: 6},
		{name: "ethernet ipv4 padded", link: 1, data: join(ethv4, make([]byte, 9)), version: 4},
		{name: "ethernet ipv6 padded", link: 1, data: join(ethv6, make([]byte, 9)), version: 6},
		{name: "802.1Q", link: 1, data: build(t, eth(0x8100), tag(42, 0x0800), payload(string(v4))), version: 4, vlan: 42},
		{name: "802.1ad and 802.1Q", link: 1, data: build(t, eth(0x88a8), tag(100, 0x8100), tag(42, 0x86dd), payload(string(v6))), version: 6, vlan: 42},
		{name: "0x9100 and 802.1Q", link: 1, data: build(t, eth(0x9100), tag(100, 0x8100), tag(42, 0x0800), payload(string(v4))), version: 4, vlan: 42},
		{name: "five tags", link: 1, data: build(t, eth(0x8100), tag(1, 0x8100), tag(2, 0x8100), tag(3, 0x8100), tag(4, 0x8100), tag(5, 0x0800), payload(string(v4))), version: 4, vlan: 5, slow: true},
		{name: "802.3 with SNAP", link: 1, data: raw8023, version: 4, slow: true},
		{name: "ipv4 options", link: 1, data: build(t, eth(0x0800), payload(string(optioned))), version: 4, slow: true},
		{name: "SLL ipv4", link: pcaps.LinkLinuxSLL, data: join(sll(0x0800), v4), version: 4},
		{name: "SLL ipv6", link: pcaps.LinkLinuxSLL, data: join(sll(0x86dd), v6), version: 6},
		{name: "SLL 802.1Q", link: pcaps.LinkLinuxSLL, data: join(sll(0x8100), []byte{0, 42, 8, 0}, v4), version: 4, vlan: 42},
		{name: "SLL2 ipv4", link: pcaps.LinkLinuxSLL2, data: join(sll2(0x0800), v4), version: 4, slow: true},
		{name: "SLL2 ipv6", link: pcaps.LinkLinuxSLL2, data: join(sll2(0x86dd), v6), version: 6, slow: true},
		{name: "raw ipv4", link: pcaps.LinkRaw, data: v4, version: 4},
		{name: "raw ipv6", link: pcaps.LinkRaw, data: v6, version: 6},
		{name: "raw 12", link: 12, data: v4, version: 4, slow: true},
		{name: "raw 14", link: 14, data: v6, version: 6, slow: true},
		{name: "link type IPv4", link: pcaps.LinkIPv4, data: v4, version: 4},
		{name: "link type IPv6", link: pcaps.LinkIPv6, data: v6, version: 6},
		{name: "null little-endian", link: pcaps.LinkNull, data: join([]byte{2, 0, 0, 0}, v4), version: 4, slow: true},
		{name: "null big-endian", link: pcaps.LinkNull, data: join([]byte{0, 0, 0, 2}, v4), version: 4, slow: true},
		{name: "null ipv6 Linux", link: pcaps.LinkNull, data: join([]byte{10, 0, 0, 0}, v6), version: 6, slow: true},
		{name: "null ipv6 Windows", link: pcaps.LinkNull, data: join([]byte{23, 0, 0, 0}, v6), version: 6, slow: true},
		{name: "null ipv6 OpenBSD", link: pcaps.LinkNull, data: join([]byte{24, 0, 0, 0}, v6), version: 6, slow: true},
		{name: "null ipv6 FreeBSD", link: pcaps.LinkNull, data: join([]byte{0, 0, 0, 28}, v6), version: 6, slow: true},
		{name: "null ipv6 macOS", link: pcaps.LinkNull, data: join([]byte{30, 0, 0, 0}, v6), version: 6, slow: true},
		{name: "loop", link: pcaps.LinkLoop, data: join([]byte{0, 0, 0, 24}, v6), version: 6, slow: true},
		{name: "ppp", link: pcaps.LinkPPP, data: join([]byte{0xff, 3, 0, 0x21}, v4), version: 4, slow: true},
		{name: "ppp without address", link: pcaps.LinkPPP, data: join([]byte{0, 0x57}, v6), version: 6, slow: true},
		{name: "ppp short protocol", link: pcaps.LinkPPP, data: join([]byte{0x21}, v4), version: 4, slow: true},
		{name: "pppoe link", link: pcaps.LinkPPPoE, data: pppoe(v4), version: 4, tunnels: []Tunnel{TunnelPPPoE}, slow: true},
		{name: "pppoe ethernet", link: 1, data: build(t, eth(0x8864), payload(string(pppoe(v4)))), version: 4, tunnels: []Tunnel{TunnelPPPoE}, slow: true},
		{name: "pppoe tagged padded", link: 1, data: join(build(t, eth(0x8100), tag(7, 0x8864), payload(string(pppoe(v4)))), []byte{1, 2, 3}), vlan: 7, version: 4, tunnels: []Tunnel{TunnelPPPoE}, slow: true},
		{name: "mpls two labels", link: 1, data: build(t, eth(0x8847), payload("\x00\x01\x00\x40\x00\x02\x01\x40"), payload(string(v4))), version: 4, tunnels: []Tunnel{TunnelMPLS}, slow: true},
		{name: "ipv6 hop-by-hop padded", link: 1, data: build(t, eth(0x86dd), payload(string(withExtensions(v6, 0, extension(6)))), payload("trailer")), version: 6, slow: true},
		{name: "ipv6 all extensions", link: 1, data: build(t, eth(0x86dd), payload(string(withExtensions(v6, 0,
			join(extension(60), extension(43), []byte{44, 0, 1, 0, 0, 0, 0, 0}, []byte{51, 0, 0, 0, 0, 0, 0, 5}, ah))))), version: 6, slow: true},
		{name: "ipv4 AH", link: 1, data: build(t, eth(0x0800), ip4(51), payload(string(ah)), payload(string(v4[20:]))), version: 4, slow: true},
		{name: "ipv4 in ipv4", link: 1, data: build(t, eth(0x0800), outer4(4), payload(string(v4))), version: 4, tunnels: []Tunnel{TunnelIPIP}, slow: true},
		{name: "ipv6 in ipv4", link: 1, data: build(t, eth(0x0800), outer4(41), payload(string(v6))), version: 6, tunnels: []Tunnel{TunnelIPIP}, slow: true},
		{name: "ipv4 in ipv6", link: 1, data: build(t, eth(0x86dd), ip6(4), payload(string(v4))), version: 4, tunnels: []Tunnel{TunnelIPIP}, slow: true},
		{name: "gre ipv4", link: 1, data: overGRE(gre(0, 0x0800), v4), version: 4, tunnels: []Tunnel{TunnelGRE}, slow: true},
		{name: "gre ipv6 all fields", link: 1, data: overGRE(gre(0xb000, 0x86dd, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2), v6), version: 6, tunnels: []Tunnel{TunnelGRE}, slow: true},
		{name: "gre version 1 ppp", link: 1, data: overGRE(gre(0x3081, 0x880b, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3), join([]byte{0xff, 3, 0, 0x21}, v4)), version: 4, slow: true},
		{name: "gre bridged", link: 1, data: overGRE(gre(0x2000, 0x6558, 0, 0, 0, 9), ethv4), version: 4, tunnels: []Tunnel{TunnelBridge}, slow: true},
		{name: "erspan I", link: 1, data: overGRE(gre(0, 0x88be), ethv4), version: 4, tunnels: []Tunnel{TunnelERSPAN1}, slow: true},
		{name: "erspan II", link: 1, data: overGRE(gre(0x1000, 0x88be, 0, 0, 0, 1), join([]byte{0x10, 0x7b, 0x08, 0x64, 0, 0, 0, 5}, ethv4)), version: 4, vlan: 123, tunnels: []Tunnel{TunnelERSPAN2}, slow: true},
		{name: "erspan II tagged", link: 1, data: overGRE(gre(0x1000, 0x88be, 0, 0, 0, 1), join([]byte{0x10, 0x7b, 0x18, 0x64, 0, 0, 0, 5}, build(t, eth(0x8100), tag(42, 0x0800), payload(string(v4))))), version: 4, vlan: 42, tunnels: []Tunnel{TunnelERSPAN2}, slow: true},
		{name: "erspan III", link: 1, data: overGRE(gre(0x1000, 0x22eb, 0, 0, 0, 1), join([]byte{0x20, 0x7b, 0x08, 0x64, 1, 2, 3, 4, 0, 0, 0, 0}, ethv6)), version: 6, vlan: 123, tunnels: []Tunnel{TunnelERSPAN3}, slow: true},
		{name: "erspan III with platform", link: 1, data: overGRE(gre(0x1000, 0x22eb, 0, 0, 0, 1), join([]byte{0x20, 0x00, 0x08, 0x64, 1, 2, 3, 4, 0, 0, 0, 1}, make([]byte, 8), ethv4)), version: 4, tunnels: []Tunnel{TunnelERSPAN3}, slow: true},
		{name: "erspan III of IP", link: 1, data: overGRE(gre(0x1000, 0x22eb, 0, 0, 0, 1), join([]byte{0x20, 0x00, 0x08, 0x64, 1, 2, 3, 4, 0, 0, 0x08, 0}, v4)), version: 4, tunnels: []Tunnel{TunnelERSPAN3}, slow: true},
		{name: "vxlan", link: 1, data: vxlan(4789, ethv4), version: 4, tunnels: []Tunnel{TunnelVXLAN}, slow: true},
		{name: "vxlan Linux port", link: 1, data: vxlan(8472, ethv6), version: 6, tunnels: []Tunnel{TunnelVXLAN}, slow: true},
		{name: "vxlan in tagged ethernet", link: 1, data: build(t, eth(0x8100), tag(900, 0x0800), payload(string(vxlan(4789, ethv4)[14:]))), version: 4, tunnels: []Tunnel{TunnelVXLAN}, slow: true},
		{name: "vxlan in gre in vlan", link: 1, data: build(t, eth(0x8100), tag(900, 0x0800), outer4(47), payload(string(gre(0, 0x0800))), payload(string(vxlan(4789, ethv4)[14:]))), version: 4, tunnels: []Tunnel{TunnelGRE, TunnelVXLAN}, slow: true},
	}
}

// segment is what every frame of the table holds.
func segment(n *named, f *pcaps.Frame) Segment {
	s := Segment{
		Frame: f.Number, Time: f.Time, Offset: f.Offset, File: f.File, Link: uint16(f.Link), Raw: f.Data,
		VLAN: n.vlan, Version: n.version, Flags: PSH | ACK, Checksum: ChecksumGood,
		SrcPort: 49152, DstPort: 1883, Seq: 0x01020304, Ack: 0x05060708, Window: 8192, Urgent: 7,
		Options: []byte{}, Payload: []byte(publish),
	}
	if n.version == 4 {
		s.IPID, s.TTL, s.Src, s.Dst = 0x1234, 63, mapped("192.168.1.10"), mapped("10.0.0.2")
	} else {
		s.TTL, s.Src, s.Dst = 61, mapped("2001:db8::10"), mapped("2001:db8::2")
	}
	return s
}

func TestDecode(t *testing.T) {
	for _, n := range frames(t) {
		t.Run(n.name, func(t *testing.T) {
			f := frameOf(n.link, n.data)
			d := New(Options{})
			var got Segment
			if !d.Decode(f, &got) {
				t.Fatalf("no segment: %v", skipped(d))
			}
			if diff := cmp.Diff(segment(&n, f), got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			want := Stats{Frames: 1, Segments: 1}
			want.Checksums[ChecksumGood] = 1
			for _, k := range n.tunnels {
				want.Tunnels[k] = 1
			}
			st := d.Stats()
			st.Tagged = 0
			if diff := cmp.Diff(want, st); diff != "" {
				t.Errorf("stats: -want +got\n%s", diff)
			}
			if _, done := New(Options{}).fast(f, &got); done == n.slow {
				t.Errorf("fast path took it: %v", done)
			}
		})
	}
}

// skipped returns the reasons that d counted.
func skipped(d *Decoder) []Reason {
	var rs []Reason
	for r, n := range d.Stats().Skipped {
		for range n {
			rs = append(rs, Reason(r))
		}
	}
	return rs
}
