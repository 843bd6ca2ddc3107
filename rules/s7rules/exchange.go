package s7rules

import (
	"plcscope/flows"
	"plcscope/rules"
)

var parallelJobs = &Rule{
	Rule: rules.Rule{
		ID:        "s7-parallel-jobs",
		Clauses:   rules.Clauses{rules.S7: {"setup communication"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "No more jobs wait for their answers than were agreed",
		Exercised: "A job is sent on a connection whose setup is in the capture.",
		Why:       "The controller has no room for them: it drops jobs without an answer or closes the connection.",
		Fix:       "Send the next job when the answer to the one before has come, or keep to the number of jobs that the answer to the setup grants.",
	},
	On:     on(fromBoth, jobs...),
	Odd:    oddWaiting,
	Agreed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		from := sideOf(m)
		most, fresh := c.Agreed.Jobs, 0
		for i := range c.open[from] {
			q := &c.open[from][i]
			if q.userdata || q.lapsed || q.overdue || q.givenUp || m.Time-q.Time >= r.engine.opt.GiveUp {
				continue // it was given up: another matter
			}
			if q.unsure && c.taint == rules.Certain {
				continue
			}
			fresh++
			r.Related(q.Ref)
		}
		if fresh < most || most == 0 {
			r.draft.Reset()
			return
		}
		r.Violation(m, "%s is job number %d that waits; the setup in frame %d allows %d", messageName(m, r.shape), fresh+1, c.Agreed.Frame, most)
	},
}

var referenceReused = &Rule{
	Rule: rules.Rule{
		ID:        "s7-reference-reused",
		Clauses:   rules.Clauses{rules.S7: {"PDU reference"}},
		Role:      rules.Both,
		Severity:  rules.Warning,
		Needs:     rules.Connection,
		Title:     "A job has a PDU reference that no waiting job has",
		Exercised: "A job or a request is sent.",
		Why:       "The answer can belong to either: after a lost or late answer values end up in the wrong variables.",
		Fix:       "Count the reference up with every job.",
	},
	On:  on(fromBoth, requests...),
	Odd: oddReference,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		from := sideOf(m)
		i := c.find(from, m.PDU.S7.PDURef, r.shape == request)
		if i < 0 || c.open[from][i].lapsed && c.open[from][i].unsure {
			return
		}
		q := &c.open[from][i]
		r.Related(q.Ref).Violation(m, "%s has reference 0x%04x, as has %s in frame %d, which has waited for its answer for %s", messageName(m, r.shape), q.ref, q, q.Frame, rules.Seconds(m.Time-q.Time))
	},
}

var unknownReference = &Rule{
	Rule: rules.Rule{
		ID:        "s7-unknown-reference",
		Clauses:   rules.Clauses{rules.S7: {"PDU reference"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "An answer has the PDU reference of a job that waits for it",
		Exercised: "An answer is sent on a connection that is captured from its start.",
		Why:       "The client cannot tell which job it belongs to: it drops the answer and waits for ever, or takes the values for others.",
		Fix:       "Echo the two bytes of the reference as they came; answer every job once.",
	},
	On:  on(fromBoth, responses...),
	Odd: oddUnknown,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if c.forgotten || c.Setups == 0 { // an answer before the setup is another matter
			return
		}
		r.Exercised()
		peer := sideOf(m).peer()
		ref := m.PDU.S7.PDURef
		for i := range c.open[peer] {
			q := &c.open[peer][i]
			if q.ref == ref {
				r.Related(q.Ref).Violation(m, "%s answers %s with reference 0x%04x, which is a question of the other kind", messageName(m, r.shape), q, ref)
				return
			}
			r.Related(q.Ref)
		}
		if n := len(c.open[peer]); n > 0 {
			r.Violation(m, "%s has reference 0x%04x; %d of the %s wait for an answer, and none has it (the first has 0x%04x)", messageName(m, r.shape), ref, n, peer, c.open[peer][0].ref)
			return
		}
		r.Violation(m, "%s has reference 0x%04x, and nothing of the %s waits for an answer", messageName(m, r.shape), ref, peer)
	},
}

var answerFunction = &Rule{
	Rule: rules.Rule{
		ID:        "s7-answer-function",
		Clauses:   rules.Clauses{rules.S7: {"functions"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "An answer names the function of its job",
		Exercised: "An answer is sent to a job that is in the capture.",
		Why:       "The client takes the data for something else, or the answer was for another job.",
		Fix:       "Copy the function code into the answer; check the pairing of references on both sides.",
	},
	On:  on(fromBoth, answers...),
	Odd: oddFunction,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		if len(m.PDU.Param) == 0 { // an error before any parameter could be made
			return
		}
		r.Related(c.Fact.Question.Ref).Violation(m, "%s answers the %s job in frame %d", messageName(m, r.shape), &c.Fact.Question, c.Fact.Question.Frame)
	},
}

var lateAnswer = &Rule{
	Rule: rules.Rule{
		ID:        "s7-late-answer",
		Clauses:   rules.Clauses{rules.Field: {"python-snap7#70", "python-snap7#588"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A client that gives a job up closes the connection before it sends another",
		Exercised: "An answer is sent.",
		Why:       "The answer comes after all, and a client that does not compare PDU references takes it for the answer to the next job: every value from then on is one job old, without any error.",
		Fix:       "Close and reconnect after a timeout, or drop answers whose reference is not that of the job; make the timeout longer than the controller's slowest answer.",
	},
	On:  on(fromServer, responses...),
	Odd: oddLate,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		q := &c.Fact.Question
		newer := c.instead[client]
		if !q.givenUp { // found by the clock
			newer = rules.Ref{}
			for i := range c.open[client] {
				if o := &c.open[client][i]; !o.userdata && o.Time > q.Time {
					newer = o.Ref
					break
				}
			}
			if newer.Frame == 0 {
				return
			}
			r.As(rules.Warning) // jobs may wait side by side
		}
		r.Related(q.Ref).Related(newer).Violation(m, "the answer to %s in frame %d comes %s after it, when the client has already sent another job in frame %d: a client that ignores the PDU reference (0x%04x) takes these values for the other's", q, q.Frame, rules.Seconds(m.Time-q.Time), newer.Frame, q.ref)
	},
}

var answered = &Rule{
	Rule: rules.Rule{
		ID:        "s7-answered",
		Clauses:   rules.Clauses{rules.S7: {"PDU reference"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Timing,
		Title:     "Every job and every request is answered",
		Exercised: "A job or a request is sent, and is answered or the time for its answer passes.",
		Why:       "The client waits until a timer of its own ends the connection; values stand still.",
		Fix:       "Look at what the controller did at that time (STOP, download, restart) and at its cycle load from communication.",
	},
	On:   on(fromBoth, responses...),
	Odd:  oddUnknown | oddLate,
	Owes: owesAnswer,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if c.Fact.Known && !c.Fact.Question.overdue {
			r.Exercised()
		}
	},
}
