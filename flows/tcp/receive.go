package tcp

import "plcscope/decode"

const (
	// maxWindow is how far a segment or an acknowledgement may lie from the
	// expected sequence number. Beyond, it is stale, forged, or the capture lost
	// a lot.
	maxWindow = 64 << 20

	// maxMissing bounds what a snap length can have cut off one segment.
	maxMissing = 1 << 20

	// farSegments that continue each other far outside the window prove that the
	// stream goes on there.
	farSegments = 4

	// reordering is how late a segment may be that was merely overtaken; later,
	// and later than a round trip, it must have been sent again.
	reordering = 3 * millisecond
)

// stretch is the part of the sequence space that a segment covers.
type stretch struct {
	seq  uint32 // of the first byte of payload
	size uint32 // payload and what the snap length cut off it
	fin  bool   // a FIN follows
}

func (x stretch) end() uint32 { return x.seq + x.size }

// place handles any segment.
func (t *Table) place(c *Conn, d Dir, s *decode.Segment) {
	h, p := &c.Half[d], &c.Half[d^1]
	switch s.Checksum {
	case decode.ChecksumBad:
		h.BadChecksums++
		if h.trust > 0 { // others were good, so the receiver dropped this one
			h.trust--
			return
		}
	case decode.ChecksumGood:
		h.trusted()
	}
	h.Seen = true
	h.Segments++
	setBase(h, p, s)
	if s.Flags&decode.RST != 0 {
		t.reset(c, d, s)
		return
	}

	x := stretch{s.Seq, uint32(len(s.Payload)) + min(s.Missing, maxMissing), s.Flags&decode.FIN != 0}
	repeated := false
	if s.Flags&decode.SYN != 0 {
		x.seq++
		repeated = !t.synchronise(c, d, s)
	} else {
		if s.Window != h.window || s.Window == 0 {
			h.offer(s.Window)
		}
		if c.state == halfOpen {
			c.established(d, s)
			t.enter(c, established, s.Time)
		}
	}
	t.anchor(c, d, x)
	if rel := int32(x.seq - h.next); rel > maxWindow || rel < -maxWindow {
		if !t.far(c, d, x) {
			return
		}
	} else {
		h.farCount = 0
	}
	news := s.Flags&decode.ACK != 0 && c.acknowledge(d, s)

	switch rel := int32(x.seq - h.next); {
	case x.size == 0 && !x.fin:
		switch {
		case news || s.Flags&decode.SYN != 0 && !repeated:
			c.remember(d, s)
		case t.copied(c, d, s):
		case repeated:
			h.resent(s)
		case rel == -1:
			h.KeepAlives++
		}
	case h.anchor == over:
		if before(h.next, x.end()) {
			h.AfterEnd++
		} else {
			t.repeated(c, d, s, x)
		}
	case rel < 0 && !before(h.next, x.end()) && !(x.fin && x.end() == h.next):
		if rel == -1 && x.size == 1 && !x.fin {
			if !t.copied(c, d, s) {
				h.KeepAlives++
			}
			break
		}
		t.repeated(c, d, s, x)
	default:
		t.fresh(c, d, s, x)
	}
	if c.pend != nil {
		t.pump(c, s, s.Time)
	}
}

// setBase finds the sequence numbers that a later SYN is compared with to tell
// connections apart, in Wireshark's way.
func setBase(h, p *Half, s *decode.Segment) {
	const synACK = decode.SYN | decode.ACK
	switch {
	case s.Flags&synACK == synACK, !h.based && s.Flags&decode.SYN != 0:
		h.based, h.base = true, s.Seq
	case !h.based:
		h.based, h.base = true, s.Seq-1
	}
	if !p.based && s.Flags&decode.ACK != 0 {
		p.based, p.base = true, s.Ack-1
	}
}

// expect sets where a direction is taken to begin.
func (h *Half) expect(next uint32, a anchor) {
	h.anchor, h.ISN, h.next, h.acked = a, next-1, next, next
}

// synchronise handles the SYN flag and reports whether it was news.
func (t *Table) synchronise(c *Conn, d Dir, s *decode.Segment) bool {
	h, p := &c.Half[d], &c.Half[d^1]
	same := s.Seq == h.ISN
	switch {
	case same && h.SYNFrame != 0:
		if c.state == halfOpen {
			h.SYNTime = s.Time
		}
		return false
	case h.anchor == over, !same && h.anchor == firm && h.Bytes > 0:
		h.Ignored++
		return false
	case same && h.anchor == firm: // the peer's answer was captured first
	default:
		h.expect(s.Seq+1, firm)
		t.discard(c, d)
	}
	if h.SYNFrame == 0 {
		h.SYNFrame = s.Frame
		h.WindowScale = windowScale(s.Options)
	}
	h.SYNTime = s.Time
	h.offer(s.Window)
	isACK := s.Flags&decode.ACK != 0
	c.InitiatorKnown = c.InitiatorKnown || isACK == (d == 1)
	if isACK && p.SYNFrame != 0 {
		c.ServerRTT = max(s.Time-p.SYNTime, 0)
	}
	if h.WindowScale >= 0 && p.WindowScale >= 0 {
		h.shift, p.shift = uint8(h.WindowScale), uint8(p.WindowScale)
	}
	return true
}

