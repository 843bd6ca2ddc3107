package mqttrules

import (
	"slices"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// reply is the latest SUBACK or UNSUBACK of a server.
type reply struct {
	rules.Ref
	of      mqtt.PacketType
	id      uint16
	filters uint8     // of the packet that it answered
	asked   rules.Ref // that packet
}

// noteReply takes in what an answer m of the server has answered.
func (s *said) noteReply(c *Conn, m *flows.Message) {
	if x := &c.Fact.Before; c.Fact.Relation == session.Answer && !x.Tangled {
		s.reply = reply{ref(m), m.Packet.Type, m.Packet.ID, x.Filters, rules.Ref(x.Last)}
	}
}

// repeatsReply reports whether m answers a packet with several filters again, as
// by a reply for each of them.
func (c *Conn) repeatsReply(m *flows.Message) bool {
	last := &c.said[server].reply
	return c.Fact.Relation == session.Unknown && last.Frame != 0 && last.of == m.Packet.Type && last.id == m.Packet.ID && last.filters > 1
}

var (
	subackSingle   = singleRule("mqtt-suback-single", mqtt.SUBACK, rules.Clauses{V311: {"MQTT-3.8.4-4"}, V5: {"MQTT-3.8.4-5"}})
	unsubackSingle = singleRule("mqtt-unsuback-single", mqtt.UNSUBACK, rules.Clauses{V311: {"MQTT-3.10.4-6"}, V5: {"MQTT-3.10.4-6"}})
)

func singleRule(id string, t mqtt.PacketType, clauses rules.Clauses) *Rule {
	return &Rule{
		Rule: rules.Rule{
			ID:        id,
			Clauses:   clauses,
			Role:      rules.Server,
			Severity:  rules.Error,
			Needs:     rules.Connection,
			Title:     "However many filters, there is one " + t.String(),
			Exercised: "The server answers a request that has two or more filters by " + t.String() + ".",
			Why:       "The client takes the second for the answer to something else.",
			Fix:       "Report it to the broker's maker.",
		},
		On: on(fromServer, t),
		Check: func(c *Conn, m *flows.Message, r *Reporter) {
			if c.Fact.Relation == session.Answer && c.Fact.Before.Filters > 1 {
				r.Exercised()
			} else if last := &c.said[server].reply; c.repeatsReply(m) {
				r.Exercised()
				r.Related(last.asked).Related(last.Ref).Violation(m, "another %s answers the %s in frame %d, which has %d filters; the first is in frame %d", t, question(t), last.asked.Frame, last.filters, last.Frame)
			}
		},
	}
}

var subackOrder = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-suback-order",
		Clauses:   rules.Clauses{V31: {"§3.9"}, V311: {"MQTT-3.9.3-1"}, V5: {"MQTT-3.9.3-1"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "The codes of SUBACK are in the order of the filters",
		Exercised: "The server answers a SUBSCRIBE whose filters ask for different QoS.",
		Why:       "The client takes one filter for refused that was granted, and the other way round.",
		Fix:       "Report it to the broker's maker.",
	},
	On: on(fromServer, mqtt.SUBACK),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		x := answeredSubscribe(c)
		if x == nil || x.Filters < 2 || int(x.Filters) > len(x.Asked) || len(m.Packet.Codes) != int(x.Filters) {
			return
		}
		asked := x.Asked[:x.Filters]
		if slices.Min(asked) == slices.Max(asked) {
			return
		}
		r.Exercised()
		if otherOrder(asked, m.Packet.Codes) {
			r.Related(rules.Ref(x.Last)).At(codesAt(m)).Violation(m, "the codes % x of the SUBACK grant more than was asked to some filters and less to others; the SUBSCRIBE in frame %d asked for QoS % x, which they match in another order", m.Packet.Codes, x.Last.Frame, asked)
		}
	},
}

// otherOrder reports whether codes are what was asked for, in another order: as
// many of each.
func otherOrder(asked, codes []byte) bool {
	var a, b [4]int
	same := true
	for i := range asked {
		if codes[i] > 2 || asked[i] > 2 {
			return false
		}
		a[asked[i]]++
		b[codes[i]]++
		same = same && asked[i] == codes[i]
	}
	return !same && a == b
}

var clientIDBasicAccepted = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-clientid-basic-accepted",
		Clauses:   rules.Clauses{V311: {"MQTT-3.1.3-5"}, V5: {"MQTT-3.1.3-5"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A server accepts client identifiers of 1 to 23 letters and digits",
		Exercised: "The server answers a CONNECT whose client identifier has 1 to 23 letters and digits.",
		Why:       "The PLC cannot log in, and the code blames its identifier.",
		Fix:       "Look for a pattern that the broker demands of identifiers; refusing who is not known has a code of its own.",
	},
	On: on(fromServer, mqtt.CONNACK),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		id := c.Connected.ClientID
		if c.Connects != 1 || c.Connacks != 1 || c.stranger || len(id) < 1 || len(id) > 23 || !alphanumeric(id) {
			return
		}
		r.Exercised()
		if m.Packet.Code == invalidClientID(versionOf(c)) {
			r.Related(c.Connect).At(m.Packet.HeaderLen+1).Violation(m, "CONNACK refuses the client identifier %q of the CONNECT in frame %d, which has %d letters and digits", id, c.Connect.Frame, len(id))
		}
	},
}

