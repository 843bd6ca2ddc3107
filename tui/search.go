package tui

import (
	"bytes"
	"errors"
	"regexp"
	"strings"

	"plcscope/flows/index"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
	"plcscope/tui/prompt"
)

// searchState is what was searched for last.
type searchState struct {
	text string
	find index.Finder
}

func (a *App) askSearch() {
	a.ask(a.bottom, prompt.Options{
		Label: func(text string) paint.Line {
			kind, _, _ := parseSearch(text)
			return paint.In(paint.Heading, " Search, "+kind+": ")
		},
		Text: a.shown(a.search.text), History: a.history(&a.histories.search),
		Check: func(text string) *prompt.Fault {
			if _, _, err := parseSearch(text); err != nil {
				return &prompt.Fault{Reason: err.Error()}
			}
			return nil
		},
	}, func(text string) {
		if err := a.search.begin(a, text); err != nil {
			a.Complain(err)
		}
	})
}

// begin searches for something else; for nothing, n goes to findings again.
func (s *searchState) begin(a *App, text string) error {
	_, find, err := parseSearch(text)
	if err != nil {
		return err
	}
	*s = searchState{text, find}
	if find != nil {
		a.again(false)
	}
	return nil
}

// parseSearch reads text, "exact text", /expression/ or 0x and bytes, and says which it
// is.
func parseSearch(text string) (kind string, find index.Finder, err error) {
	switch {
	case text == "":
		return `text, "exact", /regex/ or 0x bytes`, nil, nil
	case text[0] == '/' && len(text) > 1:
		re, err := regexp.Compile("(?i)" + strings.TrimSuffix(text[1:], "/"))
		if err != nil {
			var e interface{ Error() string } = err
			return "regex", nil, errors.New(strings.TrimPrefix(e.Error(), "error parsing regexp: "))
		}
		if re.MatchString("") {
			return "regex", nil, errors.New("the expression is found everywhere, as it also stands for nothing")
		}
		return "regex", index.Regexp(re), nil
	case strings.HasPrefix(text, "0x"):
		find, err = index.Hex(text[2:])
		return "hex", find, err
	case text[0] == '"' && len(text) > 2:
		return "exact text", index.Text(strings.TrimSuffix(text[1:], `"`)), nil
	}
	return "text", folded(text), nil
}

// folded finds text whatever its case.
func folded(text string) index.Finder {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return index.Regexp(regexp.MustCompile("(?i)" + regexp.QuoteMeta(text)))
		}
	}
	low, high := []byte(strings.ToLower(text)), []byte(strings.ToUpper(text))
	return func(b []byte) int {
		for from := 0; ; from++ {
			i := bytes.IndexByte(b[from:], low[0])
			if low[0] != high[0] {
				end := len(b)
				if i >= 0 {
					end = from + i
				}
				if j := bytes.IndexByte(b[from:end], high[0]); j >= 0 {
					i = j
				}
			}
			if i < 0 || from+i+len(low) > len(b) {
				return -1
			}
			if from += i; same(b[from:from+len(low)], low, high) {
				return from
			}
		}
	}
}

func same(b, low, high []byte) bool {
	for i, c := range b {
		if c != low[i] && c != high[i] {
			return false
		}
	}
	return true
}

// again goes to the next place that was searched for, or to the next finding.
func (a *App) again(backwards bool) {
	if a.search.find == nil {
		a.anotherFinding(backwards)
		return
	}
	s, ok := a.view().(pane.Searcher)
	if !ok {
		a.Say("this view cannot be searched; the packets and the ladder can")
		return
	}
	view, from := a.at, a.view().Place()
	s.Search(a.search.find, backwards, func(found bool) {
		if !found {
			a.Say("%s was not found", a.search.text)
			return
		}
		if a.at != view || a.status.text != "" {
			return // the view has something to say itself
		}
		switch to := a.view().Place(); {
		case to == from:
			a.Say("%s is found nowhere else", a.search.text)
		case backwards && (to.Frame > from.Frame || to.Message > from.Message), !backwards && (to.Frame < from.Frame || to.Message < from.Message):
			a.Say("the search went round at the %s", map[bool]string{true: "beginning", false: "end"}[backwards])
		}
	})
}

// nextFinding goes to the finding behind the selected frame.
func (a *App) nextFinding() { a.anotherFinding(false) }

// anotherFinding goes to the frame of a finding behind the selected one, or before it.
func (a *App) anotherFinding(backwards bool) {
	at := a.view().Place().Frame
	var next, first, before, last uint32
	for i := range a.scope.Latest().Verdicts.Findings {
		n := uint32(a.scope.Latest().Verdicts.Findings[i].Frame)
		if n == 0 {
			continue
		}
		if n > at && (next == 0 || n < next) {
			next = n
		}
		if n < at {
			before = max(before, n)
		}
		if first == 0 || n < first {
			first = n
		}
		last = max(last, n)
	}
	to, round := next, first
	if backwards {
		to, round = before, last
	}
	if to == 0 {
		if to = round; to != 0 {
			a.Say("round to the %s finding", map[bool]string{true: "last", false: "first"}[backwards])
		}
	}
	if to == 0 {
		a.Say("there are no findings")
		return
	}
	a.showFrame(to)
}
