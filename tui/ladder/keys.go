package ladder

import (
	"github.com/gdamore/tcell/v2"

	"plcscope/tui/pane"
)

// Keys implements pane.View.
func (v *view) Keys() []pane.Key {
	l := []pane.Key{
		{Key: tcell.KeyEnter, Name: "enter", Does: "message", Help: "Show the fields and the payload of the selected message, or no longer.", Do: v.toggleDetail},
		{Rune: 'c', Does: "compare", Help: "Take the message as the first, and then as the second of two that are set side by side.", Do: v.compareThis},
		{Rune: 'x', Does: "exchange", Help: "Go to the next message of the exchange: to the answer.", Do: func() { v.exchange(false) }},
		{Rune: 'X', Help: "Go to the message before it in the exchange: to what it answers.", Do: func() { v.exchange(true) }},
		{Rune: 'e', Does: "finding", Help: "Go to the next finding in these sessions.", Do: func() { v.finding(false) }},
		{Rune: 'E', Help: "Go to the finding before.", Do: func() { v.finding(true) }},
		{Rune: 'b', Does: "break", Help: "Go to the next gap, connect, close or pause.", Do: func() { v.breaks(false) }},
		{Rune: 'B', Help: "Go to the one before.", Do: func() { v.breaks(true) }},
		{Rune: 'w', Does: "columns", Help: "Write captions on the arrows, or make the columns narrow and write them beside.", Do: func() { v.narrow = !v.narrow; v.left = 0 }},
		{Rune: 'k', Does: "packets", Help: "Show the message among the packets.", Do: func() { v.d.Open(pane.Packets, v.Place()) }},
		{Rune: 'o', Help: "Show only the session of the selected message, or again all that are chosen.", Do: v.alone},
		{Key: tcell.KeyLeft, Name: "←", Help: "Go to endpoints on the left.", Do: func() { v.scroll(-1) }},
		{Key: tcell.KeyRight, Name: "→", Help: "Go to endpoints on the right.", Do: func() { v.scroll(1) }},
		{Key: tcell.KeyTab, Name: "tab", Help: "Go to the fields of the message, to scroll them, and back.", Do: v.next},
		{Rune: 'y', Help: "Copy what the selected row says.", Do: v.copy},
	}
	if v.open {
		l = append(l, pane.Key{Key: tcell.KeyEscape, Name: "esc", Help: "Close the fields of the message.", Do: v.toggleDetail})
	}
	if v.first != 0 {
		l = append(l, pane.Key{Key: tcell.KeyEscape, Name: "esc", Help: "Forget the message that was to be compared.", Do: func() { v.first = 0 }})
	}
	return l
}

func (v *view) toggleDetail() {
	v.open = !v.open
	v.arrange(v.beside)
	v.d.Focus(v.grid)
	v.tell()
}

func (v *view) next() {
	if v.open && !v.side.HasFocus() {
		v.d.Focus(v.side)
	} else {
		v.d.Focus(v.grid)
	}
}

func (v *view) exchange(backwards bool) {
	if i, ok := v.partner(v.grid.Row(), backwards); ok {
		v.grid.Select(i)
	} else if backwards {
		v.d.Say("no message before it in the exchange is shown here")
	} else {
		v.d.Say("no further message of the exchange is shown here")
	}
}

func (v *view) finding(backwards bool) {
	if i, ok := v.nextFinding(v.grid.Row(), backwards); ok {
		v.grid.Select(i)
	} else if backwards {
		v.d.Say("no finding before it in these sessions")
	} else {
		v.d.Say("no further finding in these sessions")
	}
}

// breaks goes to the next row that is no message.
func (v *view) breaks(backwards bool) {
	step := 1
	if backwards {
		step = -1
	}
	for i := v.grid.Row() + step; i >= 0 && i < len(v.script.rows); i += step {
		if v.script.event(i) != nil {
			v.grid.Select(i)
			return
		}
	}
	v.d.Say("nothing but messages that way")
}

// alone shows one session of several, or again all of them.
func (v *view) alone() {
	place := v.Place()
	switch {
	case v.only != 0:
		v.only = 0
	case len(v.script.known) < 2:
		v.d.Say("one session is shown; space chooses several in the list of sessions")
		return
	case place.Session == 0:
		v.d.Say("the selected row belongs to no session")
		return
	default:
		v.only, v.since = place.Session, numbers(v.d.Chosen().All())
	}
	v.want, v.follows = place, false
	v.Refresh()
}

// scroll moves the diagram by endpoints.
func (v *view) scroll(by int) {
	_, _, width, _ := v.grid.GetInnerRect()
	g := v.geometry(width)
	all, shown := v.columns(&g)
	v.left = max(min(v.left+by, all-shown), 0)
}

func (v *view) copy() {
	lines := v.summary(0)
	v.d.Copy("the row", lines[0].String()+"\n"+lines[len(lines)-1].String())
}
