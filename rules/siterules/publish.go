package siterules

import (
	"slices"

	"plcscope/rules"
)

var topicAllowed = &Rule{
	Rule: rules.Rule{
		ID:        "site-topic",
		Clauses:   rules.Clauses{rules.Site: {"publish"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A client publishes only on topics that the profile has for it",
		Exercised: "A client for which the profile lists topics publishes, or leaves a will.",
		Why:       "Nobody is subscribed to the topic, or the values arrive in the place of another controller's.",
		Fix:       "Correct the topic in the program, or enter it in the profile if it is meant.",
	},
	Asked: ofMQTT(func(p *MQTT) bool { return p.Publish != nil }),
	Publish: func(p *MQTT, x *entry, s *said, r *Reporter) {
		if p.Publish == nil {
			return
		}
		r.Exercised()
		if x.Publish != nil {
			return
		}
		filters := make([]string, len(p.Publish))
		for i := range p.Publish {
			filters[i] = p.Publish[i].Topic
		}
		if s.will {
			r.Violation(s.msg, "leaves a will on %s; %s allows %s", rules.Excerpt(s.topic), p.For.of(), quoted(filters))
			return
		}
		r.Violation(s.msg, "publishes on %s; %s allows %s", rules.Excerpt(s.topic), p.For.of(), quoted(filters))
	},
}

var qosAllowed = &Rule{
	Rule: rules.Rule{
		ID:        "site-qos",
		Clauses:   rules.Clauses{rules.Site: {"QoS"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A client publishes with a QoS that the profile allows for the topic",
		Exercised: "A client publishes on a topic for which the profile lays down a QoS.",
		Why:       "With QoS 0 a message that is lost is lost for good; with QoS 1 or 2 cyclic values wait in queues until they are out of date.",
		Fix:       "Set the QoS of the block to what the topic needs.",
	},
	Asked: ofPublish(func(p *Publish) bool { return p.QoS != nil }),
	Publish: func(p *MQTT, x *entry, s *said, r *Reporter) {
		if x.Publish == nil || x.QoS == nil {
			return
		}
		r.Exercised()
		if !slices.Contains(x.QoS, s.qos) {
			r.Violation(s.msg, "%s on %s has QoS %d; %s allows %s", s, rules.Excerpt(s.topic), s.qos, where(p, x.Publish), qualities(x.QoS))
		}
	},
}

var retainAllowed = &Rule{
	Rule: rules.Rule{
		ID:        "site-retain",
		Clauses:   rules.Clauses{rules.Site: {"retain"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A client sets RETAIN as the profile lays down for the topic",
		Exercised: "A client publishes on a topic for which the profile lays down RETAIN.",
		Why:       "Without RETAIN a subscriber that starts later sees no value until the next change; with it, an event of long ago arrives as if it had just happened.",
		Fix:       "Set RETAIN for states, leave it off for events and commands.",
	},
	Asked: ofPublish(func(p *Publish) bool { return p.Retain != nil }),
	Publish: func(p *MQTT, x *entry, s *said, r *Reporter) {
		if x.Publish == nil || x.Retain == nil {
			return
		}
		r.Exercised()
		switch {
		case s.retain == *x.Retain:
		case s.retain:
			r.Violation(s.msg, "%s on %s has RETAIN set; %s allows it only without", s, rules.Excerpt(s.topic), where(p, x.Publish))
		default:
			r.Violation(s.msg, "%s on %s has RETAIN not set; %s asks for it", s, rules.Excerpt(s.topic), where(p, x.Publish))
		}
	},
}
