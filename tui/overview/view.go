package overview

import (
	"fmt"
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"plcscope/flows/index"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

type view struct {
	*tview.Flex
	d      pane.Desk
	head   *summary
	hosts  *paint.Grid
	alerts *paint.Grid

	facts facts
	host  hostRows
	alert alertRows
	wide  bool
	parts *tview.Flex // hosts and alerts
}

// New makes the view.
func New(d pane.Desk) pane.View {
	v := &view{d: d, Flex: tview.NewFlex()}
	v.head = &summary{Box: tview.NewBox(), v: v}
	v.host.v, v.alert.v = v, v
	v.hosts = paint.NewGrid(d.Look(), []paint.Column{
		{Width: 1},
		{Title: "host", Width: 15, Flex: 1},
		{Title: "is", Width: 13, Flex: 1},
		{Title: "known as", Width: 14, Flex: 3},
		{Title: "conns", Width: 5, Right: true, Drop: 1},
		{Title: "sent", Width: 7, Right: true, Drop: 2},
		{Title: "verdicts", Width: 14, Flex: 1},
	}, &v.host)
	v.hosts.OnEnter(func(int) { v.describe() })
	v.alerts = paint.NewGrid(d.Look(), []paint.Column{
		{Width: 1},
		{Title: "what needs attention", Width: 20, Flex: 1},
		{Title: "frame", Width: 8, Right: true, Drop: 1},
	}, &v.alert)
	v.alerts.OnEnter(func(i int) { v.follow(i) })
	v.arrange(true)
	return v
}

// arrange puts hosts and alerts beside each other where there is room.
func (v *view) arrange(wide bool) {
	v.wide = wide
	look := v.d.Look()
	parts := tview.NewFlex()
	if !wide {
		parts.SetDirection(tview.FlexRow)
	}
	v.parts = parts
	parts.AddItem(v.hosts, 0, 3, true).AddItem(paint.NewDivider(look), 1, 0, false).AddItem(v.alerts, 0, 2, false)
	v.Flex.Clear().SetDirection(tview.FlexRow).
		AddItem(v.head, summaryHeight, 0, false).
		AddItem(paint.NewDivider(look), 1, 0, false).
		AddItem(parts, 0, 1, true)
}

// Draw implements tview.Primitive.
func (v *view) Draw(screen tcell.Screen) {
	if _, _, width, _ := v.GetRect(); (width >= 140) != v.wide {
		v.arrange(width >= 140) // what has the keys keeps them
	}
	if _, _, _, height := v.GetRect(); !v.wide {
		room := (height - summaryHeight - 2) * 3 / 5
		if n := v.host.Len() + 1; n < room {
			v.parts.ResizeItem(v.hosts, max(n, 3), 0) // the rest is for what needs attention
		} else {
			v.parts.ResizeItem(v.hosts, 0, 3)
		}
	}
	v.Flex.Draw(screen)
}

// Keys implements pane.View.
func (v *view) Keys() []pane.Key {
	l := []pane.Key{{Key: tcell.KeyTab, Name: "tab", Does: "alerts", Help: "Go from the hosts to what needs attention, and back.", Do: v.other}}
	if v.alerts.HasFocus() {
		l[0].Does = "hosts"
		return append(l, pane.Key{Key: tcell.KeyEnter, Name: "enter", Does: "show", Help: "Go to where it can be seen."})
	}
	return append(l,
		pane.Key{Key: tcell.KeyEnter, Name: "enter", Does: "describe", Help: "Show all that is known of the host: identity, operating mode, who writes, loads and stops."},
		pane.Key{Rune: 's', Does: "sessions", Help: "Show the host's sessions.", Do: v.sessions},
		pane.Key{Rune: 'k', Does: "packets", Help: "Show the host's packets.", Do: v.packets},
		pane.Key{Rune: 'v', Does: "findings", Help: "Show the findings about the host.", Do: v.findings},
		pane.Key{Rune: 'c', Help: "Copy the host's address.", Do: func() {
			if h := v.host.selected(); h != nil {
				v.d.Copy("the address", v.d.Words().Host(h.Addr))
			}
		}},
	)
}

func (v *view) other() {
	if v.alerts.HasFocus() {
		v.d.Focus(v.hosts)
	} else {
		v.d.Focus(v.alerts)
	}
}

// Refresh implements pane.View.
func (v *view) Refresh() {
	v.facts.refresh(v.d)
	v.host.refresh()
	v.alert.refresh()
}

// sessions goes to the first session of the selected host.
func (v *view) sessions() {
	h := v.host.selected()
	if h == nil {
		return
	}
	for _, s := range v.d.Scope().Index.Sessions(nil) {
		if s.Client.Addr == h.Addr || s.Server.Addr == h.Addr {
			v.d.Open(pane.Sessions, pane.Target{Session: s.Number})
			return
		}
	}
	v.d.Say("%s has no session", v.d.Words().Host(h.Addr))
}

// packets filters the packets of the selected host.
func (v *view) packets() {
	h := v.host.selected()
	if h == nil {
		return
	}
	field := "ip.addr"
	if h.Addr.Netip().Unmap().Is6() {
		field = "ipv6.addr"
	}
	v.d.SetFilter(fmt.Sprintf("%s == %s", field, h.Addr.Netip().Unmap()))
	v.d.Open(pane.Packets, pane.Target{})
}

// findings goes to the worst-judged subject at the selected host.
func (v *view) findings() {
	h := v.host.selected()
	if h == nil {
		return
	}
	if l := v.facts.judged[h.Addr.Netip().Unmap()]; l != nil && len(l.subjects) > 0 {
		v.d.Open(pane.Findings, pane.Target{Subject: l.subjects[0]})
		return
	}
	v.d.Say("nobody is judged at %s", v.d.Words().Host(h.Addr))
}

// follow goes to where an alert can be seen.
func (v *view) follow(i int) {
	if i < len(v.facts.alerts) {
		if a := &v.facts.alerts[i]; a.view != "" {
			v.d.Open(a.view, a.target)
		}
	}
}

// Show implements pane.View.
func (v *view) Show(t pane.Target) bool { return t == (pane.Target{}) }

// Place implements pane.View.
func (v *view) Place() pane.Target {
	if i := v.alerts.Row(); v.alerts.HasFocus() && i >= 0 && i < len(v.facts.alerts) {
		return v.facts.alerts[i].target
	}
	return pane.Target{}
}

// Search implements pane.Searcher: in the part that has the keys.
func (v *view) Search(find index.Finder, backwards bool, done func(bool)) {
	g := v.hosts
	if v.alerts.HasFocus() {
		g = v.alerts
	}
	n, cells := g.Rows().Len(), make([]paint.Line, 8)
	for i := 1; i <= n; i++ {
		j := (g.Row() + i) % n
		if backwards {
			j = (g.Row() - i + n) % n
		}
		clear(cells)
		g.Rows().Cells(j, cells)
		var text strings.Builder
		for _, c := range cells {
			text.WriteString(c.String() + " ")
		}
		if find([]byte(text.String())) >= 0 {
			g.Select(j)
			done(true)
			return
		}
	}
	done(false)
}
