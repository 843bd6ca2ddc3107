package delivery

import (
	"context"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"plcscope/flows/delivery"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
	"plcscope/tui/scope"
)

type view struct {
	*tview.Flex
	d      pane.Desk
	ledger *paint.Grid
	page   *paint.Page // explains the selected row of the ledger
	tabs   *tabs
	list   *paint.Grid // the lower part
	lower  *lower
	detail *paint.Page // explains the selected row of the lower part
	shape  shape
	chart  bool // on narrow screens: the page takes the place of the list
	down   bool // keys are for the lower part, or were before something was typed
	zoomed *paint.Page

	model    *model
	latest   *scope.Snapshot // what the model is to show
	at       who             // of the selected row
	by       order
	reverse  bool
	narrow   string
	stale    bool // the model is not of latest, by, reverse and narrow
	building bool
	moving   bool        // the selection is being put where it belongs
	want     pane.Target // is selected once it is there
}

// shape is how the parts lie.
type shape struct {
	wide, chart bool
	zoomed      *paint.Page
	upper, side int // how high the ledger is, and how wide what stands beside it
	text        int // how wide lines of the explanations can be
}

// New makes the view.
func New(d pane.Desk) pane.View {
	v := &view{
		Flex: tview.NewFlex(), d: d, page: paint.NewPage(d.Look()), detail: paint.NewPage(d.Look()),
		latest: &scope.Snapshot{}, model: &model{snapshot: &scope.Snapshot{}}, stale: true,
	}
	v.lower, v.tabs = newLower(v), newTabs(v)
	v.ledger = paint.NewGrid(d.Look(), ledgerColumns(v.model), v)
	v.ledger.OnMove(func(int) {
		if !v.moving {
			v.want = pane.Target{}
			v.moved()
		}
	})
	v.ledger.OnEnter(func(int) { v.open(pane.Ladder, false) })
	v.list = paint.NewGrid(d.Look(), v.lower.parts[0].columns(), v.lower)
	v.list.OnMove(func(int) { v.lower.moved() })
	v.list.OnEnter(func(int) { v.open(pane.Ladder, false) })
	v.ledger.SetFocusFunc(func() { v.down = false })
	v.list.SetFocusFunc(func() { v.down = true })
	v.page.SetBorderPadding(0, 0, 1, 1)
	v.detail.SetBorderPadding(0, 0, 1, 1)
	v.arrange(shape{upper: 10})
	return v
}

// arrange puts the parts in their places: the explanations beside the lists where there
// is room, else below.
func (v *view) arrange(s shape) {
	v.shape = s
	look := v.d.Look()
	v.Flex.Clear().SetDirection(tview.FlexRow)
	if s.zoomed != nil {
		v.Flex.AddItem(s.zoomed, 0, 1, true)
		return
	}
	lists := tview.NewFlex().SetDirection(tview.FlexRow).AddItem(v.ledger, s.upper, 0, true).AddItem(v.tabs, 1, 0, false)
	switch {
	case s.wide:
		lists.AddItem(v.list, 0, 1, false)
		side := tview.NewFlex().SetDirection(tview.FlexRow).
			AddItem(v.page, 0, 5, false).AddItem(paint.NewDivider(look), 1, 0, false).AddItem(v.detail, 0, 4, false)
		v.Flex.SetDirection(tview.FlexColumn).
			AddItem(lists, 0, 1, true).AddItem(paint.NewDivider(look), 1, 0, false).AddItem(side, s.side, 0, false)
		return
	case s.chart:
		lists.AddItem(v.page, 0, 1, false)
	default:
		lists.AddItem(v.list, 0, 1, false).AddItem(paint.NewDivider(look), 1, 0, false).AddItem(v.detail, 5, 0, false)
	}
	v.Flex.AddItem(lists, 0, 1, true)
}

