package mqttrules

import (
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/broker"
	"plcscope/rules"
)

// maxHoles bounds how many publications are looked back over.
const maxHoles = 16

// holes looks for publications that the client of c ought to have got before the
// one that m delivers, of the same publisher, topic and QoS: a message that comes
// after them, and one that came before, show that the client may read the topic
// and the broker is able to deliver.
func (e *Engine) holes(c *Conn, m *flows.Message) {
	d, x := &c.Delivery, c.Session.client
	p := d.Pub
	if m.Packet.QoS == 0 || p.Will || !d.Unique || d.Foreign() || d.Shared != 0 || !p.Sure {
		return
	}
	for q, n := x.Broker.Before(p), 0; q != nil && q.Number > d.Last && n < maxHoles; q, n = x.Broker.Before(q), n+1 {
		if q.From != p.From || q.QoS != p.QoS || !e.missing(x, q) || c.tooSmallFor(q) {
			continue
		}
		away := q.Away(x)
		if !away && (d.LastSerial != x.Serial || q.At.Time < x.Begun.Time) {
			continue
		}
		rule := queueToMatching
		switch {
		case away:
			if c.Connected.Clean || versionOf(c) == mqtt.V31 || !c.Session.Resumed {
				continue
			}
			rule = offlineQueue
		case recycled(x.Broker, q):
			rule = pubcompThenNew
		}
		r := e.speak(c, rule)
		if r == nil {
			continue
		}
		r.Exercised()
		r.Related(ref(m))
		if away {
			r.Suspect(nil, rules.Ref(q.At), q, itself|connectionUp,
				"the QoS %d message of frame %d with topic %s was acknowledged to its publisher in frame %d while this client was away with a subscription to it. The client has continued its session and got the later message of frame %d, but never this one",
				q.QoS, q.At.Frame, rules.Excerpt(d.Topic.Name), q.Taken.Frame, p.At.Frame)
			continue
		}
		if rule == pubcompThenNew {
			r.Suspect(nil, rules.Ref(q.At), q, itself|connectionUp,
				"the QoS 2 message of frame %d with topic %s uses identifier %d again, which was free since PUBCOMP. It was acknowledged in frame %d, but this subscriber never gets it, though it got the message before it and the one of frame %d after it: it was taken for a repetition",
				q.At.Frame, rules.Excerpt(d.Topic.Name), q.ID, q.Taken.Frame, p.At.Frame)
			continue
		}
		r.Suspect(nil, rules.Ref(q.At), q, itself|connectionUp,
			"the QoS %d message of frame %d with topic %s was acknowledged to its publisher in frame %d and never reaches this subscriber, which got others of this publisher and topic before it and after it (frame %d) and left none unacknowledged",
			q.QoS, q.At.Frame, rules.Excerpt(d.Topic.Name), q.Taken.Frame, p.At.Frame)
	}
}

// missing reports whether x ought to have got q, and nothing excuses the broker.
func (e *Engine) missing(x *broker.Client, q *broker.Publication) bool {
	return q.Must(x) && !q.Got(x) && q.Sure && !q.Will && !q.Refused && !q.Nobody && q.Taken.Frame != 0 &&
		q.Props.Has&broker.HasExpiry == 0 && !x.Overflown && !x.Bridge && x.Sole(q)
}

// recycled reports whether q takes the identifier of the QoS 2 message that its
// publisher has completed last.
func recycled(b *broker.Broker, q *broker.Publication) bool {
	p := b.Before(q)
	return q.QoS == 2 && p != nil && p.QoS == 2 && p.From == q.From && p.ID == q.ID && p.Taken.Frame != 0
}

// silence is how many publications in a row a client has to miss before they are
// missed.
const silence = 3

// awaits looks after those who should get what the client of c publishes by m:
// somebody who got such messages before and gets none any more.
func (e *Engine) awaits(c *Conn, m *flows.Message) {
	p := c.Publication
	b := c.Session.client.Broker
	list := b.Receivers(p.Topic)
	for i := range list {
		t := &list[i]
		e.expects(c, m, t)
		if t.Waiting >= silence && t.Last != 0 && p.Topic.Strangers == 0 {
			e.stopped(p, t, m.Time)
		}
	}
}

