package rules

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func termsBook(t Terms, findings int) *Book {
	b := NewBook([]*Rule{{ID: "a", Severity: Error}, {ID: "b", Severity: Warning}, {ID: "c", Severity: Info}}, Limits{Findings: findings})
	b.SetTerms(t)
	return b
}

func fail(detail string, s Severity) Finding {
	return Finding{Verdict: Fail, Severity: s, Detail: detail}
}

// TestExcuseIsAskedForEveryCase: that a case was only counted does not let it pass,
// and a case that counts is shown in place of one that does not.
func TestExcuseIsAskedForEveryCase(t *testing.T) {
	known := &Excuse{Kind: Known}
	b := termsBook(Terms{Excuse: func(f *Finding) *Excuse {
		if f.Rule.ID != "a" || f.Subject.Address != "x" {
			t.Errorf("asked about rule %s of %s", f.Rule.ID, f.Subject)
		}
		if f.Detail == "old" {
			return known
		}
		return nil
	}}, 3)
	s := b.Subject(Client, "x", "", Ref{})
	for i := range 100 {
		detail := "old"
		if i == 70 || i == 80 {
			detail = fmt.Sprintf("new %d", i)
		}
		b.Record(s, 0, fail(detail, Error))
	}
	b.Record(s, 0, Finding{Verdict: Inconclusive, Detail: "perhaps"})
	r := b.Results(s)[0]
	var shown []string
	for _, f := range r.Findings {
		shown = append(shown, f.Detail)
	}
	if d := cmp.Diff([]string{"new 70", "new 80", "old"}, shown); d != "" {
		t.Error(d)
	}
	if r.Failed != 100 || r.Excused != 98 || !r.Counts() || r.Excuse != known || r.Verdict != Fail {
		t.Errorf("%d failed, %d excused, counts %t, verdict %s", r.Failed, r.Excused, r.Counts(), r.Verdict)
	}
}

func TestSeverityIsThatOfTheCasesThatCount(t *testing.T) {
	for _, c := range []struct {
		name   string
		cases  []Finding
		want   Severity
		counts bool
	}{
		{"grave excused, light counts", []Finding{fail("old", Error), fail("new", Info)}, Info, true},
		{"light counts first", []Finding{fail("new", Info), fail("old", Error), fail("new", Warning)}, Warning, true},
		{"all excused", []Finding{fail("old", Info), fail("old", Error)}, Error, false},
		{"none excused", []Finding{fail("new", Warning), fail("new", Info)}, Warning, true},
	} {
		b := termsBook(Terms{Excuse: func(f *Finding) *Excuse {
			if f.Detail == "old" {
				return &Excuse{}
			}
			return nil
		}}, 0)
		s := b.Subject(Client, "x", "", Ref{})
		for _, f := range c.cases {
			b.Record(s, 0, f)
		}
		if r := b.Results(s)[0]; r.Severity != c.want || r.Counts() != c.counts {
			t.Errorf("%s: severity %s, counts %t", c.name, r.Severity, r.Counts())
		}
	}
}

func TestWeigh(t *testing.T) {
	b := termsBook(Terms{Weigh: func(r *Rule) (Severity, bool) {
		switch r.ID {
		case "a":
			return Warning, false
		case "b":
			return Error, false
		}
		return r.Severity, true
	}}, 0)
	s := b.Subject(Client, "x", "", Ref{})
	for i, f := range []Finding{fail("", Error), fail("", Warning), fail("", Info)} {
		b.Record(s, i, f)
	}
	b.Record(s, 1, fail("lighter than the rule", Info))
	type outcome struct {
		ID     string
		Weight Severity
		Own    Severity
		Cases  []Severity
	}
	var got []outcome
	for _, r := range b.Results(s) {
		o := outcome{r.Rule.ID, r.Rule.Severity, r.Own, nil}
		for _, f := range r.Findings {
			o.Cases = append(o.Cases, f.Severity)
		}
		got = append(got, o)
	}
	want := []outcome{{"a", Warning, Error, []Severity{Warning}}, {"b", Error, Warning, []Severity{Error, Info}}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	ids := func(l []*Rule) (ids []string) {
		for _, r := range l {
			ids = append(ids, r.ID)
		}
		return ids
	}
	joined := Join(b, NewBook([]*Rule{{ID: "d"}}, Limits{}))
	if d := cmp.Diff([]string{"a", "b"}, ids(joined.Rules())); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"c"}, ids(joined.Off()), cmpopts.EquateEmpty()); d != "" {
		t.Error(d)
	}
	var changed []string
	for _, x := range joined.Weighed() {
		changed = append(changed, fmt.Sprintf("%s %s, %s of its own", x.ID, x.Severity, x.Own))
	}
	if d := cmp.Diff([]string{"a warning, error of its own", "b error, warning of its own"}, changed); d != "" {
		t.Error(d)
	}
	if len(b.Findings()) != 3 {
		t.Errorf("%d findings, one of a rule that is off", len(b.Findings()))
	}
}

func TestLabel(t *testing.T) {
	b := termsBook(Terms{Label: func(s *Subject) string {
		if s.Address == "10.0.0.5" {
			return "Press 7"
		}
		return ""
	}}, 0)
	for _, c := range []struct{ address, want string }{
		{"10.0.0.5", `Press 7: client "plc" at 10.0.0.5`}, {"10.0.0.6", `client "plc" at 10.0.0.6`},
	} {
		if got := b.Subject(Client, c.address, "plc", Ref{}).String(); got != c.want {
			t.Errorf("%s", got)
		}
	}
}

// TestJoinUnites: who is judged by two catalogues is one subject with the verdicts of
// both.
func TestJoinUnites(t *testing.T) {
	a, b := NewBook([]*Rule{{ID: "a"}}, Limits{}), NewBook([]*Rule{{ID: "b"}}, Limits{})
	for frame, x := range []struct {
		book     *Book
		protocol Protocol
		name     string
	}{{a, MQTT, "plc"}, {a, MQTT, "other"}, {b, MQTT, "plc"}, {b, S7comm, "plc"}} {
		x.book.Protocol = x.protocol
		s := x.book.Subject(Client, "10.0.0.5", x.name, Ref{Frame: uint64(10 - frame)})
		x.book.Record(s, 0, Finding{Verdict: Fail, Ref: Ref{Frame: uint64(frame)}})
	}
	j := Join(a, b)
	var got []string
	for _, s := range j.Subjects() {
		line := fmt.Sprint(s.Protocol, " ", s.Name, " ", s.First.Frame)
		for _, r := range j.Results(s) {
			line += fmt.Sprint(" ", r.Rule.ID, " ", r.Verdict)
		}
		got = append(got, line)
	}
	if d := cmp.Diff([]string{"MQTT other 9 a fail", "MQTT plc 8 a fail b fail", "S7 plc 7 b fail"}, got); d != "" {
		t.Error(d)
	}
	if n := len(j.Findings()); n != 4 {
		t.Errorf("%d findings, want 4", n)
	}
}
