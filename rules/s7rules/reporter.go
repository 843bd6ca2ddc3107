package s7rules

import (
	"plcscope/flows"
	"plcscope/rules"
)

// Reporter takes what a rule finds. It is bound to the rule, the connection and
// the message that the rule is looking at.
type Reporter struct {
	engine *Engine
	conn   *Conn
	shape  shape
	rule   *Rule
	index  int
	side   side // whom the rule judges here
	draft  rules.Draft
}

// bind turns the reporter to another rule.
func (r *Reporter) bind(rule *Rule, index int, whom side) {
	r.rule, r.index, r.side = rule, index, whom
	r.draft.Reset()
}

// Exercised says that the rule was put to the test.
func (r *Reporter) Exercised() {
	r.engine.book.Exercised(r.engine.subject(r.conn, r.side), r.index)
}

// Of makes s the side that is judged from here on, where that is not the sender.
func (r *Reporter) Of(s side) *Reporter {
	r.side = s
	return r
}

// Related adds an earlier message to the next violation.
func (r *Reporter) Related(at rules.Ref) *Reporter {
	r.draft.Relate(at)
	return r
}

// At sets the offset of the offending byte of the next violation, counted from the
// first byte of the message's last TPKT.
func (r *Reporter) At(offset int) *Reporter {
	r.draft.Place(offset)
	return r
}

// In is At for an offset that package s7comm gives: in a message that was joined
// from several TPKTs it counts from elsewhere and is left out.
func (r *Reporter) In(m *flows.Message, offset int) *Reporter {
	if m.PDU != nil && m.PDU.Reassembled && r.shape >= jobRead {
		return r
	}
	return r.At(offset)
}

// As gives the next violation another severity than the rule's own.
func (r *Reporter) As(s rules.Severity) *Reporter {
	r.draft.Weigh(s)
	return r
}

// Violation says that m breaks the rule. The detail tells what was seen, in
// words and numbers; text from the wire goes in with %q.
func (r *Reporter) Violation(m *flows.Message, detail string, args ...any) {
	r.report(m, ref(m), detail, args)
}

// Late says that something did not happen until at.
func (r *Reporter) Late(at rules.Ref, detail string, args ...any) { r.report(nil, at, detail, args) }

func (r *Reporter) report(m *flows.Message, at rules.Ref, detail string, args []any) {
	r.draft.Record(r.engine.book, &rules.Case{
		Rule: r.index, Subject: r.engine.subject(r.conn, r.side), Doubt: r.doubt(m), Standard: standardOf(r.rule), At: at,
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
	f.Message = messageName(m, r.shape)
	f.Secret = r.shape >= jobRead && m.PDU.Secret || m.Err != nil && (r.shape == jobOther || r.shape == request)
	if m.Segment != nil {
		f.File, f.Record = m.Segment.File, m.Segment.Offset
	}
}

// standardOf is the document that a rule comes from, the lowest of several.
func standardOf(r *Rule) rules.Standard {
	least := rules.Field
	for s := range r.Clauses {
		least = min(least, s)
	}
	return least
}

// doubt returns why the capture does not allow a violation to be certain.
func (r *Reporter) doubt(m *flows.Message) rules.Reason {
	c := r.conn
	if m != nil && m.AfterError {
		return rules.AfterError
	}
	if r.rule.Needs >= rules.Connection && c.taint != rules.Certain {
		return c.taint
	}
	if m != nil && m.Framing == flows.Found && (m.Err != nil || r.shape < jobRead) {
		return rules.Unanchored // an S7 message whose lengths all add up is no accident
	}
	if r.rule.Needs >= rules.Connection {
		for _, h := range &c.Flow.TCP.Half {
			if !h.Seen {
				return rules.OneDirection
			}
		}
	}
	return rules.Certain
}
