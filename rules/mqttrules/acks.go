package mqttrules

import (
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

var packetIDUnusedClient = &Rule{
	Rule: rules.Rule{
		ID: "mqtt-packet-id-unused-client",
		Clauses: rules.Clauses{
			V31:  {"§2.4"},
			V311: {"MQTT-2.3.1-2", "MQTT-4.3.2-1", "MQTT-4.3.3-1"},
			V5:   {"MQTT-2.2.1-3", "MQTT-4.3.2-1", "MQTT-4.3.3-1"},
		},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A client does not reuse an identifier that is still in flight",
		Exercised: "The client sends a packet that takes an identifier, on a connection that is captured from its start.",
		Why:       "The acknowledgement can belong to either packet, so a lost message goes unnoticed; of QoS 2 messages the broker drops the second as a repetition.",
		Fix:       "Count the identifier up with each packet, and wait for the acknowledgement before it is used again.",
	},
	On:    on(fromClient, mqtt.PUBLISH, mqtt.SUBSCRIBE, mqtt.UNSUBSCRIBE),
	Acked: true,
	Odd:   oddRelation | oddFresh,
	Check: judgeIdentifier,
}

var packetIDUnusedServer = &Rule{
	Rule: rules.Rule{
		ID: "mqtt-packet-id-unused-server",
		Clauses: rules.Clauses{
			V31:  {"§2.4"},
			V311: {"MQTT-2.3.1-4", "MQTT-4.3.2-1", "MQTT-4.3.3-1"},
			V5:   {"MQTT-2.2.1-4", "MQTT-4.3.2-1", "MQTT-4.3.3-1"},
		},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A server does not reuse an identifier that is still in flight",
		Exercised: "The server sends PUBLISH of QoS 1 or 2 on a connection that is captured from its start.",
		Why:       "The acknowledgement can belong to either message; of QoS 2 messages the client drops the second as a repetition.",
		Fix:       "Report it to the broker's maker; limit the messages in flight to the client in the broker's configuration.",
	},
	On:    on(fromServer, mqtt.PUBLISH),
	Acked: true,
	Odd:   oddRelation | oddFresh,
	Check: judgeIdentifier,
}

func judgeIdentifier(c *Conn, m *flows.Message, r *Reporter) {
	from, p, fact := side(m), m.Packet, &c.Fact
	if fact.Relation == session.Apart || c.Session.Flights[from].Taken < 2 {
		return
	}
	r.Exercised()
	again := fact.Relation == session.Resent && !p.Dup && fact.Before.Phase == session.Released
	if fact.Relation != session.Reused && !again {
		return
	}
	was := &fact.Before
	if was.Tangled || was.Expires && was.Conn != c.serial || afresh(c) {
		return // it cannot be told, or another rule says it
	}
	if was.Conn != c.serial {
		r.Across()
	}
	d, _ := owed(was, from)
	r.Related(rules.Ref(was.Last)).Violation(m, "%s takes identifier %d, %s after the %s in frame %d took it; that one is not over (%s yet)",
		p.Type, p.ID, rules.Seconds(m.Time-was.Last.Time), was.Kind, was.Last.Frame, dutyTexts[d])
}

var ackIDMatchesPublish = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-ack-id-matches-publish",
		Clauses:   rules.Clauses{V31: {"§2.4"}, V311: {"MQTT-2.3.1-6"}, V5: {"MQTT-2.2.1-5"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "PUBACK, PUBREC, PUBREL and PUBCOMP carry the identifier of a message in flight",
		Exercised: "PUBACK, PUBREC, PUBREL or PUBCOMP is sent on a connection, or in a session, that is captured from its start.",
		Why:       "The message that should have been acknowledged stays open and is sent again after the next connect.",
		Fix:       "Take the identifier from the message received: it stands behind the topic, whose start depends on how many bytes the Remaining Length takes.",
	},
	On:  on(fromBoth, mqtt.PUBACK, mqtt.PUBREC, mqtt.PUBREL, mqtt.PUBCOMP),
	Odd: oddRelation,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p, fact, from := m.Packet, &c.Fact, side(m)
		owner := from.Peer()
		if p.Type == mqtt.PUBREL {
			owner = from
		}
		switch fact.Relation {
		case session.Apart:
		case session.Unknown:
			if c.Session.Flights[owner].Forgotten > 0 || c.onlyQoS0(p.Type, owner) || p.Reason == 0x92 || c.spoiled(owner) {
				return
			}
			r.Exercised()
			r.Across()
			if last := c.said[owner].last; last.Frame != 0 && last.id != p.ID {
				hint := ""
				if last.remaining > 127 && p.Type != mqtt.PUBREL {
					hint = "; its Remaining Length takes more than one byte, so that the identifier may have been read from the wrong place"
				}
				r.Related(last.Ref).Violation(m, "%s with identifier %d, but no message with it is in flight; the last of the %s, in frame %d, has identifier %d%s", p.Type, p.ID, owner, last.Frame, last.id, hint)
				return
			}
			r.Violation(m, "%s with identifier %d, but no message of the %s with it is in flight", p.Type, p.ID, owner)
		case session.Mismatch:
			x := fact.Exchange
			if x.Tangled && p.Type != mqtt.PUBREL || wrongAnswer(p.Type, &fact.Before) {
				return
			}
			r.Exercised()
			if fact.Before.Conn != c.serial || p.Type == mqtt.PUBREL { // PUBREC may have answered a sending of before
				r.Across()
			}
			d, _ := owed(&fact.Before, owner)
			r.Related(rules.Ref(fact.Before.Last)).Violation(m, "%s with identifier %d, which the %s in frame %d has in use (%s yet)", p.Type, p.ID, fact.Before.Kind, fact.Before.Last.Frame, dutyTexts[d])
		default:
			r.Exercised()
		}
	},
}

