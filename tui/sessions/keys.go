package sessions

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gdamore/tcell/v2"

	"plcscope/flows/index"
	"plcscope/tui/pane"
)

// Keys implements pane.View.
func (v *view) Keys() []pane.Key {
	return []pane.Key{
		{Key: tcell.KeyEnter, Name: "enter", Does: "ladder", Help: "Show the chosen sessions as a ladder, or the selected one when none is chosen."},
		{Rune: ' ', Name: "space", Does: "choose", Help: "Choose the session for the ladder, or no longer.", Do: v.choose},
		{Rune: 's', Does: "sort", Help: "Sort by the next column.", Do: func() { v.sortBy((v.list.by+1)%fields, v.list.down) }},
		{Rune: 'r', Does: "reverse", Help: "Sort the other way round.", Do: func() { v.sortBy(v.list.by, !v.list.down) }},
		{Rune: 'S', Help: "Choose the column to sort by.", Do: v.chooseField},
		{Rune: '\\', Does: "narrow", Help: "List only sessions with a text in identifier, TSAP or address.", Do: v.narrow},
		{Rune: 'k', Does: "packets", Help: "Show the packets of the chosen sessions, or of what is selected.", Do: v.packets},
		{Rune: 'i', Does: "details", Help: "Tell the selected session in full, beside the list, or no longer.", Do: v.toggleDetails},
		{Key: tcell.KeyRight, Name: "→", Does: "unfold", Help: "List the connections of the session.", Do: func() { v.fold(true) }},
		{Key: tcell.KeyLeft, Name: "←", Help: "Fold them again.", Do: func() { v.fold(false) }},
		{Rune: 'a', Help: "Choose all sessions that are listed.", Do: v.chooseAll},
		{Rune: 'u', Help: "Choose none.", Do: func() { v.d.Chosen().Set() }},
		{Key: tcell.KeyTab, Name: "tab", Help: "Go to the details, to scroll them, and back.", Do: v.next},
	}
}

func (v *view) choose() {
	x := v.selected()
	if x == nil {
		return
	}
	v.d.Chosen().Toggle(x.Number)
	i := v.grid.Row() + 1
	for i < len(v.list.rows) && v.list.all[v.list.rows[i].session].Number == x.Number {
		i++
	}
	if i < len(v.list.rows) {
		v.grid.Select(i)
	}
}

func (v *view) chooseAll() {
	var l []uint32
	for _, r := range v.list.rows {
		l = append(l, v.list.all[r.session].Number)
	}
	v.d.Chosen().Set(l...)
}

func (v *view) sortBy(f field, down bool) {
	v.list.by, v.list.down = f, down
	v.titles()
	v.rebuild()
}

func (v *view) chooseField() {
	var names []string
	for f := range fields {
		names = append(names, f.name())
	}
	v.d.Choose("Sort by", names, func(i int) {
		f := field(i)
		v.sortBy(f, f >= byMessages && f != bySession || f == byVerdict)
	})
}

func (v *view) narrow() {
	v.d.Ask("List sessions with:", v.list.narrow, func(s string) {
		v.list.narrow = strings.ToLower(strings.TrimSpace(s))
		v.rebuild()
		v.moved()
	})
}

// fold unfolds the connections of a session, or folds them again.
func (v *view) fold(open bool) {
	x := v.selected()
	if x == nil {
		return
	}
	if open {
		v.list.open[x.Number] = true
	} else {
		delete(v.list.open, x.Number)
		v.at = identity{x.Number, index.NoConn}
	}
	v.rebuild()
	v.moved()
}

func (v *view) toggleDetails() {
	v.details = !v.details
	v.arrange(v.beside)
	v.d.Focus(v.grid)
	v.tell()
}

func (v *view) next() {
	if v.details && !v.detail.HasFocus() {
		v.d.Focus(v.detail)
	} else {
		v.d.Focus(v.grid)
	}
}

// ladder shows what was chosen, or what is selected.
func (v *view) ladder() {
	x := v.selected()
	if x == nil {
		return
	}
	chosen := v.d.Chosen()
	switch t := v.Place(); {
	case t.Conn != 0:
		v.d.Open(pane.Ladder, pane.Target{Session: t.Session, Conn: t.Conn})
	case len(chosen.All()) > 0:
		v.d.Open(pane.Ladder, pane.Target{})
	default:
		v.d.Open(pane.Ladder, pane.Target{Session: x.Number})
	}
}

// maxStreams bounds how many connections a filter names one by one.
const maxStreams = 500

// packets shows the packets of what was chosen, or of what is selected.
func (v *view) packets() {
	x := v.selected()
	if x == nil {
		return
	}
	ix := v.d.Scope().Index
	place := v.Place()
	var conns []uint32
	switch chosen := v.d.Chosen().All(); {
	case place.Conn != 0:
		conns = append(conns, place.Conn-1)
	case len(chosen) > 0:
		for _, n := range chosen {
			conns = ix.ConnsOf(n, conns)
		}
	default:
		conns = ix.ConnsOf(x.Number, conns)
	}
	slices.Sort(conns)
	first := uint32(0)
	var streams []uint64
	for _, n := range conns {
		if c, ok := ix.Conn(n); ok {
			streams = append(streams, c.Stream)
			if first == 0 {
				first = uint32(c.FirstFrame)
			}
		}
	}
	text, left := pane.Streams(streams, maxStreams)
	v.d.SetFilter(text)
	v.d.Open(pane.Packets, pane.Target{Frame: first})
	if left > 0 {
		v.d.Complain(fmt.Errorf("the filter would be too long: the last %s are not in it", count(left, "connection")))
	}
}
