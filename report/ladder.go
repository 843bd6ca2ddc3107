package report

import (
	"fmt"
	"unicode/utf8"

	"plcscope/flows"
	"plcscope/rules"
)

// Bounds of a ladder.
const (
	rungsBefore = 8    // what a connection remembers: the message of a finding and those before it
	rungsAfter  = 4    // what is added once they come
	rungText    = 200  // bytes of one line
	maxLadders  = 2000 // findings of a capture that get one
)

// Ladder observes connections for the messages around each finding. It stands
// before the engine in the list of observers, and its Around in the engine's book:
// then the message that a rule is looking at is the latest that Ladder knows.
type Ladder struct {
	flows.Ignore

	Secrets bool // show passwords

	present *flows.Connection // of the event that is being observed
	over    *rungs            // of the connection whose end was the event before
	free    []*rungs
	made    int
	buf     []byte
}

// rungs are the latest lines of one connection, in a ring, and the findings that
// wait for the next.
type rungs struct {
	ring    [rungsBefore]rung
	count   uint64
	waiting []wait
}

type rung struct {
	rules.Said
	text []byte // Text, before anybody wants it
}

type wait struct {
	around *rules.Around
	left   int
}

var ladderSlot = flows.NewSlot()

// enter begins an event of c.
func (l *Ladder) enter(c *flows.Connection) {
	l.present = c
	if l.over != nil {
		if len(l.free) < 1024 {
			l.free = append(l.free, l.over)
		}
		l.over = nil
	}
}

// of returns the lines of c, beginning them at the first.
func (l *Ladder) of(c *flows.Connection) *rungs {
	if s, ok := ladderSlot.Get(c).(*rungs); ok {
		return s
	}
	var s *rungs
	if n := len(l.free); n > 0 {
		s, l.free = l.free[n-1], l.free[:n-1]
		s.count, s.waiting = 0, s.waiting[:0]
	} else {
		s = new(rungs)
	}
	ladderSlot.Put(c, s)
	return s
}

// next is the place of the next line, the oldest one until now.
func (s *rungs) next(at rules.Ref, fromClient bool) *rung {
	r := &s.ring[s.count%rungsBefore]
	s.count++
	r.Said = rules.Said{Ref: at, FromClient: fromClient}
	r.text = r.text[:0]
	return r
}

// told hands the line just made to the findings that wait for it.
func (s *rungs) told(r *rung) {
	if len(r.text) > rungText {
		n := rungText
		for n > 0 && !utf8.RuneStart(r.text[n]) {
			n--
		}
		r.text = append(r.text[:n], "…"...)
	}
	if len(s.waiting) == 0 {
		return
	}
	said := r.Said
	said.Text = string(r.text)
	kept := s.waiting[:0]
	for _, w := range s.waiting {
		w.around.Said = append(w.around.Said, said)
		if w.left--; w.left > 0 {
			kept = append(kept, w)
		}
	}
	s.waiting = kept
}

// Opened implements flows.Observer.
func (l *Ladder) Opened(c *flows.Connection) { l.enter(c) }

// Message implements flows.Observer.
func (l *Ladder) Message(m *flows.Message) {
	l.enter(m.Conn)
	s := l.of(m.Conn)
	r := s.next(rules.Ref{Frame: m.Frame, Time: m.Time}, m.FromClient)
	if m.Segment != nil {
		r.File, r.Record = m.Segment.File, m.Segment.Offset
	}
	switch {
	case m.Packet != nil:
		r.text = m.Packet.AppendSummary(r.text, l.Secrets)
	case m.PDU != nil && (m.Err == nil || m.PDU.TPKT.Version != 0):
		l.buf = m.PDU.AppendSummary(l.buf[:0], m.Request)
		r.text = appendClean(r.text, l.buf)
	default:
		r.text = fmt.Appendf(r.text, "%s that are no message", plural(len(m.Bytes), "byte"))
	}
	if m.Err != nil && (m.Packet != nil || m.PDU != nil) {
		r.text = append(r.text, " (malformed)"...)
	}
	s.told(r)
}

// appendClean adds text as Clean makes it. Plain ASCII, which is nearly all, costs
// no memory.
func appendClean(to, text []byte) []byte {
	for _, c := range text {
		if c < ' ' || c > '~' {
			return append(to, Clean(string(text))...)
		}
	}
	return append(to, text...)
}

// Gap implements flows.Observer.
func (l *Ladder) Gap(g *flows.Gap) {
	l.enter(g.Conn)
	if s, ok := ladderSlot.Get(g.Conn).(*rungs); ok && g.Frame != 0 {
		r := s.next(rules.Ref{Frame: g.Frame, Time: g.Time}, g.FromClient)
		if g.Bytes < 0 {
			r.text = append(r.text, "bytes are missing in the capture"...)
		} else {
			r.text = fmt.Appendf(r.text, "%s missing in the capture", plural(g.Bytes, "byte"))
		}
		s.told(r)
	}
}

// Ended implements flows.Observer.
func (l *Ladder) Ended(e *flows.End) {
	l.enter(e.Conn)
	if s, ok := ladderSlot.Get(e.Conn).(*rungs); ok {
		r := s.next(rules.Ref{Frame: e.Frame, Time: e.Time}, e.FromClient)
		if e.Reset {
			r.text = append(r.text, "resets the connection (TCP RST)"...)
		} else if e.WebSocket {
			r.text = append(r.text, "closes the connection (close frame of WebSocket)"...)
		} else {
			r.text = append(r.text, "closes the connection (TCP FIN)"...)
		}
		s.told(r)
	}
}

// Closed implements flows.Observer.
func (l *Ladder) Closed(c *flows.Connection) {
	l.enter(c)
	// The engine may still ask, until this event is over.
	l.over, _ = ladderSlot.Get(c).(*rungs)
}

// Around is what the connection that is being observed has said until now, if f is
// a finding on that connection. What follows is added later.
func (l *Ladder) Around(f rules.Finding) *rules.Around {
	c := l.present
	if c == nil || l.made >= maxLadders || f.Client != c.Client().String() || f.Server != c.Server().String() {
		return nil
	}
	s, ok := ladderSlot.Get(c).(*rungs)
	if !ok || s.count == 0 {
		return nil
	}
	l.made++
	a := &rules.Around{}
	for i := s.count - min(s.count, rungsBefore); i < s.count; i++ {
		r := &s.ring[i%rungsBefore]
		said := r.Said
		said.Text = string(r.text)
		a.Said = append(a.Said, said)
	}
	a.At = len(a.Said) - 1
	if a.Said[a.At].Frame != f.Frame { // it speaks of something that did not happen since
		a.At = -1
	}
	s.waiting = append(s.waiting, wait{a, rungsAfter})
	return a
}
