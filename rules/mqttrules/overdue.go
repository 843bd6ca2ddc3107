package mqttrules

import (
	"fmt"

	"plcscope/flows"
	"plcscope/flows/tcp"
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
			if x.Conn != c.serial || x.Lapsed || x.Tangled {
				f.Park(i) // no answer to it can be missed
				continue
			}
			d, by := owed(x, session.Side(owner))
			if now-x.Since.Time <= grace || !c.received(by.Peer(), x.Since.Time) || c.unseen(by) {
				i++
				continue
			}
			x.Overdue = true
			e.overdue(c, d, by, rules.Ref(x.Since), now, exchangeText(x, session.Side(owner)))
			f.Park(i)
		}
	}
	for i := 0; i < len(c.debts); {
		d := c.debts[i]
		if now-d.since.Time <= grace || c.unseen(d.by) || d.answers() && !c.received(d.by.Peer(), d.since.Time) {
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
	switch d.duty {
	case owesCloseAfterRefusal, owesCloseAfterDisconnect, owesCloseAfterTakeover:
		return false // it began with what the debtor itself did
	}
	return true
}

// overdue lets the rules that watch over a duty speak.
func (e *Engine) overdue(c *Conn, d Duty, by session.Side, since rules.Ref, now int64, of string) {
	for _, i := range e.byDuty[versionOf(c)][d] {
		rule := e.catalogue[i]
		if judged(rule.Role, by) != by {
			continue
		}
		r := &e.reporter
		r.conn, r.msg, r.rule, r.index, r.side = c, nil, rule, int(i), by
		r.Exercised()
		what := dutyTexts[d]
		if of != "" {
			what += " for the " + of
		}
		r.Late(since, "%s: nothing came for %s while the connection stayed open", what, seconds(now-since.Time))
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
	owesCloseAfterTakeover:      "the client has connected anew and the server did not close this older connection",
}

func exchangeText(x *session.Exchange, owner session.Side) string {
	return fmt.Sprintf("%s with identifier %d of the %s in frame %d", x.Kind, x.ID, owner, x.Last.Frame)
}

// seconds prints a duration given in nanoseconds for people.
func seconds(ns int64) string {
	switch {
	case ns < 1_000_000:
		return fmt.Sprintf("%d µs", ns/1000)
	case ns < second:
		return fmt.Sprintf("%.1f ms", float64(ns)/1e6)
	}
	return fmt.Sprintf("%.1f s", float64(ns)/1e9)
}
