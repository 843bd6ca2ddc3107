package siterules

import (
	"time"

	"plcscope/flows"
	"plcscope/rules"
)

var s7Host = &Rule{
	Rule: rules.Rule{
		ID:        "site-s7-host",
		Clauses:   rules.Clauses{rules.Site: {"hosts"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Only hosts that the profile names talk to a controller",
		Exercised: "Somebody talks to a controller for which the profile names hosts.",
		Why:       "S7 asks nobody who they are: whoever reaches the port can read, write and stop.",
		Fix:       "Find out what the host does; close the way to the controller for it in the firewall or the switch, or enter it in the profile.",
	},
	Asked: ofS7(func(p *S7) bool { return p.Hosts != nil }),
	Greet: func(p *S7, m *flows.Message, r *Reporter) {
		if p.Hosts == nil {
			return
		}
		r.Exercised()
		if host := m.Conn.Client().Addr.Netip(); !within(p.Hosts, host) {
			r.Violation(m, "%s talks to the controller %s; %s allows %s", host, m.Conn.Server().Addr, p.For.of(), list(p.Hosts))
		}
	},
}

var s7Function = &Rule{
	Rule: rules.Rule{
		ID:        "site-s7-function",
		Clauses:   rules.Clauses{rules.Site: {"functions"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Of a controller is asked only what the profile allows",
		Exercised: "A client asks something of a controller for which the profile lists functions.",
		Why:       "A plant that runs is read and perhaps written; whoever loads, stops or forces a controller should be known.",
		Fix:       "Find out who works with the host; protect the controller by its password or protection level.",
	},
	Asked: ofS7(func(p *S7) bool { return p.Functions != nil }),
	Request: func(p *s7Part, m *flows.Message, r *Reporter) {
		if p.Functions == nil {
			return
		}
		f := FunctionOf(m.PDU)
		if f == "" {
			return
		}
		r.Exercised()
		if !p.allowed[f] {
			r.Violation(m, "%s (%s) at the controller %s; %s allows %s", does(m.PDU, f), f, m.Conn.Server().Addr, p.For.of(), list(p.Functions))
		}
	},
}

var s7AnswerLatency = &Rule{
	Rule: rules.Rule{
		ID:        "site-s7-answer-latency",
		Clauses:   rules.Clauses{rules.Site: {"answer latency"}},
		Role:      rules.Client,
		Severity:  rules.Warning,
		Needs:     rules.Connection,
		Title:     "Requests to a controller are answered in the time that the profile lays down",
		Exercised: "A controller for which the profile lays down the time answers a request.",
		Why:       "The client shows old values or gives up; a controller that answers late is busy with its program or with too many clients.",
		Fix:       "Look at the load of communication and the cycle time of the CPU, at the number of clients, and at the network; ask for less, or less often.",
	},
	Asked: ofS7(func(p *S7) bool { return p.Answer.Set() }),
	Answer: func(p *S7, m *flows.Message, r *Reporter) {
		if !p.Answer.Set() {
			return
		}
		r.Exercised()
		q := m.Request
		if took := m.Time - q.Time; !p.Answer.holds(time.Duration(took)) {
			r.Related(rules.Ref{Frame: q.Frame, Time: q.Time}).Violation(m, "%s waited %s for the answer of the controller %s; %s allows %s",
				requestName(q), duration(took), m.Conn.Server().Addr, p.For.of(), p.Answer)
		}
	},
}
