package rules

// Protocol is what a subject speaks.
type Protocol uint8

const (
	MQTT   Protocol = iota
	S7comm          // and the ISO-on-TCP below it
)

func (p Protocol) String() string { return [...]string{"MQTT", "S7"}[p] }

// Join makes one book of the books of several catalogues, to be read. Rules of a
// book without subjects are left out: the capture has none of their protocol. When
// that is so of all books, all rules are there.
func Join(books ...*Book) *Book {
	j := &Book{}
	for _, b := range books {
		j.Overflow += b.Overflow
		j.subjects = append(j.subjects, b.subjects...)
		j.joinedOff = append(j.joinedOff, b.Off()...)
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