// Draw implements tview.Primitive.
func (v *view) Draw(screen tcell.Screen) {
	_, _, width, height := v.GetRect()
	s := shape{wide: width >= 140, zoomed: v.zoomed}
	s.chart = v.chart && !s.wide
	most := height / 2
	if s.wide {
		s.side = min(max(width*2/7, 46), 80)
	} else {
		most = (height - 2) * 2 / 5
	}
	if s.text = width - 2; s.wide && s.zoomed == nil {
		s.text = s.side - 2
	}
	s.upper = min(max(v.Len()+1, 4), max(most, 4))
	if s != v.shape {
		v.arrange(s)
		v.tell() // histograms are as wide as there is room
	}
	v.Flex.Draw(screen)
	switch {
	case s.zoomed != nil:
		return
	case v.Len() == 0:
		v.say(screen, v.ledger, v.nobody())
	}
	if p := v.lower.parts[v.lower.part]; v.lower.Len() == 0 && !s.chart {
		text := p.nothing()
		if p.len() > 0 {
			text = p.none()
		}
		v.say(screen, v.list, text)
	}
}

// Focus implements tview.Primitive: keys go to the part that had them.
func (v *view) Focus(delegate func(tview.Primitive)) {
	switch {
	case v.zoomed != nil:
		delegate(v.zoomed)
	case v.down && !v.shape.chart:
		delegate(v.list)
	default:
		delegate(v.ledger)
	}
}

// say writes into an empty list why it is.
func (v *view) say(screen tcell.Screen, g *paint.Grid, text string) {
	x, y, width, height := g.GetInnerRect()
	for i, s := range tview.WordWrap(paint.Clean(text), max(width-3, 1)) {
		if i+1 < height {
			paint.In(paint.Dim, s).Draw(screen, v.d.Look(), x+2, y+1+i, width-2)
		}
	}
}

func (v *view) result() *delivery.Result { return &v.model.snapshot.Delivery }

func (v *view) complete() bool { return v.model.snapshot.Complete }

// many is how many sessions are sorted beside the interface.
const many = 4000

// Refresh implements pane.View.
func (v *view) Refresh() {
	if latest := v.d.Scope().Latest(); latest != v.latest && !(v.d.Paused() && v.Len() > 0) {
		v.latest, v.stale = latest, true
	}
	v.rebuild()
	v.lower.refresh()
	if v.want != (pane.Target{}) && (v.reach(v.want) != nil || v.complete()) {
		v.want = pane.Target{}
	}
	v.tell()
}

// rebuild makes the ledger anew when it is stale, of many sessions beside the interface.
func (v *view) rebuild() {
	if !v.stale || v.building {
		return
	}
	v.stale = false
	s, by, reverse, narrow, private := v.latest, v.by, v.reverse, v.narrow, v.d.Words().Private
	if len(s.Delivery.Sessions) <= many {
		v.show(build(s, by, reverse, narrow, private))
		return
	}
	v.building = true
	var m *model
	v.d.Work("", func(context.Context) error {
		m = build(s, by, reverse, narrow, private)
		return nil
	}, func(error) {
		v.building = false
		if m != nil {
			v.show(m)
		}
	})
}

// show shows another ledger. The selected row stays the same one.
func (v *view) show(m *model) {
	v.model = m
	v.moving = true
	v.ledger.SetColumns(ledgerColumns(m))
	if i := m.find(v.at); i >= 0 {
		v.ledger.Select(i)
	}
	v.moving = false
	v.moved()
}

// selected is the selected row of the ledger, false when it is empty.
func (v *view) selected() (row, bool) {
	i := v.ledger.Row()
	if i < 0 {
		return row{session: allSessions}, false
	}
	return v.model.rows[i], true
}

// moved takes note of the selected row.
func (v *view) moved() {
	if r, ok := v.selected(); ok {
		v.at = v.model.who(r)
	} else {
		v.at = who{}
	}
	v.lower.refresh()
	v.tell()
}

// when writes the time of a row, with a mark when its frame is marked.
func (v *view) when(ns, before int64, frame uint64) paint.Line {
	l := paint.Text(v.d.Words().Time(ns, before))
	if v.d.Marks().Has(uint32(frame)) {
		return append(paint.In(paint.Marked, "●"), l...)
	}
	return l
}
