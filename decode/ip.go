package decode

import (
	"github.com/google/gopacket"
)

// Protocol numbers of IP that are decoded.
const (
	protoHopByHop = 0
	protoICMP     = 1
	protoIPv4     = 4
	protoUDP      = 17
	protoIPv6     = 41
	protoRouting  = 43
	protoFragment = 44
	protoGRE      = 47
	protoAH       = 51
	protoICMPv6   = 58
	protoOptions  = 60
	protoMobility = 135
	protoHIP      = 139
	protoShim6    = 140
)

// ipv4 reads an IPv4 header (RFC 791, 3.1). gopacket's decoder is not used: it
// refuses headers that the snap length cut in their options, and those whose
// options are malformed, though the segment behind them is intact.
func (w *walker) ipv4(p part) Reason {
	if w.tree != nil {
		w.ipv4Fields(p)
	}
	if len(p.b) < ipv4Header {
		return p.lacks(ipv4Header, MalformedIPv4)
	}
	h := int(p.b[0]&15) * 4
	total := int(be16(p.b[2:]))
	if total == 0 {
		total = p.n // segmentation off-load: the card will write the length
	}
	if p.b[0]>>4 != 4 || h < ipv4Header || total < h {
		return MalformedIPv4
	}
	if len(p.b) < h {
		return p.lacks(h, MalformedIPv4)
	}
	w.s.ipv4(p.b)
	if !w.d.opt.SkipChecksums {
		w.d.checkIPv4(p.b)
	}
	frag := be16(p.b[6:])
	proto := p.b[9]
	p = p.first(total).after(h)
	if frag&0x3fff != 0 {
		return w.fragment(fragment{
			key:   fragmentKey{w.s.Src, w.s.Dst, uint32(w.s.IPID), proto, 4},
			start: int(frag&0x1fff) * 8,
			more:  frag&0x2000 != 0,
			proto: proto,
		}, p)
	}
	return w.transport(proto, p)
}

// transport goes on behind an IPv4 header or behind a reassembled datagram;
// extension headers of IPv6 may also stand there, and AH under both versions.
func (w *walker) transport(proto uint8, p part) Reason {
	for {
		switch proto {
		case protoHopByHop, protoRouting, protoOptions, protoMobility, protoHIP, protoShim6:
			if w.s.Version != 6 {
				return OtherProtocol
			}
			if len(p.b) < 2 {
				return p.lacks(2, MalformedIPv6)
			}
			n := int(p.b[1])*8 + 8
			if w.tree != nil {
				w.extensionFields(proto, p, n)
			}
			if w.extend.DecodeFromBytes(p.b, gopacket.NilDecodeFeedback) != nil {
				return p.lacks(n, MalformedIPv6)
			}
			proto = uint8(w.extend.NextHeader)
			p = p.after(n)
		case protoAH: // RFC 4302, 2; gopacket decodes it only into its own Packet
			if len(p.b) < 2 {
				return p.lacks(12, w.malformedIP())
			}
			n := int(p.b[1])*4 + 8
			if n < 12 {
				return w.malformedIP()
			}
			if len(p.b) < n {
				return p.lacks(n, w.malformedIP())
			}
			if w.tree != nil {
				w.ahFields(p, n)
			}
			proto = p.b[0]
			p = p.after(n)
		case protoFragment:
			if w.s.Version != 6 {
				return OtherProtocol
			}
			if len(p.b) < 8 {
				return p.lacks(8, MalformedIPv6)
			}
			if w.tree != nil {
				w.fragmentFields(p)
			}
			next, frag, id := p.b[0], be16(p.b[2:]), be32(p.b[4:])
			p = p.after(8)
			if frag&0xfff9 != 0 {
				// RFC 8200, 4.5: the identification alone, with the addresses,
				// tells datagrams apart; the first fragment says what follows.
				return w.fragment(fragment{
					key:   fragmentKey{w.s.Src, w.s.Dst, id, 0, 6},
					start: int(frag & 0xfff8),
					more:  frag&1 != 0,
					proto: next,
				}, p)
			}
			proto = next // the whole datagram in one (RFC 6946)
		default:
			return w.protocol(proto, p)
		}
	}
}

func (w *walker) malformedIP() Reason {
	if w.s.Version == 6 {
		return MalformedIPv6
	}
	return MalformedIPv4
}

// ipv6 reads an IPv6 header (RFC 8200, 3). gopacket's decoder is not used: it
// takes padding behind a hop-by-hop header for payload, allocates for every
// option, and refuses a payload length of zero, which segmentation off-load
// leaves.
func (w *walker) ipv6(p part) Reason {
	if w.tree != nil {
		w.ipv6Fields(p)
	}
	if len(p.b) < ipv6Header {
		return p.lacks(ipv6Header, MalformedIPv6)
	}
	if p.b[0]>>4 != 6 {
		return MalformedIPv6
	}
	w.s.ipv6(p.b)
	n, next := int(be16(p.b[4:])), p.b[6]
	p = p.after(ipv6Header)
	if n != 0 { // zero: a jumbogram, or left to the network card
		p = p.first(n)
	}
	return w.transport(next, p)
}
