package report

import (
	"fmt"
	"strings"

	"plcscope/flows/delivery"
	"plcscope/mqtt/session"
)

// deliveryMost bounds the delivery audit of a report that is read as a whole.
type deliveryMost struct{ Ledgers, Outages, Pairs, Replies, Incidents int }

var htmlDelivery = deliveryMost{Ledgers: 60, Outages: 60, Pairs: 60, Replies: 60, Incidents: 100}

// htmlPlotted are the sessions whose latencies are drawn one by one.
const htmlPlotted = 4

// deliveryView is the delivery audit as the page shows it, and the Markdown report.
type deliveryView struct {
	Ledgers   []ledgerView
	Latencies []latencyView
	Outages   []outageView
	Pairs     []lineView
	Replies   []lineView
	Incidents []lineView
	Notes     []string
}

// ledgerView counts the messages of one side of a session.
type ledgerView struct {
	Who, Server, By              string
	Total                        bool
	Sent, Completed, Lost, Twice uint64
	Open, Unknown                uint64
	Also                         string // what else happened to some
	Median, Slow, Slowest        string
}

// latencyView is a plot of acknowledgement times.
type latencyView struct {
	Name, Text string
	Bars       []plotBar
}

type plotBar struct {
	Height float64 // per cent
	Count  uint64
	UpTo   string
}

type outageView struct {
	Frame            uint64
	Time, Who, Cause string
	Back             string
	Gone             bool
	InFlight         []string
}

type lineView struct {
	Frame     uint64
	Who, Text string
	Bad       bool
}

func (r *Report) deliveryView(most deliveryMost) *deliveryView {
	d := r.Delivery
	if d == nil || d.Total[0].Sent+d.Total[1].Sent == 0 && len(d.Outages)+len(d.Replies)+len(d.Incidents) == 0 {
		return nil
	}
	v := &deliveryView{}
	var rest rest
	for side := range d.Total {
		if l := &d.Total[side]; l.Sent > 0 {
			x := ledgerOf(l)
			x.Who, x.By, x.Total = "all", [...]string{"clients", "brokers"}[side], true
			v.Ledgers = append(v.Ledgers, x)
			v.plot("Sent by "+x.By, &l.Latency)
		}
	}
	for _, wanted := range []bool{true, false} { // first those with something to tell
		for i := range d.Sessions {
			s := &d.Sessions[i]
			if wanted != (notable(&s.Sides[0]) || notable(&s.Sides[1])) {
				continue
			}
			for side := range s.Sides {
				l := &s.Sides[side]
				if l.Sent == 0 || !rest.room(len(v.Ledgers), most.Ledgers, "session") {
					continue
				}
				x := ledgerOf(l)
				x.Who, x.Server, x.By = r.who(&s.Name), s.Broker.String(), sideText(session.Side(side))
				v.Ledgers = append(v.Ledgers, x)
				if len(d.Sessions) > 1 && len(d.Sessions) <= htmlPlotted {
					v.plot(fmt.Sprintf("%s, sent by the %s", x.Who, x.By), &l.Latency)
				}
			}
		}
	}
	for i := range d.Outages {
		if !rest.room(i, most.Outages, "outage") {
			continue
		}
		x := &d.Outages[i]
		o := outageView{Frame: x.At.Frame, Time: clock(x.At.Time), Who: r.who(&x.Name), Cause: causeText(x), Back: backText(x), Gone: x.Back.Frame == 0}
		for side := range x.InFlight {
			if x.InFlight[side] > 0 {
				o.InFlight = append(o.InFlight, interruptedText(x, session.Side(side)))
			}
		}
		v.Outages = append(v.Outages, o)
	}
	for i := range d.Pairs {
		if rest.room(i, most.Pairs, "pair") {
			x := &d.Pairs[i]
			v.Pairs = append(v.Pairs, lineView{Who: r.who(&x.From) + " to " + r.who(&x.To), Text: pairText(x), Bad: x.Missing > 0})
		}
	}
	for i := range d.Replies {
		if rest.room(i, most.Replies, "line of requests") {
			x := &d.Replies[i]
			v.Replies = append(v.Replies, lineView{Who: fmt.Sprintf("%s as %s (%s)", r.who(&x.Name), x.Role, patternText(x)), Text: repliesText(x), Bad: x.Unanswered+x.Late > 0})
		}
	}
	for i := range d.Incidents {
		if rest.room(i, most.Incidents, "message to look at") {
			x := &d.Incidents[i]
			v.Incidents = append(v.Incidents, lineView{Frame: x.First.Frame, Text: upper(r.incidentText(x))})
		}
	}
	v.Notes = append(DeliveryNotes(&d.Bounds), rest.notes...)
	return v
}

// rest takes note, once of each kind, of what a bound leaves out.
type rest struct{ notes []string }

func (r *rest) room(have, most int, what string) bool {
	if have == most {
		n := fmt.Sprintf("only the first %d are shown; the JSON report has every %s", most, what)
		if len(r.notes) == 0 || r.notes[len(r.notes)-1] != n {
			r.notes = append(r.notes, n)
		}
	}
	return have < most
}

func ledgerOf(l *delivery.Ledger) ledgerView {
	v := ledgerView{Sent: l.Sent, Completed: l.Completed, Lost: l.Lost, Twice: l.Twice, Open: l.Open, Unknown: l.Unknown}
	var also []string
	for _, n := range []struct {
		n    uint64
		what string
	}{
		{l.Abandoned, "abandoned"}, {l.Refused, "refused"}, {l.Replaced, "sent again as new"}, {l.Recovered, "recovered"},
		{l.RepeatedDup, "repeated with DUP"}, {l.RepeatedPlain, "repeated without DUP"},
	} {
		if n.n > 0 {
			also = append(also, fmt.Sprintf("%d %s", n.n, n.what))
		}
	}
	if l.Unknown > 0 {
		also = append(also, "unknown: "+doubtsText(l))
	}
	v.Also = strings.Join(also, "; ")
	if l.Latency.Count > 0 {
		v.Median, v.Slow, v.Slowest = span(l.Latency.P50), span(l.Latency.P95), span(l.Latency.Max)
	}
	return v
}

// plot adds a picture of latencies, when there are enough of them to see a form.
func (v *deliveryView) plot(name string, l *delivery.Latency) {
	if len(l.Bars) < 2 {
		return
	}
	var top uint64
	for _, b := range l.Bars {
		top = max(top, b.Count)
	}
	p := latencyView{Name: name, Text: fmt.Sprintf("%s acknowledged: %s", plural(l.Count, "message"), spread(l))}
	for _, b := range l.Bars {
		p.Bars = append(p.Bars, plotBar{round2(float64(b.Count) * 100 / float64(top)), b.Count, short(b.UpTo)})
	}
	v.Latencies = append(v.Latencies, p)
}
