package delivery

import (
	"fmt"

	"plcscope/flows/delivery"
	"plcscope/mqtt"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// outages is the list of connections that broke.
type outages struct{ v *view }

func (p outages) list() []delivery.Outage { return p.v.result().Outages }

func (outages) title() string { return "outages" }

func (outages) key() rune { return 'o' }

func (p outages) columns() []paint.Column {
	return []paint.Column{
		{Width: 1},
		{Title: "when", Width: p.v.d.Words().TimeWidth(), Right: true},
		{Title: "client", Width: 8, Flex: 1},
		{Title: "how it broke", Width: 16, Flex: 1},
		{Title: "away", Width: 9, Right: true},
		{Title: "came back with", Width: 17, Drop: 2},
		{Title: "in flight", Width: 9, Right: true},
		{Title: "recov", Width: 5, Right: true, Drop: 6},
		{Title: "repl", Width: 4, Right: true, Drop: 7},
		{Title: "lost", Width: 5, Right: true},
		{Title: "aband", Width: 5, Right: true, Drop: 4},
		{Title: "unknown", Width: 7, Right: true, Drop: 5},
		{Title: "open", Width: 5, Right: true, Drop: 3},
		{Title: "frame", Width: 8, Right: true, Drop: 8},
	}
}

func (p outages) len() int { return len(p.list()) }

func (p outages) concerns(i int, w who) bool { return p.list()[i].Name == w.name }

func (outages) weight(int) uint64 { return 0 }

func (p outages) cells(i int, cells []paint.Line) {
	x := &p.list()[i]
	before := int64(0)
	if i > 0 {
		before = p.list()[i-1].At.Time
	}
	cells[0] = paint.Line{outageSign(x)}
	cells[1] = p.v.when(x.At.Time, before, x.At.Frame)
	cells[2] = paint.Text(p.v.name(&x.Name))
	cells[3] = paint.Text(causeShort(x))
	cells[4], cells[5] = p.away(x), paint.In(paint.Dim, returnShort(x.How))
	cells[6] = count(both(x.InFlight), paint.Strong)
	cells[7] = count(both(x.Recovered), paint.Good)
	cells[8] = count(both(x.Replaced), paint.Plain)
	cells[9] = count(both(x.Lost), paint.Bad)
	cells[10] = count(both(x.Abandoned), paint.Bad)
	cells[11] = count(both(x.Unknown), paint.Doubt)
	cells[12] = count(both(x.Open), paint.Note)
	cells[13] = paint.Text(fmt.Sprint(x.At.Frame))
}

// away is how long the client was.
func (p outages) away(x *delivery.Outage) paint.Line {
	switch {
	case x.Back.Frame != 0:
		return paint.Text(pane.Span(x.Down()))
	case p.v.complete():
		return paint.In(paint.Warn, "not back")
	}
	return paint.In(paint.Warn, "still")
}

func both(n [2]uint64) uint64 { return n[0] + n[1] }

func outageSign(x *delivery.Outage) paint.Span {
	switch {
	case both(x.Lost)+both(x.Abandoned) > 0:
		return bad
	case x.Back.Frame == 0:
		return warn
	case both(x.Unknown) > 0:
		return doubt
	case both(x.InFlight) > 0 && both(x.Recovered)+both(x.Replaced) == both(x.InFlight):
		return good
	}
	return none
}

// cause says how a connection broke.
func cause(x *delivery.Outage) string {
	if x.Told {
		return fmt.Sprintf("%s after DISCONNECT: %s", x.Cause, x.Reason.Name(mqtt.DISCONNECT))
	}
	return x.Cause.String()
}

// causeShort is cause for a column; the details tell the rest.
func causeShort(x *delivery.Outage) string {
	if x.Told {
		return "sent away by broker"
	}
	switch x.Cause {
	case delivery.ClosedByClient:
		return "closed by client"
	case delivery.ClosedByServer:
		return "closed by broker"
	case delivery.ResetByClient:
		return "reset by client"
	case delivery.ResetByServer:
		return "reset by broker"
	case delivery.TakenOver:
		return "connected anew"
	case delivery.Idle:
		return "fell silent"
	case delivery.PortReused:
		return "ports used again"
	}
	return x.Cause.String()
}

// returnShort is returned for a column.
func returnShort(how delivery.Resumption) string {
	switch how {
	case delivery.NotBack:
		return ""
	case delivery.Resumed:
		return "same session"
	case delivery.Clean:
		return "clean session"
	case delivery.Forgotten:
		return "session forgotten"
	}
	return how.String()
}

func (p outages) identity(i int) any {
	x := &p.list()[i]
	return struct {
		name  delivery.Name
		frame uint64
	}{x.Name, x.At.Frame}
}

func (p outages) place(i int) (at, later pane.Target) {
	x := &p.list()[i]
	return pane.Target{Frame: uint32(x.At.Frame)}, pane.Target{Frame: uint32(x.Back.Frame)}
}

func (p outages) details(i int) []paint.Line {
	x, w := &p.list()[i], p.v.d.Words()
	sign := outageSign(x)
	l := []paint.Line{
		paint.Line{sign}.And(paint.Heading, " Outage of "+p.v.name(&x.Name)),
		paint.Text(fmt.Sprintf("Its connection from %s was %s, frame %d at %s.", w.Endpoint(x.Endpoint), cause(x), x.At.Frame, w.Time(x.At.Time, 0))),
	}
	switch {
	case x.Back.Frame != 0:
		l = append(l, paint.Text(fmt.Sprintf("It was back after %s with frame %d: %s.", pane.Span(x.Down()), x.Back.Frame, returned(x.How))))
	case p.v.complete():
		l = append(l, paint.Text("It was not back before the end of the capture."))
	default:
		l = append(l, paint.Text("It is not back so far."))
	}
	any := false
	for side := range x.InFlight {
		if x.InFlight[side] == 0 {
			continue
		}
		any = true
		line := paint.In(sideRole(uint8(side)), pane.Plural(x.InFlight[side], "message")+" of the "+sideName(uint8(side))).And(paint.Plain, " in flight:")
		for _, n := range []struct {
			n    uint64
			what string
			role paint.Role
		}{
			{x.Recovered[side], "recovered", paint.Good}, {x.Replaced[side], "sent again as new", paint.Plain},
			{x.Lost[side], "lost", paint.Bad}, {x.Abandoned[side], "abandoned", paint.Bad},
			{x.Unknown[side], "unknown", paint.Doubt}, {x.Open[side], "open", paint.Note},
		} {
			if n.n > 0 {
				line = line.And(n.role, fmt.Sprintf(" %d %s", n.n, n.what))
			}
		}
		l = append(l, line)
	}
	if !any {
		l = append(l, paint.In(paint.Dim, "No message of QoS 1 or 2 was in flight."))
	}
	return l
}

// returned says in words with what a client came back.
func returned(how delivery.Resumption) string {
	switch how {
	case delivery.Resumed:
		return "the session went on"
	case delivery.Clean:
		return "it asked for a clean session"
	case delivery.Forgotten:
		return "the broker had forgotten the session"
	}
	return how.String()
}

func (p outages) nothing() string {
	return p.v.soFar("No connection was seen to break", "All ended with DISCONNECT, or not within the capture.")
}

func (outages) none() string { return "No connection of it was seen to break." }
