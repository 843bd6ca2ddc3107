package mqttrules

import (
	"bytes"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// terms are what a side of a 5.0 connection has announced in CONNECT or CONNACK
// about what it takes, for the other side to respect.
type terms struct {
	known     bool
	maxPacket uint32 // bytes, with the fixed header; 0 is no limit
	aliasMax  uint16
	maxQoS    mqtt.QoS
	limitsQoS bool // Maximum QoS was there

	noRetain, noWildcard, noSubID, noShared bool // features that the server has not

	wantsResponse bool // the client asked for Response Information
	hidesProblems bool // it does not want to be told about problems
}

// termsOf reads the properties of a CONNECT or CONNACK.
func termsOf(p *mqtt.Packet) terms {
	t := terms{known: true, maxQoS: 2}
	for x := range p.Props.All() {
		off := x.Num == 0
		switch x.ID {
		case mqtt.MaximumPacketSize:
			t.maxPacket = x.Num
		case mqtt.TopicAliasMaximum:
			t.aliasMax = uint16(x.Num)
		case mqtt.MaximumQoS:
			t.maxQoS, t.limitsQoS = mqtt.QoS(min(x.Num, 2)), true
		case mqtt.RetainAvailable:
			t.noRetain = off
		case mqtt.WildcardSubscriptionAvailable:
			t.noWildcard = off
		case mqtt.SubscriptionIdentifierAvailable:
			t.noSubID = off
		case mqtt.SharedSubscriptionAvailable:
			t.noShared = off
		case mqtt.RequestResponseInformation:
			t.wantsResponse = !off
		case mqtt.RequestProblemInformation:
			t.hidesProblems = off
		}
	}
	return t
}

// exceeded reports whether m is more than the terms of its receiver allow.
func (t *terms) exceeded(m *flows.Message) bool {
	p := m.Packet
	return t.maxPacket != 0 && uint32(sizeOf(m)) > t.maxPacket ||
		p.Type == mqtt.PUBLISH && (p.QoS > t.maxQoS || p.Retain && t.noRetain)
}

func sizeOf(m *flows.Message) int { return len(m.Bytes) + m.Skipped }

// heard returns the terms of the receiver of m if the sender must have known them
// when it sent m: what a client sends while CONNACK is on its way is no fault.
func (c *Conn) heard(m *flows.Message) (*terms, bool) {
	from := side(m)
	t := &c.terms[from.Peer()]
	if !t.known || c.Connects != 1 || c.Connacks > 1 {
		return nil, false
	}
	if from == client && (!c.Accepted || m.FirstTime-c.Connack.Time <= 2*c.trip()) {
		return nil, false
	}
	return t, true
}

// published reports whether side s has sent a PUBLISH.
func (c *Conn) published(s session.Side) bool {
	return c.said[s].qos0.Frame|c.said[s].last.Frame != 0
}

// limit5 is what rules about announced limits have in common.
func limit5(id string, role rules.Role, title, exercised string, clauses ...string) rules.Rule {
	r := rules.Rule{
		ID:        id,
		Clauses:   rules.Clauses{V5: clauses},
		Role:      role,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     title,
		Exercised: exercised,
		Why:       "The receiver closes the connection or drops the packet: a PLC announces what it has room for.",
		Fix:       "Report it to the broker's maker; raise the limit that the client announces if it can.",
	}
	if role != rules.Server {
		r.Why = "The server closes the connection with a reason that the PLC seldom shows."
		r.Fix = "Read the properties of CONNACK and keep to them."
	}
	return r
}

var (
	maxPacketServer5 = maxPacketRule("m5-max-packet-size-server", "MQTT-3.1.2-24", rules.Server, fromServer, "A server sends no packet above the client's Maximum Packet Size",
		"The server sends a packet to a client that has announced a Maximum Packet Size.")
	maxPacketClient5 = maxPacketRule("m5-max-packet-size-client", "MQTT-3.2.2-15", rules.Client, fromClient, "A client sends no packet above the server's Maximum Packet Size",
		"The client sends a packet to a server that has announced a Maximum Packet Size.")
)

func maxPacketRule(id, clause string, role rules.Role, by sides, title, exercised string) *Rule {
	sender := judged(role, server)
	return &Rule{
		Rule: limit5(id, role, title, exercised, clause),
		On:   on(by),
		Odd:  oddLimit,
		Idle: everything,
		Check: func(c *Conn, m *flows.Message, r *Reporter) {
			t, ok := c.heard(m)
			if !ok || t.maxPacket == 0 || uint32(sizeOf(m)) <= t.maxPacket {
				return
			}
			if p := m.Packet; p.Type != mqtt.PUBLISH && p.Type != mqtt.CONNECT {
				_, reason := p.Props.Find(mqtt.ReasonString)
				_, user := p.Props.Find(mqtt.UserProperty)
				if reason || user {
					return // rules of their own
				}
			}
			r.Exercised()
			r.Violation(m, "%s has %d bytes; the %s takes %d (Maximum Packet Size)", m.Packet.Type, sizeOf(m), sender.Peer(), t.maxPacket)
		},
		Closed: func(c *Conn, r *Reporter) {
			if c.terms[sender.Peer()].maxPacket != 0 && c.Accepted && c.Sides[sender].Packets > 1 {
				r.Exercised()
			}
		},
	}
}

var (
	reasonStringFits5 = fitsRule("m5-reason-string-fits", mqtt.ReasonString, "A Reason String does not make a packet too large for its receiver",
		"MQTT-3.2.2-19", "MQTT-3.4.2-2", "MQTT-3.5.2-2", "MQTT-3.6.2-2", "MQTT-3.7.2-2", "MQTT-3.9.2-1", "MQTT-3.11.2-1", "MQTT-3.14.2-3", "MQTT-3.15.2-2")
	userPropertyFits5 = fitsRule("m5-user-property-fits", mqtt.UserProperty, "User Properties do not make a packet too large for its receiver",
		"MQTT-3.2.2-20", "MQTT-3.4.2-3", "MQTT-3.5.2-3", "MQTT-3.6.2-3", "MQTT-3.7.2-3", "MQTT-3.9.2-2", "MQTT-3.11.2-2", "MQTT-3.14.2-4", "MQTT-3.15.2-3")
)

func fitsRule(id string, property mqtt.PropertyID, title string, clauses ...string) *Rule {
	return &Rule{
		Rule: limit5(id, rules.Both, title, "A "+property.String()+" is sent to somebody who has announced a Maximum Packet Size.", clauses...),
		On:   on(fromBoth, mqtt.CONNACK, mqtt.PUBACK, mqtt.PUBREC, mqtt.PUBREL, mqtt.PUBCOMP, mqtt.SUBACK, mqtt.UNSUBACK, mqtt.DISCONNECT, mqtt.AUTH),
		Odd:  oddProperties,
		Idle: everything,
		Check: func(c *Conn, m *flows.Message, r *Reporter) {
			t, ok := c.heard(m)
			if !ok || t.maxPacket == 0 {
				return
			}
			x, ok := m.Packet.Props.Find(property)
			if !ok {
				return
			}
			r.Exercised()
			if uint32(sizeOf(m)) <= t.maxPacket {
				return
			}
			if _, reason := m.Packet.Props.Find(mqtt.ReasonString); reason && property == mqtt.UserProperty {
				return // one finding is enough
			}
			r.At(x.Offset).Violation(m, "%s has %d bytes with its %s; the %s takes %d (Maximum Packet Size)", m.Packet.Type, sizeOf(m), property, side(m).Peer(), t.maxPacket)
		},
	}
}

var (
	aliasMaxServer5 = aliasRule("m5-topic-alias-server-max", rules.Server, fromServer, true, "A server's topic aliases stay within the client's maximum",
		"The server uses a topic alias, and the client's CONNECT allows some.", "MQTT-3.1.2-26", "MQTT-3.3.2-11")
	aliasNoneServer5 = aliasRule("m5-topic-alias-server-none", rules.Server, fromServer, false, "A server uses no topic alias unless the client allows it",
		"The server publishes with properties to a client that allows no topic alias.", "MQTT-3.1.2-27")
	aliasMaxClient5 = aliasRule("m5-topic-alias-client-max", rules.Client, fromClient, true, "A client's topic aliases stay within the server's maximum",
		"The client uses a topic alias, and the server's CONNACK allows some.", "MQTT-3.2.2-17", "MQTT-3.3.2-9")
	aliasNoneClient5 = aliasRule("m5-topic-alias-client-none", rules.Client, fromClient, false, "A client uses no topic alias unless the server allows it",
		"The client publishes with properties to a server that allows no topic alias.", "MQTT-3.2.2-18")
)

// aliasRule judges topic aliases of one side, where the other allows some or none.
func aliasRule(id string, role rules.Role, by sides, some bool, title, exercised string, clauses ...string) *Rule {
	sender := judged(role, server)
	return &Rule{
		Rule: limit5(id, role, title, exercised, clauses...),
		On:   on(by, mqtt.PUBLISH),
		Odd:  oddProperties,
		Idle: everything,
		Check: func(c *Conn, m *flows.Message, r *Reporter) {
			t, ok := c.heard(m)
			b := c.properties(m)
			if !ok || !b.alias || (t.aliasMax > 0) != some {
				return
			}
			r.Exercised()
			switch {
			case b.aliasIs <= t.aliasMax:
			case some:
				r.Violation(m, "PUBLISH has the Topic Alias %d; the %s allows 1 to %d", b.aliasIs, sender.Peer(), t.aliasMax)
			default:
				r.Violation(m, "PUBLISH has the Topic Alias %d; the %s allows none", b.aliasIs, sender.Peer())
			}
		},
		Closed: func(c *Conn, r *Reporter) {
			t := &c.terms[sender.Peer()]
			if t.known && (t.aliasMax > 0) == some && c.Accepted && c.published(sender) {
				r.Exercised()
			}
		},
	}
}

var (
	aliasAcceptsClient5 = aliasAcceptsRule("m5-topic-alias-client-accepts", "MQTT-3.3.2-10", rules.Client, fromClient, "A client accepts every topic alias that it has allowed",
		"The server uses an alias that the client has allowed, and the client says why it leaves.")
	aliasAcceptsServer5 = aliasAcceptsRule("m5-topic-alias-server-accepts", "MQTT-3.3.2-12", rules.Server, fromServer, "A server accepts every topic alias that it has allowed",
		"The client uses an alias that the server has allowed, and the server says why it ends the connection.")
)

func aliasAcceptsRule(id, clause string, role rules.Role, by sides, title, exercised string) *Rule {
	receiver := judged(role, server)
	return &Rule{
		Rule: rules.Rule{
			ID:        id,
			Clauses:   rules.Clauses{V5: {clause}},
			Role:      role,
			Severity:  rules.Error,
			Needs:     rules.Connection,
			Title:     title,
			Exercised: exercised,
			Why:       "The connection breaks though the other side has kept to what was agreed.",
			Fix:       "Announce the Topic Alias Maximum that there is really room for, or none.",
		},
		On: on(by, mqtt.DISCONNECT),
		Check: func(c *Conn, m *flows.Message, r *Reporter) {
			from := &c.said[receiver.Peer()]
			if m.Packet.Reason != 0x94 || c.Connects != 1 || !c.Accepted || from.aliasAbuse || !c.terms[receiver].known {
				return
			}
			r.Exercised()
			r.Violation(m, "DISCONNECT with reason 0x94 (Topic Alias invalid), though the %s has used no alias beyond the %d that were allowed", receiver.Peer(), c.terms[receiver].aliasMax)
		},
		Closed: func(c *Conn, r *Reporter) {
			if from := &c.said[receiver.Peer()]; from.aliasUsed && !from.aliasAbuse && c.Accepted {
				r.Exercised()
			}
		},
	}
}

// noteAlias takes in the Topic Alias of a PUBLISH of this side.
func (s *said) noteAlias(c *Conn, from session.Side, alias uint16, named bool) {
	s.aliasUsed = true
	if alias == 0 || alias > c.terms[from.Peer()].aliasMax || !named && !s.aliases.has(alias) {
		s.aliasAbuse = true
	}
	if alias != 0 && named {
		s.aliases.add(alias)
		c.Session.aliases[from].add(alias)
	}
}

// outlived reports whether a side uses an alias of an earlier connection, which
// has ended with it.
func (c *Conn) outlived(from session.Side, alias uint16) bool {
	return !c.said[from].aliases.has(alias) && c.Session.oldAliases[from].has(alias)
}

var aliasPerConnection5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-topic-alias-per-connection",
		Clauses:   rules.Clauses{V5: {"MQTT-3.3.2-7"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "Topic aliases end with their connection",
		Exercised: "A client uses topic aliases on a connection after another one on which there were some.",
		Why:       "The receiver closes with reason 0x82 or 0x94, at every reconnect.",
		Fix:       "Forget all aliases when the connection is opened, and send topic and alias together the first time.",
	},
	On:   on(fromBoth, mqtt.PUBLISH),
	Odd:  oddProperties,
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		b, from := c.properties(m), side(m)
		if !b.alias || len(c.Session.oldAliases[from]) == 0 {
			return
		}
		r.Exercised()
		if !wireTopic(m) && c.outlived(from, b.aliasIs) {
			r.Related(c.Connect).Violation(m, "PUBLISH with an empty topic and Topic Alias %d, which the %s has set on an earlier connection only", b.aliasIs, from)
		}
	},
}

