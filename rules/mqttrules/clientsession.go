package mqttrules

import (
	"slices"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

var sessionTakeover = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-session-takeover",
		Clauses:   rules.Clauses{V31: {"§3.1"}, V311: {"MQTT-3.1.4-2"}, V5: {"MQTT-3.1.4-3"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Timing,
		Title:     "The server closes the older connection of a client that connects anew",
		Exercised: "A client connects anew while its earlier connection is still open.",
		Why:       "Two connections then speak for one client: messages arrive twice or at the dead one, and the will of the old one comes late.",
		Fix:       "Report it to the broker's maker.",
	},
	Owes: owesCloseAfterTakeover,
	Ended: func(c *Conn, e *flows.End, r *Reporter) {
		_, by, _ := c.Ended()
		if c.TakenBy.Frame == 0 || e.FromClient || by != server {
			return
		}
		if !c.owes(owesCloseAfterTakeover) { // it closes before it accepts the new one, or will refuse it
			r.Exercised()
			return
		}
		if versionOf(c) == mqtt.V5 && c.Sides[server].Disconnect.Frame == 0 {
			r.Exercised()
			r.Related(c.TakenBy).As(rules.Warning).Late(rules.Ref{Frame: e.Frame, Time: e.Time}, "the server closes the connection because of the CONNECT in frame %d and does not say so by DISCONNECT with reason 0x8e", c.TakenBy.Frame)
		}
	},
}

var cleanDiscardsState = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-clean-discards-state",
		Clauses:   rules.Clauses{V31: {"§3.1"}, V311: {"MQTT-3.1.2-6"}, V5: {"MQTT-3.1.2-4"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "A clean CONNECT carries nothing over from before",
		Exercised: "A client that has unfinished messages from before connects anew and asks for a clean session.",
		Why:       "The other side has thrown the exchange away: a QoS 2 message arrives twice, and the handshake hangs.",
		Fix:       "Clear the send buffer and its state when CONNECT is sent with clean session, or ask for a lasting session.",
	},
	On:    on(fromBoth, mqtt.PUBLISH, mqtt.PUBREL),
	Acked: true,
	Odd:   oddCleared,
	Idle:  everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		l := &c.Session.Cleared[r.side]
		if len(*l) == 0 || m.Packet.QoS == 0 {
			return
		}
		r.Exercised()
		p := m.Packet
		i := slices.IndexFunc(*l, func(x session.Exchange) bool { return x.ID == p.ID })
		if i < 0 {
			return
		}
		x := (*l)[i]
		switch {
		case p.Type == mqtt.PUBLISH && !p.Dup:
			*l = slices.Delete(*l, i, i+1) // the identifier is in use again
		case p.Type == mqtt.PUBLISH && p.Dup && c.Fact.Relation == session.New && c.Fact.Exchange.Same(&x):
			r.Related(rules.Ref(x.First)).Related(c.Connect).Violation(m, "PUBLISH with DUP and identifier %d repeats the message of frame %d, which belongs to the session before the clean CONNECT in frame %d", p.ID, x.First.Frame, c.Connect.Frame)
		case p.Type == mqtt.PUBREL && x.Kind == session.QoS2 && (c.Fact.Relation == session.Unknown || c.Fact.Relation == session.Repeated):
			r.Related(rules.Ref(x.First)).Related(c.Connect).Violation(m, "PUBREL with identifier %d goes on with the QoS 2 message of frame %d, which belongs to the session before the clean CONNECT in frame %d", p.ID, x.First.Frame, c.Connect.Frame)
		}
	},
}

// carriedOver reports whether a rule judged before that the message belongs to a
// session that a clean CONNECT has ended.
func carriedOver(c *Conn, r *Reporter) bool {
	return slices.ContainsFunc(c.Session.Cleared[r.side], func(x session.Exchange) bool { return c.Fact.Exchange.Same(&x) })
}

var redeliverClient = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-redeliver-client",
		Clauses:   rules.Clauses{V31: {"§4.2"}, V311: {"MQTT-4.4.0-1"}, V5: {"MQTT-4.4.0-1"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "A client that resumes its session sends again what was not acknowledged",
		Exercised: "A client resumes a session in which messages of its own, seen in the capture, were not acknowledged.",
		Why:       "The message is lost though it was sent with QoS 1 or 2. Blocks without a re-send after reconnecting lose one message at every break of the line.",
		Fix:       "Keep message and identifier until PUBACK or PUBCOMP, and send PUBLISH with DUP (or PUBREL) again after CONNACK; or connect with clean session and repeat the value as a new message.",
	},
	Owes: owesResend,
}

