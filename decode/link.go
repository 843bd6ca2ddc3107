package decode

import (
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"plcscope/pcaps"
)

// Link types that pcaps has no name for.
const (
	linkRawBSD     pcaps.LinkType = 12 // raw IP as written by most BSDs and old libpcap
	linkRawOpenBSD pcaps.LinkType = 14
	linkPPPHDLC    pcaps.LinkType = 50 // PPP in HDLC-like framing
)

// link begins with the header that the link type says.
func (w *walker) link(t pcaps.LinkType, p part) Reason {
	switch t {
	case pcaps.LinkEthernet:
		return w.ethernet(p)
	case pcaps.LinkLinuxSLL:
		return w.sll(p)
	case pcaps.LinkLinuxSLL2:
		return w.sll2(p)
	case pcaps.LinkRaw, linkRawBSD, linkRawOpenBSD:
		return w.ip(p, MalformedLink)
	case pcaps.LinkIPv4:
		return w.etherType(typeIPv4, p)
	case pcaps.LinkIPv6:
		return w.etherType(typeIPv6, p)
	case pcaps.LinkNull, pcaps.LinkLoop:
		return w.loopback(p)
	case pcaps.LinkPPP, linkPPPHDLC:
		return w.ppp(p)
	case pcaps.LinkPPPoE:
		return w.pppoe(p)
	}
	return UnknownLink
}

// ethernet reads an Ethernet II or IEEE 802.3 frame, also inside a tunnel, where
// it begins a frame of its own: the tags of the outer one are those of the
// transport and not of the segment.
func (w *walker) ethernet(p part) Reason {
	if !w.deeper() {
		return TooDeep
	}
	if w.eth.DecodeFromBytes(p.b, gopacket.NilDecodeFeedback) != nil {
		return p.lacks(14, MalformedLink)
	}
	if w.tree != nil {
		w.ethernetFields(p)
	}
	typ := be16(p.b[12:])
	p = p.after(14)
	switch {
	case typ >= 0x0600:
		return w.etherType(typ, p)
	case typ <= 1500: // a length
		return w.llcSNAP(p.first(min(int(typ), p.n)))
	}
	return NotIP
}

// vlan reads one IEEE 802.1Q or 802.1ad tag.
func (w *walker) vlan(tpid uint16, p part) Reason {
	if w.tag.DecodeFromBytes(p.b, gopacket.NilDecodeFeedback) != nil {
		return p.lacks(4, MalformedLink)
	}
	w.tagged = true
	w.s.VLAN = w.tag.VLANIdentifier
	if w.tree != nil {
		w.vlanFields(tpid, p)
	}
	typ := uint16(w.tag.Type)
	p = p.after(4)
	if typ <= 1500 {
		return w.llcSNAP(p.first(min(int(typ), p.n)))
	}
	return w.etherType(typ, p)
}

// llcSNAP passes over an IEEE 802.2 header. Only SNAP with an EtherType can
// carry IP: organization 00-00-00 (RFC 1042) or 00-00-f8 (IEEE 802.1H).
func (w *walker) llcSNAP(p part) Reason {
	if w.llc.DecodeFromBytes(p.b, gopacket.NilDecodeFeedback) != nil {
		return p.lacks(3, NotIP)
	}
	if w.llc.NextLayerType() != layers.LayerTypeSNAP || w.llc.Control != 3 {
		return NotIP
	}
	if w.snap.DecodeFromBytes(p.b[3:], gopacket.NilDecodeFeedback) != nil {
		return p.lacks(8, MalformedLink)
	}
	if o := w.snap.OrganizationalCode; o[0] != 0 || o[1] != 0 || o[2] != 0 && o[2] != 0xf8 {
		return NotIP
	}
	if w.tree != nil {
		w.llcFields(p)
	}
	return w.etherType(uint16(w.snap.Type), p.after(8))
}

// sll reads the header of a Linux cooked capture:
//
//	0 packet type, 2 ARPHRD type, 4 address length, 6 address, 14 protocol
//
// gopacket's decoder slices the address by its length field unchecked.
func (w *walker) sll(p part) Reason {
	if len(p.b) < 16 {
		return p.lacks(16, MalformedLink)
	}
	if w.tree != nil {
		w.sllFields(p)
	}
	return w.cooked(be16(p.b[14:]), p.after(16))
}

