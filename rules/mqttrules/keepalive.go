package mqttrules

import (
	"plcscope/flows"
	"plcscope/flows/tcp"
	"plcscope/mqtt"
	"plcscope/rules"
)

// pace is what the timers of the two sides look like.
type pace struct {
	lapse   rules.Ref // the client packet before a silence that the server should not have borne
	silent  int64     // its length
	told    rules.Ref // the client packet before the silence that was reported
	stalls  uint32    // times that a receiver was full, as of the latest client packet
	settled bool      // the client's keep alive was put to the test

	missed  rules.Ref // the oldest PINGREQ that was not answered in time
	refused rules.Ref // a SUBACK that refused a filter, and was not followed by another SUBSCRIBE
	ping    int64     // when the latest PINGREQ was sent
	quick   uint8     // PINGREQ in a row that came far too early
}

// stalls counts how often a receiver was full: its sender then looks slow.
func stalls(c *Conn) uint32 {
	return c.Flow.TCP.Half[0].ZeroWindows + c.Flow.TCP.Half[1].ZeroWindows
}

// sentAgain reports whether direction d had to send something again in the course of
// the time between from and to: on a path that loses segments, any sender looks
// slow.
func sentAgain(c *Conn, d tcp.Dir, from, to int64) bool {
	t := c.Flow.TCP.Half[d].RetransmissionTime
	return t > from+second && t < to
}

// patience is how much longer than the keep alive a client may be silent before
// anybody is told.
func (t *Tolerances) patience(keepAlive int64) int64 {
	return keepAlive + max(t.KeepAliveClient, keepAlive/10)
}

// bearable is how long a server may bear the client's silence: one and a half
// times the keep alive, a round trip, and the slowness of its polling.
func bearable(c *Conn) int64 {
	return c.KeepAlive + c.KeepAlive/2 + c.Flow.TCP.RTT() + max(c.grants.KeepAliveServer, c.KeepAlive/10)
}

// quiet returns how long the client had sent nothing when it began m, or else at
// time end, and whether it is certain that all of it reached the server.
func quiet(c *Conn, m *flows.Message, end int64) (ns int64, ok bool) {
	last := &c.Sides[client]
	if c.KeepAlive == 0 || !c.Accepted || c.Connects != 1 || last.Packets == 0 || last.Disconnect.Frame != 0 {
		return 0, false
	}
	if m != nil {
		end = m.FirstTime
	}
	return end - last.Last.Time, !sentAgain(c, c.Flow.ClientDir(), last.Last.Time, end) && c.pace.stalls == stalls(c)
}

// mute is quiet where a path that is cut might be why nothing of the client is
// seen: the server would then send again what it had to say.
func mute(c *Conn, m *flows.Message, end int64) (ns int64, ok bool) {
	ns, ok = quiet(c, m, end)
	if m != nil {
		end = m.FirstTime
	}
	return ns, ok && !sentAgain(c, c.Flow.ClientDir().Peer(), end-ns, end)
}

// paced reports whether m may say something about how the two sides keep time: the
// client was silent for longer than its keep alive, or something is noted in pace.
func (c *Conn) paced(m *flows.Message) bool {
	p := &c.pace
	if p.lapse.Frame|p.missed.Frame|p.refused.Frame != 0 || c.ServerKeepAlive {
		return true
	}
	return c.KeepAlive > 0 && (max(m.Time, m.FirstTime)-c.Sides[client].Last.Time > c.KeepAlive ||
		!p.settled && m.Time-c.Connect.Time > c.KeepAlive)
}

// ownPace returns the keep alive that the client asked for when the server has
// ordered a shorter one, and -1 otherwise.
func ownPace(c *Conn) int64 {
	own := int64(c.Connected.KeepAlive) * second
	if !c.ServerKeepAlive || own != 0 && own <= c.KeepAlive {
		return -1
	}
	return own
}

var keepAliveClient = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-keepalive-client",
		Clauses:   rules.Clauses{V31: {"§3.1", "§3.12"}, V311: {"MQTT-3.1.2-23"}, V5: {"MQTT-3.1.2-20"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Timing,
		Title:     "The client is never silent for longer than its keep alive",
		Exercised: "A connection with a keep alive lasts longer than one interval, and the capture misses nothing of it.",
		Why:       "The broker takes it for dead after one and a half times that, closes and publishes the will. The timer is often started anew by what is received, or stops while the block is busy.",
		Fix:       "Start the ping timer anew only when a packet was sent, and let it run out well before the keep alive, at two thirds of it.",
	},
	On:   on(fromClient),
	Odd:  oddPace,
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		ns, ok := mute(c, m, 0)
		if !c.pace.settled && c.KeepAlive > 0 && m.Time-c.Connect.Time > c.KeepAlive {
			c.pace.settled = true
			r.Exercised()
		}
		if ok && ns > c.KeepAlive {
			judgePace(c, m, r, ns, m.Packet.Type.String())
		}
	},
	Ended: func(c *Conn, e *flows.End, r *Reporter) {
		if ns, ok := endPace(c, e); ok {
			judgePace(c, nil, r, ns, "the end of the connection")
		}
	},
}

