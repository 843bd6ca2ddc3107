package topics

import (
	"fmt"

	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

type view struct {
	*paint.Grid
	d pane.Desk
}

// New makes the view.
func New(d pane.Desk) pane.View {
	v := &view{d: d}
	v.Grid = paint.NewGrid(d.Look(), []paint.Column{{Title: "Topics", Width: 20, Flex: 1}}, v)
	return v
}

func (v *view) Len() int { return int(v.d.Scope().Index.Frames()) }

func (v *view) Cells(i int, cells []paint.Line) { cells[0] = paint.Text(fmt.Sprint("frame ", i+1)) }

// Keys implements pane.View.
func (v *view) Keys() []pane.Key { return nil }

// Refresh implements pane.View.
func (v *view) Refresh() {}

// Show implements pane.View.
func (v *view) Show(t pane.Target) bool {
	if t.Frame == 0 {
		return false
	}
	v.Select(int(t.Frame) - 1)
	return true
}

// Place implements pane.View.
func (v *view) Place() pane.Target { return pane.Target{Frame: uint32(v.Row() + 1)} }
