package craft

import (
	"encoding/binary"
	"net/netip"

	"plcscope/pcaps"
)

// TCP control bits.
const (
	fin = 1 << iota
	syn
	rst
	psh
	ack
)

const (
	tcpLen    = 20 // of a TCP header without options
	etherIPv4 = 0x0800
	etherIPv6 = 0x86dd
	etherVLAN = 0x8100
	etherQinQ = 0x88a8
	minFrame  = 60 // shortest Ethernet frame without its check sequence
	pppoeLen  = 6  // of a PPPoE header, before the PPP protocol number
)

// probeService is the type of service of keep-alive probes (network control), by
// which hazards tell them from data.
const probeService = 0xc0

// packet is one TCP segment on its way from src to dst.
type packet struct {
	link     pcaps.LinkType
	vlans    []uint16 // outermost first
	src, dst netip.AddrPort
	hop      uint8 // time to live or hop limit
	service  uint8 // type of service or traffic class
	id       uint16
	flags    uint8
	window   uint16
	seq, ack uint32
	options  []byte // of TCP, a multiple of four bytes
	payload  []byte
}

// frame returns the packet as the bytes of a frame.
func (p *packet) frame() []byte {
	v6 := p.src.Addr().Is6()
	b := linkHeader(p.link, p.vlans, p.src.Addr(), p.dst.Addr())
	size := tcpLen + len(p.options) + len(p.payload)
	if v6 {
		b = appendIPv6(b, p, size)
	} else {
		b = appendIPv4(b, p, size)
	}
	at := len(b)
	be := binary.BigEndian
	b = be.AppendUint16(b, p.src.Port())
	b = be.AppendUint16(b, p.dst.Port())
	b = be.AppendUint32(b, p.seq)
	b = be.AppendUint32(b, p.ack)
	b = append(b, byte((tcpLen+len(p.options))/4)<<4, p.flags)
	b = be.AppendUint16(b, p.window)
	b = append(b, 0, 0, 0, 0) // checksum, urgent pointer
	b = append(b, p.options...)
	b = append(b, p.payload...)
	sum := pseudoHeader(p.src.Addr().AsSlice(), p.dst.Addr().AsSlice(), size)
	be.PutUint16(b[at+16:], ^fold(add(sum, b[at:])))
	return finish(p.link, b)
}

// finish does what a link layer does when the packet is complete: Ethernet fills
// short frames up, PPPoE tells the length.
func finish(link pcaps.LinkType, b []byte) []byte {
	switch link {
	case pcaps.LinkEthernet:
		for len(b) < minFrame {
			b = append(b, 0)
		}
	case pcaps.LinkPPPoE:
		if len(b) >= pppoeLen {
			binary.BigEndian.PutUint16(b[4:], uint16(len(b)-pppoeLen))
		}
	}
	return b
}

// linkHeader returns the header of a frame that carries an IP packet.
func linkHeader(link pcaps.LinkType, vlans []uint16, src, dst netip.Addr) []byte {
	be := binary.BigEndian
	ether, family, ppp := uint16(etherIPv4), uint32(2), uint16(0x0021)
	if src.Is6() {
		ether, family, ppp = etherIPv6, 30, 0x0057
	}
	var b []byte
	switch link {
	case pcaps.LinkEthernet:
		to, from := mac(dst), mac(src)
		b = append(append(b, to[:]...), from[:]...)
		return appendTags(b, vlans, ether)
	case pcaps.LinkNull:
		return binary.LittleEndian.AppendUint32(b, family)
	case pcaps.LinkLoop:
		return be.AppendUint32(b, family)
	case pcaps.LinkPPP:
		return be.AppendUint16([]byte{0xff, 0x03}, ppp)
	case pcaps.LinkPPPoE:
		return be.AppendUint16([]byte{0x11, 0, 0x12, 0x34, 0, 0}, ppp) // version 1, type 1, session 0x1234
	case pcaps.LinkRaw, pcaps.LinkIPv4, pcaps.LinkIPv6:
		return b
	case pcaps.LinkLinuxSLL:
		from := mac(src)
		b = append(b, 0, 0, 0, 1, 0, 6) // to us, Ethernet, six bytes of address
		b = append(append(b, from[:]...), 0, 0)
		return appendTags(b, vlans, ether)
	case pcaps.LinkLinuxSLL2:
		from := mac(src)
		b = be.AppendUint16(b, ether)
		b = append(b, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6) // interface 2, Ethernet, to us, six bytes of address
		return append(append(b, from[:]...), 0, 0)
	}
	panic("craft: link type " + link.String() + " is not made here")
}

// appendTags appends VLAN tags and the type of what follows them.
func appendTags(b []byte, vlans []uint16, ether uint16) []byte {
	for i, v := range vlans {
		kind := uint16(etherVLAN)
		if i < len(vlans)-1 {
			kind = etherQinQ
		}
		b = binary.BigEndian.AppendUint16(b, kind)
		b = binary.BigEndian.AppendUint16(b, v)
	}
	return binary.BigEndian.AppendUint16(b, ether)
}

// mac gives every IP address a locally administered Ethernet address.
func mac(a netip.Addr) (m [6]byte) {
	s := a.AsSlice()
	m[0], m[1] = 0x02, byte(len(s))
	copy(m[2:], s[len(s)-4:])
	return m
}

func appendIPv4(b []byte, p *packet, size int) []byte {
	if size+20 > 0xffff {
		panic("craft: segment is too long for IP")
	}
	at := len(b)
	be := binary.BigEndian
	b = append(b, 0x45, p.service)
	b = be.AppendUint16(b, uint16(20+size))
	b = be.AppendUint16(b, p.id)
	b = append(b, 0x40, 0, p.hop, 6, 0, 0) // do not fragment; TCP
	b = append(b, p.src.Addr().AsSlice()...)
	b = append(b, p.dst.Addr().AsSlice()...)
	sumIPv4(b[at:])
	return b
}

// sumIPv4 sets the header checksum.
func sumIPv4(h []byte) {
	n := int(h[0]&15) * 4
	h[10], h[11] = 0, 0
	binary.BigEndian.PutUint16(h[10:], ^fold(add(0, h[:n])))
}

func appendIPv6(b []byte, p *packet, size int) []byte {
	if size > 0xffff {
		panic("craft: segment is too long for IP")
	}
	b = append(b, 0x60|p.service>>4, p.service<<4, 0, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(size))
	b = append(b, 6, p.hop)
	b = append(b, p.src.Addr().AsSlice()...)
	return append(b, p.dst.Addr().AsSlice()...)
}

// The internet checksum (RFC 1071): add sums 16-bit words, fold brings a sum back
// into 16 bits.
func add(sum uint32, b []byte) uint32 {
	for ; len(b) >= 2; b = b[2:] {
		sum += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	return sum
}

func fold(sum uint32) uint16 {
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return uint16(sum)
}

// pseudoHeader is the sum of the addresses, the protocol and the length of TCP.
func pseudoHeader(src, dst []byte, size int) uint32 {
	return add(add(6+uint32(size), src), dst)
}
