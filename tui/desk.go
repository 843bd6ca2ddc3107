package tui

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"plcscope/flows/index"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
	"plcscope/tui/scope"
)

// Scope implements pane.Desk.
func (a *App) Scope() *scope.Scope { return a.scope }

// Reader implements pane.Desk.
func (a *App) Reader() *index.Reader { return a.reader }

// Look implements pane.Desk.
func (a *App) Look() *paint.Look { return a.look }

// Words implements pane.Desk.
func (a *App) Words() *pane.Words { return a.words }

// Marks implements pane.Desk.
func (a *App) Marks() *pane.Marks { return &a.marks }

// Chosen implements pane.Desk.
func (a *App) Chosen() *pane.Chosen { return &a.chosen }

// Paused implements pane.Desk.
func (a *App) Paused() bool { return a.paused }

// maxTrail is how many steps esc can go back.
const maxTrail = 100

// Open implements pane.Desk.
func (a *App) Open(view pane.Name, t pane.Target) {
	for i := range views {
		if views[i].name != view {
			continue
		}
		if len(a.trail) == maxTrail {
			a.trail = slices.Delete(a.trail, 0, 1)
		}
		a.trail = append(a.trail, step{a.at, a.view().Place()})
		a.show(i)
		if !a.view().Show(t) {
			a.Say("%s does not show it: there is none, or the filter hides it", view)
		}
	}
}

// Say implements pane.Desk.
func (a *App) Say(format string, args ...any) { a.status = status{text: fmt.Sprintf(format, args...)} }

// Complain implements pane.Desk.
func (a *App) Complain(err error) { a.status = status{text: err.Error(), bad: true} }

// Focus implements pane.Desk.
func (a *App) Focus(p tview.Primitive) { a.ui.SetFocus(p) }

// Ask implements pane.Desk.
func (a *App) Ask(question, answer string, done func(string)) {
	a.typing(a.bottom, question+" ", answer, nil, done)
}

// typing lets the user type a line in place of a row of the screen.
func (a *App) typing(row *tview.Pages, label, text string, prepare func(*tview.InputField), done func(string)) {
	f := tview.NewInputField().SetLabel(label).SetText(text)
	f.SetFieldStyle(a.look.Style(paint.Plain)).SetLabelStyle(a.look.Style(paint.Heading))
	f.SetDoneFunc(func(key tcell.Key) {
		if key != tcell.KeyEnter && key != tcell.KeyEscape {
			return
		}
		a.input = nil
		row.RemovePage("input")
		a.ui.SetFocus(a.view())
		if key == tcell.KeyEnter {
			done(f.GetText())
		}
	})
	if prepare != nil {
		prepare(f)
	}
	a.input = f
	row.AddPage("input", f, true, true)
	a.ui.SetFocus(f)
}

// Overlay implements pane.Desk.
func (a *App) Overlay(title string, p tview.Primitive) {
	frame := tview.NewFlex().AddItem(p, 0, 1, true)
	frame.SetBorder(true).SetTitle(" " + tview.Escape(paint.Clean(title)) + " ")
	grid := tview.NewGrid().SetColumns(2, 0, 2).SetRows(1, 0, 1).AddItem(frame, 1, 1, 1, 1, 0, 0, true)
	a.overlay = append(a.overlay, grid)
	a.pages.AddPage(fmt.Sprint("overlay", len(a.overlay)), grid, true, true)
	a.ui.SetFocus(p)
}

func (a *App) closeOverlay() {
	n := len(a.overlay)
	if n == 0 {
		return
	}
	a.pages.RemovePage(fmt.Sprint("overlay", n))
	a.overlay = a.overlay[:n-1]
	if n > 1 {
		a.ui.SetFocus(a.overlay[n-2])
		return
	}
	a.ui.SetFocus(a.view())
}

// Choose implements pane.Desk.
func (a *App) Choose(title string, items []string, done func(i int)) {
	l := tview.NewList().ShowSecondaryText(false)
	for i, s := range items {
		key := rune(0)
		if i < 9 {
			key = rune('1' + i)
		}
		l.AddItem(tview.Escape(paint.Clean(s)), "", key, func() {
			a.closeOverlay()
			done(i)
		})
	}
	a.Overlay(title, l)
}

// Copy implements pane.Desk.
func (a *App) Copy(what, text string) {
	const most = 100_000 // terminals refuse more
	if len(text) > most {
		a.Complain(fmt.Errorf("%s has %d bytes; terminals take at most %d into their clipboard", what, len(text), most))
		return
	}
	a.clip = text
	a.Say("%s was handed to the clipboard of your terminal", what)
}

// job is work that runs beside the interface.
type job struct {
	what   string
	cancel context.CancelFunc
}

// Work implements pane.Desk.
func (a *App) Work(what string, f func(context.Context) error, done func(error)) {
	ctx, cancel := context.WithCancel(a.ctx)
	j := &job{what, cancel}
	if what == "" {
		a.quiet++
	} else {
		a.jobs = append(a.jobs, j)
	}
	a.beside(func() {
		err := f(ctx)
		stopped := ctx.Err() != nil && errors.Is(err, context.Canceled)
		cancel()
		a.queue(func() {
			a.jobs = slices.DeleteFunc(a.jobs, func(x *job) bool { return x == j })
			if what == "" {
				a.quiet--
			} else if stopped {
				a.Say("%s: cancelled", what)
			}
			if done != nil {
				done(err)
			}
			a.refresh()
		})
	})
}
