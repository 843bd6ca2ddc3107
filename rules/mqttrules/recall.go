package mqttrules

import (
	"fmt"
	"slices"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/broker"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// awaited is a message that a subscriber of the broker has to get, or a finding about
// one that it got, until the capture has had the time to explain it.
type awaited struct {
	rule    *Rule
	topic   string
	number  uint64    // of the publication
	since   int64     // it is due from then on
	sub     rules.Ref // the SUBSCRIBE
	at      rules.Ref // what came and should not have; zero while something is to come
	foreign uint32    // Strangers that the topic may have
	about   uint64    // number of the publication that came; 0: none in particular
	detail  string
}

// recall is what is kept for the rules about retained messages and wills on the
// connection of a subscriber.
type recall struct {
	awaits []awaited
}

// maxAwaits bounds what a subscriber is waiting for.
const maxAwaits = 32

// await takes note of a. What is to come of a topic is awaited once.
func (c *Conn) await(a awaited) {
	if len(c.recall.awaits) < maxAwaits {
		c.recall.awaits = append(c.recall.awaits, a)
	}
}

// arrived takes note that a retained message of the topic has come.
func (c *Conn) arrived(topic []byte) {
	c.recall.awaits = slices.DeleteFunc(c.recall.awaits, func(a awaited) bool {
		return a.at.Frame == 0 && a.rule != willPublished && a.topic == string(topic)
	})
}

// tested counts that the broker of c was put to the test of a rule.
func (e *Engine) tested(c *Conn, rule *Rule) {
	if r := e.speak(c, rule); r != nil {
		r.Exercised()
	}
}

// recalls follows what m, which the model of the broker has taken in, says about its
// retained messages and wills.
func (e *Engine) recalls(c *Conn, m *flows.Message, from session.Side) {
	x := c.Session.client
	if x == nil {
		return
	}
	switch p := m.Packet; p.Type {
	case mqtt.PUBLISH:
		d := &c.Delivery
		switch {
		case from == client || d.Topic == nil:
		case p.Retain && d.Replay:
			e.replayed(c, m)
		case !p.Retain:
			e.live(c, m)
			e.willDelivered(c, m)
		}
	case mqtt.SUBACK:
		if c.Fact.Relation != session.Answer || c.Fact.Before.Tangled {
			return
		}
		subs := x.Subscriptions()
		for i := range subs {
			if s := &subs[i]; s.State == broker.Active && s.Since.Frame == m.Frame && !s.Shared() {
				e.granted(c, s)
			}
		}
	case mqtt.SUBSCRIBE, mqtt.UNSUBSCRIBE:
		for i := range p.Filters {
			c.arrived(p.Filters[i].Filter)
		}
	case mqtt.CONNECT, mqtt.CONNACK, mqtt.DISCONNECT:
		e.willTold(c, m)
	}
}

// decide tells the findings on c that nothing has explained until now. It hears says
// that the broker has just said something on c.
func (e *Engine) decide(c *Conn, now int64, hears bool) {
	x := c.Session.client
	kept := c.recall.awaits[:0]
	for _, a := range c.recall.awaits {
		switch {
		case x == nil:
		case a.rule == willPublished:
			if !hears || e.willMissing(c, &a, now) {
				kept = append(kept, a)
			}
		case a.at.Frame == 0 || now-a.at.Time <= confirmation:
			kept = append(kept, a)
		default:
			t := x.Broker.Topic([]byte(a.topic))
			if t == nil || t.Strangers != a.foreign || a.number != 0 && t.Retained.Number != a.number || repeated(x.Broker, t, a.about) ||
				a.number != 0 && !e.witnessed(t, x.Broker, a.number) {
				continue
			}
			if r := e.speak(c, a.rule); r != nil {
				r.Exercised()
				r.Related(a.sub).Late(a.at, "%s", a.detail)
			}
		}
	}
	clear(c.recall.awaits[len(kept):])
	c.recall.awaits = kept
}

func sprintf(format string, args []any) string { return fmt.Sprintf(format, args...) }
