package tui

import (
	"fmt"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// bar is a line of the screen that belongs to the program.
type bar struct {
	*tview.Box
	look  *paint.Look
	left  func() paint.Line
	right func() paint.Line // goes first where both do not fit; nil: nothing
	click func(x int)
}

func (a *App) newBar(left, right func() paint.Line) *bar {
	return &bar{Box: tview.NewBox(), look: a.look, left: left, right: right}
}

// Draw implements tview.Primitive.
func (b *bar) Draw(screen tcell.Screen) {
	x, y, width, _ := b.GetRect()
	for i := range width {
		screen.SetContent(x+i, y, ' ', nil, b.look.Style(paint.Bar))
	}
	l := b.left()
	l.Draw(screen, b.look, x, y, width)
	if b.right == nil {
		return
	}
	r := b.right()
	if n := r.Width(); n > 0 && n+l.Width()+1 <= width {
		r.Draw(screen, b.look, x+width-n, y, n)
	}
}

// MouseHandler implements tview.Primitive.
func (b *bar) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return b.WrapMouseHandler(func(action tview.MouseAction, e *tcell.EventMouse, _ func(tview.Primitive)) (bool, tview.Primitive) {
		x, y := e.Position()
		if action != tview.MouseLeftClick || b.click == nil || !b.InRect(x, y) {
			return false, nil
		}
		left, _, _, _ := b.GetRect()
		b.click(x - left)
		return true, nil
	})
}

// tabs is the line at the top: the views and how far the capture was read.
func (a *App) tabs() tview.Primitive {
	b := a.newBar(a.tabLine, a.progressLine)
	b.click = func(x int) {
		at := 0
		for i, s := range a.tabLine() {
			if at += paint.Width(s.Text); x < at {
				a.show(i / 2)
				return
			}
		}
	}
	return b
}

// tabLine holds two spans for each view.
func (a *App) tabLine() paint.Line {
	var l paint.Line
	for i := range views {
		role := paint.Bar
		if i == a.at {
			role = paint.BarActive
		}
		l = l.And(paint.BarKey, fmt.Sprint(i+1)).And(role, " "+string(views[i].name)+" ")
	}
	return l
}

func (a *App) progressLine() paint.Line {
	p := a.scope.Index.Progress()
	text := fmt.Sprintf("%s  %s frames ", a.scope.Name(), pane.Count(p.Frames))
	switch {
	case p.Done:
	case a.scope.Live() && a.paused:
		text += "paused "
	case a.scope.Live():
		text += "live "
	case p.Size > 0:
		text += fmt.Sprintf("%s %d %% ", paint.Share(uint64(p.Read), uint64(p.Size), 8), p.Read*100/p.Size)
	default:
		text += "reading "
	}
	return paint.In(paint.Bar, text)
}

// footer shows the keys that can be pressed now.
func (a *App) footer() tview.Primitive {
	return a.newBar(func() paint.Line {
		_, _, width, _ := a.root.GetRect()
		always := paint.Line{}.And(paint.BarKey, "?").And(paint.Bar, " help  ").And(paint.BarKey, "q").And(paint.Bar, " quit ")
		var l paint.Line
		used := always.Width()
		for _, k := range a.keys() {
			if k.Does == "" {
				continue
			}
			n := paint.Width(k.Label()) + paint.Width(k.Does) + 3
			if used+n > width {
				break
			}
			used += n
			l = l.And(paint.BarKey, k.Label()).And(paint.Bar, " "+k.Does+"  ")
		}
		return append(l, always...)
	}, nil)
}

// status is what the line above the footer says.
type status struct {
	text string
	bad  bool
}

func (a *App) statusLine() tview.Primitive {
	return a.newBar(func() paint.Line {
		switch {
		case a.status.bad:
			return paint.In(paint.Bad, " "+a.status.text)
		case a.status.text != "":
			return paint.In(paint.Bar, " "+a.status.text)
		case len(a.jobs) > 0:
			return paint.In(paint.Bar, " "+a.jobs[len(a.jobs)-1].what+" … esc cancels")
		}
		return paint.In(paint.Bar, "")
	}, func() paint.Line {
		if a.words.Private {
			return paint.In(paint.BarKey, "private ")
		}
		return nil
	})
}
