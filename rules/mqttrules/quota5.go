package mqttrules

import (
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// quota is when a side of 5.0 had as many messages in flight as the other allows, in
// nanoseconds since 1970; 0 is never.
type quota struct {
	full  int64 // since when it is used up; 0 while it is not
	began int64 // the time before that it was used up,
	freed int64 // and until when
	heard int64 // what the other had sent up to then had come at freed
}

// follow takes in how many messages of side s are in flight at time now.
func (c *Conn) follow(s session.Side, now int64) {
	mine := &c.said[s]
	q := &mine.quota
	switch used := mine.open >= c.said[s.Peer()].limit(); {
	case used && q.full == 0:
		q.full = now
	case !used && q.full != 0:
		c.received(s.Peer(), now)
		*q = quota{began: q.full, freed: now, heard: c.Sides[s.Peer()].acked.until}
	}
}

var (
	quotaNotBlockingClient5 = quotaRule("m5-quota-not-blocking-client", "MQTT-3.3.4-8", rules.Client, fromClient,
		"A client whose messages in flight are as many as the server allows still answers", mqtt.PUBACK, mqtt.PUBREC, mqtt.PUBREL, mqtt.PUBCOMP)
	quotaNotBlockingServer5 = quotaRule("m5-quota-not-blocking-server", "MQTT-3.3.4-10", rules.Server, fromServer,
		"A server whose messages in flight are as many as the client allows still answers", mqtt.PUBACK, mqtt.PUBREC, mqtt.PUBREL, mqtt.PUBCOMP, mqtt.SUBACK, mqtt.UNSUBACK, mqtt.PINGRESP)
)

// quotaRule is the rule that a side holds back nothing but PUBLISH when its quota is
// used up. It is broken where an answer took too long, the quota was used up all that
// time, and the answer came as soon as it was not.
func quotaRule(id, clause string, role rules.Role, by sides, title string, types ...mqtt.PacketType) *Rule {
	who := judged(role, server)
	return &Rule{
		Rule: rules.Rule{
			ID:        id,
			Clauses:   rules.Clauses{V5: {clause, "MQTT-4.9.0-3"}},
			Role:      role,
			Severity:  rules.Error,
			Needs:     rules.Timing,
			Title:     title,
			Exercised: "The " + who.String() + " gives an answer while it has as many messages in flight as the Receive Maximum of the " + who.Peer().String() + " allows.",
			Why:       "Each side may then wait for the other: nothing goes on any more in either direction.",
			Fix:       "Hold back PUBLISH alone. A block that waits for PUBACK must still work off what it receives.",
		},
		On: on(by, types...),
		Check: func(c *Conn, m *flows.Message, r *Reporter) {
			q := &c.said[who].quota
			if q.full|q.freed == 0 {
				return
			}
			asked, ok := c.asked(m)
			if !ok {
				return
			}
			if q.full != 0 {
				r.Exercised()
				return
			}
			grace := r.engine.grace(c)
			soon := max(second/4, 2*c.Flow.TCP.RTT())
			if q.began > asked || m.Time-q.freed > soon || q.freed-asked <= grace || q.heard < asked || c.stalled(who) {
				return
			}
			r.Exercised()
			r.Violation(m, "%s comes %s after what it answers; all that time the %s had %d messages in flight, as many as it may, and %s before an acknowledgement came",
				m.Packet.Type, rules.Seconds(m.Time-asked), who, c.said[who.Peer()].limit(), rules.Seconds(m.Time-q.freed))
		},
	}
}

// asked returns the time of what m answers.
func (c *Conn) asked(m *flows.Message) (at int64, ok bool) {
	if m.Packet.Type != mqtt.PINGRESP {
		return m.Time - c.Fact.Waited, c.Fact.Relation == session.Answer && !c.Fact.Before.Tangled
	}
	if missed := c.pace.missed; missed.Frame != 0 { // told to be overdue, and so no debt any more
		return missed.Time, true
	}
	for i := range c.debts {
		if c.debts[i].duty == owesPingresp {
			return c.debts[i].since.Time, true
		}
	}
	return 0, false
}

// stalled reports whether TCP may have held back what side s wanted to send: there
// were times at which its peer had no room for it.
func (c *Conn) stalled(s session.Side) bool {
	return c.Flow.TCP.Half[c.Flow.DirOf(s.Peer() == client)].ZeroWindows > 0
}
