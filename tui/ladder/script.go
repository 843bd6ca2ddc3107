package ladder

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sort"
	"time"

	"plcscope/flows/index"
	"plcscope/flows/tcp"
	"plcscope/tui/pane"
)

// script is what a ladder shows, in its order. Rows that are there never change; a script
// that has grown shares them with the one before.
type script struct {
	key    key
	lanes  *lanes
	stages map[uint32]uint32 // connections, and the session of each
	known  map[uint32]uint32 // sessions, and how many connections of each are in stages
	ended  map[uint32]bool   // connections whose end is among the events
	rows   []line
	events []event

	messages uint32 // that were looked at
	gaps     uint32
	last     int64 // time of the last row
	done     bool  // the capture was complete
}

// key is what a script is made of. One with another key is made anew.
type key struct {
	sessions string // their numbers
	filter   *index.Selection
	passed   int  // frames that passed the filter when it was made
	whole    bool // it was done
}

// line is a row: the number of a message, or of an event with isEvent set.
type line uint32

const isEvent line = 1 << 31

type kind uint8

const (
	jump kind = iota // nothing was said for a while
	opened
	gap
	ended
)

// event is a row that is no message.
type event struct {
	time   int64
	n      uint32 // connection; of a gap its number
	behind uint32 // number of the message that it follows, on any connection
	kind   kind
}

// pauseShown is how long nothing must be said for a row of its own.
const pauseShown = int64(10 * time.Second)

// order is where a row stands: messages at even numbers, events between them.
func (s *script) order(l line) uint64 {
	if l&isEvent != 0 {
		return 2*uint64(s.events[l&^isEvent].behind) + 1
	}
	return 2 * uint64(l)
}

// find returns the row of a message, or the first one behind where it would be.
func (s *script) find(message uint32) (row int, exact bool) {
	row = sort.Search(len(s.rows), func(i int) bool { return s.order(s.rows[i]) >= 2*uint64(message) })
	return row, row < len(s.rows) && s.rows[row] == line(message)
}

// event returns the event of a row, or nil when it is a message.
func (s *script) event(i int) *event {
	if l := s.rows[i]; l&isEvent != 0 {
		return &s.events[l&^isEvent]
	}
	return nil
}

// maker makes or continues a script.
type maker struct {
	ix       *index.Index
	sessions []uint32
	s        *script
	numbers  []uint32
	fresh    []event // not among the rows yet
	upto     uint32  // messages that are looked at now
	filter   *index.Selection
}

// errLate tells that a script cannot be continued: something belongs before what is there,
// such as a connection that has been found out to belong to one of the sessions.
var errLate = errors.New("the ladder must be laid out anew")

// write makes a script of sessions. before, unless nil, is one that it may continue.
func write(ctx context.Context, ix *index.Index, sessions []uint32, k key, before *script) (*script, error) {
	m := &maker{ix: ix, sessions: sessions, filter: k.filter}
	done := ix.Progress().Done
	m.upto = ix.Messages()
	if before != nil && before.key == k && before.done == done {
		m.s = new(script)
		*m.s = *before
	} else {
		m.s = &script{key: k, stages: map[uint32]uint32{}, known: map[uint32]uint32{}, ended: map[uint32]bool{}}
	}
	m.s.done = done
	if !m.gather() {
		return nil, errLate
	}
	return m.s, m.emit(ctx)
}

// gather collects the messages and events that are new, and reports whether they all
// belong behind what is there.
func (m *maker) gather() bool {
	s, ix := m.s, m.ix
	var conns []uint32
	grown := false // own copies of the maps were made
	own := func() {
		if !grown {
			s.stages, s.known, s.ended = clone(s.stages), clone(s.known), clone(s.ended)
			grown = true
		}
	}
	for _, n := range m.sessions {
		x, ok := ix.Session(n)
		if !ok || x.Conns == s.known[n] {
			continue
		}
		own()
		conns = ix.ConnsOf(n, conns[:0])
		s.known[n] = uint32(len(conns))
		for _, c := range conns {
			if _, have := s.stages[c]; !have {
				s.stages[c] = n
				m.open(c)
			}
		}
	}
	if s.lanes == nil || grown {
		s.lanes = assign(ix, m.sessions)
	}
	for c := range s.stages {
		from := len(m.numbers)
		m.numbers = ix.MessagesOf(c, m.numbers, s.messages)
		for len(m.numbers) > from && m.numbers[len(m.numbers)-1] > m.upto {
			m.numbers = m.numbers[:len(m.numbers)-1] // came meanwhile
		}
		if !s.ended[c] {
			if e, ok := m.end(c); ok {
				own()
				s.ended[c] = true
				m.fresh = append(m.fresh, e)
			}
		}
	}
	if len(s.stages) > 1 {
		slices.Sort(m.numbers)
	}
	for n := ix.Gaps(); s.gaps < n; s.gaps++ {
		g := ix.Gap(s.gaps)
		if _, ok := s.stages[g.Conn]; ok && g.Why != tcp.MidStream { // the begin tells that
			m.fresh = append(m.fresh, event{time: m.missed(&g), n: s.gaps, behind: g.Behind, kind: gap})
		}
	}
	slices.SortStableFunc(m.fresh, compareEvents)
	if len(m.fresh) > 0 && len(s.rows) > 0 {
		e := &m.fresh[0]
		if last := s.event(len(s.rows) - 1); e.behind < s.messages || last != nil && compareEvents(*e, *last) < 0 {
			return false
		}
	}
	s.messages = m.upto
	return true
}

