package main

import (
	"fmt"
	"strings"
	"time"

	"plcscope/flows/assets"
	"plcscope/flows/latency"
	"plcscope/report"
)

// times are the percentiles of response times.
func times(s *latency.Summary) string {
	if s.Count == 0 {
		return ""
	}
	return fmt.Sprintf("p50 %s, p95 %s, p99 %s, max %s", short(s.P50), short(s.P95), short(s.P99), short(s.Max))
}

func functionText(f *assets.Function) string {
	t := fmt.Sprintf("%s × %d", f.Name, f.Requests)
	if f.ByServer {
		t = fmt.Sprintf("%s × %d, asked by the controller", f.Name, f.Requests)
	}
	if f.Times.Count > 0 {
		t += ": " + times(&f.Times)
	}
	for _, x := range [...]struct {
		n    uint64
		what string
	}{{f.Refused, "refused"}, {f.ItemsRefused, "items refused"}, {f.Unanswered, "unanswered"}, {f.Late, "answered late"}, {f.Open, "open at the end"}, {f.Unknown, "without an answer in the capture"}} {
		if x.n > 0 {
			t += fmt.Sprintf("; %d %s", x.n, x.what)
		}
	}
	return t
}

// othersText sums up functions that are not listed one by one.
func othersText(l []assets.Function) string {
	var requests, refused, unanswered uint64
	for i := range l {
		requests += l[i].Requests
		refused += l[i].Refused
		unanswered += l[i].Unanswered
	}
	t := fmt.Sprintf("%s × %d", plural(int64(len(l)), "other function"), requests)
	if refused > 0 {
		t += fmt.Sprintf("; %d refused", refused)
	}
	if unanswered > 0 {
		t += fmt.Sprintf("; %d unanswered", unanswered)
	}
	return t
}

// client tells what one client does with a controller, a line each.
func (v *inventory) client(t *assets.Transactions) []string {
	var out []string
	who := t.Client.String()
	line := func(format string, args ...any) { out = append(out, who+": "+fmt.Sprintf(format, args...)) }
	line("%s", v.deeds(t))
	if load := loadText(t); load != "" {
		line("%s", load)
	}
	polls := t.Polls
	const most = 3
	if !v.all && len(polls) > most {
		polls = polls[:most]
	}
	for i := range polls {
		p := &polls[i]
		what := report.Clean(p.First)
		if p.Items > 1 {
			what += fmt.Sprintf(" and %d more", p.Items-1)
		}
		line("reads %s every %s (p50; p95 %s, max %s), %d times", what, short(p.Period.P50), short(p.Period.P95), short(p.Period.Max), p.Count)
	}
	if left := len(t.Polls) - len(polls); left > 0 {
		line("repeats %s", plural(int64(left), "other read"))
	}
	for i := range t.Failures {
		f := &t.Failures[i]
		text := fmt.Sprintf("%s %s × %d: %s", f.Request, f.CodeString(), f.Count, f.Text)
		if f.Example != "" {
			text += " (" + report.Clean(f.Example) + fmt.Sprintf(", frame %d)", f.Frame)
		} else {
			text += fmt.Sprintf(" (frame %d)", f.Frame)
		}
		if f.Advice != "" {
			text += ". " + strings.ToUpper(f.Advice[:1]) + f.Advice[1:]
		}
		line("%s", text)
	}
	return out
}

// deeds are what a client reads, writes and does.
func (v *inventory) deeds(t *assets.Transactions) string {
	var reads, writes uint64
	var areas []string
	for i := range t.Areas {
		a := &t.Areas[i]
		reads += a.Reads
		writes += a.Writes
		if a.Writes > 0 {
			areas = append(areas, writtenText(a, v.all))
		}
	}
	parts := []string{plural(int64(t.Connections), "connection")}
	if reads > 0 {
		parts = append(parts, plural(int64(reads), "variable")+" read")
	}
	if writes > 0 {
		const most = 6
		more := ""
		if !v.all && len(areas) > most {
			more = fmt.Sprintf(", %d more areas", len(areas)-most)
			areas = areas[:most]
		}
		parts = append(parts, plural(int64(writes), "variable")+" written: "+strings.Join(areas, ", ")+more+every(t, writes))
	}
	for _, k := range assets.ActionKinds() {
		if n := t.Actions[k]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s × %d", k, n))
		}
	}
	return strings.Join(parts, "; ")
}

// every is how often a client writes, on average.
func every(t *assets.Transactions, writes uint64) string {
	d := t.LastTime - t.FirstTime
	if writes < 3 || d <= 0 {
		return ""
	}
	return fmt.Sprintf(" (%.2g a second)", float64(writes)/time.Duration(d).Seconds())
}

func writtenText(a *assets.AreaUse, all bool) string {
	t := fmt.Sprintf("%s %d", a.Name(), a.Writes)
	if all {
		t += fmt.Sprintf(" (%d to %d, first in frame %d)", a.Low, a.High, a.FirstWrite)
	}
	return t
}

// loadText holds a client against what was negotiated.
func loadText(t *assets.Transactions) string {
	var parts []string
	if t.Negotiated {
		parts = append(parts, fmt.Sprintf("PDU %d bytes, fullest answer %d %%", t.PDULength, t.Fullest[1]/10))
		if t.MostOpen[0] > 0 {
			parts = append(parts, fmt.Sprintf("%d of %s open at one time", t.MostOpen[0], plural(int64(max(t.Calling, t.Called)), "job")))
		}
	} else if t.MostOpen[0] > 0 {
		parts = append(parts, fmt.Sprintf("%s open at one time, longest answer %d bytes", plural(int64(t.MostOpen[0]), "job"), t.Largest[1]))
	}
	if t.Jobs > 0 {
		parts = append(parts, fmt.Sprintf("at most %s a job, %.3g on average", plural(int64(t.MostItems), "variable"), float64(t.Items)/float64(t.Jobs)))
	}
	return strings.Join(parts, "; ")
}

func (v *inventory) actionText(x *assets.Action) string {
	t := fmt.Sprintf("%s by %s at %s (frame %d)", x.Kind, x.Client, v.at(x.Time), x.Frame)
	if x.Detail != "" {
		t += ", " + report.Clean(x.Detail)
	}
	t += ": " + x.Outcome.String()
	if x.Error != "" {
		t += ", " + x.Error
	}
	return t
}
