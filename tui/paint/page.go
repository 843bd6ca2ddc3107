package paint

import (
	"strings"

	"github.com/rivo/tview"
)

// Page is text of several lines that scrolls, its words wrapped.
type Page struct {
	*tview.TextView
	look  *Look
	lines []Line
}

// NewPage makes an empty page.
func NewPage(look *Look) *Page {
	p := &Page{TextView: tview.NewTextView(), look: look}
	p.TextView.SetDynamicColors(true).SetWordWrap(true).SetScrollable(true)
	return p
}

// Set shows other lines. Where the page is scrolled to stays when it shows the same again.
func (p *Page) Set(lines []Line) {
	var b strings.Builder
	for i, l := range lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(l.Tagged(p.look))
	}
	p.lines = lines
	if text := b.String(); text != p.TextView.GetText(false) {
		same := len(lines) > 0 && p.TextView.GetText(true) != "" && strings.HasPrefix(text, lines[0].Tagged(p.look))
		row, column := p.TextView.GetScrollOffset()
		p.TextView.SetText(text)
		if same {
			p.TextView.ScrollTo(row, column)
		} else {
			p.TextView.ScrollToBeginning()
		}
	}
}

// Lines returns what the page shows.
func (p *Page) Lines() []Line { return p.lines }
