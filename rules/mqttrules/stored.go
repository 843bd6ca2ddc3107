package mqttrules

import (
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/broker"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// notFound is the reason by which a side of 5.0 says that it does not know an
// identifier.
const notFound mqtt.ReasonCode = 0x92

var packetIDKept = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-packet-id-kept-on-resend",
		Clauses:   rules.Clauses{V311: {"MQTT-2.3.1-3", "MQTT-2.3.1-4"}, V5: {"MQTT-4.4.0-1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "A message that is sent again keeps its identifier",
		Exercised: "A side sends a message again that an earlier connection of the session has left without an acknowledgement.",
		Why:       "The receiver cannot see that it has the message already: a QoS 2 message is processed twice.",
		Fix:       "Store the identifier with the message, and send both again.",
	},
	On:    on(fromBoth, mqtt.PUBLISH),
	Acked: true,
	Odd:   oddRelation | oddRepeat,
	Idle:  everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		f, alike := &c.Fact, &c.alike[side(m)]
		if f.Relation == session.Resent && c.Session.Resumed && f.Before.Conn != c.serial && !f.Before.Lapsed {
			r.Exercised()
			if alike.old == m.Packet.ID {
				*alike = twin{}
			}
			return
		}
		if alike.Frame != 0 {
			return
		}
		if x := c.renumbered(m); x != nil {
			*alike = twin{Ref: ref(m), id: m.Packet.ID, old: x.ID, first: rules.Ref(x.First), topic: rules.Excerpt(m.Packet.Topic)}
		}
	},
	Ended: func(c *Conn, _ *flows.End, r *Reporter) {
		for from := range session.Side(2) {
			if x := c.alike[from]; x.Frame != 0 && c.instead(from, &x) {
				r.Of(from).Exercised()
				r.Related(x.first).Across().Late(x.Ref, "PUBLISH with DUP 1, topic %s and identifier %d repeats the message of frame %d, which has identifier %d and was never acknowledged", x.topic, x.id, x.first.Frame, x.old)
			}
			c.alike[from] = twin{}
		}
	},
}

// twin is a message with DUP that has the content of one which an earlier connection
// has left open, under another identifier. It can be that message, or a new one that
// has DUP by mistake: then the old one is sent again, too.
type twin struct {
	rules.Ref
	id, old uint16
	first   rules.Ref // the first sending of the old one
	topic   string
}

// instead reports whether side from has sent x in place of the old message: x was
// answered, and the old one was not sent until the connection ended.
func (c *Conn) instead(from session.Side, x *twin) bool {
	left := false
	open := c.Session.Flights[from].Open()
	for i := range open {
		switch e := &open[i]; {
		case e.ID == x.id && e.Phase == session.Sent && !e.Lapsed:
			return false
		case e.ID == x.old:
			left = e.Conn != c.serial && e.First.Frame == x.first.Frame && !e.Lapsed
		}
	}
	return left
}

// renumbered returns the message of an earlier connection that m sends again under
// another identifier, one that was certainly never in use.
func (c *Conn) renumbered(m *flows.Message) *session.Exchange {
	f, from := &c.Fact, side(m)
	if f.Relation != session.New || !m.Packet.Dup || !f.FirstUse || !c.Session.Resumed || c.Session.Carried[from] == 0 || versionOf(c) == mqtt.V31 {
		return nil
	}
	open := c.Session.Flights[from].Open()
	for i := range open {
		x := open[i]
		if x.Conn == c.serial || x.Lapsed || x.Tangled || x.Phase != session.Sent {
			continue
		}
		x.ID = f.Exchange.ID
		if x.Same(f.Exchange) {
			return &open[i]
		}
	}
	return nil
}

