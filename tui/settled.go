package tui

import (
	"github.com/rivo/tview"

	"plcscope/tui/pane"
)

// What follows is for who drives the interface by program, as tests do.

// Taken is how many keys have been taken so far, the latest perhaps not yet obeyed.
func (a *App) Taken() uint64 { return a.taken.Load() }

// Clicked is how often the left button of the mouse has been let go so far, the latest time
// perhaps not yet obeyed.
func (a *App) Clicked() uint64 { return a.clicked.Load() }

// Do runs f on the goroutine of the interface, draws, and waits for it.
func (a *App) Do(f func()) { a.ui.QueueUpdateDraw(f) }

// Settled reports whether nothing is under way: the capture has been read, the filter
// applied, all work done and shown. It belongs into Do.
func (a *App) Settled() bool {
	if !a.scope.Latest().Complete || !a.scope.Index.Progress().Done || len(a.jobs) > 0 || a.gathering || a.listing.folder != "" && !a.listing.ready || a.quiet > 0 {
		return false
	}
	if s := a.filter.frames; s != nil && !s.Done() && !a.filter.stopped {
		return false
	}
	a.refresh() // which may find something to do
	return len(a.jobs) == 0 && a.quiet == 0
}

// Place is what is selected in the view on the screen.
func (a *App) Place() pane.Target { return a.view().Place() }

// Paste puts text into the line that is typed, as a terminal does when its user pastes.
func (a *App) Paste(text string) {
	if a.input != nil {
		a.input.PasteHandler()(text, func(tview.Primitive) {})
	}
}
