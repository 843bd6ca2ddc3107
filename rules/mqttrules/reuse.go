package mqttrules

import (
	"slices"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// What the rules put into the Note of an exchange: the Message Expiry Interval of a
// 5.0 message in seconds, as far as there is room (0: it has none), and a bit.
const (
	noteReused = 1 << 31 // the identifier has carried a message that was acknowledged, shortly before
	noteExpiry = noteReused - 1
)

// mark puts the Note into the exchange that the PUBLISH p of side from begins.
func (c *Conn) mark(p *mqtt.Packet, from session.Side) {
	x := c.Fact.Exchange
	if c.Fact.Relation != session.New || p.Type != mqtt.PUBLISH {
		return
	}
	if x.Expires {
		interval, _ := p.Props.Find(mqtt.MessageExpiryInterval)
		x.Note = min(interval.Num, noteExpiry)
	}
	if c.said[from].freed[x.Kind&1].has(p.ID) {
		x.Note |= noteReused
	}
}

// recent are the identifiers that were freed last, on one connection.
type recent struct {
	ids  [8]uint16
	next uint8
}

func (r *recent) has(id uint16) bool { return slices.Contains(r.ids[:], id) }

func (r *recent) add(id uint16) {
	if !r.has(id) {
		r.ids[r.next%8] = id
		r.next++
	}
}

// noteFreed takes in that the present packet has ended a message of this side.
func (s *said) noteFreed(c *Conn) {
	if x := &c.Fact.Before; c.Fact.Relation == session.Answer && !x.Tangled {
		s.freed[x.Kind&1].add(x.ID)
	}
}

var (
	pubackThenNew  = reuseRule("mqtt-puback-then-new", session.QoS1, mqtt.PUBACK, mqtt.PUBACK, owesAckOfReuse, "MQTT-4.3.2-2", "MQTT-4.3.2-5")
	pubcompThenNew = reuseRule("mqtt-pubcomp-then-new", session.QoS2, mqtt.PUBREC, mqtt.PUBCOMP, owesRecOfReuse, "MQTT-4.3.3-2", "MQTT-4.3.3-12")
)

// reuseRule is the rule that an identifier is free for its receiver once it has sent
// the packet that ends a message; first is its answer to the next message.
func reuseRule(id string, kind session.Kind, first, last mqtt.PacketType, duty Duty, clause311, clause5 string) *Rule {
	return &Rule{
		Rule: rules.Rule{
			ID:        id,
			Clauses:   rules.Clauses{V311: {clause311}, V5: {clause5}},
			Role:      rules.Both,
			Severity:  rules.Error,
			Needs:     rules.Timing,
			Title:     "After " + last.String() + " the identifier is free for a new message",
			Exercised: "A sender uses the identifier of a " + kind.String() + " again whose " + last.String() + " came shortly before on the same connection.",
			Why:       "New values are dropped as repetitions of old ones. Senders that always take the same identifier then get through once only.",
			Fix:       "Forget the identifier when " + last.String() + " is sent; what repeats a message has DUP 1.",
		},
		Owes: duty,
		On:   on(fromBoth, first),
		Check: func(c *Conn, m *flows.Message, r *Reporter) {
			x := &c.Fact.Before
			if m.Packet.Reason != 0x91 || c.Fact.Relation != session.Answer || x.Kind != kind || x.Note&noteReused == 0 || x.Tangled || x.Sends != 1 {
				return
			}
			r.Exercised()
			r.Related(rules.Ref(x.First)).Violation(m, "%s calls the identifier %d of the PUBLISH in frame %d in use (0x91); it was freed by the %s for the message before", first, x.ID, x.First.Frame, last)
		},
	}
}
