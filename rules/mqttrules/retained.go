package mqttrules

import (
	"plcscope/flows"
	"plcscope/internal/fingerprint"
	"plcscope/mqtt"
	"plcscope/mqtt/broker"
	"plcscope/rules"
)

// Times, in nanoseconds, by which what happened at about the same time is kept apart.
const (
	surelyBefore = 2 * second  // what was acknowledged so long before is in force
	quietBefore  = 5 * second  // what was sent so long before, with QoS 0, has arrived
	verySoon     = 5 * second  // what comes so soon after SUBSCRIBE may come because of it
	confirmation = 2 * second  // how long a finding waits for what explains it
	longBefore   = 10 * second // what was granted so long before has had all its retained messages
)

// inForce reports whether the retained message was certainly the one of its topic
// when the client subscribed at that time.
func inForce(r *broker.Retained, asked int64) bool {
	switch {
	case r.At.Frame == 0 || r.Refused || !r.Sure || r.Props.Has&broker.HasExpiry != 0 || r.Will && r.Props.Delay > 0:
		return false
	case r.QoS == 0 || r.Will:
		return r.At.Time+quietBefore < asked
	}
	return r.Taken.Frame != 0 && r.Taken.Time+surelyBefore < asked
}

// witnessed reports whether a subscriber has got publication number of the topic and
// was there, with nothing missing, all the time since: then the broker has accepted
// it, and whoever else has published under the topic is known.
func (e *Engine) witnessed(t *broker.Topic, b *broker.Broker, number uint64) bool {
	p := b.Publication(number)
	if p == nil {
		return false
	}
	for _, r := range b.Receivers(t) {
		x := r.Client
		if !x.Online || x.Begun.Time >= p.At.Time || !p.Got(x) || x.Bridge {
			continue
		}
		s, ok := x.Holder.(*Session)
		if !ok || len(s.live) == 0 {
			continue
		}
		c := s.live[len(s.live)-1]
		if c.Connect.Frame != x.Begun.Frame || c.taint != rules.Certain || c.TakenBy.Frame != 0 || c.unseen(client) || c.unseen(server) {
			continue
		}
		for i, subs := 0, x.Subscriptions(); i < len(subs); i++ {
			if s := &subs[i]; r.Subs>>i&1 != 0 && s.Settled(p.At.Time) && !s.Shared() && !s.NoLocal() {
				return true
			}
		}
	}
	return false
}

// granted looks at what is retained when a subscription s of c is granted.
func (e *Engine) granted(c *Conn, s *broker.Subscription) {
	b := c.Session.client.Broker
	if classOf(s.Match)&wildcard == 0 {
		if t := b.Topic(s.Match); t != nil {
			e.grantedTopic(c, s, t)
		}
		return
	}
	for t := range b.Retained(s.Match) {
		e.grantedTopic(c, s, t)
	}
}

func (e *Engine) grantedTopic(c *Conn, s *broker.Subscription, t *broker.Topic) {
	r := &t.Retained
	if !inForce(r, s.Asked.Time) {
		return
	}
	if !r.Present {
		e.tested(c, retainEmptyClears)
		e.tested(c, retainEmptyNotStored)
		return
	}
	if p := c.Session.client.Broker.Publication(t.Latest()); p != nil && !p.Retain {
		if p.Will {
			e.tested(c, willNonretained)
		} else {
			e.tested(c, nonretainedNotStored)
		}
	}
	switch {
	case s.RetainHandling() == 2:
		e.tested(c, retainHandling2)
	case s.RetainHandling() == 1 && s.First != s.Since:
		e.tested(c, retainHandling1)
	case string(t.Name) == string(s.Filter):
		e.expect(c, s, t)
	}
}

// expect takes note that the retained message of t has to come for the subscription
// s, whose filter is the topic itself: for wildcards there may be more than a queue
// holds.
func (e *Engine) expect(c *Conn, s *broker.Subscription, t *broker.Topic) {
	x, r, terms := c.Session.client, &t.Retained, &c.terms
	if r.QoS == 0 || s.QoS == 0 || s.NoLocal() && r.From == x || x.Bridge || terms[server].noRetain || terms[client].maxPacket != 0 {
		return
	}
	a := awaited{topic: string(t.Name), number: r.Number, since: s.Since.Time, sub: rules.Ref(s.Asked)}
	switch {
	case r.Will:
		a.rule = willRetained
	case s.RetainHandling() == 1:
		a.rule = retainHandling1
	case versionOf(c) == mqtt.V5:
		a.rule = retainHandling0
	case versionOf(c) == mqtt.V311 && ended(r):
		a.rule = retainedOutliveSession
	default:
		a.rule = retainedOnSubscribe
	}
	c.await(a)
}

