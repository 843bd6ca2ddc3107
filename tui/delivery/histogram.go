package delivery

import (
	"fmt"
	"strconv"

	"plcscope/flows/delivery"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// mostBars is how many bars a histogram has at most; beyond, a bar is a power of ten.
const mostBars = 20

// bars returns the histogram of latencies without gaps, from the first bar that has
// something to the last: in fine steps where they are known, else in steps of 1, 2, 5, 10,
// or of 1, 10, 100 where that were too many.
func bars(of *delivery.Latency) []delivery.Bar {
	if of.Fine != nil {
		return of.Fine
	}
	if l := steps(of.Bars, false); len(l) <= mostBars {
		return l
	}
	return steps(of.Bars, true)
}

func steps(from []delivery.Bar, decades bool) (l []delivery.Bar) {
	up := int64(1000) // as latency.Summary begins
	for i := 0; len(from) > 0 && up < 1e18; i++ {
		if i > 0 {
			up = next(up, i, decades)
		}
		n := uint64(0)
		for len(from) > 0 && from[0].UpTo <= up {
			n += from[0].Count
			from = from[1:]
		}
		if n > 0 || len(l) > 0 {
			l = append(l, delivery.Bar{UpTo: up, Count: n})
		}
	}
	return l
}

// next is the i-th bound, which follows up.
func next(up int64, i int, decades bool) int64 {
	switch {
	case decades:
		return up * 10
	case i%3 == 2:
		return up / 2 * 5
	}
	return up * 2
}

// bound writes the bound of a bar, which is a round number.
func bound(ns int64) string {
	unit, name := 1e9, " s"
	switch {
	case ns < 1e6:
		unit, name = 1e3, " µs"
	case ns < 1e9:
		unit, name = 1e6, " ms"
	}
	return strconv.FormatFloat(float64(ns)/unit, 'f', -1, 64) + name
}

// spread tells how long something took, percentiles first, and draws how often it took how long,
// in lines of width columns.
func spread(l *delivery.Latency, width int) []paint.Line {
	values := []struct {
		name string
		ns   int64
	}{{"p50", l.P50}, {"p90", l.P90}, {"p95", l.P95}, {"p99", l.P99}, {"max", l.Max}}
	var lines []paint.Line
	var line paint.Line
	for _, x := range values {
		s := pane.Span(x.ns)
		if len(line) > 0 && line.Width()+len("  p50 ")+paint.Width(s) > width {
			lines, line = append(lines, line), nil
		}
		if len(line) > 0 {
			line = line.And(paint.Plain, "  ")
		}
		line = line.And(paint.Dim, x.name+" ").And(paint.Strong, s)
	}
	lines = append(lines, line)
	if l.Partial {
		lines = append(lines, paint.In(paint.Dim, "percentiles of the first ones only: there are too many histograms"))
	}
	list := bars(l)
	most := uint64(0)
	for _, b := range list {
		most = max(most, b.Count)
	}
	for _, b := range list {
		n := pane.Count(b.Count)
		room := max(min(width, 70)-paint.Width("≤ 3.15 ms ")-8, 4)
		bar := paint.Share(b.Count, most, room)
		lines = append(lines, paint.Inf(paint.Dim, "%9s ", "≤ "+bound(b.UpTo)).And(paint.Note, bar).And(paint.Plain, fmt.Sprintf("%7s", n)))
	}
	return lines
}
