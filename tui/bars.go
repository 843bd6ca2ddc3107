package tui

import (
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
		if action != tview.MouseLeftClick && action != tview.MouseLeftDoubleClick || b.click == nil || !b.InRect(x, y) {
			return false, nil
		}
		left, _, _, _ := b.GetRect()
		b.click(x - left)
		return true, nil
	})
}

// tabs is the line at the top: the views and how far the capture was read.
func (a *App) tabs() tview.Primitive {
	b := a.newBar(func() paint.Line { left, _ := a.top(); return left }, func() paint.Line { _, right := a.top(); return right })
	b.click = func(x int) {
		at := 0
		line, _ := a.top()
		for i, s := range line {
			if at += paint.Width(s.Text); x < at {
				a.goTo(i / 2)
				return
			}
		}
	}
	return b
}

// footer shows the keys that can be pressed now.
func (a *App) footer() tview.Primitive {
	b := a.newBar(func() paint.Line {
		_, _, width, _ := a.root.GetRect()
		a.pressable = a.pressable[:0]
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
			a.pressable = append(a.pressable, pressable{l.Width(), l.Width() + n - 2, k})
			l = l.And(paint.BarKey, k.Label()).And(paint.Bar, " "+k.Does+"  ")
		}
		if a.input != nil {
			return l
		}
		at := l.Width()
		a.pressable = append(a.pressable,
			pressable{at, at + 6, pane.Key{Rune: '?', Do: a.help}}, pressable{at + 8, at + 14, pane.Key{Rune: 'q', Do: a.leave}})
		return append(l, always...)
	}, nil)
	b.click = func(x int) {
		for _, p := range a.pressable {
			if x >= p.from && x < p.to {
				a.press(&p.key)
				return
			}
		}
	}
	return b
}

// pressable is a key in the footer that the mouse can press.
type pressable struct {
	from, to int
	key      pane.Key
}

// press does what a key does.
func (a *App) press(k *pane.Key) {
	if k.Do != nil {
		a.status = status{}
		k.Do()
		return
	}
	key := k.Key
	if key == 0 {
		key = tcell.KeyRune
	}
	go a.ui.QueueEvent(tcell.NewEventKey(key, k.Rune, tcell.ModNone))
}

// leave ends the interface, or what lies over the view.
func (a *App) leave() {
	if len(a.overlay) > 0 {
		a.closeOverlay()
		return
	}
	a.ui.Stop()
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
			return paint.In(paint.BarBad, " ✖ "+a.status.text)
		case a.status.text != "":
			return paint.In(paint.Bar, " "+a.status.text)
		case len(a.jobs) > 0:
			return paint.In(paint.Bar, " "+a.jobs[len(a.jobs)-1].String())
		}
		return paint.In(paint.Bar, "")
	}, func() paint.Line {
		if a.words.Private {
			return paint.In(paint.BarKey, "private ")
		}
		return nil
	})
}
