package tcp

import (
	"plcscope/decode"
)

// A stretch waits for one of two reasons. There is a hole before it in its own
// direction. Or it is early: its acknowledgement number covers bytes of the other
// direction that were not delivered yet, so its sender had received them first.

// early reports whether a segment of direction d with this acknowledgement
// number must wait for the other direction.
func (c *Conn) early(d Dir, hasACK bool, ack uint32) bool {
	p := &c.Half[d^1]
	ahead := int32(ack - p.next)
	return hasACK && ahead > 0 && ahead <= maxWindow && p.Seen && (p.anchor == firm || p.anchor == guessed)
}

func (c *Conn) itemEarly(d Dir, it *item) bool {
	return c.early(d, it.seg.Flags&decode.ACK != 0, it.seg.Ack)
}

func (c *Conn) hole(d Dir, it *item) bool { return before(c.Half[d].next, it.seq) }

// arrivals counts the segments of both directions; it is the clock that
// Options.PatienceSegments is told by.
func (c *Conn) arrivals() uint64 { return c.Half[0].Segments + c.Half[1].Segments }

// pump delivers what need not wait any longer. s is the segment that gave rise to
// it, or nil for the clock.
func (t *Table) pump(c *Conn, s *decode.Segment, now int64) {
	for t.step(c, s, now, noHurry, Lost) {
	}
	t.settle(c, now)
}

// drain delivers everything that waits, giving up its holes.
func (t *Table) drain(c *Conn, why GapReason) {
	if c.pend == nil {
		return
	}
	for t.step(c, nil, c.LastTime, bothDirections, why) {
	}
	t.settle(c, c.LastTime)
}

// A set of directions whose first item shall wait no longer, whatever for.
type hurry uint8

const (
	noHurry        hurry = 0
	bothDirections hurry = 1<<0 | 1<<1
)

// step releases one item or gives up one hole, if either is due, and reports
// whether it did.
func (t *Table) step(c *Conn, s *decode.Segment, now int64, hurried hurry, why GapReason) bool {
	first := [2]*item{c.pend.q[0].first(), c.pend.q[1].first()}
	sequence := [2]Dir{0, 1} // of capture
	if first[0] == nil || first[1] != nil && first[1].order < first[0].order {
		sequence = [2]Dir{1, 0}
	}
	inSequence := 0
	for _, d := range sequence {
		it := first[d]
		if it == nil || c.hole(d, it) {
			continue
		}
		if !c.itemEarly(d, it) {
			t.release(c, d)
			return true
		}
		inSequence++
	}
	if inSequence == 2 {
		// Each claims to answer the other, so one was sent again and carries
		// the acknowledgement number of then. That is the one that was captured
		// later; its bytes are the older ones.
		t.release(c, sequence[1])
		return true
	}
	for _, d := range sequence {
		it := first[d]
		if it == nil {
			continue
		}
		reason := Lost
		rushed := hurried>>d&1 != 0
		if rushed {
			reason = why
		} else if !t.overdue(c, it, now) {
			continue
		}
		if c.hole(d, it) {
			if rushed || t.final(c, d, it, now) {
				t.skip(c, d, it.seq, reason, s)
				return true
			}
			continue
		}
		to := it.seg.Ack
		if other := first[d^1]; other != nil && before(other.seq, to) {
			to = other.seq
		}
		t.skip(c, d^1, to, reason, s)
		return true
	}
	return false
}

func (t *Table) overdue(c *Conn, it *item, now int64) bool {
	it.time = min(it.time, now) // the clock may have stepped back
	return c.arrivals()-it.order >= uint64(t.opt.PatienceSegments) || now-it.time >= t.opt.PatienceTime
}

// final reports whether the hole before it will never be filled: the receiver
// has acknowledged it, or the connection was reset. Otherwise a retransmission
// is still to come, if only after a minute on a bad link.
func (t *Table) final(c *Conn, d Dir, it *item, now int64) bool {
	h, p := &c.Half[d], &c.Half[d^1]
	if covered := int32(h.acked - it.seq); covered >= 0 && covered <= maxWindow {
		return true
	}
	return h.RSTFrame|p.RSTFrame != 0 || !p.Seen && now-it.time >= t.opt.OneSidedTime
}

