package ladder

import (
	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"plcscope/tui/paint"
)

// strip is a few lines that stay where they are.
type strip struct {
	*tview.Box
	look  *paint.Look
	lines func(width int) []paint.Line
}

// Draw implements tview.Primitive.
func (s *strip) Draw(screen tcell.Screen) {
	s.Box.DrawForSubclass(screen, s)
	x, y, width, height := s.GetRect()
	for i, l := range s.lines(width) {
		if i < height {
			l.Fit(width, false).Draw(screen, s.look, x, y+i, width)
		}
	}
}
