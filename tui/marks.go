package tui

import (
	"fmt"
	"slices"

	"github.com/gdamore/tcell/v2"

	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// mark marks the selected frame, with a note.
func (a *App) mark(note string) error {
	n, err := a.frameOf("")
	if err != nil {
		return err
	}
	if !a.marks.Has(n) {
		a.marks.Toggle(n)
	}
	if note != "" {
		if a.marks.Note == nil {
			a.marks.Note = map[uint32]string{}
		}
		a.marks.Note[n] = note
	}
	a.Say("frame %d is marked", n)
	a.refresh()
	return nil
}

func (a *App) unmark(arg string) error {
	if arg == "all" {
		a.marks = pane.Marks{}
		a.refresh()
		return nil
	}
	n, err := a.frameOf(arg)
	if err == nil && !a.marks.Has(n) {
		err = fmt.Errorf("frame %d is not marked", n)
	}
	if err == nil {
		a.marks.Toggle(n)
		a.refresh()
	}
	return err
}

// listMarks shows the marked frames over the view.
func (a *App) listMarks() {
	if len(a.marks.All()) == 0 {
		a.Say("no frame is marked; m marks the selected one")
		return
	}
	l := &markList{a: a}
	l.Grid = paint.NewGrid(a.look, []paint.Column{
		{Title: "Frame", Width: 9, Right: true}, {Title: "Time", Width: 27}, {Title: "Note", Width: 10, Flex: 1},
	}, l)
	l.OnEnter(func(i int) {
		n := a.marks.All()[i]
		a.closeOverlay()
		a.showFrame(n)
	})
	l.SetInputCapture(func(e *tcell.EventKey) *tcell.EventKey {
		if i := l.Row(); i >= 0 && (e.Key() == tcell.KeyDelete || e.Rune() == 'd') {
			a.marks.Toggle(a.marks.All()[i])
			if len(a.marks.All()) == 0 {
				a.closeOverlay()
			}
			a.refresh()
			return nil
		}
		return e
	})
	a.Overlay("Marks: enter goes there, d takes the mark away", l)
}

type markList struct {
	*paint.Grid
	a *App
}

// Len implements paint.Rows.
func (l *markList) Len() int { return len(l.a.marks.All()) }

// Cells implements paint.Rows.
func (l *markList) Cells(i int, cells []paint.Line) {
	all := l.a.marks.All()
	n := all[i]
	cells[0] = paint.Text(fmt.Sprint(n))
	if f, ok := l.a.scope.Index.Frame(n); ok {
		before := int64(0)
		if i > 0 {
			g, _ := l.a.scope.Index.Frame(all[i-1])
			before = g.Time
		}
		cells[1] = paint.Text(l.a.words.Time(f.Time, before))
	}
	cells[2] = paint.Text(l.a.marks.Note[n])
}

// setMarks puts marks back that were kept.
func (a *App) setMarks(frames []uint32, notes map[uint32]string) {
	a.marks = pane.Marks{}
	for _, n := range slices.Compact(slices.Sorted(slices.Values(frames))) {
		a.marks.Toggle(n)
		if s := notes[n]; s != "" {
			if a.marks.Note == nil {
				a.marks.Note = map[uint32]string{}
			}
			a.marks.Note[n] = s
		}
	}
}
