package delivery

import (
	"fmt"

	"plcscope/flows/delivery"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// pairs is the list of who has got messages from whom.
type pairs struct{ v *view }

func (p pairs) list() []delivery.Pair { return p.v.result().Pairs }

func (pairs) title() string { return "end to end" }

func (pairs) key() rune { return 'e' }

func (pairs) columns() []paint.Column {
	return []paint.Column{
		{Width: 1},
		{Title: "publisher", Width: 9, Flex: 1},
		{Title: "subscriber", Width: 10, Flex: 1},
		{Title: "expected", Width: 8, Right: true},
		{Title: "QoS 0", Width: 6, Right: true, Drop: 4},
		{Title: "QoS 1", Width: 6, Right: true, Drop: 1},
		{Title: "QoS 2", Width: 6, Right: true, Drop: 1},
		{Title: "missing", Width: 7, Right: true},
		{Title: "again", Width: 5, Right: true, Drop: 2},
		{Title: "unknown", Width: 7, Right: true, Drop: 3},
		{Title: "open", Width: 5, Right: true, Drop: 3},
		{Title: "p50", Width: 8, Right: true, Drop: 2},
		{Title: "p95", Width: 8, Right: true},
		{Title: "max", Width: 8, Right: true, Drop: 5},
	}
}

func (p pairs) len() int { return len(p.list()) }

// concerns: what the client has sent to others, or what the broker has sent to it.
func (p pairs) concerns(i int, w who) bool {
	x := &p.list()[i]
	if w.side == 0 {
		return x.From == w.name
	}
	return x.To == w.name
}

func (p pairs) weight(i int) uint64 { return p.list()[i].Missing }

func (p pairs) cells(i int, cells []paint.Line) {
	x := &p.list()[i]
	cells[0] = paint.Line{pairSign(x)}
	cells[1] = paint.Text(p.v.name(&x.From))
	cells[2] = paint.Text(p.v.name(&x.To))
	cells[3] = count(x.Expected, paint.Strong)
	for q, n := range x.Delivered {
		cells[4+q] = count(n, paint.Plain)
	}
	cells[7] = count(x.Missing, paint.Bad)
	cells[8] = count(x.Again, paint.Warn)
	cells[9] = count(x.Unknown, paint.Doubt)
	cells[10] = count(x.Open, paint.Note)
	if l := &x.Latency; l.Count > 0 {
		cells[11], cells[12], cells[13] = paint.Text(pane.Span(l.P50)), paint.Text(pane.Span(l.P95)), paint.Text(pane.Span(l.Max))
	}
}

func pairSign(x *delivery.Pair) paint.Span {
	switch {
	case x.Missing > 0:
		return bad
	case x.Again > 0:
		return warn
	case x.Unknown > 0:
		return doubt
	case x.Delivered != [3]uint64{}:
		return good
	}
	return none
}

func (p pairs) identity(i int) any {
	x := &p.list()[i]
	return [2]delivery.Name{x.From, x.To}
}

func (p pairs) place(i int) (at, later pane.Target) {
	x := &p.list()[i]
	return p.v.first(&x.From), p.v.first(&x.To)
}

func (p pairs) details(i int) []paint.Line {
	x := &p.list()[i]
	l := []paint.Line{
		paint.Line{pairSign(x)}.And(paint.Heading, " "+p.v.name(&x.From)+" → "+p.v.name(&x.To)),
		paint.In(paint.Dim, "matched by topic and payload; equal payloads can be taken for each other"),
	}
	add := func(n uint64, sign paint.Span, text string) {
		if n > 0 {
			l = append(l, tally(sign, n, text, p.v.shape.text)...)
		}
	}
	add(x.Expected, none, "expected: published to a subscription that was seen")
	for q, n := range x.Delivered {
		add(n, good, fmt.Sprintf("delivered with QoS %d", q))
	}
	add(x.Missing, bad, "missing: the broker took them and did not send them on in time")
	add(x.Again, warn, "delivered once more as new; overlapping subscriptions do that")
	add(x.Unknown, doubt, "unknown: the capture does not tell")
	add(x.Open, none, "open: the time is not up, or the subscriber was away")
	if x.Latency.Count > 0 {
		l = append(l, nil, paint.In(paint.Heading, "From publisher to subscriber").And(paint.Dim, "  "+pane.Count(x.Latency.Count)+" counted"))
		l = append(l, spread(&x.Latency, p.v.shape.text)...)
	}
	return l
}

func (p pairs) nothing() string {
	return p.v.soFar("No message was seen on its way from one client to another", "That needs both legs in the capture: publisher to broker, and broker to subscriber.")
}

func (pairs) none() string { return "No message was seen on its whole way." }
