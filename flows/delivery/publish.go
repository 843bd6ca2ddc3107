package delivery

import (
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
)

// publish takes in a PUBLISH of any QoS.
func (a *Audit) publish(c *conn, m *flows.Message, from session.Side) {
	o, p := c.owner, m.Packet
	if p.QoS > 2 {
		return // no such thing; the receiver closes the connection
	}
	topic := p.Topic
	if p.Version == mqtt.V5 {
		topic = c.topic(from, p)
	}
	var hash, body uint64 // fingerprints of the topic, and of topic and payload
	fresh := true
	watched := from == server && o.broker != nil && o.broker.last > 0
	if p.QoS > 0 || watched {
		hash = mix(0, topic)
		body = mix(hash, p.Payload)
	}
	var e *entry
	if p.QoS > 0 {
		if p.ID == 0 || !a.speaks(c) {
			return
		}
		e, fresh = a.send(c, m, from, topic, body)
	}
	switch {
	case !fresh:
		return
	case watched:
		if m.Skipped == 0 {
			a.arrived(o, m, body)
		}
		if o.expected.n > 0 {
			a.expire(o, false)
		}
	case e != nil && from == client:
		e.pub = a.published(o, m, topic, hash, body)
	}
	a.converse(c, m, from, topic)
}
