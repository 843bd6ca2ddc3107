package rules

// Protocol is what a subject speaks.
type Protocol uint8

const (
	MQTT   Protocol = iota
	S7comm          // and the ISO-on-TCP below it
)

func (p Protocol) String() string { return [...]string{"MQTT", "S7"}[p] }

// Join makes one book of the books of several catalogues, to be read. Who is judged
// by several of them is one subject. Rules of a book without subjects are left out:
// the capture has none of their protocol. When that is so of all books, all rules are
// there.
func Join(books ...*Book) *Book {
	j := &Book{}
	at := map[subjectKey]int{} // in j.subjects
	for _, b := range books {
		j.Overflow += b.Overflow
		for _, s := range b.subjects {
			k := subjectKey{s.Protocol, s.Role, s.Address, s.Name}
			if i, ok := at[k]; ok {
				j.subjects[i] = unite(j.subjects[i], s)
			} else {
				at[k] = len(j.subjects)
				j.subjects = append(j.subjects, s)
			}
		}
		j.joinedOff = append(j.joinedOff, b.Off()...)
		j.joinedWeighed = append(j.joinedWeighed, b.Weighed()...)
		if len(b.subjects) > 0 {
			j.rules = append(j.rules, b.Rules()...)
		}
	}
	if len(j.subjects) == 0 {
		for _, b := range books {
			j.rules = append(j.rules, b.Rules()...)
		}
	}
	return j
}

// unite makes one subject of two, the first of which may be such a one already.
func unite(a, b *Subject) *Subject {
	if a.parts == nil {
		x := *a
		x.book, x.cells, x.exercised, x.tallies = nil, nil, nil, nil
		x.parts = []*Subject{a}
		a = &x
	}
	if b.First.Frame < a.First.Frame {
		a.First = b.First
	}
	a.parts = append(a.parts, b)
	return a
}
