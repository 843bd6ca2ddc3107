package delivery

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// part is one of the lists that the lower part can show. Its entries are numbered from 0,
// of all sessions, in the order of the snapshot.
type part interface {
	title() string
	key() rune
	columns() []paint.Column
	len() int
	concerns(i int, w who) bool // about the messages of a row of the ledger that is no sum
	weight(i int) uint64        // the greater the earlier; equal ones stay in order
	cells(i int, cells []paint.Line)
	identity(i int) any // comparable
	// place is where entry i can be seen, and what came of it later. The frame of either
	// may be 0: nowhere.
	place(i int) (at, later pane.Target)
	details(i int) []paint.Line
	nothing() string // why there are none, of all sessions
	none() string    // none of one session, as in "no connection broke"
}

// The parts, in the order of their tabs.
const (
	outagePart = iota
	incidentPart
	pairPart
	replyPart
)

// lower is the lower part: one of the parts, narrowed to a row of the ledger.
type lower struct {
	v       *view
	parts   []part
	part    int
	all     bool // of all sessions, whichever row is selected
	rows    []int32
	columns int   // width of times, for which columns are laid out, and 0 for no layout
	at      []any // of each part, the identity of the selected row
	moving  bool
}

func newLower(v *view) *lower {
	l := &lower{v: v, parts: []part{outagePart: outages{v}, incidentPart: incidents{v}, pairPart: pairs{v}, replyPart: replies{v}}}
	l.at = make([]any, len(l.parts))
	return l
}

// Len implements paint.Rows.
func (l *lower) Len() int { return len(l.rows) }

// Cells implements paint.Rows.
func (l *lower) Cells(i int, cells []paint.Line) { l.parts[l.part].cells(int(l.rows[i]), cells) }

// whole reports whether the list is of all sessions.
func (l *lower) whole() bool { return l.all || !l.v.at.one }

// rowsOf lists the entries of a part that are shown.
func (l *lower) rowsOf(p part, rows []int32) []int32 {
	sorted := true
	for i := range p.len() {
		if l.whole() || p.concerns(i, l.v.at) {
			sorted = sorted && p.weight(i) == 0
			rows = append(rows, int32(i))
		}
	}
	if !sorted {
		slices.SortStableFunc(rows, func(a, b int32) int { return cmp.Compare(p.weight(int(b)), p.weight(int(a))) })
	}
	return rows
}

// count is how many entries of a part are shown when it is.
func (l *lower) count(p part) int {
	if l.whole() {
		return p.len()
	}
	n := 0
	for i := range p.len() {
		if p.concerns(i, l.v.at) {
			n++
		}
	}
	return n
}

// refresh lists the rows anew; the selected one stays.
func (l *lower) refresh() {
	p, g := l.parts[l.part], l.v.list
	l.moving = true
	if w := l.v.d.Words().TimeWidth(); w != l.columns {
		g.SetColumns(p.columns())
		l.columns = w
	}
	l.rows = l.rowsOf(p, l.rows[:0])
	at := slices.IndexFunc(l.rows, func(i int32) bool { return p.identity(int(i)) == l.at[l.part] })
	switch {
	case at >= 0:
		g.Select(at)
	case l.at[l.part] == nil:
		g.Select(0)
	}
	l.moving = false
	l.v.tabs.count()
}

// moved takes note of the selected row.
func (l *lower) moved() {
	if l.moving {
		return
	}
	l.v.want = pane.Target{}
	if i := l.selected(); i >= 0 {
		l.at[l.part] = l.parts[l.part].identity(i)
	}
	l.v.tell()
}

// selected is the number of the selected entry, or -1.
func (l *lower) selected() int {
	if i := l.v.list.Row(); i >= 0 && i < len(l.rows) {
		return int(l.rows[i])
	}
	return -1
}

// show shows another part.
func (l *lower) show(part int) {
	l.part, l.columns = part, 0
	l.v.list.SetOffset(0, 0)
	l.refresh()
	l.v.tell()
}

// reveal selects the entry of part p for which is holds, and reports whether there is one.
func (l *lower) reveal(p int, is func(at pane.Target) bool) bool {
	for i := range l.parts[p].len() {
		if at, _ := l.parts[p].place(i); is(at) {
			l.all = l.all || !l.whole() && !l.parts[p].concerns(i, l.v.at)
			l.at[p] = l.parts[p].identity(i)
			l.show(p)
			return true
		}
	}
	return false
}

// tabs is the line above the lower part: which parts there are, with their keys.
type tabs struct {
	*tview.Box
	v      *view
	counts []int
	ends   []int // columns at which their texts end, as they were drawn
}

func newTabs(v *view) *tabs { return &tabs{Box: tview.NewBox(), v: v} }

// count takes note of how many entries the parts have.
func (t *tabs) count() {
	t.counts = t.counts[:0]
	for _, p := range t.v.lower.parts {
		t.counts = append(t.counts, t.v.lower.count(p))
	}
}

// Draw implements tview.Primitive.
func (t *tabs) Draw(screen tcell.Screen) {
	x, y, width, _ := t.GetRect()
	look := t.v.d.Look()
	for i := range width {
		screen.SetContent(x+i, y, '─', nil, look.Style(paint.Dim))
	}
	at := x + 1
	t.ends = t.ends[:0]
	put := func(key rune, text string, chosen bool) {
		l := paint.Text(" ").And(paint.Strong, string(key)).And(paint.Dim, " "+text+" ")
		if chosen {
			l = paint.In(paint.Heading, "▸").And(paint.Strong, string(key)).And(paint.Heading, " "+text).And(paint.Plain, " ")
		}
		at += l.Draw(screen, look, at, y, x+width-at)
		t.ends = append(t.ends, at)
	}
	for i, p := range t.v.lower.parts {
		n := 0
		if i < len(t.counts) {
			n = t.counts[i]
		}
		put(p.key(), fmt.Sprintf("%s %s", p.title(), pane.Count(n)), i == t.v.lower.part && !t.v.shape.chart)
	}
	if !t.v.shape.wide {
		put('h', "latency", t.v.shape.chart)
	}
	of, least := paint.In(paint.Dim, " of all sessions "), len(" of all sessions ")
	if !t.v.lower.whole() {
		of, least = paint.In(paint.Dim, " of "+t.v.name(&t.v.at.name)+" "), 10
	}
	if w := min(of.Width(), x+width-at-1); w >= min(least, of.Width()) {
		of.Fit(w, false).Draw(screen, look, x+width-w-1, y, w)
	}
}

// MouseHandler implements tview.Primitive: a click on a part shows it.
func (t *tabs) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return t.WrapMouseHandler(func(action tview.MouseAction, e *tcell.EventMouse, _ func(tview.Primitive)) (bool, tview.Primitive) {
		x, y := e.Position()
		if action != tview.MouseLeftDown || !t.InRect(x, y) {
			return false, nil
		}
		for i, end := range t.ends {
			if x < end {
				if t.v.chart = i == len(t.v.lower.parts); !t.v.chart {
					t.v.lower.show(i)
				}
				break
			}
		}
		return true, nil
	})
}
