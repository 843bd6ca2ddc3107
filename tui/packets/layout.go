package packets

import (
	"fmt"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"plcscope/tui/paint"
)

// sizes are the shares of the screen, in hundredths, that the user can change.
type sizes struct {
	list int // of the height
	tree int // of the rest, where the bytes stand below the fields
}

var usualSizes = sizes{list: 45, tree: 58}

// wide is from how many columns on the bytes stand beside the fields.
const wide = 132

// Draw implements tview.Primitive.
func (v *view) Draw(screen tcell.Screen) {
	v.Box.DrawForSubclass(screen, v)
	defer v.empty(screen)
	x, y, width, height := v.GetInnerRect()
	switch {
	case v.stream != nil:
		v.stream.SetRect(x, y, width, height)
		v.stream.Draw(screen)
	case v.zoom && v.at == inList:
		v.place(screen, v.grid, x, y, width, height)
	case v.zoom:
		v.bar(screen, x, y, width, v.at)
		v.place(screen, v.pane(), x, y+1, width, height-1)
	case width >= wide:
		upper := max(min(height*v.size.list/100, height-6), 3)
		bytes := hexWide
		v.place(screen, v.grid, x, y, width, upper)
		v.bar(screen, x, y+upper, width-bytes-1, inTree)
		v.bar(screen, x+width-bytes-1, y+upper, bytes+1, inHex)
		v.place(screen, v.tree, x, y+upper+1, width-bytes-2, height-upper-1)
		v.place(screen, v.hex, x+width-bytes, y+upper+1, bytes, height-upper-1)
	default:
		upper := max(min(height*v.size.list/100, height-6), 3)
		middle := max((height-upper-2)*v.size.tree/100, 1)
		v.place(screen, v.grid, x, y, width, upper)
		v.bar(screen, x, y+upper, width, inTree)
		v.place(screen, v.tree, x, y+upper+1, width, middle)
		v.bar(screen, x, y+upper+1+middle, width, inHex)
		v.place(screen, v.hex, x, y+upper+2+middle, width, height-upper-2-middle)
	}
}

// empty says why a list has no rows.
func (v *view) empty(screen tcell.Screen) {
	if v.rows.Len() > 0 || v.stream != nil || v.zoom && v.at != inList {
		return
	}
	text := "No frames yet."
	switch s := v.rows.selection(); {
	case s != nil && s.Done():
		text = "No frame passes the display filter; F removes it."
	case s != nil:
		text = "No frame has passed the display filter so far."
	case v.d.Scope().Index.Progress().Done:
		text = "The capture holds no frames."
	}
	x, y, width, height := v.grid.GetInnerRect()
	if height > 2 {
		paint.In(paint.Dim, text).Draw(screen, v.d.Look(), x+2, y+2, max(width-2, 0))
	}
}

func (v *view) place(screen tcell.Screen, p tview.Primitive, x, y, width, height int) {
	p.SetRect(x, y, max(width, 0), max(height, 0))
	if height > 0 && width > 0 {
		p.Draw(screen)
	}
}

// bar is the line above a pane: what it shows, and whether keys go to it.
func (v *view) bar(screen tcell.Screen, x, y, width int, p part) {
	role := paint.Dim
	sign := "──"
	if v.at == p {
		role, sign = paint.Heading, "─▸"
	}
	l := paint.In(role, sign+" "+v.title(p)+" ")
	for n := l.Width(); n < width; n++ {
		l = l.And(paint.Dim, "─")
	}
	l.Draw(screen, v.d.Look(), x, y, width)
}

func (v *view) title(p part) string {
	d := v.shown
	if d.frame == 0 {
		return [...]string{inTree: "Fields", inHex: "Bytes"}[p]
	}
	if p == inTree {
		s := fmt.Sprintf("Fields of frame %d", d.frame)
		if n := len(d.messages); n > 0 {
			s += ", " + count(n, "message")
		}
		return s
	}
	if v.hex.tab >= len(d.tabs) {
		return "Bytes"
	}
	t := &d.tabs[v.hex.tab]
	s := t.name
	if len(d.tabs) > 1 {
		s += fmt.Sprintf(" (%d of %d, b: next)", v.hex.tab+1, len(d.tabs))
	}
	s += fmt.Sprintf(", %s", stretch(len(t.bytes)))
	if k := v.tree.node(); k >= 0 && v.hex.to > v.hex.from {
		if f := d.nodes[k].field; f != nil {
			s += ": " + f.Name
		}
		if n := v.hex.to - v.hex.from; n > 1 {
			s += fmt.Sprintf(" %d–%d", v.hex.from, v.hex.to-1)
		} else {
			s += fmt.Sprintf(" %d", v.hex.from)
		}
	}
	return s
}

// resize makes the pane that keys go to taller or flatter.
func (v *view) resize(by int) {
	s := &v.size
	switch v.at {
	case inList:
		s.list += by
	case inTree:
		s.tree += by
		if _, _, width, _ := v.GetInnerRect(); width >= wide {
			s.tree -= by
			s.list -= by
		}
	case inHex:
		s.tree -= by
		if _, _, width, _ := v.GetInnerRect(); width >= wide {
			s.tree += by
			s.list -= by
		}
	}
	s.list, s.tree = max(min(s.list, 90), 10), max(min(s.tree, 90), 10)
}
