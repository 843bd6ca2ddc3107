package tui

import (
	"fmt"

	"github.com/gdamore/tcell/v2"

	"plcscope/tui/pane"
)

// key takes every key before the widgets do: keys of the view, then those that work
// everywhere. What is typed into a line goes there.
func (a *App) key(e *tcell.EventKey) *tcell.EventKey {
	a.taken.Add(1)
	if e.Key() == tcell.KeyCtrlC {
		return e // ends the application
	}
	if e.Key() == tcell.KeyCtrlZ && a.opt.Screen == nil && suspend != nil {
		a.ui.Suspend(suspend)
		return nil
	}
	if a.input != nil {
		return e
	}
	a.status = status{}
	if n := len(a.overlay); n > 0 {
		for _, k := range a.overlay[n-1].keys() {
			if k.Do != nil && k.Matches(e) {
				k.Do()
				return nil
			}
		}
		if e.Key() == tcell.KeyEscape || e.Key() == tcell.KeyRune && e.Rune() == 'q' {
			a.closeOverlay()
			return nil
		}
		return e
	}
	for _, list := range [][]pane.Key{a.view().Keys(), a.everywhere()} {
		for i := range list {
			if k := &list[i]; k.Do != nil && k.Matches(e) {
				k.Do()
				return nil
			}
		}
	}
	return e
}

// keys are those of the view and those that work everywhere, for the footer.
func (a *App) keys() []pane.Key {
	if a.input != nil {
		return typingKeys()
	}
	if n := len(a.overlay); n > 0 {
		return append(a.overlay[n-1].keys(), pane.Key{Key: tcell.KeyEscape, Name: "esc", Does: "close", Help: "Close what lies over the view; q does, too."})
	}
	return append(a.view().Keys(), a.everywhere()...)
}

// typingKeys are those of a line that is typed.
func typingKeys() []pane.Key {
	return []pane.Key{
		{Key: tcell.KeyEnter, Name: "enter", Does: "accept", Help: "Accept the line."},
		{Key: tcell.KeyTab, Name: "tab", Does: "complete", Help: "Complete the word, then go through the proposals; shift-tab goes back."},
		{Key: tcell.KeyUp, Name: "↑↓", Does: "history", Help: "Bring an earlier line that begins like this one, or a later one."},
		{Key: tcell.KeyEscape, Name: "esc", Does: "cancel", Help: "Leave everything as it was."},
		{Name: "ctrl-a, ctrl-e", Help: "Go to the beginning, to the end; home and end do, too."},
		{Name: "alt-b, alt-f", Help: "Go a word back, a word on; ctrl with an arrow does, too."},
		{Name: "ctrl-w, ctrl-u, ctrl-k", Help: "Delete the word before the cursor, all before it, all behind it."},
	}
}

// everywhere are the keys that work in all views.
func (a *App) everywhere() []pane.Key {
	l := []pane.Key{
		{Rune: 'f', Does: "filter", Help: "Edit the display filter.", Do: a.editFilter},
		{Rune: '/', Does: "search", Help: "Search for text, whatever its case; for \"exact text\", a /regular expression/, or bytes: 0x0a1b.", Do: a.askSearch},
		{Rune: 'n', Help: "Next place that was searched for, or next finding.", Do: func() { a.again(false) }},
		{Rune: 'N', Help: "The place or the finding before.", Do: func() { a.again(true) }},
		{Rune: '!', Does: "finding", Help: "Go to the next finding.", Do: a.nextFinding},
		{Rune: ':', Does: "command", Help: "Type a command.", Do: a.askCommand},
		{Key: tcell.KeyEscape, Name: "esc", Does: "back", Help: "Cancel what is running, or go back to where you came from.", Do: a.back},
		{Rune: 't', Help: "Write times in the next form.", Do: a.nextClock},
		{Rune: 'T', Help: "Count relative times from the selected frame, or again from the first.", Do: a.setReference},
		{Rune: 'm', Help: "Mark the selected frame, or take the mark away.", Do: a.toggleMark},
		{Rune: 'M', Help: "Go to the next marked frame.", Do: a.nextMark},
		{Rune: 'P', Help: "Hide payloads and addresses, or show them.", Do: a.togglePrivate},
		{Rune: 'F', Help: "Remove the display filter.", Do: func() { a.SetFilter("") }},
		{Rune: '?', Help: "Show this help.", Do: a.help},
		{Rune: 'q', Help: "Leave.", Do: a.ui.Stop},
	}
	if suspend != nil {
		l = append(l, pane.Key{Key: tcell.KeyCtrlZ, Name: "ctrl-z", Help: "Suspend the program; fg in the shell brings it back."})
	}
	if a.scope.Live() {
		l = append([]pane.Key{a.pauseKey()}, l...)
	}
	for i := range views {
		l = append(l, pane.Key{Rune: rune('1' + i), Help: fmt.Sprintf("%s: %s", views[i].name, views[i].help), Do: func() { a.goTo(i) }})
	}
	return l
}

func (a *App) pauseKey() pane.Key {
	return pane.Key{Rune: 'p', Does: "pause", Help: "Live: let the screen stand still, or follow the traffic again; capture goes on.", Do: a.togglePause}
}

// goTo switches views by a key. Where the user was is not kept: the key leads back.
func (a *App) goTo(i int) {
	a.trail = nil
	for len(a.overlay) > 0 {
		a.closeOverlay()
	}
	a.endInput()
	a.show(i)
}

// back cancels the latest job, or goes back to where the user was before Open.
func (a *App) back() {
	if n := len(a.jobs); n > 0 {
		a.jobs[n-1].cancel()
		return
	}
	if a.stopFilter() {
		return
	}
	n := len(a.trail)
	if n == 0 {
		return
	}
	s := a.trail[n-1]
	a.trail = a.trail[:n-1]
	a.show(s.view)
	a.view().Show(s.target)
}

func (a *App) nextClock() {
	l := pane.Clocks()
	a.words.Clock = l[(int(a.words.Clock)+1)%len(l)]
	a.Say("times are %s", a.words.Clock)
	a.refresh()
}

func (a *App) setReference() {
	f, ok := a.scope.Index.Frame(a.view().Place().Frame)
	if !ok || a.words.Reference == f.Time {
		a.words.Reference = 0
		a.Say("relative times count from the first frame")
	} else {
		a.words.Reference = f.Time
		a.Say("relative times count from frame %d", f.Number)
	}
	a.refresh()
}

func (a *App) toggleMark() {
	n := a.view().Place().Frame
	if n == 0 {
		a.Say("nothing that is selected here is a frame")
		return
	}
	if a.marks.Toggle(n) {
		a.Say("frame %d is marked; M goes to the next mark", n)
	} else {
		a.Say("frame %d is no longer marked", n)
	}
	a.refresh()
}

func (a *App) nextMark() {
	n, ok := a.marks.Next(a.view().Place().Frame, false)
	if !ok {
		a.Say("no frame is marked; m marks the selected one")
		return
	}
	a.showFrame(n)
	if note := a.marks.Note[n]; note != "" {
		a.Say("%s", note)
	}
}

func (a *App) togglePrivate() {
	a.words.Private = !a.words.Private
	a.values = values{}
	if a.words.Private {
		a.Say("payloads and addresses are hidden")
	} else {
		a.Say("payloads and addresses are shown")
	}
	a.refresh()
}

func (a *App) togglePause() {
	if a.paused = !a.paused; a.paused {
		a.Say("the screen stands still; capture goes on, p follows it again")
	}
	a.refresh()
}
