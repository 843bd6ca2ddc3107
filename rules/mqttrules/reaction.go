package mqttrules

import (
	"fmt"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// offence is the packet after which its receiver may not go on with the
// connection, or may not grant what it asks for. Only the first of a connection
// counts: what follows it is judged by nobody.
type offence struct {
	rules.Ref
	state offenceState
	rule  int16 // the rule that speaks when the receiver goes on
	of    mqtt.PacketType
	id    uint16
	bad   uint64 // filters of a SUBSCRIBE that may not be granted, a bit each
	what  string // what is wrong with the packet
}

type offenceState uint8

const (
	noOffence   offenceState = iota
	unanswered               // the receiver has not reacted yet
	offenceTold              // it was reported, which is enough for a connection
)

// Leniency says how a receiver may react to an offence, apart from closing the
// connection, which is always right.
type Leniency uint8

const (
	mustClose   Leniency = iota // within the time that an answer may take
	mayRefuse                   // or refuse by a code, or say nothing
	mustBeMute                  // as mustClose; before 5.0 not even a refusal may be sent
	mustNotGoOn                 // as mustClose; whatever else the receiver says is wrong
)

// offended takes note that side from has sent m if that obliges the receiver to
// close. The first rule of the catalogue that knows what is wrong with m watches
// over it.
func (e *Engine) offended(c *Conn, m *flows.Message, from session.Side) {
	by := from.Peer()
	o := &c.offences[by]
	switch {
	case o.state != noOffence, c.damage != rules.Certain, m.Skipped > 0:
		return
	case c.Sides[from].Disconnect.Frame|c.Sides[by].Disconnect.Frame != 0, c.ReturnCode != 0:
		return // it is to close anyway
	}
	for _, i := range e.offences[versionOf(c)] {
		rule := e.catalogue[i]
		if judged(rule.Role, by) != by {
			continue
		}
		what := rule.Offence(c, m)
		if what == "" {
			continue
		}
		*o = offence{Ref: ref(m), state: unanswered, rule: i, what: what}
		p := m.Packet
		if p == nil {
			return
		}
		o.of, o.id = p.Type, p.ID
		if rule.Leniency == mayRefuse && p.Type == mqtt.SUBSCRIBE {
			o.bad = badFilters(p)
		}
		// The answer need not be missed as well.
		if p.Type == mqtt.CONNECT {
			c.settle(owesConnack)
		} else if x := c.Fact.Exchange; x != nil && c.Fact.Relation == session.New && rule.Leniency != mayRefuse {
			x.Overdue = true
		}
		return
	}
}

// reacts judges what the receiver of an offence says next.
func (e *Engine) reacts(c *Conn, m *flows.Message, by session.Side) {
	o := &c.offences[by]
	rule, p := e.catalogue[o.rule], m.Packet
	switch {
	case p.Type == mqtt.DISCONNECT:
		e.content(c, by)
	case p.Type == mqtt.CONNACK && p.Code != 0:
		if o.of == mqtt.CONNECT && rule.Leniency == mustBeMute && versionOf(c) != mqtt.V5 {
			e.accuse(c, m, by, "CONNACK with code %d answers it, where the connection is to be closed without a word", uint8(p.Code))
			return
		}
		e.content(c, by)
	case p.Type == mqtt.CONNACK:
		if o.of == mqtt.CONNECT || rule.Leniency == mustNotGoOn {
			e.accuse(c, m, by, "CONNACK accepts the client")
		}
	case rule.Leniency == mustNotGoOn:
		e.accuse(c, m, by, "%s goes on with the connection", p.Type)
	case p.Type == mqtt.AUTH && o.of == mqtt.AUTH:
		e.accuse(c, m, by, "AUTH goes on with the authentication")
	case answerOf(o.of, p.Type) && p.HasID && p.ID == o.id && belongs(c, o):
		refused, granted := verdictIn(p, o.bad)
		if granted {
			e.accuse(c, m, by, "%s with identifier %d accepts it", p.Type, p.ID)
		} else if refused && rule.Leniency == mayRefuse {
			e.content(c, by)
		}
	}
}

// belongs reports whether the present packet answers the offence and no other
// packet with its identifier.
func belongs(c *Conn, o *offence) bool {
	f := &c.Fact
	return f.Relation == session.Unknown || f.Relation == session.Answer && f.Before.Last.Frame == o.Frame && !f.Before.Tangled
}

// answerOf reports whether packets of type a can answer those of type of.
func answerOf(of, a mqtt.PacketType) bool {
	switch of {
	case mqtt.PUBLISH:
		return a == mqtt.PUBACK || a == mqtt.PUBREC
	case mqtt.PUBREL, mqtt.SUBSCRIBE, mqtt.UNSUBSCRIBE:
		return a == of+1
	}
	return false
}

// verdictIn tells whether an acknowledgement refuses or grants what it answers;
// of a SUBACK only the bad filters count, if they are known.
func verdictIn(p *mqtt.Packet, bad uint64) (refused, granted bool) {
	switch p.Type {
	case mqtt.SUBACK, mqtt.UNSUBACK:
		if len(p.Codes) == 0 {
			return false, true
		}
		for i, code := range p.Codes[:min(len(p.Codes), 64)] {
			if bad != 0 && bad>>i&1 == 0 {
				continue
			}
			refused = refused || code >= 0x80
			granted = granted || code < 0x80
		}
		return refused, granted
	}
	return p.Reason.Failure(), !p.Reason.Failure()
}

// content takes note that side by has reacted as it should.
func (e *Engine) content(c *Conn, by session.Side) {
	o := &c.offences[by]
	if o.state != unanswered {
		return
	}
	o.state = noOffence
	e.book.Exercised(e.subject(c, by), int(o.rule))
}

// accuse reports that side by does not react as it should, by m.
func (e *Engine) accuse(c *Conn, m *flows.Message, by session.Side, how string, args ...any) {
	r, o := e.against(c, by)
	r.msg = m
	r.Related(o.Ref).Violation(m, "%s (frame %d); %s", o.what, o.Frame, fmt.Sprintf(how, args...))
}

// against makes the reporter speak for the rule that watches over what side by has
// to do.
func (e *Engine) against(c *Conn, by session.Side) (*Reporter, *offence) {
	o := &c.offences[by]
	o.state = offenceTold
	r := &e.reporter
	r.conn, r.msg = c, nil
	r.bind(e.catalogue[o.rule], int(o.rule), by)
	r.Exercised()
	return r, o
}

// unmoved reports who has not closed by time now though an offence demanded it.
func (e *Engine) unmoved(c *Conn, now, grace int64) {
	for i := range c.offences {
		o, by := &c.offences[i], session.Side(i)
		if o.state != unanswered || e.catalogue[o.rule].Leniency == mayRefuse || now-o.Time <= grace ||
			!c.received(by.Peer(), o.Time) || c.damage == rules.Certain && c.unseen(by) {
			continue
		}
		r, o := e.against(c, by)
		r.Late(o.Ref, "%s; the %s did not close the connection, which stayed open for %s", o.what, by, rules.Seconds(now-o.Time))
	}
}

// closeAfter says which close its sender owes after the CONNACK or DISCONNECT m,
// by which it ends the connection.
func (c *Conn) closeAfter(m *flows.Message) Duty {
	p, v := m.Packet, versionOf(c)
	if p.Type == mqtt.DISCONNECT {
		if c.auth.again.Frame != 0 && p.Reason.Failure() {
			return owesCloseAfterReauth
		}
		if v == mqtt.V5 && p.Reason.Failure() {
			return owesCloseAfterError
		}
		return owesCloseAfterDisconnect
	}
	switch {
	case p.Code == invalidClientID(v):
		return owesCloseAfterClientID
	case v == mqtt.V311 && p.Code > 5:
		return owesCloseAfterInvented
	case c.auth.asked && c.auth.turns > 0:
		return owesCloseAfterAuth
	case c.auth.asked && (p.Code == 0x8C || p.Code == 0x87):
		return owesCloseAfterMethod
	case v == mqtt.V5 && checked(p.Code):
		return owesCloseAfterCheck
	}
	return owesCloseAfterRefusal
}

// checked reports whether a code of a 5.0 CONNACK tells that the CONNECT was read
// and its wishes or its sender not agreed to.
func checked(code mqtt.ReasonCode) bool {
	switch code {
	case 0x83, 0x86, 0x87, 0x8A, 0x8C, 0x90, 0x95, 0x97, 0x99, 0x9A, 0x9B:
		return true
	}
	return false
}
