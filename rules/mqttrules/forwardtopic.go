package mqttrules

import (
	"bytes"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/broker"
	"plcscope/rules"
)

// A server may subscribe a client by itself, as some do by their configuration: that
// a topic matches nothing that the client has asked for is no proof. It is one when
// the messages of that topic have passed the client by, and come, all of them, from
// the moment on when it subscribed to something else: they come because of a filter
// that does not match them.
var topicMatches = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-topic-matches-subscription",
		Clauses:   rules.Clauses{V311: {"MQTT-3.3.2-3"}, V5: {"MQTT-3.3.2-3"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "What is delivered matches a filter of the client",
		Exercised: "A message is delivered on the connection with which the session of the client has begun, so that all its subscriptions are known.",
		Why:       "The PLC gets messages that its program does not expect; a block that does not look at the topic takes them for its own.",
		Fix:       "Update the broker, and look for rules in its configuration that rewrite topics; let the block compare the topic of what it gets.",
	},
	About: legToKnown,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) {
		if x := f.client; x.Begun.Frame == 0 || x.Session != x.Begun || c.Session.Resumed {
			return
		}
		if f.Live != 0 {
			if c.Session.Known {
				r.Exercised()
			}
			return
		}
		if f.Receiver != nil || f.legs&(legMatched|legFirst) != legMatched|legFirst || c.forward.strayed || !f.foreseeable(m) {
			return
		}
		passed, got, s := f.provoked(c)
		if s == nil {
			return
		}
		c.forward.strayed = true
		r.Exercised()
		r.Related(rules.Ref(passed.At)).Related(rules.Ref(s.First)).At(m.Packet.HeaderLen+2).Suspect(m, ref(m), f.Pub, byFilter,
			"the topic %s matches no filter of the client. Messages with this topic, as that of frame %d, passed the client by until it was granted the filter %s in frame %d; since then it gets them, this is number %d",
			rules.Excerpt(m.Packet.Topic), passed.At.Frame, rules.Excerpt(s.Filter), s.First.Frame, got)
	},
}

// foreseeable reports whether it is known all about the client that says which
// topics it may get: what the server has of its own, and filters with a meaning that
// is no part of the standard, are left aside.
func (f *forwarded) foreseeable(m *flows.Message) bool {
	x := f.client
	if m.Packet.Topic[0] == '$' || m.Packet.Retain || m.Packet.Dup || !f.Unique || !f.Pub.Sure || f.Foreign() || x.Bridge || x.Overflown || x.Displaced {
		return false
	}
	subs := x.Subscriptions()
	for i := range subs {
		s := &subs[i]
		if mqtt.MatchTopic(s.Match, m.Packet.Topic) || s.Filter[0] == '$' && !s.Shared() && !bytes.HasPrefix(s.Filter, sysTopics) {
			return false
		}
	}
	return true
}

var sysTopics = []byte("$SYS/")

// How many messages in a row have to pass a client by, and then to come, and how many
// are looked through.
const (
	strayPassed = 3
	strayGot    = 3
	strayLook   = 32
)

// provoked looks back over what was published under the topic: it returns a message
// that has passed the client by, how many it got since, and the subscription from
// which on it got them; nil when that cannot be told.
func (f *forwarded) provoked(c *Conn) (passed *broker.Publication, got int, by *broker.Subscription) {
	x, b := f.client, f.client.Broker
	missed, oldest := 0, f.Pub
	for q, n := f.Pub, 0; q != nil && n < strayLook && missed < strayPassed; q, n = b.Before(q), n+1 {
		switch {
		case !q.Sure || q.Will || q.At.Time < c.Connack.Time+surelyBefore:
			return nil, 0, nil
		case q.Got(x):
			if missed > 0 {
				return nil, 0, nil
			}
			got, oldest = got+1, q
		case q.From == x || q.Refused || c.tooSmallFor(q) || !q.Passed(x) || !forwardedTo(b, q):
		default:
			if missed++; missed == 1 {
				passed = q
			}
		}
	}
	if missed < strayPassed || got < strayGot {
		return nil, 0, nil
	}
	subs := x.Subscriptions()
	for i := range subs {
		if s := &subs[i]; s.Settled(oldest.At.Time) && s.First == s.Since && s.Asked.Time > passed.At.Time+skew {
			return passed, got, s
		}
	}
	return nil, 0, nil
}

// forwardedTo reports whether somebody has got q by a subscription: then the broker has
// accepted it.
func forwardedTo(b *broker.Broker, q *broker.Publication) bool {
	if q.Topic == nil {
		return false
	}
	l := b.Receivers(q.Topic)
	for i := range l {
		if q.Got(l[i].Client) {
			return true
		}
	}
	return false
}

// matched reports whether x has, or had, a subscription that matches the topic.
func matched(x *broker.Client, t *broker.Topic) bool {
	l := x.Broker.Receivers(t)
	for i := range l {
		if l[i].Client == x {
			return true
		}
	}
	return false
}
