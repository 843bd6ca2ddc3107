package s7rules

import (
	"plcscope/flows"
	"plcscope/rules"
)

var setupFirst = &Rule{
	Rule: rules.Rule{
		ID:        "s7-setup-first",
		Clauses:   rules.Clauses{rules.S7: {"setup communication"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "The first S7 message of a client is the setup",
		Exercised: "The client sends its first S7 message on a connection that is captured from its start.",
		Why:       "Without it PDU length and number of jobs are not agreed: the controller drops the job or closes.",
		Fix:       "Send setup communication after every CC and wait for its answer, also after a reconnect.",
	},
	On:   on(fromClient, messages...),
	Odd:  oddFirst,
	Idle: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if c.Sides[client].Messages > 0 || !c.FromStart() {
			return
		}
		r.Exercised()
		if r.shape != jobSetup {
			r.Violation(m, "the first S7 message is %s", messageName(m, r.shape))
		}
	},
}

var serverWaits = &Rule{
	Rule: rules.Rule{
		ID:        "s7-server-waits",
		Clauses:   rules.Clauses{rules.S7: {"setup communication"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A server sends no S7 message before the setup",
		Exercised: "The server sends an S7 message.",
		Why:       "The client takes it for the answer to its setup.",
		Fix:       "Let the client begin; report it to the maker of the server.",
	},
	On:  on(fromServer, messages...),
	Odd: oddEarly,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if c.Sides[server].Messages > 0 {
			return
		}
		r.Exercised()
		if c.Sides[client].Messages == 0 {
			r.Violation(m, "%s of the server before the client has said anything", messageName(m, r.shape))
		}
	},
}

var setupGranted = &Rule{
	Rule: rules.Rule{
		ID:        "s7-setup-granted",
		Clauses:   rules.Clauses{rules.S7: {"setup communication"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "The answer to the setup does not raise what was proposed",
		Exercised: "The server answers a setup that is in the capture.",
		Why:       "The client has no room for longer messages or more jobs than it offered.",
		Fix:       "Grant what the client proposed or less.",
	},
	On: on(fromServer, answerSetup),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if !c.Fact.Known || m.PDU.S7.Error != 0 || c.Setups == 0 {
			return
		}
		r.Exercised()
		asked, got := c.Asked, m.PDU.Setup
		if got.PDULength > asked.PDULength || got.AMQCalling > asked.AMQCalling || got.AMQCalled > asked.AMQCalled {
			r.Related(c.Fact.Question.Ref).Violation(m, "the answer grants PDU length %d and %d/%d jobs; the client proposed %d and %d/%d", got.PDULength, got.AMQCalling, got.AMQCalled, asked.PDULength, asked.AMQCalling, asked.AMQCalled)
		}
	},
}

var setupReduced = &Rule{
	Rule: rules.Rule{
		ID:        "s7-setup-reduced",
		Clauses:   rules.Clauses{rules.Field: {"s7comm_varservice_libnodavedemo.pcap"}},
		Role:      rules.Client,
		Severity:  rules.Info,
		Needs:     rules.Packet,
		Title:     "The controller grants about the PDU length that was asked for",
		Exercised: "The server answers a setup that is in the capture.",
		Why:       "No fault: the controller says how much it can take. A program that goes on with its own number sends jobs that are refused.",
		Fix:       "Cut reads and writes by the length that the answer grants.",
	},
	On: on(fromServer, answerSetup),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if !c.Fact.Known || m.PDU.S7.Error != 0 || c.Setups == 0 {
			return
		}
		r.Exercised()
		if asked, got := c.Asked, m.PDU.Setup; int(got.PDULength)*2 <= int(asked.PDULength) {
			r.Related(c.Fact.Question.Ref).Violation(m, "client asked for PDU length %d, controller granted %d; jobs %d/%d", asked.PDULength, got.PDULength, got.AMQCalling, got.AMQCalled)
		}
	},
}

var pduLength = &Rule{
	Rule: rules.Rule{
		ID:        "s7-pdu-length",
		Clauses:   rules.Clauses{rules.S7: {"setup communication"}, rules.Field: {"plcpeople/nodeS7#40"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A message is not longer than the PDU length agreed",
		Exercised: "An S7 message is sent on a connection whose setup is in the capture.",
		Why:       "The controller refuses the job with 0x8500 or closes the connection; a client cuts the answer.",
		Fix:       "Split the job: a read brings at most the PDU length less 18 bytes, a write of one item takes at most the PDU length less 28.",
	},
	On:     on(fromBoth, messages...),
	Odd:    oddLong,
	Agreed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		r.Related(c.Agreed.Ref).Violation(m, "%s of %d bytes exceeds the PDU length of %d that frame %d granted", messageName(m, r.shape), len(m.PDU.TSDU), c.Agreed.PDU, c.Agreed.Frame)
	},
}