// endPace is quiet for a client that closes in order, so that it was alive. Who
// breaks off may have been without power.
func endPace(c *Conn, e *flows.End) (ns int64, ok bool) {
	if !e.FromClient || e.Reset {
		return 0, false
	}
	if have, _ := c.Flow.Pending(c.Flow.ClientDir()); have > 0 {
		return 0, false
	}
	first, _, _ := c.Ended()
	ns, ok = mute(c, nil, first.Time)
	return ns, ok && ns > c.KeepAlive
}

// judgePace judges a silence of the client by the keep alive in force.
func judgePace(c *Conn, m *flows.Message, r *Reporter, ns int64, what string) {
	r.Exercised()
	if own := ownPace(c); own == 0 || own > 0 && ns <= c.grants.patience(own) {
		return // it keeps to its own keep alive, which is another rule
	}
	tellPace(c, m, r, ns, what, "")
}

func tellPace(c *Conn, m *flows.Message, r *Reporter, ns int64, what, more string) {
	if ns <= c.grants.patience(c.KeepAlive) {
		return
	}
	last := c.Sides[client].Last
	if r.Related(last); ns <= c.KeepAlive*3/2 {
		r.As(rules.Warning)
	}
	const text = "the client sent nothing for %s between frame %d (%s) and %s; the keep alive is %s%s"
	if m != nil {
		r.Violation(m, text, rules.Seconds(ns), last.Frame, c.Sides[client].LastType, what, rules.Seconds(c.KeepAlive), more)
		return
	}
	first, _, _ := c.Ended()
	r.Late(first, text, rules.Seconds(ns), last.Frame, c.Sides[client].LastType, what, rules.Seconds(c.KeepAlive), more)
}

var serverKeepAliveUsed = &Rule{
	Rule: rules.Rule{
		ID:        "m5-server-keepalive-used",
		Clauses:   rules.Clauses{V5: {"MQTT-3.1.2-21", "MQTT-3.2.2-21"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Timing,
		Title:     "The client adopts the keep alive that the server gives in CONNACK",
		Exercised: "CONNACK gives a Server Keep Alive, and the connection outlives that interval.",
		Why:       "The broker counts by its own value and closes although the client pings as it had announced.",
		Fix:       "Read Server Keep Alive from the properties of CONNACK and set the ping timer by it.",
	},
	On:   on(fromClient),
	Odd:  oddPace,
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if !c.ServerKeepAlive {
			return
		}
		ns, ok := mute(c, m, 0)
		judgeServerPace(c, m, r, ns, ok, m.Packet.Type.String())
	},
	Ended: func(c *Conn, e *flows.End, r *Reporter) {
		if !c.ServerKeepAlive {
			return
		}
		if ns, ok := endPace(c, e); ok {
			judgeServerPace(c, nil, r, ns, ok, "the end of the connection")
		}
	},
}

func judgeServerPace(c *Conn, m *flows.Message, r *Reporter, ns int64, ok bool, what string) {
	own := ownPace(c)
	if own < 0 || c.KeepAlive == 0 || m != nil && m.Time-c.Connack.Time <= c.KeepAlive {
		return
	}
	r.Exercised()
	if ok && (own == 0 || ns <= c.grants.patience(own)) {
		tellPace(c, m, r, ns, what, ", which CONNACK ordered instead of "+rules.Seconds(own))
	}
}

var keepAliveServerClose = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-keepalive-server-close",
		Clauses:   rules.Clauses{V31: {"§3.1"}, V311: {"MQTT-3.1.2-24"}, V5: {"MQTT-3.1.2-22"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Timing,
		Title:     "The server closes after one and a half times the keep alive without a packet from the client",
		Exercised: "The client is silent for more than one and a half times its keep alive while the capture misses nothing.",
		Why:       "The will of a PLC that was switched off is published late or never, and everybody believes its last values.",
		Fix:       "Look for a lower bound or a switch of the keep alive in the broker's configuration.",
	},
	On:   on(fromBoth),
	Odd:  oddPace,
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p := &c.pace
		if m.FromClient {
			ns, ok := quiet(c, m, 0)
			if ok && ns > bearable(c) {
				p.lapse, p.silent = c.Sides[client].Last, ns
			}
			return
		}
		ns, ok := quiet(c, nil, m.Time)
		last := c.Sides[client].Last
		switch {
		case p.lapse.Frame != 0: // the client has spoken again, and the server still listens
			last, ns = p.lapse, p.silent
			p.lapse = rules.Ref{}
		case !ok || ns <= bearable(c):
			return
		}
		if have, _ := c.Flow.Pending(c.Flow.ClientDir()); have > 0 || p.told == last {
			return
		}
		p.told = last
		r.Exercised()
		if m.Packet.Type == mqtt.DISCONNECT {
			return
		}
		r.Related(last).Violation(m, "the server still sends %s although the client was silent for %s after frame %d; one and a half times the keep alive of %s is %s",
			m.Packet.Type, rules.Seconds(ns), last.Frame, rules.Seconds(c.KeepAlive), rules.Seconds(c.KeepAlive*3/2))
	},
	Ended: func(c *Conn, e *flows.End, r *Reporter) {
		_, by, _ := c.Ended()
		if ns, ok := quiet(c, nil, e.Time); ok && by == server && !e.FromClient && ns >= c.KeepAlive*3/2 {
			r.Exercised()
		}
	},
}
