package scope

import (
	"cmp"
	"slices"

	"plcscope/rules"
)

// Verdicts are the verdicts on all who are judged.
type Verdicts struct {
	Subjects []Subject       // clients before servers, as rules.Book orders them
	Findings []rules.Finding // of all subjects: certain ones before doubtful ones, the gravest first, then by frame
	Counts   Counts          // of rules, over all subjects
}

// Subject is somebody who is judged, and the outcome.
type Subject struct {
	Name     string // as rules.Subject.String writes it
	Protocol rules.Protocol
	Role     rules.Role
	Address  string
	ClientID string
	Counts   Counts
	Results  []rules.Result // of rules that were broken, or may have been
}

// Counts are how many rules came to which verdict.
type Counts struct {
	Failed       [3]int // by severity: info, warning, error; without what is excused
	Excused      int
	Inconclusive int
	Passed       int
	NotExercised int
}

// Add adds up.
func (c *Counts) Add(d *Counts) {
	for i := range c.Failed {
		c.Failed[i] += d.Failed[i]
	}
	c.Excused += d.Excused
	c.Inconclusive += d.Inconclusive
	c.Passed += d.Passed
	c.NotExercised += d.NotExercised
}

func (c *Counts) count(r *rules.Result) {
	switch r.Verdict {
	case rules.Fail:
		if r.Counts() {
			c.Failed[r.Severity]++
		} else {
			c.Excused++
		}
	case rules.Inconclusive:
		c.Inconclusive++
	case rules.Pass:
		c.Passed++
	default:
		c.NotExercised++
	}
}

// maxFindings bounds what a snapshot lists one by one.
const maxFindings = 100_000

func verdictsOf(b *rules.Book) (v Verdicts) {
	for _, subject := range b.Subjects() {
		s := Subject{
			Name: subject.String(), Protocol: subject.Protocol, Role: subject.Role,
			Address: subject.Address, ClientID: subject.Name,
		}
		results := b.Results(subject)
		for i := range results {
			r := &results[i]
			s.Counts.count(r)
			if r.Verdict == rules.Fail || r.Verdict == rules.Inconclusive {
				s.Results = append(s.Results, *r)
				if len(v.Findings) < maxFindings {
					v.Findings = append(v.Findings, r.Findings...)
				}
			}
		}
		v.Counts.Add(&s.Counts)
		v.Subjects = append(v.Subjects, s)
	}
	slices.SortStableFunc(v.Findings, func(a, b rules.Finding) int {
		return cmp.Or(-cmp.Compare(a.Verdict, b.Verdict), excused(&a)-excused(&b),
			-cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Frame, b.Frame))
	})
	return v
}

func excused(f *rules.Finding) int {
	if f.Excuse != nil {
		return 1
	}
	return 0
}

// request asks for all results of a subject.
type request struct {
	subject string
	answer  chan []rules.Result
}

// Results returns the verdicts of all rules on the subject of that name, in the order of
// the catalogue. It waits until the analysis has come to the end of a batch: it is for
// work beside the interface.
func (s *Scope) Results(subject string) []rules.Result {
	r := request{subject, make(chan []rules.Result, 1)}
	s.mu.Lock()
	if s.over {
		s.mu.Unlock()
		return s.resultsOf(subject)
	}
	s.asked = append(s.asked, r)
	s.mu.Unlock()
	return <-r.answer
}

// answer serves those that have asked; over: for the last time, as from now on they find
// it themselves.
func (s *Scope) answer(over bool) {
	s.mu.Lock()
	asked := s.asked
	s.asked, s.over = nil, over
	s.mu.Unlock()
	for _, r := range asked {
		r.answer <- s.resultsOf(r.subject)
	}
}

func (s *Scope) resultsOf(name string) []rules.Result {
	b := rules.Join(s.opt.Books...)
	for _, subject := range b.Subjects() {
		if subject.String() == name {
			return b.Results(subject)
		}
	}
	return nil
}
