package paint

import (
	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// Divider is a line between two parts of a view, upright or level as its place is.
type Divider struct {
	*tview.Box
	look *Look
}

// NewDivider makes one; it takes one column, or one row.
func NewDivider(look *Look) *Divider { return &Divider{tview.NewBox(), look} }

// Draw implements tview.Primitive.
func (d *Divider) Draw(screen tcell.Screen) {
	x, y, width, height := d.GetRect()
	line := '─'
	if height > width {
		line = '│'
	}
	for i := range width {
		for j := range height {
			screen.SetContent(x+i, y+j, line, nil, d.look.Style(Dim))
		}
	}
}