// windowScale finds the shift count among the options, or returns -1.
func windowScale(options []byte) int8 {
	const end, noOperation, scale = 0, 1, 3 // RFC 9293 3.2, RFC 7323 2.2
	for len(options) > 0 {
		switch options[0] {
		case end:
			return -1
		case noOperation:
			options = options[1:]
			continue
		}
		if len(options) < 2 || options[1] < 2 || int(options[1]) > len(options) {
			return -1
		}
		if options[0] == scale && options[1] == 3 {
			return int8(min(options[2], 14)) // RFC 7323 2.3: more than 14 counts as 14
		}
		options = options[options[1]:]
	}
	return -1
}

// established notes the segment that completes the handshake, if s is that one.
func (c *Conn) established(d Dir, s *decode.Segment) {
	h, p := &c.Half[d], &c.Half[d^1]
	if d != 0 || h.SYNFrame == 0 || p.SYNFrame == 0 || s.Flags&decode.ACK == 0 || s.Ack != p.ISN+1 {
		return
	}
	c.ACKFrame = s.Frame
	c.ClientRTT = max(s.Time-p.SYNTime, 0)
}

// anchor finds the expected sequence number of a direction in which nothing was
// delivered and no SYN was seen.
func (t *Table) anchor(c *Conn, d Dir, x stretch) {
	h := &c.Half[d]
	if h.anchor >= firm {
		return
	}
	rel := int32(x.seq - h.next)
	switch {
	case h.anchor == nowhere || rel > maxWindow || rel < -maxWindow:
		h.expect(x.seq, guessed)
		t.discard(c, d)
	case x.size == 0 && !x.fin, rel == -1 && x.size == 1 && !x.fin:
		// empty segments and keep-alives tell nothing better
	case rel < 0, c.pend == nil || c.pend.q[d].len() == 0:
		h.next, h.ISN = x.seq, x.seq-1
	}
}

// far handles a segment far outside the window. It reports whether the stream
// must be taken to go on there.
func (t *Table) far(c *Conn, d Dir, x stretch) bool {
	h := &c.Half[d]
	if h.farCount > 0 && x.seq == h.farSeq {
		h.farCount++
	} else {
		h.farCount = 1
	}
	h.farSeq = x.end()
	if h.farCount < farSegments || h.anchor == over {
		h.Ignored++
		return false
	}
	h.farCount = 0
	t.drain(c, Lost)
	if h.anchor == over {
		h.Ignored++
		return false
	}
	h.Gaps++
	t.sink.Gap(c, d, -1, Lost, nil)
	h.next, h.acked, h.sampling = x.seq, x.seq, false
	return true
}

// acknowledge notes what s tells about the other direction, and reports whether
// that was news.
func (c *Conn) acknowledge(d Dir, s *decode.Segment) bool {
	h, p := &c.Half[d], &c.Half[d^1]
	isSYN := s.Flags&(decode.SYN|decode.RST) == decode.SYN && s.Seq == h.ISN // accepted as such
	switch {
	case p.anchor == nowhere:
		p.expect(s.Ack, guessed)
		// A SYN-ACK tells where the peer's stream begins. So does the first
		// segment after the own SYN: nothing but the peer's SYN can have come
		// before it.
		if isSYN || h.SYNFrame != 0 && s.Seq == h.ISN+1 {
			p.anchor = firm
		}
		return true
	case p.anchor == guessed && isSYN && c.pend == nil:
		p.expect(s.Ack, firm)
		return true
	case p.anchor == guessed && s.Ack == p.next+1 && p.Seen && c.pend == nil:
		p.next++ // the empty segment before it was a keep-alive
	}
	switch rel := int32(s.Ack - p.next); {
	case rel > maxWindow:
		h.Ignored++
		return false
	case rel < -maxWindow:
		return false
	}
	if stale := int32(p.acked - p.next); stale > maxWindow || stale < -maxWindow {
		p.acked = p.next - maxWindow
	}
	if !before(p.acked, s.Ack) {
		return false
	}
	p.acked = s.Ack
	if p.sampling {
		p.sample(s.Time)
	}
	return true
}

