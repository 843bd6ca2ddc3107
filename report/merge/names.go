package merge

import (
	"fmt"
	"net/netip"

	"plcscope/rules"
)

// datum is data of a controller, as findings speak of them.
type datum struct {
	server string // its address
	detail string // of the finding, with the addresses of the data
}

// called is what a datum is called.
type called struct {
	names string            // by the report that has named it first, "" when none has
	by    string            // that report
	told  string            // the report that was noted last because it has other names
	other map[uint16]string // by what findings of other files say, when it is not the same
}

// maxNameBytes bounds what is kept of the names beside one finding.
const maxNameBytes = 4096

func datumOf(f *rules.Finding) datum {
	d := datum{f.Server, f.Detail}
	if server, err := netip.ParseAddrPort(f.Server); err == nil {
		d.server = server.Addr().String()
	}
	return d
}

// isCalled takes in what the data are called of which a finding that is kept speaks.
func (m *Merger) isCalled(f *rules.Finding, names string) {
	d := datumOf(f)
	if m.called[d] == nil {
		m.called[d] = &called{}
	}
	m.alsoCalled(f, names)
	if c := m.called[d]; names != "" && names != c.names && f.File != noFile && len(names) <= maxNameBytes {
		if c.other == nil {
			c.other = map[uint16]string{}
		}
		c.other[f.File] = names
	}
}

// alsoCalled takes in what another finding calls the data of one that is kept.
func (m *Merger) alsoCalled(f *rules.Finding, names string) {
	c := m.called[datumOf(f)]
	switch {
	case c == nil || names == "" || len(names) > maxNameBytes:
	case c.names == "":
		c.names, c.by = names, m.name
	case c.names != names && c.told != m.name:
		c.told = m.name
		m.note(fmt.Sprintf("at %s, %s; by %s, %s", f.Server, names, c.by, c.names))
	}
}

// names is for report.Report: what the report calls the data that a finding is of, or else
// what another report does.
func (m *Merger) names(f *rules.Finding) string {
	c := m.called[datumOf(f)]
	if c == nil {
		return ""
	}
	if s := c.other[f.File]; s != "" {
		return s
	}
	return c.names
}

// label takes in what the report calls a subject. The first name stays.
func (m *Merger) label(s *subject, name string) {
	switch {
	case name == "" || name == s.label:
	case s.label == "":
		s.label, s.namer = name, m.name
	case !s.quarrel:
		s.quarrel = true
		m.note(fmt.Sprintf("%s is called %s; by %s, %s", s.address, name, s.namer, s.label))
	}
}
