package frames

import (
	"plcscope/decode"
	"plcscope/flows"
	"plcscope/flows/tcp"
	"plcscope/internal/wire"
)

// verdict is what the analysis says of a segment; the numbers index fVerdicts.
type verdict uint8

const (
	windowProbe verdict = iota
	zeroWindow
	lostSegment
	keepAlive
	windowUpdate
	windowFull
	keepAliveACK
	windowProbeACK
	duplicateACK
	acksLost
	spurious
	fastAgain
	outOfOrder
	again
)

// verdicts is a set of them.
type verdicts uint16

func (v verdicts) has(x verdict) bool { return v>>x&1 != 0 }
func (v *verdicts) add(x verdict)     { *v |= 1 << x }

// half is one direction of a connection in the order of capture. The names and
// conditions are those of the section on TCP analysis in Wireshark's User's Guide.
type half struct {
	known     bool // next is set
	next      uint32
	nextTime  int64
	nextFrame uint64

	continuous uint32 // end of what was captured without a hole
	heard      bool   // continuous is set

	acked     bool // an acknowledgement was sent
	ack       uint32
	ackTime   int64
	window    uint16
	verdicts  verdicts // on the latest segment
	duplicate uint32   // duplicates of the latest acknowledgement
	original  uint64   // frame of it

	sent   []sent // segments that were not acknowledged yet
	lossy  bool   // a segment was not captured
	pushed uint32 // bytes since the latest PSH
	ended  bool   // the latest segment had it
}

// sent is a segment that waits for its acknowledgement.
type sent struct {
	seq, next uint32
	frame     uint64
	time      int64
}

// maxSent bounds the segments that wait; a direction that nobody acknowledges would
// collect them for ever.
const maxSent = 4096

// Times in nanoseconds.
const (
	soon      = 20e6 // a fast retransmission follows the last acknowledgement within it
	overtaken = 3e6  // how late a segment may be that is out of order, unless the round trip is known
)

func before(a, b uint32) bool { return int32(a-b) < 0 }

// numbers adds the relative numbers of s and, when wanted, the analysis.
func (n *notes) numbers(p *place, d tcp.Dir, s *decode.Segment, c *flows.Connection, t *wire.Tree) {
	mine, theirs := &c.TCP.Half[d], &c.TCP.Half[d.Peer()]
	size := uint32(len(s.Payload)) + s.Missing
	next := s.Seq + size
	if s.Flags&(decode.SYN|decode.FIN) != 0 {
		next++
	}
	if n.want.Has(fSeq) {
		t.Uint(fSeq, 0, 0, uint64(s.Seq-mine.Base()))
	}
	if n.want.Has(fNextSeq) {
		t.Uint(fNextSeq, 0, 0, uint64(next-mine.Base()))
	}
	if n.want.Has(fAck) {
		ack := s.Ack
		if s.Flags&decode.ACK != 0 {
			ack -= theirs.Base()
		}
		t.Uint(fAck, 0, 0, uint64(ack))
	}
	if n.want.Has(fWindow) {
		w := uint32(s.Window)
		if s.Flags&decode.SYN == 0 {
			w = mine.Scaled(s.Window)
		}
		t.Uint(fWindow, 0, 0, uint64(w))
	}
	if n.want.Has(fCompletness) { // before this segment, as in Wireshark
		t.Uint(fCompletness, 0, 0, uint64(p.complete))
	}
	p.progress(s, size, mine, theirs)
	if n.verdicts {
		n.analyse(p, d, s, size, next, c, t)
	}
}