var redeliverServer = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-redeliver-server",
		Clauses:   rules.Clauses{V31: {"§4.2"}, V311: {"MQTT-4.4.0-1"}, V5: {"MQTT-4.4.0-1"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "A server that resumes a session sends again what was not acknowledged",
		Exercised: "A client resumes a session in which messages of the server, seen in the capture, were not acknowledged.",
		Why:       "A command to the PLC is lost though it was sent with QoS 1 or 2.",
		Fix:       "Turn persistence on in the broker and raise its limits for messages in flight.",
	},
	Owes: owesResend,
}

var dupOnRedelivery = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-dup-on-redelivery",
		Clauses:   rules.Clauses{V31: {"§2.1"}, V311: {"MQTT-3.3.1-1"}, V5: {"MQTT-3.3.1-1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A PUBLISH that is sent again has DUP 1",
		Exercised: "A PUBLISH whose first sending is in the capture is sent again before it was acknowledged.",
		Why:       "The receiver cannot tell a repetition from a new value. Either the block repeats without setting the bit, or it takes the identifier of a message that is still waiting for its acknowledgement.",
		Fix:       "Set bit 3 of the first byte on every re-send; take a new identifier for every new message.",
	},
	On:    on(fromBoth, mqtt.PUBLISH),
	Acked: true,
	Odd:   oddRelation,
	Idle:  everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		f := &c.Fact
		if f.Relation != session.Resent || f.Before.Lapsed || f.Before.Phase != session.Sent {
			return
		}
		here := f.Before.Conn == c.serial
		if here && versionOf(c) == mqtt.V5 { // no re-send at all may happen there, which is another rule
			return
		}
		r.Exercised()
		if m.Packet.Dup {
			return
		}
		if !here {
			r.Across()
		}
		r.Related(rules.Ref(f.Before.Last)).At(0).Violation(m, "PUBLISH with identifier %d, topic %s and the payload of frame %d comes again after %s with DUP 0, and frame %d was not acknowledged: a re-send without DUP, or a new message under an identifier that is still in use",
			m.Packet.ID, rules.Excerpt(m.Packet.Topic), f.Before.Last.Frame, rules.Seconds(m.Time-f.Before.Last.Time), f.Before.Last.Frame)
	},
}

var firstSendDup0 = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-first-send-dup0",
		Clauses:   rules.Clauses{V31: {"§2.1"}, V311: {"MQTT-4.3.2-1", "MQTT-4.3.3-1", "MQTT-3.3.1-3"}, V5: {"MQTT-4.3.2-2", "MQTT-4.3.3-2"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "A message that is sent for the first time has DUP 0",
		Exercised: "A PUBLISH of QoS 1 or 2 is sent in a session that is known to be new.",
		Why:       "Receivers that drop repetitions drop the only copy.",
		Fix:       "Set DUP only on a re-send; it is no parameter of the caller.",
	},
	On:    on(fromBoth, mqtt.PUBLISH),
	Acked: true,
	Odd:   oddRelation | oddFresh | oddRepeat,
	When:  whenKnown,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		f := &c.Fact
		if f.Relation != session.New {
			return
		}
		if !m.Packet.Dup {
			if c.Session.Known {
				r.Exercised()
			}
			return
		}
		if c.Session.cut { // the first sending may have broken off with its connection before it got here
			return
		}
		if !f.FirstUse || r.side == client && c.absent || carriedOver(c, r) || c.renumbered(m) != nil {
			return
		}
		r.Exercised()
		if r.side == client {
			r.Across() // a session that the server has lost, the client may still have
		}
		r.At(0).Violation(m, "PUBLISH with DUP 1 and identifier %d, topic %s: the session began in the capture, and this identifier was not in use before", m.Packet.ID, rules.Excerpt(m.Packet.Topic))
	},
}