func alphanumeric(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; (c < 'a' || c > 'z') && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}

// invalidClientID is the code by which a client identifier is refused.
func invalidClientID(v mqtt.Version) mqtt.ReasonCode {
	if v == mqtt.V5 {
		return 0x85
	}
	return 2
}

var clientIDRefusal = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-clientid-refusal",
		Clauses:   rules.Clauses{V31: {"§3.2"}, V311: {"MQTT-3.1.3-9"}, V5: {"MQTT-3.1.3-8"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A server that refuses a client identifier closes the connection",
		Exercised: "The server refuses a CONNECT for its client identifier.",
		Why:       "The refused client keeps a connection that leads nowhere and says CONNECT on it again.",
		Fix:       "Report it to the broker's maker; let the client close TCP after any code but 0.",
	},
	Owes: owesCloseAfterClientID,
}

var dupOnControl31 = &Rule{
	Rule: rules.Rule{
		ID:        "m31-dup-on-control-resend",
		Clauses:   rules.Clauses{V31: {"§2.1", "§3.6", "§3.8", "§3.10"}},
		Role:      rules.Both,
		Severity:  rules.Warning,
		Needs:     rules.Session,
		Title:     "PUBREL, SUBSCRIBE and UNSUBSCRIBE of 3.1 have DUP 1 when they are sent again, and only then",
		Exercised: "PUBREL, SUBSCRIBE or UNSUBSCRIBE is sent.",
		Why:       "The receiver cannot tell a repetition from a new request.",
		Fix:       "Set bit 3 of the first byte when the packet is repeated.",
	},
	On: on(fromBoth, mqtt.PUBREL, mqtt.SUBSCRIBE, mqtt.UNSUBSCRIBE),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		f, p := &c.Fact, m.Packet
		switch f.Relation {
		case session.Resent:
			if f.Before.Tangled {
				return
			}
			r.Exercised()
			if !p.Dup {
				if f.Before.Conn != c.serial {
					r.Across()
				}
				at := f.Before.Last
				if p.Type == mqtt.PUBREL {
					at = f.Before.Since
				}
				r.Related(rules.Ref(at)).At(0).Violation(m, "%s with identifier %d of frame %d comes again with DUP 0", p.Type, p.ID, at.Frame)
			}
		case session.New:
			if p.Dup && f.FirstUse {
				r.Exercised()
				r.At(0).Violation(m, "%s with identifier %d has DUP 1 and comes for the first time", p.Type, p.ID)
			}
		}
	},
}

var clientAcksAll = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-client-acks-unconditionally",
		Clauses:   rules.Clauses{V311: {"MQTT-4.5.0-2"}, V5: {"MQTT-4.5.0-2"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Timing,
		Title:     "A client acknowledges every message, whatever it makes of it",
		Exercised: "The server sends a PUBLISH of QoS 1 or 2 that the client has cause to dislike, and the connection stays up.",
		Why:       "The broker keeps what is not acknowledged and in the end delivers nothing more. Blocks leave messages unanswered whose topic they do not know, or that came while the buffer was full.",
		Fix:       "Acknowledge on receipt, before the message is looked at.",
	},
	Owes: owesEveryAck,
}

var unsubscribeCompletes = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-unsubscribe-completes-flight",
		Clauses:   rules.Clauses{V311: {"MQTT-3.10.4-3"}, V5: {"MQTT-3.10.4-3"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "A server completes the deliveries that it had begun before UNSUBSCRIBE",
		Exercised: "The client unsubscribes while a delivery of QoS 1 or 2 by the server is unfinished.",
		Why:       "The message hangs half delivered in the PLC and its identifier stays in use.",
		Fix:       "Report it to the broker's maker.",
	},
	Owes: owesCompletion,
}

var qos2RepeatPubrec = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-qos2-repeat-pubrec",
		Clauses:   rules.Clauses{V31: {"§4.1"}, V311: {"MQTT-4.3.3-2"}, V5: {"MQTT-4.3.3-10"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "A QoS 2 PUBLISH that comes again before its PUBREL is answered by PUBREC again",
		Exercised: "A PUBLISH of QoS 2 is repeated before its PUBREL.",
		Why:       "The sender has not got the first PUBREC and never goes on: the message hangs.",
		Fix:       "Answer each QoS 2 PUBLISH by PUBREC, and only pass repetitions on to nobody.",
	},
	Owes: owesPubrecAgain,
}

var unsubackEvenIfNone = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-unsuback-even-if-none",
		Clauses:   rules.Clauses{V311: {"MQTT-3.10.4-5"}, V5: {"MQTT-3.10.4-5"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "UNSUBSCRIBE is answered also when nothing was subscribed",
		Exercised: "The client unsubscribes from what it is known not to have subscribed to.",
		Why:       "A block that clears its subscriptions at the start waits for ever.",
		Fix:       "Report it to the broker's maker; let the client go on after a time-out.",
	},
	Owes: owesIdleUnsuback,
}