var responseInfo5 = &Rule{
	Rule: limit5("m5-response-info-not-requested", rules.Server, "CONNACK has Response Information only when the client has asked for it",
		"The server answers a CONNECT that does not ask for Response Information.", "MQTT-3.1.2-28"),
	On: on(fromServer, mqtt.CONNACK),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if !c.terms[client].known || c.Connects != 1 || c.terms[client].wantsResponse {
			return
		}
		r.Exercised()
		if x, ok := m.Packet.Props.Find(mqtt.ResponseInformation); ok {
			r.Related(c.Connect).At(x.Offset).Violation(m, "CONNACK has Response Information, which the CONNECT in frame %d did not ask for", c.Connect.Frame)
		}
	},
}

var problemInfo5 = &Rule{
	Rule: limit5("m5-problem-info-suppressed", rules.Server, "A server keeps its explanations to itself when the client does not want them",
		"The client does not want Problem Information, and the server sends a packet with properties other than PUBLISH, CONNACK and DISCONNECT.", "MQTT-3.1.2-29"),
	On:   on(fromServer, mqtt.PUBACK, mqtt.PUBREC, mqtt.PUBREL, mqtt.PUBCOMP, mqtt.SUBACK, mqtt.UNSUBACK, mqtt.AUTH),
	Odd:  oddProperties,
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if !c.terms[client].hidesProblems || c.Connects != 1 {
			return
		}
		r.Exercised()
		for x := range m.Packet.Props.All() {
			if x.ID == mqtt.ReasonString || x.ID == mqtt.UserProperty {
				r.Related(c.Connect).At(x.Offset).Violation(m, "%s has a %s; the CONNECT in frame %d has Request Problem Information 0", m.Packet.Type, x.ID, c.Connect.Frame)
				return
			}
		}
	},
	Closed: func(c *Conn, r *Reporter) {
		if c.terms[client].hidesProblems && c.Sides[server].Packets > 1 {
			r.Exercised()
		}
	},
}

