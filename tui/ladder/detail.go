package ladder

import (
	"fmt"
	"strings"

	"plcscope/flows/index"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// tell shows the selected row in full, beside the diagram.
func (v *view) tell() {
	if !v.open {
		return
	}
	i := v.grid.Row()
	switch {
	case i < 0 || i >= len(v.script.rows):
		v.side.Set([]paint.Line{paint.In(paint.Dim, v.nothing())})
	case v.selected != nil:
		v.side.Set(v.inFull(v.selected))
	default:
		v.side.Set(v.connection(i, v.script.event(i)))
	}
}

// inFull tells all about a message: what was found, fields and payload.
func (v *view) inFull(c *caption) []paint.Line {
	w := v.d.Words()
	l := []paint.Line{paint.In(paint.Heading, c.short), paint.In(paint.Dim, v.where(c))}
	for _, f := range v.of(c) {
		sign := pane.SignOf(f)
		l = append(l, paint.Line{sign}.And(sign.Role, " "+f.Rule.ID), paint.Text("  "+w.Prose(f.Detail)))
	}
	msg, err := v.d.Reader().Message(c.m.Number)
	if err != nil {
		return append(l, nil, paint.In(paint.Bad, err.Error()))
	}
	if msg.Err != nil {
		l = append(l, paint.In(paint.Bad, "malformed: "+w.Prose(msg.Err.Error())))
	}
	l = append(l, nil)
	for _, p := range properties(w, msg) {
		indent := strings.Repeat("  ", p.depth)
		if !p.valued {
			l = append(l, paint.In(paint.Strong, indent+p.title))
			continue
		}
		l = append(l, paint.In(paint.Dim, indent+p.title+": ").And(paint.Plain, p.value))
	}
	return append(l, payload(w, msg)...)
}

func payload(w *pane.Words, msg *index.View) []paint.Line {
	b := content(msg)
	if b == nil {
		return nil
	}
	name := "Payload"
	if msg.PDU != nil {
		name = "Data"
	}
	l := []paint.Line{nil, paint.Inf(paint.Heading, "%s, %d bytes", name, len(b))}
	if w.Private {
		return append(l, paint.In(paint.Dim, w.Payload(b)))
	}
	shown := b[:min(len(b), maxContent)]
	lines, ok := readable(shown)
	if !ok {
		lines = dump(shown[:min(len(shown), 4096)], 8)
	}
	for _, s := range lines {
		l = append(l, paint.Text(s))
	}
	if len(shown) < len(b) {
		l = append(l, paint.In(paint.Dim, "…"))
	}
	return l
}

// connection tells about the connection that an event is of.
func (v *view) connection(i int, e *event) []paint.Line {
	text, role, _ := v.tellEvent(i, e)
	l := []paint.Line{paint.In(role, text)}
	if e.kind == jump {
		return l
	}
	w := v.d.Words()
	c, _ := v.d.Scope().Index.Conn(v.connOf(e))
	say := func(name, format string, args ...any) {
		l = append(l, paint.Inf(paint.Dim, "%-10s ", name).And(paint.Plain, fmt.Sprintf(format, args...)))
	}
	for _, f := range v.ofEvent(e) {
		sign := pane.SignOf(f)
		l = append(l, paint.Line{sign}.And(sign.Role, " "+f.Rule.ID), paint.Text("  "+w.Prose(f.Detail)))
	}
	l = append(l, nil)
	say("stream", "%d", c.Stream)
	say("client", "%s", w.Endpoint(c.Client))
	say("server", "%s", w.Endpoint(c.Server))
	say("frames", "%d to %d", c.FirstFrame, c.LastFrame)
	say("time", "%s to %s, %s", w.Time(c.FirstTime, 0), w.Time(c.LastTime, 0), pane.Span(c.Duration()))
	for side, who := range []string{"client", "server"} {
		x := &c.Sent[side]
		say(who+" sent", "%d bytes, %d segments, %d messages", x.Bytes, x.Segments, x.Messages)
		if x.Retransmissions+x.OutOfOrder > 0 {
			say("", "%d sent again, %d out of order", x.Retransmissions, x.OutOfOrder)
		}
		if x.Gaps > 0 {
			say("", "%d gaps, %d bytes are missing", x.Gaps, x.GapBytes)
		}
	}
	if how := pane.Ending(v.d.Scope().Index, &c); how != "" {
		say("end", "%s", how)
	}
	return l
}
