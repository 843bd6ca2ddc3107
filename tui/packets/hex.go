package packets

import (
	"fmt"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"plcscope/tui/paint"
)

// hexPane shows bytes with their offsets and as ASCII.
type hexPane struct {
	*tview.Box
	look   *paint.Look
	d      *detail
	tab    int
	cursor int // byte that is selected
	top    int // first line on the screen
	from   int // bytes that belong to the selected field
	to     int
	moved  func() // the user has selected another byte
}

func newHex(look *paint.Look) *hexPane {
	return &hexPane{Box: tview.NewBox(), look: look, d: &detail{tabs: []tab{{}}}}
}

func (h *hexPane) bytes() []byte {
	if h.tab >= len(h.d.tabs) {
		return nil
	}
	return h.d.tabs[h.tab].bytes
}

// Columns that sixteen and eight bytes take.
const (
	hexWide   = 6 + 16*3 + 1 + 1 + 16
	hexNarrow = 6 + 8*3 + 1 + 8
)

// perLine is how many bytes stand in a line.
func (h *hexPane) perLine() int {
	_, _, width, _ := h.GetInnerRect()
	if width >= hexWide {
		return 16
	}
	return 8
}

// highlight shows which bytes belong to the selected field and brings them into view.
func (h *hexPane) highlight(tab, from, to int) {
	h.tab, h.from, h.to = tab, from, to
	if to > from {
		h.cursor = from
	}
	h.cursor = max(min(h.cursor, len(h.bytes())-1), 0)
	h.scroll()
}

// scroll brings the selected byte into view.
func (h *hexPane) scroll() {
	_, _, _, height := h.GetInnerRect()
	n := h.perLine()
	line := h.cursor / n
	last := max(min(h.to-1, len(h.bytes())-1), h.cursor) / n
	switch {
	case height <= 0:
	case line < h.top:
		h.top = line
	case line >= h.top+height:
		h.top = line - height + 1
	}
	if height > 0 && last >= h.top+height { // as much of the field as there is room for
		h.top = min(line, last-height+1)
	}
	h.top = max(min(h.top, (len(h.bytes())+n-1)/n-max(height, 1)), 0)
}

// Draw implements tview.Primitive.
func (h *hexPane) Draw(screen tcell.Screen) {
	h.Box.DrawForSubclass(screen, h)
	x, y, width, height := h.GetInnerRect()
	h.scroll()
	b, n := h.bytes(), h.perLine()
	for row := range height {
		at := (h.top + row) * n
		if at >= len(b) {
			break
		}
		h.line(at, min(at+n, len(b)), n).Draw(screen, h.look, x, y+row, width)
	}
}

// line shows the bytes from at to end of lines of n bytes.
func (h *hexPane) line(at, end, n int) paint.Line {
	t := &h.d.tabs[h.tab]
	l := paint.Inf(paint.Dim, "%04x  ", at)
	for i := at; i < at+n; i++ {
		if i == at+8 {
			l = l.And(paint.Plain, " ")
		}
		if i >= end {
			l = l.And(paint.Plain, "   ")
			continue
		}
		text := fmt.Sprintf("%02x", t.bytes[i])
		switch t.cover[i] {
		case secret:
			text = "**"
		case hidden:
			text = "··"
		}
		l = l.And(h.role(i), text)
		if i+1 < end && i+1 != at+8 && h.role(i) == h.role(i+1) {
			l = l.And(h.role(i), " ")
		} else {
			l = l.And(paint.Plain, " ")
		}
	}
	l = l.And(paint.Plain, " ")
	for i := at; i < end; i++ {
		text := "."
		switch c := t.bytes[i]; {
		case t.cover[i] == secret:
			text = "*"
		case t.cover[i] == hidden:
			text = "·"
		case c >= ' ' && c < 0x7f:
			text = string(rune(c))
		}
		l = l.And(h.role(i), text)
	}
	return l
}

