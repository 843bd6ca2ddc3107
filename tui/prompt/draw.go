package prompt

import (
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"

	"plcscope/tui/paint"
)

// most is how many proposals are on the screen at a time.
const most = 8

func (p *Prompt) label() paint.Line {
	if p.opt.Label == nil {
		return nil
	}
	return p.opt.Label(p.edit.text)
}

// Draw implements tview.Primitive. What is said about the line stands over the rows
// beside it: a prompt that has the focus is drawn after its neighbours.
func (p *Prompt) Draw(screen tcell.Screen) {
	x, y, width, _ := p.GetRect()
	role := paint.Input
	switch {
	case !p.opt.Colour || p.edit.text == "":
	case p.fault != nil:
		role = paint.InputBad
	default:
		role = paint.InputGood
	}
	fill(screen, p.look, paint.Bar, x, y, width)
	head := p.label().Draw(screen, p.look, x, y, max(width-8, 0))
	room := width - head
	fill(screen, p.look, role, x+head, y, room)
	before := paint.Width(p.edit.text[:p.edit.at])
	if before < p.scroll {
		p.scroll = before
	}
	if before >= p.scroll+room {
		p.scroll = before - room + 1
	}
	draw(screen, p.look.Style(role), x+head, y, room, p.edit.text, p.scroll)
	if p.HasFocus() {
		screen.ShowCursor(x+head+before-p.scroll, y)
	}
	p.drawBeside(screen, x, y, width, head)
}

// drawBeside draws what is wrong and what is proposed.
func (p *Prompt) drawBeside(screen tcell.Screen, x, y, width, head int) {
	_, height := screen.Size()
	row, step := y+1, 1
	if p.opt.Up {
		row, step = y-1, -1
	}
	p.area.height = 0
	if lines := p.faultLines(width, head); len(lines) > 0 {
		if p.opt.Up {
			row -= len(lines) - 1
		}
		for i, l := range lines {
			fill(screen, p.look, paint.Bar, x, row+i, width)
			l.Draw(screen, p.look, x, row+i, width)
		}
		if p.opt.Up {
			row--
		} else {
			row += len(lines)
		}
	}
	if len(p.list) == 0 {
		return
	}
	n := min(len(p.list), most)
	if step > 0 {
		n = min(n, height-row-1)
	} else {
		n = min(n, row)
	}
	if n <= 0 {
		return
	}
	if p.chosen >= 0 {
		p.top = max(min(p.top, p.chosen), p.chosen-n+1)
	}
	p.top = max(min(p.top, len(p.list)-n), 0)
	if step < 0 {
		row -= n - 1
	}
	names, notes := 0, 0
	for _, c := range p.list[p.top : p.top+n] {
		names, notes = max(names, paint.Width(c.Text)), max(notes, paint.Width(c.Note))
	}
	names = min(names, max(width-12, 8))
	left := x + head + max(paint.Width(p.edit.text[:min(p.list[0].From, len(p.edit.text))])-p.scroll, 0)
	wide := min(names+notes+4, width)
	left = max(min(left-1, x+width-wide), x)
	p.area.x, p.area.y, p.area.width, p.area.height = left, row, wide, n
	for i := range n {
		c := p.list[p.top+i]
		role, note := paint.List, paint.List
		if p.top+i == p.chosen {
			role, note = paint.ListChosen, paint.ListChosen
		}
		fill(screen, p.look, role, left, row+i, wide)
		paint.Line{}.And(role, " "+paint.Cut(c.Text, names)).Draw(screen, p.look, left, row+i, wide)
		paint.Line{}.And(note, paint.Cut(c.Note, max(wide-names-3, 0))).Draw(screen, p.look, left+names+2, row+i, wide-names-2)
		if i == 0 && p.top > 0 || i == n-1 && p.top+n < len(p.list) {
			paint.In(role, map[bool]string{true: "▲", false: "▼"}[i == 0 && p.top > 0]).Draw(screen, p.look, left+wide-1, row+i, 1)
		}
	}
}

// faultLines point at what is wrong and say why.
func (p *Prompt) faultLines(width, head int) []paint.Line {
	f := p.fault
	if f == nil || p.edit.text == "" {
		return nil
	}
	from, to := min(f.From, len(p.edit.text)), min(f.To, len(p.edit.text))
	at := head + paint.Width(p.edit.text[:from]) - p.scroll
	carets := max(paint.Width(p.edit.text[from:to]), 1)
	if at < 0 {
		carets, at = max(carets+at, 1), 0
	}
	at = min(at, width-1)
	carets = min(carets, width-at)
	role := paint.BarBad
	mark := strings.Repeat(" ", at) + strings.Repeat("^", carets) + " "
	if f.To == f.From && f.From == 0 {
		mark = " "
	}
	if room := width - paint.Width(mark); paint.Width(f.Reason) <= room {
		return []paint.Line{paint.In(role, mark+f.Reason)}
	}
	lines := []paint.Line{paint.In(role, mark)}
	for _, l := range wrap(f.Reason, width-2, 3) {
		lines = append(lines, paint.In(role, " "+l))
	}
	return lines
}

// wrap cuts prose into at most n lines.
func wrap(s string, width, n int) (l []string) {
	line := ""
	for _, w := range strings.Fields(paint.Clean(s)) {
		switch {
		case line == "":
			line = w
		case paint.Width(line)+1+paint.Width(w) <= width:
			line += " " + w
		case len(l) == n-1:
			return append(l, paint.Cut(line+" …", width))
		default:
			l, line = append(l, paint.Cut(line, width)), w
		}
	}
	return append(l, paint.Cut(line, width))
}

func fill(screen tcell.Screen, look *paint.Look, r paint.Role, x, y, width int) {
	for i := range width {
		screen.SetContent(x+i, y, ' ', nil, look.Style(r))
	}
}

// draw puts the part of text on the screen that begins behind some columns.
func draw(screen tcell.Screen, style tcell.Style, x, y, width int, text string, skip int) {
	at, state := -skip, -1
	for rest := text; rest != ""; {
		var c string
		var w int
		c, rest, w, state = uniseg.FirstGraphemeClusterInString(rest, state)
		shown := c
		if clean := paint.Clean(c); clean != c {
			shown, w = clean, paint.Width(clean)
			for i, r := range shown { // an escape of several plain characters
				if at+i >= 0 && at+i < width {
					screen.SetContent(x+at+i, y, r, nil, style)
				}
			}
			at += w
			continue
		}
		if at >= 0 && at+w <= width {
			r := []rune(shown)
			screen.SetContent(x+at, y, r[0], r[1:], style)
		}
		at += w
	}
}
