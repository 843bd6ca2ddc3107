package rules

// Import enters the verdict on rule i of s that was reached elsewhere, in place of what
// the book has on it. Findings beyond the bound are only counted, certain ones going
// before suspicions. Severity must be that of Result; Verdict and Own follow from the
// rest and are not looked at.
func (b *Book) Import(s *Subject, i int, x *Result) {
	s.exercised[i] = x.Exercised
	if _, found := s.find(i); !found && x.Failed+x.Inconclusive == 0 && len(x.Findings) == 0 {
		return
	}
	c := s.cell(i)
	b.kept -= len(c.findings)
	*c = cell{
		rule: i, failed: x.Failed, excused: x.Excused, inconclusive: x.Inconclusive,
		reason: x.Reason, worst: x.Severity, active: x.Severity, excuse: x.Excuse,
	}
	for _, f := range x.Findings {
		room := b.Room(s, i)
		if !room && f.Verdict == Fail && c.makeRoom(&f) {
			b.kept--
			room = true
		}
		if room {
			f.Rule, f.Subject = b.rules[i], s
			c.findings = append(c.findings, f)
			b.kept++
		}
	}
}

// ParseReason reads a reason as String writes it.
func ParseReason(text string) (Reason, bool) {
	for r, t := range reasonTexts {
		if t == text {
			return Reason(r), true
		}
	}
	return 0, false
}

// ParseStandard reads the name of a standard as String writes it.
func ParseStandard(name string) (Standard, bool) {
	for s, n := range standardNames {
		if n == name {
			return s, true
		}
	}
	return 0, false
}