func (h *hexPane) role(i int) paint.Role {
	switch {
	case i == h.cursor && h.HasFocus():
		return paint.Cursor
	case i >= h.from && i < h.to:
		return paint.Match
	case h.d.tabs[h.tab].cover[i] != bare:
		return paint.Dim
	}
	return paint.Plain
}

// InputHandler implements tview.Primitive.
func (h *hexPane) InputHandler() func(*tcell.EventKey, func(tview.Primitive)) {
	return h.WrapInputHandler(func(e *tcell.EventKey, _ func(tview.Primitive)) {
		_, _, _, height := h.GetInnerRect()
		n := h.perLine()
		key := e.Key()
		if key == tcell.KeyRune {
			key = map[rune]tcell.Key{'h': tcell.KeyLeft, 'l': tcell.KeyRight, 'j': tcell.KeyDown, 'k': tcell.KeyUp, 'G': tcell.KeyEnd}[e.Rune()]
		}
		switch key {
		case tcell.KeyLeft:
			h.move(-1)
		case tcell.KeyRight:
			h.move(1)
		case tcell.KeyUp:
			h.move(-n)
		case tcell.KeyDown:
			h.move(n)
		case tcell.KeyPgUp, tcell.KeyCtrlB:
			h.move(-n * max(height, 1))
		case tcell.KeyPgDn, tcell.KeyCtrlF:
			h.move(n * max(height, 1))
		case tcell.KeyHome:
			h.move(-len(h.bytes()))
		case tcell.KeyEnd:
			h.move(len(h.bytes()))
		}
	})
}

// move selects another byte. A step of whole lines past an end stays in its column.
func (h *hexPane) move(by int) {
	at := h.cursor + by
	n, last := h.perLine(), len(h.bytes())-1
	if by%n == 0 && by != 0 && (at < 0 || at > last) && max(by, -by) <= last {
		for at > last {
			at -= n
		}
		for at < 0 {
			at += n
		}
	}
	h.select1(at)
}

func (h *hexPane) select1(at int) {
	h.cursor = max(min(at, len(h.bytes())-1), 0)
	if h.moved != nil && len(h.bytes()) > 0 {
		h.moved()
	}
	h.scroll()
}

// MouseHandler implements tview.Primitive.
func (h *hexPane) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return h.WrapMouseHandler(func(action tview.MouseAction, e *tcell.EventMouse, focus func(tview.Primitive)) (bool, tview.Primitive) {
		mx, my := e.Position()
		if !h.InRect(mx, my) {
			return false, nil
		}
		x, y, _, height := h.GetInnerRect()
		lines := (len(h.bytes()) + h.perLine() - 1) / h.perLine()
		switch action {
		case tview.MouseLeftClick:
			focus(h)
			if at, ok := h.hit(mx-x, my-y); ok {
				h.select1(at)
			}
		case tview.MouseScrollUp:
			h.glide(-1, lines, height)
		case tview.MouseScrollDown:
			h.glide(1, lines, height)
		default:
			return false, nil
		}
		return true, nil
	})
}

// glide scrolls, and takes the selected byte along where it would leave the screen.
func (h *hexPane) glide(by, lines, height int) {
	n := h.perLine()
	h.top = max(min(h.top+by, lines-height), 0)
	at := h.cursor
	for at/n < h.top {
		at += n
	}
	for at/n >= h.top+height && at >= n {
		at -= n
	}
	if at != h.cursor {
		h.select1(at)
	}
}

// hit is the byte at a place of the pane.
func (h *hexPane) hit(x, y int) (int, bool) {
	n := h.perLine()
	at := (h.top + y) * n
	text := 6 + n*3 + 1
	if n == 16 {
		text++
	}
	switch {
	case x >= text && x < text+n:
		at += x - text
	case x >= 6 && x < text-1:
		x -= 6
		if x > 24 {
			x--
		}
		at += min(x/3, n-1)
	default:
		return 0, false
	}
	return at, at < len(h.bytes())
}