var assignedClientID5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-assigned-clientid",
		Clauses:   rules.Clauses{V5: {"MQTT-3.1.3-6", "MQTT-3.1.3-7", "MQTT-3.2.2-16"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A client without identifier is told the one that it was given, which nobody else has",
		Exercised: "The server accepts a CONNECT with an empty client identifier.",
		Why:       "The PLC cannot come back to its session, or throws another client out.",
		Fix:       "Report it to the broker's maker; give every PLC an identifier of its own.",
	},
	On: on(fromServer, mqtt.CONNACK),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if c.Connects != 1 || c.Connacks != 1 || m.Packet.Code != 0 || c.stranger || c.Connected.ClientID != "" {
			return
		}
		r.Exercised()
		x, ok := m.Packet.Props.Find(mqtt.AssignedClientIdentifier)
		if !ok {
			r.Related(c.Connect).Violation(m, "CONNACK has no Assigned Client Identifier; the CONNECT in frame %d has no client identifier", c.Connect.Frame)
			return
		}
		other := r.engine.sessions.byKey[sessionKey{m.Conn.Server(), string(x.Data)}]
		if other == nil || len(other.live) == 0 {
			return
		}
		if o := other.live[0]; o.Accepted && o.taint == rules.Certain {
			r.Related(o.Connect).At(x.Offset).Violation(m, "CONNACK assigns the client identifier %s, by which the client of frame %d is connected", rules.Excerpt(x.Data), o.Connect.Frame)
		}
	},
}