var orderResend = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-order-resend",
		Clauses:   rules.Clauses{V31: {"§4.3"}, V311: {"MQTT-4.6.0-1"}, V5: {"MQTT-4.6.0-1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "Messages are sent again in their first order",
		Exercised: "Two or more messages whose first sendings are in the capture are sent again.",
		Why:       "An older value overwrites a newer one.",
		Fix:       "Walk through the list of unacknowledged messages in the order of sending, not of identifiers.",
	},
	On:    on(fromBoth, mqtt.PUBLISH),
	Acked: true,
	Odd:   oddRelation,
	Idle:  everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		f := &c.Fact
		if f.Relation != session.Resent || f.Before.Conn == c.serial || f.Before.Lapsed || !c.Session.Resumed {
			return
		}
		if r.side == server && versionOf(c) == mqtt.V5 { // which asks it of clients only
			return
		}
		first, last := f.Before, &c.lastResent[r.side]
		if last.First.Frame != 0 {
			r.Exercised()
		}
		if !first.Precedes(last) {
			*last = first
			return
		}
		if versionOf(c) == mqtt.V31 {
			r.As(rules.Warning)
		}
		r.Related(rules.Ref(first.First)).Related(rules.Ref(last.First)).Across().Violation(m, "the message of frame %d (identifier %d) is sent again behind the one of frame %d (identifier %d), which was first sent later", first.First.Frame, m.Packet.ID, last.First.Frame, last.ID)
	},
}

var unackedKept = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-unacked-kept",
		Clauses:   rules.Clauses{V311: {"MQTT-4.3.2-1", "MQTT-4.3.3-1"}, V5: {"MQTT-4.3.2-3", "MQTT-4.3.3-3", "MQTT-4.3.3-5"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "A message that was not acknowledged keeps its identifier over a reconnect",
		Exercised: "A session is resumed in which a message was not acknowledged.",
		Why:       "The receiver takes the new message for a repetition of the old one: one of the two is lost. Blocks that count identifiers from 1 after each reconnect do this.",
		Fix:       "Keep identifiers and the messages that wait in retentive data, or connect with clean session.",
	},
	On:    on(fromBoth, mqtt.PUBLISH, mqtt.SUBSCRIBE, mqtt.UNSUBSCRIBE),
	Acked: true,
	Odd:   oddRelation,
	Idle:  everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		f := &c.Fact
		if !afresh(c) {
			if c.Session.Resumed && c.Session.Carried[r.side] > 0 && f.Relation == session.Resent && f.Before.Conn != c.serial {
				r.Exercised()
			}
			return
		}
		r.Exercised()
		r.Related(rules.Ref(f.Before.First)).Across().Violation(m, "%s takes identifier %d, which belongs to the %s of frame %d on an earlier connection of this session: it was never acknowledged", m.Packet.Type, m.Packet.ID, f.Before.Kind, f.Before.First.Frame)
	},
}

// afresh reports whether the present packet takes an identifier that the session
// has carried over from an earlier connection. That has a rule of its own.
func afresh(c *Conn) bool {
	f := &c.Fact
	return f.Relation == session.Reused && c.Session.Resumed && f.Before.Conn != c.serial && f.Before.Kind <= session.QoS2 && !f.Before.Expires && versionOf(c) != mqtt.V31
}

var sessionAbsentDiscard5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-session-absent-discard",
		Clauses:   rules.Clauses{V5: {"MQTT-3.2.2-5"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "The client drops its session when the server says that it has none",
		Exercised: "A client with unfinished messages is told by CONNACK that there is no session, and goes on.",
		Why:       "The broker knows nothing of these messages: it stores QoS 2 messages twice, and answers PUBREL with an error.",
		Fix:       "When Session Present is 0, clear what is in flight and send values anew, with DUP 0 and new identifiers.",
	},
	On: on(fromClient, mqtt.PUBLISH, mqtt.PUBREL),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p, f := m.Packet, &c.Fact
		if !c.absent || p.QoS == 0 || m.FirstTime-c.Connack.Time < c.trip() { // it may not have got the CONNACK yet
			return
		}
		r.Exercised()
		old := f.Before.Conn != 0 && f.Before.Conn != c.serial
		switch {
		case p.Type == mqtt.PUBREL && old:
			r.Related(c.Connack).Related(rules.Ref(f.Before.First)).Violation(m, "PUBREL with identifier %d goes on with the message of frame %d, although the CONNACK in frame %d said that there is no session", p.ID, f.Before.First.Frame, c.Connack.Frame)
		case p.Type == mqtt.PUBLISH && p.Dup && (f.Relation == session.Resent && old || f.Relation == session.New && f.FirstUse):
			r.Related(c.Connack).Violation(m, "PUBLISH with DUP 1 and identifier %d, never sent on this connection, although the CONNACK in frame %d said that there is no session", p.ID, c.Connack.Frame)
		}
	},
}
