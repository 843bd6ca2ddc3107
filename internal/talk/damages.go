package talk

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
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
	var rows []*row
	for _, s := range list {
		for _, d := range craft.Damages() {
			if !s.Few || !d.Many {
				rows = append(rows, &row{source: s, damage: d})
			}
		}
	}
	var all sync.WaitGroup
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, r := range rows {
		free <- struct{}{}
		all.Go(func() {
			for _, frames := range r.source.Captures {
				r.suffer(t, frames, judge)
			}
			<-free
		})
	}
	all.Wait()
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&b, "%s\t%s\t%s\t%d\t%d\t%d\n", protocol, r.source.Name, r.damage.Name, r.captures, r.violations, r.suspicions)
	}
	return b.String()
}

// row is what came of one damage to one source.
type row struct {
	source                           Source
	damage                           craft.Damage
	captures, violations, suspicions int
}

func (r *row) suffer(t testing.TB, frames []pcaps.Frame, judge Judge) {
	t.Helper()
	was := Broken(judge(frames))
	r.damage.Each(frames, func(changed []pcaps.Frame) {
		r.captures++
		b := judge(changed)
		for _, s := range b.Subjects() {
			for _, x := range b.Results(s) {
				switch {
				case x.Severity == rules.Info || x.Verdict <= rules.Pass:
				case x.Verdict == rules.Inconclusive:
					r.suspicions++
				case !slices.Contains(was, x.Rule.ID):
					r.violations++
					t.Errorf("%s, %s, capture %d: %s is held broken\n%q", r.source.Name, r.damage.Name, r.captures, x.Rule.ID, Findings(b))
				}
			}
		}
	})
}
