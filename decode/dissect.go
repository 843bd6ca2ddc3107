package decode

import (
	"plcscope/internal/wire"
	"plcscope/pcaps"
)

// Dissect adds the frame, link, network and transport fields of one frame to t,
// with offsets from the frame's first byte. Every header is there, the outer
// ones of tunnels first, as far as it was captured. A frame that completes a
// fragmented datagram shows its own IP header alone.
//
// It is meant for the frames that somebody looks at and allocates; a Dissector does not.
func Dissect(f *pcaps.Frame, t *wire.Tree) { NewDissector().Dissect(f, t) }

// frameFields adds what the capture says of the frame itself.
func frameFields(f *pcaps.Frame, t *wire.Tree) {
	h := t.Open(fFrame, 0)
	t.Uint(fFrameDate, 0, 0, uint64(f.Time))
	t.Uint(fFrameTime, 0, 0, uint64(f.Time))
	t.Uint(fFrameNumber, 0, 0, f.Number)
	t.Uint(fFrameLen, 0, 0, uint64(f.Length))
	t.Uint(fFrameCap, 0, 0, uint64(len(f.Data)))
	t.Close(h, len(f.Data))
}

// header opens a heading at p and returns a cursor there. It and the functions
// that call it are for a walker with a tree.
func (w *walker) header(f *wire.Field, p part) (h int, c wire.Cursor) {
	w.tree.Base(p.off)
	return w.tree.Open(f, 0), wire.NewCursor(p.b, w.tree)
}

// named shows the protocol of the bytes at p, if f is one.
func (w *walker) named(f *wire.Field, p part) {
	if f != nil {
		h, _ := w.header(f, p)
		w.tree.Close(h, len(p.b))
	}
}

// both adds a second name for the bytes just read, as "ip.addr" is for "ip.src".
func both(c *wire.Cursor, f *wire.Field, v []byte) {
	if c.OK() {
		c.Tree().AlsoData(f, c.Off()-len(v), v)
	}
}

func (w *walker) ethernetFields(p part) {
	h, c := w.header(fEth, p)
	both(&c, fEthAddr, c.Bytes(fEthDst, 6))
	w.addressBits(p, 0, fEthDstLG, fEthDstIG)
	both(&c, fEthAddr, c.Bytes(fEthSrc, 6))
	w.addressBits(p, 6, fEthSrcLG, fEthSrcIG)
	if be16(p.b[12:]) <= 1500 {
		c.U16(fEthLen)
	} else {
		c.U16(fEthType)
	}
	w.tree.Close(h, 14)
}

// addressBits shows what the first byte of a MAC address says: who gave it, and whether
// it is that of a group.
func (w *walker) addressBits(p part, at int, lg, ig *wire.Field) {
	local, group := p.b[at]&2 != 0, p.b[at]&1 != 0
	w.tree.Bool(lg, at, local)
	w.tree.AlsoBool(fEthLG, at, local)
	w.tree.Bool(ig, at, group)
	w.tree.AlsoBool(fEthIG, at, group)
}

// vlanFields shows a tag; Wireshark has names of their own for those of 802.1ad.
func (w *walker) vlanFields(tpid uint16, p part) {
	head, priority, dei, id, typ := fVLAN, fVLANPriority, fVLANDEI, fVLANID, fVLANType
	if tpid == typeQinQ {
		head, priority, dei, id, typ = fAD, fADPriority, fADDEI, fADID, fADType
	}
	h, c := w.header(head, p)
	tci := be16(p.b)
	outer := tpid == typeQinQ && be16(p.b[2:]) == typeQinQ && !w.service
	switch { // of two tags of 802.1ad, one is the service's and one the customer's
	case outer:
		id = fADService
	case w.service:
		id = fADCustomer
	}
	w.tree.Uint(priority, 0, 2, uint64(tci>>13))
	w.tree.Bool(dei, 0, tci&0x1000 != 0)
	w.tree.Uint(id, 0, 2, uint64(tci&0x0fff))
	c.Seek(2)
	if !outer {
		c.U16(typ)
	}
	w.service = outer
	w.tree.Close(h, 4)
}

// llcFields shows the header of SNAP, of which eight bytes are there.
func (w *walker) llcFields(p part) {
	h, c := w.header(fLLC, p)
	c.U8(fLLCDSAP)
	c.U8(fLLCSSAP)
	w.tree.Uint(fLLCControl, 2, 1, uint64(p.b[2]))
	c.Seek(6)
	c.U16(fLLCType)
	w.tree.Close(h, 8)
}

