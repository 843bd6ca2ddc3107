package tcp

import (
	"cmp"
	"slices"

	"plcscope/decode"
)

// Table reassembles the connections of one capture.
type Table struct {
	opt   Options
	sink  Sink
	stats Stats

	index  index
	last   *Conn // that of the latest segment
	nextID uint64
	stream uint64 // the next Conn.Stream
	idle   *Conn  // free for reuse, linked by next
	recent [states]recency

	pool     pool
	pendings ages
	waiting  waiters

	// tick is due when the clock leaves [tickBase, tickBase+tickSpan).
	tickBase int64
	tickSpan uint64
	sweepAt  int64
}

// New returns a Table that calls sink.
func New(opt Options, sink Sink) *Table {
	opt.setDefaults()
	return &Table{opt: opt, sink: sink, index: newIndex(opt.KeyVLAN), pool: pool{limit: opt.MaxBuffered / 2}}
}

// Stats returns the counts up to now.
func (t *Table) Stats() Stats { return t.stats }

// Add takes the next segment of the capture. It borrows s until it returns.
func (t *Table) Add(s *decode.Segment) {
	t.stats.Segments++
	c, d := t.conn(s)
	c.LastFrame, c.LastTime = s.Frame, s.Time
	if uint64(s.Time-c.touched) >= touchAfter { // later, or the clock stepped back
		t.touch(c, s.Time)
	}
	if !t.inOrder(c, d, s) {
		t.place(c, d, s)
	}
	if uint64(s.Time-t.tickBase) >= t.tickSpan {
		t.tick(s.Time)
	}
}

// inOrder handles the two segments that nearly all traffic consists of, and
// reports whether s was one: the next bytes of a direction where nothing waits,
// and a bare acknowledgement of what the peer sent. place handles these as well,
// and everything else.
func (t *Table) inOrder(c *Conn, d Dir, s *decode.Segment) bool {
	const control = decode.SYN | decode.FIN | decode.RST | decode.ACK
	h, p := &c.Half[d], &c.Half[d^1]
	if c.state != established || c.pend != nil || s.Flags&control != decode.ACK ||
		h.anchor != firm || s.Seq != h.next ||
		p.anchor == nowhere || before(p.next, s.Ack) ||
		s.Checksum == decode.ChecksumBad || s.Missing != 0 {
		return false
	}
	n := uint32(len(s.Payload))
	if n == 0 && !before(p.acked, s.Ack) {
		return false // a window update, a repetition or a keep-alive
	}
	if s.Checksum == decode.ChecksumGood {
		h.trusted()
	}
	if s.Window != h.window || s.Window == 0 {
		h.offer(s.Window)
	}
	c.remember(d, s)
	h.Segments++
	if before(p.acked, s.Ack) {
		p.acked = s.Ack
		if p.sampling {
			p.sample(s.Time)
		}
	}
	if n == 0 {
		return true
	}
	if n == 1 && p.window == 0 && p.Seen {
		h.WindowProbes++
	}
	h.Bytes += uint64(n)
	h.next += n
	if !h.sampling {
		h.sampling, h.sampleEnd, h.sampleAt = true, h.next, s.Time
	}
	t.sink.Data(c, d, s.Payload, s)
	return true
}

// Last returns the connection of the latest segment, or nil when there is none.
func (t *Table) Last() *Conn { return t.last }

// Flush ends the capture: it delivers what waits, with gaps, and closes all
// connections in the order of ID.
func (t *Table) Flush() {
	open := make([]*Conn, 0, t.stats.Connections)
	for _, at := range t.index.slots {
		if at.c != nil {
			open = append(open, at.c)
		}
	}
	slices.SortFunc(open, func(a, b *Conn) int { return cmp.Compare(a.ID, b.ID) })
	for _, c := range open {
		t.close(c, ClosedByCapture)
	}
}

