package mqttrules

// Tolerances are how much clients and servers are granted beyond what the standard
// says, times in nanoseconds. Of each, the zero value stands for its default.
type Tolerances struct {
	// Close is how long a connection that must be closed may stay open, ten round
	// trips in any case. Default: Options.Grace.
	Close int64
	// KeepAliveClient is how much longer than its keep alive a client may be silent
	// before anybody is told, a tenth of the keep alive in any case. Default: 1 s.
	KeepAliveClient int64
	// KeepAliveServer is how much longer than one and a half times the keep alive a
	// server may bear a silent client, a tenth in any case. mosquitto looks at its
	// clients every five seconds. Default: 5 s.
	KeepAliveServer int64
	// Resend is how long the re-sending of what was left unfinished may take: some
	// clients do it by a timer. Default: six times Options.Grace.
	Resend int64
	// Refused is how long a client may take to do something about a refused
	// subscription. Default: 30 s.
	Refused int64
	// Storm is how many connections of a client within StormWindow are too many.
	// Default: 6 within a minute.
	Storm       int
	StormWindow int64
	// Quarrel is how many take-overs between two hosts within QuarrelSpell are too
	// many. Default: 2 within ten minutes.
	Quarrel      int
	QuarrelSpell int64
	// Pings is after how many short intervals in a row the ping timer is noted, at
	// most 200. Default: 3.
	Pings int
}

func (t *Tolerances) setDefaults(grace int64) {
	span := func(p *int64, v int64) {
		if *p <= 0 {
			*p = v
		}
	}
	number := func(p *int, v int) {
		if *p <= 0 {
			*p = v
		}
	}
	span(&t.Close, grace)
	span(&t.KeepAliveClient, second)
	span(&t.KeepAliveServer, 5*second)
	span(&t.Resend, 6*grace)
	span(&t.Refused, 30*second)
	number(&t.Storm, 6)
	span(&t.StormWindow, 60*second)
	number(&t.Quarrel, 2)
	span(&t.QuarrelSpell, 600*second)
	number(&t.Pings, 3)
	t.Pings = min(t.Pings, 200)
}

// Grant puts a time for answers, 0 for the default, and tolerances in force.
func (e *Engine) Grant(grace int64, t Tolerances) {
	if grace == 0 {
		grace = 5 * second
	}
	t.setDefaults(grace)
	e.opt.Grace, e.opt.Tolerances = grace, t
}

// closeGrace is how long a connection that must be closed may stay open.
func (e *Engine) closeGrace(c *Conn) int64 { return max(e.opt.Close, 10*c.Flow.TCP.RTT()) }

// resendGrace is how long the re-sending of what was left unfinished may take.
func (e *Engine) resendGrace(c *Conn) int64 { return max(e.opt.Resend, 60*c.Flow.TCP.RTT()) }

// graceFor is how long a duty may wait to be fulfilled.
func (e *Engine) graceFor(c *Conn, d Duty) int64 {
	if d.closes() && d != owesConnack {
		return e.closeGrace(c)
	}
	return e.grace(c)
}