func (w *walker) sllFields(p part) {
	h, c := w.header(fSLL, p)
	c.U16(fSLLType)
	c.U16(fSLLHard)
	if c.U16(fSLLLen) == 6 {
		c.Bytes(fSLLSrc, 6)
	}
	c.Seek(14)
	c.U16(fSLLProto)
	w.tree.Close(h, 16)
}

func (w *walker) sll2Fields(p part) {
	h, c := w.header(fSLL, p)
	c.U16(fSLLProto)
	c.Seek(4)
	c.U32(fSLLIface)
	c.U16(fSLLHard)
	c.U8(fSLLType)
	if c.U8(fSLLLen) == 6 {
		c.Bytes(fSLLSrc, 6)
	}
	w.tree.Close(h, 20)
}

func (w *walker) nullFields(p part) {
	h, _ := w.header(fNull, p)
	w.tree.Uint(fNullFamily, 0, 4, uint64(w.null.Family))
	w.tree.Close(h, 4)
}

// pppFields shows the PPP header from start; its protocol typ is the n bytes at p.
func (w *walker) pppFields(start, p part, n int, typ uint16) {
	h, c := w.header(fPPP, start)
	at := p.off - start.off
	if at == 2 {
		c.U8(fPPPAddr)
		c.U8(fPPPCtl)
	}
	w.tree.Uint(fPPPProto, at, n, uint64(typ))
	w.tree.Close(h, at+n)
}

func (w *walker) pppoeFields(p part) {
	h, c := w.header(fPPPoE, p)
	w.tree.Uint(fPPPoEVersion, 0, 1, uint64(p.b[0]>>4))
	w.tree.Uint(fPPPoEType, 0, 1, uint64(p.b[0]&15))
	c.Seek(1)
	c.U8(fPPPoECode)
	c.U16(fPPPoESession)
	c.U16(fPPPoELen)
	w.tree.Close(h, 6)
}

func (w *walker) mplsFields(p part) {
	h, _ := w.header(fMPLS, p)
	v := be32(p.b)
	w.tree.Uint(fMPLSLabel, 0, 4, uint64(v>>12))
	w.tree.Uint(fMPLSExp, 0, 4, uint64(v>>9&7))
	w.tree.Uint(fMPLSBottom, 0, 4, uint64(v>>8&1))
	w.tree.Uint(fMPLSTTL, 0, 4, uint64(v&0xff))
	w.tree.Close(h, 4)
}

// ipv4Fields shows an IPv4 header as far as it was captured.
func (w *walker) ipv4Fields(p part) {
	h, c := w.header(fIP, p)
	t := w.tree
	hdr := ipv4Header
	if len(p.b) > 0 {
		hdr = int(p.b[0]&15) * 4
		t.Uint(fIPVer, 0, 1, uint64(p.b[0]>>4))
		t.Uint(fIPHdr, 0, 1, uint64(hdr))
		c.Seek(1)
	}
	if hdr < ipv4Header {
		t.Close(h, 1)
		return
	}
	ds := c.U8(fIPDS)
	if c.OK() {
		t.Uint(fIPDSCP, 1, 1, uint64(ds>>2))
		t.Uint(fIPECN, 1, 1, uint64(ds&3))
	}
	if len(p.b) >= 4 {
		total := int(be16(p.b[2:]))
		if total == 0 { // see ipv4
			total = p.n
		}
		t.Uint(fIPLen, 2, 2, uint64(total))
		c.Seek(4)
		if total < hdr {
			t.Close(h, 4)
			return
		}
		w.room = p.off + min(total, w.room-p.off)
	}
	c.U16(fIPID)
	if len(p.b) >= 8 {
		frag := be16(p.b[6:])
		t.Uint(fIPFlags, 6, 1, uint64(frag>>13))
		t.Bool(fIPRB, 6, frag&0x8000 != 0)
		t.Bool(fIPDF, 6, frag&0x4000 != 0)
		t.Bool(fIPMF, 6, frag&0x2000 != 0)
		t.Uint(fIPOffset, 6, 2, uint64(frag&0x1fff)) // in units of eight bytes
		c.Seek(8)
	}
	c.U8(fIPTTL)
	c.U8(fIPProto)
	c.U16(fIPSum)
	both(&c, fIPAddr, c.Bytes(fIPSrc, 4))
	both(&c, fIPAddr, c.Bytes(fIPDst, 4))
	t.Close(h, min(hdr, len(p.b)))
}

