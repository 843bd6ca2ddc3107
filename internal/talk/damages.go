package talk

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/rules"
)

// Source is clean traffic of one kind.
type Source struct {
	Name     string
	Captures [][]pcaps.Frame
	Few      bool // so many captures that only damages which are few suit them
}

// Damage damages traffic in all ways: nobody may be held to have broken what nobody
// was held to have broken before. It returns a table of how often that was tried: the
// protocol, the traffic, the damage, captures, violations, suspicions.
func Damage(t testing.TB, protocol string, list []Source, judge Judge) string {
	t.Helper()
	var b strings.Builder
	for _, s := range list {
		for _, d := range craft.Damages() {
			if s.Few && d.Many {
				continue
			}
			var captures, violations, suspicions int
			for _, frames := range s.Captures {
				c, v, u := suffer(t, s.Name, d, frames, judge)
				captures, violations, suspicions = captures+c, violations+v, suspicions+u
			}
			fmt.Fprintf(&b, "%s\t%s\t%s\t%d\t%d\t%d\n", protocol, s.Name, d.Name, captures, violations, suspicions)
		}
	}
	return b.String()
}

func suffer(t testing.TB, name string, d craft.Damage, frames []pcaps.Frame, judge Judge) (captures, violations, suspicions int) {
	t.Helper()
	was := Broken(judge(frames))
	d.Each(frames, func(changed []pcaps.Frame) {
		captures++
		b := judge(changed)
		for _, s := range b.Subjects() {
			for _, x := range b.Results(s) {
				switch {
				case x.Severity == rules.Info || x.Verdict <= rules.Pass:
				case x.Verdict == rules.Inconclusive:
					suspicions++
				case !slices.Contains(was, x.Rule.ID):
					violations++
					t.Errorf("%s, %s, capture %d: %s is held broken\n%q", name, d.Name, captures, x.Rule.ID, Findings(b))
				}
			}
		}
	})
	return captures, violations, suspicions
}
