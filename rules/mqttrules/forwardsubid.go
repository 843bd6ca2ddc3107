package mqttrules

import (
	"math/bits"

	"plcscope/flows"
	"plcscope/rules"
)

var subIDIncluded5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-subid-included",
		Clauses:   rules.Clauses{V5: {"MQTT-3.3.4-3"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Session,
		Title:     "A message carries the identifier of the subscription that it comes by",
		Exercised: "A message is delivered by the only subscription of the client that matches it, and that has an identifier.",
		Why:       "A program that finds its handler by the identifier does not know whose message it is.",
		Fix:       "The server adds the Subscription Identifier, or says in its CONNACK that it has none to offer; find the handler by the topic.",
	},
	About: legToKnown | legIdentified,
	Delivered: func(c *Conn, m *flows.Message, f *forwarded, r *Reporter) {
		if f.live&(f.live-1) != 0 || f.Shared != 0 || c.terms[server].noSubID {
			return
		}
		r.Exercised()
		if f.legs&(legMatched|legFirst) != legMatched|legFirst || !f.clear() || f.legs&legAgain != 0 || m.Packet.Retain || m.Packet.Dup {
			return
		}
		if _, n, _ := identifiers(m.Packet); n == 0 {
			s := f.sub(bits.TrailingZeros64(f.live))
			r.Related(rules.Ref(s.Since)).At(m.Packet.Props.Offset).Suspect(m, ref(m), f.Pub, anotherCopy, "the message with topic %s comes without a Subscription Identifier; the only filter of the client that matches it is %s, subscribed to in frame %d with the identifier %d",
				rules.Excerpt(m.Packet.Topic), rules.Excerpt(s.Filter), s.Asked.Frame, s.ID)
		}
	},
}
