package mqttrules

import (
	"math/bits"
	"slices"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/broker"
	"plcscope/rules"
)

// unaltered is a rule on a property that a server passes on as it is. differs says
// whether what is delivered (out) differs from what was published (in), which has
// the property.
func unaltered(r rules.Rule, has broker.Has, what string, differs func(in, out *broker.Props) bool) *Rule {
	r.Role, r.Severity, r.Needs = rules.Server, rules.Error, rules.Session
	if r.Exercised == "" {
		r.Exercised = "A message with " + what + " is published and delivered to a client of 5.0 in the capture."
	}
	return &Rule{
		Rule:  r,
		About: legMatched | legWith5,
		Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) {
			in := &f.Pub.Props
			if in.Has&has == 0 {
				return
			}
			r.Exercised()
			if !differs(in, &f.props) || !f.clear() {
				return
			}
			how := "comes with another " + what + " than"
			if f.props.Has&has == 0 {
				how = "comes without the " + what + " of"
			}
			r.At(m.Packet.Props.Offset).Suspect(m, ref(m), f.Pub, anotherCopy, "the message with topic %s %s what was published in frame %d", rules.Excerpt(m.Packet.Topic), how, f.Pub.At.Frame)
		},
	}
}

const propertyFix = "Look for plug-ins and rules of the broker that rewrite messages; update the broker."

var payloadFormatUnaltered5 = unaltered(rules.Rule{
	ID:      "m5-payload-format-unaltered",
	Clauses: rules.Clauses{V5: {"MQTT-3.3.2-4"}},
	Title:   "The Payload Format Indicator is passed on as it is",
	Why:     "The receiver takes text for bytes and does not show it.",
	Fix:     propertyFix,
}, broker.HasFormat, "Payload Format Indicator", func(in, out *broker.Props) bool { return in.Format != out.Format })

var responseTopicUnaltered5 = unaltered(rules.Rule{
	ID:      "m5-response-topic-unaltered",
	Clauses: rules.Clauses{V5: {"MQTT-3.3.2-15"}},
	Title:   "The Response Topic is passed on as it is",
	Why:     "The answer goes elsewhere, and who has asked waits in vain.",
	Fix:     propertyFix,
}, broker.HasResponseTopic, "Response Topic", func(in, out *broker.Props) bool { return in.ResponseTopic != out.ResponseTopic })

var correlationUnaltered5 = unaltered(rules.Rule{
	ID:      "m5-correlation-unaltered",
	Clauses: rules.Clauses{V5: {"MQTT-3.3.2-16"}},
	Title:   "The Correlation Data is passed on as it is",
	Why:     "The answer cannot be told from answers to other requests.",
	Fix:     propertyFix,
}, broker.HasCorrelation, "Correlation Data", func(in, out *broker.Props) bool { return in.Correlation != out.Correlation })

var contentTypeUnaltered5 = unaltered(rules.Rule{
	ID:      "m5-content-type-unaltered",
	Clauses: rules.Clauses{V5: {"MQTT-3.3.2-20"}},
	Title:   "The Content Type is passed on as it is",
	Why:     "The receiver reads the payload by the wrong format.",
	Fix:     propertyFix,
}, broker.HasContentType, "Content Type", func(in, out *broker.Props) bool { return in.ContentType != out.ContentType })

// Servers may add User Properties of their own: with more than were published it
// is not looked into what has become of those.
var userPropertyUnaltered5 = unaltered(rules.Rule{
	ID:      "m5-user-property-unaltered",
	Clauses: rules.Clauses{V5: {"MQTT-3.3.2-17"}},
	Title:   "User Properties are passed on as they are",
	Why:     "Units, time stamps and origins of values that stand there are lost.",
	Fix:     propertyFix,
}, broker.HasUser, "User Properties", func(in, out *broker.Props) bool {
	return out.Users < in.Users || out.Users == in.Users && out.UserSet != in.UserSet
})

var userPropertyOrder5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-user-property-order",
		Clauses:   rules.Clauses{V5: {"MQTT-3.3.2-18"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "User Properties are passed on in their order",
		Exercised: "A message with two or more User Properties is published and delivered to a client of 5.0 in the capture.",
		Why:       "Lists that are written as User Properties of one name get mixed up.",
		Fix:       propertyFix,
	},
	About: legMatched | legWith5,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) {
		in, out := &f.Pub.Props, &f.props
		if in.Users < 2 {
			return
		}
		r.Exercised()
		if out.Users == in.Users && out.UserSet == in.UserSet && out.User != in.User && f.clear() {
			r.At(m.Packet.Props.Offset).Suspect(m, ref(m), f.Pub, anotherCopy, "the %d User Properties of the message with topic %s come in another order than they were published in, in frame %d", in.Users, rules.Excerpt(m.Packet.Topic), f.Pub.At.Frame)
		}
	},
}

// expiryMargin is how far, in seconds, an expiry may be off: servers count in
// whole seconds, and round them.
const expiryMargin = 2

