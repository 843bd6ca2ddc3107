package rules

import "slices"

// Copy returns the book as it is now, to be read while the book itself is kept on.
func (b *Book) Copy() *Book {
	c := *b
	c.byKey, c.overflow = nil, nil
	c.Noted, c.Around = nil, nil
	c.subjects = make([]*Subject, len(b.subjects))
	for i, s := range b.subjects {
		c.subjects[i] = s.copy(&c)
	}
	return &c
}

// copy returns s as a subject of book b.
func (s *Subject) copy(b *Book) *Subject {
	x := *s
	x.book = b
	x.tallies = slices.Clone(s.tallies)
	x.exercised = slices.Clone(s.exercised)
	x.cells = slices.Clone(s.cells)
	for i := range x.cells {
		c := *x.cells[i]
		x.cells[i] = &c
		c.findings = slices.Clone(c.findings)
		for j := range c.findings {
			f := &c.findings[j]
			f.Subject = &x
			if f.Around != nil { // what follows the finding may still be added
				a := *f.Around
				f.Around = &a
			}
		}
	}
	return &x
}