// spoiled reports whether side s has sent a PUBLISH that its receiver had to close
// for. It is no exchange, but may be acknowledged as one; that has a rule of its own.
func (c *Conn) spoiled(s session.Side) bool {
	o := &c.offences[s.Peer()]
	return o.state != noOffence && o.of == mqtt.PUBLISH || c.said[s].qos3
}

// wrongAnswer reports whether an acknowledgement of type t is the one of the
// other quality of service, which the rule about the right one reports.
func wrongAnswer(t mqtt.PacketType, x *session.Exchange) bool {
	return t == mqtt.PUBACK && x.Kind == session.QoS2 || t == mqtt.PUBREC && x.Kind == session.QoS1
}

// onlyQoS0 reports whether an acknowledgement of type t that answers nothing can
// only have been caused by QoS 0 messages of side s.
func (c *Conn) onlyQoS0(t mqtt.PacketType, s session.Side) bool {
	said := &c.said[s]
	return (t == mqtt.PUBACK || t == mqtt.PUBREC) && said.qos0.Frame != 0 && said.last.Frame == 0
}

var qos0NoAck = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-qos0-no-ack",
		Clauses:   rules.Clauses{V31: {"§3.3", "§4.1"}, V311: {"MQTT-3.3.4-1"}, V5: {"MQTT-3.3.4-1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A QoS 0 PUBLISH is not acknowledged",
		Exercised: "A PUBLISH of QoS 0 is received.",
		Why:       "It has no identifier: two bytes of its payload are taken for one. The sender gets an acknowledgement that fits nothing.",
		Fix:       "Look at bits 1 and 2 of the first byte before a PUBLISH is acknowledged.",
	},
	On:   on(fromBoth, mqtt.PUBLISH, mqtt.PUBACK, mqtt.PUBREC),
	Odd:  oddRelation | oddUnacked,
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p, peer := m.Packet, side(m).Peer()
		switch {
		case p.Type == mqtt.PUBLISH:
			if p.QoS == 0 {
				r.Of(peer).Exercised()
			}
		case c.Fact.Relation == session.Unknown && c.onlyQoS0(p.Type, peer) && c.Session.Flights[peer].Forgotten == 0:
			last := c.said[peer].qos0
			r.Across().Related(last).Violation(m, "%s with identifier %d, though the %s has sent only QoS 0 messages (the last in frame %d), which have no identifier", p.Type, p.ID, peer, last.Frame)
		}
	},
}

var qos1Puback = &Rule{
	Rule: rules.Rule{
		ID: "mqtt-qos1-puback",
		Clauses: rules.Clauses{
			V31:  {"§3.3", "§4.1"},
			V311: {"MQTT-3.3.4-1", "MQTT-4.3.2-2"},
			V5:   {"MQTT-3.3.4-1", "MQTT-4.3.2-4"},
		},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Timing,
		Title:     "A QoS 1 PUBLISH is answered by PUBACK",
		Exercised: "A PUBLISH of QoS 1 is received, and the connection lasts long enough for the answer.",
		Why:       "The sender keeps the message, stops when its window is full, and sends it again after the next connect. Blocks lose a PUBACK when a ping or a second packet comes in between.",
		Fix:       "Queue every answer that is owed instead of keeping one command variable; receive with the whole Remaining Length, also above 127.",
	},
	Owes:  owesPuback,
	On:    on(fromBoth, mqtt.PUBREC),
	Odd:   oddRelation,
	Idle:  everything,
	Check: judgeAnswer,
}

