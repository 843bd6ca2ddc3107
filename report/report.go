package report

import (
	"time"

	"plcscope/flows"
	"plcscope/flows/delivery"
	"plcscope/pcaps"
	"plcscope/rules"
)

// Report is what a run of check has found.
type Report struct {
	Tool     string // "plcscope 0.1"
	Files    []pcaps.File
	Problems []pcaps.Problem
	Totals   flows.Totals
	FailOn   rules.Severity // the least severity that makes the run fail
	Book     *rules.Book
	Secrets  bool // show bytes that may hold passwords

	// Filter, when not "", has chosen the connections that were judged: Chosen of those
	// that Totals counts.
	Filter string
	Chosen int

	// Merged says that it is of several captures, each with frames numbered from 1.
	Merged bool

	// Names, when set, says what the data are called of which a finding speaks, "DB1.DBW4
	// is Oven.count", or "".
	Names func(f *rules.Finding) string

	// Interrupted says that somebody has ended the run before the capture ended.
	Interrupted bool

	Profile  string    // the file, "" without
	Waivers  []*Waiver // of the profile, in its order
	Baseline *Baseline // nil without

	// Delivery is what became of messages; nil when nobody looked.
	Delivery *delivery.Result

	// Hashes are the SHA-256 sums of Files in hexadecimal, "" for what is no
	// regular file. It is nil when nobody asked for them.
	Hashes []string
	// Connections are those of the capture, for the timeline; Unlisted is how
	// many more there were.
	Connections []flows.ConnInfo
	Unlisted    uint64

	names map[nameKey]string // that the site gives, once they were asked for
}

// Count sums the verdicts of one subject or of all.
type Count struct {
	Fail, Inconclusive, Pass, NotExercised int
	Excused                                int // of Fail, those without a case that counts
}

// Exercised is the number of rules that the capture put to the test.
func (c Count) Exercised() int { return c.Fail + c.Inconclusive + c.Pass }

// All is the number of rules that apply.
func (c Count) All() int { return c.Exercised() + c.NotExercised }

func (c *Count) add(v rules.Verdict, excused bool) {
	if excused {
		c.Excused++
	}
	switch v {
	case rules.Fail:
		c.Fail++
	case rules.Inconclusive:
		c.Inconclusive++
	case rules.Pass:
		c.Pass++
	default:
		c.NotExercised++
	}
}

// Count sums the verdicts on one subject.
func (r *Report) Count(s *rules.Subject) Count { return countOf(r.Book.Results(s)) }

func countOf(results []rules.Result) Count {
	var c Count
	for _, x := range results {
		c.add(x.Verdict, excused(x))
	}
	return c
}

// excused reports whether a rule was broken, but by no case that counts.
func excused(x rules.Result) bool { return x.Verdict == rules.Fail && !x.Counts() }

// Coverage sums over all subjects: each rule counts once, with the highest of
// its verdicts.
func (r *Report) Coverage() Count {
	best := map[*rules.Rule]rules.Verdict{}
	counts := map[*rules.Rule]bool{}
	for _, s := range r.Book.Subjects() {
		for _, x := range r.Book.Results(s) {
			best[x.Rule] = max(best[x.Rule], x.Verdict)
			counts[x.Rule] = counts[x.Rule] || x.Counts()
		}
	}
	var c Count
	for _, rule := range r.Book.Rules() {
		c.add(best[rule], best[rule] == rules.Fail && !counts[rule])
	}
	return c
}

// Failed reports whether a certain finding that is not excused reaches FailOn.
func (r *Report) Failed() bool {
	for _, s := range r.Book.Subjects() {
		if grave(r.Book.Results(s), r.FailOn) {
			return true
		}
	}
	return false
}

// Outcome is the outcome of the run in a word: FAIL, PASS, or INTERRUPTED when it
// was, and nothing had failed until then.
func (r *Report) Outcome() string {
	switch {
	case r.Failed():
		return "FAIL"
	case r.Interrupted:
		return "INTERRUPTED"
	}
	return "PASS"
}

// detail is what a finding says, with the names of the data of which it speaks.
func (r *Report) detail(f *rules.Finding) string {
	if names := r.namesOf(f); names != "" {
		return f.Detail + " (" + names + ")"
	}
	return f.Detail
}

func (r *Report) namesOf(f *rules.Finding) string {
	if r.Names == nil {
		return ""
	}
	return r.Names(f)
}

// Duration is the capture time from the first to the last frame.
func (r *Report) Duration() time.Duration {
	return time.Duration(r.Totals.Last - r.Totals.First)
}

// lasted is the duration for people: to the millisecond, a short one to the
// microsecond.
func (r *Report) lasted() time.Duration {
	d := r.Duration()
	if d < 100*time.Millisecond {
		return d.Round(time.Microsecond)
	}
	return d.Round(time.Millisecond)
}