// settle frees c.pend when nothing waits any more, and else makes sure that the
// clock releases what it can.
func (t *Table) settle(c *Conn, now int64) {
	pd := c.pend
	if pd.q[0].len() == 0 && pd.q[1].len() == 0 {
		if pd.waiting {
			t.waiting.remove(pd)
		}
		t.pendings.remove(pd)
		t.pool.freePending(pd)
		t.stats.Buffered -= pendingCost
		c.pend = nil
		return
	}
	if pd.waiting {
		return
	}
	for d := range Dir(2) {
		it := pd.q[d].first()
		if it == nil || c.hole(d, it) && c.Half[d^1].Seen && !t.final(c, d, it, now) {
			continue
		}
		pd.due = it.time + t.opt.PatienceTime
		if pd.due <= now {
			pd.due = now + t.opt.PatienceTime
		}
		t.waiting.push(pd)
		t.schedule()
		return
	}
}

// release delivers the first item of direction d.
func (t *Table) release(c *Conn, d Dir) {
	it := c.pend.q[d].pop()
	switch {
	case it.rst, it.fin:
		t.end(c, d, &it.seg, it.rst)
	default:
		t.deliver(c, d, &it.seg, it.seg.Payload, it.size-uint32(len(it.seg.Payload)))
	}
	t.free(it)
}

// deliver hands on b, the next bytes of direction d, and then missing bytes that
// the snap length cut off.
func (t *Table) deliver(c *Conn, d Dir, s *decode.Segment, b []byte, missing uint32) {
	h := &c.Half[d]
	t.begin(c, d, s)
	h.next += uint32(len(b)) + missing
	if len(b) > 0 {
		t.sink.Data(c, d, b, s)
	}
	if missing > 0 {
		h.Gaps++
		h.GapBytes += uint64(missing)
		t.sink.Gap(c, d, int64(missing), SnapLength, s)
	}
}

// begin tells the sink that the start of direction d is not in the capture, if
// that is so and it was not told.
func (t *Table) begin(c *Conn, d Dir, s *decode.Segment) {
	if h := &c.Half[d]; h.anchor == guessed {
		h.anchor = firm
		t.sink.Gap(c, d, -1, MidStream, s)
	}
}

// skip gives up the bytes of direction d before the sequence number to.
func (t *Table) skip(c *Conn, d Dir, to uint32, why GapReason, s *decode.Segment) {
	h := &c.Half[d]
	n := to - h.next
	started := h.anchor == firm
	t.begin(c, d, s)
	h.next = to
	h.GapBytes += uint64(n)
	h.sampling = false
	if !started && why != Unseen {
		return // part of what begin told
	}
	h.Gaps++
	t.sink.Gap(c, d, int64(n), why, s)
}

// end delivers the FIN or RST in s.
func (t *Table) end(c *Conn, d Dir, s *decode.Segment, rst bool) {
	h, p := &c.Half[d], &c.Half[d^1]
	if !rst {
		t.begin(c, d, s)
		h.next++
	}
	h.anchor = over
	t.discard(c, d)
	if !c.closing {
		c.closing, c.ClosedBy = true, d
	}
	done := rst || p.anchor == over
	if done && c.CloseHow == StillOpen {
		c.CloseHow = ClosedFIN
		if rst {
			c.CloseHow = ClosedRST
		}
	}
	t.sink.End(c, d, s, rst)
	if done && c.state != ended {
		t.enter(c, ended, c.LastTime)
	}
}

// discard drops what waits in direction d after its end, or before a start that
// was found later, and what lies too far from there.
func (t *Table) discard(c *Conn, d Dir) {
	if c.pend == nil {
		return
	}
	h, q := &c.Half[d], &c.pend.q[d]
	if it := q.first(); it == nil || h.anchor != over && !before(it.seq, h.next) && !before(h.next+maxWindow, q.last().end()) {
		return
	}
	for q.len() > 0 {
		it := q.pop()
		if it.size > 0 {
			if h.anchor == over {
				h.AfterEnd++
			} else {
				h.Ignored++
			}
		}
		t.free(it)
	}
}
