package tui

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// commands are those of the view and those that work everywhere.
func (a *App) commands() []pane.Command {
	var l []pane.Command
	if c, ok := a.view().(pane.Commander); ok {
		l = append(l, c.Commands()...)
	}
	return append(l, a.commandsEverywhere()...)
}

func (a *App) commandsEverywhere() []pane.Command {
	var clocks, names []string
	for _, c := range pane.Clocks() {
		clocks = append(clocks, c.String())
	}
	for i := range views {
		names = append(names, strings.ToLower(string(views[i].name)))
	}
	return []pane.Command{
		{Name: "filter", Args: "EXPRESSION", Help: "Show only what passes a display filter; without one, everything.", Do: a.setFilter},
		{Name: "goto", Args: "FRAME", Help: "Go to a frame by its number; the number alone will do.", Do: a.gotoFrame},
		{Name: "view", Args: "NAME", Help: "Switch to a view.", Complete: beginning(names...), Do: a.gotoView},
		{Name: "search", Args: "TEXT", Help: "Search for text, /expression/, \"exact text\" or 0x bytes.", Do: func(arg string) error { return a.search.begin(a, arg) }},
		{Name: "time", Args: "FORMAT", Help: "Write times as " + strings.Join(clocks, ", ") + ".", Complete: beginning(clocks...), Do: a.setClock},
		{Name: "reference", Args: "[FRAME|none]", Help: "Count relative times from a frame, without a number from the selected one.", Complete: beginning("none"), Do: a.reference},
		{Name: "mark", Args: "[NOTE]", Help: "Mark the selected frame, with a note.", Do: a.mark},
		{Name: "unmark", Args: "[FRAME|all]", Help: "Take a mark away, without a number that of the selected frame.", Complete: beginning("all"), Do: a.unmark},
		{Name: "marks", Help: "List the marked frames.", Do: func(string) error { a.listMarks(); return nil }},
		{Name: "privacy", Args: "on|off", Help: "Hide payloads and addresses, or show them.", Complete: beginning("on", "off"), Do: a.setPrivacy},
		{Name: "theme", Args: "NAME", Help: "Choose the colours: " + strings.Join(paint.Names(), ", ") + ".", Complete: beginning(paint.Names()...), Do: a.setTheme},
		{Name: "copy", Args: "frame|filter|screen", Help: "Hand the bytes of the selected frame, the filter or the screen to the clipboard of the terminal.", Complete: beginning("frame", "filter", "screen"), Do: a.copyThat},
		{Name: "write", Args: "FILE", Help: "Write the frames that pass the filter, or all, as pcapng; write! also over a file that exists.", Complete: a.files,
			Do: func(arg string) error { return a.writeFiltered(arg, false) }, Force: func(arg string) error { return a.writeFiltered(arg, true) }},
		{Name: "write-sessions", Args: "FILE", Help: "Write the connections of the chosen sessions, or of the selected one, as pcapng.", Complete: a.files,
			Do: func(arg string) error { return a.writeSessions(arg, false) }, Force: func(arg string) error { return a.writeSessions(arg, true) }},
		{Name: "export", Args: "FILE", Help: "Write the verdicts as a report; the ending says in which format: " + strings.Join(endings(), ", ") + ".", Complete: a.files,
			Do: func(arg string) error { return a.export(arg, false) }, Force: func(arg string) error { return a.export(arg, true) }},
		{Name: "help", Args: "[WORD]", Help: "Show the help, at the first line with a word.", Do: func(arg string) error { a.helpAt(arg); return nil }},
		{Name: "quit", Help: "Leave.", Do: func(string) error { a.ui.Stop(); return nil }},
	}
}

// frameOf reads the number of a frame; "" is the selected one.
func (a *App) frameOf(arg string) (uint32, error) {
	if arg == "" {
		if n := a.view().Place().Frame; n != 0 {
			return n, nil
		}
		return 0, errors.New("nothing that is selected here is a frame; name one by its number")
	}
	n, err := strconv.ParseUint(arg, 10, 32)
	switch have := a.scope.Index.Frames(); {
	case err != nil:
		return 0, fmt.Errorf("%q is no number of a frame", arg)
	case n == 0 || n > uint64(have):
		return 0, fmt.Errorf("there is no frame %s; the last one is %d", arg, have)
	}
	return uint32(n), nil
}

func (a *App) gotoFrame(arg string) error {
	if arg == "" {
		return errors.New("goto wants the number of a frame")
	}
	n, err := a.frameOf(arg)
	if err != nil {
		return err
	}
	a.showFrame(n)
	return nil
}

// showFrame selects a frame, in this view if that can, or else among the packets.
func (a *App) showFrame(n uint32) {
	if t := (pane.Target{Frame: n}); !a.view().Show(t) {
		a.Open(pane.Packets, t)
	}
}

func (a *App) gotoView(arg string) error {
	for i := range views {
		if arg != "" && strings.HasPrefix(strings.ToLower(string(views[i].name)), strings.ToLower(arg)) {
			a.goTo(i)
			return nil
		}
	}
	return fmt.Errorf("there is no view %q", arg)
}

func (a *App) setClock(arg string) error {
	c, err := pane.ParseClock(arg)
	if err != nil {
		return err
	}
	a.words.Clock = c
	a.refresh()
	return nil
}

func (a *App) reference(arg string) error {
	if arg == "none" {
		a.words.Reference = 0
		a.refresh()
		return nil
	}
	n, err := a.frameOf(arg)
	if err != nil {
		return err
	}
	f, _ := a.scope.Index.Frame(n)
	a.words.Reference = f.Time
	a.Say("relative times count from frame %d", n)
	a.refresh()
	return nil
}

func (a *App) setPrivacy(arg string) error {
	switch arg {
	case "on", "off":
		if a.words.Private != (arg == "on") {
			a.togglePrivate()
		}
		return nil
	}
	return errors.New("privacy wants on or off")
}

func (a *App) setTheme(arg string) error {
	t := paint.Find(arg)
	if t == nil {
		return fmt.Errorf("theme %q is not known; %s are", arg, strings.Join(paint.Names(), ", "))
	}
	a.look.Theme, a.themed = t, true
	a.refresh()
	return nil
}
