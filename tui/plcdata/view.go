package plcdata

import (
	"context"
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"plcscope/flows/index"
	"plcscope/s7comm/variable"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
	"plcscope/tui/scope"
)

type view struct {
	*tview.Flex
	d       pane.Desk
	list    *paint.Grid
	page    *paint.Page
	past    *paint.Grid // the history of the selected variable
	shape   shape
	details bool

	snapshot *scope.Snapshot
	model    *model
	rows     []int32
	folds    folds
	at       identity // of the selected row
	by       order
	reverse  bool
	narrow   string
	stale    bool // the model is not that of snapshot, by and narrow
	building bool
	moving   bool // the selection is being put where it belongs
	span     [2]int64
}

// shape is how the parts lie.
type shape struct{ wide, details, history, named bool }

// New makes the view.
func New(d pane.Desk) pane.View {
	v := &view{
		Flex: tview.NewFlex(), d: d, page: paint.NewPage(d.Look()), details: true, stale: true,
		snapshot: &scope.Snapshot{}, model: &model{}, folds: folds{},
	}
	v.list = paint.NewGrid(d.Look(), nil, v)
	v.list.OnMove(func(int) { v.moved() })
	v.list.OnEnter(func(int) { v.enter() })
	v.past = paint.NewGrid(d.Look(), pastColumns, past{})
	v.past.OnEnter(v.enterPast)
	v.page.SetBorderPadding(0, 0, 1, 0)
	v.arrange(shape{details: true})
	return v
}

// arrange puts the parts in their places: the details beside the list where there is
// room, else below.
func (v *view) arrange(s shape) {
	v.shape = s
	v.list.SetColumns(columns(s.named))
	v.Flex.Clear()
	look := v.d.Look()
	v.Flex.AddItem(v.list, 0, 5, true)
	if !s.details {
		return
	}
	v.Flex.AddItem(paint.NewDivider(look), 1, 0, false)
	parts := tview.NewFlex()
	if s.wide {
		v.Flex.SetDirection(tview.FlexColumn)
		parts.SetDirection(tview.FlexRow)
		parts.SetDirection(tview.FlexRow)
	} else {
		v.Flex.SetDirection(tview.FlexRow)
	}
	parts.AddItem(v.page, 0, 5, false)
	if s.history {
		parts.AddItem(paint.NewDivider(look), 1, 0, false).AddItem(v.past, 0, 4, false)
	}
	v.Flex.AddItem(parts, 0, 3, false)
}

// Draw implements tview.Primitive.
func (v *view) Draw(screen tcell.Screen) {
	_, _, width, _ := v.GetRect()
	if s := (shape{width >= 130, v.details, v.past.Rows().Len() > 0, v.model.named}); s != v.shape {
		v.arrange(s)
	}
	v.Flex.Draw(screen)
}

// many is how many variables are sorted beside the interface.
const many = 5000

// Refresh implements pane.View.
func (v *view) Refresh() {
	if latest := v.d.Scope().Latest(); latest != v.snapshot && !(v.d.Paused() && len(v.model.entries) > 0) {
		v.stale = v.stale || !same(latest.Values, v.snapshot.Values)
		v.snapshot = latest
	}
	v.span = spanOf(v.d.Scope().Index)
	v.rebuild()
	v.explain()
}

// same reports whether two lists are one: without news it is handed out again.
func same(a, b []*variable.Entry) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// spanOf is the time that the capture takes.
func spanOf(ix *index.Index) [2]int64 {
	first, _ := ix.Frame(1)
	last, _ := ix.Frame(ix.Frames())
	return [2]int64{first.Time, last.Time}
}

// rebuild makes the model anew when it is stale, of many variables beside the interface.
func (v *view) rebuild() {
	if !v.stale || v.building {
		return
	}
	v.stale = false
	entries, by, reverse, narrow := v.snapshot.Values, v.by, v.reverse, v.narrow
	if len(entries) <= many {
		v.show(build(entries, by, reverse, narrow))
		return
	}
	v.building = true
	var m *model
	v.d.Work("", func(context.Context) error {
		m = build(entries, by, reverse, narrow)
		return nil
	}, func(error) {
		v.building = false
		if m != nil {
			v.show(m)
		}
	})
}

// show shows another model.
func (v *view) show(m *model) {
	v.model = m
	v.flatten()
}

// flatten lists the rows anew and keeps the selected one.
func (v *view) flatten() {
	var at int
	v.rows, at = v.model.rows(v.folds, v.at, v.rows[:0])
	if at >= 0 {
		v.moving = true
		v.list.Select(at)
		v.moving = false
	}
	v.moved()
}

// selected is the group or the variable of the selected row.
func (v *view) selected() (*group, *variable.Entry) {
	i := v.list.Row()
	if i < 0 || i >= len(v.rows) {
		return nil, nil
	}
	return v.row(i)
}

func (v *view) row(i int) (*group, *variable.Entry) {
	n := v.rows[i]
	if n < 0 {
		return &v.model.groups[^n], nil
	}
	return nil, v.model.entries[n]
}

func (v *view) moved() {
	if v.moving {
		return
	}
	g, e := v.selected()
	switch {
	case g != nil:
		v.at = g.identity()
	case e != nil:
		v.at = identityOf(e)
	}
	v.explain()
}

// to selects a row and unfolds what it lies in.
func (v *view) to(id identity) bool {
	before := v.at
	if id.address != "" {
		v.folds[id.group()] = false
	}
	if id.block {
		v.folds[identity{controller: id.controller}] = false
	}
	v.at = id
	v.flatten()
	if v.at != id {
		v.at = before
		v.flatten()
		return false
	}
	return true
}

// Show implements pane.View.
func (v *view) Show(t pane.Target) bool {
	if t.Variable == "" {
		return false
	}
	for _, e := range v.model.entries {
		if strings.HasPrefix(t.Variable, e.Controller.String()) && e.Key() == t.Variable {
			return v.to(identityOf(e))
		}
	}
	return false
}

// Place implements pane.View.
func (v *view) Place() pane.Target {
	_, e := v.selected()
	if e == nil {
		return pane.Target{}
	}
	t := pane.Target{Frame: uint32(e.Last.Frame), Variable: e.Key()}
	if i := v.past.Row(); i >= 0 && v.past.HasFocus() {
		t.Frame = uint32(v.pastAt(i).Frame)
	}
	return t
}
