package findings

import (
	"context"
	"fmt"
	"strings"

	"plcscope/report"
	"plcscope/rules"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
	"plcscope/tui/scope"
)

// explain puts into words what is selected.
func (v *view) explain() {
	s, r, f := v.selected()
	switch {
	case s == nil && v.snapshot.Complete:
		v.page.Set([]paint.Line{paint.Text("Nobody is judged: the capture shows neither MQTT nor S7 partners.")})
	case s == nil:
		v.page.Set([]paint.Line{paint.Text("The first verdicts come soon …")})
	case r == nil:
		v.page.Set(v.subject(s))
	default:
		v.page.Set(v.rule(s, r, f))
	}
}

// subject sums up what was found about somebody.
func (v *view) subject(s *scope.Subject) []paint.Line {
	l := []paint.Line{paint.In(paint.Heading, v.d.Words().Prose(s.Name)), nil}
	add := func(n int, sign paint.Span, text string) {
		if n > 0 {
			l = append(l, paint.Line{sign}.And(paint.Plain, fmt.Sprintf(" %4d %s", n, text)))
		}
	}
	for i := len(s.Counts.Failed) - 1; i >= 0; i-- {
		add(s.Counts.Failed[i], pane.Sign(rules.Fail, rules.Severity(i), false), "broken: "+rules.Severity(i).String())
	}
	add(s.Counts.Inconclusive, pane.Sign(rules.Inconclusive, 0, false), "look broken, but the capture cannot decide")
	add(s.Counts.Excused, pane.Sign(rules.Fail, 0, true), "broken and excused")
	add(s.Counts.Passed, pane.Sign(rules.Pass, 0, false), "held")
	add(s.Counts.NotExercised, pane.Sign(rules.NotExercised, 0, false), "not put to the test by this capture")
	return append(l, nil, paint.In(paint.Dim, "a shows the verdicts of all rules"))
}

// rule explains a rule that was broken, and one case of it or the first few.
func (v *view) rule(s *scope.Subject, r *rules.Result, f *rules.Finding) []paint.Line {
	sign := pane.Sign(r.Verdict, r.Severity, !r.Counts())
	head := r.Verdict.String()
	if r.Verdict == rules.Fail {
		head = r.Severity.String()
		if r.Severity != r.Rule.Severity {
			head += ", elsewhere " + r.Rule.Severity.String()
		}
	}
	l := []paint.Line{
		paint.Line{sign}.And(sign.Role, " "+head+"  ").And(paint.Heading, r.Rule.ID),
		paint.In(paint.Strong, r.Rule.Title),
	}
	cases := r.Findings
	if f != nil {
		cases = []rules.Finding{*f}
	}
	std := rules.Standard(0)
	if len(cases) > 0 {
		std = cases[0].Standard
	}
	if c := report.Citation(r.Rule, std); c != "" {
		l = append(l, paint.In(paint.Dim, c))
	}
	if r.Verdict == rules.Inconclusive {
		l = append(l, nil, paint.In(paint.Doubt, "Not certain: ").And(paint.Plain, r.Reason.String()))
	}
	if r.Excuse != nil {
		l = append(l, nil, paint.In(paint.Dim, r.Excuse.String()))
	}
	const most = 5
	for i := range cases {
		if i == most {
			break
		}
		l = append(l, nil)
		l = append(l, v.finding(&cases[i])...)
	}
	if n := casesOf(r, f); n > most {
		l = append(l, paint.In(paint.Dim, fmt.Sprintf("and %d more", n-most)))
	}
	l = append(l, nil, paint.In(paint.Heading, "Why it matters"), paint.Text(r.Rule.Why))
	return append(l, nil, paint.In(paint.Heading, "What to do"), paint.Text(r.Rule.Fix))
}

// casesOf is how many cases there are of what is explained.
func casesOf(r *rules.Result, f *rules.Finding) int {
	if f != nil {
		return 1
	}
	return int(cases(r))
}

func (v *view) finding(f *rules.Finding) []paint.Line {
	w := v.d.Words()
	where := fmt.Sprintf("frame %d", f.Frame)
	if f.Offset >= 0 {
		where += fmt.Sprintf(" byte %d", f.Offset)
	}
	l := []paint.Line{
		paint.Line{pane.SignOf(f)}.And(paint.Strong, " "+where).And(paint.Dim, "  "+w.Time(f.Time, 0)+"  "+w.Prose(f.Client)+" → "+w.Prose(f.Server)),
		paint.Text("  " + w.Prose(f.Detail)),
	}
	if f.Excuse != nil {
		l = append(l, paint.In(paint.Dim, "  "+f.Excuse.String()))
	}
	if len(f.Bytes) > 0 && !f.Secret && !w.Private {
		l = append(l, paint.In(paint.Dim, "  "+f.Message+" "+hexOf(f.Bytes, 32)))
	}
	for _, r := range f.Related {
		l = append(l, paint.In(paint.Dim, fmt.Sprintf("  see also frame %d at %s", r.Frame, w.Time(r.Time, 0))))
	}
	return l
}

func hexOf(b []byte, most int) string {
	s := fmt.Sprintf("% x", b[:min(len(b), most)])
	if len(b) > most {
		s += " …"
	}
	return s
}

// allRules shows the verdicts of all rules on the selected subject.
func (v *view) allRules() {
	s, _, _ := v.selected()
	if s == nil {
		return
	}
	name := s.Name
	var results []rules.Result
	v.d.Work("verdicts on "+v.d.Words().Prose(name), func(context.Context) error {
		results = v.d.Scope().Results(name)
		return nil
	}, func(error) {
		page := paint.NewPage(v.d.Look())
		var l []paint.Line
		for i := range results {
			r := &results[i]
			sign := pane.Sign(r.Verdict, r.Severity, !r.Counts())
			text := fmt.Sprintf(" %-14s %6s  ", r.Verdict, pane.Count(r.Exercised))
			if r.Exercised == 0 {
				text = fmt.Sprintf(" %-14s %6s  ", r.Verdict, "")
			}
			l = append(l, paint.Line{sign}.And(sign.Role, text).And(paint.Strong, r.Rule.ID+" ").And(paint.Plain, strings.TrimSpace(r.Rule.Title)))
		}
		page.Set(l)
		v.d.Overlay("All rules on "+v.d.Words().Prose(name)+": verdict, how often exercised", page)
	})
}
