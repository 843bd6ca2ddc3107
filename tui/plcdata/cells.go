package plcdata

import (
	"math"

	"plcscope/s7comm/variable"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// trendWidth is how wide the curve of a variable is in the list.
const trendWidth = 16

// columns of the list.
const (
	colAddress = iota
	colSymbol
	colType
	colValue
	colTrend
	colChanges
	colReads
	colWrites
	colRefused
	colLast
	colBy
	numColumns
)

func columns(named bool) []paint.Column {
	l := []paint.Column{
		{Title: "address", Width: 18, Flex: 2},
		{Title: "symbol", Width: 18, Flex: 3, Drop: 1},
		{Title: "type", Width: 7, Flex: 1, Drop: 3},
		{Title: "last value", Width: 12, Flex: 3},
		{Title: "over time", Width: trendWidth, Drop: 2},
		{Title: "changes", Width: 7, Right: true},
		{Title: "reads", Width: 7, Right: true, Drop: 4},
		{Title: "writes", Width: 7, Right: true, Drop: 5},
		{Title: "refused", Width: 7, Right: true, Drop: 7},
		{Title: "last change", Width: 12, Right: true, Drop: 6},
		{Title: "by (r reads, w writes)", Width: 22, Flex: 2, Drop: 8},
	}
	if !named {
		l[colSymbol] = paint.Column{Drop: 9}
	}
	return l
}

// Len implements paint.Rows.
func (v *view) Len() int { return len(v.rows) }

// Cells implements paint.Rows.
func (v *view) Cells(i int, cells []paint.Line) {
	if g, e := v.row(i); g != nil {
		v.groupCells(g, cells)
	} else {
		v.entryCells(e, cells)
	}
}

func (v *view) groupCells(g *group, cells []paint.Line) {
	fold := "▾ "
	if v.folds.folded(v.model, g) {
		fold = "▸ "
	}
	name, role := v.d.Words().Addr(g.controller), paint.Server
	if g.block {
		fold = "  " + fold
		name, role = g.name(), paint.Strong
	}
	cells[colAddress] = paint.Text(fold).And(role, name)
	if what := g.what(); what != "" {
		cells[colAddress] = cells[colAddress].And(paint.Dim, " "+what)
	}
	cells[colValue] = paint.In(paint.Dim, pane.Plural(g.sum.variables, "variable"))
	cells[colChanges] = number(g.sum.changes)
	cells[colReads] = number(g.sum.reads)
	cells[colWrites] = number(g.sum.writes)
	cells[colRefused] = refused(g.sum.refused)
	if g.sum.changes > 0 {
		cells[colLast] = paint.In(paint.Dim, v.d.Words().Time(g.sum.lastChange.Time, 0))
	}
}

func (v *view) entryCells(e *variable.Entry, cells []paint.Line) {
	words := v.d.Words()
	mark := "    "
	role := paint.Plain
	if v.d.Marks().Has(uint32(e.Last.Frame)) {
		mark, role = "  ● ", paint.Marked
	}
	cells[colAddress] = paint.In(role, mark).And(paint.Plain, e.Address)
	cells[colSymbol] = paint.Text(e.Symbol)
	cells[colType] = paint.In(paint.Dim, e.Type)
	cells[colValue] = v.value(e)
	cells[colTrend] = paint.Text(v.trend(e, trendWidth))
	cells[colChanges] = number(e.Changes)
	cells[colReads] = number(e.Reads)
	cells[colWrites] = number(e.Writes)
	cells[colRefused] = refused(e.Refused)
	if e.Changes > 0 {
		cells[colLast] = paint.Text(words.Time(e.LastChange.Time, 0))
	}
	by := ""
	for i, p := range e.Partners {
		if i > 0 {
			by += ", "
		}
		by += words.Addr(p.Addr) + " " + does(&p)
	}
	if e.MorePartners {
		by += ", …"
	}
	cells[colBy] = paint.Text(by)
}

// value is the last one, or why there is none.
func (v *view) value(e *variable.Entry) paint.Line {
	switch {
	case e.Known:
		return paint.In(paint.Strong, v.hide(e.Value))
	case e.Refused > 0:
		return paint.In(paint.Bad, "✖ refused")
	}
	return paint.In(paint.Dim, "not seen")
}

// hide writes a value, which in privacy mode is a payload.
func (v *view) hide(value string) string {
	if v.d.Words().Private {
		return "‹hidden›"
	}
	return value
}

// trend draws the values over the time of the capture; of what is no number, how often it
// changed.
func (v *view) trend(e *variable.Entry, width int) string {
	if e.Trend == nil {
		return ""
	}
	values := e.Trend.Over(v.span[0], v.span[1], width, nil)
	if e.Trend.Numeric {
		return paint.Curve(values, e.Trend.Low, e.Trend.High, 1)[0]
	}
	return paint.Spark(counts(values), width)
}

func counts(values []float64) []uint32 {
	l := make([]uint32, len(values))
	for i, x := range values {
		if !math.IsNaN(x) {
			l[i] = uint32(x)
		}
	}
	return l
}

// does tells whether a partner reads (r) and writes (w).
func does(p *variable.Partner) string {
	s := ""
	if p.Reads > 0 {
		s += "r"
	}
	if p.Writes > 0 {
		s += "w"
	}
	if s == "" {
		return "-"
	}
	return s
}

func number(n uint64) paint.Line {
	if n == 0 {
		return paint.In(paint.Dim, "·")
	}
	return paint.Text(pane.Count(n))
}

func refused(n uint64) paint.Line {
	if n == 0 {
		return paint.In(paint.Dim, "·")
	}
	return paint.In(paint.Bad, "✖ "+pane.Count(n))
}
