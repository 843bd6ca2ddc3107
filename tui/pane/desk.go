package pane

import (
	"context"

	"github.com/rivo/tview"

	"plcscope/flows/index"
	"plcscope/tui/paint"
	"plcscope/tui/scope"
)

// Desk is what views may ask of the program. Its methods belong to the goroutine of the
// interface.
type Desk interface {
	Scope() *scope.Scope   // what is known of the capture
	Reader() *index.Reader // for what is on the screen; Work needs a reader of its own
	Look() *paint.Look
	Words() *Words // how addresses, times and payloads are written
	Marks() *Marks
	Chosen() *Chosen // the sessions that the user has selected

	// Open goes to a view and lets it show a target; esc comes back to where the user was.
	Open(view Name, t Target)
	// Say puts a line at the bottom until the next key.
	Say(format string, args ...any)
	// Complain is Say for what went wrong.
	Complain(err error)
	// Ask asks for a line of text. done is not called when the user presses esc.
	Ask(question, answer string, done func(answer string))
	// Choose asks for one of several, in a box over the view.
	Choose(title string, items []string, done func(i int))
	// Overlay shows something over the view until esc or q is pressed.
	Overlay(title string, p tview.Primitive)
	// Focus lets keys go to a part of the view.
	Focus(p tview.Primitive)
	// Work runs f beside the interface, and done on its goroutine when f returns. While it
	// runs, the bottom says what it is, and esc cancels it. Work without a name goes on
	// quietly: it brings the view up to date.
	Work(what string, f func(ctx context.Context) error, done func(err error))
	// Copy hands text to the clipboard of the user's terminal.
	Copy(what, text string)

	// Filter is the display filter in force, "" for none, and the frames that pass it, as
	// far as they are known; nil when all do.
	Filter() (text string, frames *index.Selection)
	// SetFilter puts another one in force, or complains.
	SetFilter(text string)
	// Pause reports whether the user has stopped the screen from following live traffic.
	Paused() bool
}