// ipv6Fields shows an IPv6 header as far as it was captured.
func (w *walker) ipv6Fields(p part) {
	h, c := w.header(fIP6, p)
	t := w.tree
	if len(p.b) >= 4 {
		first := be32(p.b)
		class := uint64(first >> 20 & 0xff)
		t.AlsoUint(fIPVer, 0, 1, uint64(first>>28))
		t.Uint(fIP6Ver, 0, 1, uint64(first>>28))
		t.Uint(fIP6Class, 0, 4, class)
		t.Uint(fIP6DSCP, 0, 4, class>>2)
		t.Uint(fIP6ECN, 0, 4, class&3)
		t.Uint(fIP6Flow, 1, 3, uint64(first&0xfffff))
		c.Seek(4)
	}
	if n := int(c.U16(fIP6Len)); n > 0 {
		w.room = p.off + min(ipv6Header+n, w.room-p.off)
	}
	c.U8(fIP6Next)
	c.U8(fIP6Hops)
	both(&c, fIP6Addr, c.Bytes(fIP6Src, 16))
	both(&c, fIP6Addr, c.Bytes(fIP6Dst, 16))
	t.Close(h, min(ipv6Header, len(p.b)))
}

func (w *walker) extensionFields(proto uint8, p part, n int) {
	var head, next, length *wire.Field
	switch proto {
	case protoHopByHop:
		head, next, length = fHopByHop, fHopByHopNext, fHopByHopLen
	case protoRouting:
		head, next, length = fRouting, fRoutingNext, fRoutingLen
	case protoOptions:
		head, next, length = fOptions, fOptionsNext, fOptionsLen
	default:
		return
	}
	h, c := w.header(head, p)
	c.U8(next)
	c.U8(length)
	if proto == protoRouting {
		c.U8(fRoutingType)
		c.U8(fRoutingLeft)
	}
	w.tree.Close(h, min(n, len(p.b)))
}

func (w *walker) fragmentFields(p part) {
	h, c := w.header(fFrag, p)
	c.U8(fFragNext)
	v := be16(p.b[2:])
	w.tree.Uint(fFragOffset, 2, 2, uint64(v>>3))
	w.tree.Bool(fFragMore, 3, v&1 != 0)
	c.Seek(4)
	c.U32(fFragID)
	w.tree.Close(h, 8)
}

func (w *walker) ahFields(p part, n int) {
	h, c := w.header(fAH, p)
	c.U8(fAHNext)
	c.U8(fAHLen)
	c.Seek(4)
	c.U32(fAHSPI)
	c.U32(fAHSeq)
	w.tree.Close(h, n)
}

func (w *walker) udpFields(p part) {
	h, c := w.header(fUDP, p)
	w.ports(&c, fUDPSrc, fUDPDst, fUDPAny)
	if c.U16(fUDPLen) >= 8 {
		c.U16(fUDPSum)
	}
	w.tree.Close(h, 8)
}

// ports reads the two ports that UDP and TCP begin with.
func (w *walker) ports(c *wire.Cursor, src, dst, any *wire.Field) {
	for _, f := range [...]*wire.Field{src, dst} {
		v := c.U16(f)
		if c.OK() {
			w.tree.AlsoUint(any, c.Off()-2, 2, uint64(v))
		}
	}
}

func (w *walker) greFields(p part) {
	h, c := w.header(fGRE, p)
	flags := c.U16(fGREFlags)
	c.U16(fGREProto)
	if flags&0xc000 != 0 {
		c.U16(fGRESum)
		c.U16(fGREOff)
	}
	switch {
	case flags&0x2000 == 0:
	case flags&7 == 1: // RFC 2637, 4.1
		c.U16(fGREPayload)
		c.U16(fGRECall)
	default:
		c.U32(fGREKey)
	}
	if flags&0x1000 != 0 {
		c.U32(fGRESeq)
	}
	if flags&0x0080 != 0 {
		c.U32(fGREAck)
	}
	w.tree.Close(h, c.Off())
}

