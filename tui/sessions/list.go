package sessions

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"plcscope/flows"
	"plcscope/flows/index"
	"plcscope/tui/pane"
)

// row is a row of the list: a session or one of its connections.
type row struct {
	session int32  // index in list.all
	conn    uint32 // or index.NoConn for the session itself
}

// identity tells rows apart while the list changes.
type identity struct{ session, conn uint32 }

// list is all sessions, and which of them are shown in which order.
type list struct {
	all    []index.Session // in the order of their numbers
	rows   []row
	found  int // sessions among rows
	open   map[uint32]bool
	by     field
	down   bool // the greatest first
	narrow string

	texts   map[uint32]text // what narrowing looks at
	private bool            // how texts were written
}

type text struct {
	client string // address when it was written
	lower  string
}

// build makes rows anew from all.
func (l *list) build(d pane.Desk, v *verdicts) {
	ix := d.Scope().Index
	l.rows = l.rows[:0]
	for i := range l.all {
		if l.narrow == "" || strings.Contains(l.textOf(d.Words(), &l.all[i]), l.narrow) {
			l.rows = append(l.rows, row{int32(i), index.NoConn})
		}
	}
	l.found = len(l.rows)
	l.sort(ix, v)
	l.unfold(ix)
}

// textOf is what narrowing looks at, in small letters.
func (l *list) textOf(w *pane.Words, x *index.Session) string {
	if l.texts == nil || l.private != w.Private {
		l.texts, l.private = map[uint32]text{}, w.Private
	}
	client := w.Host(x.Client.Addr)
	t, ok := l.texts[x.Number]
	if !ok || t.client != client {
		t = text{client, strings.ToLower(strings.Join([]string{
			pane.Partner(x), client, w.Endpoint(x.Server), protocol(x),
		}, "\n"))}
		l.texts[x.Number] = t
	}
	return t.lower
}

func protocol(x *index.Session) string {
	if x.Proto == flows.MQTT {
		return "MQTT"
	}
	return "S7"
}

func (l *list) sort(ix *index.Index, v *verdicts) {
	if l.by == byNumber {
		if l.down {
			slices.Reverse(l.rows)
		}
		return
	}
	type key struct {
		row  row
		num  int64
		text string
	}
	keys := make([]key, len(l.rows))
	for i, r := range l.rows {
		keys[i].row = r
		keys[i].num, keys[i].text = keyOf(l.by, ix, v, &l.all[r.session])
	}
	slices.SortStableFunc(keys, func(a, b key) int {
		c := cmp.Or(cmp.Compare(a.num, b.num), strings.Compare(a.text, b.text))
		if l.down {
			return -c
		}
		return c
	})
	for i := range keys {
		l.rows[i] = keys[i].row
	}
}

// unfold puts the connections of sessions that are open behind them.
func (l *list) unfold(ix *index.Index) {
	if len(l.open) == 0 {
		return
	}
	var out []row
	var conns []uint32
	for _, r := range l.rows {
		out = append(out, r)
		x := &l.all[r.session]
		if !l.open[x.Number] {
			continue
		}
		conns = ix.ConnsOf(x.Number, conns[:0])
		for _, n := range conns {
			out = append(out, row{r.session, n})
		}
	}
	l.rows = out
}

// identityOf tells which row i is.
func (l *list) identityOf(i int) identity {
	r := l.rows[i]
	return identity{l.all[r.session].Number, r.conn}
}

// find returns where a row stands, or where its session does, or -1.
func (l *list) find(id identity) int {
	at := -1
	for i, r := range l.rows {
		if l.all[r.session].Number != id.session {
			if at >= 0 {
				break
			}
			continue
		}
		if r.conn == id.conn {
			return i
		}
		if at < 0 {
			at = i
		}
	}
	return at
}

// session returns what is known of a session, or nil.
func (l *list) session(n uint32) *index.Session {
	i, ok := slices.BinarySearchFunc(l.all, n, func(x index.Session, n uint32) int { return cmp.Compare(x.Number, n) })
	if !ok {
		return nil
	}
	return &l.all[i]
}

// order is the client or the server of a session as text that sorts by address and port.
func order(x *index.Session, server bool) string {
	e := x.Client
	if server {
		e = x.Server
	}
	var b bytes.Buffer
	b.Write(e.Addr[:])
	b.WriteByte(byte(e.Port >> 8))
	b.WriteByte(byte(e.Port))
	return b.String()
}