// stopped reports a subscriber that has missed several publications in a row
// under a topic on which it got messages before.
func (e *Engine) stopped(p *broker.Publication, t *broker.Receiver, now int64) {
	x := t.Client
	s, ok := x.Holder.(*Session)
	if !ok || s.client != x || len(s.live) == 0 || x.Busy > 0 || !x.Online {
		return
	}
	c := s.live[len(s.live)-1]
	if c.Session != s {
		return
	}
	b := x.Broker
	missed, oldest := 0, p
	var big *broker.Publication
	for q, n := b.Before(p), 0; q != nil && q.Number > t.Last && n < maxHoles; q, n = b.Before(q), n+1 {
		switch {
		case q.Got(x):
			return
		case c.tooSmallFor(q):
			big = q
		case q.At.Time > x.Begun.Time && now-q.At.Time > e.grace(c) && c.Sides[server].Last.Time > q.At.Time && e.missing(x, q):
			missed++
			oldest = q
		}
	}
	if missed < silence {
		return
	}
	t.Waiting = 0 // once
	last := b.Publication(t.Last)
	if last == nil {
		return
	}
	rule, why, at := s.stops(t, last, big)
	if rule == nil {
		return
	}
	if r := e.speak(c, rule); r != nil {
		r.Exercised()
		r.Related(rules.Ref(last.At)).Related(at)
		r.Suspect(nil, rules.Ref(oldest.At), oldest, itself,
			"%s: %d messages with topic %s and QoS 1 or 2, from frame %d on, were acknowledged to their publisher and did not reach this client, which got the one of frame %d before",
			why, missed, rules.Excerpt(p.Topic.Name), oldest.At.Frame, last.At.Frame)
	}
}

// limitOf is the size in bytes beyond which the client of c takes no packet; 0 is
// no limit.
func limitOf(c *Conn) int { return int(c.terms[client].maxPacket) }

// tooSmallFor reports whether the client of c does not take packets as large as q.
func (c *Conn) tooSmallFor(q *broker.Publication) bool {
	return limitOf(c) > 0 && q.Topic != nil && q.Length+len(q.Topic.Name) > limitOf(c)
}

// stops explains by what the messages have stopped that the receiver got up to the
// publication last. It returns nil when access rights may have changed, or
// anything else that the capture does not show.
func (s *Session) stops(t *broker.Receiver, last, big *broker.Publication) (rule *Rule, why string, at rules.Ref) {
	x := s.client
	subs := x.Subscriptions()
	if big != nil && t.Serial == x.Serial {
		return oversizeDiscarded5, "since a message that is too large for the client was published", rules.Ref(big.At)
	}
	if t.Serial != x.Serial {
		if x.Session.Frame < last.At.Frame && s.Resumed {
			return sessionResumed, "the client has continued its session, with its subscriptions", rules.Ref(x.Begun)
		}
		for i := range subs {
			if t.Subs>>i&1 != 0 && subs[i].Live() && classOf(subs[i].Match)&wildcard == 0 {
				return nil, "", rules.Ref{}
			}
		}
		return wildcardsUnsupported311, "the client has subscribed in a new session by wildcards only, and was granted it", rules.Ref(x.Begun)
	}
	var changed *broker.Subscription
	for i := range subs {
		sub := &subs[i]
		switch {
		case t.Subs>>i&1 != 0 && sub.Again > 0 && sub.Since.Frame > last.At.Frame:
			return resubscribeReplaces, "the client has subscribed to the same filter again", rules.Ref(sub.Since)
		case sub.State == broker.Gone && sub.Left.Frame > last.At.Frame && (changed == nil || changed.Left.Frame < sub.Left.Frame):
			changed = sub
		}
	}
	if changed != nil {
		return unsubscribeExact, "the client has unsubscribed from the filter " + rules.Excerpt(changed.Filter) + " only", rules.Ref(changed.Left)
	}
	return nil, "", rules.Ref{}
}

// expects counts what the publication m of c puts to the test at a receiver.
func (e *Engine) expects(c *Conn, m *flows.Message, t *broker.Receiver) {
	x := t.Client
	s, ok := x.Holder.(*Session)
	if !ok || s.client != x || len(s.live) == 0 || !x.Online {
		return
	}
	to := s.live[len(s.live)-1]
	if to.Session != s {
		return
	}
	left, live, local := false, false, false
	subs := x.Subscriptions()
	for i := range subs {
		if t.Subs>>i&1 != 0 {
			left = left || subs[i].State == broker.Gone
			live = live || subs[i].Live()
			local = local || subs[i].Live() && subs[i].NoLocal()
		}
	}
	if left && !live {
		if r := e.speak(to, unsubscribeStops); r != nil {
			r.Exercised()
		}
	}
	if local && to == c {
		if r := e.speak(c, noLocal5); r != nil {
			r.Exercised()
		}
	}
	if live && limitOf(to) > 0 && len(m.Packet.Topic)+len(m.Packet.Payload) > limitOf(to) {
		if r := e.speak(to, oversizeDiscarded5); r != nil {
			r.Exercised()
		}
		to.forward.tooLarge = ref(m)
	}
}