// ended reports whether the session that has published r is over.
func ended(r *broker.Retained) bool {
	s, ok := r.From.Holder.(*Session)
	return ok && (s.Left.Time > r.At.Time && s.Expiry == 0 || s.begun > r.At.Time && s.present.Clean)
}

// matching calls visit with the subscriptions of x, over ones included, that match
// the topic, shared ones apart.
func matching(x *broker.Client, topic []byte, visit func(s *broker.Subscription)) {
	subs := x.Subscriptions()
	for i := range subs {
		if s := &subs[i]; s.State != broker.Refused && !s.Shared() && mqtt.MatchTopic(s.Match, topic) {
			visit(s)
		}
	}
}

// replayed judges a message m with RETAIN 1, which a subscription has brought.
func (e *Engine) replayed(c *Conn, m *flows.Message) {
	x, t, b := c.Session.client, c.Delivery.Topic, c.Session.client.Broker
	c.arrived(t.Name)
	if x.Bridge || x.Overflown {
		return
	}
	var s *broker.Subscription // the one that was asked for last
	plain, handling := true, [4]int{}
	matching(x, t.Name, func(y *broker.Subscription) {
		if s == nil || y.Asked.Time > s.Asked.Time {
			s = y
		}
		plain = plain && !y.RetainAsPublished() && y.Left.Frame == 0 && y.Again == 0
		handling[y.RetainHandling()]++
	})
	if s == nil || s.RetainAsPublished() {
		return
	}
	r := &t.Retained
	was := &t.Before
	print, asked := fingerprint.Of(0, m.Packet.Payload), s.Asked.Time
	known := inForce(r, asked)
	right := known && r.Present && print == r.Content
	switch {
	case right && plain && handling[2] > 0 && handling[0]|handling[1] == 0:
		e.uninvited(c, m, retainHandling2, s, r, "the only subscription to it, of frame %d, asks for no retained messages (Retain Handling 2)")
	case right && handling[1] > 0 && handling[0]|handling[2] == 0 && s.Again > 0 && s.First.Time >= c.Connect.Time &&
		asked-s.First.Time > longBefore && m.Time-asked < verySoon && s.State == broker.Active && s.Left.Frame == 0:
		e.uninvited(c, m, retainHandling1, s, r, "the SUBSCRIBE in frame %d repeats a subscription that existed, and asks for retained messages of new ones only (Retain Handling 1)")
	case right:
		e.right(c, t, s)
	case !known || m.Time-asked > verySoon:
	case len(m.Packet.Payload) == 0:
		if !r.Present && !r.Will {
			e.doubted(c, m, awaited{rule: retainEmptyNotStored}, t, s, "a message without payload and with RETAIN 1 comes as the retained one of topic %s; the one of frame %d has cleared the topic", rules.Excerpt(t.Name), r.At.Frame)
		}
	case was.Present && was.Sure && print == was.Content && was.Content != r.Content && !r.Will && !was.Will:
		rule := retainStored
		switch {
		case !r.Present:
			rule = retainEmptyClears
		case r.QoS == 0 && versionOf(c) == mqtt.V311:
			rule = qos0Replaces311
		}
		e.doubted(c, m, awaited{rule: rule, about: was.Number}, t, s, "the retained message of topic %s that comes is the one of frame %d; the one of frame %d, %s before the SUBSCRIBE in frame %d, has replaced it",
			rules.Excerpt(t.Name), was.At.Frame, r.At.Frame, rules.Seconds(asked-r.At.Time), s.Asked.Frame)
	default:
		if p := plainOne(b, t, m.Packet.Payload); p != nil && p.At.Time < asked {
			rule, what := nonretainedNotStored, "message"
			if p.Will {
				rule, what = willNonretained, "will"
			}
			e.doubted(c, m, awaited{rule: rule, about: p.Number}, t, s, "the retained message of topic %s that comes is the %s of frame %d, which had RETAIN 0; the retained one is that of frame %d", rules.Excerpt(t.Name), what, p.At.Frame, r.At.Frame)
		}
	}
}

// plainOne returns the publication with RETAIN 0 and that payload since the retained
// message of t, or nil.
func plainOne(b *broker.Broker, t *broker.Topic, payload []byte) *broker.Publication {
	content := fingerprint.Of(fingerprint.Of(0, t.Name), payload)
	p := b.Publication(t.Latest())
	for n := 0; p != nil && p.Number > t.Retained.Number && n < 64; n++ {
		if !p.Retain && p.Content == content {
			return p
		}
		p = b.Before(p)
	}
	return nil
}