// erspanFields shows a header of type II, or of type III by its version.
func (w *walker) erspanFields(p part) {
	h, c := w.header(fSpan, p)
	t := w.tree
	first, second := be16(p.b), be16(p.b[2:])
	t.Uint(fSpanVer, 0, 2, uint64(first>>12))
	t.Uint(fSpanVLAN, 0, 2, uint64(first&0x0fff))
	t.Uint(fSpanCoS, 2, 2, uint64(second>>13))
	t.Uint(fSpanCut, 2, 2, uint64(second>>10&1))
	t.Uint(fSpanID, 2, 2, uint64(second&0x03ff))
	n := 8
	if first>>12 == 2 {
		c.Seek(4)
		c.U32(fSpanTime)
		n = 12
	} else {
		t.Uint(fSpanIndex, 4, 4, uint64(be32(p.b[4:])&0xfffff))
	}
	t.Close(h, n)
}

func (w *walker) vxlanFields(p part) {
	h, c := w.header(fVXLAN, p)
	c.U16(fVXLANFlags)
	c.U16(fVXLANGroup)
	c.U24(fVXLANID)
	w.tree.Close(h, 8)
}

func (w *walker) tcpFields(p part) {
	h, c := w.header(fTCP, p)
	t := w.tree
	t.SetData(h, p.b) // in filters, tcp is the whole segment
	hdr := 0
	if len(p.b) > 12 {
		hdr = int(p.b[12]>>4) * 4
	}
	n := min(p.n, w.room-p.off) // no more than the frame had, whatever IP says
	w.ports(&c, fTCPSrc, fTCPDst, fTCPPort)
	if len(p.b) > 12 && hdr <= n {
		t.Uint(fTCPLen, 12, 1, uint64(n-hdr))
	}
	c.U32(fTCPSeq)
	if len(p.b) <= 12 || hdr >= tcpHeader {
		c.U32(fTCPAck)
	}
	if len(p.b) > 12 {
		t.Uint(fTCPHdr, 12, 1, uint64(hdr))
	}
	if len(p.b) < 14 || hdr < tcpHeader {
		t.Close(h, min(13, len(p.b)))
		return
	}
	flags := be16(p.b[12:]) & 0x0fff
	t.Uint(fTCPFlags, 12, 2, uint64(flags))
	t.Bool(fTCPRes, 12, flags&0x0e00 != 0)
	t.Bool(fTCPAE, 12, flags&0x0100 != 0)
	for i, f := range [...]*wire.Field{fTCPCWR, fTCPECE, fTCPURG, fTCPACK, fTCPPSH, fTCPRST, fTCPSYN, fTCPFIN} {
		t.Bool(f, 13, flags>>(7-i)&1 != 0)
	}
	c.Seek(14)
	c.U16(fTCPWindow)
	c.U16(fTCPSum)
	c.U16(fTCPUrgent)
	end := min(hdr, len(p.b))
	if hdr > tcpHeader && c.OK() {
		c.Bytes(fTCPOptions, end-tcpHeader)
		w.tcpOptions(p.b[:end], min(hdr, n))
	}
	t.Close(h, end)
	if len(p.b) > end && Flags(flags)&RST == 0 { // with RST it is a cause, for people
		t.Data(fTCPPayload, end, p.b[end:])
	}
}

// tcpOptions shows the options of a header of hdr bytes, as far as b has them
// (RFC 9293, 3.1 and 3.2).
func (w *walker) tcpOptions(b []byte, hdr int) {
	t := w.tree
	for i := tcpHeader; i < len(b); {
		kind := b[i]
		if kind <= 1 { // end of list, no-operation: no length
			t.Uint(fTCPOptionKind, i, 1, uint64(kind))
			if kind == 0 {
				return
			}
			i++
			continue
		}
		if i+1 >= len(b) {
			return
		}
		n := int(b[i+1])
		if n < 2 || i+n > hdr {
			return
		}
		t.Uint(fTCPOptionKind, i, 1, uint64(kind))
		t.Uint(fTCPOptionLen, i+1, 1, uint64(n))
		c := wire.NewCursor(b, t)
		c.Seek(i + 2)
		switch {
		case kind == 2 && n == 4:
			c.U16(fTCPMSS)
		case kind == 3 && n == 3:
			shift := c.U8(fTCPShift)
			if c.OK() {
				t.Uint(fTCPScale, i+2, 1, 1<<min(shift, 14))
			}
		case kind == 8 && n == 10:
			c.U32(fTCPTSVal)
			c.U32(fTCPTSEcr)
		}
		i += n
	}
}
