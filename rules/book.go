package rules

import (
	"cmp"
	"slices"
)

// Subject is somebody who is judged: an MQTT client, a broker, an S7 partner.
type Subject struct {
	tallies []uint64 // by group; first, because each message asks for it

	Protocol Protocol
	Role     Role
	Address  string // IP address; a server also has a port
	Name     string // client identifier; "" when it is not known
	Label    string // what the site calls it; "" when it has not said
	First    Ref    // where it was first seen

	book  *Book      // that judges it
	parts []*Subject // the same in several books, which Join has made one of

	exercised []uint64 // by rule
	cells     []*cell  // of the rules of which there are cases, by rule: most subjects break few
}

// String names the subject as reports do: `client "plc-7" at 10.0.0.5`, behind
// what the site calls it, if it does.
func (s *Subject) String() string {
	if s.Label != "" {
		return s.Label + ": " + s.plain()
	}
	return s.plain()
}

func (s *Subject) plain() string {
	if s.Protocol == S7comm {
		return "S7 " + s.Role.String() + " " + s.Address
	}
	if s.Role == Server {
		return "broker " + s.Address
	}
	if s.Name == "" {
		return "client at " + s.Address
	}
	return "client " + quote(s.Name) + " at " + s.Address
}

// cell holds the cases of one rule for one subject.
type cell struct {
	rule         int // its index
	failed       uint64
	excused      uint64 // of failed
	inconclusive uint64
	reason       Reason   // of the first inconclusive case
	worst        Severity // of the cases that are certain
	active       Severity // of those among them that are not excused
	excuse       *Excuse  // of the first excused case
	findings     []Finding
}

// Result is the verdict on one rule for one subject.
type Result struct {
	Rule         *Rule
	Verdict      Verdict
	Exercised    uint64   // how often the rule was put to the test
	Failed       uint64   // how often it was broken
	Excused      uint64   // how many of these cases do not count
	Inconclusive uint64   // how often it could not be decided
	Reason       Reason   // why, the first time
	Severity     Severity // of the gravest certain case, one that counts if there is any; of the rule when there is none
	Own          Severity // of the rule before the site weighed it: Rule.Severity unless Terms.Weigh changed that
	Excuse       *Excuse  // why cases do not count, the first time; nil when all do
	Findings     []Finding
}

// Counts reports whether the rule was broken by a case that is not excused.
func (r *Result) Counts() bool { return r.Failed > r.Excused }

// FurtherSubjects is the address of the one that stands for those beyond Limits.Subjects.
const FurtherSubjects = "(further subjects)"

// Limits bound a Book; the zero value means the defaults.
type Limits struct {
	Findings int // kept per rule and subject, the rest is counted; default 10
	Subjects int // default 10,000; further ones share one overflow subject
	Total    int // findings kept of all subjects; 0 is no bound
}

// Book keeps the verdicts of one capture.
type Book struct {
	Protocol Protocol // of the subjects that Subject makes next

	rules    []*Rule
	limits   Limits
	subjects []*Subject
	byKey    map[subjectKey]*Subject
	overflow *Subject
	Overflow uint64 // subjects beyond the bound

	// Applies, when set, leaves rules out of the results of subjects that they say
	// nothing about, beyond those of the other role.
	Applies func(r *Rule, s *Subject) bool

	// Around, when set, is asked for each finding that is kept what else was
	// said at that time.
	Around func(f Finding) *Around

	// Noted, when set, is shown every case as it is recorded: kept says whether it
	// is kept in full. It must not keep f.
	Noted func(f *Finding, kept bool)

	kept      int // findings, of all subjects
	terms     Terms
	base      []*Rule    // the catalogue, without Terms.Weigh
	own       []Severity // of the rules before Terms.Weigh; nil without
	off       []bool     // rules that are switched off; nil when none is
	joinedOff []*Rule    // of the books that were joined

	joinedWeighed []Weighed // of these books

	groups  int       // of Group
	members [][]int16 // of each rule, the groups that it is in
}

type subjectKey struct {
	protocol      Protocol
	role          Role
	address, name string
}

