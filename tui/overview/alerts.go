package overview

import (
	"cmp"
	"fmt"
	"slices"

	"plcscope/flows/assets"
	"plcscope/rules"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// alert is something that needs attention, and where it can be seen.
type alert struct {
	sign   paint.Span
	text   string
	key    string // tells it apart while others come and go
	view   pane.Name
	target pane.Target
}

// alertRows are the rows of the list of alerts.
type alertRows struct {
	v  *view
	at string // key of the selected one
}

// Len implements paint.Rows.
func (r *alertRows) Len() int { return max(len(r.v.facts.alerts), 1) }

// Cells implements paint.Rows.
func (r *alertRows) Cells(i int, cells []paint.Line) {
	if len(r.v.facts.alerts) == 0 {
		text := "nothing"
		if s := r.v.facts.snapshot; s == nil || !s.Complete {
			text = "nothing so far"
		}
		cells[1] = paint.In(paint.Dim, text)
		return
	}
	a := &r.v.facts.alerts[i]
	cells[0] = paint.Line{a.sign}
	cells[1] = paint.Text(a.text)
	if a.target.Frame > 0 {
		cells[2] = paint.In(paint.Dim, fmt.Sprint(a.target.Frame))
	}
}

// refresh keeps the selected alert selected.
func (r *alertRows) refresh() {
	g, list := r.v.alerts, r.v.facts.alerts
	if r.at != "" {
		if i := slices.IndexFunc(list, func(a alert) bool { return a.key == r.at }); i >= 0 && i != g.Row() {
			g.Select(i)
		}
	}
	g.OnMove(func(i int) {
		if i < len(r.v.facts.alerts) {
			r.at = r.v.facts.alerts[i].key
		}
	})
}

var (
	bad   = pane.Sign(rules.Fail, rules.Error, false)
	warn  = pane.Sign(rules.Fail, rules.Warning, false)
	doubt = pane.Sign(rules.Inconclusive, 0, false)
)

// alertsOf lists what needs attention: first what keeps from seeing, then what people have
// done to controllers, then what was lost, then what is wrong.
func alertsOf(d pane.Desk, f *facts) []alert {
	var l []alert
	add := func(sign paint.Span, key, text string, view pane.Name, t pane.Target) {
		l = append(l, alert{sign, d.Words().Prose(text), key, view, t})
	}
	s, x := d.Scope(), f.snapshot
	if n := s.Dropped(); n > 0 {
		add(bad, "dropped", "the system has dropped "+pane.Plural(n, "frame")+": verdicts that they touch are inconclusive", "", pane.Target{})
	}
	if c := s.Capture(); c != nil {
		for _, p := range c.Problems() {
			add(bad, "problem "+p.String(), p.String(), "", pane.Target{})
		}
	}
	if x.Err != nil {
		add(bad, "error", x.Err.Error(), "", pane.Target{})
	}
	lost := f.progress.Lost
	if n := lost.Frames + lost.Messages + lost.Conns + lost.Sessions; n > 0 {
		add(bad, "bounds", "the capture has more than is kept here: "+pane.Plural(lost.Frames, "frame")+" and "+pane.Plural(lost.Messages, "message")+" are not listed", "", pane.Target{})
	}
	for i := range x.Assets.Actions {
		a := &x.Assets.Actions[i]
		if !grave(a.Kind) || i >= 50 {
			continue
		}
		add(warn, fmt.Sprint("action ", a.Frame, a.Kind), fmt.Sprintf("%s: %s to %s %s, %s", a.Kind, d.Words().Host(a.Client), d.Words().Host(a.Server), a.Detail, a.Outcome),
			pane.Packets, pane.Target{Frame: uint32(a.Frame)})
	}
	var gone, twice uint64
	for i := range x.Delivery.Total {
		gone += x.Delivery.Total[i].Lost + x.Delivery.Total[i].Abandoned
		twice += x.Delivery.Total[i].Twice
	}
	if gone > 0 {
		add(bad, "lost", pane.Plural(gone, "message")+" of QoS 1 or 2 lost", pane.Delivery, pane.Target{})
	}
	if twice > 0 {
		add(warn, "twice", pane.Plural(twice, "message")+" of QoS 1 or 2 delivered more than once", pane.Delivery, pane.Target{})
	}
	if n := len(x.Delivery.Outages); n > 0 {
		longest := int64(0)
		for i := range x.Delivery.Outages {
			longest = max(longest, x.Delivery.Outages[i].Down())
		}
		text := pane.Plural(n, "connection") + " broke"
		if longest > 0 {
			text += ", the longest away for " + pane.Span(longest)
		}
		add(warn, "outages", text, pane.Delivery, pane.Target{})
	}
	l = append(l, broken(d, x.Verdicts.Findings)...)
	for i := range x.Assets.Transactions {
		t := &x.Assets.Transactions[i]
		for j := range t.Failures {
			e := &t.Failures[j]
			add(warn, fmt.Sprint("failure ", i, e.Request, e.Code), fmt.Sprintf("%s refuses %s (%s): %s, %d×", d.Words().Host(t.Server), e.Request, e.CodeString(), e.Text, e.Count),
				pane.Packets, pane.Target{Frame: uint32(e.Frame)})
		}
	}
	if n := s.Index.Gaps(); n > 0 {
		add(doubt, "gaps", "the capture misses bytes in "+pane.Plural(n, "place")+": verdicts that they touch are inconclusive", pane.Ladder, pane.Target{Frame: uint32(s.Index.Gap(0).Frame)})
	}
	if f.secret > 0 {
		add(doubt, "tls", pane.Plural(f.secret, "connection")+" encrypted: nothing of their contents is judged", "", pane.Target{})
	}
	return l
}

// grave are actions that change what a controller does.
func grave(k assets.ActionKind) bool {
	switch k {
	case assets.Stop, assets.Start, assets.Download, assets.DeleteBlock, assets.Force, assets.MemoryReset, assets.CopyToROM:
		return true
	}
	return false
}

// broken lists the rules that were broken for certain, warnings and errors, each once.
func broken(d pane.Desk, findings []rules.Finding) (l []alert) {
	type tally struct {
		first *rules.Finding
		cases int
		who   map[string]bool
	}
	var order []*tally
	by := map[string]*tally{}
	for i := range findings {
		f := &findings[i]
		if f.Verdict != rules.Fail || f.Excuse != nil || f.Severity < rules.Warning {
			continue
		}
		t := by[f.Rule.ID]
		if t == nil {
			t = &tally{first: f, who: map[string]bool{}}
			by[f.Rule.ID] = t
			order = append(order, t)
		}
		t.cases++
		t.who[f.Subject.String()] = true
	}
	slices.SortStableFunc(order, func(a, b *tally) int {
		return cmp.Or(-cmp.Compare(a.first.Severity, b.first.Severity), -cmp.Compare(len(a.who), len(b.who)))
	})
	for _, t := range order {
		f := t.first
		who := cmp.Or(f.Subject.Label, f.Subject.Name, d.Words().Prose(f.Subject.Address))
		if n := len(t.who); n > 1 {
			who = pane.Plural(n, "subject")
		}
		if t.cases > 1 {
			who += fmt.Sprintf(", %d×", t.cases)
		}
		text := fmt.Sprintf("%s, %s: %s", f.Rule.ID, who, f.Rule.Title)
		l = append(l, alert{pane.SignOf(f), text, f.Rule.ID, pane.Findings,
			pane.Target{Frame: uint32(f.Frame), Rule: f.Rule.ID, Subject: f.Subject.String()}})
	}
	return l
}