// right counts what a retained message that came as it should puts to the test.
func (e *Engine) right(c *Conn, t *broker.Topic, s *broker.Subscription) {
	r := &t.Retained
	e.tested(c, retainStored)
	e.tested(c, retainedOnSubscribe)
	e.tested(c, retainFlagNew)
	if r.QoS == 0 && t.Before.Present {
		e.tested(c, qos0Replaces311)
	}
	if ended(r) {
		e.tested(c, retainedOutliveSession)
	}
	switch s.RetainHandling() {
	case 0:
		e.tested(c, retainHandling0)
	case 1:
		e.tested(c, retainHandling1)
	}
	if r.Will {
		e.tested(c, willRetained)
	}
}

// uninvited reports a retained message that the subscription has not asked for.
func (e *Engine) uninvited(c *Conn, m *flows.Message, rule *Rule, s *broker.Subscription, r *broker.Retained, why string) {
	if x := e.speak(c, rule); x != nil {
		x.Exercised()
		x.Related(rules.Ref(r.At)).Related(rules.Ref(s.Asked)).Violation(m, "the retained message of frame %d comes; "+why, r.At.Frame, s.Asked.Frame)
	}
}

// doubted takes note of a finding about the retained message m, to be told when
// nothing explains it.
func (e *Engine) doubted(c *Conn, m *flows.Message, a awaited, t *broker.Topic, s *broker.Subscription, detail string, args ...any) {
	b := c.Session.client.Broker
	if t.Strangers == a.foreign && e.witnessed(t, b, t.Retained.Number) && !repeated(b, t, a.about) {
		a.topic, a.number, a.since, a.sub, a.at, a.detail = string(t.Name), t.Retained.Number, m.Time, rules.Ref(s.Asked), ref(m), sprintf(detail, args)
		c.await(a)
	}
}

// repeated reports whether somebody got that publication more than once, so that it
// may have been published again by others.
func repeated(b *broker.Broker, t *broker.Topic, number uint64) bool {
	p := b.Publication(number)
	if p == nil {
		return number != 0
	}
	for _, r := range b.Receivers(t) {
		if p.GotAgain(r.Client) {
			return true
		}
	}
	return false
}

// live looks at a message m with RETAIN 0: it may be a retained one all the same, and
// it shows that the client may read the topic.
func (e *Engine) live(c *Conn, m *flows.Message) {
	x, d := c.Session.client, &c.Delivery
	t, p := d.Topic, d.Pub
	r := &t.Retained
	if p == nil && r.Present && !x.Bridge && !x.Overflown && d.Shared == 0 && fingerprint.Of(0, m.Packet.Payload) == r.Content {
		// It was published before the client had a subscription.
		asked := int64(0)
		var first *broker.Subscription
		matching(x, t.Name, func(s *broker.Subscription) {
			if first == nil || s.Asked.Time < asked {
				first, asked = s, s.Asked.Time
			}
		})
		if first != nil && first.Again == 0 && first.State == broker.Active && inForce(r, asked) && m.Time-asked < verySoon {
			c.arrived(t.Name)
			e.doubted(c, m, awaited{rule: retainFlagNew, foreign: 1, about: r.Number}, t, first, "the message of frame %d with topic %s comes with RETAIN 0, %s after it was published; the client had subscribed in frame %d, later than that, so that it can only be the retained one",
				r.At.Frame, rules.Excerpt(t.Name), rules.Seconds(m.Time-r.At.Time), first.Asked.Frame)
		}
	}
	if p == nil {
		return
	}
	for i := range c.recall.awaits {
		a := &c.recall.awaits[i]
		if a.at.Frame != 0 || a.rule == willPublished || a.topic != string(t.Name) || m.Time-a.since <= e.grace(c) || p.At.Time <= a.since {
			continue
		}
		if a.number == r.Number && t.Strangers == 0 && e.witnessed(t, x.Broker, a.number) {
			if x := e.speak(c, a.rule); x != nil {
				x.Exercised()
				x.Related(rules.Ref(r.At)).Related(a.sub).Violation(m, "a later message with topic %s comes, %s after the SUBSCRIBE in frame %d; the retained one of frame %d has never come",
					rules.Excerpt(t.Name), rules.Seconds(m.Time-a.sub.Time), a.sub.Frame, r.At.Frame)
			}
		}
		c.arrived(t.Name)
		return
	}
}
