package tui

import (
	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// mouse takes what the mouse does before the widgets do: on a line that is typed and its
// proposals, and beside what lies over the view.
func (a *App) mouse(e *tcell.EventMouse, action tview.MouseAction) (*tcell.EventMouse, tview.MouseAction) {
	if action == tview.MouseLeftUp {
		a.clicked.Add(1)
	}
	if e == nil { // an action before it has taken the event
		return nil, action
	}
	x, y := e.Position()
	if a.input != nil {
		switch {
		case !a.input.Covers(x, y):
			if action != tview.MouseLeftDown {
				return e, action
			}
			a.endInput()
		case action == tview.MouseLeftClick, action == tview.MouseLeftDoubleClick:
			a.input.Click(x, y)
			return nil, action
		case action == tview.MouseScrollUp:
			a.input.Wheel(-1)
			return nil, action
		case action == tview.MouseScrollDown:
			a.input.Wheel(1)
			return nil, action
		case action == tview.MouseLeftDown: // would move the focus
			return nil, action
		}
	}
	if n := len(a.overlay); n > 0 && action == tview.MouseLeftClick {
		left, top, width, height := a.overlay[n-1].frame.GetRect()
		inside := x >= left && x < left+width && y >= top && y < top+height
		if _, row, _, rows := a.pages.GetRect(); !inside && y >= row && y < row+rows {
			a.closeOverlay()
			return nil, action
		}
	}
	if action == tview.MouseLeftDown {
		a.status = status{}
	}
	return e, action
}
