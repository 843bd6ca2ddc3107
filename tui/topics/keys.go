package topics

import (
	"strings"

	"github.com/gdamore/tcell/v2"

	"plcscope/flows/index"
	"plcscope/mqtt"
	"plcscope/tui/pane"
)

const publish = mqtt.PUBLISH

// Keys implements pane.View.
func (v *view) Keys() []pane.Key {
	l := []pane.Key{
		{Key: tcell.KeyEnter, Name: "enter", Does: "packet", Help: "Show the last message of the topic among the packets; on levels, fold or unfold them; on a client, show its session."},
		{Rune: 'l', Does: "ladder", Help: "Show the message in the ladder, or the session of a client.", Do: func() { v.open(pane.Ladder) }},
		{Rune: 'k', Help: "Show the message among the packets.", Do: func() { v.open(pane.Packets) }},
		{Rune: 'v', Does: "as:" + v.form.String(), Help: "Write payloads in the next form: automatic, text, JSON, hex, S7 types.", Do: v.nextForm},
		{Key: tcell.KeyRight, Name: "→", Does: "unfold", Help: "List what lies below.", Do: func() { v.fold(true) }},
		{Key: tcell.KeyLeft, Name: "←", Help: "Fold it, or go to the level above.", Do: func() { v.fold(false) }},
		{Rune: '+', Help: "Unfold all.", Do: func() { v.foldAll(false) }},
		{Rune: '-', Help: "Fold all.", Do: func() { v.foldAll(true) }},
		{Rune: 's', Does: "sort:" + v.by.String(), Help: "Sort by the next of name, count and last seen.", Do: func() { v.sortBy((v.by+1)%orders, false) }},
		{Rune: 'r', Help: "Sort the other way round.", Do: func() { v.sortBy(v.by, !v.reverse) }},
		{Rune: '\\', Does: "narrow", Help: "List only topics with a text in their name.", Do: v.ask},
		{Rune: 'i', Help: "Show the details of what is selected, or no longer.", Do: v.toggleDetails},
		{Rune: 'c', Help: "Copy the last payload as it is written.", Do: v.copyPayload},
		{Rune: 'C', Help: "Copy the name of the topic.", Do: v.copyName},
	}
	if v.details {
		l = append(l, pane.Key{Key: tcell.KeyTab, Name: "tab", Does: "clients", Help: "Go to clients and latest messages, to the payload to scroll it, and back.", Do: v.next})
	}
	return l
}

func (v *view) next() {
	switch {
	case v.list.HasFocus() && v.links.Len() > 0:
		v.d.Focus(v.about)
		if l := v.link(); l != nil && l.heading != "" {
			v.about.Select(v.about.Row() + 1)
		}
	case v.list.HasFocus(), v.about.HasFocus():
		v.d.Focus(v.page)
	default:
		v.d.Focus(v.list)
	}
}

func (v *view) toggleDetails() {
	v.details = !v.details
	v.d.Focus(v.list)
	v.explain()
}

// link is the selected row of the lists beside the tree.
func (v *view) link() *link {
	if i := v.about.Row(); i >= 0 && i < len(v.links.rows) {
		return &v.links.rows[i]
	}
	return nil
}

// fold folds the selected node, or unfolds it; a row that cannot be folded leads to the
// one above.
func (v *view) fold(open bool) {
	n := v.selected()
	switch {
	case n == nil:
	case n.inner() && open == v.folds.folded(n, v.tree.depth()):
		v.folds[n.path] = !open
		v.flatten()
	case !open && n.parent != nil:
		v.at = n.parent.path
		v.flatten()
	}
}

func (v *view) foldAll(folded bool) {
	clear(v.folds)
	for path, n := range v.tree.byName {
		if n.inner() {
			v.folds[path] = folded
		}
	}
	v.flatten()
}

func (v *view) enter() {
	n := v.selected()
	switch {
	case n == nil:
	case n.topic == index.NoTopic:
		v.fold(v.folds.folded(n, v.tree.depth()))
	default:
		v.open(pane.Packets)
	}
}

func (v *view) enterLink(i int) {
	switch l := &v.links.rows[i]; {
	case l.session != 0:
		v.d.Open(pane.Sessions, pane.Target{Session: l.session})
	case l.message != 0:
		v.open(pane.Packets)
	}
}

// open shows the message that is selected, or in the ladder the session.
func (v *view) open(where pane.Name) {
	t := v.Place()
	if l := v.link(); l != nil && l.session != 0 && v.about.HasFocus() {
		t = pane.Target{Session: l.session}
	}
	if t == (pane.Target{}) {
		v.d.Say("no topic is selected")
		return
	}
	if where == pane.Ladder && t.Session != 0 {
		v.d.Chosen().Set(t.Session)
	}
	v.d.Open(where, t)
}

func (v *view) nextForm() {
	v.form = (v.form + 1) % forms
	v.explain()
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

func (v *view) copyPayload() {
	n := v.selected()
	if n == nil || n.topic == index.NoTopic {
		v.d.Say("select a topic to copy its payload")
		return
	}
	v.load(n.last)
	switch {
	case !v.last.readable:
		v.d.Say("the payload cannot be read")
	case v.d.Words().Private:
		v.d.Say("payloads are hidden; P shows them")
	default:
		f := v.form
		if f == automatic {
			f = formOf(v.last.body)
		}
		v.d.Copy("the payload", strings.Join(write(v.last.body, f), "\n"))
	}
}

func (v *view) copyName() {
	if n := v.selected(); n != nil {
		v.d.Copy("the topic", n.path)
	}
}