var maxQoSAnnounced5 = &Rule{
	Rule: limit5("m5-max-qos-announced", rules.Server, "A server that does not take every QoS says so in CONNACK",
		"The server refuses a message for its QoS, or announces a Maximum QoS.", "MQTT-3.2.2-9"),
	On: on(fromServer, mqtt.CONNACK, mqtt.PUBACK, mqtt.PUBREC, mqtt.DISCONNECT),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		t := &c.terms[server]
		switch {
		case m.Packet.Type == mqtt.CONNACK:
			if t.limitsQoS {
				r.Exercised()
			}
		case m.Packet.Reason == 0x9B && t.known && c.Connacks == 1 && c.published(client):
			r.Exercised()
			if !t.limitsQoS {
				r.Related(c.Connack).Violation(m, "%s with reason 0x9b (QoS not supported); the CONNACK in frame %d announced no Maximum QoS", m.Packet.Type, c.Connack.Frame)
			}
		}
	},
}

var subscribeAnyQoS5 = &Rule{
	Rule: limit5("m5-subscribe-any-qos", rules.Server, "A server with a Maximum QoS still takes subscriptions of any QoS",
		"The client subscribes with a QoS above the Maximum QoS that the server has announced.", "MQTT-3.2.2-10"),
	On: on(fromServer, mqtt.SUBACK),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		x, t := answeredSubscribe(c), &c.terms[server]
		if x == nil || !t.limitsQoS || len(m.Packet.Codes) != int(x.Filters) {
			return
		}
		for i, code := range m.Packet.Codes[:min(len(m.Packet.Codes), len(x.Asked))] {
			if mqtt.QoS(x.Asked[i]) <= t.maxQoS {
				continue
			}
			r.Exercised()
			if code == 0x9B {
				r.Related(rules.Ref(x.Last)).At(codesAt(m)+i).Violation(m, "SUBACK refuses filter %d for its QoS %d (0x9b); a Maximum QoS of %d is no reason to", i+1, x.Asked[i], uint8(t.maxQoS))
			}
		}
	},
}

