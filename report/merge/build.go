package merge

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"plcscope/pcaps"
	"plcscope/report"
	"plcscope/rules"
)

// rule finds the rule of a result. One that the catalogue does not know, of another
// version perhaps, is what the report says of it.
func (m *Merger) rule(r *readResult, role rules.Role) (*rules.Rule, error) {
	if rule := m.catalog[r.Rule]; rule != nil {
		if rule.Role != rules.Both && rule.Role != role {
			return nil, fmt.Errorf("rule %s judges a %s, not a %s", rule.ID, rule.Role, role)
		}
		return rule, nil
	}
	if len(m.foreign) >= maxForeign {
		return nil, fmt.Errorf("the reports have more than %d rules that are not known", maxForeign)
	}
	severity, err := rules.ParseSeverity(cmp.Or(r.Own, r.Severity))
	if err != nil {
		return nil, err
	}
	rule := &rules.Rule{ID: r.Rule, Role: rules.Both, Severity: severity, Title: r.Title, Why: r.Why, Fix: r.Fix, Clauses: rules.Clauses{}}
	for name, l := range r.Clauses {
		if s, ok := rules.ParseStandard(name); ok {
			rule.Clauses[s] = l
		}
	}
	m.catalog[rule.ID] = rule
	m.foreign = append(m.foreign, rule)
	return rule, nil
}

// Report is what the reports say together. Nothing can be added after it.
func (m *Merger) Report() *report.Report {
	r := &m.out
	r.Tool, r.Secrets, r.Merged = m.opt.Tool, m.opt.Secrets, m.reports > 1
	if !m.strict {
		r.FailOn = rules.Error
	}
	r.Files = m.captures
	r.Names = m.names
	m.joinFilters()
	if m.left > 0 {
		r.Problems = append(r.Problems, pcaps.Problem{File: "merge", Text: fmt.Sprintf("%d more notes of the reports are left out", m.left)})
	}
	r.Profile = strings.Join(m.profiles, ", ")
	if b := r.Baseline; b != nil {
		*b = *m.goneOf(b)
	}
	r.Book, r.Delivery = m.book(), m.audit.result()
	r.Hashes = make([]string, len(r.Files))
	return r
}

// goneOf is b with what is gone from all reports.
func (m *Merger) goneOf(b *report.Baseline) *report.Baseline {
	file := struct {
		Schema   string                 `json:"schema"`
		Findings []report.BaselineEntry `json:"findings"`
	}{report.BaselineVersion, []report.BaselineEntry{}}
	for e, n := range m.gone {
		if n == m.against && len(file.Findings) < report.MaxBaseline {
			file.Findings = append(file.Findings, e)
		}
	}
	text, err := json.Marshal(file)
	if err == nil {
		var x *report.Baseline
		if x, err = report.ReadBaseline(bytes.NewReader(text), strings.Join(m.baselines, ", ")); err == nil {
			x.Known, x.New = b.Known, b.New
			return x
		}
	}
	b.File = strings.Join(m.baselines, ", ")
	return b
}

// book joins the books that check would have had: of each protocol, and of what else the
// reports mention.
func (m *Merger) book() *rules.Book {
	var more []*rules.Rule
	for _, r := range m.opt.Others {
		if m.met[r.ID] {
			more = append(more, r)
		}
	}
	slices.SortFunc(m.foreign, func(a, b *rules.Rule) int { return cmp.Compare(a.ID, b.ID) })
	keys := slices.SortedFunc(maps.Keys(m.subjects), func(a, b key) int {
		return cmp.Or(cmp.Compare(a.protocol, b.protocol), cmp.Compare(a.role, b.role), cmp.Compare(a.address, b.address), cmp.Compare(a.name, b.name))
	})
	var books []*rules.Book
	for _, list := range [][]*rules.Rule{m.opt.Rules[rules.MQTT], m.opt.Rules[rules.S7comm], append(more, m.foreign...)} {
		books = append(books, m.bookOf(list, keys))
	}
	books[0].Overflow = m.overflow
	return rules.Join(books...)
}

// bookOf is the book of some of the rules, with the subjects that they judge.
func (m *Merger) bookOf(list []*rules.Rule, keys []key) *rules.Book {
	index := map[string]int{}
	for i, r := range list {
		index[r.ID] = i
	}
	b := rules.NewBook(list, rules.Limits{Findings: m.opt.Findings, Subjects: maxSubjects + 8})
	b.SetTerms(rules.Terms{Weigh: m.weigh})
	results := map[*rules.Subject]map[string]*result{}
	b.Applies = func(r *rules.Rule, s *rules.Subject) bool { return results[s][r.ID] != nil }
	for _, k := range keys {
		var s *rules.Subject
		for id, r := range m.subjects[k].results {
			i, ok := index[id]
			if !ok {
				continue
			}
			if s == nil {
				b.Protocol = k.protocol
				s = b.Subject(k.role, k.address, k.name, rules.Ref{})
				s.Label = m.subjects[k].label
				results[s] = m.subjects[k].results
			}
			b.Import(s, i, &r.Result)
		}
	}
	return b
}

// weigh is for rules.Terms. What all reports have switched off is off.
func (m *Merger) weigh(r *rules.Rule) (rules.Severity, bool) {
	s, ok := m.weighed[r.ID]
	if !ok {
		s = r.Severity
	}
	return s, m.laid > 0 && m.off[r.ID] == m.reports && !m.met[r.ID]
}
