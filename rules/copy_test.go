package rules

import "testing"

// TestCopy reads a copy after the book has gone on.
func TestCopy(t *testing.T) {
	list := []*Rule{{ID: "a"}, {ID: "b"}}
	b := NewBook(list, Limits{Findings: 2})
	b.Group([][]int16{{1}})
	s := b.Subject(Client, "10.0.0.1", "x", Ref{Frame: 1})
	around := &Around{Said: make([]Said, 1, 8)}
	b.Around = func(Finding) *Around { return around }
	b.Record(s, 0, Finding{Verdict: Inconclusive, Ref: Ref{Frame: 3}, Detail: "first"})
	b.Record(s, 0, Finding{Verdict: Inconclusive, Ref: Ref{Frame: 4}, Detail: "second"})
	b.Tally(s, 0)
	c := b.Copy()

	around.Said = append(around.Said, Said{})
	b.Record(s, 0, Finding{Verdict: Fail, Ref: Ref{Frame: 5}, Detail: "third"}) // takes the place of the first
	b.Tally(s, 0)
	b.Subject(Client, "10.0.0.2", "y", Ref{})

	if n := len(c.Subjects()); n != 1 {
		t.Fatalf("%d subjects in the copy", n)
	}
	x := c.Subjects()[0]
	if x == s {
		t.Fatal("the copy shares its subject")
	}
	got := Join(c).Results(x)
	if r := got[0]; r.Verdict != Inconclusive || r.Inconclusive != 2 || len(r.Findings) != 2 || r.Findings[0].Detail != "first" ||
		r.Findings[0].Subject != x || len(r.Findings[0].Around.Said) != 1 {
		t.Errorf("%+v", r)
	}
	if r := got[1]; r.Exercised != 1 {
		t.Errorf("%+v", r)
	}
	if r := b.Results(s)[0]; r.Verdict != Fail || r.Findings[1].Detail != "third" {
		t.Errorf("the book itself: %+v", r)
	}
}
