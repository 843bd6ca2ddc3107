package paint

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"
)

// numbers is a table of as many rows as it says.
type numbers int

func (n numbers) Len() int { return int(n) }

func (n numbers) Cells(i int, cells []Line) {
	cells[0], cells[1], cells[2] = Text(fmt.Sprint(i)), Text("\x1b[31m[red]日本"), Text("long text that is cut")
}

func screen(t *testing.T, width, height int) tcell.SimulationScreen {
	s := tcell.NewSimulationScreen("UTF-8")
	if err := s.Init(); err != nil {
		t.Fatal(err)
	}
	s.SetSize(width, height)
	return s
}

func text(s tcell.SimulationScreen) (lines []string) {
	s.Show()
	cells, width, height := s.GetContents()
	for y := range height {
		var b strings.Builder
		for x := 0; x < width; x++ {
			c := cells[y*width+x]
			b.Write(c.Bytes)
			x += max(Width(string(c.Runes))-1, 0)
		}
		lines = append(lines, strings.TrimRight(b.String(), " "))
	}
	return lines
}

func columns() []Column {
	return []Column{{Title: "no", Width: 5, Right: true}, {Title: "text", Width: 6, Flex: 1}, {Title: "more", Width: 10, Drop: 1}}
}

func TestGridKeepsItsPlaceWhenItGrows(t *testing.T) {
	s := screen(t, 60, 6)
	g := NewGrid(&Look{Theme: mono}, columns(), numbers(0))
	g.SetRect(0, 0, 60, 6)
	for _, n := range []numbers{0, 3, 100} {
		g.rows = n
		g.Draw(s)
	}
	if g.Row() != 0 || g.Top() != 0 {
		t.Errorf("row %d is selected, row %d on top", g.Row(), g.Top())
	}
	g.Select(99)
	g.Draw(s)
	if g.Row() != 99 || g.Top() != 95 {
		t.Errorf("row %d is selected, row %d on top", g.Row(), g.Top())
	}
	g.Follow(true)
	g.rows = numbers(1000)
	g.Draw(s)
	if g.Row() != 999 {
		t.Errorf("row %d is selected", g.Row())
	}
	g.Follow(false)
	g.rows = numbers(2)
	g.Draw(s)
	if g.Row() != 1 {
		t.Errorf("row %d is selected of two", g.Row())
	}
}

func TestGridIsHarmlessAndFits(t *testing.T) {
	s := screen(t, 50, 3)
	g := NewGrid(&Look{Theme: mono}, columns(), numbers(2))
	g.SetRect(0, 0, 50, 3)
	g.Draw(s)
	want := []string{
		"   no text                              more",
		`    0 \x1b[31m[red]日本                 long text…`,
		`    1 \x1b[31m[red]日本                 long text…`,
	}
	for i, l := range text(s) {
		if l != want[i] {
			t.Errorf("line %d is %q, want %q", i, l, want[i])
		}
	}
	s.SetSize(20, 3)
	s.Clear()
	g.SetRect(0, 0, 20, 3)
	g.Draw(s)
	if l := text(s); l[0] != "   no text" || l[1] != `    0 \x1b[31m[red]…` {
		t.Errorf("on a narrow screen: %q", l)
	}
}

func TestMillionsOfRows(t *testing.T) {
	s := screen(t, 80, 24)
	g := NewGrid(&Look{Theme: dark}, columns(), numbers(10_000_000))
	g.SetRect(0, 0, 80, 24)
	g.Select(9_999_999)
	if n := testing.AllocsPerRun(10, func() { g.Draw(s) }); n > 30_000 {
		t.Errorf("drawing 24 rows of 10 million allocates %f times", n)
	}
	if l := text(s); !strings.Contains(l[23], "9999…") {
		t.Errorf("the last row is not at the bottom: %q", l[23])
	}
}
