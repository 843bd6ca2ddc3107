package decode

import (
	"slices"
	"strings"

	"plcscope/internal/wire"
	"plcscope/pcaps"
)

// Dissector dissects frame after frame; it allocates nothing once its tree has grown.
// It belongs to one goroutine.
type Dissector struct {
	d     *Decoder
	s     Segment
	quick []extract       // what is wanted of a plain frame
	all   bool            // a plain frame must be walked, too
	only  *wire.Selection // what is wanted of one that is walked; nil: everything

	layout layout // scratch
}

// NewDissector makes a Dissector for the given fields of Fields, all of them if none is
// given.
func NewDissector(only ...*wire.Field) *Dissector {
	d := &Dissector{d: New(Options{SkipChecksums: true}), all: len(only) == 0}
	if len(only) > 0 {
		d.only = wire.Select(only...)
	}
	had := map[*wire.Field]bool{}
	for _, e := range extracts {
		if slices.Contains(only, e.field) {
			d.quick = append(d.quick, e)
			had[e.field] = true
		}
	}
	for _, f := range only {
		protocol, _, _ := strings.Cut(f.Name, ".")
		d.all = d.all || !had[f] && slices.Contains(plainProtocols, protocol)
	}
	return d
}

// plainProtocols are those that a plain frame has headers of.
var plainProtocols = []string{"frame", "eth", "vlan", "ip", "ipv6", "tcp"}

// Dissect does what the function of that name does, and leaves out fields that were not
// asked for.
func (d *Dissector) Dissect(f *pcaps.Frame, t *wire.Tree) {
	if d.all {
		d.walk(f, t)
		return
	}
	p := &d.layout
	*p = layout{}
	if !p.read(f) {
		d.walk(f, t)
		return
	}
	for i := range d.quick {
		p.add(&d.quick[i], t)
	}
}

func (d *Dissector) walk(f *pcaps.Frame, t *wire.Tree) {
	if d.only != nil {
		defer t.Limit(t.Limit(d.only))
	}
	base := t.Base(0)
	frameFields(f, t)
	w := &d.d.walk
	w.tree = t
	w.frame(f, &d.s)
	w.tree = nil
	t.Base(base)
}

// layer is a header of a plain frame.
type layer uint8

const (
	onFrame layer = iota
	onEthernet
	onTag
	onIPv4
	onIPv6
	onTCP
	layers_
)

// layout says where the headers of a plain frame begin: Ethernet with one tag or none,
// IP without options or extensions in one piece, TCP, all of them captured.
type layout struct {
	f        *pcaps.Frame
	has      [layers_]bool
	at       [layers_]int
	data     int // where the payload of TCP begins
	end      int // and where it ends in the frame
	ipLength int // of the datagram on the wire
}

// read finds the headers of f, if it is plain.
func (p *layout) read(f *pcaps.Frame) bool {
	b := f.Data
	if f.Link != pcaps.LinkEthernet || len(b) < 14+ipv4Header+tcpHeader || int(f.Length) < len(b) {
		return false
	}
	p.f = f
	p.has[onFrame], p.has[onEthernet] = true, true
	at, typ := 14, be16(b[12:])
	if typ == typeVLAN {
		p.has[onTag], p.at[onTag] = true, 14
		at, typ = 18, be16(b[16:])
	}
	ip := b[at:]
	switch typ {
	case typeIPv4:
		if len(ip) < ipv4Header+tcpHeader || ip[0] != 0x45 || be16(ip[6:])&0x3fff != 0 || ip[9] != protoTCP {
			return false
		}
		p.ipLength = int(be16(ip[2:]))
		p.has[onIPv4], p.at[onIPv4], p.at[onTCP] = true, at, at+ipv4Header
	case typeIPv6:
		if len(ip) < ipv6Header+tcpHeader || ip[0]>>4 != 6 || ip[6] != protoTCP {
			return false
		}
		p.ipLength = int(be16(ip[4:])) + ipv6Header
		p.has[onIPv6], p.at[onIPv6], p.at[onTCP] = true, at, at+ipv6Header
	default:
		return false
	}
	p.end = at + p.ipLength
	p.data = p.at[onTCP] + int(b[p.at[onTCP]+12]>>4)*4
	if p.end > len(b) || p.data < p.at[onTCP]+tcpHeader || p.data > p.end {
		return false
	}
	p.has[onTCP] = true
	return true
}

// extract is how a field of a plain frame is had: n bytes at off of a layer, of which
// mask counts behind a shift, or in a way of its own.
type extract struct {
	field *wire.Field
	from  layer
	off   uint8
	n     uint8
	shift uint8
	mask  uint64
	own   func(p *layout, t *wire.Tree)
}

func (p *layout) add(e *extract, t *wire.Tree) {
	if !p.has[e.from] {
		return
	}
	if e.own != nil {
		e.own(p, t)
		return
	}
	at := p.at[e.from] + int(e.off)
	b := p.f.Data[at : at+int(e.n)]
	if e.mask == 0 {
		t.Data(e.field, at, b)
		return
	}
	v := uint64(0)
	for _, x := range b {
		v = v<<8 | uint64(x)
	}
	t.Uint(e.field, at, int(e.n), v>>e.shift&e.mask)
}

