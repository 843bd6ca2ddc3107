package rules

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is said of one case is said of no other, and nothing is put into words that
// nobody will read.
func TestDraft(t *testing.T) {
	b := NewBook([]*Rule{{ID: "a", Severity: Error}}, Limits{Findings: 2})
	s := b.Subject(Client, "10.0.0.5", "", Ref{})
	told := 0
	record := func(d *Draft, doubt Reason) {
		d.Record(b, &Case{Subject: s, Doubt: doubt, At: Ref{Frame: 9}}, func(f *Finding) { told++ }, "case %d", []any{told + 1})
	}

	var d Draft
	d.Reset()
	d.Relate(Ref{Frame: 1})
	if l := d.Take(); len(l) != 1 || l[0].Frame != 1 {
		t.Errorf("taken were %v", l)
	}
	d.Relate(Ref{Frame: 2})
	d.Relate(Ref{})
	d.Relate(Ref{Frame: 3})
	d.Place(4)
	d.Weigh(Info)
	record(&d, Certain)
	record(&d, LostPackets)
	record(&d, LostPackets)
	if told != 2 {
		t.Errorf("%d cases were told, want the 2 that are kept", told)
	}

	type kept struct {
		Detail   string
		Verdict  Verdict
		Severity Severity
		Offset   int
		Frame    uint64
		Related  []Ref
	}
	var got []kept
	for _, f := range b.Findings() {
		got = append(got, kept{f.Detail, f.Verdict, f.Severity, f.Offset, f.Frame, f.Related})
	}
	want := []kept{
		{"case 1", Fail, Info, 4, 9, []Ref{{Frame: 2}, {Frame: 3}}},
		{"case 2", Inconclusive, Error, -1, 9, nil},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if r := b.Results(s); r[0].Failed != 1 || r[0].Inconclusive != 2 {
		t.Errorf("%d failed and %d inconclusive, want 1 and 2", r[0].Failed, r[0].Inconclusive)
	}
}