// sll2 reads the second version, which gopacket does not have:
//
//	0 protocol, 2 reserved, 4 interface index, 8 ARPHRD type, 10 packet type,
//	11 address length, 12 address
func (w *walker) sll2(p part) Reason {
	if len(p.b) < 20 {
		return p.lacks(20, MalformedLink)
	}
	if w.tree != nil {
		w.sll2Fields(p)
	}
	return w.cooked(be16(p.b), p.after(20))
}

// cooked goes on behind a cooked header; Linux numbers frames without an
// EtherType by itself (ETH_P_802_2 is 4).
func (w *walker) cooked(typ uint16, p part) Reason {
	if typ == 4 {
		return w.llcSNAP(p)
	}
	return w.etherType(typ, p)
}

// loopback reads the address family of BSD's loopback interface, in either byte
// order. Every system numbers IPv6 in its own way.
func (w *walker) loopback(p part) Reason {
	if len(p.b) < 4 {
		return p.lacks(4, MalformedLink)
	}
	if w.null.DecodeFromBytes(p.b, gopacket.NilDecodeFeedback) != nil {
		return MalformedLink
	}
	if w.tree != nil {
		w.nullFields(p)
	}
	p = p.after(4)
	switch w.null.Family {
	case 2:
		return w.etherType(typeIPv4, p)
	case 10, // Linux
		23, // Windows
		24, // NetBSD, OpenBSD
		28, // FreeBSD, DragonFly
		30: // macOS, iOS
		return w.etherType(typeIPv6, p)
	}
	return NotIP
}

// ppp reads the protocol of a PPP packet (RFC 1661, 2), with or without the
// address and control bytes of RFC 1662, the protocol in one byte or two.
// gopacket decodes PPP only into its own Packet.
func (w *walker) ppp(p part) Reason {
	start := p
	if len(p.b) >= 2 && p.b[0] == 0xff && p.b[1] == 0x03 {
		p = p.after(2)
	}
	if len(p.b) == 0 || p.b[0] == 0xff { // half an address and control
		return p.lacks(2, MalformedLink)
	}
	typ, n := uint16(p.b[0]), 1
	if typ&1 == 0 {
		if len(p.b) < 2 {
			return p.lacks(2, MalformedLink)
		}
		typ, n = be16(p.b), 2
	}
	if w.tree != nil {
		w.pppFields(start, p, n, typ)
	}
	p = p.after(n)
	switch typ {
	case 0x0021:
		return w.etherType(typeIPv4, p)
	case 0x0057:
		return w.etherType(typeIPv6, p)
	case 0x0281, 0x0283:
		return w.etherType(typeMPLS, p)
	}
	return NotIP
}

// pppoe reads the header of RFC 2516, 4:
//
//	0 version and type, 1 code (0 in the session stage), 2 session, 4 length
//
// gopacket decodes it only into its own Packet, and cut frames not at all.
func (w *walker) pppoe(p part) Reason {
	if len(p.b) < 6 {
		return p.lacks(6, MalformedLink)
	}
	if w.tree != nil {
		w.pppoeFields(p)
	}
	if p.b[0] != 0x11 {
		return MalformedLink
	}
	if p.b[1] != 0 {
		return NotIP
	}
	w.tunnel(TunnelPPPoE)
	return w.ppp(p.after(6).first(min(int(be16(p.b[4:])), p.n-6)))
}

// mpls passes over a stack of labels (RFC 3032, 2.1). Nothing in it says what it
// carries; the first half byte behind it tells IP, as routers guess too.
func (w *walker) mpls(p part) Reason {
	w.tunnel(TunnelMPLS)
	for {
		if len(p.b) < 4 {
			return p.lacks(4, MalformedLink)
		}
		if w.tree != nil {
			w.mplsFields(p)
		}
		bottom := p.b[2]&1 != 0
		p = p.after(4)
		if bottom {
			return w.ip(p, MalformedLink)
		}
	}
}
