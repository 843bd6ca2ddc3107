package overview

import (
	"fmt"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"plcscope/flows/index"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// summaryHeight is how many lines the summary takes.
const summaryHeight = 4

// summary is the capture in four lines: what it is, the verdicts, the rates.
type summary struct {
	*tview.Box
	v *view
}

// Draw implements tview.Primitive.
func (s *summary) Draw(screen tcell.Screen) {
	s.Box.DrawForSubclass(screen, s)
	x, y, width, _ := s.GetInnerRect()
	for i, l := range s.lines(width) {
		l.Draw(screen, s.v.d.Look(), x+1, y+i, width-2)
	}
}

func (s *summary) lines(width int) []paint.Line {
	f, d := &s.v.facts, s.v.d
	w := d.Words()
	first, last := span(d.Scope().Index)
	var what paint.Line
	if f.progress.Frames == 0 {
		what = paint.Text("no frame yet")
	} else {
		zone := w.Zone
		if zone == nil {
			zone = time.Local
		}
		what = paint.In(paint.Strong, time.Unix(0, first).In(zone).Format("2006-01-02 15:04:05 MST")).
			And(paint.Plain, ", "+pane.Span(last-first)+"  ").
			And(paint.Dim, pane.Plural(f.progress.Frames, "frame")+", "+pane.Plural(f.conns, "connection")+", "+
				pane.Plural(f.sessions[0], "MQTT session")+", "+pane.Plural(f.sessions[1], "S7 partner"))
	}
	verdicts := paint.Text("verdicts  ")
	if f.snapshot != nil {
		if l := pane.Verdicts(&f.snapshot.Verdicts.Counts); len(l) > 0 {
			verdicts = append(verdicts, l...)
			verdicts = verdicts.And(paint.Dim, "  over "+pane.Plural(len(f.snapshot.Verdicts.Subjects), "subject"))
			if !f.snapshot.Complete {
				verdicts = verdicts.And(paint.Dim, " so far")
			}
		} else if f.snapshot.Complete {
			verdicts = verdicts.And(paint.Dim, "none: the capture shows nobody to judge")
		} else {
			verdicts = verdicts.And(paint.Dim, "soon")
		}
	}
	return []paint.Line{what, verdicts, rate("MQTT", &f.total.Rate, last, width), rate("S7  ", &f.total.RateISO, last, width)}
}

// rate draws messages over time, and tells how many come in a second.
func rate(name string, r *index.Rate, last int64, width int) paint.Line {
	l := paint.Text(name + "      ")
	var sum, most uint64
	used := 0
	for i, n := range r.Counts {
		sum += uint64(n)
		most = max(most, uint64(n))
		if n > 0 {
			used = i + 1
		}
	}
	if sum == 0 {
		return l.And(paint.Dim, "no messages")
	}
	seconds := float64(r.Width()) / 1e9
	whole := max(float64(last-r.Start)/1e9, seconds)
	l = l.And(paint.Note, paint.Spark(r.Counts[:used], min(used, max(width-50, 8))))
	return l.And(paint.Dim, fmt.Sprintf("  %s messages, %s/s on average, %s/s at most", pane.Count(sum), number(float64(sum)/whole), number(float64(most)/seconds)))
}

func number(f float64) string {
	switch {
	case f >= 100:
		return pane.Count(uint64(f))
	case f >= 10:
		return fmt.Sprintf("%.0f", f)
	}
	return fmt.Sprintf("%.2g", f)
}

// span is the time of the first and of the last frame.
func span(ix *index.Index) (first, last int64) {
	n := ix.Frames()
	a, _ := ix.Frame(1)
	b, _ := ix.Frame(n)
	return a.Time, b.Time
}
