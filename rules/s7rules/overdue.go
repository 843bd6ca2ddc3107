package s7rules

import (
	"plcscope/rules"
	"plcscope/s7comm"
)

// patience is how many times as long as others a job that changes the program may
// take: compressing the memory or copying it to a card takes its time.
const patience = 12

// grace is how long an answer may take on c: some seconds, and never less than
// ten round trips of a slow link.
func (e *Engine) grace(c *Conn) int64 { return max(e.opt.Grace, 10*c.Flow.TCP.RTT()) }

// sweep reports the answers that are overdue at time now. A connection is swept
// once a second of capture time and when it ends, so that the cost does not
// depend on the number of messages.
func (e *Engine) sweep(c *Conn, now int64) {
	c.swept = now
	e.enter(c, client)
	e.enter(c, server)
	if _, _, over := c.Ended(); over {
		return
	}
	grace := e.grace(c)
	if c.owes && now-c.Request.Time > grace && c.acked(client, c.Sides[client].end) && !(c.taint == rules.Certain && c.unseen(server)) {
		c.owes = false
		e.overdue(c, owesConfirm, server, c.Request.Ref, now, nil)
	}
	for s := range c.open {
		by := side(s).peer()
		for i := range c.open[s] {
			q := &c.open[s][i]
			if q.lapsed || q.overdue || now-q.Time <= q.patience(grace) || !c.acked(side(s), q.end) || c.taint == rules.Certain && c.unseen(by) {
				continue
			}
			q.overdue = true
			e.overdue(c, owesAnswer, by, q.Ref, now, q)
		}
	}
}

// everyday reports whether a controller answers such a job out of its normal cycle.
func (q *question) everyday() bool {
	return !q.userdata && (q.function == s7comm.FunctionRead || q.function == s7comm.FunctionWrite || q.function == s7comm.FunctionSetup)
}

func (q *question) patience(grace int64) int64 {
	if q.userdata || q.everyday() {
		return grace
	}
	return patience * grace
}

// overdue lets the rules that watch over a duty speak.
func (e *Engine) overdue(c *Conn, d Duty, by side, since rules.Ref, now int64, q *question) {
	for _, i := range e.byDuty[d] {
		rule := e.catalogue[i]
		if judged(rule.Role, by) != by {
			continue
		}
		r := &e.reporter
		r.conn, r.shape = c, unframed
		r.bind(rule, int(i), by)
		r.Exercised()
		if q == nil {
			r.Late(since, "no answer to CR (%s) for %s, though TCP has delivered it: neither CC nor a refusal", tsaps(c), rules.Seconds(now-since.Time))
			continue
		}
		if !q.everyday() {
			r.As(rules.Warning)
		}
		r.Late(since, "no answer to %s with reference 0x%04x for %s, though TCP has delivered it and the connection stayed open", q, q.ref, rules.Seconds(now-since.Time))
	}
}
