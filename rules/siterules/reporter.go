package siterules

import (
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/rules"
	"plcscope/s7comm"
)

// Reporter takes what a rule finds. It is bound to the rule and the connection, and
// judges the client.
type Reporter struct {
	engine *Engine
	conn   *Conn
	rule   *Rule
	index  int
	draft  rules.Draft
}

// bind turns the reporter to another rule.
func (r *Reporter) bind(c *Conn, b bound) {
	r.conn, r.rule, r.index = c, b.Rule, b.index
	r.draft.Reset()
}

// Exercised says that the rule was put to the test.
func (r *Reporter) Exercised() { r.engine.book.Exercised(r.engine.who(r.conn), r.index) }

// Related adds an earlier message to the next violation.
func (r *Reporter) Related(at rules.Ref) *Reporter {
	r.draft.Relate(at)
	return r
}

// At sets the offset of the offending byte of the next violation, counted from the
// first byte of the message.
func (r *Reporter) At(offset int) *Reporter {
	r.draft.Place(offset)
	return r
}

// Violation says that m breaks the rule. The detail tells what was seen and what is
// allowed; text from the wire goes in with %q.
func (r *Reporter) Violation(m *flows.Message, detail string, args ...any) {
	r.report(m, ref(m), rules.Certain, detail, args)
}

// Unsure is Violation where the rule itself knows a reason for doubt.
func (r *Reporter) Unsure(m *flows.Message, why rules.Reason, detail string, args ...any) {
	r.report(m, ref(m), why, detail, args)
}

// Late says that something did not happen until at.
func (r *Reporter) Late(at rules.Ref, detail string, args ...any) {
	r.report(nil, at, rules.Certain, detail, args)
}

func (r *Reporter) report(m *flows.Message, at rules.Ref, why rules.Reason, detail string, args []any) {
	if why == rules.Certain {
		why = r.doubt(m)
	}
	r.draft.Record(r.engine.book, &rules.Case{
		Rule: r.index, Subject: r.engine.who(r.conn), Doubt: why, Standard: rules.Site, At: at,
	}, func(f *rules.Finding) { r.tell(f, m) }, detail, args)
}

// tell adds to f whose connection it is and what m is.
func (r *Reporter) tell(f *rules.Finding, m *flows.Message) {
	c := r.conn
	f.Client, f.Server = c.Flow.Client().String(), c.Flow.Server().String()
	if m == nil {
		return
	}
	f.Bytes = m.Bytes
	switch {
	case m.Packet != nil:
		p := m.Packet
		f.Message = p.Type.String()
		f.Secret = p.Type == mqtt.CONNECT && (p.Connect.Flags&0xC0 != 0 || len(p.Surplus) > 0)
	case m.PDU != nil:
		f.Message = pduName(m.PDU)
		f.Secret = m.PDU.Secret
	}
	if m.Segment != nil {
		f.File, f.Record = m.Segment.File, m.Segment.Offset
	}
}

// doubt returns why the capture does not allow a violation to be certain.
func (r *Reporter) doubt(m *flows.Message) rules.Reason {
	f := r.conn.Flow
	switch {
	case conflicting(f.TCP):
		return rules.Conflict
	case !certain(f):
		return rules.MidStream // the client may be the server
	case m == nil:
		return rules.Certain
	case m.Framing == flows.Found && (m.PDU == nil || m.PDU.Kind != s7comm.KindS7):
		return rules.Unanchored
	case r.rule.VersionMatters && f.VersionGuessed:
		return rules.VersionGuess
	}
	return rules.Certain
}
