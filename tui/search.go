package tui

import (
	"regexp"
	"strings"

	"plcscope/flows/index"
	"plcscope/tui/pane"
)

// searchState is what was searched for last.
type searchState struct {
	text string
	find index.Finder
}

func (a *App) askSearch() { a.Ask("/", a.search.text, a.setSearch) }

func (a *App) setSearch(text string) {
	find, err := parseSearch(text)
	if err != nil {
		a.Complain(err)
		return
	}
	a.search = searchState{text, find}
	if find != nil {
		a.again(false)
	}
}

// parseSearch reads text, /expression/ or 0x and bytes.
func parseSearch(text string) (index.Finder, error) {
	switch {
	case text == "":
		return nil, nil
	case len(text) > 2 && text[0] == '/' && strings.HasSuffix(text, "/"):
		re, err := regexp.Compile(text[1 : len(text)-1])
		if err != nil {
			return nil, err
		}
		return index.Regexp(re), nil
	case strings.HasPrefix(text, "0x"):
		return index.Hex(text[2:])
	}
	return index.Text(text), nil
}

// again goes to the next place that was searched for, or to the next finding.
func (a *App) again(backwards bool) {
	if a.search.find == nil {
		a.nextFinding()
		return
	}
	s, ok := a.view().(pane.Searcher)
	if !ok {
		a.Say("this view cannot be searched")
		return
	}
	s.Search(a.search.find, backwards, func(found bool) {
		if !found {
			a.Say("%q was not found", a.search.text)
		}
	})
}

// nextFinding goes to the finding behind the selected frame.
func (a *App) nextFinding() {
	at := a.view().Place().Frame
	next, first := uint32(0), uint32(0)
	for _, f := range a.scope.Latest().Verdicts.Findings {
		n := uint32(f.Frame)
		if n > at && (next == 0 || n < next) {
			next = n
		}
		if first == 0 || n < first {
			first = n
		}
	}
	if next == 0 {
		next = first
	}
	if next == 0 {
		a.Say("there are no findings")
		return
	}
	if t := (pane.Target{Frame: next}); !a.view().Show(t) {
		a.Open(pane.Packets, t)
	}
}
