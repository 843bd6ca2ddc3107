package ladder

import (
	"fmt"
	"strings"

	"plcscope/flows/index"
	"plcscope/flows/tcp"
	"plcscope/rules"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// Len implements paint.Rows.
func (v *view) Len() int { return len(v.script.rows) }

// Cells implements paint.Rows.
func (v *view) Cells(i int, cells []paint.Line) {
	_, _, width, _ := v.grid.GetInnerRect()
	g := v.geometry(width)
	before := int64(0)
	if i > 0 {
		before = v.timeAt(i - 1)
	}
	w, c := v.d.Words(), &v.canvas
	at := w.Time(v.timeAt(i), before)
	if e := v.script.event(i); e != nil && e.kind == gap { // nobody knows when
		at = ""
	}
	l := paint.In(paint.Dim, at).Fit(g.time, true).And(paint.Plain, " ")
	c.reset(g.diagram)
	for _, x := range v.visible(&g) {
		c.fill(x, x, "│", paint.Dim)
	}
	var found []*rules.Finding
	latency := ""
	if e := v.script.event(i); e != nil {
		found = v.ofEvent(e)
		l = append(l, v.marks(i, nil, found)...)
		v.drawEvent(&g, i, e)
	} else {
		m := v.caption(uint32(v.script.rows[i]))
		found = v.of(m)
		l = append(l, v.marks(i, m, found)...)
		v.drawArrow(&g, m)
		if m.answers != 0 {
			latency = pane.Span(m.took)
		}
	}
	l = append(l.And(paint.Plain, " "), c.line()...)
	l = append(l.And(paint.Plain, " "), paint.In(paint.Note, latency).Fit(g.latency, true)...)
	if g.rule > 0 && len(found) > 0 {
		l = append(l.And(paint.Plain, " "), rule(found).Fit(g.rule, false)...)
	}
	cells[0] = l
}

// rule names the gravest finding, and how many others there are.
func rule(found []*rules.Finding) paint.Line {
	sign := pane.SignOf(found[0])
	l := paint.Line{sign}.And(sign.Role, " "+found[0].Rule.ID)
	if n := len(found) - 1; n > 0 {
		l = paint.Line{sign}.And(sign.Role, fmt.Sprintf(" +%d %s", n, found[0].Rule.ID))
	}
	return l
}

// timeAt is the time of row i.
func (v *view) timeAt(i int) int64 {
	if e := v.script.event(i); e != nil {
		return e.time
	}
	return v.caption(uint32(v.script.rows[i])).m.Time
}

// marks are three signs: what the user has marked, what belongs to the exchange of the
// selected row, and the gravest finding.
func (v *view) marks(i int, c *caption, found []*rules.Finding) paint.Line {
	var l paint.Line
	switch {
	case c != nil && c.m.Number == v.first:
		l = l.And(paint.Marked, "A")
	case v.d.Marks().Has(v.frameAt(i)) && c != nil:
		l = l.And(paint.Marked, "●")
	default:
		l = l.And(paint.Plain, " ")
	}
	if together(c, v.selected) && (c.answers != 0 || v.selected.answers != 0) {
		l = l.And(paint.Match, "┃")
	} else {
		l = l.And(paint.Plain, " ")
	}
	if len(found) == 0 {
		return l.And(paint.Plain, " ")
	}
	return append(l, pane.SignOf(found[0]))
}

// drawArrow draws a message from who says it to who hears it.
func (v *view) drawArrow(g *geometry, m *caption) {
	ends, ok := v.script.lanes.of[v.script.stages[m.m.Conn]]
	if !ok {
		return
	}
	from, _ := v.x(g, ends[0])
	to, _ := v.x(g, ends[1])
	if !m.m.FromClient {
		from, to = to, from
	}
	role, shaft := m.role, "─"
	if m.bad {
		role, shaft = paint.Bad, "╌"
	}
	c, low, high := &v.canvas, min(from, to), max(from, to)
	c.fill(low+1, high-1, shaft, role)
	text := m.text
	if g.text > 0 {
		text = m.short
		c.put(g.text, g.diagram-g.text, m.text, role)
	} else if ends[0] != ends[1] {
		text = v.unseen(g, ends, m.m.FromClient) + text
	}
	if from < to {
		c.fill(high-1, high-1, "▶", role)
		v.label(low+2, high-3, text, false, role)
	} else {
		c.fill(low+1, low+1, "◀", role)
		v.label(low+3, high-2, text, true, role)
	}
}

// unseen names the ends of an arrow that lie beside the screen, before its caption.
func (v *view) unseen(g *geometry, ends [2]int, fromClient bool) string {
	if !fromClient {
		ends[0], ends[1] = ends[1], ends[0]
	}
	var names [2]string
	for i, n := range ends {
		if _, ok := v.x(g, n); !ok {
			name, address, _ := v.script.lanes.list[n].titles(v.d.Words())
			if v.script.lanes.list[n].name == "" {
				name = address
			}
			names[i] = name
		}
	}
	if names[0]+names[1] == "" {
		return ""
	}
	return strings.TrimSpace(names[0]+" → "+names[1]) + ": "
}

// label writes text into the part of an arrow from low to high that is on the screen; at
// its begin, which is on the right when back is set.
func (v *view) label(low, high int, text string, back bool, role paint.Role) {
	c, width := &v.canvas, len(v.canvas.cells)
	switch {
	case high < 0:
		c.put(0, width, "‹ "+text+" ", role)
		return
	case low >= width:
		text = " " + paint.Cut(text, width-3) + " ›"
		c.put(width-paint.Width(text), width, text, role)
		return
	}
	low, high = max(low, 0), min(high, width-1)
	room := high - low + 1
	if room < 4 {
		return
	}
	text = " " + paint.Cut(text, room-2) + " "
	if back {
		low = high + 1 - paint.Width(text)
	}
	c.put(low, room, text, role)
}

// drawEvent draws what is no message as a line of its own.
func (v *view) drawEvent(g *geometry, i int, e *event) {
	text, role, sign := v.tellEvent(i, e)
	c := &v.canvas
	if e.kind == jump {
		c.fill(0, len(c.cells)-1, sign, paint.Dim)
		c.put(3, len(c.cells), " "+text+" ", role)
		return
	}
	ends := v.script.lanes.of[v.script.stages[v.connOf(e)]]
	text = v.unseen(g, ends, true) + text
	low, _ := v.x(g, min(ends[0], ends[1]))
	high, _ := v.x(g, max(ends[0], ends[1]))
	c.fill(low, high, sign, role)
	from := max(min(low+2, len(c.cells)-paint.Width(text)-2), 0)
	c.put(from, len(c.cells)-from, " "+text+" ", role)
}

// tellEvent puts an event into words, and says with which sign its line is drawn.
func (v *view) tellEvent(i int, e *event) (text string, role paint.Role, sign string) {
	ix := v.d.Scope().Index
	switch e.kind {
	case jump:
		return pane.Span(int64(e.n)*1e6) + " later", paint.Note, "┈"
	case gap:
		x := ix.Gap(e.n)
		who := "server"
		if x.FromClient {
			who = "client"
		}
		bytes := "bytes"
		if x.Bytes >= 0 {
			bytes = fmt.Sprintf("%d bytes", x.Bytes)
		}
		text = fmt.Sprintf("%s of the %s are not in the capture", bytes, who)
		if x.Why != tcp.Lost {
			text += ": " + x.Why.String()
		}
		return text, paint.Hole, "▒"
	}
	c, _ := ix.Conn(e.n)
	if e.kind == ended {
		_, role = pane.State(ix, &c)
		if role == paint.Plain {
			role = paint.Strong
		}
		return pane.Ending(ix, &c), role, "═"
	}
	return v.begin(&c), paint.Strong, "═"
}

// begin tells how a connection has begun.
func (v *view) begin(c *index.Conn) string {
	how := "connected"
	before, again := v.d.Scope().Index.Conn(c.Previous)
	switch {
	case !c.FromStart:
		how = "connected before the capture begins"
	case again && c.FirstTime >= before.LastTime:
		how = "connected again after " + pane.Span(c.FirstTime-before.LastTime)
	case again:
		how = "connected once more, beside the last one"
	}
	return fmt.Sprintf("%s, stream %d", how, c.Stream)
}
