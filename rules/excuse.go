package rules

// Excuse is why a certain case does not make a run fail.
type Excuse struct {
	Kind   ExcuseKind
	Reason string // of a waiver, in the words of who granted it
	Until  string // the last day of a waiver, "2026-12-31"
}

// ExcuseKind is who has excused a case.
type ExcuseKind uint8

const (
	Waived ExcuseKind = iota // by a waiver of the profile
	Known                    // it stands in the baseline
)

func (k ExcuseKind) String() string { return [...]string{"waived", "baseline"}[k] }

// String says why, for people: "waived until 2026-12-31: reason".
func (e *Excuse) String() string {
	if e.Kind == Known {
		return "known from the baseline"
	}
	return "waived until " + e.Until + ": " + e.Reason
}

// Terms are what somebody has laid down for a Book beside its rules. Each may be
// nil.
type Terms struct {
	// Weigh returns the severity of a rule, and whether the rule is switched off:
	// nothing is then kept of it.
	Weigh func(r *Rule) (s Severity, off bool)
	// Label returns what a site calls a subject, or "".
	Label func(s *Subject) string
	// Excuse is asked for every certain case, whether it is kept in full or only
	// counted, and returns why it does not count, or nil. It must not keep f.
	Excuse func(f *Finding) *Excuse
}

// SetTerms puts terms in force, from here on: a case that was recorded before weighs
// what it weighed, and stays excused or not.
func (b *Book) SetTerms(t Terms) {
	b.terms = t
	b.rules, b.own, b.off = b.base, nil, nil
	for _, s := range b.subjects {
		if s.Label = ""; t.Label != nil {
			s.Label = t.Label(s)
		}
	}
	if t.Weigh == nil {
		return
	}
	b.own = make([]Severity, len(b.rules))
	b.off = make([]bool, len(b.rules))
	list := make([]*Rule, len(b.rules))
	for i, r := range b.rules {
		b.own[i] = r.Severity
		severity, off := t.Weigh(r)
		b.off[i] = off
		if severity != r.Severity { // the catalogue's rules belong to everybody
			x := *r
			x.Severity = severity
			r = &x
		}
		list[i] = r
	}
	b.rules = list
}

// weigh is what a case of rule i weighs that the rule has given severity s. A case
// that the rule itself takes more lightly than others stays so.
func (b *Book) weigh(i int, s Severity) Severity {
	if b.own == nil {
		return s
	}
	switch severity := b.rules[i].Severity; {
	case s == b.own[i]:
		return severity
	default:
		return min(s, severity)
	}
}

// Off returns the rules that are switched off.
func (b *Book) Off() []*Rule {
	l := b.joinedOff
	for i, off := range b.off {
		if off {
			l = append(l, b.rules[i])
		}
	}
	return l
}

// Weighed is a rule that a site has given another severity than its own.
type Weighed struct {
	*Rule          // as it weighs there
	Own   Severity // as it weighs in the catalogue
}

// Weighed returns the rules that Terms.Weigh has given another severity, without those
// that are switched off.
func (b *Book) Weighed() []Weighed {
	l := b.joinedWeighed
	for i, own := range b.own {
		if r := b.rules[i]; r.Severity != own && !b.off[i] {
			l = append(l, Weighed{r, own})
		}
	}
	return l
}

// isOff reports whether rule i is switched off.
func (b *Book) isOff(i int) bool { return b.off != nil && b.off[i] }
