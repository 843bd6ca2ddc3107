package decode

import (
	"encoding/binary"
	"net"
	"net/netip"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"plcscope/pcaps"
)

// The frames of the tests are put together from these layers. Lengths and
// checksums are computed; what a test wants wrong it breaks afterwards.
var (
	plcMAC    = net.HardwareAddr{0x00, 0x0e, 0x8c, 0x11, 0x22, 0x33}
	brokerMAC = net.HardwareAddr{0x52, 0x54, 0x00, 0x44, 0x55, 0x66}
)

func eth(t layers.EthernetType) *layers.Ethernet {
	return &layers.Ethernet{SrcMAC: plcMAC, DstMAC: brokerMAC, EthernetType: t}
}

func tag(id uint16, t layers.EthernetType) *layers.Dot1Q {
	return &layers.Dot1Q{VLANIdentifier: id, Priority: 5, Type: t}
}

func ip4(p layers.IPProtocol) *layers.IPv4 {
	return &layers.IPv4{
		Version: 4, TTL: 63, Id: 0x1234, TOS: 0x28, Flags: layers.IPv4DontFragment, Protocol: p,
		SrcIP: net.IP{192, 168, 1, 10}, DstIP: net.IP{10, 0, 0, 2},
	}
}

func outer4(p layers.IPProtocol) *layers.IPv4 {
	return &layers.IPv4{
		Version: 4, TTL: 250, Id: 0x9999, Protocol: p,
		SrcIP: net.IP{172, 16, 0, 1}, DstIP: net.IP{172, 16, 0, 2},
	}
}

func ip6(p layers.IPProtocol) *layers.IPv6 {
	return &layers.IPv6{
		Version: 6, HopLimit: 61, TrafficClass: 0x28, FlowLabel: 0xabcde, NextHeader: p,
		SrcIP: net.ParseIP("2001:db8::10"), DstIP: net.ParseIP("2001:db8::2"),
	}
}

func tcp(network gopacket.NetworkLayer) *layers.TCP {
	t := &layers.TCP{
		SrcPort: 49152, DstPort: 1883, Seq: 0x01020304, Ack: 0x05060708,
		PSH: true, ACK: true, Window: 8192, Urgent: 7,
	}
	if network != nil {
		_ = t.SetNetworkLayerForChecksum(network)
	}
	return t
}

func udp(dst layers.UDPPort, network gopacket.NetworkLayer) *layers.UDP {
	u := &layers.UDP{SrcPort: 50000, DstPort: dst}
	_ = u.SetNetworkLayerForChecksum(network)
	return u
}

func build(t testing.TB, ls ...gopacket.SerializableLayer) []byte {
	t.Helper()
	buf := gopacket.NewSerializeBuffer()
	opt := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	if err := gopacket.SerializeLayers(buf, opt, ls...); err != nil {
		t.Fatal(err)
	}
	return append([]byte(nil), buf.Bytes()...)
}

func payload(s string) gopacket.Payload { return gopacket.Payload(s) }

func join(parts ...[]byte) []byte {
	var b []byte
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// tcp4 is an IPv4 packet with a TCP segment.
func tcp4(t testing.TB, s string) []byte {
	ip := ip4(6)
	return build(t, ip, tcp(ip), payload(s))
}

// tcp6 is an IPv6 packet with a TCP segment.
func tcp6(t testing.TB, s string) []byte {
	ip := ip6(6)
	return build(t, ip, tcp(ip), payload(s))
}

func mapped(s string) Addr { return netip.MustParseAddr(s).As16() }

func frameOf(link pcaps.LinkType, b []byte) *pcaps.Frame {
	return &pcaps.Frame{Number: 7, Time: 1_700_000_000_123_456_789, Offset: 4711, File: 3, Link: link, Length: uint32(len(b)), Data: b}
}

// extension is an IPv6 extension header of eight bytes, without options but padding.
func extension(next byte) []byte { return []byte{next, 0, 1, 4, 0, 0, 0, 0} }

// withExtensions puts extension headers, the first of which is numbered first,
// behind the IPv6 header of packet.
func withExtensions(packet []byte, first byte, ext []byte) []byte {
	b := join(packet[:ipv6Header], ext, packet[ipv6Header:])
	b[6] = first
	binary.BigEndian.PutUint16(b[4:], uint16(len(b)-ipv6Header))
	return b
}