// NewBook keeps verdicts on the given rules; a rule is then named by its index.
func NewBook(list []*Rule, l Limits) *Book {
	if l.Findings == 0 {
		l.Findings = 10
	}
	if l.Subjects == 0 {
		l.Subjects = 10_000
	}
	return &Book{rules: list, base: list, limits: l, byKey: map[subjectKey]*Subject{}}
}

// Group names rules, by their indexes, that are exercised together, so often that
// counting each of them would cost too much: Tally counts a whole group. It is
// called before the first Subject.
func (b *Book) Group(groups [][]int16) {
	b.groups = len(groups)
	b.members = make([][]int16, len(b.rules))
	for g, list := range groups {
		for _, i := range list {
			b.members[i] = append(b.members[i], int16(g))
		}
	}
}

// Tally counts that all rules of group g were put to the test on s.
func (b *Book) Tally(s *Subject, g int) { s.tallies[g]++ }

// TallyN is Tally for n times.
func (b *Book) TallyN(s *Subject, g int, n uint64) { s.tallies[g] += n }

// exercised is how often rule i was put to the test on s.
func (b *Book) exercised(s *Subject, i int) uint64 {
	n := s.exercised[i]
	if b.groups > 0 {
		for _, g := range b.members[i] {
			n += s.tallies[g]
		}
	}
	return n
}

// Subject returns the subject with that role, address and name, making it when
// it is new.
func (b *Book) Subject(role Role, address, name string, first Ref) *Subject {
	k := subjectKey{b.Protocol, role, address, name}
	if s := b.byKey[k]; s != nil {
		return s
	}
	if len(b.subjects) >= b.limits.Subjects {
		b.Overflow++
		return b.further(role, first)
	}
	s := b.newSubject(role, address, name, first)
	b.byKey[k] = s
	b.subjects = append(b.subjects, s)
	return s
}

// further is the subject of all that there is no room for.
func (b *Book) further(role Role, first Ref) *Subject {
	if b.overflow == nil {
		b.overflow = b.newSubject(role, FurtherSubjects, "", first)
		b.subjects = append(b.subjects, b.overflow)
	}
	return b.overflow
}

func (b *Book) newSubject(role Role, address, name string, first Ref) *Subject {
	s := &Subject{
		Protocol: b.Protocol, Role: role, Address: address, Name: name, First: first,
		book: b, exercised: make([]uint64, len(b.rules)), tallies: make([]uint64, b.groups),
	}
	if b.terms.Label != nil {
		s.Label = b.terms.Label(s)
	}
	return s
}

// Exercised counts that rule i was put to the test on s.
func (b *Book) Exercised(s *Subject, i int) { s.exercised[i]++ }

// find returns where the cell of rule i is, or belongs.
func (s *Subject) find(i int) (at int, found bool) {
	return slices.BinarySearchFunc(s.cells, i, func(c *cell, i int) int { return cmp.Compare(c.rule, i) })
}

// has returns the cases of rule i, of which there may be none.
func (s *Subject) has(i int) cell {
	if at, found := s.find(i); found {
		return *s.cells[at]
	}
	return cell{rule: i}
}

// cell returns the cell of rule i, making it at the first case.
func (s *Subject) cell(i int) *cell {
	at, found := s.find(i)
	if !found {
		s.cells = slices.Insert(s.cells, at, &cell{rule: i})
	}
	return s.cells[at]
}

// Record keeps a finding of rule i, or only counts it once the bound is reached.
// The bytes of the finding are copied.
func (b *Book) Record(s *Subject, i int, f Finding) { b.record(s, i, &f) }

func (b *Book) record(s *Subject, i int, f *Finding) {
	if b.isOff(i) {
		return
	}
	c, room := s.cell(i), b.Room(s, i)
	f.Rule, f.Subject, f.Severity = b.rules[i], s, b.weigh(i, f.Severity)
	if f.Verdict == Fail {
		b.count(c, f)
		if !room && c.makeRoom(f) {
			b.kept--
			room = true
		}
	} else {
		if c.inconclusive == 0 {
			c.reason = f.Reason
		}
		c.inconclusive++
	}
	if room {
		f.Bytes = slices.Clone(f.Bytes[:min(len(f.Bytes), evidenceBytes)])
		if b.Around != nil {
			f.Around = b.Around(*f)
		}
		c.findings = append(c.findings, *f)
		b.kept++
	}
	if b.Noted != nil {
		b.Noted(f, room)
	}
}

