package ladder

import (
	"fmt"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"plcscope/rules"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
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

// titles are the lines above the diagram: who stands in which column.
func (v *view) titles(width int) []paint.Line {
	g := v.geometry(width)
	list := v.script.lanes.list
	note := fmt.Sprintf("%d sessions", len(v.script.known))
	if len(v.script.known) < 2 {
		note = ""
	}
	var lines [2]paint.Line
	for i, l := range [2]paint.Line{paint.In(paint.Heading, "Time"), paint.In(paint.Dim, note)} {
		c := &canvas{}
		c.reset(g.diagram)
		end, limit := 0, g.diagram // of titles
		if v.left > 0 {
			end = 2
			c.put(0, 2, "‹", paint.Heading)
		}
		more := -1 // where there are others on the right
		if all, shown := v.columns(&g); v.left+shown < all {
			if more = g.edge; g.pinned == 0 {
				limit -= 2
				more = limit + 1
			}
		}
		for n, x := range v.visible(&g) {
			name, address, role := list[n].titles(v.d.Words())
			text := name
			if i == 1 {
				text, role = address, paint.Dim
			}
			text = paint.Cut(text, g.step-2)
			w := paint.Width(text)
			x = max(min(x-w/2, limit-w), end)
			c.put(x, limit-x, text, role)
			end = x + w + 1
		}
		if more >= 0 && c.cells[more].text == " " {
			c.put(more, 1, "›", paint.Heading)
		}
		latency, rule := "", ""
		if i == 0 {
			latency, rule = "Latency", "Finding"
		}
		out := append(l.Fit(g.time, true).And(paint.Plain, fmt.Sprintf(" %*s ", g.marks, "")), c.line()...)
		out = append(out.And(paint.Plain, " "), paint.In(paint.Heading, latency).Fit(g.latency, true)...)
		if g.rule > 0 {
			out = out.And(paint.Heading, " "+rule)
		}
		lines[i] = out
	}
	return lines[:]
}

// summary are the lines below the diagram: the selected row in full, and what was found.
func (v *view) summary(int) []paint.Line {
	i := v.grid.Row()
	if i < 0 || i >= len(v.script.rows) {
		return []paint.Line{paint.In(paint.Dim, v.nothing())}
	}
	var found []*rules.Finding
	var lines [2]paint.Line
	if e := v.script.event(i); e != nil {
		text, role, _ := v.tellEvent(i, e)
		lines[0] = paint.In(role, text)
		if e.kind != jump {
			lines[1] = paint.In(paint.Dim, v.ports(v.connOf(e)))
		}
		found = v.ofEvent(e)
	} else if c := v.selected; c != nil {
		lines[0] = paint.In(paint.Strong, c.text)
		lines[1] = paint.In(paint.Dim, v.where(c))
		found = v.of(c)
	}
	if len(found) > 0 {
		f := found[0]
		lines[1] = rule(found).And(paint.Plain, "  "+v.d.Words().Prose(f.Detail))
	}
	return lines[:]
}

// where tells where a message lies, and what it answers.
func (v *view) where(c *caption) string {
	ix := v.d.Scope().Index
	conn, _ := ix.Conn(c.m.Conn)
	s := fmt.Sprintf("frame %d, stream %d, %d bytes", c.m.Frame, conn.Stream, c.m.Length)
	if q, ok := ix.Message(c.answers); ok {
		s += fmt.Sprintf("; answers %s of frame %d after %s", brief(&q), q.Frame, pane.Span(c.took))
	}
	return s
}

// ports tells between whom a connection is, and how long it lasts.
func (v *view) ports(conn uint32) string {
	w := v.d.Words()
	c, _ := v.d.Scope().Index.Conn(conn)
	s := fmt.Sprintf("%s → %s, %s", w.Endpoint(c.Client), w.Endpoint(c.Server), pane.Span(c.Duration()))
	if c.RTT > 0 {
		s += ", round trip " + pane.Span(c.RTT)
	}
	return s
}

// nothing says why no row is shown.
func (v *view) nothing() string {
	text, _ := v.d.Filter()
	switch {
	case v.working:
		return "The ladder is being laid out …"
	case len(v.sessions()) == 0:
		return "There is no session of MQTT or S7 yet."
	case text != "":
		return "The display filter hides all messages of these sessions; F removes it."
	}
	return "These sessions have said nothing yet."
}
