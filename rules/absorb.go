package rules

import (
	"cmp"
	"slices"
)

// Absorb adds the verdicts of o, a book of the same catalogue and terms about another
// part of the capture, which must not be used any more. Of findings that count, those are
// kept that stand first in the capture. Subjects beyond the bound of b become the one that
// further subjects share.
func (b *Book) Absorb(o *Book) {
	if len(o.rules) != len(b.rules) || o.groups != b.groups {
		panic("rules: Absorb of another catalogue")
	}
	b.Overflow += o.Overflow
	for _, s := range o.subjects {
		switch k := (subjectKey{s.Protocol, s.Role, s.Address, s.Name}); {
		case s == o.overflow && b.overflow != nil:
			b.unite(b.overflow, s)
		case b.byKey[k] != nil:
			b.unite(b.byKey[k], s)
		case s != o.overflow && len(b.subjects) >= b.limits.Subjects:
			b.Overflow++
			b.unite(b.further(s.Role, s.First), s)
		default:
			if s == o.overflow {
				b.overflow = s
			} else {
				b.byKey[k] = s
			}
			s.book = b
			b.subjects = append(b.subjects, s)
		}
	}
	b.kept += o.kept
}

// unite adds to s what another book has found out about the same subject.
func (b *Book) unite(s, o *Subject) {
	if o.First.Frame < s.First.Frame {
		s.First = o.First
	}
	for g, n := range o.tallies {
		s.tallies[g] += n
	}
	for i, n := range o.exercised {
		s.exercised[i] += n
	}
	for _, x := range o.cells {
		for j := range x.findings {
			x.findings[j].Subject = s
		}
		s.cell(x.rule).unite(x, b.limits.Findings)
	}
}

// unite adds the cases of x, and keeps limit findings of both.
func (c *cell) unite(x *cell, limit int) {
	if x.inconclusive > 0 && (c.inconclusive == 0 || x.first(Inconclusive) < c.first(Inconclusive)) {
		c.reason = x.reason
	}
	if x.excuse != nil && (c.excuse == nil || x.first(Fail) < c.first(Fail)) {
		c.excuse = x.excuse
	}
	if x.failed > 0 {
		c.worst = max(c.worst, x.worst)
	}
	if x.failed > x.excused {
		c.active = max(c.active, x.active)
	}
	c.failed += x.failed
	c.excused += x.excused
	c.inconclusive += x.inconclusive
	c.findings = append(c.findings, x.findings...)
	if len(c.findings) > limit {
		slices.SortStableFunc(c.findings, func(a, b Finding) int {
			return cmp.Or(cmp.Compare(a.worth(), b.worth()), byPlace(a, b))
		})
		c.findings = slices.Delete(c.findings, limit, len(c.findings))
	}
	slices.SortStableFunc(c.findings, byPlace)
}

// first is the first frame of the findings with that verdict, 0 when there are none.
func (c *cell) first(v Verdict) uint64 {
	for i := range c.findings {
		if c.findings[i].Verdict == v {
			return c.findings[i].Frame
		}
	}
	return 0
}

// worth says in which order findings are given up when there are too many: the highest
// first, as makeRoom does.
func (f *Finding) worth() int {
	switch {
	case f.Verdict != Fail:
		return 2
	case f.Excuse != nil:
		return 1
	}
	return 0
}

// byPlace is the order of findings of one rule about one subject in the capture.
func byPlace(a, b Finding) int {
	return cmp.Or(cmp.Compare(a.Frame, b.Frame), cmp.Compare(a.Client, b.Client), cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.Detail, b.Detail))
}