// holdsNothing reports whether the client certainly has no subscription: its session
// began with the connection, and it has asked for none.
func (c *Conn) holdsNothing() bool {
	return c.Connected.Clean && c.Connects == 1 && !c.said[client].subscribed
}

var orderServerAcks311 = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-order-server-acks",
		Clauses:   rules.Clauses{V311: {"MQTT-4.6.0-6"}},
		Role:      rules.Server,
		Severity:  rules.Warning,
		Needs:     rules.Connection,
		Title:     "A server acknowledges messages of a topic in the order in which it got them",
		Exercised: "Two or more messages of one QoS wait for the server's acknowledgement at one time.",
		Why:       "Blocks that wait for one acknowledgement after the other take the earlier message for lost. The order of the messages themselves is in doubt.",
		Fix:       "Report it to the broker's maker; send one message at a time where the order matters.",
	},
	On:   on(fromServer, mqtt.PUBACK, mqtt.PUBREC),
	Odd:  oddWait,
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		// Only where all messages have one topic is it certain that the two have.
		if c.Fact.Relation != session.Answer || !c.Fact.Overtaken || c.said[client].topics != 1 {
			return
		}
		r.Exercised()
		if a := &c.Fact.Ahead; a.Answer.Frame != 0 && a.Question.Time >= c.Connect.Time && c.Fact.Before.Conn == c.serial && c.Fact.Before.Sends == 1 {
			own := c.Fact.Before.Last
			r.Related(rules.Ref(own)).Related(rules.Ref(a.Question)).Related(rules.Ref(a.Answer))
			r.Violation(m, "%s %d answers the PUBLISH in frame %d, but comes after %s %d (frame %d), which answers the later PUBLISH in frame %d; all have the same topic",
				m.Packet.Type, m.Packet.ID, own.Frame, m.Packet.Type, a.ID, a.Answer.Frame, a.Question.Frame)
		}
	},
}

// noteTopic counts the topics of a side's messages that are acknowledged: 1, or 2
// for more.
func (s *said) noteTopic(topic []byte) {
	switch {
	case s.topics == 0:
		s.topics, s.topic = 1, append(s.topic[:0], topic...)
	case s.topics == 1 && string(s.topic) != string(topic):
		s.topics = 2
	}
}

// special returns the duty that speaks instead of d about the exchange x of owner,
// because of what else was said until now.
func (c *Conn) special(d Duty, by session.Side, x *session.Exchange, now int64) Duty {
	switch {
	case d == owesPubrec && pubrecWas(x):
		return owesPubrecAgain
	case versionOf(c) == mqtt.V31:
		return d
	}
	switch d {
	case owesPuback, owesPubrec:
		if x.Again && c.said[by].afresh >= x.First.Time {
			return owesAckOfReuse + Duty(x.Kind)
		}
		if last := &c.said[client].answered; by == client && last.ID != 0 && x.Precedes(last) {
			return owesEveryAck
		}
	case owesUnsuback:
		if c.holdsNothing() {
			return owesIdleUnsuback
		}
	case owesPubcomp:
		if expired(x, now) {
			return owesPubcompExpired
		}
	case owesPubrel:
		if expired(x, now) {
			return owesPubrelExpired
		}
		if by == server && c.said[client].unsubscribed > x.First.Time {
			return owesCompletion
		}
	}
	return d
}

// pubrecWas reports whether a PUBREC was seen for an earlier sending of a message
// that waits for one.
func pubrecWas(x *session.Exchange) bool { return x.Sends > 1 && x.Answers > 0 }

// noteAnswer takes in an acknowledgement m of side by, which has fulfilled duty d.
func (e *Engine) noteAnswer(c *Conn, m *flows.Message, d Duty, by session.Side) {
	x := &c.Fact.Before
	switch d {
	case owesPuback, owesPubrec:
		if x.Again {
			e.exercised(c, owesAckOfReuse+Duty(x.Kind), by)
		} else {
			c.said[by].afresh = max(c.said[by].afresh, x.First.Time)
		}
	case owesPubrel, owesPubcomp:
		if expired(x, m.Time) {
			e.exercised(c, owesPubrelExpired+d-owesPubrel, by)
		}
	}
	if d == owesPubrec && pubrecWas(x) {
		e.exercised(c, owesPubrecAgain, by)
	}
	switch {
	case by == client && (d == owesPuback || d == owesPubrec):
		if last := &c.said[client].answered; last.ID == 0 || last.Precedes(x) {
			*last = *x
		}
		e.exercised(c, owesEveryAck, by)
	case d == owesUnsuback && c.holdsNothing():
		e.exercised(c, owesIdleUnsuback, by)
	case by == server && d == owesPubrel && c.said[client].unsubscribed > x.First.Time:
		e.exercised(c, owesCompletion, by)
	}
}
