package talk

import (
	"fmt"
	"slices"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/pcaps"
	"plcscope/rules"
)

// Run shows frames to observers, without the detour over a file, which thousands of
// damaged captures need not take.
func Run(frames []pcaps.Frame, observers ...flows.Observer) {
	tracker, dec := flows.New(flows.Options{}, observers...), decode.New(decode.Options{})
	var s decode.Segment
	for i := range frames {
		if dec.Decode(&frames[i], &s) {
			tracker.Add(&s)
		}
	}
	tracker.Flush()
}

// Broken lists the rules that a book holds broken, remarks left out.
func Broken(b *rules.Book) []string {
	var l []string
	for _, s := range b.Subjects() {
		for _, x := range b.Results(s) {
			if x.Verdict == rules.Fail && x.Severity > rules.Info {
				l = append(l, x.Rule.ID)
			}
		}
	}
	slices.Sort(l)
	return slices.Compact(l)
}

// Verdict is the highest verdict on a rule over all subjects.
func Verdict(b *rules.Book, id string) rules.Verdict {
	v := rules.NotExercised
	for _, s := range b.Subjects() {
		for _, x := range b.Results(s) {
			if x.Rule.ID == id {
				v = max(v, x.Verdict)
			}
		}
	}
	return v
}

// Findings puts all findings of a book into words.
func Findings(b *rules.Book) (l []string) {
	for _, f := range b.Findings() {
		l = append(l, fmt.Sprintf("%s %s frame %d (%s): %s", f.Rule.ID, f.Verdict, f.Frame, f.Subject, f.Detail))
	}
	return l
}

// Only returns the findings of one rule.
func Only(b *rules.Book, id string) (l []rules.Finding) {
	for _, f := range b.Findings() {
		if f.Rule.ID == id {
			l = append(l, f)
		}
	}
	return l
}
