package paint

import (
	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// Column is a column of a Grid.
type Column struct {
	Title string
	Width int  // columns of the screen, at least
	Flex  int  // its share of the width that is left over
	Right bool // numbers stand to the right
	Drop  int  // where the screen is too narrow, columns with the highest Drop go first; 0 stays
}

// Rows is what a Grid shows: any number of rows, of which only those on the screen are
// asked for. It is called on the goroutine that draws.
type Rows interface {
	Len() int
	// Cells fills one Line for each column, for row i from 0.
	Cells(i int, cells []Line)
}

// Grid is a table of any length with one selected row.
type Grid struct {
	*tview.Table
	look    *Look
	columns []Column
	rows    Rows
	head    bool
	follow  bool

	widths  []int          // of the columns, 0 for those that were dropped
	shown   []int          // columns that were not dropped
	cache   map[int][]Line // of the present drawing
	moved   func(i int)
	entered func(i int)
}

// NewGrid makes a table. Without any title in its columns it has no heading.
func NewGrid(look *Look, columns []Column, rows Rows) *Grid {
	g := &Grid{Table: tview.NewTable(), look: look, rows: rows, cache: map[int][]Line{}}
	g.Table.SetContent(newContent(g))
	g.Table.SetSelectable(true, false)
	g.SetColumns(columns)
	g.Table.SetSelectionChangedFunc(func(row, _ int) {
		if i := row - g.fixed(); g.moved != nil && i >= 0 && i < g.rows.Len() {
			g.moved(i)
		}
	})
	g.Table.SetSelectedFunc(func(row, _ int) {
		if i := row - g.fixed(); g.entered != nil && i >= 0 && i < g.rows.Len() {
			g.entered(i)
		}
	})
	return g
}

// SetColumns gives the table other columns.
func (g *Grid) SetColumns(columns []Column) {
	row := g.Row()
	g.columns, g.head = columns, false
	for _, c := range columns {
		g.head = g.head || c.Title != ""
	}
	g.Table.SetFixed(g.fixed(), 0)
	g.Table.Select(max(row, 0)+g.fixed(), 0)
	g.widths = nil
}

// SetRows shows something else, and selects its first row.
func (g *Grid) SetRows(rows Rows) {
	g.rows = rows
	clear(g.cache)
	g.Table.SetOffset(0, 0)
	g.Table.Select(g.fixed(), 0)
}

// Rows returns what the table shows.
func (g *Grid) Rows() Rows { return g.rows }

// OnMove sets what is called when another row becomes the selected one.
func (g *Grid) OnMove(f func(i int)) { g.moved = f }

// OnEnter sets what is called when the selected row is entered, with the key or a double
// click.
func (g *Grid) OnEnter(f func(i int)) { g.entered = f }

// Follow keeps the last row selected while rows are added.
func (g *Grid) Follow(on bool) { g.follow = on }

// Row is the selected row, from 0, or -1 when there is none.
func (g *Grid) Row() int {
	if g.rows == nil || g.rows.Len() == 0 {
		return -1
	}
	row, _ := g.Table.GetSelection()
	return min(max(row-g.fixed(), 0), g.rows.Len()-1)
}

// Select selects row i, or the nearest that there is.
func (g *Grid) Select(i int) {
	g.Table.Select(max(min(i, g.rows.Len()-1), 0)+g.fixed(), 0)
}

// Top is the first row on the screen.
func (g *Grid) Top() int {
	row, _ := g.Table.GetOffset()
	return row
}

// Height is how many rows the screen has room for.
func (g *Grid) Height() int {
	_, _, _, h := g.GetInnerRect()
	return max(h-g.fixed(), 0)
}

func (g *Grid) fixed() int {
	if g.head {
		return 1
	}
	return 0
}

// Draw implements tview.Primitive.
func (g *Grid) Draw(screen tcell.Screen) {
	clear(g.cache)
	_, _, width, _ := g.GetInnerRect()
	g.layout(width)
	n := g.rows.Len()
	if g.follow {
		g.Select(n - 1)
	} else if row, _ := g.Table.GetSelection(); row >= n+g.fixed() {
		g.Select(n - 1)
	}
	g.Table.SetSelectable(n > 0, false)
	g.Table.SetOffset(g.Table.GetOffset()) // or it sticks to its end from the time when it was short
	g.Table.Draw(screen)                   // finds out which rows are on the screen; what they hold is drawn here
	g.draw(screen, n)
}

// draw puts the rows that are on the screen there.
func (g *Grid) draw(screen tcell.Screen, n int) {
	x, y, width, height := g.GetInnerRect()
	top, _ := g.Table.GetOffset()
	selected, _ := g.Table.GetSelection()
	for row := range height {
		i := top + row - g.fixed()
		if row >= g.fixed() && i >= n {
			break
		}
		at := x
		for _, k := range g.shown {
			var l Line
			if row < g.fixed() {
				l = In(Heading, g.columns[k].Title)
			} else {
				l = g.cells(i)[k]
			}
			room := min(g.widths[k], x+width-at)
			if room <= 0 {
				break
			}
			l.Fit(g.widths[k], g.columns[k].Right).Draw(screen, g.look, at, y+row, room)
			at += g.widths[k] + 1
		}
		if row >= g.fixed() && i+g.fixed() == selected {
			g.cursor(screen, x, y+row, min(at-x, width))
		}
	}
}

// cursor makes what was drawn look like the selected row.
func (g *Grid) cursor(screen tcell.Screen, x, y, width int) {
	role := Cursor
	if !g.HasFocus() {
		role = CursorOff
	}
	fg, bg, attr := g.look.Style(role).Decompose()
	for i := 0; i < width; {
		text, style, n := screen.Get(x+i, y)
		style = style.Foreground(fg).Background(bg)
		if attr != 0 {
			style = style.Attributes(attr)
		}
		screen.Put(x+i, y, text, style)
		i += max(n, 1)
	}
}

// layout decides how wide columns are: each what it needs, what is left over shared out,
// and where there is too little, some left out.
func (g *Grid) layout(width int) {
	g.widths = make([]int, len(g.columns))
	dropped := make([]bool, len(g.columns))
	for {
		need, flex, worst := -1, 0, -1
		for i, c := range g.columns {
			if dropped[i] {
				continue
			}
			need += c.Width + 1
			flex += c.Flex
			if c.Drop > 0 && (worst < 0 || c.Drop >= g.columns[worst].Drop) {
				worst = i
			}
		}
		if need > width && worst >= 0 {
			dropped[worst] = true
			continue
		}
		g.shown = g.shown[:0]
		left := max(width-need, 0)
		for i, c := range g.columns {
			if dropped[i] {
				continue
			}
			g.shown = append(g.shown, i)
			g.widths[i] = c.Width
			if c.Flex > 0 && flex > 0 {
				share := left * c.Flex / flex
				g.widths[i] += share
				left, flex = left-share, flex-c.Flex
			}
		}
		return
	}
}

// cells returns the cells of a row, from 0.
func (g *Grid) cells(i int) []Line {
	if l, ok := g.cache[i]; ok {
		return l
	}
	l := make([]Line, len(g.columns))
	g.rows.Cells(i, l)
	g.cache[i] = l
	return l
}

// gridContent is the table as tview asks for it: one empty column. Measuring and drawing
// text are ours, as a Table does both several times for each cell.
type gridContent struct {
	tview.TableContentReadOnly
	g          *Grid
	head, body *tview.TableCell
}

func newContent(g *Grid) *gridContent {
	return &gridContent{g: g, head: tview.NewTableCell("").SetSelectable(false), body: tview.NewTableCell("")}
}

func (c *gridContent) GetRowCount() int { return c.g.rows.Len() + c.g.fixed() }

func (c *gridContent) GetColumnCount() int { return 1 }

func (c *gridContent) GetCell(row, column int) *tview.TableCell {
	switch {
	case column != 0 || row < 0 || row >= c.GetRowCount():
		return nil
	case row < c.g.fixed():
		return c.head
	}
	return c.body
}
