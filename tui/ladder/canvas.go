package ladder

import (
	"github.com/rivo/uniseg"

	"plcscope/tui/paint"
)

// canvas is one line of the diagram, column by column.
type canvas struct {
	cells []cell
}

type cell struct {
	text string // "" behind a wide character
	role paint.Role
}

// reset makes it width blank columns.
func (c *canvas) reset(width int) {
	c.cells = c.cells[:0]
	for range width {
		c.cells = append(c.cells, cell{" ", paint.Plain})
	}
}

// fill puts a sign of one column from column from to column to, both included.
func (c *canvas) fill(from, to int, sign string, role paint.Role) {
	for x := max(from, 0); x <= to && x < len(c.cells); x++ {
		c.cells[x] = cell{sign, role}
	}
}

// put writes text, made harmless, from a column on, at most width columns of it.
func (c *canvas) put(x, width int, text string, role paint.Role) {
	if x < 0 {
		width, x = width+x, 0
	}
	rest, state := paint.Cut(text, min(width, len(c.cells)-x)), -1
	for rest != "" {
		cluster, tail, w, st := uniseg.FirstGraphemeClusterInString(rest, state)
		rest, state = tail, st
		if w == 0 || x+w > len(c.cells) {
			continue
		}
		c.cells[x] = cell{cluster, role}
		for i := 1; i < w; i++ {
			c.cells[x+i] = cell{"", role}
		}
		x += w
	}
}

// line is what was drawn.
func (c *canvas) line() paint.Line {
	var l paint.Line
	for i := 0; i < len(c.cells); {
		j, text := i, ""
		for ; j < len(c.cells) && c.cells[j].role == c.cells[i].role; j++ {
			text += c.cells[j].text
		}
		l = l.And(c.cells[i].role, text)
		i = j
	}
	return l
}