// progress follows the handshake and the end of a connection.
func (p *place) progress(s *decode.Segment, size uint32, mine, theirs *tcp.Half) {
	const syn, synACK, ack, data, fin, rst = 1, 2, 4, 8, 16, 32
	if !p.begun {
		if p.begun = true; s.Flags&decode.SYN == 0 {
			return // Wireshark begins with the second one
		}
	}
	switch {
	case s.Flags&(decode.SYN|decode.ACK) == decode.SYN:
		p.complete |= syn
		p.synAt = s.Time
	case s.Flags&decode.SYN != 0:
		p.complete |= synACK
	case size == 0 && s.Flags&(decode.ACK|decode.FIN|decode.RST) == decode.ACK:
		p.complete |= ack
	}
	if p.rtt == 0 && p.complete&(syn|synACK) == syn|synACK && s.Flags&(decode.ACK|decode.SYN) == decode.ACK && s.Seq-mine.Base() == 1 && s.Ack-theirs.Base() == 1 {
		p.rtt = s.Time - p.synAt
	}
	if size > 0 {
		p.complete |= data
	}
	if s.Flags&decode.FIN != 0 {
		p.complete |= fin
	}
	if s.Flags&decode.RST != 0 {
		p.complete |= rst
	}
}

// analyse compares a segment with those that were captured before it.
func (n *notes) analyse(p *place, d tcp.Dir, s *decode.Segment, size, next uint32, c *flows.Connection, t *wire.Tree) {
	h, peer := &p.half[d], &p.half[d.Peer()]
	duplicateOf := h.original
	v := h.judge(peer, s, size, &c.TCP.Half[d.Peer()])
	if v.has(duplicateACK) {
		h.duplicate++
	} else {
		h.duplicate, h.original = 0, s.Frame
	}
	if news := !h.acked || s.Ack != h.ack; news && s.Flags&decode.ACK != 0 && peer.heard && before(peer.continuous, s.Ack) {
		v.add(acksLost)
		peer.continuous = peer.next
	}
	if next != s.Seq && h.known && before(s.Seq, h.next) && !v.has(keepAlive) && !v.has(windowProbe) {
		why := h.repeated(peer, p, s, size, next)
		v.add(why)
		if why != outOfOrder {
			v.add(again) // whatever the kind
		}
	}
	acks, rtt, answered := peer.answered(s)
	h.take(s, next, v)
	flying := h.flying(size, v)

	if v == 0 && !answered && flying == 0 {
		return
	}
	n.put(t, fAnalysis)
	if n.want.Has(fInitialRTT) && p.rtt > 0 {
		t.Uint(fInitialRTT, 0, 0, uint64(p.rtt))
	}
	if flying > 0 {
		if n.want.Has(fFlying) {
			t.Uint(fFlying, 0, 0, uint64(flying))
		}
		if n.want.Has(fPushed) {
			h.push(s, size)
			t.Uint(fPushed, 0, 0, uint64(h.pushed))
		}
	}
	if answered {
		if n.want.Has(fAcksFrame) {
			t.Uint(fAcksFrame, 0, 0, acks)
		}
		if n.want.Has(fAckRTT) {
			t.Uint(fAckRTT, 0, 0, uint64(rtt))
		}
	}
	if v == 0 {
		return
	}
	n.put(t, fAnyFlag)
	for x, f := range fVerdicts {
		if v.has(verdict(x)) {
			n.put(t, f)
		}
	}
	if v.has(duplicateACK) {
		if n.want.Has(fDuplicateNum) {
			t.Uint(fDuplicateNum, 0, 0, uint64(h.duplicate))
		}
		if n.want.Has(fDuplicateOf) {
			t.Uint(fDuplicateOf, 0, 0, duplicateOf)
		}
	}
}

// put adds a heading.
func (n *notes) put(t *wire.Tree, f *wire.Field) {
	if n.want.Has(f) {
		t.Data(f, 0, nil)
	}
}

