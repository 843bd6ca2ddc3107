package prompt

import (
	"strings"
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"plcscope/tui/paint"
)

// Candidate is what may stand in the place of a part of the line.
type Candidate struct {
	Text string
	Note string // what it is, for the user
	From int    // the part, in bytes of the line
	To   int
}

// Fault is what is wrong with a line, and where.
type Fault struct {
	From, To int // in bytes; equal when it is the line as a whole
	Reason   string
}

// Options say what is asked and how.
type Options struct {
	Label   func(text string) paint.Line // what stands before the line; may depend on it
	Text    string                       // to begin with
	History *History                     // may be nil
	// Complete proposes what may stand at a place, in bytes, of the text; may be nil.
	Complete func(text string, at int) []Candidate
	// Check finds fault with a text; a line with a fault is not accepted. May be nil.
	Check func(text string) *Fault
	// Colour is set where the line shows by its colour whether it is sound.
	Colour bool
	// Up lets proposals stand above the line.
	Up bool
	// Done is called with the text, and accepted false when the user has given up.
	Done func(text string, accepted bool)
}

// Prompt is the line as a part of the screen.
type Prompt struct {
	*tview.Box
	look *paint.Look
	opt  Options
	edit editor

	list    []Candidate
	chosen  int // of list, or -1
	top     int // the first of list on the screen
	cycling bool
	fault   *Fault
	scroll  int // columns of the text that are left of the screen

	place  int    // in History
	prefix string // what was typed before History was asked

	area struct{ x, y, width, height int } // of the proposals, on the screen
}

// New makes a prompt.
func New(look *paint.Look, opt Options) *Prompt {
	p := &Prompt{Box: tview.NewBox(), look: look, opt: opt, chosen: -1}
	p.edit.set(opt.Text)
	p.place = -1
	p.changed()
	p.list = nil // nobody has asked yet
	return p
}

// Text is what stands in the line.
func (p *Prompt) Text() string { return p.edit.text }

// Renew looks for proposals anew, because others are known now.
func (p *Prompt) Renew() {
	if !p.cycling && p.edit.text != p.opt.Text {
		p.changed()
	}
}

// changed brings proposals and faults up to date with the text.
func (p *Prompt) changed() {
	p.cycling, p.chosen, p.top = false, -1, 0
	p.check()
	p.list = nil
	if p.opt.Complete != nil {
		p.list = p.opt.Complete(p.edit.text, p.edit.at)
	}
}

func (p *Prompt) check() {
	if p.opt.Check != nil {
		p.fault = p.opt.Check(p.edit.text)
	}
}

// Key obeys a key.
func (p *Prompt) Key(k *tcell.EventKey) {
	switch k.Key() {
	case tcell.KeyEnter:
		p.accept()
	case tcell.KeyEscape, tcell.KeyCtrlG:
		p.opt.Done(p.edit.text, false)
	case tcell.KeyTab:
		p.tab(1)
	case tcell.KeyBacktab:
		p.tab(-1)
	case tcell.KeyUp, tcell.KeyCtrlP:
		p.recall(-1)
	case tcell.KeyDown, tcell.KeyCtrlN:
		p.recall(1)
	default:
		if p.edit.key(k) {
			p.place = -1
			p.changed()
		}
	}
}

func (p *Prompt) accept() {
	if p.check(); p.fault != nil {
		return
	}
	if p.opt.History != nil {
		p.opt.History.Add(p.edit.text)
	}
	p.opt.Done(p.edit.text, true)
}

// tab completes as far as there is no choice, and then goes through the proposals.
func (p *Prompt) tab(step int) {
	if len(p.list) == 0 {
		p.changed()
	}
	n := len(p.list)
	if n == 0 {
		return
	}
	if !p.cycling {
		c := p.list[0]
		if common := p.common(); n > 1 && len(common) > c.To-c.From && strings.HasPrefix(common, p.edit.text[c.From:c.To]) {
			p.edit.replace(c.From, c.To, common)
			p.changed()
			return
		}
		p.cycling = true
		if step < 0 {
			p.chosen = 0
		}
	}
	p.choose((p.chosen + step + n) % n)
	if n == 1 {
		p.changed()
	}
}

// common is what all proposals begin with, "" when they replace different parts.
func (p *Prompt) common() string {
	s := p.list[0].Text
	for _, c := range p.list {
		if c.From != p.list[0].From || c.To != p.list[0].To {
			return ""
		}
		for !strings.HasPrefix(c.Text, s) {
			_, n := utf8.DecodeLastRuneInString(s)
			s = s[:len(s)-n]
		}
	}
	return s
}

// choose puts a proposal into the line.
func (p *Prompt) choose(i int) {
	from, to := p.list[i].From, p.list[i].To
	if p.chosen >= 0 && p.cycling && p.applied() {
		to = from + len(p.list[p.chosen].Text)
	}
	p.edit.replace(from, to, p.list[i].Text)
	p.chosen = i
	p.check()
}

// applied reports whether the chosen proposal stands in the line.
func (p *Prompt) applied() bool {
	c := p.list[p.chosen]
	return strings.HasPrefix(p.edit.text[c.From:], c.Text)
}

// recall brings an earlier line, or a later one.
func (p *Prompt) recall(step int) {
	h := p.opt.History
	if h == nil {
		return
	}
	if p.place < 0 {
		p.place, p.prefix = len(h.lines), p.edit.text
		if p.edit.text == p.opt.Text {
			p.prefix = "" // nothing was typed
		}
	}
	i := -1
	if step < 0 {
		if i = h.older(p.place, p.prefix); i < 0 {
			return
		}
	} else {
		i = h.newer(p.place, p.prefix)
	}
	if i < 0 {
		p.place = -1
		p.edit.set(p.prefix)
	} else {
		p.place = i
		p.edit.set(h.lines[i])
	}
	p.check()
	p.list, p.cycling, p.chosen = nil, false, -1
}

// InputHandler implements tview.Primitive.
func (p *Prompt) InputHandler() func(*tcell.EventKey, func(tview.Primitive)) {
	return p.WrapInputHandler(func(k *tcell.EventKey, _ func(tview.Primitive)) { p.Key(k) })
}

// PasteHandler implements tview.Primitive.
func (p *Prompt) PasteHandler() func(string, func(tview.Primitive)) {
	return p.WrapPasteHandler(func(s string, _ func(tview.Primitive)) {
		p.edit.insert(strings.TrimRight(s, "\r\n"))
		p.place = -1
		p.changed()
	})
}

// Covers reports whether a cell of the screen belongs to the prompt or its proposals.
func (p *Prompt) Covers(x, y int) bool { return p.InRect(x, y) || p.inList(x, y) }

func (p *Prompt) inList(x, y int) bool {
	a := &p.area
	return x >= a.x && x < a.x+a.width && y >= a.y && y < a.y+a.height
}

// Click takes the proposal at a cell of the screen, or puts the cursor there.
func (p *Prompt) Click(x, y int) {
	if p.inList(x, y) {
		if i := p.top + y - p.area.y; i < len(p.list) {
			p.cycling = true
			p.choose(i)
			p.changed()
		}
		return
	}
	left, _, _, _ := p.GetRect()
	column := x - left - p.label().Width() + p.scroll
	p.edit.at = 0
	for p.edit.at < len(p.edit.text) {
		next := p.edit.right()
		if paint.Width(p.edit.text[:next]) > column {
			break
		}
		p.edit.at = next
	}
	p.changed()
}

// Wheel goes through the proposals without choosing one.
func (p *Prompt) Wheel(step int) {
	p.top = max(min(p.top+step, len(p.list)-p.area.height), 0)
}
