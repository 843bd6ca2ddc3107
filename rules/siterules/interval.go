package siterules

import "plcscope/rules"

// Times are taken where the traffic was captured, and a network delays messages: TCP
// sends lost segments again and holds all that follows back, and then everything
// comes at once. Nagle's algorithm waits for an acknowledgement that may be delayed
// for half a second. So the rules on intervals allow for what a stall explains.

const (
	// unseenStall is for how long a network may hold messages back without a trace
	// in the capture: a segment lost before it came to the capture point, and sent
	// again twice.
	unseenStall = 3 * second
	// delayedAck is how long a receiver may wait with its acknowledgement (RFC 1122,
	// 4.2.3.2), and a sender with further data until that comes.
	delayedAck = second / 2
	// memory is for how long a stall is allowed for.
	memory = 60 * second
)

// stalled works out for how long the network may have held back what the client sends
// after a silence, in a message that begins at time first and ends at time now.
func (e *Engine) stalled(c *Conn, first, now int64) {
	silence := now - c.heard
	if c.resent(first) {
		for _, t := range c.watched {
			t.last = rules.Ref{} // what comes now may be long on its way
		}
	} else {
		silence = min(silence, unseenStall)
	}
	if silence > delayedAck && (silence >= c.pause || now-c.pausedAt > memory) {
		c.pause, c.pausedAt = silence, now
	}
}

// resent reports whether the client has had to send something again in the silence
// that it ends at time now.
func (c *Conn) resent(now int64) bool {
	at := c.Flow.TCP.Half[c.Flow.ClientDir()].RetransmissionTime
	return at > c.heard+second/10 && at < now-second/10_000
}

// slack is how much sooner than laid down a message may come at that time.
func (c *Conn) slack(shortest, now int64) int64 {
	s := max(delayedAck, shortest/10, 10*c.Flow.TCP.RTT())
	if now-c.pausedAt <= memory {
		s = max(s, c.pause)
	}
	return s
}

var publishInterval = &Rule{
	Rule: rules.Rule{
		ID:        "site-publish-interval",
		Clauses:   rules.Clauses{rules.Site: {"interval"}},
		Role:      rules.Client,
		Severity:  rules.Warning,
		Needs:     rules.Packet,
		Title:     "A client publishes on a topic no more often than the profile allows",
		Exercised: "A client publishes repeatedly on a topic for which the profile lays down a shortest interval.",
		Why:       "Every message costs the broker, the network and all subscribers work; a block that sends in every cycle of the program fills all of them.",
		Fix:       "Let a timer or a change of the value trigger the block, not the cycle; add a dead band to analog values.",
	},
	Asked: ofPublish(func(p *Publish) bool { return p.Interval.Min > 0 }),
	Publish: func(p *MQTT, x *entry, s *said, r *Reporter) {
		if x.Publish == nil || x.Interval.Min <= 0 || s.will || s.dup || !s.kept {
			return
		}
		now, shortest := s.msg.Time, int64(x.Interval.Min)
		if s.state.last.Frame == 0 || now >= x.due {
			if s.state.last.Frame != 0 {
				r.Exercised()
			}
			x.due, x.run, x.count = now+shortest, ref(s.msg), 0
			return
		}
		x.count++
		early := x.due - now
		x.due += shortest
		if early <= r.conn.slack(shortest, now) {
			return
		}
		r.Exercised()
		r.Related(x.run).Violation(s.msg, "publishes %s every %s (%s in %s); %s allows %s",
			rules.Excerpt(s.topic), duration((now-x.run.Time)/x.count), plural(x.count+1, "message"), duration(now-x.run.Time), where(p, x.Publish), x.Interval)
		x.due, x.run, x.count = now+shortest, ref(s.msg), 0
	},
}

var publishSilence = &Rule{
	Rule: rules.Rule{
		ID:        "site-publish-silence",
		Clauses:   rules.Clauses{rules.Site: {"interval"}},
		Role:      rules.Client,
		Severity:  rules.Warning,
		Needs:     rules.Timing,
		Title:     "A client publishes on a topic as often as the profile asks for, while it is connected",
		Exercised: "A client publishes on a topic for which the profile lays down a longest interval, and again or stays connected.",
		Why:       "Subscribers show an old value as if it were the present one, or raise an alarm of their own.",
		Fix:       "Check that the block is called and triggered also when the value does not change, and that it gives a failed PUBLISH another try.",
	},
	Asked: ofPublish(func(p *Publish) bool { return p.Interval.Max > 0 }),
	Publish: func(p *MQTT, x *entry, s *said, r *Reporter) {
		if x.Publish == nil || x.Interval.Max <= 0 || s.will || s.dup || s.state.last.Frame == 0 {
			return
		}
		overdue(r.conn, p, s.state, x, ref(s.msg), r)
		r.Exercised()
	},
	Silent: func(c *Conn, p *MQTT, t *topic, x *entry, now rules.Ref, r *Reporter) {
		if x.Publish != nil && x.Interval.Max > 0 && overdue(c, p, t, x, now, r) {
			r.Exercised()
		}
	},
}

// overdue reports a topic on which nothing was published for too long until now.
func overdue(c *Conn, p *MQTT, t *topic, x *entry, now rules.Ref, r *Reporter) bool {
	longest, gap := int64(x.Interval.Max), now.Time-t.last.Time
	if x.told || gap <= longest+max(r.engine.opt.Grace, longest/10, 10*c.Flow.TCP.RTT()) {
		return false
	}
	x.told = true
	r.Related(t.last).Late(now, "has published nothing on %s for %s, though it was connected; %s asks for a message every %s at least",
		rules.Excerpt([]byte(t.name)), duration(gap), where(p, x.Publish), duration(longest))
	return true
}