var clientMaxQoS5 = &Rule{
	Rule: limit5("m5-client-max-qos", rules.Client, "A client publishes with no QoS above the server's Maximum QoS",
		"The client publishes to a server that has announced a Maximum QoS.", "MQTT-3.2.2-11"),
	On:   on(fromClient, mqtt.PUBLISH),
	Odd:  oddLimit,
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		t, ok := c.heard(m)
		if q := m.Packet.QoS; ok && q > t.maxQoS && q != 3 {
			r.Exercised()
			r.Related(c.Connack).At(0).Violation(m, "PUBLISH has QoS %d; the CONNACK in frame %d announced a Maximum QoS of %d", uint8(q), c.Connack.Frame, uint8(t.maxQoS))
		}
	},
	Closed: func(c *Conn, r *Reporter) {
		if c.terms[server].limitsQoS && c.published(client) {
			r.Exercised()
		}
	},
}

var retainUnavailable5 = &Rule{
	Rule: limit5("m5-retain-unavailable", rules.Client, "A client retains nothing at a server that cannot",
		"The client publishes to a server that has announced that it cannot retain.", "MQTT-3.2.2-14"),
	On:   on(fromClient, mqtt.PUBLISH),
	Odd:  oddLimit,
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if t, ok := c.heard(m); ok && t.noRetain && m.Packet.Retain {
			r.Exercised()
			r.Related(c.Connack).At(0).Violation(m, "PUBLISH has RETAIN 1; the CONNACK in frame %d announced Retain Available 0", c.Connack.Frame)
		}
	},
	Closed: func(c *Conn, r *Reporter) {
		if c.terms[server].noRetain && c.published(client) {
			r.Exercised()
		}
	},
}

