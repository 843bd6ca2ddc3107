package tui

import (
	"fmt"

	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// top is the line at the top: the views, and how far the capture was read. Where both do
// not fit, the names of views become shorter, that of the present one last, and what is
// told of the capture becomes less.
func (a *App) top() (left, right paint.Line) {
	_, _, width, _ := a.root.GetRect()
	for _, letters := range []int{100, 4, 0} {
		left = a.tabLine(letters)
		for _, words := range []int{3, 2, 1} {
			const least = 8 // columns of the name
			right = a.progress(words, least)
			if more := width - left.Width() - 1 - right.Width(); more >= 0 {
				return left, a.progress(words, least+more)
			}
		}
	}
	return left, nil
}

// tabLine holds two spans for each view, with that many letters of its name.
func (a *App) tabLine(letters int) paint.Line {
	var l paint.Line
	for i := range views {
		name, role := string(views[i].name), paint.Bar
		if i == a.at {
			role = paint.BarActive
		} else {
			name = name[:min(letters, len(name))]
		}
		if name != "" {
			name = " " + name
		}
		l = l.And(paint.BarKey, fmt.Sprint(i+1)).And(role, name+" ")
	}
	return l
}

// progress tells what is read and how far, in more words or fewer. What the system has
// dropped is always told.
//
// The name of the capture is cut to a width.
func (a *App) progress(words, width int) paint.Line {
	p := a.scope.Index.Progress()
	name := paint.Cut(a.scope.Name(), width)
	text := fmt.Sprintf("%s  %s frames ", name, pane.Count(p.Frames))
	if words < 2 {
		text = fmt.Sprintf("%s %s ", name, pane.Count(p.Frames))
	}
	switch {
	case p.Done:
	case a.scope.Live() && a.paused:
		text += "‖ paused "
	case a.scope.Live():
		text += "● live "
	case p.Size > 0:
		if words > 2 {
			text += paint.Share(uint64(p.Read), uint64(p.Size), 8) + " "
		}
		text += fmt.Sprintf("%d %% ", min(p.Read*100/p.Size, 99))
	default:
		text += "reading "
	}
	l := paint.In(paint.Bar, text)
	if n := a.scope.Dropped(); n > 0 {
		l = l.And(paint.BarBad, fmt.Sprintf("✖ %s dropped ", pane.Count(n)))
	}
	return l
}
