package siterules

import (
	"plcscope/flows"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// Rule is a rule with the way it is checked: one of the hooks is set. A hook is called
// once for each part of the policy that selects the partner; it says that the rule was
// put to the test only when that part lays something down for it.
type Rule struct {
	rules.Rule

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

// hooked are the rules by hook, so that a message meets only those that look at it.
var hooked = func() (h struct{ connect, publish, payload, subscribe, silent, acked, greet, request, answer []bound }) {
	for i, r := range all {
		b := bound{r, i}
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
	return h
}()

// bound is a rule and its index in the catalogue.
type bound struct {
	*Rule
	index int
}
