package ladder

import (
	"slices"
	"sort"

	"plcscope/flows/index"
	"plcscope/tui/pane"
)

// Show implements pane.View.
func (v *view) Show(t pane.Target) bool {
	if t == (pane.Target{}) {
		v.only = 0
		v.Refresh()
		return true
	}
	n := v.sessionOf(t)
	if n == 0 {
		return false
	}
	chosen := v.d.Chosen()
	if !slices.Contains(v.sessions(), n) {
		switch {
		case len(chosen.All()) == 0:
			chosen.Current = n
		case chosen.Has(n):
			v.only = 0
		default:
			v.only, v.since = n, numbers(chosen.All())
		}
	}
	v.want, v.follows = t, false
	v.Refresh()
	return v.reach() || v.working
}

// sessionOf is the session that a target lies in, or 0.
func (v *view) sessionOf(t pane.Target) uint32 {
	ix := v.d.Scope().Index
	conn := t.Conn
	if m, ok := ix.Message(t.Message); ok {
		conn = m.Conn + 1
	} else if f, ok := ix.Frame(t.Frame); ok && f.Conn != index.NoConn {
		conn = f.Conn + 1
	}
	if conn != 0 {
		c, _ := ix.Conn(conn - 1)
		return c.Session
	}
	x, _ := ix.Session(t.Session)
	return x.Number
}

// reach goes to what is wanted, once that can be, and reports whether it is there.
func (v *view) reach() bool {
	if v.want == (pane.Target{}) {
		return true
	}
	if v.working {
		return false
	}
	want := v.want
	v.want = pane.Target{}
	if want == (pane.Target{Session: want.Session}) && v.Place().Session == want.Session {
		return true // the user has been here before
	}
	i, ok := v.seek(want)
	if ok {
		v.grid.Select(i)
	}
	return ok
}

// seek returns the row of a target.
func (v *view) seek(t pane.Target) (int, bool) {
	if t.Message != 0 {
		return v.script.find(t.Message)
	}
	if t.Frame != 0 {
		return v.rowOf(t.Frame)
	}
	ix := v.d.Scope().Index
	conn := t.Conn - 1
	if t.Conn == 0 {
		l := ix.ConnsOf(t.Session, nil)
		if len(l) == 0 {
			return 0, false
		}
		conn = l[0]
	}
	for i := range v.script.events {
		if e := &v.script.events[i]; e.kind == opened && e.n == conn {
			return v.script.row(spot{order: 2*uint64(e.behind) + 1, kind: opened, n: conn}), true
		}
	}
	for i, l := range v.script.rows[:min(len(v.script.rows), maxSteps)] { // the filter hides its begin
		if m, _ := ix.Message(uint32(l)); l&isEvent == 0 && m.Conn == conn {
			return i, true
		}
	}
	return 0, false
}

// rowOf returns the row of a frame: of a message that it completes, or, when it has none,
// the first one behind it.
func (v *view) rowOf(frame uint32) (int, bool) {
	list := v.d.Scope().Index.MessagesIn(frame, nil)
	for _, n := range list {
		if i, ok := v.script.find(n); ok {
			return i, true
		}
	}
	n := len(v.script.rows)
	if len(list) > 0 || n == 0 {
		return 0, false
	}
	return min(sort.Search(n, func(i int) bool { return v.frameAt(i) >= frame }), n-1), true
}

// frameAt is the frame of row i.
func (v *view) frameAt(i int) uint32 {
	ix := v.d.Scope().Index
	for ; i >= 0 && i < len(v.script.rows); i++ {
		e := v.script.event(i)
		switch {
		case e == nil:
			m, _ := ix.Message(uint32(v.script.rows[i]))
			return uint32(m.Frame)
		case e.kind == jump: // as the row behind it
		case e.kind == gap:
			return uint32(ix.Gap(e.n).Frame)
		default:
			c, _ := ix.Conn(e.n)
			if e.kind == opened {
				return uint32(c.FirstFrame)
			}
			return uint32(c.LastFrame)
		}
	}
	return 0
}

// Place implements pane.View.
func (v *view) Place() pane.Target {
	i := v.grid.Row()
	if i < 0 || i >= len(v.script.rows) {
		return pane.Target{}
	}
	t := pane.Target{Frame: v.frameAt(i)}
	if e := v.script.event(i); e == nil {
		m, _ := v.d.Scope().Index.Message(uint32(v.script.rows[i]))
		t.Message, t.Conn = m.Number, m.Conn+1
	} else if e.kind != jump {
		t.Conn = v.connOf(e) + 1
	}
	if t.Conn != 0 {
		t.Session = v.script.stages[t.Conn-1]
	}
	return t
}
