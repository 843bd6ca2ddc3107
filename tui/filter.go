package tui

import (
	"context"
	"errors"

	"github.com/rivo/tview"

	"plcscope/decode/filter"
	"plcscope/flows/frames"
	"plcscope/flows/index"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// filterState is the display filter in force.
type filterState struct {
	text   string
	frames *index.Selection // nil without a filter
	cancel context.CancelFunc
	fields *filter.Fields
}

// Filter implements pane.Desk.
func (a *App) Filter() (string, *index.Selection) { return a.filter.text, a.filter.frames }

// SetFilter implements pane.Desk.
func (a *App) SetFilter(text string) {
	if a.filter.fields == nil {
		a.filter.fields = filter.NewFields(frames.All())
	}
	f, err := filter.Compile(text, a.filter.fields)
	if err != nil {
		a.Complain(err)
		return
	}
	if a.filter.cancel != nil {
		a.filter.cancel()
	}
	a.filter.text, a.filter.frames, a.filter.cancel = text, nil, nil
	defer a.refresh()
	if text == "" {
		return
	}
	ctx, cancel := context.WithCancel(a.ctx)
	sel := index.NewSelection()
	a.filter.frames, a.filter.cancel = sel, cancel
	a.beside(func() {
		defer cancel()
		var err error
		if index.Simple(f) {
			err = a.scope.Index.Filter(ctx, f, nil, sel, true)
		} else {
			err = a.scope.Index.Select(ctx, a.scope.Config(), frames.Options{Filter: f}, nil, sel, true)
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			a.queue(func() { a.Complain(err) })
		}
		a.Nudge()
	})
}

func (a *App) filterLine() tview.Primitive {
	return a.newBar(func() paint.Line {
		if a.filter.text == "" {
			return paint.In(paint.Bar, " Filter: none")
		}
		return paint.In(paint.Bar, " Filter: ").And(paint.BarKey, a.filter.text)
	}, func() paint.Line {
		if s := a.filter.frames; s != nil {
			state := "…"
			if s.Done() {
				state = ""
			}
			return paint.Inf(paint.Bar, "%s%s of %s frames ", pane.Count(s.Len()), state, pane.Count(a.scope.Index.Frames()))
		}
		return nil
	})
}

func (a *App) editFilter() {
	a.typing(a.filterRow, " Filter: ", a.filter.text, nil, a.SetFilter)
}
