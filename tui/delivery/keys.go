package delivery

import (
	"slices"
	"strings"

	"github.com/gdamore/tcell/v2"

	"plcscope/tui/pane"
)

// Keys implements pane.View.
func (v *view) Keys() []pane.Key {
	if v.zoomed != nil {
		return []pane.Key{
			{Key: tcell.KeyEscape, Name: "esc", Does: "lists", Help: "Show the lists again.", Do: v.zoom},
			{Rune: 'z', Help: "The same.", Do: v.zoom},
			{Key: tcell.KeyEnter, Name: "enter", Does: "ladder", Help: "Show it in the ladder.", Do: func() { v.open(pane.Ladder, false) }},
			{Rune: 'k', Does: "packets", Help: "Show it among the packets.", Do: func() { v.open(pane.Packets, false) }},
			{Rune: 'c', Does: "copy", Help: "Copy the explanation.", Do: v.copy},
		}
	}
	tab := pane.Key{Key: tcell.KeyTab, Name: "tab", Does: "list", Help: "Go from the ledger to the list below, and back.", Do: v.next}
	if !v.ledger.HasFocus() {
		tab.Does = "ledger"
	}
	l := []pane.Key{
		{Key: tcell.KeyEnter, Name: "enter", Does: "ladder", Help: "Show it in the ladder: the session from its beginning, the outage at the close, the message where it was first sent, both sessions of a pair."},
		{Rune: 'k', Does: "packets", Help: "Show it among the packets.", Do: func() { v.open(pane.Packets, false) }},
		tab,
	}
	if v.below() {
		l = append(l, pane.Key{Rune: 'b', Does: "later", Help: "Show in the ladder what came of it: the CONNECT with which the client was back, or the packet that has decided.", Do: func() { v.open(pane.Ladder, true) }})
	}
	for i, p := range v.lower.parts {
		l = append(l, pane.Key{Rune: p.key(), Help: helps[i], Do: func() {
			v.chart = false
			v.lower.show(i)
		}})
	}
	l = append(l, pane.Key{Rune: 'h', Help: "Tell of the selected row what became of its messages and how long acknowledgements took, with a histogram; on wide screens that stands beside the ledger.", Do: v.histogram})
	return append(l,
		pane.Key{Rune: 'a', Does: v.listed(), Help: "List below what happened to the messages of the selected row only, or to those of all sessions.", Do: v.everything},
		pane.Key{Rune: 's', Does: "sort:" + v.by.String(), Help: "Sort the ledger by the next of worst, client, messages sent, repeated, open, and the 95th percentile of latency.", Do: func() { v.sortBy((v.by+1)%orders, false) }},
		pane.Key{Rune: 'r', Help: "Sort it the other way round.", Do: func() { v.sortBy(v.by, !v.reverse) }},
		pane.Key{Rune: 'S', Help: "Choose what it is sorted by.", Do: v.chooseOrder},
		pane.Key{Rune: '\\', Help: "List only sessions with a text in identifier or address.", Do: v.ask},
		pane.Key{Rune: 'z', Does: "explain", Help: "Let the explanation of what is selected fill the screen, or no longer.", Do: v.zoom},
		pane.Key{Rune: 'c', Help: "Copy the explanation of what is selected.", Do: v.copy},
	)
}

// helps tell of each part what it lists.
var helps = []string{
	"List connections that broke: when, how, how long the client was away, and what became of the messages in flight.",
	"List messages to look at: lost, abandoned, refused, delivered twice, missing at a subscriber; requests without reply in time.",
	"List who has got messages from whom, from end to end, and how long that took.",
	"List requests and replies over topics: how many were answered, late or not at all, and how long that took.",
}

// listed is whose incidents the list below shows.
func (v *view) listed() string {
	if v.lower.all {
		return "list:all"
	}
	return "list:row"
}

// next lets keys go to the other part.
func (v *view) next() {
	switch {
	case !v.ledger.HasFocus():
		v.d.Focus(v.ledger)
	case v.shape.chart:
		v.d.Focus(v.page)
	default:
		v.d.Focus(v.list)
	}
}

func (v *view) histogram() {
	if v.shape.wide {
		v.d.Say("it stands beside the ledger")
		return
	}
	v.chart = !v.chart
	v.d.Focus(v.ledger)
}

func (v *view) everything() {
	v.lower.all = !v.lower.all
	v.lower.refresh()
	v.tell()
	if v.lower.all {
		v.d.Say("the list is of all sessions")
	} else {
		v.d.Say("the list is of the selected row")
	}
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

func (v *view) chooseOrder() {
	var names []string
	for o := byWorst; o < orders; o++ {
		names = append(names, o.String())
	}
	v.d.Choose("Sort by", names, func(i int) { v.sortBy(order(i), false) })
}

func (v *view) ask() {
	v.d.Ask("List sessions with:", v.narrow, func(s string) {
		v.narrow, v.stale = strings.ToLower(strings.TrimSpace(s)), true
		v.rebuild()
	})
}

func (v *view) zoom() {
	switch {
	case v.zoomed != nil:
		back := v.ledger
		if v.zoomed == v.detail {
			back = v.list
		}
		v.zoomed = nil
		v.d.Focus(back)
	case v.below() && v.lower.Len() == 0:
		v.d.Say("nothing is selected")
	case v.below():
		v.zoomed = v.detail
		v.d.Focus(v.detail)
	default:
		v.zoomed = v.page
		v.d.Focus(v.page)
	}
}

func (v *view) copy() {
	p := v.page
	if v.below() {
		p = v.detail
	}
	var b strings.Builder
	for _, l := range p.Lines() {
		b.WriteString(l.String())
		b.WriteByte('\n')
	}
	v.d.Copy("the explanation", b.String())
}

// open shows what is selected in another view; later: what came of it.
func (v *view) open(where pane.Name, later bool) {
	t := v.row()
	if i := v.lower.selected(); v.below() && i >= 0 {
		at, then := v.lower.parts[v.lower.part].place(i)
		if t = at; later {
			t = then
		}
		if v.lower.part == pairPart && where == pane.Ladder {
			v.beside(at, then)
		}
	}
	switch {
	case t.Frame != 0:
		if v.zoomed != nil {
			v.zoom()
		}
		v.d.Open(where, t)
	case later:
		v.d.Say("nothing came of it that has a frame")
	default:
		v.d.Say("a sum has no frame; select a session, an outage or a message")
	}
}

// below reports whether keys are for the lower part, or what explains it.
func (v *view) below() bool {
	return v.list.HasFocus() && !v.shape.chart || v.zoomed != nil && v.zoomed == v.detail
}

// beside chooses the sessions of a pair, so that the ladder shows both.
func (v *view) beside(a, b pane.Target) {
	l := slices.DeleteFunc([]uint32{v.sessionAt(a.Frame), v.sessionAt(b.Frame)}, func(n uint32) bool { return n == 0 })
	if len(l) > 0 {
		v.d.Chosen().Set(l...)
	}
}