var (
	willQoSUnsupported5 = willRule("m5-will-qos-unsupported", "MQTT-3.2.2-12", "A server refuses a will whose QoS it does not support",
		"The server answers a CONNECT whose will has a QoS above the Maximum QoS that the server is known to have.", func(flags mqtt.Connect, t *terms) (bool, string) {
			return flags.WillQoS() > t.maxQoS, "Maximum QoS is below the will QoS"
		})
	willRetainUnsupported5 = willRule("m5-will-retain-unsupported", "MQTT-3.2.2-13", "A server that cannot retain refuses a will that is to be retained",
		"The server answers a CONNECT whose will is to be retained, and announces that it cannot.", func(flags mqtt.Connect, t *terms) (bool, string) {
			return flags.WillRetain() && t.noRetain, "Retain Available is 0 and the will is to be retained"
		})
)

func willRule(id, clause, title, exercised string, beyond func(flags mqtt.Connect, t *terms) (bool, string)) *Rule {
	return &Rule{
		Rule: rules.Rule{
			ID:        id,
			Clauses:   rules.Clauses{V5: {clause}},
			Role:      rules.Server,
			Severity:  rules.Error,
			Needs:     rules.Connection,
			Title:     title,
			Exercised: exercised,
			Why:       "The will of the PLC is published otherwise than was asked, or not at all.",
			Fix:       "Report it to the broker's maker; ask for a will that the broker supports.",
		},
		On: on(fromServer, mqtt.CONNACK),
		Check: func(c *Conn, m *flows.Message, r *Reporter) {
			t := &c.terms[server]
			if c.Connects != 1 || c.Connacks != 1 || c.stranger || !c.Connected.Will || !t.limitsQoS && !t.noRetain {
				return
			}
			is, what := beyond(mqtt.Connect{Flags: c.Connected.Flags}, t)
			if is || m.Packet.Code == 0 {
				r.Exercised()
			}
			if is && m.Packet.Code == 0 {
				r.Related(c.Connect).Violation(m, "CONNACK accepts the CONNECT in frame %d (flags 0x%02x), though %s", c.Connect.Frame, c.Connected.Flags, what)
			}
		},
	}
}

