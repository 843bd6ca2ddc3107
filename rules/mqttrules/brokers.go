package mqttrules

import (
	"plcscope/flows"
	"plcscope/flows/tcp"
	"plcscope/mqtt"
	"plcscope/mqtt/broker"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// maxBrokers bounds the brokers of which a model is kept.
const maxBrokers = 64

// brokers are the models of the brokers in the capture.
type brokers struct {
	at map[tcp.Endpoint]*broker.Broker
	// How many messages of shared subscriptions were cut off in the middle, and
	// refused by the member that got them.
	cut, refused uint64
	present      forwarded // for the rules on forwarding, reused
}

// client returns what the model of its broker knows of the session of c; nil when
// there are too many brokers.
func (e *Engine) client(c *Conn) *broker.Client {
	s := c.Session
	if s.client != nil {
		return s.client
	}
	at := c.Flow.Server()
	b := e.brokers.at[at]
	if b == nil {
		if len(e.brokers.at) >= maxBrokers {
			return nil
		}
		b = broker.New(broker.Limits{})
		e.brokers.at[at] = b
	}
	s.client = b.NewClient(s)
	return s.client
}

// enters takes the CONNECT m of c into the model.
func (e *Engine) enters(c *Conn, m *flows.Message, fresh bool) {
	x := e.client(c)
	if x == nil {
		return
	}
	at := session.Ref(ref(m))
	if x.Online { // the connection before is over by this one
		x.WillDue(at, false)
	}
	x.Connect(c.Connected.Version, fresh, at)
	x.Bridge = m.Packet.Connect.Bridge()
	x.MaxPacket = 0
	if p, ok := m.Packet.Props.Find(mqtt.MaximumPacketSize); ok {
		x.MaxPacket = int(p.Num)
	}
	x.Declare(&m.Packet.Connect, c.Connected.Version, at)
}

// accepted takes in the CONNACK m that accepts c.
func (c *Conn) accepted(m *flows.Message) {
	x := c.Session.client
	if x == nil || c.Connects != 1 || c.Connacks != 1 {
		return
	}
	x.Online = true
	x.Arm(session.Ref(ref(m)))
}

// leaves takes in that c is over for its session s.
func (c *Conn) leaves(s *Session, at rules.Ref) {
	x := s.client
	if x == nil {
		return
	}
	x.Online = false
	if at.Frame == 0 {
		return
	}
	x.WillDue(session.Ref(at), c.taint == rules.Certain)
	if c.Accepted && s.Expiry == 0 {
		x.End(session.Ref(at))
	}
}

// dismisses takes in that the client of c has said DISCONNECT: unless it asks for
// its will, that is not published.
func (c *Conn) dismisses(m *flows.Message) {
	if x := c.Session.client; x != nil && m.Packet.Reason == 0 {
		x.Dismiss(session.Ref(ref(m)))
	}
}

// models takes m into the model of the broker, before the rules look at it.
func (e *Engine) models(c *Conn, m *flows.Message, from session.Side) {
	p := m.Packet
	at := session.Ref(ref(m))
	switch p.Type {
	case mqtt.PUBLISH:
		e.publishes(c, m, from)
	case mqtt.PUBACK, mqtt.PUBREC, mqtt.PUBREL, mqtt.PUBCOMP:
		if c.Fact.Exchange != nil && c.Fact.Exchange.Note != 0 {
			e.answers(c, p, from, at)
		}
	case mqtt.SUBSCRIBE, mqtt.UNSUBSCRIBE, mqtt.SUBACK, mqtt.UNSUBACK:
		x := e.client(c)
		switch {
		case x == nil:
		case p.Type == mqtt.SUBSCRIBE:
			x.Subscribe(p, at)
			x.Overflown = x.Overflown || m.Skipped > 0
		case p.Type == mqtt.UNSUBSCRIBE:
			x.Unsubscribe(p, at)
		case p.Type == mqtt.SUBACK:
			x.Granted(p, at)
		default:
			x.Unsubscribed(p, at)
		}
	}
}

// publishes takes a PUBLISH in: what a client has published, or which publication
// it gets. Repetitions are neither.
func (e *Engine) publishes(c *Conn, m *flows.Message, from session.Side) {
	p := m.Packet
	x := e.client(c)
	if x == nil || p.QoS > 2 || len(p.Topic) == 0 || m.Skipped > 0 {
		return
	}
	f := &c.Fact
	switch f.Relation {
	case session.Apart, session.New, session.Reused:
	default:
		if from == client && f.Exchange != nil {
			if pub := x.Broker.Recall(f.Exchange.Note); pub != nil {
				pub.Repeated = true
			}
		}
		return
	}
	at := session.Ref(ref(m))
	var pub *broker.Publication
	if from == client {
		sure := c.taint == rules.Certain && m.Framing == flows.Anchored
		pub = x.Publish(p, at, sure)
		c.Publication = pub
	} else {
		c.Delivery = x.Deliver(p, at)
		pub = c.Delivery.Pub
	}
	if pub != nil && f.Exchange != nil {
		f.Exchange.Note = uint32(pub.Number)
	}
}

// answers takes in an acknowledgement p of an exchange whose message the model
// knows.
func (e *Engine) answers(c *Conn, p *mqtt.Packet, from session.Side, at session.Ref) {
	f := &c.Fact
	x := c.Session.client
	if x == nil || f.Relation != session.Answer {
		return
	}
	pub := x.Broker.Recall(f.Exchange.Note)
	if pub == nil {
		return
	}
	failed := p.Reason.Failure()
	switch {
	case from == client && p.Type == mqtt.PUBREL:
		if pub.Released.Frame == 0 {
			pub.Released = at
		}
	case from == client && pub.Via == x && failed:
		pub.ViaRefused = true
		e.brokers.refused++
	case from == server && (p.Type == mqtt.PUBACK || p.Type == mqtt.PUBCOMP || p.Type == mqtt.PUBREC && failed):
		x.Broker.Take(pub, at, p.Reason)
	case from == client && pub.Via == x && p.Type == mqtt.PUBCOMP:
		pub.ViaDone = true
	}
}