// count counts a certain case and asks whether it is excused.
func (b *Book) count(c *cell, f *Finding) {
	if c.failed++; c.failed == 1 || f.Severity > c.worst {
		c.worst = f.Severity
	}
	if b.terms.Excuse != nil {
		f.Excuse = b.terms.Excuse(f)
	}
	switch {
	case f.Excuse != nil:
		if c.excused++; c.excuse == nil {
			c.excuse = f.Excuse
		}
	case c.failed-c.excused == 1 || f.Severity > c.active:
		c.active = f.Severity
	}
}

// makeRoom drops a finding that is worth less than the certain case f: a suspicion,
// or, when f counts, a case that does not.
func (c *cell) makeRoom(f *Finding) bool {
	drop := slices.IndexFunc(c.findings, func(x Finding) bool { return x.Verdict == Inconclusive })
	if drop < 0 && f.Excuse == nil {
		drop = slices.IndexFunc(c.findings, func(x Finding) bool { return x.Excuse != nil })
	}
	if drop < 0 {
		return false
	}
	c.findings = slices.Delete(c.findings, drop, drop+1)
	return true
}

// ordered are the findings in the order of the capture, those that count first.
func (c *cell) ordered() []Finding {
	if c.excused == 0 || c.excused == c.failed {
		return c.findings
	}
	l := slices.Clone(c.findings)
	slices.SortStableFunc(l, func(a, b Finding) int {
		switch {
		case a.Excuse == nil && b.Excuse != nil:
			return -1
		case a.Excuse != nil && b.Excuse == nil:
			return 1
		}
		return 0
	})
	return l
}

// Room reports whether a further finding of rule i on s would be kept.
func (b *Book) Room(s *Subject, i int) bool {
	if b.limits.Total != 0 && b.kept >= b.limits.Total {
		return false
	}
	at, found := s.find(i)
	return !found || len(s.cells[at].findings) < b.limits.Findings
}

// Rules returns the rules that the book judges by, without those that are switched
// off.
func (b *Book) Rules() []*Rule {
	if b.off == nil {
		return b.rules
	}
	var l []*Rule
	for i, r := range b.rules {
		if !b.off[i] {
			l = append(l, r)
		}
	}
	return l
}

// Subjects returns those judged, by protocol, clients before servers, by address
// and name.
func (b *Book) Subjects() []*Subject {
	l := slices.Clone(b.subjects)
	slices.SortFunc(l, func(a, b *Subject) int {
		return cmp.Or(cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Role, b.Role), compareAddress(a.Address, b.Address), cmp.Compare(a.Name, b.Name))
	})
	return l
}

// Results returns the verdicts on s in the order of the catalogue. Rules that
// judge another role are left out.
func (b *Book) Results(s *Subject) []Result {
	var l []Result
	for _, x := range s.parts {
		l = append(l, b.Results(x)...)
	}
	if s.parts != nil {
		return l
	}
	b = s.book
	l = make([]Result, 0, len(b.rules))
	for i, r := range b.rules {
		if r.Role != Both && r.Role != s.Role || b.isOff(i) || b.Applies != nil && !b.Applies(r, s) {
			continue
		}
		c, exercised := s.has(i), b.exercised(s, i)
		v, weight, own := NotExercised, r.Severity, r.Severity
		if b.own != nil {
			own = b.own[i]
		}
		switch {
		case c.failed > 0:
			v, weight = Fail, c.worst
			if c.failed > c.excused {
				weight = c.active
			}
		case c.inconclusive > 0:
			v = Inconclusive
		case exercised > 0:
			v = Pass
		}
		l = append(l, Result{r, v, exercised, c.failed, c.excused, c.inconclusive, c.reason, weight, own, c.excuse, c.ordered()})
	}
	return l
}

// Findings returns the findings of all subjects by frame.
func (b *Book) Findings() []Finding {
	var l []Finding
	for _, s := range b.Subjects() {
		for _, x := range append(s.parts, s) {
			for _, c := range x.cells {
				l = append(l, c.findings...)
			}
		}
	}
	slices.SortStableFunc(l, func(a, b Finding) int { return cmp.Compare(a.Frame, b.Frame) })
	return l
}
