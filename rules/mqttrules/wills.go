package mqttrules

import (
	"math/bits"
	"strings"

	"plcscope/flows"
	"plcscope/internal/fingerprint"
	"plcscope/mqtt"
	"plcscope/mqtt/broker"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// wills are the sessions that have had a will, by broker and topic; nil where several
// have had one under the same topic.
type wills map[willTopicName]*Session

type willTopicName struct {
	broker *broker.Broker
	topic  uint64 // a fingerprint
}

// maxWills bounds them; beyond, all are forgotten.
const maxWills = 4096

// note takes in that the session s of x has a will under the topic.
func (w *wills) note(x *broker.Client, topic []byte, s *Session) {
	if *w == nil || len(*w) >= maxWills {
		*w = wills{}
	}
	key := willTopicName{x.Broker, fingerprint.Of(0, topic)}
	if other, ok := (*w)[key]; ok && other != s {
		s = nil
	}
	(*w)[key] = s
}

// willTold follows the wills over CONNECT, CONNACK and DISCONNECT.
func (e *Engine) willTold(c *Conn, m *flows.Message) {
	s, x := c.Session, c.Session.client
	w := &x.Will
	switch p := m.Packet; {
	case c.Connects != 1 || s.key.client == "":
	case p.Type == mqtt.CONNECT:
		s.abrupt = rules.Ref{}
		if w.State != broker.NoWill {
			e.wills.note(x, w.Topic, s)
		}
	case p.Type == mqtt.CONNACK:
		last := &x.LastWill
		due := last.Until.Time + int64(last.Props.Delay)*second
		if p.Code == 0 && p.SessionPresent && last.State == broker.Due && last.Props.Delay > 0 && m.Time+surelyBefore < due && last.Until.Frame < c.Connect.Frame && c.taint == rules.Certain {
			last.State, last.Until = broker.Cancelled, session.Ref(ref(m))
			if e.watched(x, last) {
				e.tested(c, willDelayCancelled)
			}
		}
	case m.FromClient && p.Reason == 0 && w.State == broker.Armed:
		if e.watched(x, w) {
			e.tested(c, willNotAfterDisconnect)
		}
	}
}

// watched reports whether somebody else would get the will w of x.
func (e *Engine) watched(x *broker.Client, w *broker.Will) bool {
	t := x.Broker.Topic(w.Topic)
	if t == nil {
		return false
	}
	for _, r := range x.Broker.Receivers(t) {
		if r.Client != x && r.Client.Online {
			return true
		}
	}
	return false
}

// parted looks at what the end of c, for its session s, means for the will.
func (e *Engine) parted(c *Conn, s *Session, at rules.Ref) {
	x := s.client
	if x == nil || at.Frame == 0 || !c.Accepted || c.Sides[client].Disconnect.Frame != 0 || c.taint != rules.Certain || c.TakenBy.Frame != 0 {
		return
	}
	w := &x.Will
	if w.State == broker.NoWill {
		s.abrupt = at
		if n := x.Broker.Subscribers(); n > 1 || n == 1 && len(x.Subscriptions()) == 0 {
			e.tested(c, noWillNoMessage)
		}
		return
	}
	p := x.Broker.Publication(w.Number)
	if w.State != broker.Due || p == nil || !p.Sure || p.Topic == nil || w.QoS == 0 || p.Props.Has&broker.HasExpiry != 0 {
		return
	}
	delay := w.Props.Delay
	if w.Version == mqtt.V5 {
		delay = min(delay, s.Expiry)
	}
	due := w.Until.Time + int64(delay)*second
	for _, r := range x.Broker.Receivers(p.Topic) {
		y, ok := r.Client.Holder.(*Session)
		if !ok || r.Client == x || !r.Client.Online || r.Client.Bridge || len(y.live) == 0 || !settledAt1(&r, p) || !heardOf(x, r.Client, p) {
			continue
		}
		y.live[len(y.live)-1].await(awaited{rule: willPublished, topic: string(w.Topic), number: w.Number, since: due, at: rules.Ref(w.Until)})
	}
}

// settledAt1 reports whether the receiver had a subscription of QoS 1 or 2 when p
// fell due.
func settledAt1(r *broker.Receiver, p *broker.Publication) bool {
	subs := r.Client.Subscriptions()
	for m := r.Subs; m != 0; m &= m - 1 {
		if s := &subs[bits.TrailingZeros64(m)]; s.QoS > 0 && s.Settled(p.At.Time) && !s.Shared() {
			return true
		}
	}
	return false
}

// heardOf reports whether y has got a message that x has published under the topic of
// p before: then x may publish there, and y may read it.
func heardOf(x, y *broker.Client, p *broker.Publication) bool {
	b := x.Broker
	for q, n := b.Before(p), 0; q != nil && n < 64; q, n = b.Before(q), n+1 {
		if q.From == x && q.Got(y) {
			return true
		}
	}
	return false
}

// willMissing reports the will that a was to bring, when it is due; it returns whether
// it is too early to tell.
func (e *Engine) willMissing(c *Conn, a *awaited, now int64) (early bool) {
	x := c.Session.client
	p := x.Broker.Publication(a.number)
	if p == nil || p.Got(x) || p.Topic == nil {
		return false
	}
	w := willBehind(p)
	s, ok := p.From.Holder.(*Session)
	if w == nil || w.State != broker.Due || !ok || a.since > a.at.Time && s.begun > a.at.Time {
		return false // its client was back before it was due
	}
	if now-a.since <= 2*e.grace(c) || c.taint == rules.Certain && c.unseen(server) {
		return true
	}
	if r := e.speak(c, willPublished); r != nil {
		r.Exercised()
		r.Related(rules.Ref(w.At)).Late(a.at, "the connection of client %q is closed without DISCONNECT and its will with topic %s (CONNECT in frame %d) does not come to this subscriber, which has got other messages of the client with this topic: nothing came for %s",
			s.ClientID, rules.Excerpt([]byte(a.topic)), w.At.Frame, rules.Seconds(now-a.since))
	}
	return false
}

// willBehind returns the will that p is, or nil when it has been forgotten.
func willBehind(p *broker.Publication) *broker.Will {
	for _, w := range []*broker.Will{&p.From.Will, &p.From.LastWill} {
		if w.State != broker.NoWill && w.Number == p.Number {
			return w
		}
	}
	return nil
}

// attributable reports whether a will can only be that client's: it names the client.
func attributable(id string, w *broker.Will) bool {
	return len(id) > 2 && (strings.Contains(string(w.Topic), id) || strings.Contains(string(w.Payload), id))
}

// willDelivered judges a message m with RETAIN 0 that is a will, or like one.
func (e *Engine) willDelivered(c *Conn, m *flows.Message) {
	x, d := c.Session.client, &c.Delivery
	switch {
	case x.Bridge || x.Overflown:
	case d.Pub == nil:
		e.likeAWill(c, m)
	case d.Pub.Will:
		e.aWill(c, m)
	}
}

func (e *Engine) aWill(c *Conn, m *flows.Message) {
	x, d := c.Session.client, &c.Delivery
	p := d.Pub
	w := willBehind(p)
	s, ok := p.From.Holder.(*Session)
	if w == nil || !ok {
		return
	}
	e.tested(c, willPublished)
	e.tested(c, willOnce)
	if versionOf(c) == mqtt.V5 && p.Props.Users > 1 {
		got := broker.PropsOf(&m.Packet.Props)
		if got.Users == p.Props.Users && got.UserSet == p.Props.UserSet && x.Sole(p) {
			if r := e.speak(c, willUserPropOrder); r != nil {
				r.Exercised()
				if got.User != p.Props.User {
					r.Related(rules.Ref(w.At)).Violation(m, "the will of client %q comes with its %d User Properties in another order than in the CONNECT in frame %d", s.ClientID, got.Users, w.At.Frame)
				}
			}
		}
	}
	if !attributable(s.ClientID, w) || !x.Sole(p) || d.Shared != 0 {
		return
	}
	foreign := d.Topic.Strangers
	switch {
	case w.State == broker.Cancelled && m.Time-w.Until.Time > surelyBefore && foreign == 0:
		c.await(awaited{rule: willDelayCancelled, topic: string(w.Topic), sub: rules.Ref(w.At), at: ref(m), detail: sprintf(
			"the will of client %q (CONNECT in frame %d, Will Delay Interval %d s) comes, though the client continued its session in frame %d, before that time was over", []any{s.ClientID, w.At.Frame, w.Props.Delay, w.Until.Frame})})
	case d.Copies > 1 && bits.OnesCount64(d.Live) == 1 && w.State == broker.Due && foreign == 0:
		c.await(awaited{rule: willOnce, topic: string(w.Topic), sub: rules.Ref(w.At), at: ref(m), detail: sprintf(
			"the will of client %q (CONNECT in frame %d) comes once more; this subscriber has got it already, and has one subscription that matches", []any{s.ClientID, w.At.Frame})})
	}
}

// likeAWill judges a message m that nobody in the capture has published.
func (e *Engine) likeAWill(c *Conn, m *flows.Message) {
	t, p := c.Delivery.Topic, m.Packet
	if len(e.wills) == 0 || t.Strangers != 1 {
		return
	}
	s := e.wills[willTopicName{c.Session.client.Broker, fingerprint.Of(0, t.Name)}]
	if s == nil || s.client == nil {
		return
	}
	w, last := &s.client.Will, &s.client.LastWill
	switch {
	case w.State == broker.Dismissed && w.IsWill(p.Topic, p.Payload) && attributable(s.ClientID, w):
		c.await(awaited{rule: willNotAfterDisconnect, topic: string(t.Name), foreign: 1, sub: rules.Ref(w.Until), at: ref(m), detail: sprintf(
			"the will of client %q comes, which said DISCONNECT in frame %d", []any{s.ClientID, w.Until.Frame})})
	case w.State == broker.NoWill && s.abrupt.Frame != 0 && m.Time-s.abrupt.Time < verySoon && last.IsWill(p.Topic, p.Payload) && attributable(s.ClientID, last):
		c.await(awaited{rule: noWillNoMessage, topic: string(t.Name), foreign: 1, sub: s.abrupt, at: ref(m), detail: sprintf(
			"a will of client %q comes after its connection was closed without DISCONNECT in frame %d; the CONNECT of that connection had no will, the one before it (frame %d) had this one", []any{s.ClientID, s.abrupt.Frame, last.At.Frame})})
	}
}
