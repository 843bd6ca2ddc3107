package mqttrules

import (
	"fmt"

	"plcscope/flows"
	"plcscope/flows/tcp"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// doubtOf says what a hole in the capture does to what follows it.
func doubtOf(g *flows.Gap) rules.Reason {
	switch g.Why {
	case tcp.SnapLength:
		return rules.SnapLength
	case tcp.MidStream:
		return rules.MidStream
	case tcp.Unreadable:
		return rules.Packed
	}
	return rules.LostPackets
}

// grace is how long an answer may take on c: some seconds, and never less than
// ten round trips of a slow link.
func (e *Engine) grace(c *Conn) int64 { return max(e.opt.Grace, 10*c.Flow.TCP.RTT()) }

// sweep reports the answers that are overdue at time now. A connection is swept
// once a second of capture time and when it ends, so that the cost does not
// depend on the number of packets.
func (e *Engine) sweep(c *Conn, now int64) {
	c.swept = now
	if _, _, over := c.Ended(); over {
		return
	}
	grace := e.grace(c)
	for owner := range c.Session.Flights {
		f := &c.Session.Flights[owner]
		for i := 0; i < len(f.Waiting()); {
			x := &f.Waiting()[i]
			if x.Conn != c.serial || x.Lapsed || x.Tangled || x.Overdue {
				f.Park(i) // no answer to it can be missed
				continue
			}
			d, by := owed(x, session.Side(owner))
			if now-x.Since.Time <= grace || !c.received(by.Peer(), x.Since.Time) || c.taint == rules.Certain && c.unseen(by) {
				i++
				continue
			}
			x.Overdue = true
			e.overdue(c, c.special(d, by, x, now), by, rules.Ref(x.Since), now, exchangeText(x, session.Side(owner)))
			f.Park(i)
		}
	}
	if c.Session.Resumed && !c.resent && c.Accepted && now-c.Connack.Time > e.resendGrace(c) {
		c.resent = e.checkResends(c, now)
	}
	e.unmoved(c, now, e.closeGrace(c))
	if len(c.forward.suspicions) > 0 {
		e.ripen(c, now, false)
	}
	for i := 0; i < len(c.debts); {
		d := c.debts[i]
		if now-d.since.Time <= e.graceFor(c, d.duty) || c.taint == rules.Certain && c.unseen(d.by) || d.answers() && !c.received(d.by.Peer(), d.since.Time) {
			i++
			continue
		}
		c.debts = append(c.debts[:i], c.debts[i+1:]...)
		e.overdue(c, d.duty, d.by, d.since, now, "")
	}
}

// answers reports whether the debt is owed for a packet that the debtor must
// have got before.
func (d *debt) answers() bool {
	// Others begin with what the debtor itself did.
	return !d.duty.closes() || d.duty == owesConnack || d.duty == owesCloseAfterSecondConnect
}

// overdue lets the rules that watch over a duty speak.
func (e *Engine) overdue(c *Conn, d Duty, by session.Side, since rules.Ref, now int64, of string) {
	if d == owesPingresp && c.pace.missed.Frame == 0 {
		c.pace.missed = since
	}
	for _, i := range e.byDuty[versionOf(c)][d] {
		rule := e.catalogue[i]
		if judged(rule.Role, by) != by {
			continue
		}
		r := &e.reporter
		r.conn, r.msg = c, nil
		r.bind(rule, int(i), by)
		r.Exercised()
		what := dutyTexts[d]
		if of != "" {
			what += " for the " + of
		}
		switch d {
		case owesCloseAfterTakeover:
			r.Related(c.TakenBy)
		case owesResend:
			if versionOf(c) == mqtt.V31 { // which only says that one should
				r.As(rules.Warning)
			}
		}
		r.Late(since, "%s: nothing came for %s while the connection stayed open", what, rules.Seconds(now-since.Time))
	}
}

// dutyTexts begin the detail of a finding about an answer that did not come.
var dutyTexts = [duties]string{
	owesConnack:                 "no CONNACK and no close after CONNECT",
	owesPuback:                  "no PUBACK",
	owesPubrec:                  "no PUBREC",
	owesPubrel:                  "no PUBREL after PUBREC",
	owesPubcomp:                 "no PUBCOMP after PUBREL",
	owesSuback:                  "no SUBACK",
	owesUnsuback:                "no UNSUBACK",
	owesPingresp:                "no PINGRESP after PINGREQ",
	owesCloseAfterRefusal:       "the server refused the client and did not close",
	owesCloseAfterDisconnect:    "DISCONNECT was sent and the connection not closed by its sender",
	owesCloseAfterSecondConnect: "the server got a second CONNECT and did not close",
	owesResend:                  "the session goes on and what was not acknowledged is not sent again",
	owesCloseAfterCheck:         "the server refused the client after a check and did not close",
	owesCloseAfterInvented:      "the server refused the client by a code that does not exist and did not close",
	owesCloseAfterError:         "DISCONNECT for an error was sent and the connection not closed by its sender",
	owesCloseAfterMethod:        "the server refused the authentication method and did not close",
	owesCloseAfterAuth:          "the server refused the client in the course of its authentication and did not close",
	owesCloseAfterReauth:        "the authentication anew failed, DISCONNECT was sent and the connection not closed by its sender",
	owesCloseAfterClientID:      "the server refused the client identifier and did not close",
	owesSharedResend:            "the session goes on and a QoS 2 message of a shared subscription is not finished",
	owesPubrecAgain:             "no PUBREC for a QoS 2 PUBLISH that was sent again",
	owesIdleUnsuback:            "no UNSUBACK, as nothing was subscribed,",
	owesStored:                  "the client resumes the session and takes up none of the messages that it had left unfinished",
	owesAckOfReuse:              "no PUBACK, although later messages have one: the identifier was used and acknowledged before,",
	owesRecOfReuse:              "no PUBREC, although later messages have one: the identifier was used and freed before,",
	owesPubrelExpired:           "no PUBREL after PUBREC, and the message has expired meanwhile,",
	owesPubcompExpired:          "no PUBCOMP after PUBREL, and the message has expired meanwhile,",
	owesEveryAck:                "no acknowledgement, although a later message has one,",
	owesCompletion:              "no PUBREL after PUBREC, and UNSUBSCRIBE came meanwhile,",
	owesCloseAfterTakeover:      "the client has connected anew and the server did not close this older connection",
}

func exchangeText(x *session.Exchange, owner session.Side) string {
	return fmt.Sprintf("%s with identifier %d of the %s in frame %d", x.Kind, x.ID, owner, x.Last.Frame)
}

// redelivered counts that side from has taken up what an earlier connection has
// left open.
func (e *Engine) redelivered(c *Conn, from session.Side) {
	f := &c.Fact
	if f.Before.Conn == 0 || f.Before.Conn == c.serial || f.Before.Lapsed || !c.Session.Resumed {
		return
	}
	if f.Relation == session.Resent || f.Relation == session.Answer && f.Exchange.Phase == session.Released {
		e.exercised(c, owesResend, from)
		if from == server && c.sharedExchange(f.Exchange) {
			e.exercised(c, owesSharedResend, from)
		}
		if from == client {
			e.exercised(c, owesStored, from)
		}
	}
}

// checkResends reports the messages of earlier connections that were not sent again.
// It returns false when it is too early to tell: a sender with a limit on what
// may be in flight waits for answers to the first before it sends the next.
func (e *Engine) checkResends(c *Conn, now int64) bool {
	s := c.Session
	for owner := range s.Flights {
		open := s.Flights[owner].Open()
		if s.Carried[owner] == 0 {
			continue
		}
		for i := range open {
			if x := &open[i]; x.Conn == c.serial && (x.Kind != session.QoS2 || x.Phase != session.Received) {
				return false
			}
		}
	}
	for owner := range s.Flights {
		by := session.Side(owner)
		if s.Carried[owner] == 0 || by == client && !c.received(server, c.Connack.Time) {
			continue
		}
		var missing []*session.Exchange
		open := s.Flights[owner].Open()
		for i := range open {
			x := &open[i]
			if x.Conn == c.serial || x.Lapsed || x.Tangled || x.Kind > session.QoS2 {
				continue
			}
			if versionOf(c) == mqtt.V5 && (x.Expires || !c.unlimited) {
				continue // it may have expired, or be too large now
			}
			missing = append(missing, x)
		}
		if by == client && c.lostAll(len(missing)) {
			e.overdue(c, owesStored, by, c.Connack, now, "")
			continue
		}
		for _, x := range missing {
			e.overdue(c, owesResend, by, c.Connack, now, exchangeText(x, by))
			if by == server && c.sharedExchange(x) {
				e.overdue(c, owesSharedResend, by, c.Connack, now, exchangeText(x, by))
			}
		}
	}
	return true
}
