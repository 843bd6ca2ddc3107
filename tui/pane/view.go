package pane

import (
	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"plcscope/flows/index"
)

// Name names a view, as the bar at the top does.
type Name string

// The views, in the order of their keys 1 to 8.
const (
	Overview Name = "Overview"
	Sessions Name = "Sessions"
	Ladder   Name = "Ladder"
	Packets  Name = "Packets"
	Findings Name = "Findings"
	Topics   Name = "Topics"
	Data     Name = "Data"
	Delivery Name = "Delivery"
)

// View is one of the screens. All methods are called on the goroutine of the interface,
// and none may wait: what takes long goes through Desk.Work.
type View interface {
	tview.Primitive

	// Keys are what can be pressed now, beside what works everywhere, the most useful
	// first.
	Keys() []Key
	// Refresh is called when there is news of the capture, the filter, the marks or the
	// settings and the view is on the screen, and before it comes onto the screen.
	// The selected row must stay the same one.
	Refresh()
	// Show selects what the target names as far as the view knows it, and reports whether
	// it did.
	Show(t Target) bool
	// Place is what is selected: for marks, copies and other views.
	Place() Target
}

// Searcher is a View in which text can be searched for with / and n.
type Searcher interface {
	// Search selects the next place behind the selected one, or before it, where find
	// finds something. It calls done, at once or later, with what was found or false.
	Search(find index.Finder, backwards bool, done func(found bool))
}

// Commander is a View with commands of its own behind the colon.
type Commander interface{ Commands() []Command }

// Keeper is a View that has something to remember of a file until it is opened again.
type Keeper interface {
	Keep() map[string]string   // small; keys are the view's own
	Restore(map[string]string) // may hold anything: the file was written by somebody
}

// Key is something that can be pressed.
type Key struct {
	Key  tcell.Key // KeyRune: Rune is what counts
	Rune rune
	Name string // as it is written: "enter", "ctrl-d"; "" is the rune
	Does string // one or two words, for the footer; "" keeps it out of the footer
	Help string // one sentence, for the help page
	Do   func() // nil: the widget does it by itself
}

// Matches reports whether the event is the key.
func (k *Key) Matches(e *tcell.EventKey) bool {
	if k.Key == tcell.KeyRune || k.Key == 0 && k.Rune != 0 {
		return e.Key() == tcell.KeyRune && e.Rune() == k.Rune && e.Modifiers()&tcell.ModAlt == 0
	}
	return e.Key() == k.Key
}

// Label is how the key is written.
func (k *Key) Label() string {
	if k.Name != "" {
		return k.Name
	}
	return string(k.Rune)
}

// Command is what can be typed behind the colon.
type Command struct {
	Name string
	Args string // what follows it, "FILE" or "on|off"
	Help string // one sentence
	// Complete returns what the argument may be, given its beginning; nil: nothing is
	// known.
	Complete func(prefix string) []string
	Do       func(arg string) error
	// Force is what the name with ! behind it does; nil: there is no such command.
	Force func(arg string) error
}

// Target is a place in the capture. What is zero is not said; of several that are said,
// a view takes what it knows best.
type Target struct {
	Frame    uint32 // from 1
	Message  uint32 // from 1
	Conn     uint32 // connection number + 1
	Session  uint32 // from 1
	Topic    uint32 // number of an MQTT topic
	Variable string // key of an S7 variable
	Rule     string // identifier of a rule
	Subject  string // who was judged, as rules.Subject.String writes it
	Bytes    [2]int // of the message, or of the frame when Message is not said: from, to
}
