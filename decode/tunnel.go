package decode

import (
	"github.com/google/gopacket"
)

// UDP ports of VXLAN: the registered one and the one that Linux used before and
// still uses by default.
const (
	portVXLAN      = 4789
	portVXLANLinux = 8472
)

// udpTunnel passes over UDP that carries VXLAN (RFC 7348).
func (w *walker) udpTunnel(p part) Reason {
	if len(p.b) < 8 {
		return p.lacks(8, MalformedTunnel)
	}
	if w.tree != nil {
		w.udpFields(p)
	}
	if err := w.udp.DecodeFromBytes(p.b, gopacket.NilDecodeFeedback); err != nil {
		return UDP // a length that is too small
	}
	if w.udp.DstPort != portVXLAN && w.udp.DstPort != portVXLANLinux {
		return UDP
	}
	p = p.after(8)
	if n := int(w.udp.Length); n != 0 {
		p = p.first(min(n-8, p.n))
	}
	if w.vxlan.DecodeFromBytes(p.b, gopacket.NilDecodeFeedback) != nil {
		return p.lacks(8, MalformedTunnel)
	}
	if !w.vxlan.ValidIDFlag {
		return UDP
	}
	if w.tree != nil {
		w.vxlanFields(p)
	}
	w.tunnel(TunnelVXLAN)
	w.s.VLAN = 0
	return w.ethernet(p.after(8))
}

// greTunnel reads a GRE header (RFC 2784, RFC 2890; version 1 of RFC 2637):
//
//	0 flags and version, 2 protocol, then as flagged: 4 checksum and reserved,
//	4 key, 4 sequence number, 4 acknowledgment number
//
// gopacket's decoder trusts that all of it is there, so that is checked first.
// The source routes of RFC 1701 are refused, as RFC 2784, 2.3 demands.
func (w *walker) greTunnel(p part) Reason {
	if len(p.b) < 4 {
		return p.lacks(4, MalformedTunnel)
	}
	n := 4
	for _, flag := range [...]uint16{0x8000, 0x2000, 0x1000, 0x0080} {
		if be16(p.b)&flag != 0 {
			n += 4
		}
	}
	version := p.b[1] & 7
	if w.tree != nil {
		w.greFields(p)
	}
	if p.b[0]&0x40 != 0 || version > 1 {
		return MalformedTunnel
	}
	if len(p.b) < n {
		return p.lacks(n, MalformedTunnel)
	}
	if w.gre.DecodeFromBytes(p.b[:n], gopacket.NilDecodeFeedback) != nil {
		return MalformedTunnel
	}
	p = p.after(n)
	switch typ := uint16(w.gre.Protocol); typ {
	case typeERSPAN:
		w.s.VLAN = 0
		if !w.gre.SeqPresent { // type I: nothing between GRE and the frame
			w.tunnel(TunnelERSPAN1)
			return w.ethernet(p)
		}
		return w.erspan2(p)
	case typeERSPAN3:
		w.s.VLAN = 0
		return w.erspan3(p)
	case typeBridge:
		w.s.VLAN = 0
		return w.etherType(typ, p)
	case typePPP:
		return w.etherType(typ, p)
	default:
		w.tunnel(TunnelGRE)
		return w.etherType(typ, p)
	}
}

// erspan2 reads the eight bytes of an ERSPAN type II header
// (draft-foschiano-erspan-03, 4.2). The VLAN that it names is the one that the
// mirrored frame belonged to; a tag of the frame itself comes before it.
func (w *walker) erspan2(p part) Reason {
	if len(p.b) < 8 {
		return p.lacks(8, MalformedTunnel)
	}
	if w.span.DecodeFromBytes(p.b, gopacket.NilDecodeFeedback) != nil {
		return MalformedTunnel
	}
	if w.tree != nil {
		w.erspanFields(p)
	}
	if w.span.Version != 1 {
		return MalformedTunnel
	}
	w.tunnel(TunnelERSPAN2)
	w.s.VLAN = w.span.VLANIdentifier
	return w.ethernet(p.after(8))
}

// erspan3 reads an ERSPAN type III header (draft-foschiano-erspan-03, 4.3),
// which gopacket does not have:
//
//	0 version and VLAN, 2 class of service, flags and session, 4 timestamp,
//	8 security group, 10 P, frame type, hardware, direction, granularity, O
//
// With O set, eight bytes of the platform follow.
func (w *walker) erspan3(p part) Reason {
	if len(p.b) < 12 {
		return p.lacks(12, MalformedTunnel)
	}
	if w.tree != nil {
		w.erspanFields(p)
	}
	if p.b[0]>>4 != 2 {
		return MalformedTunnel
	}
	w.tunnel(TunnelERSPAN3)
	w.s.VLAN = be16(p.b) & 0x0fff
	n := 12
	if p.b[11]&1 != 0 {
		n = 20
	}
	if len(p.b) < n {
		return p.lacks(n, MalformedTunnel)
	}
	frameType := be16(p.b[10:]) >> 10 & 0x1f
	p = p.after(n)
	if frameType == 2 {
		return w.ip(p, MalformedTunnel)
	}
	return w.ethernet(p)
}
