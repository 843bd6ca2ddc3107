package pane

import (
	"fmt"

	"plcscope/rules"
	"plcscope/tui/paint"
	"plcscope/tui/scope"
)

// Sign is how a verdict is drawn: one column, that tells it without its colour. What is
// excused counts as remarked.
func Sign(v rules.Verdict, s rules.Severity, excused bool) paint.Span {
	switch {
	case v == rules.Fail && excused:
		return paint.Span{Text: "~", Role: paint.Dim}
	case v == rules.Fail && s == rules.Error:
		return paint.Span{Text: "✖", Role: paint.Bad}
	case v == rules.Fail && s == rules.Warning:
		return paint.Span{Text: "!", Role: paint.Warn}
	case v == rules.Fail:
		return paint.Span{Text: "i", Role: paint.Note}
	case v == rules.Inconclusive:
		return paint.Span{Text: "?", Role: paint.Doubt}
	case v == rules.Pass:
		return paint.Span{Text: "✓", Role: paint.Good}
	}
	return paint.Span{Text: "·", Role: paint.Dim}
}

// SignOf is the sign of a finding.
func SignOf(f *rules.Finding) paint.Span { return Sign(f.Verdict, f.Severity, f.Excuse != nil) }

// Verdicts writes how many rules came to which verdict, the bad ones first, as in
// "✖2 !1 ?3 ✓40". What nothing was said about is left out.
func Verdicts(c *scope.Counts) paint.Line {
	var l paint.Line
	add := func(n int, s paint.Span) {
		if n == 0 {
			return
		}
		if len(l) > 0 {
			l = l.And(paint.Plain, " ")
		}
		l = l.And(s.Role, fmt.Sprint(s.Text, n))
	}
	add(c.Failed[rules.Error], Sign(rules.Fail, rules.Error, false))
	add(c.Failed[rules.Warning], Sign(rules.Fail, rules.Warning, false))
	add(c.Failed[rules.Info], Sign(rules.Fail, rules.Info, false))
	add(c.Inconclusive, Sign(rules.Inconclusive, 0, false))
	add(c.Excused, Sign(rules.Fail, 0, true))
	add(c.Passed, Sign(rules.Pass, 0, false))
	return l
}
