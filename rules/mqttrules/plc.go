package mqttrules

import (
	"plcscope/decode"
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/rules"
)

// habit is how a client comes and goes, over the connections of its session.
type habit struct {
	since  int64 // begin of the present minute of counting
	count  int   // connections in it
	told   bool  // it was reported
	server int   // of the connections in it, those that the server ended

	host       decode.Addr // of the connection before
	switches   int         // take-overs by another host, in a row
	switchedAt int64       // the first of them
	other      decode.Addr // the other host
}

// came takes note of a further connection of the session, on which c took over
// open ones or not. It is called before the session has taken in c.
func (h *habit) came(c *Conn, shared, first bool) {
	now, host := c.Connect.Time, c.Flow.Client().Addr
	if now-h.since > c.grants.StormWindow {
		h.since, h.count, h.server, h.told = now, 0, 0, false
	}
	h.count++
	if !first && h.host != host && shared {
		if now-h.switchedAt > c.grants.QuarrelSpell {
			h.switches, h.switchedAt = 0, now
		}
		h.switches++
		h.other = h.host
	}
	h.host = host
}

// again reports whether the present CONNECT is not the first of its session.
func again(c *Conn) bool {
	return c.Connects == 1 && c.named == c.Session && c.Session.ClientID != "" && c.Session.Connections > 1
}

var plcReconnectStorm = &Rule{
	Rule: rules.Rule{
		ID:        "plc-reconnect-storm",
		Clauses:   rules.Clauses{rules.Field: {"MichielVanwelsenaere/HomeAutomation.CoDeSys3#202", "stefandreyer/CODESYS-MQTT#12"}},
		Role:      rules.Client,
		Severity:  rules.Warning,
		Needs:     rules.Packet,
		Title:     "A client does not connect again and again",
		Exercised: "A client with a name connects for the second time or later.",
		Why:       "Every CONNECT costs the PLC cycles, and every end without DISCONNECT publishes the will. Mostly the broker closes for the same packet each time, or a watchdog in the block is shorter than the broker's answer takes.",
		Fix:       "Look at the last packets before each close; wait longer after each attempt that fails.",
	},
	On: on(fromClient, mqtt.CONNECT),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if !again(c) {
			return
		}
		r.Exercised()
		h := &c.Session.habit
		if h.count >= c.grants.Storm && !h.told {
			h.told = true
			r.Related(c.Session.Last.Ref).Violation(m, "connection number %d within %s; the server ended %d of those before", h.count, rules.Seconds(m.Time-h.since), h.server)
		}
	},
}

var plcTwoHosts = &Rule{
	Rule: rules.Rule{
		ID:        "plc-clientid-two-hosts",
		Clauses:   rules.Clauses{rules.Field: {"emqx/emqx#151", "eclipse-mosquitto/mosquitto#631", "knolleary/pubsubclient#129"}},
		Role:      rules.Client,
		Severity:  rules.Warning,
		Needs:     rules.Packet,
		Title:     "A client identifier is used by one device",
		Exercised: "A client with a name connects for the second time or later.",
		Why:       "The broker drops the one when the other connects, for ever: both lose messages, and each end publishes a will. A program that was copied to a second PLC has the same identifier.",
		Fix:       "Give every device an identifier of its own, for instance with its serial number.",
	},
	On: on(fromClient, mqtt.CONNECT),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if !again(c) {
			return
		}
		r.Exercised()
		h := &c.Session.habit
		if h.switches >= c.grants.Quarrel && h.switchedAt != 0 {
			r.Related(c.Session.Last.Ref).Violation(m, "two hosts, %s and %s, use the client identifier %q in turn: each took over the other's open connection, %d times in %s",
				c.Flow.Client().Addr, h.other, c.Session.ClientID, h.switches, rules.Seconds(m.Time-h.switchedAt))
			h.switches, h.switchedAt = 0, m.Time
		}
	},
}

var plcSecondConnection = &Rule{
	Rule: rules.Rule{
		ID:        "plc-second-connection",
		Clauses:   rules.Clauses{rules.Field: {"gnatmq/gnatmq#1"}},
		Role:      rules.Client,
		Severity:  rules.Warning,
		Needs:     rules.Connection,
		Title:     "A client has one connection at a time",
		Exercised: "A client with a name connects for the second time or later.",
		Why:       "The broker must drop the older connection, with its will, and what was under way on it. Programs that open a connection for every job do this all the time.",
		Fix:       "Keep one connection and send all jobs over it; close it before the next is opened.",
	},
	On:   on(fromClient),
	Odd:  oddPhase,
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		switch {
		case m.Packet.Type == mqtt.CONNECT:
			if again(c) {
				r.Exercised()
			}
		case c.TakenBy.Frame != 0 && !c.abandoned && m.FirstTime-c.TakenBy.Time > c.trip():
			c.abandoned = true
			r.Exercised()
			r.Related(c.TakenBy).Related(c.Connect).Violation(m, "the client still sends %s here, %s after it has connected anew from %s in frame %d", m.Packet.Type, rules.Seconds(m.Time-c.TakenBy.Time), c.takenFrom, c.TakenBy.Frame)
		}
	},
	Ended: func(c *Conn, e *flows.End, r *Reporter) {
		// Who was without power when the server closes answers with a reset.
		if c.TakenBy.Frame == 0 || c.abandoned || !e.FromClient || e.Reset {
			return
		}
		c.abandoned = true
		r.Exercised()
		if _, by, _ := c.Ended(); by == client && e.Time-c.TakenBy.Time < second {
			return // it moves from one connection to the next
		}
		r.Related(c.TakenBy).Related(c.Connect).Late(rules.Ref{Frame: e.Frame, Time: e.Time}, "the client has connected anew from %s in frame %d while this connection was open and alive; it closes it only now, %s later", c.takenFrom, c.TakenBy.Frame, rules.Seconds(e.Time-c.TakenBy.Time))
	},
}