var qos2Pubrec = &Rule{
	Rule: rules.Rule{
		ID: "mqtt-qos2-pubrec",
		Clauses: rules.Clauses{
			V31:  {"§3.3", "§4.1"},
			V311: {"MQTT-3.3.4-1", "MQTT-4.3.3-2"},
			V5:   {"MQTT-3.3.4-1", "MQTT-4.3.3-8"},
		},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Timing,
		Title:     "A QoS 2 PUBLISH is answered by PUBREC",
		Exercised: "A PUBLISH of QoS 2 is received, and the connection lasts long enough for the answer.",
		Why:       "The sender keeps the message and sends it again after the next connect. Many blocks do not know QoS 2 in the receiving direction.",
		Fix:       "Subscribe with QoS 1 when the block does not support QoS 2.",
	},
	Owes:  owesPubrec,
	On:    on(fromBoth, mqtt.PUBACK),
	Odd:   oddRelation,
	Idle:  everything,
	Check: judgeAnswer,
}

// judgeAnswer finds the acknowledgement of the other quality of service.
func judgeAnswer(c *Conn, m *flows.Message, r *Reporter) {
	fact := &c.Fact
	if fact.Relation != session.Mismatch || fact.Before.Tangled || !wrongAnswer(m.Packet.Type, &fact.Before) {
		return
	}
	fact.Exchange.Overdue = true // it need not be missed as well
	r.Exercised()
	r.Related(rules.Ref(fact.Before.Last)).Violation(m, "%s answers the %s in frame %d (identifier %d)", m.Packet.Type, fact.Before.Kind, fact.Before.Last.Frame, m.Packet.ID)
}

var qos2Pubrel = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-qos2-pubrel",
		Clauses:   rules.Clauses{V31: {"§3.5", "§4.1"}, V311: {"MQTT-4.3.3-1"}, V5: {"MQTT-4.3.3-4"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Timing,
		Title:     "PUBREC is answered by PUBREL",
		Exercised: "A PUBREC for a message of one's own is received, and the connection lasts long enough for the answer.",
		Why:       "Many receivers pass a QoS 2 message on only when PUBREL comes. Blocks lose it when a ping overwrites the command to be sent.",
		Fix:       "Queue every answer that is owed instead of keeping one command variable.",
	},
	Owes: owesPubrel,
	On:   on(fromBoth, mqtt.PUBREL),
	Odd:  oddRelation,
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if c.Fact.Refused {
			r.Exercised()
			r.Violation(m, "PUBREL with identifier %d, though the PUBREC has refused the message (reason 0x80 or above) and so ended the exchange", m.Packet.ID)
		}
	},
}

var qos2Pubcomp = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-qos2-pubcomp",
		Clauses:   rules.Clauses{V31: {"§3.6", "§4.1"}, V311: {"MQTT-4.3.3-2"}, V5: {"MQTT-4.3.3-11"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Timing,
		Title:     "PUBREL is answered by PUBCOMP",
		Exercised: "A PUBREL is received, and the connection lasts long enough for the answer.",
		Why:       "The identifier stays in use at the sender, which in the end cannot send any more.",
		Fix:       "Answer each PUBREL, also one whose identifier is not known.",
	},
	Owes: owesPubcomp,
}

