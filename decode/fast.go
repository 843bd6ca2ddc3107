package decode

import (
	"encoding/binary"

	"plcscope/pcaps"
)

// EtherTypes that are decoded.
const (
	typeIPv4    = 0x0800
	typeVLAN    = 0x8100
	typeQinQ    = 0x88a8
	typeOldQinQ = 0x9100
	typeIPv6    = 0x86dd
	typeMPLS    = 0x8847
	typeMPLSm   = 0x8848
	typePPPoE   = 0x8864
	typePPP     = 0x880b
	typeBridge  = 0x6558 // transparent Ethernet bridging
	typeERSPAN  = 0x88be // types I and II
	typeERSPAN3 = 0x22eb
	typeARP     = 0x0806
	typeLLDP    = 0x88cc
)

const protoTCP = 6

// fast decodes the frames that captures consist of: Ethernet with or without
// tags, Linux cooked or raw, then IPv4 in one piece without options or IPv6
// without extensions, then TCP. It reports done = false, and has changed nothing
// but s, when the frame is anything else or anything is odd about it.
func (d *Decoder) fast(f *pcaps.Frame, s *Segment) (r Reason, done bool) {
	b := f.Data
	var off int    // of what follows the link header
	var typ uint16 // and its EtherType
	switch f.Link {
	case pcaps.LinkEthernet:
		if len(b) < 14 {
			return 0, false
		}
		typ, off = binary.BigEndian.Uint16(b[12:]), 14
	case pcaps.LinkLinuxSLL:
		if len(b) < 16 {
			return 0, false
		}
		typ, off = binary.BigEndian.Uint16(b[14:]), 16
	case pcaps.LinkRaw, pcaps.LinkIPv4, pcaps.LinkIPv6:
		if len(b) == 0 {
			return 0, false
		}
		typ = typeIPv4
		if b[0]>>4 == 6 {
			typ = typeIPv6
		}
		if f.Link == pcaps.LinkIPv4 && typ != typeIPv4 || f.Link == pcaps.LinkIPv6 && typ != typeIPv6 {
			return 0, false
		}
	default:
		return 0, false
	}
	tags, vlan := 0, uint16(0)
	for typ == typeVLAN || typ == typeQinQ || typ == typeOldQinQ {
		if tags++; tags > maxTags || len(b) < off+4 {
			return 0, false
		}
		vlan = binary.BigEndian.Uint16(b[off:]) & 0x0fff
		typ = binary.BigEndian.Uint16(b[off+2:])
		off += 4
	}

	ip := b[off:]
	var n int // bytes that the segment had on the wire
	switch typ {
	case typeIPv4:
		if len(ip) < ipv4Header+tcpHeader {
			return 0, false
		}
		// version and header length, then flags and fragment offset
		const rare, plain = 0xff3f_0000_0000_00ff, 0x45
		h := (*[ipv4Header]byte)(ip)
		total := int(binary.BigEndian.Uint16(h[2:]))
		if binary.LittleEndian.Uint64(h[:])&rare != plain || h[9] != protoTCP || total < ipv4Header+tcpHeader {
			return 0, false
		}
		s.ipv4(ip)
		if !d.opt.SkipChecksums {
			d.checkIPv4(ip)
		}
		n = total - ipv4Header
		ip = ip[ipv4Header:min(total, len(ip))]
	case typeIPv6:
		if len(ip) < ipv6Header+tcpHeader || ip[0]>>4 != 6 || ip[6] != protoTCP {
			return 0, false
		}
		n = int(binary.BigEndian.Uint16(ip[4:]))
		if n < tcpHeader {
			return 0, false
		}
		s.ipv6(ip)
		ip = ip[ipv6Header:min(ipv6Header+n, len(ip))]
	case typePPPoE, typeMPLS, typeMPLSm, typePPP, typeBridge:
		return 0, false
	default:
		if typ < 0x0600 { // a length
			return 0, false
		}
		if tags > 0 {
			d.stats.Tagged++
		}
		return NotIP, true // PROFINET and ARP are many on a plant's network
	}
	if tags > 0 {
		d.stats.Tagged++
	}
	s.VLAN = vlan
	s.from(f)
	return d.tcp(s, ip, n), true
}

// from notes where the segment was found.
func (s *Segment) from(f *pcaps.Frame) {
	s.Frame, s.Time, s.Offset = f.Number, f.Time, f.Offset
	s.File, s.Link = f.File, uint16(f.Link)
	s.Raw = f.Data
}

// ipv4 reads the addresses and what tells duplicates apart from an IPv4 header.
func (s *Segment) ipv4(b []byte) {
	h := (*[ipv4Header]byte)(b)
	s.Version, s.TTL = 4, h[8]
	s.IPID = binary.BigEndian.Uint16(h[4:])
	s.Src.map4(binary.LittleEndian.Uint32(h[12:]))
	s.Dst.map4(binary.LittleEndian.Uint32(h[16:]))
}

// map4 writes ::ffff:a.b.c.d; v has a in its lowest byte.
func (a *Addr) map4(v uint32) {
	binary.LittleEndian.PutUint64(a[:8], 0)
	binary.LittleEndian.PutUint64(a[8:], uint64(v)<<32|0xffff0000)
}

// ipv6 reads the same from an IPv6 header.
func (s *Segment) ipv6(b []byte) {
	h := (*[ipv6Header]byte)(b)
	s.Version, s.TTL, s.IPID = 6, h[7], 0
	s.Src = Addr(h[8:24])
	s.Dst = Addr(h[24:40])
}
