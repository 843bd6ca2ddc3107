package tui

import (
	"fmt"
	"strings"

	"plcscope/tui/pane"
)

func (a *App) askCommand() { a.Ask(":", "", a.command) }

// command runs what was typed behind the colon.
func (a *App) command(text string) {
	name, arg, _ := strings.Cut(strings.TrimSpace(text), " ")
	if name == "" {
		return
	}
	for _, c := range a.commands() {
		if c.Name == name {
			if err := c.Do(strings.TrimSpace(arg)); err != nil {
				a.Complain(err)
			}
			return
		}
	}
	a.Complain(fmt.Errorf("%q is no command; ? lists them", name))
}

// commands are those of the view and those that work everywhere.
func (a *App) commands() []pane.Command {
	var l []pane.Command
	if c, ok := a.view().(pane.Commander); ok {
		l = append(l, c.Commands()...)
	}
	return append(l,
		pane.Command{Name: "quit", Help: "Leave.", Do: func(string) error { a.ui.Stop(); return nil }},
		pane.Command{Name: "filter", Args: "EXPRESSION", Help: "Set the display filter; without one, remove it.", Do: func(arg string) error { a.SetFilter(arg); return nil }},
	)
}
