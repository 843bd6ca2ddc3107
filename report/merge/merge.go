package merge

import (
	"fmt"
	"math"

	"plcscope/pcaps"
	"plcscope/report"
	"plcscope/rules"
)

// Bounds of a Merger.
const (
	maxSubjects = 10_000 // further ones share one line, as in check
	maxForeign  = 1000   // rules that the catalogue does not know
	maxNotes    = 1000
	maxWaivers  = 10_000
	maxNames    = 20 // of profiles and baselines
	spare       = 4  // times as many findings as are shown, so that certain ones can go before suspicions
)

// noFile is where a finding is whose file is not known.
const noFile = math.MaxUint16

// Options of a Merger.
type Options struct {
	Tool     string
	Rules    map[rules.Protocol][]*rules.Rule // the catalogue of each protocol: those that no report mentions were not exercised
	Others   []*rules.Rule                    // rules that count only where a report mentions them
	Findings int                              // kept per rule and subject; 0 means 10
	Secrets  bool                             // show bytes that may hold passwords, as far as the reports do
}

// Merger joins reports. It belongs to one goroutine.
type Merger struct {
	opt      Options
	out      report.Report
	subjects map[key]*subject
	overflow uint64
	catalog  map[string]*rules.Rule // known rules, and those that reports have brought along
	foreign  []*rules.Rule
	met      map[string]bool // rules that some report has

	name    string         // of the report that is read
	audit   *audit         // nil while no report has one
	known   bool           // it has the right schema
	here    map[string]int // its files
	reports int
	strict  bool // some report has said what makes it fail

	filter  readFilter // of the report that is read
	opened  uint64     // connections that it counts
	filters []filtered
	called  map[datum]*called

	captures  []pcaps.File
	sources   map[readFile]string // which report a file was in first
	left      int                 // notes that were left out
	profiles  []string
	off       map[string]int // in how many reports a rule is switched off
	laid      int            // reports with a profile
	weighed   map[string]rules.Severity
	waivers   map[string]*report.Waiver
	baselines []string
	gone      map[report.BaselineEntry]int
	against   int // reports with a baseline
}

type key struct {
	protocol      rules.Protocol
	role          rules.Role
	address, name string
}

// subject is what is known of one.
type subject struct {
	key
	label   string
	namer   string // the report that has told the label
	quarrel bool   // another one calls it otherwise, which was noted
	results map[string]*result
}

// result is the sum of what reports say of a rule.
type result struct {
	rules.Result
	seen map[string]int // fingerprints, and the report that had each first
}

// New makes a merger.
func New(opt Options) *Merger {
	if opt.Findings <= 0 {
		opt.Findings = 10
	}
	m := &Merger{
		opt: opt, subjects: map[key]*subject{}, catalog: map[string]*rules.Rule{}, met: map[string]bool{},
		sources: map[readFile]string{}, off: map[string]int{}, weighed: map[string]rules.Severity{},
		waivers: map[string]*report.Waiver{}, called: map[datum]*called{}, gone: map[report.BaselineEntry]int{},
	}
	for _, l := range opt.Rules {
		for _, r := range l {
			m.catalog[r.ID] = r
		}
	}
	for _, r := range opt.Others {
		m.catalog[r.ID] = r
	}
	return m
}

// begin begins another report.
func (m *Merger) begin() {
	m.known, m.here = false, map[string]int{}
	m.filter, m.opened = readFilter{}, 0
}

// failOn keeps the least severity at which one of the reports fails.
func (m *Merger) failOn(s string) error {
	v, err := rules.ParseSeverity(s)
	if err == nil && (!m.strict || v < m.out.FailOn) {
		m.out.FailOn, m.strict = v, true
	}
	return err
}

func (m *Merger) note(text string) {
	if len(m.out.Problems) >= maxNotes {
		m.left++
		return
	}
	m.out.Problems = append(m.out.Problems, pcaps.Problem{File: m.name, Text: text})
}

func (m *Merger) notes(l *[]string) error {
	for _, n := range *l {
		m.note(n)
	}
	return nil
}

