package plcdata

import (
	"fmt"
	"strings"

	"github.com/gdamore/tcell/v2"

	"plcscope/flows/index"
	"plcscope/s7comm/variable"
	"plcscope/tui/pane"
)

// Keys implements pane.View.
func (v *view) Keys() []pane.Key {
	l := []pane.Key{
		{Key: tcell.KeyEnter, Name: "enter", Does: "packet", Help: "Show the message that has told the value; on a controller or block, fold or unfold it."},
		{Rune: 'l', Does: "ladder", Help: "Show that message in the ladder.", Do: func() { v.open(pane.Ladder) }},
		{Rune: 'k', Help: "Show that message among the packets.", Do: func() { v.open(pane.Packets) }},
		{Key: tcell.KeyRight, Name: "→", Does: "unfold", Help: "List what lies in a controller or block.", Do: func() { v.fold(true) }},
		{Key: tcell.KeyLeft, Name: "←", Help: "Fold it, or go to the block or controller that a row belongs to.", Do: func() { v.fold(false) }},
		{Rune: '+', Help: "Unfold all.", Do: func() { v.foldAll(false) }},
		{Rune: '-', Help: "Fold all blocks.", Do: func() { v.foldAll(true) }},
		{Rune: 's', Does: "sort:" + v.by.String(), Help: "Sort by the next of address, changes, last change, reads and writes.", Do: func() { v.sortBy((v.by+1)%orders, false) }},
		{Rune: 'r', Help: "Sort the other way round.", Do: func() { v.sortBy(v.by, !v.reverse) }},
		{Rune: '\\', Does: "narrow", Help: "List only variables with a text in address, symbol or type.", Do: v.ask},
		{Rune: 'i', Help: "Show the details of what is selected, or no longer.", Do: v.toggleDetails},
		{Rune: 'c', Help: "Copy the variable with its value.", Do: v.copy},
	}
	if v.details {
		l = append(l, pane.Key{Key: tcell.KeyTab, Name: "tab", Does: "history", Help: "Go to the values that the variable had, and back.", Do: v.next})
	}
	return l
}

func (v *view) next() {
	switch {
	case v.list.HasFocus() && v.past.Rows().(past).Len() > 0:
		v.d.Focus(v.past)
	case v.list.HasFocus():
		v.d.Focus(v.page)
	default:
		v.d.Focus(v.list)
	}
}

func (v *view) toggleDetails() {
	v.details = !v.details
	v.d.Focus(v.list)
}

// fold folds the selected group, or unfolds it; a row that cannot be folded leads to what
// it belongs to.
func (v *view) fold(open bool) {
	g, e := v.selected()
	switch {
	case g != nil && open == v.folds.folded(v.model, g):
		v.folds[g.identity()] = !open
		v.flatten()
	case !open && (e != nil || g != nil && g.block):
		v.at = v.at.group()
		v.flatten()
	}
}

// foldAll folds all blocks, or nothing.
func (v *view) foldAll(folded bool) {
	for i := range v.model.groups {
		g := &v.model.groups[i]
		v.folds[g.identity()] = folded && g.block
	}
	v.flatten()
}

func (v *view) enter() {
	if g, _ := v.selected(); g != nil {
		v.fold(v.folds.folded(v.model, g))
		return
	}
	v.open(pane.Packets)
}

func (v *view) enterPast(i int) { v.openAt(pane.Packets, uint32(v.pastAt(i).Frame)) }

// open shows the message that was seen last, or that of the history when keys go there.
func (v *view) open(where pane.Name) {
	if t := v.Place(); t.Frame != 0 {
		v.openAt(where, t.Frame)
		return
	}
	if g, _ := v.selected(); g != nil {
		v.openAt(where, uint32(g.sum.last.Frame))
	}
}

// openAt shows a frame, in it the message, and in the ladder its session.
func (v *view) openAt(where pane.Name, frame uint32) {
	ix := v.d.Scope().Index
	t := pane.Target{Frame: frame}
	if f, ok := ix.Frame(frame); ok && f.Conn != index.NoConn {
		t.Conn = f.Conn + 1
		if c, ok := ix.Conn(f.Conn); ok {
			t.Session = c.Session
		}
	}
	if list := ix.MessagesIn(frame, nil); len(list) > 0 {
		t.Message = list[len(list)-1]
	}
	if where == pane.Ladder && t.Session != 0 {
		v.d.Chosen().Set(t.Session)
	}
	v.d.Open(where, t)
}

func (v *view) sortBy(by order, reverse bool) {
	v.by, v.reverse, v.stale = by, reverse, true
	v.rebuild()
	way := ""
	if reverse {
		way = ", the other way round"
	}
	v.d.Say("sorted by %s%s", by, way)
}

func (v *view) ask() {
	v.d.Ask("only with", v.narrow, func(s string) {
		v.narrow, v.stale = strings.ToLower(strings.TrimSpace(s)), true
		v.rebuild()
	})
}

func (v *view) copy() {
	_, e := v.selected()
	if e == nil {
		v.d.Say("select a variable to copy it")
		return
	}
	v.d.Copy("the variable", v.text(e))
}

// text is a variable in a line: DB10.DBD4 Motor.speed : REAL = 12.5.
func (v *view) text(e *variable.Entry) string {
	var b strings.Builder
	b.WriteString(e.Address)
	if e.Symbol != "" {
		fmt.Fprintf(&b, " %s", e.Symbol)
	}
	if e.Type != "" {
		fmt.Fprintf(&b, " : %s", e.Type)
	}
	if e.Known {
		fmt.Fprintf(&b, " = %s", v.hide(e.Value))
	}
	return b.String()
}