var noPublishAfterPubrel = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-qos2-no-publish-after-pubrel",
		Clauses:   rules.Clauses{V31: {"§4.1"}, V311: {"MQTT-4.3.3-1"}, V5: {"MQTT-4.3.3-6"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A QoS 2 PUBLISH is not sent again after its PUBREL",
		Exercised: "A PUBREL is sent.",
		Why:       "The receiver has released the identifier and takes the repetition for a new message: it is processed twice.",
		Fix:       "Once PUBREC has come, repeat only PUBREL.",
	},
	On:    on(fromBoth, mqtt.PUBLISH, mqtt.PUBREL),
	Acked: true,
	Odd:   oddRelation | oddFresh,
	Idle:  on(fromBoth, mqtt.PUBLISH),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		fact := &c.Fact
		switch {
		case m.Packet.Type == mqtt.PUBREL:
			if fact.Relation == session.Answer {
				r.Exercised()
			}
		case afterPubrel(fact) && m.Packet.Dup && !fact.Before.Tangled:
			if fact.Before.Conn != c.serial {
				r.Across()
			}
			r.Related(rules.Ref(fact.Before.Since)).Violation(m, "PUBLISH with identifier %d and DUP 1 is sent again, after its PUBREL in frame %d", m.Packet.ID, fact.Before.Since.Frame)
			fact.Exchange.Tangled = true // what follows is no fault of its own
		}
	},
}

// afterPubrel reports whether a PUBLISH repeats one whose PUBREL was sent.
func afterPubrel(f *session.Fact) bool {
	return f.Relation == session.Resent && f.Before.Phase == session.Released
}

var resendInConnection = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-resend-in-connection",
		Clauses:   rules.Clauses{V31: {"§4.2"}, V311: {"§4.4"}},
		Role:      rules.Both,
		Severity:  rules.Info,
		Needs:     rules.Connection,
		Title:     "Messages are not sent again on the connection that they were sent on",
		Exercised: "A PUBLISH of QoS 1 or 2, or a PUBREL, is sent and waits for its answer.",
		Why:       "Lawful before MQTT 5 (and usual in 3.1), but TCP loses nothing: a timer that is shorter than the broker's answer doubles the load.",
		Fix:       "Repeat unanswered messages after a reconnect only, or make the timer longer.",
	},
	On:    on(fromBoth, mqtt.PUBLISH, mqtt.PUBACK, mqtt.PUBREC, mqtt.PUBREL, mqtt.PUBCOMP),
	Acked: true,
	Odd:   oddRelation | oddWait,
	Idle:  everything,
	Check: judgeResend,
}

var noResendInConnection5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-no-resend-in-connection",
		Clauses:   rules.Clauses{V5: {"MQTT-4.4.0-1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "Messages are not sent again on the connection that they were sent on",
		Exercised: "A PUBLISH of QoS 1 or 2, or a PUBREL, is sent and waits for its answer.",
		Why:       "MQTT 5 forbids it: TCP loses nothing, and the message may be processed twice.",
		Fix:       "Remove the retry timer; repeat unanswered messages after a reconnect only.",
	},
	On:    on(fromBoth, mqtt.PUBLISH, mqtt.PUBACK, mqtt.PUBREC, mqtt.PUBREL, mqtt.PUBCOMP),
	Acked: true,
	Odd:   oddRelation | oddWait,
	Idle:  everything,
	Check: judgeResend,
}

func judgeResend(c *Conn, m *flows.Message, r *Reporter) {
	p, fact, from := m.Packet, &c.Fact, side(m)
	switch fact.Relation {
	case session.Answer:
		if p.Type != mqtt.PUBREL && fact.Waited > second {
			r.Of(from.Peer()).Exercised() // it had the time to be impatient
		}
		return
	case session.Resent, session.Crossed:
	default:
		return
	}
	was := &fact.Before
	// Without DUP it is either that which is wrong or the identifier, and before 5.0
	// another rule says so.
	bare := !p.Dup && (versionOf(c) != mqtt.V5 || fact.Relation == session.Crossed)
	if was.Conn != c.serial || was.Tangled || p.Type == mqtt.PUBLISH && (afterPubrel(fact) || bare || c.retransmits(m) != nil) {
		return
	}
	at := was.Last
	if p.Type == mqtt.PUBREL {
		at = was.Since
	}
	if at.Time < c.Connect.Time { // its answer came here again, and has moved the exchange
		return
	}
	r.Exercised()
	r.Related(rules.Ref(at)).Violation(m, "%s with identifier %d is sent again, %s after frame %d of the same connection", p.Type, p.ID, rules.Seconds(m.Time-at.Time), at.Frame)
}

var pubrelFlags = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-pubrel-flags",
		Clauses:   rules.Clauses{V311: {"MQTT-3.6.1-1"}, V5: {"MQTT-3.6.1-1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "PUBREL begins with 0x62",
		Exercised: "PUBREL is sent.",
		Why:       "The receiver must close the connection.",
		Fix:       "Send 0x62 as the first byte of PUBREL, also of a repeated one.",
	},
	On:          on(fromBoth, mqtt.PUBREL),
	OnMalformed: true,
	Odd:         oddFlags,
	Check:       judgeFlags,
}

