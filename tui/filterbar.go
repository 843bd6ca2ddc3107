package tui

import (
	"errors"
	"fmt"
	"strings"

	"github.com/rivo/tview"

	"plcscope/decode/filter"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
	"plcscope/tui/prompt"
)

// filterLine is the row that shows the display filter, and what it has found.
func (a *App) filterLine() tview.Primitive {
	b := a.newBar(func() paint.Line {
		switch {
		case a.filter.text == "":
			return paint.In(paint.Bar, " Filter: none")
		case a.filter.stopped:
			return paint.In(paint.Bar, " Filter: ").And(paint.InputBad, " "+a.words.Prose(a.filter.text)+" ")
		}
		return paint.In(paint.Bar, " Filter: ").And(paint.InputGood, " "+a.words.Prose(a.filter.text)+" ")
	}, a.filterCount)
	b.click = func(int) { a.editFilter() }
	return b
}

// filterCount tells how many frames have passed, and how far the search for them is.
func (a *App) filterCount() paint.Line {
	s := a.filter.frames
	if s == nil {
		return nil
	}
	all := a.scope.Index.Frames()
	text := fmt.Sprintf("%s of %s frames ", pane.Count(s.Len()), pane.Count(all))
	if !s.Done() && all > 0 {
		switch seen := s.Seen(); {
		case a.filter.stopped:
			text = fmt.Sprintf("stopped: %s of the first %s frames ", pane.Count(s.Len()), pane.Count(seen))
		case seen == 0 && s.Len() == 0 && !a.scope.Latest().Complete:
			text = "waits for the verdicts "
		case seen < all:
			text += fmt.Sprintf("%d %% ", uint64(seen)*100/uint64(all))
		}
	}
	return paint.In(paint.Bar, text)
}

// editFilter lets the user type a filter.
func (a *App) editFilter() { a.typeFilter(a.shown(a.filter.text)) }

// shown is a text that was typed, "" when privacy mode would not show it as it is.
func (a *App) shown(text string) string {
	if a.words.Prose(text) != text {
		return ""
	}
	return text
}

// history is what was typed before, in privacy mode only what may be shown; then nothing
// is added to it.
func (a *App) history(h *prompt.History) *prompt.History {
	if !a.words.Private {
		return h
	}
	var safe prompt.History
	for _, l := range h.All() {
		safe.Add(a.shown(l))
	}
	return &safe
}

func (a *App) typeFilter(text string) {
	a.gatherValues()
	a.ask(a.filterRow, prompt.Options{
		Label: func(text string) paint.Line {
			sign := ":"
			if strings.TrimSpace(text) != "" {
				sign = " ✓ "
				if a.filterFault(text) != nil {
					sign = " ✖ "
				}
			}
			return paint.In(paint.Heading, " Filter"+strings.TrimSuffix(sign, " ")+" ")
		},
		Text: text, History: a.history(&a.histories.filter), Complete: a.completeFilter, Check: a.filterFault, Colour: true,
	}, func(text string) { a.SetFilter(strings.TrimSpace(text)) })
}

// filterFault says what is wrong with a filter, and where.
func (a *App) filterFault(text string) *prompt.Fault {
	if text != a.filter.checked || text == "" {
		a.filter.checked, a.filter.fault = text, a.faultOf(text)
	}
	return a.filter.fault
}

func (a *App) faultOf(text string) *prompt.Fault {
	_, err := filter.Compile(text, a.names())
	var e *filter.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e):
		f := &prompt.Fault{From: e.Offset, To: e.Offset + e.Length, Reason: fmt.Sprintf("column %d: %s", e.Column(), e.Reason)}
		if len(e.Near) > 0 {
			f.Reason += "; near it: " + strings.Join(e.Near, ", ")
		}
		return f
	}
	return &prompt.Fault{Reason: err.Error()}
}

func (a *App) completeFilter(text string, at int) []prompt.Candidate {
	var l []prompt.Candidate
	for _, x := range a.suggest.At(text, at) {
		l = append(l, prompt.Candidate(x))
	}
	return l
}
