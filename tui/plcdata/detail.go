package plcdata

import (
	"fmt"
	"strconv"
	"strings"

	"plcscope/s7comm/variable"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// pastColumns are those of the history.
var pastColumns = []paint.Column{
	{Title: "since", Width: 12},
	{Title: "value", Width: 8, Flex: 1},
	{Title: "frame", Width: 8, Right: true, Drop: 1},
}

// past is the history of a variable, the latest first.
type past struct {
	v *view
	e *variable.Entry
}

// Len implements paint.Rows.
func (p past) Len() int {
	if p.e == nil {
		return 0
	}
	return len(p.e.History)
}

// Cells implements paint.Rows.
func (p past) Cells(i int, cells []paint.Line) {
	x := p.v.pastAt(i)
	words := p.v.d.Words()
	before := int64(0)
	if i+1 < p.Len() {
		before = p.v.pastAt(i + 1).Time
	}
	cells[0] = paint.In(paint.Dim, words.Time(x.Time, before))
	cells[1] = paint.Text(p.v.hide(x.Value))
	if i+1 < p.Len() && !words.Private {
		cells[1] = cells[1].And(paint.Dim, difference(p.v.pastAt(i+1).Value, x.Value))
	}
	cells[2] = paint.Text(fmt.Sprint(x.Frame))
	if p.v.d.Marks().Has(uint32(x.Frame)) {
		cells[2] = paint.In(paint.Marked, "● ").And(paint.Plain, fmt.Sprint(x.Frame))
	}
}

// difference is by how much a number has changed, or "".
func difference(before, now string) string {
	a, errA := strconv.ParseFloat(before, 64)
	b, errB := strconv.ParseFloat(now, 64)
	if errA != nil || errB != nil {
		return ""
	}
	return fmt.Sprintf("  %+g", float64(float32(b-a)))
}

// pastAt is row i of the history that is shown.
func (v *view) pastAt(i int) *variable.Past {
	e := v.past.Rows().(past).e
	return &e.History[len(e.History)-1-i]
}

// explain shows the details of the selected row.
func (v *view) explain() {
	g, e := v.selected()
	var lines []paint.Line
	switch {
	case e != nil:
		lines = v.entryLines(e)
	case g != nil:
		lines = v.groupLines(g)
	default:
		lines = v.nothing()
	}
	v.page.Set(lines)
	shown, ok := v.past.Rows().(past)
	if !ok || shown.e != e {
		frame := uint64(0)
		if i := v.past.Row(); i >= 0 && shown.e != nil && e != nil && shown.e.Key() == e.Key() {
			frame = v.pastAt(i).Frame
		}
		top := v.past.HasFocus()
		v.past.SetRows(past{v, e})
		for i := range (past{v, e}).Len() {
			if top && v.pastAt(i).Frame == frame {
				v.past.Select(i)
			}
		}
	}
}

func (v *view) nothing() []paint.Line {
	switch {
	case v.narrow != "":
		return []paint.Line{paint.Text("No variable has " + strconv.Quote(v.narrow) + " in its address, symbol or type.")}
	case !v.snapshot.Complete:
		return []paint.Line{paint.Text("No data of controllers so far.")}
	}
	return []paint.Line{paint.Text("Nobody has read or written S7 data in this capture."), nil,
		paint.In(paint.Dim, "Controllers that speak S7comm-plus (TIA Portal, S7-1200 and 1500 without PUT/GET) show no addresses.")}
}

func (v *view) entryLines(e *variable.Entry) []paint.Line {
	words := v.d.Words()
	title := paint.In(paint.Heading, e.Address)
	if e.Symbol != "" {
		title = title.And(paint.Plain, "  ").And(paint.Strong, e.Symbol)
	}
	if e.Type != "" {
		title = title.And(paint.Plain, " : "+e.Type)
	}
	l := []paint.Line{title, label("controller").And(paint.Server, words.Addr(e.Controller))}
	value := label("value")
	value = append(value, v.value(e)...)
	l = append(l, value)
	if n := len(e.History); n > 0 {
		l = append(l, label("since").And(paint.Plain, v.sight(e.History[n-1].Sight)))
	}
	l = append(l,
		label("").And(paint.Plain, fmt.Sprintf("read %s×, written %s×, changed %s×", pane.Count(e.Reads), pane.Count(e.Writes), pane.Count(e.Changes))))
	if e.Refused > 0 {
		l = append(l, label("").And(paint.Bad, fmt.Sprintf("✖ refused %s×", pane.Count(e.Refused))))
	}
	l = append(l, label("first seen").And(paint.Plain, v.sight(e.First)), label("last seen").And(paint.Plain, v.sight(e.Last)))
	for i := range e.Partners {
		p := &e.Partners[i]
		head := ""
		if i == 0 {
			head = "by"
		}
		what := fmt.Sprintf("  %s, %s", pane.Plural(p.Reads, "read"), pane.Plural(p.Writes, "write"))
		l = append(l, label(head).And(paint.Client, words.Addr(p.Addr)).And(paint.Plain, what))
	}
	if e.MorePartners {
		l = append(l, label("").And(paint.Dim, "and others"))
	}
	return append(l, v.chart(e)...)
}

// chart draws how the variable went over the capture.
func (v *view) chart(e *variable.Entry) (l []paint.Line) {
	t := e.Trend
	_, _, width, _ := v.page.GetInnerRect()
	width = min(width-2, 64)
	if t == nil || width < 8 {
		return nil
	}
	if !t.Numeric {
		return []paint.Line{nil, paint.In(paint.Heading, "changes over the capture"), paint.Text(v.trend(e, width))}
	}
	title := "values over the capture"
	if !v.d.Words().Private {
		title += fmt.Sprintf(", %g to %g", t.Low, t.High)
	}
	l = append(l, nil, paint.In(paint.Heading, title))
	height := 4
	if t.Low == 0 && t.High == 1 || !v.shape.wide {
		height = 1
	}
	for _, s := range paint.Curve(t.Over(v.span[0], v.span[1], width, nil), t.Low, t.High, height) {
		l = append(l, paint.Text(s))
	}
	return l
}

func (v *view) groupLines(g *group) []paint.Line {
	words := v.d.Words()
	address := words.Addr(g.controller)
	var l []paint.Line
	if g.block {
		l = append(l, paint.In(paint.Heading, strings.TrimSpace(g.name()+" "+g.what())), label("controller").And(paint.Server, address))
	} else {
		l = append(l, paint.In(paint.Heading, address))
		l = append(l, v.identityLines(g)...)
	}
	s := &g.sum
	l = append(l,
		label("variables").And(paint.Plain, pane.Count(s.variables)),
		label("").And(paint.Plain, fmt.Sprintf("read %s×, written %s×, changed %s×", pane.Count(s.reads), pane.Count(s.writes), pane.Count(s.changes))))
	if s.refused > 0 {
		l = append(l, label("").And(paint.Bad, fmt.Sprintf("✖ refused %s×", pane.Count(s.refused))))
	}
	if s.changes > 0 {
		l = append(l, label("changed last").And(paint.Plain, v.sight(s.lastChange)))
	}
	l = append(l, label("last seen").And(paint.Plain, v.sight(s.last)))
	if n := v.snapshot.MoreValues; n > 0 {
		l = append(l, nil, paint.Inf(paint.Warn, "! more variables than are kept: %s sightings of others were left out", pane.Count(n)))
	}
	return l
}

// identityLines tell what a controller is.
func (v *view) identityLines(g *group) (l []paint.Line) {
	for i := range v.snapshot.Assets.Assets {
		a := &v.snapshot.Assets.Assets[i]
		if a.Addr.Netip() != g.controller {
			continue
		}
		for j := range a.Modules {
			m := &a.Modules[j]
			parts := []string{}
			for _, s := range []string{m.OrderNumber, m.Firmware, m.Name, m.Mode} {
				if s != "" {
					parts = append(parts, s)
				}
			}
			if len(parts) > 0 {
				l = append(l, label("module").And(paint.Plain, strings.Join(parts, ", ")))
			}
		}
	}
	return l
}

func (v *view) sight(s variable.Sight) string {
	return fmt.Sprintf("%s, frame %d", v.d.Words().Time(s.Time, 0), s.Frame)
}

// label begins a line of the details.
func label(s string) paint.Line { return paint.Inf(paint.Dim, "%-13s", s) }
