package mqttrules

import (
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// expired reports whether the message of x was worth nothing any more at that time,
// for certain: clocks of sender and receiver may run apart.
func expired(x *session.Exchange, now int64) bool {
	lasts := int64(x.Lasts) * second
	return lasts > 0 && x.Kind == session.QoS2 && now-x.First.Time > lasts
}

var noExpiryAfterSend5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-no-expiry-after-send",
		Clauses:   rules.Clauses{V5: {"MQTT-4.3.3-7"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Timing,
		Title:     "A sender goes on with a QoS 2 message that expires on the way",
		Exercised: "A PUBREC is to be answered by PUBREL when the message's expiry interval has passed since its PUBLISH.",
		Why:       "The receiver keeps the identifier, and many receivers pass the message on only when PUBREL comes.",
		Fix:       "Apply the expiry to messages that wait to be sent; what was sent is brought to its end.",
	},
	Owes: owesPubrelExpired,
}

var expiredContinues5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-expired-qos2-continues",
		Clauses:   rules.Clauses{V5: {"MQTT-4.3.3-13"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Timing,
		Title:     "A receiver goes on with a QoS 2 message that expires on the way",
		Exercised: "A PUBREL is to be answered by PUBCOMP when the message's expiry interval has passed since its PUBLISH.",
		Why:       "The identifier stays in use at the sender, which in the end cannot send any more.",
		Fix:       "Drop the message if it is too old, and answer PUBREL all the same.",
	},
	Owes: owesPubcompExpired,
}
