package delivery

import (
	"fmt"
	"strings"

	"github.com/rivo/tview"

	"plcscope/flows/delivery"
	"plcscope/report"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// tell brings the explanations up to date: of the selected row of the ledger, and of the
// selected entry below it.
func (v *view) tell() {
	r, ok := v.selected()
	if !ok {
		v.page.Set(nil)
	} else {
		v.page.Set(v.explain(r))
	}
	if i := v.lower.selected(); i >= 0 {
		v.detail.Set(v.lower.parts[v.lower.part].details(i))
	} else {
		v.detail.Set(nil)
	}
}

// explain tells of a row of the ledger what became of its messages, and how long
// acknowledgements took.
func (v *view) explain(r row) []paint.Line {
	d, l, s := v.result(), v.model.ledger(r), v.model.session(r)
	words := v.d.Words()
	var lines []paint.Line
	switch {
	case s != nil:
		lines = append(lines, paint.In(paint.Heading, v.name(&s.Name)).And(sideRole(r.side), ", sent by the "+sideName(r.side)))
		about := fmt.Sprintf("MQTT %s at %s, %s", s.Version, words.Endpoint(s.Broker), pane.Plural(s.Connections, "connection"))
		if s.Outages > 0 {
			about += ", " + pane.Plural(s.Outages, "outage")
		}
		if s.Down > 0 {
			about += ", " + pane.Span(s.Down) + " away"
		}
		if s.Stranger {
			about += "; no CONNECT in the capture tells whose session it is"
		} else if s.Client == "" {
			about += "; without client identifier"
		}
		lines = append(lines, paint.In(paint.Dim, about))
	case r.session == allSessions:
		lines = append(lines, paint.In(paint.Heading, "All messages").And(sideRole(r.side), " sent by "+sideName(r.side)+"s"),
			paint.In(paint.Dim, pane.Plural(len(d.Sessions), "session")))
	default:
		lines = append(lines, paint.In(paint.Heading, "Further sessions").And(sideRole(r.side), ", sent by "+sideName(r.side)+"s"),
			paint.In(paint.Dim, "more than are kept apart: they share one ledger"))
	}
	lines = append(lines, v.fates(l)...)
	lines = append(lines, nil, paint.In(paint.Heading, "Acknowledged after").And(paint.Dim, "  "+pane.Count(l.Latency.Count)+" counted, of those sent once"))
	if l.Latency.Count == 0 {
		lines = append(lines, paint.In(paint.Dim, v.soFar("No acknowledgement was seen of a message that was sent once", "")))
	} else {
		lines = append(lines, spread(&l.Latency, v.shape.text)...)
	}
	if s == nil {
		for _, n := range report.DeliveryNotes(&d.Bounds) {
			lines = append(lines, paint.Line{warn}.And(paint.Plain, " "+n))
		}
	}
	return lines
}

// fates tells in words what a ledger counts.
func (v *view) fates(l *delivery.Ledger) (lines []paint.Line) {
	add := func(n uint64, sign paint.Span, text string) {
		if n > 0 {
			lines = append(lines, tally(sign, n, text, v.shape.text)...)
		}
	}
	sent := "sent"
	switch {
	case l.QoS1 > 0 && l.QoS2 > 0:
		sent = fmt.Sprintf("sent: %s with QoS 1, %s with QoS 2", pane.Count(l.QoS1), pane.Count(l.QoS2))
	case l.QoS1 > 0:
		sent = "sent, all with QoS 1"
	case l.QoS2 > 0:
		sent = "sent, all with QoS 2"
	}
	lines = append(lines, tally(paint.Span{Text: " "}, l.Sent, sent, v.shape.text)...)
	add(l.Completed, good, "completed")
	add(l.Lost, bad, "lost: not acknowledged, and not sent again when the client was back")
	add(l.Abandoned, bad, "abandoned: received, but the handshake of QoS 2 was not finished")
	add(l.Twice, warn, "delivered twice")
	add(l.Refused, warn, "refused")
	add(l.Replaced, note, "replaced: sent again as new when the client was back")
	add(l.Unknown, doubt, "unknown: "+doubts(l))
	open := "open: in flight at the end of the capture, or the client is not back"
	if !v.complete() {
		open = "open so far"
	}
	add(under(l), none, open)
	add(l.RepeatedDup, none, "repeated with DUP")
	add(l.RepeatedPlain, warn, "repeated without DUP")
	add(l.Recovered, good, "recovered on a later connection")
	add(l.Joined, none, "with DUP when first seen: sent before, where the capture does not look")
	add(l.NoSubscribers, note, "reached nobody: the broker had no subscribers")
	add(l.Strays, doubt, "strays: acknowledged, but the message is not in the capture")
	return lines
}

// tally writes a number of messages with what they are, in lines of width columns that
// hang together.
func tally(sign paint.Span, n uint64, text string, width int) (lines []paint.Line) {
	l := paint.Line{sign}.And(paint.Strong, fmt.Sprintf("%6s ", pane.Count(n)))
	for _, s := range tview.WordWrap(paint.Clean(text), max(width-8, 20)) {
		lines = append(lines, l.And(paint.Plain, strings.TrimRight(s, " ")))
		l = paint.Text(strings.Repeat(" ", 8))
	}
	return lines
}

// doubts names the reasons why fates are not known, with their counts when there are
// several.
func doubts(l *delivery.Ledger) string {
	var all []string
	for i, n := range l.Doubts {
		if n > 0 && n == l.Unknown {
			return delivery.Doubt(i).String()
		}
		if n > 0 {
			all = append(all, fmt.Sprintf("%s (%s)", delivery.Doubt(i), pane.Count(n)))
		}
	}
	return strings.Join(all, ", ")
}

// soFar ends a sentence that denies something: while the capture is read, it may still
// come; then more is said.
func (v *view) soFar(denial, more string) string {
	if !v.complete() {
		return denial + " so far."
	}
	return strings.TrimSpace(denial + ". " + more)
}

// nobody says why the ledger is empty.
func (v *view) nobody() string {
	n := len(v.result().Sessions)
	switch {
	case v.narrow != "":
		return fmt.Sprintf("No session with %q in its name has sent messages of QoS 1 or 2.", v.narrow)
	case n == 0:
		return v.soFar("No MQTT session was seen", "")
	case n == 1:
		return v.soFar("No message of QoS 1 or 2 was seen", "Nothing in the one MQTT session asks for an acknowledgement.")
	}
	return v.soFar("No message of QoS 1 or 2 was seen", fmt.Sprintf("Nothing in the %s asks for an acknowledgement.", pane.Plural(n, "MQTT session")))
}