// judge says what s is by its numbers and its window alone.
func (h *half) judge(peer *half, s *decode.Segment, size uint32, other *tcp.Half) (v verdicts) {
	const control = decode.SYN | decode.FIN | decode.RST
	bare := s.Flags&control == 0
	if size == 1 && h.known && s.Seq == h.next && peer.acked && peer.window == 0 {
		v.add(windowProbe)
		return v
	}
	if s.Window == 0 && bare {
		v.add(zeroWindow)
	}
	if h.known && before(h.next, s.Seq) && s.Flags&decode.RST == 0 {
		v.add(lostSegment)
	}
	if size <= 1 && h.known && s.Seq == h.next-1 && bare {
		v.add(keepAlive)
	}
	empty := size == 0 && bare && h.known && s.Seq == h.next && h.acked
	same := empty && s.Ack == h.ack
	if same && s.Window != 0 && s.Window != h.window {
		v.add(windowUpdate)
	}
	if size > 0 && bare && peer.acked && other.SYNFrame != 0 && s.Seq+size == peer.ack+other.Scaled(peer.window) {
		v.add(windowFull)
	}
	switch {
	case same && s.Window != 0 && s.Window == h.window && peer.verdicts.has(keepAlive):
		v.add(keepAliveACK)
	case empty && (same || s.Ack == h.ack+1) && s.Window == 0 && h.window == 0 && peer.verdicts.has(windowProbe):
		v.add(windowProbeACK)
	case same && s.Window != 0 && (s.Window == h.window || selective(s.Options)):
		v.add(duplicateACK)
	}
	return v
}

// selective reports whether the options hold a selective acknowledgement (RFC 2018).
func selective(options []byte) bool {
	for len(options) > 0 {
		switch options[0] {
		case 0:
			return false
		case 1:
			options = options[1:]
			continue
		case 5:
			return true
		}
		if len(options) < 2 || options[1] < 2 || int(options[1]) > len(options) {
			return false
		}
		options = options[options[1]:]
	}
	return false
}

// repeated says why a segment comes that lies before what was captured already.
func (h *half) repeated(peer *half, p *place, s *decode.Segment, size, next uint32) verdict {
	if size > 0 && peer.acked && !before(peer.ack, s.Seq+size) {
		return spurious
	}
	if peer.duplicate >= 2 && peer.ack == s.Seq && s.Time-peer.ackTime < soon {
		return fastAgain
	}
	late := int64(overtaken)
	if p.rtt > 0 {
		late = p.rtt
	}
	if s.Time-h.nextTime < late && h.next != next {
		return outOfOrder
	}
	return again
}

// answered takes the segments of h off that s acknowledges, and tells which of them ends
// where it does.
func (h *half) answered(s *decode.Segment) (frame uint64, rtt int64, ok bool) {
	if s.Flags&decode.ACK == 0 {
		return 0, 0, false
	}
	left := h.sent[:0]
	for _, x := range h.sent {
		if x.next == s.Ack {
			frame, rtt, ok = x.frame, s.Time-x.time, true
		}
		if before(s.Ack, x.next) {
			left = append(left, x)
		}
	}
	h.sent = left
	if len(left) == 0 {
		h.lossy = false
	}
	return frame, rtt, ok
}

// flying is how many bytes were sent and not acknowledged when the latest segment had
// been sent, or 0 where that is not known: from a segment that was not captured until all
// is acknowledged.
func (h *half) flying(size uint32, v verdicts) uint32 {
	h.lossy = h.lossy || v.has(lostSegment)
	if size == 0 || h.lossy || len(h.sent) == 0 {
		return 0
	}
	first, last := h.sent[0].seq, h.sent[0].next
	for _, x := range h.sent[1:] {
		if before(x.seq, first) {
			first = x.seq
		}
		if before(last, x.next) {
			last = x.next
		}
	}
	return last - first
}

// push counts the bytes since the latest segment with the flag PSH.
func (h *half) push(s *decode.Segment, size uint32) {
	if h.ended {
		h.pushed = 0
	}
	h.pushed += size
	h.ended = s.Flags&decode.PSH != 0
}

// take remembers s.
func (h *half) take(s *decode.Segment, next uint32, v verdicts) {
	if next != s.Seq && !v.has(keepAlive) && len(h.sent) < maxSent {
		h.sent = append(h.sent, sent{s.Seq, next, s.Frame, s.Time})
	}
	if !v.has(windowProbe) {
		if !h.heard || s.Seq == h.continuous {
			h.heard, h.continuous = true, next
		}
		if !h.known || before(h.next, next) {
			h.known, h.next, h.nextTime, h.nextFrame = true, next, s.Time, s.Frame
		}
	}
	if s.Flags&decode.ACK != 0 {
		h.acked, h.ack, h.ackTime = true, s.Ack, s.Time
	}
	h.window, h.verdicts = s.Window, v
}