// judgeFlags judges the packets whose flags must be 2 since 3.1.1.
func judgeFlags(c *Conn, m *flows.Message, r *Reporter) {
	r.Exercised()
	p := m.Packet
	if want := p.Type.FixedFlags(); p.Flags != want {
		r.At(0).Violation(m, "the first byte of %s is 0x%02x; it must be 0x%02x", p.Type, m.Bytes[0], byte(p.Type)<<4|want)
	}
}

var pubrelQoS31 = &Rule{
	Rule: rules.Rule{
		ID:        "m31-pubrel-qos1",
		Clauses:   rules.Clauses{V31: {"§3.6"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A 3.1 PUBREL has QoS 1",
		Exercised: "PUBREL is sent.",
		Why:       "Brokers close the connection at other flags.",
		Fix:       "Send 0x62 as the first byte of PUBREL, 0x6A when it is repeated.",
	},
	On:          on(fromBoth, mqtt.PUBREL),
	OnMalformed: true,
	Odd:         oddFlags,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		if p := m.Packet; p.QoS != 1 || p.Retain {
			r.At(0).Violation(m, "the first byte of PUBREL is 0x%02x (QoS %d, RETAIN %t); 3.1 lays down QoS 1 and RETAIN 0", m.Bytes[0], p.QoS, p.Retain)
		}
	},
}

// judgeQoS31 judges SUBSCRIBE and UNSUBSCRIBE of 3.1; DUP is free, RETAIN is the
// business of another rule.
func judgeQoS31(c *Conn, m *flows.Message, r *Reporter) {
	r.Exercised()
	if p := m.Packet; p.QoS != 1 {
		r.At(0).Violation(m, "the first byte of %s is 0x%02x (QoS %d); 3.1 lays down QoS 1", p.Type, m.Bytes[0], p.QoS)
	}
}

var (
	pubackCode  = reasonRule("m5-puback-code", "MQTT-3.4.2-1", mqtt.PUBACK)
	pubrecCode  = reasonRule("m5-pubrec-code", "MQTT-3.5.2-1", mqtt.PUBREC)
	pubrelCode  = reasonRule("m5-pubrel-code", "MQTT-3.6.2-1", mqtt.PUBREL)
	pubcompCode = reasonRule("m5-pubcomp-code", "MQTT-3.7.2-1", mqtt.PUBCOMP)
)

// reasonRule is the rule that the reason codes of an acknowledgement are defined.
func reasonRule(id, clause string, t mqtt.PacketType) *Rule {
	return &Rule{
		Rule: rules.Rule{
			ID:        id,
			Clauses:   rules.Clauses{V5: {clause}},
			Role:      rules.Both,
			Severity:  rules.Error,
			Needs:     rules.Packet,
			Title:     "The reason code of " + t.String() + " is one that is defined for it",
			Exercised: t.String() + " is sent.",
			Why:       "The receiver closes the connection with reason 0x81 or 0x82.",
			Fix:       "Send 0x00, or leave reason code and properties out (Remaining Length 2), unless there is a failure to report.",
		},
		On:  on(fromBoth, t),
		Odd: oddReason,
		Check: func(c *Conn, m *flows.Message, r *Reporter) {
			r.Exercised()
			p := m.Packet
			if p.HasReason && !mqtt.ValidReason(t, !m.FromClient, p.Reason) {
				r.At(p.HeaderLen+2).Violation(m, "%s of the %s with reason code 0x%02x (%s), which is not defined for it", t, side(m), uint8(p.Reason), p.Reason)
			}
		},
	}
}

var (
	orderPuback = orderRule("mqtt-order-puback", "MQTT-4.6.0-2", mqtt.PUBACK, "PUBLISH", "QoS 1 messages")
	orderPubrec = orderRule("mqtt-order-pubrec", "MQTT-4.6.0-3", mqtt.PUBREC, "PUBLISH", "QoS 2 messages")
	orderPubrel = orderRule("mqtt-order-pubrel", "MQTT-4.6.0-4", mqtt.PUBREL, "PUBREC", "PUBRECs")
)

// orderRule is the rule that answers of type t come in the order of what they
// answer.
func orderRule(id, clause string, t mqtt.PacketType, question, questions string) *Rule {
	return &Rule{
		Rule: rules.Rule{
			ID:        id,
			Clauses:   rules.Clauses{V311: {clause}, V5: {clause}},
			Role:      rules.Client,
			Severity:  rules.Error,
			Needs:     rules.Connection,
			Title:     "A client sends " + t.String() + " in the order in which it got the " + questions,
			Exercised: "Two or more " + questions + " wait for the client's answer at one time.",
			Why:       "Brokers that keep their messages in a queue may take the first in it for acknowledged, and messages can change their order.",
			Fix:       "Answer from a first-in, first-out queue.",
		},
		On:   on(fromClient, t),
		Odd:  oddWait,
		Idle: everything,
		Check: func(c *Conn, m *flows.Message, r *Reporter) {
			if c.Fact.Relation != session.Answer || !c.Fact.Overtaken {
				return
			}
			r.Exercised()
			if a := &c.Fact.Ahead; a.Answer.Frame != 0 {
				own := c.Fact.Before.Last
				if t == mqtt.PUBREL {
					own = c.Fact.Before.Since
				}
				r.Related(rules.Ref(own)).Related(rules.Ref(a.Question)).Related(rules.Ref(a.Answer))
				r.Violation(m, "%s %d answers the %s in frame %d, but comes after %s %d (frame %d), which answers the later %s in frame %d",
					t, m.Packet.ID, question, own.Frame, t, a.ID, a.Answer.Frame, question, a.Question.Frame)
			}
		},
	}
}

var receiveMaximumClient = &Rule{
	Rule: rules.Rule{
		ID:        "m5-receive-maximum-client",
		Clauses:   rules.Clauses{V5: {"MQTT-3.3.4-7", "MQTT-4.9.0-1", "MQTT-4.9.0-2"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A client has no more messages in flight than the server's Receive Maximum",
		Exercised: "The client publishes at QoS 1 or 2 on a connection whose CONNACK is in the capture.",
		Why:       "The server closes with reason 0x93.",
		Fix:       "Read Receive Maximum from CONNACK and wait for acknowledgements before more is sent.",
	},
	On:    on(fromClient, mqtt.PUBLISH),
	Acked: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if c.Connacks == 0 || m.Time-c.Connack.Time <= 2*c.trip() {
			return // it may have been sent before CONNACK came
		}
		judgeQuota(c, m, r)
	},
}

var receiveMaximumServer = &Rule{
	Rule: rules.Rule{
		ID:        "m5-receive-maximum-server",
		Clauses:   rules.Clauses{V5: {"MQTT-3.3.4-9", "MQTT-4.9.0-1", "MQTT-4.9.0-2"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A server has no more messages in flight than the client's Receive Maximum",
		Exercised: "The server publishes at QoS 1 or 2 on a connection whose CONNECT is in the capture.",
		Why:       "A PLC announces the few messages that it has room for; more are lost.",
		Fix:       "Report it to the broker's maker; lower the number of messages in flight in its configuration.",
	},
	On:    on(fromServer, mqtt.PUBLISH),
	Acked: true,
	Check: judgeQuota,
}

func judgeQuota(c *Conn, m *flows.Message, r *Reporter) {
	if c.Fact.Relation == session.Apart {
		return
	}
	r.Exercised()
	from := side(m)
	limit := c.said[from.Peer()].limit()
	if open := c.said[from].open; open > limit {
		r.Violation(m, "this PUBLISH (identifier %d) is number %d in flight; the %s allows %d (Receive Maximum)", m.Packet.ID, open, from.Peer(), limit)
	}
}

// limit is the Receive Maximum that a side has announced.
func (s *said) limit() int {
	if s.receiveMax == 0 {
		return 65535
	}
	return int(s.receiveMax)
}

// count follows the send quota of 5.0 section 4.9 over the packet p.
func (c *Conn) count(from session.Side, p *mqtt.Packet) {
	mine, theirs := &c.said[from], &c.said[from.Peer()]
	switch p.Type {
	case mqtt.PUBLISH:
		switch c.Fact.Relation {
		case session.Resent:
			if c.Fact.Before.Conn == c.serial {
				break
			}
			fallthrough
		case session.New, session.Reused, session.Crossed:
			mine.open++
		}
	case mqtt.PUBREC:
		if !p.Reason.Failure() {
			return
		}
		fallthrough
	case mqtt.PUBACK, mqtt.PUBCOMP:
		theirs.open = max(theirs.open-1, 0)
	}
}