// conn returns the connection that s belongs to, a new one if need be.
func (t *Table) conn(s *decode.Segment) (*Conn, Dir) {
	if c := t.last; c != nil && !t.opt.KeyVLAN && s.Flags&decode.SYN == 0 {
		if d, ok := c.direction(s); ok {
			return c, d
		}
	}
	hash := t.index.hash(s)
	c, d := t.index.find(hash, s)
	switch {
	case c == nil:
		c, d = t.open(hash, s)
		c.Stream = t.stream
		t.stream++
		t.sink.Opened(c, s)
	case c.replacedBy(d, s):
		old := *c
		t.close(c, ClosedReused)
		c, _ = t.open(hash, s)
		if s.Seq != old.Half[d].base {
			c.Stream = t.stream
			t.stream++
		} else { // Wireshark takes it for a repetition
			c.Stream = old.Stream
			for side := range Dir(2) {
				was := &old.Half[d^side]
				c.Half[side].base, c.Half[side].based = was.base, was.based
			}
		}
		d = 0 // that of a SYN
		t.sink.Opened(c, s)
	}
	t.last = c
	return c, d
}

// replacedBy reports whether s is a SYN that begins another connection between
// the same ports: it has another sequence number than the SYN of c (the rule of
// Wireshark 4.0, so that the numbers of streams agree), or c has ended.
func (c *Conn) replacedBy(d Dir, s *decode.Segment) bool {
	if s.Flags&(decode.SYN|decode.ACK) != decode.SYN || !c.Half[d].based {
		return false
	}
	return s.Seq != c.Half[d].base ||
		c.Half[0].FINFrame|c.Half[1].FINFrame|c.Half[0].RSTFrame|c.Half[1].RSTFrame != 0
}

// open enters a new connection; its Stream is still to be set.
func (t *Table) open(hash uint64, s *decode.Segment) (*Conn, Dir) {
	if t.stats.Connections >= t.opt.MaxConnections {
		t.evict()
	}
	if t.idle == nil {
		slab := make([]Conn, 64)
		for i := range slab {
			slab[i].next, t.idle = t.idle, &slab[i]
		}
	}
	c := t.idle
	t.idle = c.next
	*c = Conn{
		ID: t.nextID, VLAN: s.VLAN,
		FirstFrame: s.Frame, LastFrame: s.Frame,
		FirstTime: s.Time, LastTime: s.Time, touched: s.Time,
	}
	c.Half[0].WindowScale, c.Half[1].WindowScale = -1, -1
	t.nextID++

	src, dst := Endpoint{s.Src, s.SrcPort}, Endpoint{s.Dst, s.DstPort}
	d := t.role(c, s)
	c.End[d], c.End[d^1] = src, dst
	t.index.add(hash, c)
	t.recent[c.state].push(c)

	t.stats.Opened++
	t.stats.Connections++
	t.stats.Peak = max(t.stats.Peak, t.stats.Connections)
	return c, d
}

// role decides in which direction of the new connection its first segment goes.
func (t *Table) role(c *Conn, s *decode.Segment) Dir {
	if s.Flags&decode.SYN != 0 {
		c.InitiatorKnown = true
		if s.Flags&decode.ACK != 0 {
			return 1
		}
		return 0
	}
	if server := t.opt.ServerPort; server != nil {
		if src, dst := server(s.SrcPort), server(s.DstPort); src != dst {
			if src {
				return 1
			}
			return 0
		}
	}
	if s.SrcPort < s.DstPort {
		return 1
	}
	return 0
}

// close delivers what is left of c and forgets it.
func (t *Table) close(c *Conn, why Close) {
	t.drain(c, Lost)
	for d := range Dir(2) {
		t.tail(c, d)
	}
	if c.CloseHow == StillOpen {
		c.CloseHow = why
	}
	switch why {
	case ClosedIdle:
		t.stats.ClosedIdle++
	case ClosedFull:
		t.stats.ClosedFull++
	case ClosedReused:
		t.stats.ClosedReused++
	}
	t.stats.Closed++
	t.stats.Connections--
	t.sink.Closed(c)

	t.recent[c.state].remove(c)
	t.index.remove(c)
	if t.last == c {
		t.last = nil
	}
	c.User = nil // may hold a lot
	c.next, t.idle = t.idle, c
}

// tail reports bytes at the end of direction d that the peer acknowledged and
// that never came.
func (t *Table) tail(c *Conn, d Dir) {
	h := &c.Half[d]
	n := int32(h.acked - h.next)
	if h.anchor == nowhere || h.anchor == over || n <= 0 || n > maxWindow {
		return
	}
	why := Lost
	if !h.Seen {
		why = Unseen
	}
	t.skip(c, d, h.acked, why, nil)
}