func (m *Merger) files(l *[]readFile) error {
	for _, f := range *l {
		if len(m.captures) == noFile {
			return fmt.Errorf("the reports are about more than %d files", noFile)
		}
		if other, ok := m.sources[f]; ok {
			m.note(fmt.Sprintf("%s is in %s, too: its cases count twice", f.Name, other))
		} else {
			m.sources[f] = m.name
		}
		m.here[f.Name] = len(m.captures)
		m.captures = append(m.captures, pcaps.File{Name: f.Name, Format: f.Format, Frames: f.Frames})
	}
	return nil
}

func (m *Merger) capture(c *readCapture) error {
	t := &m.out.Totals
	if c.Frames > 0 && !c.First.IsZero() && !c.Last.IsZero() {
		first, last := c.First.UnixNano(), c.Last.UnixNano()
		if t.Frames == 0 {
			t.First, t.Last = first, last
		}
		t.First, t.Last = min(t.First, first), max(t.Last, last)
	}
	t.Frames += c.Frames
	t.Decode.Segments += c.Segments
	t.Flows.TCP.Opened += c.Connections
	m.opened += c.Connections
	t.Flows.MQTT += c.MQTT
	t.Flows.ISO += c.ISO
	t.Flows.Malformed += c.Malformed
	return nil
}

// subject adds what the report says of one.
func (m *Merger) subject(r *readSubject) error {
	k := key{address: r.Address, name: r.ClientID}
	switch {
	case r.Protocol == rules.S7comm.String():
		k.protocol = rules.S7comm
	case r.Protocol != rules.MQTT.String():
		return fmt.Errorf("a subject speaks %q", r.Protocol)
	}
	switch {
	case r.Role == rules.Server.String():
		k.role = rules.Server
	case r.Role != rules.Client.String():
		return fmt.Errorf("a subject is a %q", r.Role)
	}
	s := m.subjects[k]
	if s == nil {
		if len(m.subjects) >= maxSubjects && k.address != rules.FurtherSubjects {
			m.overflow++
			k.address, k.name, r.Name = rules.FurtherSubjects, "", ""
			s = m.subjects[k]
		}
		if s == nil {
			s = &subject{key: k, results: map[string]*result{}}
			m.subjects[k] = s
		}
	}
	m.label(s, r.Name)
	for i := range r.Results {
		if err := m.result(s, &r.Results[i]); err != nil {
			return err
		}
	}
	return nil
}

// result adds a result of the report.
func (m *Merger) result(s *subject, r *readResult) error {
	x, err := r.result()
	if err != nil {
		return err
	}
	rule, err := m.rule(r, s.role)
	if err != nil {
		return err
	}
	m.met[rule.ID] = true
	t := s.results[rule.ID]
	if t == nil {
		t = &result{Result: rules.Result{Rule: rule, Severity: x.Severity}, seen: map[string]int{}}
		s.results[rule.ID] = t
	}
	t.join(&x)
	for i := range r.Findings {
		f, err := r.Findings[i].finding(rule)
		if err != nil {
			return fmt.Errorf("rule %s: %w", rule.ID, err)
		}
		if f.File = noFile; r.Findings[i].File != "" {
			if n, ok := m.here[r.Findings[i].File]; ok {
				f.File = uint16(n)
			}
		}
		names, name := r.Findings[i].Names, r.Findings[i].Fingerprint
		first, known := t.seen[name]
		if known && first != m.reports || len(t.Findings) >= spare*m.opt.Findings {
			m.alsoCalled(&f, names)
			continue
		}
		t.seen[name] = m.reports
		t.Findings = append(t.Findings, f)
		m.isCalled(&f, names)
	}
	return nil
}

// join adds counts. The first reason and the first excuse stay, as they do within one
// capture.
func (t *result) join(x *rules.Result) {
	switch {
	case x.Failed == 0:
	case t.Failed == 0, x.Counts() && !t.Counts(), x.Counts() == t.Counts() && x.Severity > t.Severity:
		t.Severity = x.Severity
	}
	if t.Inconclusive == 0 {
		t.Reason = x.Reason
	}
	if t.Excuse == nil {
		t.Excuse = x.Excuse
	}
	t.Exercised += x.Exercised
	t.Failed += x.Failed
	t.Excused += x.Excused
	t.Inconclusive += x.Inconclusive
}
