package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"plcscope/report"
	"plcscope/rules"
)

// requirement is what a capture must put to the test: one rule, or a share of all.
type requirement struct {
	rule  *rules.Rule
	share float64 // per cent, when rule is nil
}

// requirements reads --require-exercised: identifiers of rules and shares "60%",
// separated by commas. Rules that are switched off cannot be required.
func requirements(specs []string, catalogue []*rules.Rule, laid *site) ([]requirement, error) {
	var l []requirement
	for _, spec := range specs {
		for _, s := range strings.Split(spec, ",") {
			if s = strings.TrimSpace(s); s == "" {
				return nil, fmt.Errorf("--require-exercised %q: want rules and shares, as in mqtt-connect-first,60%%", spec)
			}
			if number, ok := strings.CutSuffix(s, "%"); ok {
				n, err := strconv.ParseFloat(number, 64)
				if err != nil || !(n >= 0 && n <= 100) {
					return nil, fmt.Errorf("--require-exercised %s: want a share from 0%% to 100%%", s)
				}
				l = append(l, requirement{share: n})
				continue
			}
			r, near := rules.Find(catalogue, s)
			if r == nil {
				return nil, fmt.Errorf("--require-exercised: there is no rule %q; near it: %s", s, strings.Join(near, ", "))
			}
			if laid.profile.Severity[r.ID].Off {
				return nil, fmt.Errorf("--require-exercised: the profile %s switches rule %s off", laid.profile.File, r.ID)
			}
			l = append(l, requirement{rule: r})
		}
	}
	return l, nil
}

// unmet says which requirements r does not meet.
func unmet(l []requirement, r *report.Report) (missing []string) {
	tested := map[string]bool{}
	for _, s := range r.Book.Subjects() {
		for _, x := range r.Book.Results(s) {
			if x.Verdict != rules.NotExercised {
				tested[x.Rule.ID] = true
			}
		}
	}
	c := r.Coverage()
	for _, q := range l {
		switch {
		case q.rule != nil && !tested[q.rule.ID]:
			missing = append(missing, fmt.Sprintf("rule %s was not exercised", q.rule.ID))
		case q.rule == nil && float64(c.Exercised())*100 < q.share*float64(c.All()):
			missing = append(missing, fmt.Sprintf("%d of %d rules were exercised, %g%% are required", c.Exercised(), c.All(), q.share))
		}
	}
	return missing
}

// verdict turns a report into the outcome of the run.
func verdict(r *report.Report, must []requirement, zero bool) error {
	missing := unmet(must, r)
	for _, m := range missing {
		fmt.Fprintln(os.Stderr, "plcscope:", m)
	}
	switch {
	case zero:
		return nil
	case r.Failed():
		return errFindings
	case len(missing) > 0:
		return errUncovered
	}
	return nil
}
