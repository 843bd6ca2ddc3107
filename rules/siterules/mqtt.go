package siterules

import (
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// said is what a client publishes: in a PUBLISH, or by its will.
type said struct {
	msg     *flows.Message
	will    bool
	topic   []byte
	qos     mqtt.QoS
	retain  bool
	payload []byte
	length  int  // of the payload in bytes, whether the capture holds it or not; -1 when it is not known
	cut     bool // the capture does not hold all of it
	deletes bool // an empty retained message, which takes one back
	at      int  // offset of the payload in the packet, -1 when it is not known
	state   *topic
	kept    bool // state is remembered for the next PUBLISH
	dup     bool
	json    uint8 // 1: the payload is JSON, 2: it is not, 0: nobody has asked
}

func (s *said) String() string {
	if s.will {
		return "the will"
	}
	return "the message"
}

// packet judges an MQTT packet.
func (e *Engine) packet(c *Conn, m *flows.Message) {
	p := m.Packet
	if p == nil || m.Err != nil || m.AfterError {
		return
	}
	if p.Type == mqtt.CONNECT && m.FromClient && m.Skipped == 0 && p.Version != 0 {
		e.connect(c, m)
	}
	e.choose(c)
	if len(c.mqtt) == 0 {
		return
	}
	if c.acks && m.Skipped == 0 {
		e.exchange(c, m)
	}
	if !m.FromClient {
		return
	}
	e.hear(c, m)
	switch p.Type {
	case mqtt.PUBLISH:
		e.publish(c, m)
	case mqtt.SUBSCRIBE:
		if m.Skipped == 0 {
			e.subscribe(c, m)
		}
	}
}

// connect learns who the client is and judges how it says so.
func (e *Engine) connect(c *Conn, m *flows.Message) {
	if c.connects++; c.connects > 1 {
		return // what a broker would close the connection for
	}
	p := &m.Packet.Connect
	if c.ClientID = append(c.ClientID[:0], p.ClientID...); c.ClientID == nil {
		c.ClientID = []byte{}
	}
	e.forget(c)
	c.chosen = false
	e.choose(c)
	r := &e.reporter
	for _, x := range c.mqtt {
		for _, b := range e.hooked.connect {
			r.bind(c, b)
			b.Connect(c, x, m, r)
		}
	}
	if p.WillFlag() && len(c.mqtt) > 0 {
		s := &c.said
		*s = said{msg: m, will: true, topic: p.WillTopic, qos: p.WillQoS(), retain: p.WillRetain(), payload: p.WillMessage, length: len(p.WillMessage), at: -1}
		e.judge(c, s)
	}
}

// hear takes note that the client is there.
func (e *Engine) hear(c *Conn, m *flows.Message) {
	if c.heard != 0 && m.Time > c.heard {
		e.stalled(c, m.FirstTime, m.Time)
	}
	if m.Time-c.swept > second || m.Packet.Type == mqtt.DISCONNECT {
		e.silent(c, ref(m))
	}
	c.heard = max(c.heard, m.Time)
}

// publish judges a PUBLISH.
func (e *Engine) publish(c *Conn, m *flows.Message) {
	p := m.Packet
	s := &c.said
	*s = said{msg: m, at: -1, length: -1, dup: p.Dup}
	if m.Skipped > 0 {
		p = &e.part
		if !p.DecodePart(m.Bytes, m.Version, nil) || p.Topic == nil {
			return
		}
		s.cut = true
	}
	own := p.Topic
	c.aliases.Resolve(p, nil)
	s.topic, p.Topic = p.Topic, own // others see the packet too, and as it came
	if len(s.topic) == 0 || p.QoS > 2 {
		return
	}
	s.qos, s.retain, s.payload = p.QoS, p.Retain, p.Payload
	if s.payload != nil {
		s.at = len(m.Bytes) - len(s.payload)
		s.length = len(s.payload) + m.Skipped
	}
	e.judge(c, s)
}

// judge holds what a client publishes against the policy.
func (e *Engine) judge(c *Conn, s *said) {
	s.deletes = s.retain && s.length == 0 && !s.cut
	s.state, s.kept = e.topic(c, s.topic)
	r := &e.reporter
	for i, p := range c.mqtt {
		x := &s.state.entries[i]
		for _, b := range e.hooked.publish {
			r.bind(c, b)
			b.Publish(p.MQTT, x, s, r)
		}
		if x.Publish == nil || s.deletes {
			continue
		}
		for _, b := range e.hooked.payload {
			if b.Asks(&x.Payload) {
				r.bind(c, b)
				r.payload(p.MQTT, x, s)
			}
		}
	}
	if !s.will && !s.dup && s.kept {
		s.state.last = ref(s.msg)
		for i := range s.state.entries {
			s.state.entries[i].told = false
		}
	}
}

// subscribe judges a SUBSCRIBE.
func (e *Engine) subscribe(c *Conn, m *flows.Message) {
	r := &e.reporter
	for _, p := range c.mqtt {
		for _, b := range e.hooked.subscribe {
			r.bind(c, b)
			b.Subscribe(p, m, r)
		}
	}
}

// exchange follows the exchanges of QoS 1 and 2.
func (e *Engine) exchange(c *Conn, m *flows.Message) {
	p := m.Packet
	switch p.Type {
	case mqtt.PUBLISH, mqtt.PUBACK, mqtt.PUBREC, mqtt.PUBREL, mqtt.PUBCOMP:
	default:
		return
	}
	if p.ID == 0 || p.QoS > 2 && p.Type == mqtt.PUBLISH {
		return
	}
	from := session.Server
	if m.FromClient {
		from = session.Client
	}
	e.fact = c.session.Apply(from, p, session.Ref(ref(m)))
	f := &e.fact
	over := p.Type == mqtt.PUBACK || p.Type == mqtt.PUBCOMP || p.Type == mqtt.PUBREC && p.Reason.Failure()
	if !over || f.Relation != session.Answer || f.Before.Tangled || f.Before.Lapsed || f.Before.Sends > 1 {
		return
	}
	r := &e.reporter
	for _, x := range c.mqtt {
		for _, b := range e.hooked.acked {
			r.bind(c, b)
			b.Acked(x.MQTT, &f.Before, m, r)
		}
	}
}

// silent looks for topics on which the client should have published by now; that it
// is there, and not held up by the network, has just been seen.
func (e *Engine) silent(c *Conn, now rules.Ref) {
	c.swept = now.Time
	r := &e.reporter
	for _, t := range c.watched {
		if t.last.Frame == 0 {
			continue
		}
		for i := range t.entries {
			for _, b := range e.hooked.silent {
				r.bind(c, b)
				b.Silent(c, c.mqtt[i].MQTT, t, &t.entries[i], now, r)
			}
		}
	}
}
