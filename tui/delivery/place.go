package delivery

import (
	"fmt"

	"github.com/rivo/tview"

	"plcscope/flows/delivery"
	"plcscope/flows/index"
	"plcscope/tui/pane"
)

// first is where a session begins.
func (v *view) first(n *delivery.Name) pane.Target {
	for i := range v.result().Sessions {
		if s := &v.result().Sessions[i]; s.Name == *n {
			return pane.Target{Frame: uint32(s.FirstFrame)}
		}
	}
	return pane.Target{}
}

// sessionAt is the number of the session that a frame belongs to, or 0.
func (v *view) sessionAt(frame uint32) uint32 {
	ix := v.d.Scope().Index
	f, ok := ix.Frame(frame)
	if !ok || f.Conn == index.NoConn {
		return 0
	}
	c, _ := ix.Conn(f.Conn)
	return c.Session
}

// Show implements pane.View. What is not known so far is selected once it is.
func (v *view) Show(t pane.Target) bool {
	if t == (pane.Target{}) {
		return true
	}
	p := v.reach(t)
	switch {
	case p != nil:
		v.d.Focus(p)
	case !v.complete():
		v.want = t
	}
	return p != nil
}

// reach selects what a target names, and returns the part in which it stands; nil when
// there is no such thing. The selected row has precedence over others at the same place.
func (v *view) reach(t pane.Target) tview.Primitive {
	l := v.lower
	if i := l.selected(); i >= 0 && !v.shape.chart {
		if at, _ := l.parts[l.part].place(i); at == t {
			return v.list
		}
	}
	if t == v.row() {
		return v.ledger
	}
	here := func(at pane.Target) bool { return at.Frame == t.Frame }
	if t.Frame != 0 && (l.reveal(incidentPart, here) || l.reveal(outagePart, here)) {
		v.chart = false
		return v.list
	}
	for i, r := range v.model.rows {
		s := v.model.session(r)
		if s == nil || uint32(s.FirstFrame) != t.Frame && (t.Frame != 0 || t.Session == 0 || v.sessionAt(uint32(s.FirstFrame)) != t.Session) {
			continue
		}
		v.moving = true
		v.ledger.Select(i)
		v.moving = false
		v.moved()
		return v.ledger
	}
	return nil
}

// row is where the selected row of the ledger leads to.
func (v *view) row() pane.Target {
	r, _ := v.selected()
	if s := v.model.session(r); s != nil {
		return pane.Target{Frame: uint32(s.FirstFrame), Session: v.sessionAt(uint32(s.FirstFrame))}
	}
	return pane.Target{}
}

// Place implements pane.View.
func (v *view) Place() pane.Target {
	if i := v.lower.selected(); i >= 0 && v.below() {
		at, _ := v.lower.parts[v.lower.part].place(i)
		return at
	}
	return v.row()
}

// Keep implements pane.Keeper.
func (v *view) Keep() map[string]string {
	return map[string]string{"sort": v.by.String(), "reverse": fmt.Sprint(v.reverse), "part": v.lower.parts[v.lower.part].title()}
}

// Restore implements pane.Keeper.
func (v *view) Restore(m map[string]string) {
	for o := byWorst; o < orders; o++ {
		if o.String() == m["sort"] {
			v.by = o
		}
	}
	v.reverse = m["reverse"] == "true"
	for i, p := range v.lower.parts {
		if p.title() == m["part"] {
			v.lower.part, v.lower.columns = i, 0
		}
	}
}
