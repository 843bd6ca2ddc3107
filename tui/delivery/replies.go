package delivery

import (
	"cmp"

	"plcscope/flows/delivery"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// replies is the list of requests over topics.
type replies struct{ v *view }

func (p replies) list() []delivery.Replies { return p.v.result().Replies }

func (replies) title() string { return "requests" }

func (replies) key() rune { return 'y' }

func (replies) columns() []paint.Column {
	return []paint.Column{
		{Width: 1},
		{Title: "client", Width: 8, Flex: 1},
		{Title: "is", Width: 9},
		{Title: "by", Width: 14, Flex: 1, Drop: 2},
		{Title: "requests", Width: 8, Right: true},
		{Title: "answered", Width: 8, Right: true},
		{Title: "late", Width: 5, Right: true},
		{Title: "unanswered", Width: 10, Right: true},
		{Title: "unknown", Width: 7, Right: true, Drop: 3},
		{Title: "open", Width: 5, Right: true, Drop: 4},
		{Title: "p50", Width: 8, Right: true, Drop: 5},
		{Title: "p95", Width: 8, Right: true, Drop: 1},
		{Title: "max", Width: 8, Right: true, Drop: 6},
	}
}

func (p replies) len() int { return len(p.list()) }

func (p replies) concerns(i int, w who) bool { return p.list()[i].Name == w.name }

func (p replies) weight(i int) uint64 {
	x := &p.list()[i]
	return x.Unanswered<<32 + x.Late
}

func (p replies) cells(i int, cells []paint.Line) {
	x := &p.list()[i]
	cells[0] = paint.Line{repliesSign(x)}
	cells[1] = paint.Text(p.v.name(&x.Name))
	cells[2] = paint.Text(x.Role.String())
	cells[3] = paint.Text(cmp.Or(x.Pattern, "response topic"))
	cells[4] = count(x.Requests, paint.Strong)
	cells[5] = count(x.Answered, paint.Plain)
	cells[6] = count(x.Late, paint.Warn)
	cells[7] = count(x.Unanswered, paint.Warn)
	cells[8] = count(x.Unknown, paint.Doubt)
	cells[9] = count(x.Open, paint.Note)
	if l := &x.Latency; l.Count > 0 {
		cells[10], cells[11], cells[12] = paint.Text(pane.Span(l.P50)), paint.Text(pane.Span(l.P95)), paint.Text(pane.Span(l.Max))
	}
}

func repliesSign(x *delivery.Replies) paint.Span {
	switch {
	case x.Unanswered+x.Late > 0:
		return warn
	case x.Unknown > 0:
		return doubt
	case x.Answered > 0:
		return good
	}
	return none
}

func (p replies) identity(i int) any {
	x := &p.list()[i]
	return struct {
		name    delivery.Name
		role    delivery.Role
		pattern string
	}{x.Name, x.Role, x.Pattern}
}

func (p replies) place(i int) (at, later pane.Target) {
	return p.v.first(&p.list()[i].Name), pane.Target{}
}

func (p replies) details(i int) []paint.Line {
	x := &p.list()[i]
	what := " asks over topics"
	if x.Role == delivery.Responder {
		what = " is asked over topics"
	}
	l := []paint.Line{paint.Line{repliesSign(x)}.And(paint.Heading, " "+p.v.name(&x.Name)+what)}
	by := "told by the response topics of MQTT 5.0"
	if x.Pattern != "" {
		by = "told by the topics " + x.Pattern
	}
	l = append(l, paint.In(paint.Dim, by))
	add := func(n uint64, sign paint.Span, text string) {
		if n > 0 {
			l = append(l, tally(sign, n, text, p.v.shape.text)...)
		}
	}
	add(x.Requests, none, "requests")
	add(x.Answered, good, "answered in time")
	add(x.Late, warn, "answered late")
	add(x.Unanswered, warn, "unanswered")
	add(x.Unknown, doubt, "unknown: the capture does not tell")
	add(x.Open, none, "open: no reply yet")
	if x.Latency.Count > 0 {
		l = append(l, nil, paint.In(paint.Heading, "From request to reply").And(paint.Dim, "  "+pane.Count(x.Latency.Count)+" counted"))
		l = append(l, spread(&x.Latency, p.v.shape.text)...)
	}
	return l
}

func (p replies) nothing() string {
	return p.v.soFar("No request over topics was seen", "MQTT 5.0 tells them by response topics; before, --reply 'plc/+/req=>plc/+/rsp' tells which topic answers which.")
}

func (replies) none() string { return "It sent and served no requests over topics." }
