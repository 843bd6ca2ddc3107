package mqttrules

import (
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// Reporter takes what a rule finds. It is bound to the rule, the connection and
// the packet that the rule is looking at.
type Reporter struct {
	engine *Engine
	conn   *Conn
	msg    *flows.Message
	rule   *Rule
	index  int
	side   session.Side // whom the rule judges here
	draft  rules.Draft
	across bool
}

// bind turns r to a rule and to whom it judges. What the rule before has said of a
// violation that it then did not report is forgotten.
func (r *Reporter) bind(rule *Rule, index int, whom session.Side) {
	r.rule, r.index, r.side, r.across = rule, index, whom, false
	r.draft.Reset()
}

// Exercised says that the rule was put to the test.
func (r *Reporter) Exercised() {
	r.engine.book.Exercised(r.engine.subject(r.conn, r.side), r.index)
}

// Of makes s the side that is judged from here on, where that is not the sender.
func (r *Reporter) Of(s session.Side) *Reporter {
	r.side = s
	return r
}

// Related adds an earlier message to the next violation.
func (r *Reporter) Related(at rules.Ref) *Reporter {
	r.draft.Relate(at)
	return r
}

// At sets the offset of the offending byte, counted from the first byte of the
// packet, of the next violation.
func (r *Reporter) At(offset int) *Reporter {
	r.draft.Place(offset)
	return r
}

// As gives the next violation another severity than the rule's own.
func (r *Reporter) As(s rules.Severity) *Reporter {
	r.draft.Weigh(s)
	return r
}

// Across says that the next violation also rests on what earlier connections of
// the session have left, whatever the rule needs otherwise.
func (r *Reporter) Across() *Reporter {
	r.across = true
	return r
}

// Violation says that m breaks the rule. The detail tells what was seen, in
// words and numbers, for somebody who has the PLC's program before them; text
// from the wire goes in with %q.
func (r *Reporter) Violation(m *flows.Message, detail string, args ...any) {
	r.report(m, ref(m), detail, args)
}

// Late says that something did not happen until at.
func (r *Reporter) Late(at rules.Ref, detail string, args ...any) { r.report(nil, at, detail, args) }

func (r *Reporter) report(m *flows.Message, at rules.Ref, detail string, args []any) {
	r.draft.Record(r.engine.book, &rules.Case{
		Rule: r.index, Subject: r.engine.subject(r.conn, r.side), Doubt: r.doubt(m), Standard: r.standard(), At: at,
	}, func(f *rules.Finding) { r.tell(f, m) }, detail, args)
	r.across = false
}

// tell adds to f whose connection it is and what m is.
func (r *Reporter) tell(f *rules.Finding, m *flows.Message) {
	c := r.conn
	f.Client, f.Server = c.Flow.Client().String(), c.Flow.Server().String()
	if m == nil {
		return
	}
	f.Bytes = m.Bytes
	f.Message = "bytes"
	if p := m.Packet; p != nil {
		f.Message = p.Type.String()
		f.Secret = p.Type == mqtt.CONNECT && (p.Connect.Flags&0xC0 != 0 || len(p.Surplus) > 0 || m.Err != nil)
	}
	if m.Segment != nil {
		f.File, f.Record = m.Segment.File, m.Segment.Offset
	}
}

// standard is the one that the rule is applied by.
func (r *Reporter) standard() rules.Standard {
	if _, ok := r.rule.Clauses[rules.Field]; ok {
		return rules.Field
	}
	return rules.Standard(versionOf(r.conn))
}

// doubt returns why the capture does not allow a violation to be certain.
func (r *Reporter) doubt(m *flows.Message) rules.Reason {
	c := r.conn
	if m != nil && m.AfterError {
		return rules.AfterError
	}
	if t := c.Flow.TCP; t.Half[0].Conflicts|t.Half[1].Conflicts != 0 {
		return rules.Conflict // nobody knows which of them the receiver took
	}
	taint := c.taint
	if r.rule.Offence != nil { // who goes on after a malformed packet has got it
		taint = c.damage
	}
	if r.rule.Needs >= rules.Connection && taint != rules.Certain {
		return taint
	}
	if m != nil && m.Framing == flows.Found {
		return rules.Unanchored
	}
	if c.Flow.VersionGuessed && !r.rule.AnyVersion {
		return rules.VersionGuess
	}
	if r.rule.Needs >= rules.Connection {
		if h := &c.Flow.TCP.Half; !h[0].Seen || !h[1].Seen {
			return rules.OneDirection
		}
	}
	if r.across && c.Session.before != rules.Certain {
		return c.Session.before
	}
	if r.rule.Needs == rules.Session || r.across {
		return c.Session.taint
	}
	return rules.Certain
}
