package merge

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"plcscope/report"
	"plcscope/rules"
)

// profile joins what the profiles of the reports have laid down.
func (m *Merger) profile(p *readProfile) error {
	m.laid++
	m.profiles = addName(m.profiles, p.File)
	for _, id := range p.Off {
		if m.catalog[id] != nil {
			m.off[id]++
		}
	}
	for _, w := range p.Weighed {
		s, err := rules.ParseSeverity(w.Here)
		if err != nil {
			return err
		}
		if m.catalog[w.Rule] != nil {
			m.weighed[w.Rule] = max(m.weighed[w.Rule], s)
		}
	}
	for _, w := range p.Waivers {
		k := strings.Join([]string{w.Rule, w.Subject, w.Fingerprint, w.Reason, w.Until}, "\x00")
		x := m.waivers[k]
		if x == nil {
			if len(m.waivers) >= maxWaivers {
				return fmt.Errorf("the reports have more than %d waivers", maxWaivers)
			}
			x = &report.Waiver{Rule: w.Rule, Subject: w.Subject, Fingerprint: w.Fingerprint, Reason: w.Reason, Until: w.Until, Expired: w.Expired}
			m.waivers[k] = x
			m.out.Waivers = append(m.out.Waivers, x)
		}
		x.Expired = x.Expired || w.Expired
		x.Cases += w.Cases
	}
	return nil
}

func addName(l []string, name string) []string {
	if name == "" || len(l) >= maxNames || slices.Contains(l, name) {
		return l
	}
	return append(l, name)
}

// baseline sums up what the baselines know. Gone is what is gone from all reports.
func (m *Merger) baseline(b *readBaseline) error {
	if m.out.Baseline == nil {
		m.out.Baseline = report.NewBaseline()
	}
	m.against++
	m.baselines = addName(m.baselines, b.File)
	m.out.Baseline.Known += b.Known
	m.out.Baseline.New += b.New
	for _, e := range b.Gone {
		if e.Fingerprint == "" {
			return errors.New("a finding of its baseline has no fingerprint")
		}
		if m.against == 1 || m.gone[e] == m.against-1 { // gone from all before, too
			m.gone[e] = m.against
		}
	}
	return nil
}
