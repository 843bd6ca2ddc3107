package tui

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"plcscope/internal/near"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
	"plcscope/tui/prompt"
)

func (a *App) askCommand() {
	a.listing = listing{} // there may be other files by now
	a.ask(a.bottom, prompt.Options{
		Label:   func(string) paint.Line { return paint.In(paint.Heading, ":") },
		History: a.history(&a.histories.command), Complete: a.completeCommand,
	}, a.command)
}

// command runs what was typed behind the colon.
func (a *App) command(text string) {
	name, arg, _ := strings.Cut(strings.TrimSpace(text), " ")
	if name == "" {
		return
	}
	if _, err := strconv.ParseUint(name, 10, 32); err == nil {
		name, arg = "goto", name
	}
	plain, force := strings.CutSuffix(name, "!")
	c, err := a.find(plain)
	if err == nil {
		do := c.Do
		if force {
			do = c.Force
		}
		if do == nil {
			err = fmt.Errorf("%s! is no command; %s is", plain, plain)
		} else {
			err = do(strings.TrimSpace(arg))
		}
	}
	if err != nil {
		a.Complain(err)
	}
}

// find returns the command of that name, or the only one that begins with it.
func (a *App) find(name string) (*pane.Command, error) {
	all := a.commands()
	var begin, names []string
	for i := range all {
		if all[i].Name == name {
			return &all[i], nil
		}
		names = append(names, all[i].Name)
		if strings.HasPrefix(all[i].Name, name) {
			begin = append(begin, all[i].Name)
		}
	}
	begin = slices.Compact(slices.Sorted(slices.Values(begin)))
	switch len(begin) {
	case 1:
		return a.find(begin[0])
	case 0:
		return nil, fmt.Errorf("%s is no command; near it: %s; ? lists them", name, strings.Join(near.Names(name, names, 3), ", "))
	}
	return nil, fmt.Errorf("%s may be %s", name, strings.Join(begin, " or "))
}

// completeCommand proposes names of commands, and what may follow them.
func (a *App) completeCommand(text string, at int) (l []prompt.Candidate) {
	name, arg, follows := strings.Cut(text[:at], " ")
	all := a.commands()
	if !follows {
		slices.SortStableFunc(all, func(x, y pane.Command) int { return cmp.Compare(x.Name, y.Name) })
		for _, c := range all {
			if strings.HasPrefix(c.Name, name) {
				text := c.Name
				if c.Args != "" {
					text += " "
				}
				l = append(l, prompt.Candidate{Text: text, Note: strings.TrimSpace(c.Args + "  " + c.Help), To: at})
			}
		}
		return l
	}
	c, err := a.find(strings.TrimSuffix(name, "!"))
	if err != nil {
		return nil
	}
	from := len(name) + 1
	if c.Name == "filter" { // what stands there has proposals for its parts
		for _, x := range a.suggest.At(arg, len(arg)) {
			l = append(l, prompt.Candidate{Text: x.Text, Note: x.Note, From: from + x.From, To: from + x.To})
		}
		return l
	}
	if c.Complete == nil {
		return nil
	}
	for _, s := range c.Complete(arg) {
		if s != arg {
			l = append(l, prompt.Candidate{Text: s, From: from, To: at})
		}
	}
	return l
}

// beginning returns what begins with a prefix, whatever the case.
func beginning(l ...string) func(prefix string) []string {
	return func(prefix string) (out []string) {
		for _, s := range l {
			if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
				out = append(out, s)
			}
		}
		return out
	}
}