// bothOf adds two addresses of n bytes under one name.
func bothOf(f *wire.Field, from layer, first, second, n int) extract {
	return extract{field: f, from: from, own: func(p *layout, t *wire.Tree) {
		for _, off := range [...]int{first, second} {
			at := p.at[from] + off
			t.AlsoData(f, at, p.f.Data[at:at+n])
		}
	}}
}

// addressBit adds one bit of the first byte of both addresses of Ethernet.
func addressBit(f *wire.Field, shift int) extract {
	return extract{field: f, from: onEthernet, own: func(p *layout, t *wire.Tree) {
		for _, at := range [...]int{0, 6} {
			t.AlsoBool(f, at, p.f.Data[at]>>shift&1 != 0)
		}
	}}
}

func heading(f *wire.Field, from layer, length func(p *layout) int) extract {
	return extract{field: f, from: from, own: func(p *layout, t *wire.Tree) {
		h := t.Open(f, p.at[from])
		t.Close(h, p.at[from]+length(p))
	}}
}

// extracts are in the order in which Dissect adds the fields.
var extracts = []extract{
	heading(fFrame, onFrame, func(p *layout) int { return len(p.f.Data) }),
	{field: fFrameDate, own: func(p *layout, t *wire.Tree) { t.Uint(fFrameDate, 0, 0, uint64(p.f.Time)) }},
	{field: fFrameTime, own: func(p *layout, t *wire.Tree) { t.Uint(fFrameTime, 0, 0, uint64(p.f.Time)) }},
	{field: fFrameNumber, own: func(p *layout, t *wire.Tree) { t.Uint(fFrameNumber, 0, 0, p.f.Number) }},
	{field: fFrameLen, own: func(p *layout, t *wire.Tree) { t.Uint(fFrameLen, 0, 0, uint64(p.f.Length)) }},
	{field: fFrameCap, own: func(p *layout, t *wire.Tree) { t.Uint(fFrameCap, 0, 0, uint64(len(p.f.Data))) }},

	heading(fEth, onEthernet, func(*layout) int { return 14 }),
	{field: fEthDst, from: onEthernet, off: 0, n: 6},
	bothOf(fEthAddr, onEthernet, 0, 6, 6),
	{field: fEthDstLG, from: onEthernet, n: 1, shift: 1, mask: 1},
	{field: fEthDstIG, from: onEthernet, n: 1, mask: 1},
	addressBit(fEthLG, 1), addressBit(fEthIG, 0),
	{field: fEthSrc, from: onEthernet, off: 6, n: 6},
	{field: fEthSrcLG, from: onEthernet, off: 6, n: 1, shift: 1, mask: 1},
	{field: fEthSrcIG, from: onEthernet, off: 6, n: 1, mask: 1},
	{field: fEthType, from: onEthernet, off: 12, n: 2, mask: 0xffff},
	heading(fVLAN, onTag, func(*layout) int { return 4 }),
	{field: fVLANPriority, from: onTag, n: 2, shift: 13, mask: 7},
	{field: fVLANDEI, from: onTag, n: 1, shift: 4, mask: 1},
	{field: fVLANID, from: onTag, n: 2, mask: 0x0fff},
	{field: fVLANType, from: onTag, off: 2, n: 2, mask: 0xffff},

	heading(fIP, onIPv4, func(*layout) int { return ipv4Header }),
	{field: fIPVer, from: onIPv4, n: 1, shift: 4, mask: 15},
	{field: fIPHdr, from: onIPv4, own: func(p *layout, t *wire.Tree) { t.Uint(fIPHdr, p.at[onIPv4], 1, ipv4Header) }},
	{field: fIPDS, from: onIPv4, off: 1, n: 1, mask: 0xff},
	{field: fIPDSCP, from: onIPv4, off: 1, n: 1, shift: 2, mask: 0x3f},
	{field: fIPECN, from: onIPv4, off: 1, n: 1, mask: 3},
	{field: fIPLen, from: onIPv4, off: 2, n: 2, mask: 0xffff},
	{field: fIPID, from: onIPv4, off: 4, n: 2, mask: 0xffff},
	{field: fIPFlags, from: onIPv4, off: 6, n: 1, shift: 5, mask: 7},
	{field: fIPRB, from: onIPv4, off: 6, n: 1, shift: 7, mask: 1},
	{field: fIPDF, from: onIPv4, off: 6, n: 1, shift: 6, mask: 1},
	{field: fIPMF, from: onIPv4, off: 6, n: 1, shift: 5, mask: 1},
	{field: fIPOffset, from: onIPv4, off: 6, n: 2, mask: 0x1fff},
	{field: fIPTTL, from: onIPv4, off: 8, n: 1, mask: 0xff},
	{field: fIPProto, from: onIPv4, off: 9, n: 1, mask: 0xff},
	{field: fIPSum, from: onIPv4, off: 10, n: 2, mask: 0xffff},
	{field: fIPSrc, from: onIPv4, off: 12, n: 4},
	bothOf(fIPAddr, onIPv4, 12, 16, 4),
	{field: fIPDst, from: onIPv4, off: 16, n: 4},

	heading(fIP6, onIPv6, func(*layout) int { return ipv6Header }),
	{field: fIPVer, from: onIPv6, own: func(p *layout, t *wire.Tree) {
		t.AlsoUint(fIPVer, p.at[onIPv6], 1, 6)
	}},
	{field: fIP6Ver, from: onIPv6, n: 1, shift: 4, mask: 15},
	{field: fIP6Class, from: onIPv6, n: 4, shift: 20, mask: 0xff},
	{field: fIP6DSCP, from: onIPv6, n: 4, shift: 22, mask: 0x3f},
	{field: fIP6ECN, from: onIPv6, n: 4, shift: 20, mask: 3},
	{field: fIP6Flow, from: onIPv6, off: 1, n: 3, mask: 0xfffff},
	{field: fIP6Len, from: onIPv6, off: 4, n: 2, mask: 0xffff},
	{field: fIP6Next, from: onIPv6, off: 6, n: 1, mask: 0xff},
	{field: fIP6Hops, from: onIPv6, off: 7, n: 1, mask: 0xff},
	{field: fIP6Src, from: onIPv6, off: 8, n: 16},
	bothOf(fIP6Addr, onIPv6, 8, 24, 16),
	{field: fIP6Dst, from: onIPv6, off: 24, n: 16},

	{field: fTCP, from: onTCP, own: func(p *layout, t *wire.Tree) {
		h := t.Open(fTCP, p.at[onTCP])
		t.Close(h, p.data)
		t.SetData(h, p.f.Data[p.at[onTCP]:p.end])
	}},
	{field: fTCPSrc, from: onTCP, n: 2, mask: 0xffff},
	{field: fTCPDst, from: onTCP, off: 2, n: 2, mask: 0xffff},
	{field: fTCPPort, from: onTCP, own: func(p *layout, t *wire.Tree) {
		for _, at := range [...]int{p.at[onTCP], p.at[onTCP] + 2} {
			t.AlsoUint(fTCPPort, at, 2, uint64(be16(p.f.Data[at:])))
		}
	}},
	{field: fTCPLen, from: onTCP, own: func(p *layout, t *wire.Tree) { t.Uint(fTCPLen, p.at[onTCP]+12, 1, uint64(p.end-p.data)) }},
	{field: fTCPSeq, from: onTCP, off: 4, n: 4, mask: 0xffffffff},
	{field: fTCPAck, from: onTCP, off: 8, n: 4, mask: 0xffffffff},
	{field: fTCPHdr, from: onTCP, own: func(p *layout, t *wire.Tree) {
		t.Uint(fTCPHdr, p.at[onTCP]+12, 1, uint64(p.data-p.at[onTCP]))
	}},
	{field: fTCPFlags, from: onTCP, off: 12, n: 2, mask: 0x0fff},
	{field: fTCPRes, from: onTCP, own: func(p *layout, t *wire.Tree) {
		at := p.at[onTCP] + 12
		t.Bool(fTCPRes, at, p.f.Data[at]&0x0e != 0)
	}},
	{field: fTCPAE, from: onTCP, off: 12, n: 1, mask: 1},
	{field: fTCPCWR, from: onTCP, off: 13, n: 1, shift: 7, mask: 1},
	{field: fTCPECE, from: onTCP, off: 13, n: 1, shift: 6, mask: 1},
	{field: fTCPURG, from: onTCP, off: 13, n: 1, shift: 5, mask: 1},
	{field: fTCPACK, from: onTCP, off: 13, n: 1, shift: 4, mask: 1},
	{field: fTCPPSH, from: onTCP, off: 13, n: 1, shift: 3, mask: 1},
	{field: fTCPRST, from: onTCP, off: 13, n: 1, shift: 2, mask: 1},
	{field: fTCPSYN, from: onTCP, off: 13, n: 1, shift: 1, mask: 1},
	{field: fTCPFIN, from: onTCP, off: 13, n: 1, mask: 1},
	{field: fTCPWindow, from: onTCP, off: 14, n: 2, mask: 0xffff},
	{field: fTCPSum, from: onTCP, off: 16, n: 2, mask: 0xffff},
	{field: fTCPUrgent, from: onTCP, off: 18, n: 2, mask: 0xffff},
	{field: fTCPPayload, from: onTCP, own: func(p *layout, t *wire.Tree) {
		if p.end > p.data && Flags(p.f.Data[p.at[onTCP]+13])&RST == 0 {
			t.Data(fTCPPayload, p.data, p.f.Data[p.data:p.end:p.end])
		}
	}},
}
