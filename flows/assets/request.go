package assets

import (
	"slices"

	"plcscope/flows"
	"plcscope/s7comm"
)

// A client that sends its next request to a controller that has no room for it has
// given up the one before: after half a second when all granted jobs are taken, and
// after five in any case.
const (
	giveUp     = 500_000_000 // nanoseconds
	giveUpEver = 5_000_000_000
)

// request takes in a job or a userdata request.
func (v *Inventory) request(c *conn, m *flows.Message) {
	p := m.PDU
	f := c.pair.function(kindOf(p, m.FromClient))
	f.requests++
	c.pair.sent(p, m)
	q := asked{ref: p.S7.PDURef, userdata: p.S7.ROSCTR == s7comm.ROSCTRUserdata, frame: m.Frame, time: m.Time, stats: f}
	if m.FromClient {
		v.variables(c, m)
		q.action, q.then = v.act(c, m)
	}
	if p.S7.ROSCTR == s7comm.ROSCTRUserdata {
		if t, _, ok := p.Userdata.BlockRequested(); ok {
			c.listed = t
		}
	}
	v.transfer(c, m)
	c.wait(v, m, q)
}

// wait adds a request to those that wait.
func (c *conn) wait(v *Inventory, m *flows.Message, q asked) {
	list := &c.open[m.Dir]
	for i := range *list {
		if o := &(*list)[i]; o.ref == q.ref && o.userdata == q.userdata {
			v.abandon(o, true, true)
			*list = slices.Delete(*list, i, i+1)
			break
		}
	}
	if len(*list) == maxOpen {
		v.abandon(&(*list)[0], true, true)
		*list = slices.Delete(*list, 0, 1)
	}
	granted := c.jobs(m.FromClient)
	waiting := 0
	for i := range *list {
		o := &(*list)[i]
		if o.waits() {
			waiting++
		}
	}
	for i := range *list {
		o := &(*list)[i]
		age := m.Time - o.time
		if !o.givenUp && (age >= giveUpEver || age >= giveUp && granted > 0 && waiting >= granted) {
			if o.waits() {
				waiting--
			}
			o.givenUp = true
		}
	}
	*list = append(*list, q)
	if !q.userdata {
		n := &c.pair.mostOpen[side(m.FromClient)]
		*n = max(*n, waiting+1)
	}
}

// waits reports whether a request takes one of the places that were granted.
func (q *asked) waits() bool { return !q.userdata && !q.givenUp && !q.unsure }

// jobs is how many jobs of one side may wait at one time, 0 when that is not known.
func (c *conn) jobs(ofClient bool) int {
	switch {
	case !c.granted:
		return 0
	case ofClient:
		return int(c.setup.AMQCalling)
	}
	return int(c.setup.AMQCalled)
}

func side(client bool) int {
	if client {
		return 0
	}
	return 1
}

// abandon counts a request that has got no answer. whole reports that the capture
// would show one, ended that none can come any more.
func (v *Inventory) abandon(q *asked, whole, ended bool) {
	switch {
	case q.unsure || !whole:
		q.stats.unknown++
		v.settle(q.action, Unknown, "")
	case !ended:
		q.stats.pending++
		v.settle(q.action, Unknown, "")
	default:
		q.stats.unanswered++
		v.settle(q.action, Unanswered, "")
	}
}

// take removes the request that m answers from those that wait.
func (c *conn) take(m *flows.Message) (q asked, ok bool) {
	list := &c.open[m.Dir.Peer()]
	for i := range *list {
		if o := (*list)[i]; o.ref == m.PDU.S7.PDURef && o.frame == m.Request.Frame {
			*list = slices.Delete(*list, i, i+1)
			return o, true
		}
	}
	return asked{}, false
}

// answer takes in the answer to a request.
func (v *Inventory) answer(c *conn, m *flows.Message) {
	p, r := m.PDU, m.Request
	c.pair.replied(c, p, m)
	if r == nil {
		c.pair.unmatched++
		return
	}
	q, ok := c.take(m)
	if !ok {
		return
	}
	f := q.stats
	f.answered++
	if q.givenUp {
		f.late++
	}
	f.times.Record(m.Time-q.time, &v.pool)
	failure := c.pair.outcome(f, m)
	if failure != "" {
		f.refused++
		v.settle(q.action, Refused, failure)
	} else {
		if q.then != begins {
			v.settle(q.action, Done, "")
		}
		v.apply(c, m, q.then)
		v.learn(c, m)
	}
	v.transfer(c, m)
	if p.Function == s7comm.FunctionSetup && p.S7.ROSCTR == s7comm.ROSCTRAckData && failure == "" {
		c.granted, c.setup = true, p.Setup
		c.pair.setup(p.Setup)
	}
}
