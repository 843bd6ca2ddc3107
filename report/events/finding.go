package events

import (
	"plcscope/report"
	"plcscope/rules"
)

// Finding is a case of a rule.
type Finding struct {
	head
	Rule        string  `json:"rule" doc:"Stable identifier; never used again for something else."`
	Title       string  `json:"title"`
	Verdict     string  `json:"verdict" enum:"fail|inconclusive"`
	Severity    string  `json:"severity" enum:"info|warning|error"`
	Reason      string  `json:"reason,omitempty" doc:"Why the verdict is inconclusive."`
	Excuse      string  `json:"excuse,omitempty" doc:"Why the case does not count."`
	Subject     Subject `json:"subject"`
	Clause      string  `json:"clause" doc:"The clause in the version of the connection."`
	Detail      string  `json:"detail" doc:"What was seen."`
	Message     string  `json:"message,omitempty" doc:"The kind of message, such as PUBLISH."`
	Client      string  `json:"client" doc:"Its endpoint on the connection."`
	Server      string  `json:"server"`
	Frame       uint64  `json:"frame" doc:"Counted from the start of this run, from 1."`
	Fingerprint string  `json:"fingerprint" doc:"The same for the same defect at another time."`
	Further     uint64  `json:"further" doc:"Cases of the rule and the subject since the last that was told, beyond this one."`
}

// Subject is who is judged.
type Subject struct {
	Protocol string `json:"protocol" enum:"MQTT|S7"`
	Role     string `json:"role" enum:"client|server"`
	Address  string `json:"address" doc:"IP address; a server also has a port."`
	ClientID string `json:"client_id,omitempty" doc:"MQTT client identifier, when it is known."`
	Name     string `json:"name,omitempty" doc:"What the profile calls it."`
}

func (*Finding) kind() string { return "finding" }

// NewFinding makes the event of a finding; further cases of the same were not told.
func NewFinding(f *rules.Finding, further uint64) *Finding {
	e := &Finding{
		Rule: f.Rule.ID, Title: f.Rule.Title, Verdict: f.Verdict.String(), Severity: f.Severity.String(),
		Reason: f.Reason.String(), Clause: report.Citation(f.Rule, f.Standard),
		Subject: Subject{Protocol: f.Subject.Protocol.String(), Role: f.Subject.Role.String(), Address: f.Subject.Address, ClientID: f.Subject.Name, Name: f.Subject.Label},
		Detail:  f.Detail, Message: f.Message, Client: f.Client, Server: f.Server,
		Frame: f.Frame, Fingerprint: report.Fingerprint(*f), Further: further,
	}
	if f.Excuse != nil {
		e.Excuse = f.Excuse.String()
	}
	return e
}

// Gate decides which cases are told, so that a client that breaks a rule with every
// message does not fill the log. It belongs to one goroutine.
type Gate struct {
	// Every is how often, in nanoseconds of capture time, a case is told that is no
	// longer kept in full.
	Every int64

	held map[gateKey]*gate
}

type gateKey struct {
	rule    string
	subject *rules.Subject
}

type gate struct {
	last    int64
	further uint64
}

// maxGates bounds what is remembered; when it is full, all is forgotten.
const maxGates = 50_000

// Pass reports whether f is to be told, and how many cases before it were not.
func (g *Gate) Pass(f *rules.Finding, kept bool) (further uint64, ok bool) {
	k := gateKey{f.Rule.ID, f.Subject}
	x := g.held[k]
	if x == nil {
		if g.held == nil || len(g.held) >= maxGates {
			g.held = map[gateKey]*gate{}
		}
		x = &gate{last: f.Time - g.Every}
		g.held[k] = x
	}
	if f.Detail == "" || !kept && f.Time-x.last < g.Every {
		x.further++
		return 0, false
	}
	further = x.further
	x.last, x.further = f.Time, 0
	return further, true
}