var plcBrokerClosed = &Rule{
	Rule: rules.Rule{
		ID:        "plc-broker-closed",
		Clauses:   rules.Clauses{rules.Field: {"pjde/delphi-mqtt#15", "felddy/weewx-docker#49"}},
		Role:      rules.Client,
		Severity:  rules.Info,
		Needs:     rules.Connection,
		Title:     "The server has no reason to close the connection",
		Exercised: "The server is the first to close a connection on which there was a CONNECT.",
		Why:       "A broker's log says little more than that a packet was malformed. The last packet of the client before the close is where to look first.",
		Fix:       "Look at findings on that packet; then at the broker's log of the same second.",
	},
	Ended: func(c *Conn, e *flows.End, r *Reporter) {
		_, by, _ := c.Ended()
		if by != server || e.FromClient || c.Connects == 0 {
			return
		}
		r.Exercised()
		last := &c.Sides[client]
		if last.Disconnect.Frame != 0 || c.Sides[server].Disconnect.Frame != 0 || c.TakenBy.Frame != 0 {
			return
		}
		at := rules.Ref{Frame: e.Frame, Time: e.Time}
		silent := e.Time - last.Last.Time
		r.Related(last.Last)
		switch {
		case !c.Accepted && c.Connacks > 0:
			return // it said why
		case c.KeepAlive > 0 && silent >= c.KeepAlive*3/2:
			r.Late(at, "the server closes %s after the last packet of the client (%s in frame %d): one and a half times the keep alive of %s is over", rules.Seconds(silent), last.LastType, last.Last.Frame, rules.Seconds(c.KeepAlive))
		default:
			r.Late(at, "the server closes %s after the last packet of the client, %s in frame %d", rules.Seconds(silent), last.LastType, last.Last.Frame)
		}
	},
}

var plcPingInterval = &Rule{
	Rule: rules.Rule{
		ID:        "plc-ping-interval",
		Clauses:   rules.Clauses{rules.Field: {"glcj/mqtt-for-s7 FB200"}},
		Role:      rules.Client,
		Severity:  rules.Info,
		Needs:     rules.Connection,
		Title:     "The ping timer fits the keep alive that was announced",
		Exercised: "The client sends its second PINGREQ or a later one on a connection with a keep alive.",
		Why:       "No fault, but load without use; and the pings take a turn of the block in which an acknowledgement may get lost.",
		Fix:       "Ping at about two thirds of the keep alive, and only when nothing else was sent.",
	},
	On: on(fromClient, mqtt.PINGREQ),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p := &c.pace
		if c.KeepAlive == 0 {
			return
		}
		gap, before := m.Time-p.ping, p.ping
		p.ping = m.Time
		if before == 0 {
			return
		}
		r.Exercised()
		switch {
		case gap >= c.KeepAlive/3:
			p.quick = 0
		case int(p.quick) < c.grants.Pings:
			if p.quick++; int(p.quick) == c.grants.Pings {
				r.Violation(m, "PINGREQ comes every %s, %d times in a row; the keep alive is %s", rules.Seconds(gap), c.grants.Pings+1, rules.Seconds(c.KeepAlive))
			}
		}
	},
}

var plcSubackIgnored = &Rule{
	Rule: rules.Rule{
		ID:        "plc-suback-failure-ignored",
		Clauses:   rules.Clauses{rules.Field: {"glcj/mqtt-for-s7 FB200"}},
		Role:      rules.Client,
		Severity:  rules.Warning,
		Needs:     rules.Connection,
		Title:     "A client does something about a SUBACK that refuses",
		Exercised: "SUBACK refuses a filter.",
		Why:       "It waits for messages that will never come. Blocks look for the granted QoS they expect and take no notice of anything else.",
		Fix:       "Evaluate every code of SUBACK; report 0x80 and above to the program, and correct the filter or the broker's access rules.",
	},
	On:   on(fromBoth, mqtt.SUBACK, mqtt.SUBSCRIBE, mqtt.UNSUBSCRIBE, mqtt.PUBLISH, mqtt.PINGREQ),
	Odd:  oddPace,
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p := &c.pace
		switch {
		case m.Packet.Type == mqtt.SUBACK:
			for _, code := range m.Packet.Codes {
				if code >= 0x80 {
					r.Exercised()
					p.refused = ref(m)
				}
			}
		case p.refused.Frame == 0 || !m.FromClient:
		case m.Packet.Type == mqtt.SUBSCRIBE || m.Packet.Type == mqtt.UNSUBSCRIBE:
			p.refused = rules.Ref{}
		case m.Time-p.refused.Time > c.grants.Refused:
			r.Related(p.refused).Violation(m, "the SUBACK in frame %d refused a filter; %s later the client sends %s and has neither subscribed again nor given up", p.refused.Frame, rules.Seconds(m.Time-p.refused.Time), m.Packet.Type)
			p.refused = rules.Ref{}
		}
	},
}
