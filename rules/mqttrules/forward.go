package mqttrules

import (
	"math/bits"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/broker"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// Rules on forwarding look at a message where the broker delivers it, joined with
// its publication where that is in the capture too. They say by About which
// deliveries put them to the test, and by Delivered what is wrong with one.

// legs says what is special about a delivery, as a set.
type legs uint32

const (
	legToKnown      legs = 1 << iota // the client has subscriptions in the capture
	legMatched                       // its publication is known and no will
	legFirst                         // and this is the first copy of it to the client
	legRepeatedCopy                  // and this is a further copy
	legOverlapping                   // several subscriptions match, none of them shared
	legShared                        // only shared subscriptions match
	legUnexplained                   // no subscription matches
	legAgain                         // a subscription that matches was made again
	legWithdrawn                     // the client has unsubscribed from something
	legInherited                     // a subscription that matches was made on an earlier connection
	legWild                          // a subscription that matches begins with a wildcard
	legByWildcard                    // only subscriptions with wildcards match
	legIdentified                    // 5.0: a subscription that matches has an identifier
	legAsPublished                   // 5.0: all that match have Retain As Published
	legRetainedIn                    // it was published with RETAIN 1
	legDupIn                         // it was published with DUP 1, or more than once
	legQos2In                        // it was published with QoS 2
	legWith5                         // publisher and subscriber speak 5.0 and it has properties
	legExpiring                      // 5.0: it was published with an expiry
	legQueued                        // it was published while the client was away
	legFollows                       // the client has got another message of this publisher and topic
	legMoved                         // another of the group of a shared subscription has got it
	legPeculiar                      // the topic could be mistaken by careless matching
	legMarked                        // the topic has a byte order mark
)

// forwarded is a delivery as the rules on forwarding see it.
type forwarded struct {
	*broker.Delivery
	client *broker.Client
	legs   legs
	live   uint64   // the subscriptions that it may be delivered by: Live less those with No Local, of an own message
	firm   bool     // which subscriptions match was clear before the message was published
	grant  mqtt.QoS // the highest that was granted by those that are live
	most   mqtt.QoS // the highest that was ever granted
	props  broker.Props
}

// forwarding is what a connection keeps for the rules on forwarding.
type forwarding struct {
	suspicions []suspicion
	tooLarge   rules.Ref       // 5.0: a message was published that is too large for the client
	published  rules.Ref       // the latest PUBLISH of the client
	goodbye    mqtt.ReasonCode // 5.0: of the server's DISCONNECT
	strayed    bool            // a message came that no filter matches, and it was told
}

// sub returns one of the subscriptions.
func (f *forwarded) sub(i int) *broker.Subscription { return &f.client.Subscriptions()[i] }

// clear reports whether it is certain what was published and by which
// subscriptions it is delivered.
func (f *forwarded) clear() bool {
	return f.firm && f.Unique && f.Pub.Sure && !f.Foreign() && !f.client.Bridge && !f.client.Overflown
}

// skew is how far, in nanoseconds, the times of packets on different connections
// may be from what the broker saw.
const skew = 200_000_000

// forwards shows the delivery m to the rules on forwarding.
func (e *Engine) forwards(c *Conn, m *flows.Message) {
	steps := e.delivered[versionOf(c)]
	if c.Delivery.Topic == nil || len(steps) == 0 {
		return
	}
	f := &e.brokers.present
	*f = forwarded{Delivery: &c.Delivery, client: c.Session.client}
	f.survey(m)
	r := &e.reporter
	r.conn, r.msg = c, m
	for i := range steps {
		s := &steps[i]
		if s.rule.About&f.legs == s.rule.About {
			r.bind(s.rule, s.index, server)
			s.rule.Delivered(c, m, f, r)
		}
	}
}

// survey works out what is special about the delivery.
func (f *forwarded) survey(m *flows.Message) {
	d := f.Delivery
	f.legs, f.firm = legToKnown, true
	f.surveySubscriptions()
	if f.client.Withdrawn {
		f.legs |= legWithdrawn
	}
	if d.Topic.Shape != 0 {
		f.legs |= legPeculiar
		if d.Topic.Shape&broker.Mark != 0 {
			f.legs |= legMarked
		}
	}
	if d.Pub == nil || d.Pub.Will {
		f.firm = false
		return
	}
	p := d.Pub
	f.legs |= legMatched
	if d.First {
		f.legs |= legFirst
	} else {
		f.legs |= legRepeatedCopy
	}
	if p.Retain {
		f.legs |= legRetainedIn
	}
	if p.Dup || p.Repeated {
		f.legs |= legDupIn
	}
	if p.QoS == 2 {
		f.legs |= legQos2In
	}
	if p.Version == mqtt.V5 && p.Props.Has != 0 {
		if p.Props.Has&broker.HasExpiry != 0 {
			f.legs |= legExpiring
		}
		if m.Version == mqtt.V5 {
			f.legs |= legWith5
			f.props = broker.PropsOf(&m.Packet.Props)
		}
	}
	if p.Away(f.client) {
		f.legs |= legQueued
	}
	if d.Last != 0 && d.First {
		f.legs |= legFollows
	}
	if d.Moved != nil {
		f.legs |= legMoved
	}
}

// surveySubscriptions looks over those that match the topic.
func (f *forwarded) surveySubscriptions() {
	d := f.Delivery
	subs := f.client.Subscriptions()
	if d.Receiver != nil {
		since := int64(0)
		if d.Pub != nil {
			since = d.Pub.At.Time - skew
		}
		for b := d.Receiver.Subs; b != 0; b &= b - 1 {
			s := &subs[bits.TrailingZeros64(b)]
			f.most = max(f.most, s.QoS, s.Was)
			if s.Live() {
				if !(d.Pub != nil && d.Pub.From == f.client && s.NoLocal()) {
					f.live |= b & -b
					f.grant = max(f.grant, s.QoS)
				}
				f.firm = f.firm && s.Settled(since)
			} else if s.Left.Time >= since {
				f.firm = false
			}
		}
	}
	if d.Live == 0 {
		f.legs |= legUnexplained
		return
	}
	switch {
	case f.live == 0:
	case d.Shared == f.live:
		f.legs |= legShared
	case d.Shared == 0 && f.live&(f.live-1) != 0:
		f.legs |= legOverlapping
	}
	plain, asTold := false, true
	for b := f.live; b != 0; b &= b - 1 {
		s := &subs[bits.TrailingZeros64(b)]
		if s.Again > 0 {
			f.legs |= legAgain
		}
		if s.Since.Frame < f.client.Begun.Frame {
			f.legs |= legInherited
		}
		if s.ID != 0 {
			f.legs |= legIdentified
		}
		switch {
		case s.Match[0] == '+' || s.Match[0] == '#':
			f.legs |= legWild
		case classOf(s.Match)&wildcard == 0:
			plain = true
		}
		asTold = asTold && s.RetainAsPublished()
	}
	if !plain {
		f.legs |= legByWildcard
	}
	if asTold && f.client.Version == mqtt.V5 {
		f.legs |= legAsPublished
	}
}

// notes takes note of what m means to messages that are on the way, once the rules
// have seen it.
func (e *Engine) notes(c *Conn, m *flows.Message, from session.Side) {
	x := c.Session.client
	if x == nil {
		return
	}
	if m.Packet.ID != 0 {
		x.Busy = len(c.Session.Flights[server].Open())
	}
	switch m.Packet.Type {
	case mqtt.PUBLISH:
	case mqtt.DISCONNECT:
		if from == server {
			c.forward.goodbye = m.Packet.Reason
		}
		return
	default:
		return
	}
	if from == server {
		e.forwards(c, m)
		if c.Delivery.Pub != nil && c.Delivery.First && c.Delivery.Last != 0 {
			e.holes(c, m)
		}
		return
	}
	c.forward.published = ref(m)
	if c.Publication != nil {
		e.awaits(c, m)
	}
}

// speak binds the reporter to a rule that is to speak about side server of c. It
// returns nil when the rule is not in the catalogue or does not apply.
func (e *Engine) speak(c *Conn, rule *Rule) *Reporter {
	i, ok := e.byID[rule.ID]
	if !ok {
		return nil
	}
	rule = e.catalogue[i]
	if _, ok := rule.Clauses[rules.Standard(versionOf(c))]; !ok {
		return nil
	}
	r := &e.reporter
	r.conn, r.msg = c, nil
	r.bind(rule, int(i), server)
	return r
}
