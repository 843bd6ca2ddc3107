package wire

import "slices"

// Selection is a set of fields. A nil *Selection holds none.
type Selection struct {
	all bool
	has []bool // by the number of a field

	tables []*Table // that declare them
}

// Everything holds all fields.
var Everything = &Selection{all: true}

// Select makes the set of the given fields.
func Select(fields ...*Field) *Selection {
	s := new(Selection)
	for _, f := range fields {
		if f.number >= len(s.has) {
			s.has = append(s.has, make([]bool, f.number+1-len(s.has))...)
		}
		s.has[f.number] = true
		if !slices.Contains(s.tables, f.table) {
			s.tables = append(s.tables, f.table)
		}
	}
	return s
}

// Has reports whether f is in the set.
func (s *Selection) Has(f *Field) bool {
	return s != nil && (s.all || f.number < len(s.has) && s.has[f.number])
}

// HasAny reports whether any field of a table is in the set.
func (s *Selection) HasAny(t *Table) bool {
	if s == nil || s.all {
		return s != nil
	}
	for _, x := range s.tables {
		if x == t || x.whole == t {
			return true
		}
	}
	return false
}

// Union is the set of what is in a or in b.
func Union(a, b *Selection) *Selection {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case a.all || b.all:
		return Everything
	}
	long, short := a.has, b.has
	if len(long) < len(short) {
		long, short = short, long
	}
	u := &Selection{has: slices.Clone(long)}
	for i, x := range short {
		u.has[i] = u.has[i] || x
	}
	u.tables = slices.Clone(a.tables)
	for _, t := range b.tables {
		if !slices.Contains(u.tables, t) {
			u.tables = append(u.tables, t)
		}
	}
	return u
}
