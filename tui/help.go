package tui

import (
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"plcscope/tui/paint"
	"plcscope/tui/pane"
	"plcscope/tui/prompt"
)

func (a *App) help() { a.helpAt("") }

// helpAt shows the help over the whole screen, from the first line with a word on.
func (a *App) helpAt(word string) {
	for _, o := range a.overlay {
		if _, open := o.p.(*helpPage); open {
			return
		}
	}
	h := &helpPage{TextView: tview.NewTextView(), a: a}
	h.TextView.SetDynamicColors(true).SetWrap(false)
	h.set(a.manual())
	h.SetBorder(true).SetTitle(" Help: " + string(views[a.at].name) + " ").SetTitleAlign(tview.AlignLeft)
	a.lay(h, h, h)
	if word != "" {
		h.find(word, false)
	}
}

// helpPage is the help as a page that scrolls and can be searched.
type helpPage struct {
	*tview.TextView
	a      *App
	lines  []paint.Line
	plain  []string // in small letters
	wanted string   // what was searched for last
	at     int      // line where it was found, or -1
	heads  []int    // lines with titles of sections
}

// set fills the page.
func (h *helpPage) set(sections []Section) {
	_, _, width, _ := h.a.root.GetRect()
	h.at = -1
	add := func(l paint.Line) { h.lines = append(h.lines, l) }
	for i, s := range sections {
		if i > 0 {
			add(nil)
		}
		h.heads = append(h.heads, len(h.lines))
		add(paint.In(paint.Heading, s.Title))
		for _, l := range fold(s.Text, width-6) {
			add(paint.Text("  " + l))
		}
		column := s.column()
		for _, r := range s.Rows {
			for k, l := range fold(r.Means, max(width-column-7, 20)) {
				left := r.Press
				if k > 0 {
					left = ""
				}
				add(paint.Line{}.And(paint.Strong, "  "+left+strings.Repeat(" ", max(column-paint.Width(left), 0)+2)).And(paint.Plain, l))
			}
		}
	}
	for _, l := range h.lines {
		h.plain = append(h.plain, strings.ToLower(l.String()))
	}
	h.write()
}

// write hands the lines to the widget, the one that was found standing out.
func (h *helpPage) write() {
	var b strings.Builder
	for i, l := range h.lines {
		if i == h.at {
			l = paint.In(paint.Match, l.String())
		}
		b.WriteString(l.Tagged(h.a.look))
		b.WriteByte('\n')
	}
	row, column := h.GetScrollOffset()
	h.SetText(b.String())
	h.ScrollTo(row, column)
}

// fold wraps prose.
func fold(s string, width int) (l []string) {
	if s == "" {
		return nil
	}
	line := ""
	for _, w := range strings.Fields(s) {
		if line != "" && paint.Width(line)+1+paint.Width(w) > width {
			l, line = append(l, line), ""
		}
		if line != "" {
			line += " "
		}
		line += w
	}
	return append(l, line)
}

// find goes to the next line with a word, or the one before.
func (h *helpPage) find(word string, backwards bool) {
	h.wanted = word
	n, step := len(h.plain), 1
	if backwards {
		step = n - 1
	}
	i := h.at
	if i < 0 && backwards {
		i = 0
	}
	for range n {
		i = (i + step + n) % n
		if strings.Contains(h.plain[i], strings.ToLower(word)) {
			h.at = i
			h.write()
			h.ScrollTo(max(i-3, 0), 0)
			return
		}
	}
	h.a.Say("%s does not occur in the help", word)
}

// section goes to the next title, or the one before.
func (h *helpPage) section(backwards bool) {
	row, _ := h.GetScrollOffset()
	to := -1
	for _, n := range h.heads {
		if !backwards && n > row && to < 0 || backwards && n < row {
			to = n
		}
	}
	if to >= 0 {
		h.ScrollTo(to, 0)
	}
}

// Keys are those of the page.
func (h *helpPage) Keys() []pane.Key {
	return []pane.Key{
		{Rune: '/', Does: "search", Help: "Search the help.", Do: func() {
			h.a.ask(h.a.bottom, prompt.Options{
				Label: func(string) paint.Line { return paint.In(paint.Heading, " Search the help: ") }, Text: h.wanted,
			}, func(text string) {
				if text != "" {
					h.find(text, false)
				}
			})
		}},
		{Rune: 'n', Does: "next", Help: "Next place.", Do: func() { h.again(false) }},
		{Rune: 'N', Help: "The place before.", Do: func() { h.again(true) }},
		{Key: tcell.KeyTab, Name: "tab", Does: "section", Help: "Next section.", Do: func() { h.section(false) }},
		{Key: tcell.KeyBacktab, Name: "shift-tab", Help: "The section before.", Do: func() { h.section(true) }},
		{Key: tcell.KeyDown, Name: "↑↓", Does: "scroll"},
		{Rune: '?', Help: "Close the help.", Do: h.a.closeOverlay},
	}
}

func (h *helpPage) again(backwards bool) {
	if h.wanted == "" {
		h.a.Say("/ searches the help")
		return
	}
	h.find(h.wanted, backwards)
}
