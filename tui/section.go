package tui

import (
	"fmt"
	"strings"

	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// Section is a part of the help: of the page and of the documentation alike. It is made
// of the values that the keys and commands themselves come from.
type Section struct {
	Title string
	Text  string // prose, may be empty
	Rows  []Row
}

// Row explains a key, a command or an expression.
type Row struct{ Press, Means string }

// column is how wide the left column is.
func (s *Section) column() int {
	n := 6
	for _, r := range s.Rows {
		n = max(n, paint.Width(r.Press))
	}
	return min(n, 40)
}

func keyRows(l []pane.Key) (rows []Row) {
	for i := range l {
		if k := &l[i]; k.Help != "" {
			rows = append(rows, Row{k.Label(), k.Help})
		}
	}
	return rows
}

func commandRows(l []pane.Command) (rows []Row) {
	for _, c := range l {
		name := ":" + c.Name
		if c.Force != nil {
			name += "[!]"
		}
		rows = append(rows, Row{strings.TrimSpace(name + " " + c.Args), c.Help})
	}
	return rows
}

// sectionOf is what is said of a view.
func (a *App) sectionOf(i int) Section {
	s := Section{Title: fmt.Sprintf("%d %s", i+1, views[i].name), Text: views[i].help, Rows: keyRows(a.views[i].Keys())}
	if c, ok := a.views[i].(pane.Commander); ok {
		s.Rows = append(s.Rows, commandRows(c.Commands())...)
	}
	return s
}

// manual is the help for the view that is on the screen.
func (a *App) manual() []Section {
	return append([]Section{a.sectionOf(a.at)}, a.general(a.everywhere())...)
}

// Manual is the help for all views.
func (a *App) Manual() []Section {
	var l []Section
	for i := range views {
		l = append(l, a.sectionOf(i))
	}
	keys := a.everywhere()
	if !a.scope.Live() {
		keys = append(keys, a.pauseKey())
	}
	return append(l, a.general(keys)...)
}

// general is what holds in all views.
func (a *App) general(everywhere []pane.Key) []Section {
	return []Section{
		{Title: "Keys everywhere", Rows: keyRows(everywhere)},
		{Title: "Keys in lists", Text: "The mouse works as well: tabs, the filter, the keys at the bottom, rows, the wheel.", Rows: keyRows(listKeys)},
		{Title: "Keys in a line that is typed", Rows: keyRows(typingKeys())},
		{Title: "Commands", Text: "A command may be cut short as long as no other begins so.", Rows: commandRows(a.commandsEverywhere())},
		{Title: "Display filters", Text: "The language is Wireshark's. A filter shows the frames that pass, and in the other views what they belong to.", Rows: filterLanguage},
		{Title: "Filters to start from", Rows: filterExamples},
		{Title: "Signs", Rows: signs},
	}
}
