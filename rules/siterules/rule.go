package siterules

import (
	"strings"

	"plcscope/flows"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// Rule is a rule with the way it is checked: one of the hooks is set. A hook is called
// once for each part of the policy that selects the partner; it says that the rule was
// put to the test only when that part lays something down for it.
type Rule struct {
	rules.Rule

	// Asked reports whether a policy lays down something for the rule.
	Asked func(p *Policy) bool

	// Connect looks at a CONNECT of a client.
	Connect func(c *Conn, p *mqttPart, m *flows.Message, r *Reporter)
	// Publish looks at what a client publishes; x has no Publish when no entry of the
	// policy matches the topic.
	Publish func(p *MQTT, x *entry, s *said, r *Reporter)
	// Payload says what is wrong with a payload, or "". It is asked when Asks finds
	// that something is laid down. Content is for rules that look at its bytes, not
	// only at their number.
	Payload func(p *Payload, s *said) (wrong string)
	Asks    func(p *Payload) bool
	Content bool
	// Subscribe looks at a SUBSCRIBE of a client.
	Subscribe func(p *mqttPart, m *flows.Message, r *Reporter)
	// Silent looks at a topic that a client has published on and may owe a PUBLISH.
	Silent func(c *Conn, p *MQTT, t *topic, x *entry, now rules.Ref, r *Reporter)
	// Acked looks at the packet that ends the exchange which began with a PUBLISH.
	Acked func(p *MQTT, begun *session.Exchange, m *flows.Message, r *Reporter)

	// Greet looks at the first message of a client to a controller.
	Greet func(p *S7, m *flows.Message, r *Reporter)
	// Request looks at what a client asks of a controller.
	Request func(p *s7Part, m *flows.Message, r *Reporter)
	// Answer looks at the answer to a request of the client's; both were seen.
	Answer func(p *S7, m *flows.Message, r *Reporter)

	// VersionMatters is for rules that look at what the versions of MQTT lay out
	// differently.
	VersionMatters bool
}

// all are the rules in the order of reports.
var all = []*Rule{
	clientID,
	keepAlive,
	topicAllowed,
	qosAllowed,
	retainAllowed,
	payloadKind,
	payloadSchema,
	payloadLength,
	payloadType,
	publishInterval,
	publishSilence,
	subscribeFilter,
	ackLatency,
	s7Host,
	s7Function,
	s7WriteRange,
	s7AnswerLatency,
}

// Catalogue returns the descriptions of all rules of this package.
func Catalogue() []*rules.Rule {
	l := make([]*rules.Rule, len(all))
	for i, r := range all {
		l[i] = &r.Rule
	}
	return l
}

// ofMQTT, ofPublish and ofS7 make a rule's Asked of a look at each part of a policy.
func ofMQTT(asks func(p *MQTT) bool) func(*Policy) bool {
	return func(p *Policy) bool {
		for i := range p.MQTT {
			if asks(&p.MQTT[i]) {
				return true
			}
		}
		return false
	}
}

func ofPublish(asks func(p *Publish) bool) func(*Policy) bool {
	return ofMQTT(func(p *MQTT) bool {
		for i := range p.Publish {
			if asks(&p.Publish[i]) {
				return true
			}
		}
		return false
	})
}

func ofPayload(asks func(p *Payload) bool) func(*Policy) bool {
	return ofPublish(func(p *Publish) bool { return asks(&p.Payload) })
}

func ofS7(asks func(p *S7) bool) func(*Policy) bool {
	return func(p *Policy) bool {
		for i := range p.S7 {
			if asks(&p.S7[i]) {
				return true
			}
		}
		return false
	}
}

// bound is a rule and its index in the book.
type bound struct {
	*Rule
	index int
}

// hooks are rules by hook, so that a message meets only those that look at it.
type hooks struct{ connect, publish, payload, subscribe, silent, acked, greet, request, answer []bound }

// newHooks finds the rules that p lays down something for, and their hooks.
func newHooks(p *Policy) (list []*rules.Rule, h hooks) {
	for _, r := range all {
		if !r.Asked(p) {
			continue
		}
		b := bound{r, len(list)}
		list = append(list, &r.Rule)
		for _, x := range []struct {
			set  bool
			list *[]bound
		}{
			{r.Connect != nil, &h.connect}, {r.Publish != nil, &h.publish}, {r.Payload != nil, &h.payload},
			{r.Subscribe != nil, &h.subscribe}, {r.Silent != nil, &h.silent}, {r.Acked != nil, &h.acked},
			{r.Greet != nil, &h.greet}, {r.Request != nil, &h.request}, {r.Answer != nil, &h.answer},
		} {
			if x.set {
				*x.list = append(*x.list, b)
			}
		}
	}
	return list, h
}

// applies reports whether a rule is about subjects of that protocol.
func applies(r *rules.Rule, s *rules.Subject) bool {
	return strings.HasPrefix(r.ID, "site-s7-") == (s.Protocol == rules.S7comm)
}
