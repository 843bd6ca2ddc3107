package sessions

import (
	"plcscope/flows/index"
	"plcscope/tui/pane"
)

// Show implements pane.View.
func (v *view) Show(t pane.Target) bool {
	ix := v.d.Scope().Index
	id := identity{t.Session, index.NoConn}
	if t.Message != 0 {
		if m, ok := ix.Message(t.Message); ok {
			t.Conn = m.Conn + 1
		}
	}
	if t.Conn == 0 && t.Session == 0 && t.Frame != 0 {
		if f, ok := ix.Frame(t.Frame); ok && f.Conn != index.NoConn {
			t.Conn = f.Conn + 1
		}
	}
	if t.Conn != 0 {
		if c, ok := ix.Conn(t.Conn - 1); ok && c.Session != 0 {
			id.session = c.Session
			if v.list.open[c.Session] {
				id.conn = c.Conn
			}
		}
	}
	if id.session == 0 && t.Subject != "" {
		id.session = v.verdicts.subject(ix, &v.list, t.Subject)
	}
	if id.session == 0 || v.list.session(id.session) == nil {
		return t == pane.Target{}
	}
	if v.list.find(id) < 0 {
		v.list.narrow = ""
		v.list.build(v.d, &v.verdicts)
	}
	v.grid.Select(v.list.find(id))
	v.moved()
	return true
}

// Place implements pane.View.
func (v *view) Place() pane.Target {
	x := v.selected()
	if x == nil {
		return pane.Target{}
	}
	t := pane.Target{Session: x.Number}
	n := x.LastConn
	if c := v.list.rows[v.grid.Row()].conn; c != index.NoConn {
		n, t.Conn = c, c+1
	}
	if c, ok := v.d.Scope().Index.Conn(n); ok {
		t.Frame = uint32(c.FirstFrame)
	}
	return t
}

// Search implements pane.Searcher: in the texts of the list.
func (v *view) Search(find index.Finder, backwards bool, done func(bool)) {
	n, step := len(v.list.rows), 1
	if backwards {
		step = -1
	}
	w := v.d.Words()
	for i := 1; i <= n; i++ {
		j := ((v.grid.Row()+i*step)%n + n) % n
		r := v.list.rows[j]
		x := &v.list.all[r.session]
		words := w.Host(x.Client.Addr) + "\n" + w.Endpoint(x.Server)
		if r.conn != index.NoConn {
			c, _ := v.d.Scope().Index.Conn(r.conn)
			words = w.Endpoint(c.Client)
		} else {
			words = pane.Partner(x) + "\n" + words
		}
		if find([]byte(words)) >= 0 {
			v.grid.Select(j)
			done(true)
			return
		}
	}
	done(false)
}
