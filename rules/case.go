package rules

import "fmt"

// Draft gathers what a rule adds to a case before it says what is wrong. The reporter
// of a catalogue holds one and records every violation through it; it is used again
// for the next. The zero value is not ready: call Reset.
type Draft struct {
	related []Ref
	offset  int
	weight  Severity
	weighed bool
}

// Reset empties the draft.
func (d *Draft) Reset() { d.related, d.offset, d.weighed = d.related[:0], -1, false }

// Relate adds an earlier message that matters; none when at names no frame.
func (d *Draft) Relate(at Ref) {
	if at.Frame != 0 {
		d.related = append(d.related, at)
	}
}

// Take empties the draft and returns the earlier messages that it held, for a case that
// is not entered yet; they are valid until the next is added.
func (d *Draft) Take() []Ref {
	l := d.related
	d.Reset()
	return l
}

// Place sets the offset of the offending byte, counted from the message's first.
func (d *Draft) Place(offset int) { d.offset = offset }

// Weigh gives the case another severity than the rule's own.
func (d *Draft) Weigh(s Severity) { d.weight, d.weighed = s, true }

// Case is one violation, or what looks like one.
type Case struct {
	Rule     int // index in the book's catalogue
	Subject  *Subject
	Doubt    Reason // why the capture does not allow certainty
	Standard Standard
	At       Ref // when it happened
}

// Record enters the case into b and empties the draft. Only when somebody may read the
// finding is the detail put into words, and tell asked to complete it: endpoints of the
// connection, and what is known of the message.
func (d *Draft) Record(b *Book, c *Case, tell func(f *Finding), detail string, args []any) {
	f := Finding{
		Verdict:  Fail,
		Severity: b.rules[c.Rule].Severity,
		Reason:   c.Doubt,
		Ref:      c.At,
		Standard: c.Standard,
		Offset:   d.offset,
	}
	if d.weighed {
		f.Severity = d.weight
	}
	if c.Doubt != Certain {
		f.Verdict = Inconclusive
	}
	if b.Room(c.Subject, c.Rule) || f.Verdict == Fail {
		f.Detail = fmt.Sprintf(detail, args...)
		f.Related = append([]Ref(nil), d.related...)
		tell(&f)
	}
	b.record(c.Subject, c.Rule, &f)
	d.Reset()
}
