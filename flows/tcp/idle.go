package tcp

// recency is a list of connections, the longest untouched first.
type recency struct{ first, last *Conn }

func (l *recency) push(c *Conn) {
	c.prev, c.next = l.last, nil
	if l.last != nil {
		l.last.next = c
	} else {
		l.first = c
	}
	l.last = c
}

func (l *recency) remove(c *Conn) {
	if c.prev != nil {
		c.prev.next = c.next
	} else {
		l.first = c.next
	}
	if c.next != nil {
		c.next.prev = c.prev
	} else {
		l.last = c.prev
	}
}

// touchAfter is the precision of the lists of connections by recency: moving a
// connection at most once in that time keeps the neighbours out of the cache on
// the way of most segments.
const touchAfter = second

func (t *Table) touch(c *Conn, now int64) {
	l := &t.recent[c.state]
	l.remove(c)
	l.push(c)
	c.touched = now
}

func (t *Table) enter(c *Conn, s state, now int64) {
	t.recent[c.state].remove(c)
	c.state, c.touched = s, now
	t.recent[s].push(c)
}

// tick does what is due by the clock of the capture: held data whose patience
// has run out, and idle connections. The clock may step back, by a little
// between interfaces and by a lot when it was set: nothing is evicted for that.
func (t *Table) tick(now int64) {
	steppedBack := now < t.tickBase
	for w, last := t.waiting.first, t.waiting.last; w != nil; w = t.waiting.first {
		if w.due > now && w.due <= now+t.opt.PatienceTime+second {
			break
		}
		done := w == last // what is still waiting stands behind it again
		t.waiting.remove(w)
		t.pump(w.c, nil, now)
		if done {
			break
		}
	}
	if now >= t.sweepAt || steppedBack {
		t.sweep(halfOpen, now, t.opt.HandshakeTime)
		t.sweep(established, now, t.opt.IdleTime)
		t.sweep(ended, now, t.opt.Linger)
		t.sweepAt = now + second
	}
	t.tickBase = now - second
	t.schedule()
}

func (t *Table) sweep(s state, now, limit int64) {
	for c := t.recent[s].first; c != nil && now-c.LastTime > limit; c = t.recent[s].first {
		t.close(c, ClosedIdle)
	}
}

// schedule sets when tick is next called.
func (t *Table) schedule() {
	at := t.sweepAt
	if w := t.waiting.first; w != nil {
		at = min(at, w.due)
	}
	t.tickSpan = uint64(max(at-t.tickBase, 0))
}

// evict makes room for one connection.
func (t *Table) evict() {
	for _, s := range [...]state{ended, halfOpen, established} {
		if c := t.recent[s].first; c != nil {
			t.close(c, ClosedFull)
			return
		}
	}
}