var sessionClientStored = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-session-client-stored",
		Clauses:   rules.Clauses{V311: {"MQTT-3.1.2-4"}, V5: {"MQTT-3.1.2-23"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "A client that resumes its session has kept its own part of it",
		Exercised: "A client resumes a session in which messages of its own were not acknowledged, or has to go on with a QoS 2 message from the server.",
		Why:       "All that was under way when the line broke is lost, or received twice, though it was sent with QoS 1 or 2. A PLC that keeps its session in memory which is not retentive does this after every restart.",
		Fix:       "Keep messages and identifiers in retentive data; or connect with clean session, so that the broker starts anew too.",
	},
	Owes: owesStored,
	On:   on(fromClient, mqtt.PUBCOMP),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		x := &c.Fact.Before
		if c.Fact.Relation != session.Answer || !c.Session.Resumed || x.First.Time >= c.Connect.Time || x.Answers == 0 || x.Releases != 1 || x.Tangled {
			return
		}
		r.Exercised()
		if m.Packet.Reason == notFound {
			r.Related(rules.Ref(x.First)).Related(rules.Ref(x.Since)).Across().Violation(m, "PUBCOMP does not know the identifier %d of the PUBREL in frame %d (0x92), though the client has answered the PUBLISH in frame %d by PUBREC and had no PUBREL before",
				m.Packet.ID, x.Since.Frame, x.First.Frame)
		}
	},
}

// lostAll reports whether the client has taken up nothing of several messages that
// it had left unfinished; missing is how many of them it should have.
func (c *Conn) lostAll(missing int) bool {
	return versionOf(c) != mqtt.V31 && missing > 1 && missing == c.Session.Carried[client]
}

var sessionStateKept = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-session-state-kept",
		Clauses:   rules.Clauses{V311: {"MQTT-4.1.0-1", "MQTT-4.1.0-2"}, V5: {"MQTT-4.1.0-1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "Nobody forgets a message under way or a subscription while the connection is open",
		Exercised: "A side goes on with a QoS 2 message whose exchange began on the same connection, or, in 5.0, a client unsubscribes from what it was granted on it.",
		Why:       "Messages are lost or received twice, and neither side notices.",
		Fix:       "Keep the identifiers in use until the exchange is over; look for a table that is too small.",
	},
	On: on(fromBoth, mqtt.PUBREL, mqtt.PUBCOMP, mqtt.UNSUBACK),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		x := &c.Fact.Before
		if m.Packet.Type == mqtt.UNSUBACK {
			judgeForgotten(c, m, r)
			return
		}
		if c.Fact.Relation != session.Answer || x.Kind != session.QoS2 || x.First.Time < c.Connect.Time || x.Sends != 1 || x.Answers != 1 || x.Tangled {
			return
		}
		if m.Packet.Type == mqtt.PUBCOMP && x.Releases != 1 {
			return
		}
		r.Exercised()
		if m.Packet.Reason == notFound {
			r.Related(rules.Ref(x.First)).Related(rules.Ref(x.Since)).Violation(m, "%s says that the identifier %d is not known (0x92); the PUBLISH in frame %d has taken it on this connection, and %s came in frame %d",
				m.Packet.Type, m.Packet.ID, x.First.Frame, m.Packet.Type-1, x.Since.Frame)
		}
	},
}

// judgeForgotten judges an UNSUBACK of 5.0 for one filter, to which the client has
// subscribed on this connection.
func judgeForgotten(c *Conn, m *flows.Message, r *Reporter) {
	x, holder := &c.Fact.Before, c.Session.client
	if c.Fact.Relation != session.Answer || x.Tangled || x.Filters != 1 || holder == nil || len(m.Packet.Codes) != 1 || c.said[client].unsubscribes != 1 {
		return
	}
	subs := holder.Subscriptions()
	for i := range subs {
		s := &subs[i]
		if s.Left.Frame != m.Frame || s.State != broker.Gone || s.First.Frame == 0 || s.First.Time < c.Connect.Time || s.Again > 0 {
			continue
		}
		r.Exercised()
		if m.Packet.Codes[0] == 0x11 {
			r.Related(rules.Ref(s.First)).Related(rules.Ref(x.Last)).Violation(m, "UNSUBACK says that no subscription to %s existed (0x11), though the SUBACK in frame %d has granted it on this connection", rules.Excerpt(s.Filter), s.First.Frame)
		}
		return
	}
}
