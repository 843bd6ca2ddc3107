package decode

import (
	"encoding/binary"

	"github.com/google/gopacket/layers"

	"plcscope/internal/wire"
	"plcscope/pcaps"
)

const (
	// maxTags is how many VLAN tags the fast path follows; carriers use two.
	maxTags = 4
	// maxDepth bounds how many headers may stand inside each other: ERSPAN of a
	// doubly tagged frame with a tunnel in it has about ten.
	maxDepth = 32
)

// part is a stretch of a frame: the bytes that were captured of it and how many
// it had on the wire. Only the snap length makes the two differ, or a header that
// promises more than there is.
type part struct {
	b   []byte
	n   int // bytes on the wire, at least len(b)
	off int // of b[0] from the first byte of the frame
}

// after is what follows the first k bytes, which must have been captured.
func (p part) after(k int) part { return part{p.b[k:], p.n - k, p.off + k} }

// first is the part cut or stretched to the n bytes that a length field says:
// padding falls away, and what is missing is known to be missing.
func (p part) first(n int) part {
	return part{p.b[:min(n, len(p.b)):len(p.b)], n, p.off}
}

// lacks is why a header of n bytes cannot be read from p.
func (p part) lacks(n int, malformed Reason) Reason {
	if p.n >= n {
		return Truncated
	}
	return malformed
}

// walker goes through a frame header by header. It is the slow path of Decode
// and, with a tree, all of Dissect: the same steps, so that the two cannot
// disagree. Headers that gopacket decodes are decoded by gopacket, after checks
// of our own where its decoder would run past the end.
type walker struct {
	d      *Decoder
	s      *Segment
	depth  int
	tagged bool

	// In Dissect alone; with a tree, fragments are not kept.
	tree    *wire.Tree
	room    int  // offset at which what encloses the header at hand ends
	service bool // the tag before was the outer one of two of 802.1ad

	eth    layers.Ethernet
	tag    layers.Dot1Q
	llc    layers.LLC
	snap   layers.SNAP
	null   layers.Loopback
	gre    layers.GRE
	span   layers.ERSPANII
	vxlan  layers.VXLAN
	udp    layers.UDP
	extend layers.IPv6ExtensionSkipper

	time int64 // of the frame, for the age of fragments
}

// frame reads a whole frame into s.
func (w *walker) frame(f *pcaps.Frame, s *Segment) Reason {
	w.s, w.depth, w.tagged, w.time = s, 0, false, f.Time
	s.VLAN = 0
	p := part{f.Data, max(int(f.Length), len(f.Data)), 0}
	w.room, w.service = p.n, false
	r := w.link(f.Link, p)
	if w.tagged {
		w.d.stats.Tagged++
	}
	if r == accepted {
		s.from(f)
	}
	w.s = nil
	return r
}

// deeper counts a header and reports whether there may be one more.
func (w *walker) deeper() bool {
	w.depth++
	return w.depth <= maxDepth
}

func (w *walker) tunnel(t Tunnel) { w.d.stats.Tunnels[t]++ }

// etherType goes on with what an EtherType announces; GRE uses the same numbers.
func (w *walker) etherType(typ uint16, p part) Reason {
	if !w.deeper() {
		return TooDeep
	}
	switch typ {
	case typeIPv4:
		return w.ipv4(p)
	case typeIPv6:
		return w.ipv6(p)
	case typeVLAN, typeQinQ, typeOldQinQ:
		return w.vlan(typ, p)
	case typePPPoE:
		return w.pppoe(p)
	case typeMPLS, typeMPLSm:
		return w.mpls(p)
	case typePPP:
		return w.ppp(p)
	case typeBridge:
		w.tunnel(TunnelBridge)
		return w.ethernet(p)
	}
	if w.tree != nil {
		w.named(namedTypes[typ], p)
	}
	return NotIP
}

// protocol goes on with what the protocol number of an IP header announces.
func (w *walker) protocol(proto uint8, p part) Reason {
	switch proto {
	case protoTCP:
		if w.tree != nil {
			w.tcpFields(p)
		}
		return w.d.tcp(w.s, p.b, p.n)
	case protoUDP:
		return w.udpTunnel(p)
	case protoGRE:
		return w.greTunnel(p)
	case protoIPv4:
		w.tunnel(TunnelIPIP)
		return w.etherType(typeIPv4, p)
	case protoIPv6:
		w.tunnel(TunnelIPIP)
		return w.etherType(typeIPv6, p)
	}
	if w.tree != nil {
		w.named(namedProtocols[proto], p)
	}
	return OtherProtocol
}

// ip goes on with the version that the first half byte says.
func (w *walker) ip(p part, malformed Reason) Reason {
	if len(p.b) == 0 {
		return p.lacks(1, malformed)
	}
	switch p.b[0] >> 4 {
	case 4:
		return w.etherType(typeIPv4, p)
	case 6:
		return w.etherType(typeIPv6, p)
	}
	return NotIP
}

func be16(b []byte) uint16 { return binary.BigEndian.Uint16(b) }
func be32(b []byte) uint32 { return binary.BigEndian.Uint32(b) }
