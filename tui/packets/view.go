package packets

import (
	"context"
	"errors"
	"fmt"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// view is the list of frames above the fields and the bytes of the selected one.
type view struct {
	*tview.Box
	d    pane.Desk
	rows *list
	grid *paint.Grid
	tree *tree
	hex  *hexPane

	at   part // that keys go to
	zoom bool // it has the screen for itself
	size sizes

	frame   uint32  // that is to be selected, whether the list has it or not
	shown   *detail // of the selected frame
	loading uint32  // frame that is being read beside the interface
	stale   stamp   // what shown was made of
	follow  bool    // the latest frame stays selected
	user    bool    // is selecting, by key or mouse

	stream *conversation // unless nil, stands in place of everything
}

// part is one of the panes.
type part int

const (
	inList part = iota
	inTree
	inHex
	parts
)

// stamp tells whether what is shown of a frame is still true.
type stamp struct {
	frame    uint32
	messages int
	ends     uint32
	private  bool
	findings int
}

// New makes the view.
func New(d pane.Desk) pane.View {
	v := &view{Box: tview.NewBox(), d: d, shown: &detail{}, size: usualSizes, follow: d.Scope().Live()}
	v.rows = &list{d: d, known: map[uint32]*row{}}
	v.rows.columns, _ = parseColumns("default", nil)
	v.grid = paint.NewGrid(d.Look(), v.rows.columns.table(d.Words()), v.rows)
	v.tree = newTree(d.Look())
	v.hex = newHex(d.Look())
	v.grid.OnMove(func(i int) {
		if v.user {
			v.selected(i)
		}
	})
	v.grid.OnEnter(func(int) { v.focus(inTree) })
	v.tree.OnMove(func(int) {
		if v.user {
			v.tree.remember()
			v.mark()
		}
	})
	v.tree.OnEnter(func(int) { v.enter() })
	v.hex.moved = func() { // the tree follows
		k := v.shown.deepest(v.hex.tab, v.hex.cursor)
		v.hex.from, v.hex.to = 0, 0
		if k < 0 {
			return
		}
		n := &v.shown.nodes[k]
		v.hex.from, v.hex.to = n.off, n.off+n.n
		v.tree.reveal(k)
		v.tree.remember()
	}
	return v
}

// byUser runs f, in which the user selects something.
func (v *view) byUser(f func()) {
	v.user = true
	f()
	v.user = false
}

// selected follows the user to row i of the list.
func (v *view) selected(i int) {
	v.frame = v.rows.frame(i)
	v.follow = v.d.Scope().Live() && i == v.rows.Len()-1
	v.load()
}

// Refresh implements pane.View.
func (v *view) Refresh() {
	if v.rows.verdict.update(v.d.Scope().Latest()) && len(v.rows.columns.fields()) > 0 {
		v.rows.forget()
	}
	if v.stream != nil {
		v.stream.refresh()
		return
	}
	v.grid.SetColumns(v.rows.columns.table(v.d.Words()))
	follow := v.follow && !v.d.Paused()
	if n := v.rows.Len(); n > 0 {
		switch {
		case follow:
			v.frame = v.rows.frame(n - 1)
		case v.frame == 0:
			v.frame = v.rows.frame(0)
		}
		i, _ := v.rows.row(v.frame)
		if i = min(i, n-1); i != v.grid.Row() {
			v.grid.Select(i)
		}
	}
	v.load()
}

// reach selects row i of the list, in the middle of the screen if it was not on it.
func (v *view) reach(i int) {
	if top, height := v.grid.Top(), v.grid.Height(); i < top || i >= top+height {
		v.grid.Table.SetOffset(max(i-height/2, 0), 0)
	}
	v.grid.Select(i)
}

// present is the frame that is selected in the list, 0 for none: not the one that is to
// be, where the filter hides that.
func (v *view) present() uint32 {
	if i := v.grid.Row(); i >= 0 {
		return v.rows.frame(i)
	}
	return 0
}

// load shows the fields and bytes of the selected frame.
func (v *view) load() {
	n := v.present()
	if n == 0 {
		if v.shown.frame != 0 {
			v.stale = stamp{}
			v.put(&detail{tabs: []tab{{}}})
		}
		return
	}
	ix := v.d.Scope().Index
	now := stamp{frame: n, messages: len(ix.MessagesIn(n, nil)), private: v.d.Words().Private, findings: len(v.rows.verdict.of(n))}
	if !ix.Progress().Done {
		now.ends = ix.Continues(n)
	}
	if now == v.stale || n == v.loading {
		return
	}
	secrets, private := v.d.Words().Secrets, v.d.Words().Private
	if weight(ix, n) <= maxAtOnce {
		v.loading, v.stale = 0, now
		v.put(v.composer().compose(gather(ix, v.d.Reader(), n, secrets, private)))
		return
	}
	v.loading = n
	v.put(&detail{frame: n, tabs: []tab{{name: "Frame"}}, nodes: []node{{text: "This frame completes a long message, which is being read …", end: 1}}})
	var g *gathered
	v.d.Work(fmt.Sprintf("reading frame %d", n), func(context.Context) error {
		r := ix.NewReader()
		defer r.Close()
		g = gather(ix, r, n, secrets, private)
		return nil
	}, func(err error) {
		if v.loading != n {
			return // the user has gone on
		}
		v.loading, v.stale = 0, now
		if err == nil && g != nil && v.present() == n {
			v.put(v.composer().compose(g))
		}
	})
}

func (v *view) composer() *composer {
	return &composer{ix: v.d.Scope().Index, words: v.d.Words(), findings: v.rows.verdict.of}
}

// put shows a detail.
func (v *view) put(d *detail) {
	same := d.frame == v.shown.frame
	cursor, tab := v.hex.cursor, v.hex.tab
	v.shown, v.hex.d = d, d
	v.hex.tab, v.hex.from, v.hex.to, v.hex.cursor = 0, 0, 0, 0
	v.tree.set(d)
	v.mark()
	if same && tab < len(d.tabs) && cursor < len(d.tabs[tab].bytes) && v.at == inHex {
		v.hex.tab, v.hex.cursor = tab, cursor
	}
}

// mark shows which bytes belong to the selected field.
func (v *view) mark() {
	k := v.tree.node()
	if k < 0 {
		return
	}
	n := &v.shown.nodes[k]
	switch {
	case n.n > 0:
		v.hex.highlight(n.tab, n.off, n.off+n.n)
	case n.message != 0:
		m := v.shown.find(n.message)
		v.hex.tab, v.hex.from, v.hex.to = m.tab, 0, 0
	default:
		v.hex.tab, v.hex.from, v.hex.to = 0, 0, 0
	}
}

// enter opens the selected node, or goes where it leads.
func (v *view) enter() {
	k := v.tree.node()
	if k < 0 {
		return
	}
	if n := &v.shown.nodes[k]; n.view != "" {
		v.d.Open(n.view, n.target)
		return
	}
	if !v.shown.leaf(k) {
		v.tree.put(k, !v.tree.open(k))
	}
}

// focus lets keys go to a pane.
func (v *view) focus(p part) {
	v.at = p
	v.d.Focus(v.pane())
}

func (v *view) pane() tview.Primitive {
	if v.stream != nil {
		return v.stream
	}
	return [...]tview.Primitive{v.grid, v.tree, v.hex}[v.at]
}

var errNoFrame = errors.New("no frame is selected")

// Focus implements tview.Primitive.
func (v *view) Focus(delegate func(tview.Primitive)) { delegate(v.pane()) }

// HasFocus implements tview.Primitive.
func (v *view) HasFocus() bool {
	return v.grid.HasFocus() || v.tree.HasFocus() || v.hex.HasFocus() || v.stream != nil && v.stream.HasFocus()
}

// InputHandler implements tview.Primitive.
func (v *view) InputHandler() func(*tcell.EventKey, func(tview.Primitive)) {
	return v.WrapInputHandler(func(e *tcell.EventKey, focus func(tview.Primitive)) {
		v.byUser(func() { v.pane().InputHandler()(e, focus) })
	})
}

// MouseHandler implements tview.Primitive.
func (v *view) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return v.WrapMouseHandler(func(action tview.MouseAction, e *tcell.EventMouse, focus func(tview.Primitive)) (bool, tview.Primitive) {
		if !v.InRect(e.Position()) {
			return false, nil
		}
		if v.stream != nil {
			return v.stream.MouseHandler()(action, e, focus)
		}
		for p, x := range []tview.Primitive{v.grid, v.tree, v.hex} {
			if v.zoom && part(p) != v.at {
				continue
			}
			var done bool
			var capture tview.Primitive
			v.byUser(func() { done, capture = x.MouseHandler()(action, e, focus) })
			if done {
				if action == tview.MouseLeftClick || action == tview.MouseLeftDown {
					v.at = part(p)
				}
				return done, capture
			}
		}
		return false, nil
	})
}
