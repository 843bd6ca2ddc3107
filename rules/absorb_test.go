package rules

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
)

// TestAbsorbIsAsIfOneBookHadSeenAll: cases are dealt out to books, and what these have
// found together is what one book finds that sees all cases.
func TestAbsorbIsAsIfOneBookHadSeenAll(t *testing.T) {
	list := []*Rule{{ID: "a", Severity: Error}, {ID: "b", Severity: Warning}, {ID: "c", Severity: Error}}
	known := &Excuse{Kind: Known}
	make := func() *Book {
		b := NewBook(list, Limits{Findings: 3})
		b.Group([][]int16{{0, 1}, {2}})
		b.SetTerms(Terms{Excuse: func(f *Finding) *Excuse {
			if f.Frame%5 == 0 {
				return known
			}
			return nil
		}})
		return b
	}
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		whole, parts := make(), []*Book{make(), make(), make()}
		for frame := uint64(1); frame < 60; frame++ {
			part, name, rule := parts[r.IntN(3)], fmt.Sprint("s", r.IntN(4)), r.IntN(3)
			verdict, reason, group := Fail, Certain, r.IntN(2)
			weight := []Severity{Info, Warning, Error}[r.IntN(3)]
			if r.IntN(3) == 0 || name == "s3" {
				verdict, reason = Inconclusive, []Reason{LostPackets, MidStream}[r.IntN(2)]
			}
			for _, b := range []*Book{whole, part} {
				s := b.Subject(Client, name, "", Ref{Frame: frame})
				b.Tally(s, group)
				b.Exercised(s, rule)
				b.Record(s, rule, Finding{Verdict: verdict, Reason: reason, Severity: min(weight, list[rule].Severity), Ref: Ref{Frame: frame}, Detail: fmt.Sprint(frame)})
			}
		}
		parts[2].Absorb(parts[0])
		parts[2].Absorb(parts[1])
		want, got := told(whole), told(parts[2])
		if !reflect.DeepEqual(want, got) {
			t.Fatalf("seed %d:\nwant %v\ngot  %v", seed, want, got)
		}
	}
}

// told is what a report says of a book, without the findings that do not count: they are
// given up for others, and which of them are left depends on what came between.
func told(b *Book) (l []string) {
	for _, s := range b.Subjects() {
		l = append(l, fmt.Sprint(s, s.First))
		for _, x := range b.Results(s) {
			frames := []uint64{}
			for _, f := range x.Findings {
				if f.Subject != s {
					l = append(l, "a finding of another subject")
				}
				if f.Verdict == Fail && f.Excuse == nil {
					frames = append(frames, f.Frame)
				}
			}
			reason := Certain
			if x.Verdict == Inconclusive { // else the cases that tell may be given up
				reason = x.Reason
			}
			l = append(l, fmt.Sprint(x.Rule.ID, x.Verdict, x.Exercised, x.Failed, x.Excused, x.Inconclusive, reason, x.Severity, x.Excuse, len(x.Findings), frames))
		}
	}
	return l
}
