package merge

import (
	"fmt"
	"strings"

	"plcscope/pcaps"
)

// filtered is a filter that reports were made with, "" for none, and who was first.
type filtered struct {
	text, first string
	reports     int
}

// maxFilters bounds those that are told apart.
const maxFilters = 20

// chose takes in by which filter the report that was read has chosen what it judges.
func (m *Merger) chose() error {
	f := &m.filter
	if f.Text != "" && uint64(f.Chosen) > m.opened {
		return fmt.Errorf("its filter has chosen %d of %d connections", f.Chosen, m.opened)
	}
	m.out.Chosen += int(f.Chosen)
	for i := range m.filters {
		if x := &m.filters[i]; x.text == f.Text {
			x.reports++
			return nil
		}
	}
	if len(m.filters) < maxFilters {
		m.filters = append(m.filters, filtered{f.Text, m.name, 1})
	}
	return nil
}

// joinFilters gives the report the filter that all reports have. Of several none says what
// was judged: they are listed.
func (m *Merger) joinFilters() {
	if len(m.filters) == 1 {
		m.out.Filter = m.filters[0].text
		return
	}
	m.out.Chosen = 0
	if len(m.filters) == 0 {
		return
	}
	var l []string
	for _, x := range m.filters {
		who := x.first
		if x.reports > 1 {
			who += fmt.Sprintf(" and %d more", x.reports-1)
		}
		if x.text == "" {
			l = append(l, "all connections ("+who+")")
		} else {
			l = append(l, x.text+" ("+who+")")
		}
	}
	m.out.Problems = append(m.out.Problems, pcaps.Problem{File: "merge", Text: "the reports judge connections chosen by different filters: " +
		strings.Join(l, "; ") + ". Nothing is said of what a report has left out"})
}