var featureUnavailable5 = &Rule{
	Rule: limit5("m5-feature-unavailable-respected", rules.Client, "A client subscribes only in ways that the server has",
		"The client subscribes at a server that has announced a kind of subscription that it does not have.", "§3.2.2.3.11", "§3.2.2.3.12", "§3.2.2.3.13"),
	On: on(fromClient, mqtt.SUBSCRIBE),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		t, ok := c.heard(m)
		if !ok || !t.noWildcard && !t.noSubID && !t.noShared {
			return
		}
		r.Exercised()
		if x, ok := m.Packet.Props.Find(mqtt.SubscriptionIdentifier); ok && t.noSubID {
			r.Related(c.Connack).At(x.Offset).Violation(m, "SUBSCRIBE has a Subscription Identifier, which the CONNACK in frame %d called unavailable", c.Connack.Frame)
		}
		for i := range m.Packet.Filters {
			f := &m.Packet.Filters[i]
			shared := bytes.HasPrefix(f.Filter, []byte("$share/"))
			switch {
			case shared && t.noShared:
				r.Related(c.Connack).At(f.Offset+2).Violation(m, "SUBSCRIBE has the shared filter %s; the CONNACK in frame %d called shared subscriptions unavailable", rules.Excerpt(f.Filter), c.Connack.Frame)
			case t.noWildcard && classOf(f.Filter)&wildcard != 0:
				r.Related(c.Connack).At(f.Offset+2).Violation(m, "SUBSCRIBE has the filter %s; the CONNACK in frame %d called wildcards unavailable", rules.Excerpt(f.Filter), c.Connack.Frame)
			}
		}
	},
}

var sessionStored5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-session-stored",
		Clauses:   rules.Clauses{V5: {"MQTT-3.1.2-23"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "A server keeps a session for as long as was agreed",
		Exercised: "A client with a Session Expiry Interval comes back in time and does not ask for a clean start.",
		Why:       "The subscriptions and the messages kept for the PLC are lost. A block that does not subscribe again receives nothing.",
		Fix:       "Turn persistence on in the broker and look for a bound on the expiry of sessions; let the client subscribe again whenever Session Present is 0.",
	},
	On:    on(fromServer, mqtt.CONNACK),
	Check: judgeStored,
}

var sessionExpired5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-session-expired",
		Clauses:   rules.Clauses{V5: {"MQTT-4.1.0-2"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "A server discards a session that has expired",
		Exercised: "A client comes back after its Session Expiry Interval is over and does not ask for a clean start.",
		Why:       "Old commands reach the PLC long after they were meant.",
		Fix:       "Report it to the broker's maker.",
	},
	On: on(fromServer, mqtt.CONNACK),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if c.Session.lasted > 0 {
			judgeOver(c, m, r)
		}
	},
}

var sessionPresentUnexpected5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-session-present-unexpected",
		Clauses:   rules.Clauses{V5: {"MQTT-3.2.2-4"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A client that holds no session closes when the server says that there is one",
		Exercised: "CONNACK says that there is a session to a client that can hold none.",
		Why:       "Messages and subscriptions come that nobody on the PLC knows of.",
		Fix:       "Close the connection when Session Present is 1 after a CONNECT with Clean Start 1.",
	},
	Offence: func(c *Conn, m *flows.Message) string {
		p := m.Packet
		if p == nil || m.Err != nil || m.FromClient || p.Type != mqtt.CONNACK || p.Code != 0 || !p.SessionPresent || c.Connects != 1 || c.Connacks != 1 || !c.Connected.Clean {
			return ""
		}
		return "CONNACK says that a session is present, which the client has just thrown away by Clean Start 1"
	},
}

var keepAliveDefault5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-keepalive-default",
		Clauses:   rules.Clauses{V5: {"MQTT-3.2.2-22"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Timing,
		Title:     "A server that gives no keep alive of its own uses the client's",
		Exercised: "A client is silent for longer than its keep alive after a CONNACK without Server Keep Alive, or the server ends the connection for its silence.",
		Why:       "A PLC that pings as it has announced loses its connection all the same.",
		Fix:       "Report it to the broker's maker; make the client's keep alive shorter.",
	},
	On:    on(fromServer, mqtt.DISCONNECT),
	Check: judgeEarlyClose,
}
