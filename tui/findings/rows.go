package findings

import (
	"cmp"
	"slices"

	"plcscope/rules"
	"plcscope/tui/scope"
)

// row is a line of the list: somebody who is judged, a rule that was broken or may have
// been, or one case of it.
type row struct {
	subject int // index in Verdicts.Subjects
	result  int // index in its Results, or -1
	finding int // index in its Findings, or -1
}

// key tells a row apart when the list has changed.
type key struct {
	subject, rule string
	frame         uint64
	nth           int // among cases at the same frame
}

// shown says which verdicts are listed.
type shown uint8

const (
	everything shown = iota
	certain          // without inconclusive ones
	grave            // warnings and errors that count
	errors
	doubtful
	shownEnd
)

func (s shown) String() string {
	return [...]string{"all findings", "certain ones", "warnings and errors", "errors", "inconclusive ones"}[min(s, shownEnd-1)]
}

func (s shown) has(r *rules.Result) bool {
	switch s {
	case certain:
		return r.Verdict == rules.Fail
	case grave:
		return r.Verdict == rules.Fail && r.Counts() && r.Severity >= rules.Warning
	case errors:
		return r.Verdict == rules.Fail && r.Counts() && r.Severity == rules.Error
	case doubtful:
		return r.Verdict == rules.Inconclusive
	}
	return true
}

// tree is the list of findings with what is unfolded of it.
type tree struct {
	shown  shown
	folded map[key]bool // of subjects: folded; of rules: unfolded
	rows   []row
}

// build lists the rows of a snapshot. Subjects are unfolded as long as they are few;
// those without findings come last.
func (t *tree) build(v *scope.Verdicts) {
	t.rows = t.rows[:0]
	order := make([]int, len(v.Subjects))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return -cmp.Compare(weight(&v.Subjects[a]), weight(&v.Subjects[b])) })
	for _, i := range order {
		s := &v.Subjects[i]
		t.rows = append(t.rows, row{i, -1, -1})
		if t.isFolded(s, len(v.Subjects)) {
			continue
		}
		for _, j := range ranked(s) {
			r := &s.Results[j]
			if !t.shown.has(r) {
				continue
			}
			t.rows = append(t.rows, row{i, j, -1})
			if t.folded[key{subject: s.Name, rule: r.Rule.ID}] {
				for k := range r.Findings {
					t.rows = append(t.rows, row{i, j, k})
				}
			}
		}
	}
}

// few is how many subjects are unfolded from the beginning.
const few = 40

func (t *tree) isFolded(s *scope.Subject, subjects int) bool {
	return t.folded[key{subject: s.Name}] != (subjects > few)
}

// weight orders subjects: the worst first.
func weight(s *scope.Subject) int {
	for i := len(s.Counts.Failed) - 1; i >= 0; i-- {
		if s.Counts.Failed[i] > 0 {
			return 2 + i
		}
	}
	if s.Counts.Inconclusive > 0 {
		return 1
	}
	return 0
}

// ranked orders the results of a subject: certain ones first, the gravest first.
func ranked(s *scope.Subject) []int {
	l := make([]int, len(s.Results))
	for i := range l {
		l[i] = i
	}
	slices.SortStableFunc(l, func(a, b int) int {
		x, y := &s.Results[a], &s.Results[b]
		return cmp.Or(-cmp.Compare(x.Verdict, y.Verdict), -boolean(x.Counts(), y.Counts()),
			-cmp.Compare(x.Severity, y.Severity), cmp.Compare(first(x), first(y)))
	})
	return l
}

func boolean(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// first is the frame of the first case.
func first(r *rules.Result) uint64 {
	if len(r.Findings) == 0 {
		return 0
	}
	return r.Findings[0].Frame
}
