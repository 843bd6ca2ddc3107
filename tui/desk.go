package tui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/rivo/tview"

	"plcscope/flows/index"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
	"plcscope/tui/prompt"
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
	a.ask(a.bottom, prompt.Options{
		Label: func(string) paint.Line { return paint.In(paint.Heading, " "+question+" ") }, Text: answer,
	}, done)
}

// ask lets the user type a line in place of a row of the screen.
func (a *App) ask(row *tview.Pages, opt prompt.Options, done func(string)) {
	a.endInput()
	opt.Up = row == a.bottom
	opt.Done = func(text string, accepted bool) {
		a.endInput()
		if accepted {
			done(text)
		}
	}
	a.input, a.inputRow = prompt.New(a.look, opt), row
	row.AddPage("input", a.input, true, true)
	a.ui.SetFocus(a.input)
}

// endInput takes the line that is typed from the screen.
func (a *App) endInput() {
	if a.input == nil {
		return
	}
	a.inputRow.RemovePage("input")
	a.input = nil
	a.focus()
}

// focus lets keys go to what is uppermost.
func (a *App) focus() {
	if n := len(a.overlay); n > 0 {
		a.ui.SetFocus(a.overlay[n-1].p)
		return
	}
	a.ui.SetFocus(a.view())
}

// Overlay implements pane.Desk.
func (a *App) Overlay(title string, p tview.Primitive) {
	frame := tview.NewFlex().AddItem(p, 0, 1, true)
	frame.SetBorder(true).SetTitle(" " + tview.Escape(paint.Clean(title)) + " ")
	a.lay(p, frame, tview.NewGrid().SetColumns(2, 0, 2).SetRows(1, 0, 1).AddItem(frame, 1, 1, 1, 1, 0, 0, true))
}

// overlay is something that lies over the view.
type overlay struct {
	p     tview.Primitive
	frame tview.Primitive // what of it is to be seen
}

// keys are those that it has itself.
func (o *overlay) keys() []pane.Key {
	if k, ok := o.p.(interface{ Keys() []pane.Key }); ok {
		return k.Keys()
	}
	return nil
}

func (a *App) lay(p, frame, page tview.Primitive) {
	a.overlay = append(a.overlay, overlay{p, frame})
	a.pages.AddPage(fmt.Sprint("overlay", len(a.overlay)), page, true, true)
	a.ui.SetFocus(p)
}

func (a *App) closeOverlay() {
	n := len(a.overlay)
	if n == 0 {
		return
	}
	a.pages.RemovePage(fmt.Sprint("overlay", n))
	a.overlay = a.overlay[:n-1]
	a.focus()
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
	share  atomic.Int32 // in percent, 0 when it is not known
}

// String says what is being done, and how far it is.
func (j *job) String() string {
	if n := j.share.Load(); n > 0 {
		return fmt.Sprintf("%s … %d %%, esc cancels", j.what, n)
	}
	return j.what + " … esc cancels"
}

// Work implements pane.Desk.
func (a *App) Work(what string, f func(context.Context) error, done func(error)) {
	ctx, cancel := context.WithCancel(a.ctx)
	j := &job{what: what, cancel: cancel}
	ctx = pane.WithProgress(ctx, func(done, of uint64) {
		if share := int32(done * 100 / max(of, 1)); j.share.Swap(share) != share {
			a.Nudge()
		}
	})
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
