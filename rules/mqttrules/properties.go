package mqttrules

import (
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// blocks is what the properties of one packet show at a glance. Rules look at
// the single properties only where something stands out.
type blocks struct {
	any     bool   // there is a property
	ranged  bool   // one whose values are bounded
	pairs   bool   // a User Property
	strings bool   // another string
	alias   bool   // a Topic Alias
	aliasIs uint16 // its value

	twice      bool // a single-valued property is repeated
	foreign    bool // one is not allowed in this packet
	outOfRange bool
	padded     bool // a variable byte integer with padding
	badPair    bool // a User Property with a bad string
	badString  bool // another string that is not plain ASCII
	subID      bool // a Subscription Identifier
}

// properties looks through the properties of m, once.
func (c *Conn) properties(m *flows.Message) *blocks {
	s := &c.scan
	if s.propsOf == m.Number {
		return &s.props
	}
	s.propsOf, s.props = m.Number, blocks{}
	p := m.Packet
	if len(p.Props.Raw) == 0 && (p.Type != mqtt.CONNECT || len(p.Connect.WillProps.Raw) == 0) {
		return &s.props
	}
	b := &s.props
	var seen [2]uint64 // identifiers, all below 64, in the packet and in its will
	eachProperty(p, func(x mqtt.Property, will bool) {
		b.any = true
		bit := uint64(1) << (x.ID & 63)
		at := &seen[0]
		if will {
			at = &seen[1]
		}
		b.twice = b.twice || *at&bit != 0 && !mqtt.PropertyRepeatable(x.ID, p.Type)
		*at |= bit
		b.foreign = b.foreign || !mqtt.PropertyAllowed(x.ID, p.Type, will)
		b.padded = b.padded || x.Padded
		if bounded, ok := inRange(&x); bounded {
			b.ranged = true
			b.outOfRange = b.outOfRange || !ok
		}
		switch x.ID.Kind() {
		case mqtt.KindPair:
			b.pairs = true
			b.badPair = b.badPair || (classOf(x.Data)|classOf(x.Value2))&unclear != 0
		case mqtt.KindString:
			b.strings = true
			b.badString = b.badString || classOf(x.Data)&unclear != 0
		}
		switch x.ID {
		case mqtt.TopicAlias:
			b.alias, b.aliasIs = true, uint16(x.Num)
		case mqtt.SubscriptionIdentifier:
			b.subID = true
		}
	})
	return b
}

// propertyBlocks returns the blocks of a packet: its own and that of a will.
func propertyBlocks(p *mqtt.Packet) [2]*mqtt.Properties {
	if p.Type == mqtt.CONNECT {
		return [2]*mqtt.Properties{&p.Props, &p.Connect.WillProps}
	}
	return [2]*mqtt.Properties{&p.Props, &noProperties}
}

var noProperties mqtt.Properties

func eachProperty(p *mqtt.Packet, visit func(x mqtt.Property, will bool)) {
	for x := range p.Props.All() {
		visit(x, false)
	}
	if p.Type == mqtt.CONNECT {
		for x := range p.Connect.WillProps.All() {
			visit(x, true)
		}
	}
}

// inRange reports whether the values of a property are bounded, and whether this
// one is within the bounds.
func inRange(x *mqtt.Property) (bounded, ok bool) {
	switch x.ID {
	case mqtt.PayloadFormatIndicator, mqtt.RequestProblemInformation, mqtt.RequestResponseInformation,
		mqtt.MaximumQoS, mqtt.RetainAvailable, mqtt.WildcardSubscriptionAvailable,
		mqtt.SubscriptionIdentifierAvailable, mqtt.SharedSubscriptionAvailable:
		return true, x.Num <= 1
	case mqtt.ReceiveMaximum, mqtt.MaximumPacketSize, mqtt.SubscriptionIdentifier:
		return true, x.Num != 0
	}
	return false, true
}

// withProperties are the packets that have a property block in 5.0.
var withProperties = []mqtt.PacketType{
	mqtt.CONNECT, mqtt.CONNACK, mqtt.PUBLISH, mqtt.PUBACK, mqtt.PUBREC, mqtt.PUBREL, mqtt.PUBCOMP,
	mqtt.SUBSCRIBE, mqtt.SUBACK, mqtt.UNSUBSCRIBE, mqtt.UNSUBACK, mqtt.DISCONNECT, mqtt.AUTH,
}

var propertyLengthPresent = &Rule{
	Rule: rules.Rule{
		ID:        "m5-property-length-present",
		Clauses:   rules.Clauses{V5: {"MQTT-2.2.2-1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Where there are no properties, a length of 0 says so",
		Exercised: "A packet of a type that has properties is sent.",
		Why:       "The receiver takes the next bytes for properties and calls the packet malformed. A block written for 3.1.1 that only changed the protocol level does this.",
		Fix:       "Write a zero byte for the Property Length in every MQTT 5 packet that has one.",
	},
	On:          on(fromBoth, withProperties...),
	OnMalformed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if m.Err == nil {
			if m.Packet.HasProps {
				r.Exercised()
			}
			return
		}
		if faultOf(m) == propertyLength && !ofOlderBroker(m) {
			r.Exercised()
			bad := m.Err.(*mqtt.Malformed)
			r.At(bad.Offset).Violation(m, "%s: the Property Length at byte %d %s", m.Packet.Type, bad.Offset, bad.Reason)
		}
	},
}

var propertyLengthBounds = &Rule{
	Rule: rules.Rule{
		ID:        "m5-property-length-bounds",
		Clauses:   rules.Clauses{V5: {"§2.2.2.1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The Property Length ends where a property ends, within the packet",
		Exercised: "A packet with a property is sent.",
		Why:       "The receiver calls the packet malformed and closes.",
		Fix:       "Compute the Property Length from the properties really written. Where the packet was built by a 3.1.1 block, the byte taken for the length is another field.",
	},
	On:          on(fromBoth, withProperties...),
	OnMalformed: true,
	Odd:         oddProperties,
	Idle:        everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if m.Err == nil {
			if c.properties(m).any {
				r.Exercised()
			}
			return
		}
		if faultOf(m) == propertyOverrun {
			r.Exercised()
			bad := m.Err.(*mqtt.Malformed)
			r.At(bad.Offset).Violation(m, "%s: %s", m.Packet.Type, overrunText(bad))
		}
	},
}

var propertyAllowed = &Rule{
	Rule: rules.Rule{
		ID:        "m5-property-allowed",
		Clauses:   rules.Clauses{V5: {"§2.2.2.2"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A property belongs to the packet that carries it",
		Exercised: "A packet with a property is sent.",
		Why:       "The receiver must treat it as a protocol error and close.",
		Fix:       "Leave the property out, or send it in the packet that it is defined for.",
	},
	On:          on(fromBoth, withProperties...),
	OnMalformed: true,
	Odd:         oddProperties,
	Idle:        everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if m.Err != nil {
			if faultOf(m) == unknownProperty {
				r.Exercised()
				at := m.Err.(*mqtt.Malformed).Offset
				r.At(at).Violation(m, "%s: property 0x%02x at byte %d is not defined", m.Packet.Type, m.Bytes[at], at)
			}
			return
		}
		b := c.properties(m)
		if !b.any {
			return
		}
		r.Exercised()
		if !b.foreign {
			return
		}
		eachProperty(m.Packet, func(x mqtt.Property, will bool) {
			if !mqtt.PropertyAllowed(x.ID, m.Packet.Type, will) {
				r.At(x.Offset).Violation(m, "%s (0x%02x) at byte %d is not allowed in %s", x.ID, uint8(x.ID), x.Offset, blockName(m.Packet, will))
			}
		})
	},
}

func blockName(p *mqtt.Packet, will bool) string {
	if will {
		return "a will"
	}
	return p.Type.String()
}

var propertyUnique = &Rule{
	Rule: rules.Rule{
		ID:        "m5-property-unique",
		Clauses:   rules.Clauses{V5: {"§2.2.2.2"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A property with one value stands once",
		Exercised: "A packet with a property is sent.",
		Why:       "The receiver must treat it as a protocol error and close.",
		Fix:       "Clear the property list before each packet is built.",
	},
	On:   on(fromBoth, withProperties...),
	Odd:  oddProperties,
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		b := c.properties(m)
		if !b.any {
			return
		}
		r.Exercised()
		if !b.twice {
			return
		}
		var first [2][64]int
		eachProperty(m.Packet, func(x mqtt.Property, will bool) {
			at := &first[0][x.ID&63]
			if will {
				at = &first[1][x.ID&63]
			}
			switch {
			case *at == 0:
				*at = x.Offset
			case !mqtt.PropertyRepeatable(x.ID, m.Packet.Type):
				r.At(x.Offset).Violation(m, "%s stands twice in %s, at bytes %d and %d", x.ID, blockName(m.Packet, will), *at, x.Offset)
			}
		})
	},
}

var propertyValueRange = &Rule{
	Rule: rules.Rule{
		ID:        "m5-property-value-range",
		Clauses:   rules.Clauses{V5: {"§3.1.2.11", "§3.2.2.3", "§3.3.2.3", "§3.8.2.1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Property values are within their range",
		Exercised: "A packet with a property whose values are limited is sent.",
		Why:       "The receiver must treat it as a protocol error and close. A Receive Maximum of 0 would forbid every message.",
		Fix:       "Leave a property out when its default is meant; 0 is not a way to say \"unlimited\".",
	},
	On:   on(fromBoth, withProperties...),
	Odd:  oddProperties,
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		b := c.properties(m)
		if !b.ranged {
			return
		}
		r.Exercised()
		if !b.outOfRange {
			return
		}
		eachProperty(m.Packet, func(x mqtt.Property, will bool) {
			switch bounded, ok := inRange(&x); {
			case !bounded || ok:
			case x.Num == 0:
				r.At(x.Offset).Violation(m, "%s is 0 in %s; it must be at least 1", x.ID, blockName(m.Packet, will))
			default:
				r.At(x.Offset).Violation(m, "%s is %d in %s; only 0 and 1 are allowed", x.ID, x.Num, blockName(m.Packet, will))
			}
		})
	},
}

var topicAliasZero = &Rule{
	Rule: rules.Rule{
		ID:        "m5-topic-alias-zero",
		Clauses:   rules.Clauses{V5: {"MQTT-3.3.2-8"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A Topic Alias is not 0",
		Exercised: "A PUBLISH with a Topic Alias is sent.",
		Why:       "The receiver closes with reason 0x94.",
		Fix:       "Number topic aliases from 1 up to the Topic Alias Maximum of the receiver.",
	},
	On:   on(fromBoth, mqtt.PUBLISH),
	Odd:  oddProperties,
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		b := c.properties(m)
		if !b.alias {
			return
		}
		r.Exercised()
		if b.aliasIs == 0 {
			r.Violation(m, "PUBLISH with Topic Alias 0")
		}
	},
}

var topicAliasUnknown = &Rule{
	Rule: rules.Rule{
		ID:        "m5-topic-alias-unknown",
		Clauses:   rules.Clauses{V5: {"§3.3.2.3.4"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A PUBLISH without a topic uses an alias that was set before",
		Exercised: "A PUBLISH with an empty topic is sent on a connection that is captured from its start.",
		Why:       "The receiver closes with reason 0x82 or 0x94: aliases end with the connection, so the first PUBLISH after a reconnect must name the topic.",
		Fix:       "Forget all aliases when the connection is opened, and send topic and alias together the first time.",
	},
	On:   on(fromBoth, mqtt.PUBLISH),
	Odd:  oddProperties,
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		b := c.properties(m)
		if !b.alias || wireTopic(m) {
			return
		}
		r.Exercised()
		if b.aliasIs != 0 && !c.said[side(m)].aliases.has(b.aliasIs) && !c.outlived(side(m), b.aliasIs) {
			r.Violation(m, "PUBLISH with an empty topic and Topic Alias %d, which the %s has not set on this connection", b.aliasIs, side(m))
		}
	},
}

// set is a set of small numbers that takes room up to the largest of them.
type set []uint64

func (s set) has(n uint16) bool { return int(n>>6) < len(s) && s[n>>6]>>(n&63)&1 != 0 }

func (s *set) add(n uint16) {
	for len(*s) <= int(n>>6) {
		*s = append(*s, 0)
	}
	(*s)[n>>6] |= 1 << (n & 63)
}

var subIDNotFromClient = &Rule{
	Rule: rules.Rule{
		ID:        "m5-subid-not-from-client",
		Clauses:   rules.Clauses{V5: {"MQTT-3.3.4-6"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A client's PUBLISH has no Subscription Identifier",
		Exercised: "The client sends PUBLISH.",
		Why:       "The server must treat it as a protocol error and close.",
		Fix:       "Send the Subscription Identifier in SUBSCRIBE; do not copy the properties of a received message into one that is sent.",
	},
	On:  on(fromClient, mqtt.PUBLISH),
	Odd: oddProperties,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		if c.properties(m).subID {
			r.Violation(m, "PUBLISH of the client carries a Subscription Identifier")
		}
	},
}

// said is what a side has said so far that rules about later packets ask for.
type said struct {
	zeroID  bool        // it has used packet identifier 0
	qos3    bool        // it has sent a PUBLISH of QoS 3, of which nobody knows what it is
	aliases set         // topic aliases that it has set
	open    int         // QoS 1 and 2 messages sent on this connection and not acknowledged
	qos0    rules.Ref   // its latest QoS 0 PUBLISH
	last    lastPublish // its latest of QoS 1 or 2

	aliasUsed, aliasAbuse bool // it has used a topic alias, and one that it might not

	topic        []byte           // of its first message of QoS 1 or 2
	topics       uint8            // how many there were, at most 2
	reply        reply            // of the server: its latest SUBACK or UNSUBACK
	answered     session.Exchange // the latest message that this side has acknowledged
	subscribed   bool             // it has sent SUBSCRIBE
	unsubscribed int64            // when this side has sent UNSUBSCRIBE
	unsubscribes int              // how often

	afresh int64 // when the latest message was sent that this side acknowledged and whose identifier was not used shortly before
	quota  quota // 5.0: when it had no more messages to send

	receiveMax uint16 // 5.0: the Receive Maximum that it has announced, 0 for none
}

type lastPublish struct {
	rules.Ref
	id        uint16
	remaining int32
	qos       mqtt.QoS
}

// note takes in m once the rules have seen it.
func (s *said) note(c *Conn, m *flows.Message, from session.Side) {
	p := m.Packet
	switch p.Type {
	case mqtt.PUBLISH:
		if p.QoS == 0 {
			s.qos0 = ref(m)
		} else {
			s.noteTopic(p.Topic)
			s.last = lastPublish{ref(m), p.ID, int32(min(p.Remaining, 1<<30)), p.QoS}
		}
		s.zeroID = s.zeroID || p.HasID && p.ID == 0
		s.qos3 = s.qos3 || p.QoS == 3
		if len(p.Props.Raw) > 0 {
			if b := c.properties(m); b.alias {
				s.noteAlias(c, from, b.aliasIs, wireTopic(m))
			}
		}
	case mqtt.CONNECT, mqtt.CONNACK:
		x, _ := p.Props.Find(mqtt.ReceiveMaximum)
		s.receiveMax = uint16(x.Num)
	case mqtt.SUBSCRIBE, mqtt.UNSUBSCRIBE:
		s.zeroID = s.zeroID || p.HasID && p.ID == 0
		if p.Type == mqtt.UNSUBSCRIBE {
			s.unsubscribed = m.Time
			s.unsubscribes++
		} else {
			s.subscribed = true
		}
	case mqtt.SUBACK, mqtt.UNSUBACK:
		s.noteReply(c, m)
	}
}