// fresh places a segment that may bring new bytes or a FIN.
func (t *Table) fresh(c *Conn, d Dir, s *decode.Segment, x stretch) {
	h, p := &c.Half[d], &c.Half[d^1]
	var next *item // what waits at its place or behind it
	if c.pend != nil {
		next = c.pend.q[d].at(x.seq)
	}
	inOrder := !before(h.next, x.seq) &&
		!c.early(d, s.Flags&decode.ACK != 0, s.Ack) &&
		(next == nil || !before(next.seq, x.end()))

	got := part{size: x.size, fin: x.fin}
	if inOrder {
		old := max(int32(h.next-x.seq), 0)
		got.size -= uint32(old)
		got.payload = s.Payload[min(int(old), len(s.Payload)):]
		got.bytes = len(got.payload)
	} else {
		got = t.enqueue(c, d, s, x)
		if got.size == 0 && !got.fin {
			t.repeated(c, d, s, x)
			return
		}
	}

	c.remember(d, s)
	if next != nil && before(x.seq, next.seq) {
		if s.Time-next.time > max(reordering, c.RTT()) {
			h.resent(s)
		} else {
			h.OutOfOrder++
		}
	} else if got.size < x.size {
		h.resent(s)
	}
	if again := x.size - got.size; again > 0 {
		h.RetransmittedBytes += uint64(again)
		h.sampling = false
	}
	h.Bytes += uint64(got.bytes)
	if got.fin && h.FINFrame == 0 {
		h.FINFrame, h.FINTime = s.Frame, s.Time
	}
	if !inOrder {
		t.bound(c, d, s)
		return
	}
	if x.size == 1 && p.window == 0 && p.Seen {
		h.WindowProbes++
	}
	if !h.sampling && got.size > 0 {
		h.sampling, h.sampleEnd, h.sampleAt = true, x.end(), s.Time
	}
	t.deliver(c, d, s, got.payload, got.size-uint32(got.bytes))
	if got.fin {
		t.end(c, d, s, false)
	}
}

// part is what a segment brought that had not been captured before.
type part struct {
	size    uint32 // of the sequence space
	bytes   int    // captured ones among these
	fin     bool
	payload []byte // when it is in order
}

// resent counts a segment that was sent before.
func (h *Half) resent(s *decode.Segment) {
	h.Retransmissions++
	h.RetransmissionTime = s.Time
}

// repeated counts a segment with nothing new in it.
func (t *Table) repeated(c *Conn, d Dir, s *decode.Segment, x stretch) {
	h := &c.Half[d]
	if t.copied(c, d, s) {
		return
	}
	h.sampling = false
	if int32(x.end()-h.ISN) <= 1 && x.size > 0 { // from before the start in mid-stream
		h.OutOfOrder++
		return
	}
	h.resent(s)
	h.RetransmittedBytes += uint64(x.size)
}

// copied counts s, which brought nothing new, if a mirror port made it; else it
// remembers s.
func (t *Table) copied(c *Conn, d Dir, s *decode.Segment) bool {
	if t.mirrored(c, d, s) {
		c.Half[d].Segments--
		c.Half[d].Duplicates++
		return true
	}
	c.remember(d, s)
	return false
}

// reset handles a segment with the RST flag. What payload it has is a text for
// the reader of a trace, no part of the stream (RFC 1122 4.2.2.12).
func (t *Table) reset(c *Conn, d Dir, s *decode.Segment) {
	h := &c.Half[d]
	hasACK := s.Flags&decode.ACK != 0
	rel := int32(s.Seq - h.next)
	switch {
	case h.anchor == over:
		t.copied(c, d, s)
		return
	case h.anchor == firm && (rel > maxWindow || rel < -maxWindow):
		h.Ignored++ // the receiver takes no notice of it either
		return
	}
	c.remember(d, s)
	if h.anchor == nowhere {
		h.expect(s.Seq, guessed)
	}
	if hasACK {
		c.acknowledge(d, s)
	}
	if h.RSTFrame == 0 {
		h.RSTFrame, h.RSTTime = s.Frame, s.Time
	}
	if c.pend != nil && c.pend.q[d].len() > 0 || h.anchor == firm && rel > 0 || c.early(d, hasACK, s.Ack) {
		t.enqueueReset(c, d, s)
	} else {
		t.end(c, d, s, true)
	}
	if c.pend != nil {
		t.pump(c, s, s.Time)
	}
}

// trusted notes a segment with a good checksum: it shows that this direction is
// not one whose sending card fills in the checksums behind the capture point.
func (h *Half) trusted() { h.trust = min(h.trust+4, 32) }

// offer notes an offered window.
func (h *Half) offer(w uint16) {
	h.window = w
	h.MaxWindow = max(h.MaxWindow, uint32(w)<<h.shift)
	if w == 0 {
		h.ZeroWindows++
	}
}

// sample ends a round-trip sample if the peer has acknowledged its segment.
func (h *Half) sample(now int64) {
	if before(h.acked, h.sampleEnd) {
		return
	}
	h.sampling = false
	rtt := now - h.sampleAt
	if rtt < 0 {
		return
	}
	if h.RTTCount == 0 || rtt < h.RTTMin {
		h.RTTMin = rtt
	}
	h.RTTSum += rtt
	h.RTTCount++
}
