package tcp

import "plcscope/decode"

// enqueue stores the parts of s that have been neither delivered nor stored and
// returns what they come to. The first copy of a byte counts; others that differ
// are counted as conflicts.
func (t *Table) enqueue(c *Conn, d Dir, s *decode.Segment, x stretch) (got part) {
	h, q := &c.Half[d], t.queue(c, d)
	from, to := x.seq, x.end()
	if before(from, h.next) {
		from = h.next
	}
	i := q.search(from)
	for before(from, to) {
		stop := to
		if i < len(q.items) && before(q.items[i].seq, to) {
			stop = q.items[i].seq
		}
		if before(from, stop) {
			it := t.hold(c, s, x, from, stop)
			i = q.insert(i, it) + 1
			got.size += it.size
			got.bytes += len(it.seg.Payload)
			from = stop
			continue
		}
		it := q.items[i]
		stop = it.end()
		if before(to, stop) {
			stop = to
		}
		h.Conflicts += conflicts(captured(s, x, from, stop), it, from)
		from = stop
		i++
	}
	if x.fin {
		i := q.search(to)
		if i < len(q.items) && before(q.items[i].seq, to) { // amid bytes that were there first
			to = q.items[i].end()
			i++
		}
		if i < len(q.items) && q.items[i].fin && q.items[i].seq == to {
			return got
		}
		it := t.hold(c, s, x, to, to)
		it.fin = true
		q.insert(i, it)
		got.fin = true
	}
	return got
}

// enqueueReset stores an RST behind everything that waits in its direction.
func (t *Table) enqueueReset(c *Conn, d Dir, s *decode.Segment) {
	q := t.queue(c, d)
	seq := s.Seq
	if before(seq, c.Half[d].next) {
		seq = c.Half[d].next
	}
	if l := q.last(); l != nil && before(seq, l.end()) {
		seq = l.end()
	}
	it := t.hold(c, s, stretch{seq: seq}, seq, seq)
	it.rst = true
	q.insert(len(q.items), it)
	t.bound(c, d, s)
}

func (t *Table) queue(c *Conn, d Dir) *queue {
	if c.pend == nil {
		c.pend = t.pool.pending()
		c.pend.c = c
		t.pendings.push(c.pend)
		t.stats.Buffered += pendingCost
	}
	return &c.pend.q[d]
}

// hold copies the stretch from from to to of s.
func (t *Table) hold(c *Conn, s *decode.Segment, x stretch, from, to uint32) *item {
	b := captured(s, x, from, to)
	it := t.pool.item(len(b))
	copy(it.buf, b)
	it.seg = *s
	it.seg.Seq += from - x.seq
	it.seg.Payload, it.seg.Options, it.seg.Raw = it.buf, nil, nil
	it.seq, it.size = from, to-from
	it.order, it.time = c.arrivals(), s.Time
	t.stats.Buffered += itemCost + int64(cap(it.buf))
	t.stats.PeakBuffered = max(t.stats.PeakBuffered, t.stats.Buffered)
	return it
}

func (t *Table) free(it *item) {
	t.stats.Buffered -= itemCost + int64(cap(it.buf))
	t.pool.free(it)
}

// captured returns the captured bytes among those from from to to of s.
func captured(s *decode.Segment, x stretch, from, to uint32) []byte {
	n := uint32(len(s.Payload))
	return s.Payload[min(from-x.seq, n):min(to-x.seq, n)]
}

// conflicts counts the bytes of b, which stand at sequence number seq, that
// differ from the copy in it.
func conflicts(b []byte, it *item, seq uint32) (n uint32) {
	first := it.seg.Payload[min(int(seq-it.seq), len(it.seg.Payload)):]
	for i := range min(len(b), len(first)) {
		if b[i] != first[i] {
			n++
		}
	}
	return n
}

// bound gives up holes when too much waits, in direction d or altogether.
func (t *Table) bound(c *Conn, d Dir, s *decode.Segment) {
	q := &c.pend.q[d]
	if q.bytes > t.opt.MaxDirectionBytes || q.len() > t.opt.MaxDirectionSegments {
		t.stats.DirectionOverflows++
		for (q.bytes > t.opt.MaxDirectionBytes || q.len() > t.opt.MaxDirectionSegments) &&
			t.step(c, s, s.Time, 1<<d, Overflow) {
		}
	}
	if t.stats.Buffered > t.opt.MaxBuffered {
		t.stats.TableOverflows++
		for t.stats.Buffered > t.opt.MaxBuffered && t.pendings.first != nil {
			t.drain(t.pendings.first.c, Overflow)
		}
	}
}