var expiryDecremented5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-expiry-decremented",
		Clauses:   rules.Clauses{V5: {"MQTT-3.3.2-6"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Timing,
		Title:     "The Message Expiry Interval is passed on less the time that the message has waited",
		Exercised: "A message with a Message Expiry Interval is published and delivered to a client of 5.0 in the capture.",
		Why:       "An old command is still carried out, or one that is valid is thrown away.",
		Fix:       propertyFix,
	},
	About: legMatched | legFirst | legExpiring | legWith5,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) {
		r.Exercised()
		if !f.clear() || m.Packet.Retain || m.Packet.Dup {
			return
		}
		waited := f.Waited / second
		want := int64(f.Pub.Props.Expiry) - waited
		switch have := int64(f.props.Expiry); {
		case want < -expiryMargin: // it has expired, which is another rule
		case f.props.Has&broker.HasExpiry == 0:
			r.At(m.Packet.Props.Offset).Suspect(m, ref(m), f.Pub, anotherCopy, "the message with topic %s comes without a Message Expiry Interval; it was published with %d s in frame %d", rules.Excerpt(m.Packet.Topic), f.Pub.Props.Expiry, f.Pub.At.Frame)
		case have > want+expiryMargin || have < want-expiryMargin && want >= expiryMargin:
			r.At(m.Packet.Props.Offset).Suspect(m, ref(m), f.Pub, anotherCopy, "the Message Expiry Interval of the message with topic %s is %d s: published with %d s in frame %d it has waited for %s, so that %d s are left", rules.Excerpt(m.Packet.Topic), have, f.Pub.Props.Expiry, f.Pub.At.Frame, rules.Seconds(f.Waited), max(want, 0))
		}
	},
}

var expiredNotDelivered5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-expired-not-delivered",
		Clauses:   rules.Clauses{V5: {"MQTT-3.3.2-5"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Timing,
		Title:     "A message that has expired is not delivered",
		Exercised: "A message with a Message Expiry Interval is published and delivered to a client in the capture.",
		Why:       "A PLC that was off the net gets commands which are no longer meant.",
		Fix:       "Update the broker; some look at the expiry only now and then.",
	},
	About: legMatched | legFirst | legExpiring,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) {
		r.Exercised()
		lasts := int64(f.Pub.Props.Expiry) * second
		if f.Waited > lasts+max(expiryMargin*second, lasts/10) && f.clear() && !m.Packet.Retain && !m.Packet.Dup {
			r.At(0).Suspect(m, ref(m), f.Pub, anotherCopy, "the message with topic %s was published in frame %d to expire after %d s, and is delivered %s later", rules.Excerpt(m.Packet.Topic), f.Pub.At.Frame, f.Pub.Props.Expiry, rules.Seconds(f.Waited))
		}
	},
}

// identifiers reads the Subscription Identifiers of a delivery; more reports that
// there are others beyond the bound.
func identifiers(p *mqtt.Packet) (l [maxIdentifiers]uint32, n int, more bool) {
	for x := range p.Props.All() {
		if x.ID != mqtt.SubscriptionIdentifier {
			continue
		}
		if n == len(l) {
			return l, n, true
		}
		l[n] = x.Num
		n++
	}
	return l, n, false
}

const maxIdentifiers = 64

var subIDSingleCopy5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-subid-single-copy-all",
		Clauses:   rules.Clauses{V5: {"MQTT-3.3.4-4"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "A single copy for several subscriptions names the identifiers of all",
		Exercised: "One copy of a message is delivered to a client that has two or more matching subscriptions with identifiers.",
		Why:       "A program that finds its handler by the identifier does not call all that are due.",
		Fix:       "The server lists every Subscription Identifier that applies, or sends a copy for each subscription.",
	},
	About: legMatched | legFirst | legOverlapping | legIdentified,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) {
		ids, n, more := identifiers(m.Packet)
		want, lacks := 0, uint32(0)
		subs := f.client.Subscriptions()
		for b := f.live; b != 0; b &= b - 1 {
			s := &subs[bits.TrailingZeros64(b)]
			if s.ID == 0 {
				continue
			}
			want++
			if !slices.Contains(ids[:n], s.ID) {
				lacks = s.ID
			}
		}
		if want < 2 || more {
			return
		}
		r.Exercised()
		if lacks != 0 && f.clear() && f.legs&legAgain == 0 {
			r.At(m.Packet.Props.Offset).Suspect(m, ref(m), f.Pub, anotherCopy, "the only copy of the message with topic %s that this client gets lacks the Subscription Identifier %d of one of the %d matching subscriptions; it was published in frame %d", rules.Excerpt(m.Packet.Topic), lacks, want, f.Pub.At.Frame)
		}
	},
}

var subIDMultiCopy5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-subid-multi-copy-own",
		Clauses:   rules.Clauses{V5: {"MQTT-3.3.4-5"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "Each of several copies names the identifier of its subscription",
		Exercised: "Several copies of a message are delivered to a client whose matching subscriptions all have identifiers.",
		Why:       "A program that finds its handler by the identifier does not know whose message it is.",
		Fix:       "The server adds the Subscription Identifier of the subscription for which it sends the copy.",
	},
	About: legMatched | legRepeatedCopy | legOverlapping | legIdentified,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) {
		ids, n, more := identifiers(m.Packet)
		subs := f.client.Subscriptions()
		own := 0
		for b := f.live; b != 0; b &= b - 1 {
			s := &subs[bits.TrailingZeros64(b)]
			if s.ID == 0 {
				return
			}
			if slices.Contains(ids[:n], s.ID) {
				own++
			}
		}
		r.Exercised()
		if own > 0 || more || !f.clear() || f.legs&legAgain != 0 || f.Pub.Repeated || m.Packet.Dup || m.Packet.Retain {
			return
		}
		r.At(m.Packet.Props.Offset).Suspect(m, ref(m), f.Pub, 0, "a further copy of the message with topic %s, published in frame %d, carries no Subscription Identifier of any of the %d matching subscriptions, all of which have one", rules.Excerpt(m.Packet.Topic), f.Pub.At.Frame, bits.OnesCount64(f.live))
	},
}
