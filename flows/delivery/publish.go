package delivery

import (
	"plcscope/flows"
	"plcscope/internal/fingerprint"
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
	fresh := true
	var e *entry
	if p.QoS > 0 {
		if p.ID == 0 || !a.speaks(c) {
			return
		}
		e, fresh = a.send(c, m, from, topic)
	}
	switch {
	case !fresh:
		return
	case from == server:
		if m.Skipped == 0 && o.broker != nil && o.broker.last > 0 {
			a.arrived(o, m, fingerprint.Of(fingerprint.Of(0, topic), p.Payload))
		}
		if o.expected.n > 0 {
			a.expire(o, false)
		}
	default:
		if n := a.published(o, m, topic); e != nil {
			e.pub = n
		}
	}
	a.converse(c, m, from, topic)
}
