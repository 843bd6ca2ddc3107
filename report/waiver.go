package report

import (
	"fmt"
	"slices"

	"plcscope/rules"
)

// Waiver lets the certain cases of a rule pass until its last day.
type Waiver struct {
	Rule        string
	Subject     string                    // in words, for reports; "" everybody
	For         func(*rules.Subject) bool // nil: everybody
	Fingerprint string                    // "" any
	Reason      string
	Until       string // the last day, "2026-12-31"
	Expired     bool   // that day is over: the cases count

	Cases uint64 // that it was found to be about

	excuse *rules.Excuse
}

// String says which waiver it is: "mqtt-connect-once of press7".
func (w *Waiver) String() string {
	s := w.Rule
	if w.Subject != "" {
		s += " of " + w.Subject
	}
	if w.Fingerprint != "" {
		s += " with fingerprint " + w.Fingerprint
	}
	return s
}

// fits reports whether the waiver is about f.
func (w *Waiver) fits(f *rules.Finding, fingerprint func() string) bool {
	return w.Rule == f.Rule.ID && (w.For == nil || w.For(f.Subject)) && (w.Fingerprint == "" || w.Fingerprint == fingerprint())
}

// Excuses decides which certain cases do not count. It is asked by one goroutine.
type Excuses struct {
	Waivers  []*Waiver
	Baseline *Baseline // nil without

	byRule map[string][]*Waiver
}

// Any reports whether anything can be excused at all.
func (x *Excuses) Any() bool { return len(x.Waivers) > 0 || x.Baseline != nil }

// Excuse is for rules.Terms. A waiver goes before the baseline, and so does one that
// has expired: its cases count again, whether the baseline knows them or not.
func (x *Excuses) Excuse(f *rules.Finding) *rules.Excuse {
	if x.byRule == nil {
		x.byRule = map[string][]*Waiver{}
		for _, w := range x.Waivers {
			w.excuse = &rules.Excuse{Kind: rules.Waived, Reason: w.Reason, Until: w.Until}
			x.byRule[w.Rule] = append(x.byRule[w.Rule], w)
		}
	}
	name := ""
	fingerprint := func() string {
		if name == "" {
			name = Fingerprint(*f)
		}
		return name
	}
	known := x.Baseline != nil && x.Baseline.meet(fingerprint())
	var waived *rules.Excuse
	expired := false
	for _, w := range x.byRule[f.Rule.ID] {
		if !w.fits(f, fingerprint) {
			continue
		}
		w.Cases++
		if w.Expired {
			expired = true
		} else if waived == nil {
			waived = w.excuse
		}
	}
	switch {
	case waived != nil:
		return waived
	case known && !expired:
		x.Baseline.Known++
		return knownExcuse
	case x.Baseline != nil:
		x.Baseline.New++
	}
	return nil
}

var knownExcuse = &rules.Excuse{Kind: rules.Known}

// remark is a line on what the profile and the baseline have done to the verdicts.
// A grave one asks for something to be done.
type remark struct {
	Grave bool
	Text  string
}

// remarks are those lines: rules that are switched off or weigh something else than
// they do elsewhere, waivers that were used, have expired or excuse nothing, what is
// known and what is gone.
func (r *Report) remarks() []remark {
	var l []remark
	add := func(grave bool, format string, args ...any) {
		l = append(l, remark{grave, fmt.Sprintf(format, args...)})
	}
	if r.Profile != "" {
		add(false, "profile %s", r.Profile)
	}
	for _, rule := range r.Book.Off() {
		add(false, "rule %s is switched off", rule.ID)
	}
	for _, x := range r.Book.Weighed() {
		add(false, "severity of %s: %s", x.ID, reweighed(x.Own, x.Severity))
	}
	for _, w := range r.Waivers {
		switch {
		case w.Expired && w.Cases > 0:
			add(true, "the waiver for %s has expired on %s: its %s again (%s)", w, w.Until, countAgain(w.Cases), w.Reason)
		case w.Expired:
			add(true, "the waiver for %s has expired on %s, and nothing would need it: remove it (%s)", w, w.Until, w.Reason)
		case w.Cases == 0:
			add(true, "the waiver for %s was not needed (%s)", w, w.Reason)
		default:
			add(false, "waived until %s: %s of %s (%s)", w.Until, plural(w.Cases, "case"), w, w.Reason)
		}
	}
	if b := r.Baseline; b != nil {
		add(false, "baseline %s: %s known, %d new", b.File, plural(b.Known, "case"), b.New)
		gone := r.gone()
		for i, e := range gone {
			if i == maxGone {
				add(false, "gone, too: %s of the baseline", plural(len(gone)-i, "more finding"))
				break
			}
			add(false, "gone: %s of %s: %s", e.Rule, e.Subject, e.What)
		}
	}
	return l
}

// gone lists the findings of the baseline that did not occur, though their rules were
// judged.
func (r *Report) gone() []BaselineEntry {
	off := map[string]bool{}
	for _, rule := range r.Book.Off() {
		off[rule.ID] = true
	}
	return slices.DeleteFunc(r.Baseline.Gone(), func(e BaselineEntry) bool { return off[e.Rule] })
}

// maxGone is how many findings of the baseline that are gone are named one by one
// outside of JSON.
const maxGone = 20

func countAgain(n uint64) string {
	if n == 1 {
		return "case counts"
	}
	return plural(n, "case") + " count"
}