func compareEvents(a, b event) int {
	return cmp.Or(cmp.Compare(a.behind, b.behind), cmp.Compare(a.time, b.time), cmp.Compare(a.kind, b.kind), cmp.Compare(a.n, b.n))
}

func clone[V any](m map[uint32]V) map[uint32]V {
	c := make(map[uint32]V, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}

// open adds the begin of a connection, before its first message.
func (m *maker) open(conn uint32) {
	c, ok := m.ix.Conn(conn)
	if !ok {
		return
	}
	e := event{time: c.FirstTime, n: conn, kind: opened, behind: m.at(uint32(c.FirstFrame))}
	if l := m.ix.MessagesOf(conn, nil, 0); len(l) > 0 {
		e.behind = min(e.behind, l[0]-1)
	}
	m.fresh = append(m.fresh, e)
}

// end returns the end of a connection, behind its last message, and false while it has
// none.
func (m *maker) end(conn uint32) (event, bool) {
	c, ok := m.ix.Conn(conn)
	if !ok || !pane.Over(&c) {
		return event{}, false
	}
	last := m.ix.LastOf(conn)
	return event{time: c.LastTime, n: conn, kind: ended, behind: max(last, m.at(uint32(c.LastFrame)))}, last <= m.upto
}

// missed is when a gap may have come to be: not before the message in front of it. It is
// noticed later.
func (m *maker) missed(g *index.Gap) int64 {
	c, _ := m.ix.Conn(g.Conn)
	x, _ := m.ix.Message(g.Behind)
	return max(c.FirstTime, x.Time)
}

// at returns the number of the last message that a frame up to this one completes.
func (m *maker) at(frame uint32) uint32 {
	return uint32(sort.Search(int(m.upto), func(i int) bool {
		x, _ := m.ix.Message(uint32(i) + 1)
		return x.Frame > uint64(frame)
	}))
}

// emit adds rows.
func (m *maker) emit(ctx context.Context) error {
	s := m.s
	for i := 0; i < len(m.numbers) || len(m.fresh) > 0; {
		if i&0xfff == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if len(m.fresh) > 0 && (i == len(m.numbers) || m.fresh[0].behind < m.numbers[i]) {
			e := m.fresh[0]
			m.fresh = m.fresh[1:]
			if m.passes(m.frame(&e)) {
				m.pause(e.time, e.behind)
				s.rows = append(s.rows, isEvent|line(len(s.events)))
				s.events = append(s.events, e)
			}
			continue
		}
		n := m.numbers[i]
		i++
		x, _ := m.ix.Message(n)
		if m.passes(uint32(x.Frame)) {
			m.pause(x.Time, n-1)
			s.rows = append(s.rows, line(n))
		}
	}
	return nil
}

// frame is where an event was noticed, 0 at the end of the capture.
func (m *maker) frame(e *event) uint32 {
	if e.kind == gap {
		return uint32(m.ix.Gap(e.n).Frame)
	}
	c, _ := m.ix.Conn(e.n)
	if e.kind == opened {
		return uint32(c.FirstFrame)
	}
	return uint32(c.LastFrame)
}

func (m *maker) passes(frame uint32) bool {
	if m.filter == nil || frame == 0 {
		return true
	}
	i := m.filter.Search(frame)
	return i < m.filter.Len() && m.filter.At(i) == frame
}

// pause adds a row when nothing was said for long before t.
func (m *maker) pause(t int64, behind uint32) {
	s := m.s
	if s.last != 0 && t-s.last >= pauseShown {
		s.rows = append(s.rows, isEvent|line(len(s.events)))
		s.events = append(s.events, event{time: t, n: uint32(min((t-s.last)/1e6, 1<<32-1)), behind: behind, kind: jump})
	}
	s.last = max(s.last, t)
}
