package topics

import (
	"context"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"plcscope/flows/index"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

type view struct {
	*tview.Flex
	d       pane.Desk
	list    *paint.Grid
	page    *paint.Page
	about   *paint.Grid // who and when of the selected topic
	shape   shape
	details bool

	tree     *tree
	rows     []*node
	folds    folds
	at       string // path of the selected row
	known    bool   // at is one
	by       order
	reverse  bool
	narrow   string
	seen     state // of the index when the tree was built
	stale    bool  // the user has asked for another tree
	building bool
	built    bool // at least once
	finished time.Time
	took     time.Duration // to build the latest one
	moving   bool          // the selection is being put where it belongs

	form   form
	last   lastPayload
	links  links
	glance map[uint32]string // the beginnings of payloads, by message
}

// shape is how the parts lie.
type shape struct{ wide, details bool }

// state is how far the index has come.
type state struct {
	frames, messages uint32
	done             bool
}

// New makes the view.
func New(d pane.Desk) pane.View {
	v := &view{
		Flex: tview.NewFlex(), d: d, page: paint.NewPage(d.Look()), details: true,
		tree: &tree{}, folds: folds{}, glance: map[uint32]string{},
	}
	v.list = paint.NewGrid(d.Look(), columns, v)
	v.list.OnMove(func(int) { v.moved() })
	v.list.OnEnter(func(int) { v.enter() })
	v.about = paint.NewGrid(d.Look(), aboutColumns, &v.links)
	v.about.OnEnter(v.enterLink)
	v.links.v = v
	v.page.SetBorderPadding(0, 0, 1, 0)
	v.arrange(shape{details: true})
	return v
}

// arrange puts the parts in their places: the details beside the tree where there is
// room, else below.
func (v *view) arrange(s shape) {
	v.shape = s
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
	} else {
		v.Flex.SetDirection(tview.FlexRow)
	}
	parts.AddItem(v.page, 0, 5, false).AddItem(paint.NewDivider(look), 1, 0, false).AddItem(v.about, 0, 4, false)
	v.Flex.AddItem(parts, 0, 4, false)
}

// Draw implements tview.Primitive.
func (v *view) Draw(screen tcell.Screen) {
	_, _, width, _ := v.GetRect()
	if s := (shape{width >= 130, v.details}); s != v.shape {
		v.arrange(s)
		v.explain()
	}
	v.Flex.Draw(screen)
}

const (
	many  = 2000 // topics make a tree that is built beside the interface
	share = 5    // building takes at most one part in so many of the time
)

// Refresh implements pane.View.
func (v *view) Refresh() {
	v.rebuild()
	v.explain()
}

// rebuild makes the tree anew when there is news, of many topics beside the interface.
func (v *view) rebuild() {
	ix := v.d.Scope().Index
	now := state{ix.Frames(), ix.Messages(), ix.Progress().Done}
	if v.building || !v.stale && (now == v.seen || v.built && v.d.Paused()) {
		return
	}
	if !v.stale && !now.done && time.Since(v.finished) < share*v.took {
		return
	}
	v.seen, v.stale = now, false
	before, by, reverse, narrow := v.tree, v.by, v.reverse, v.narrow
	if _, more := ix.Topic(many); !more {
		v.show(build(ix.Topics(nil), before, by, reverse, narrow, spanOf(ix)))
		return
	}
	v.building = true
	began := time.Now()
	var t *tree
	v.d.Work("", func(context.Context) error {
		t = build(ix.Topics(nil), before, by, reverse, narrow, spanOf(ix))
		return nil
	}, func(error) {
		v.building, v.finished = false, time.Now()
		v.took = v.finished.Sub(began)
		if t != nil {
			v.show(t)
		}
	})
}

// show shows another tree.
func (v *view) show(t *tree) {
	v.tree, v.built = t, true
	v.flatten()
}

// flatten lists the rows anew and keeps the selected one.
func (v *view) flatten() {
	var at int
	v.rows, at = v.tree.rows(v.folds, v.at, v.known, v.rows[:0])
	if at >= 0 {
		v.moving = true
		v.list.Select(at)
		v.moving = false
	}
	v.moved()
}

// selected is the node of the selected row, or nil.
func (v *view) selected() *node {
	if i := v.list.Row(); i >= 0 && i < len(v.rows) {
		return v.rows[i]
	}
	return nil
}

func (v *view) moved() {
	if v.moving {
		return
	}
	if n := v.selected(); n != nil {
		v.at, v.known = n.path, true
	}
	v.explain()
}

// to selects a node and unfolds what it lies in.
func (v *view) to(path string) bool {
	n := v.tree.byName[path]
	if n == nil {
		return false
	}
	for p := n.parent; p != nil; p = p.parent {
		v.folds[p.path] = false
	}
	v.at, v.known = path, true
	v.flatten()
	return true
}

// Show implements pane.View.
func (v *view) Show(t pane.Target) bool {
	ix := v.d.Scope().Index
	number := t.Topic
	if number == 0 && t.Message != 0 {
		m, _ := ix.Message(t.Message)
		number = m.Topic
	}
	x, ok := ix.Topic(number)
	if !ok {
		return false
	}
	if v.to(string(x.Name)) {
		return true
	}
	if v.narrow == "" { // it is not in the tree yet
		v.at, v.known = string(x.Name), true
		return v.building
	}
	return false
}

// Place implements pane.View.
func (v *view) Place() pane.Target {
	n := v.selected()
	if n == nil || n.topic == index.NoTopic {
		return pane.Target{}
	}
	message := n.last
	if l := v.link(); l != nil && l.message != 0 && v.about.HasFocus() {
		message = l.message
	}
	t := v.target(message)
	t.Topic = n.topic
	return t
}

// target is where a message lies.
func (v *view) target(message uint32) pane.Target {
	ix := v.d.Scope().Index
	m, ok := ix.Message(message)
	if !ok {
		return pane.Target{}
	}
	t := pane.Target{Message: message, Frame: uint32(m.Frame), Conn: m.Conn + 1, Topic: m.Topic}
	if c, ok := ix.Conn(m.Conn); ok {
		t.Session = c.Session
	}
	return t
}
