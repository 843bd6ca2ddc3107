package mqttrules

import (
	"time"

	"plcscope/mqtt"
	"plcscope/rules"
)

// fleeting is a QoS 2 message that is worth something for two seconds.
func (t *talk) fleeting() []byte {
	return t.publish("cmd", "1", 2, 5, with(number(mqtt.MessageExpiryInterval, 2)))
}

var expiryConversations = []conversation{
	{rule: "m5-no-expiry-after-send", name: "abandoned", want: rules.Fail, say: func(t *talk) {
		t.login().s(t.fleeting()).after(3 * time.Second).c(t.pubrec(5)).idle(20).bye()
	}},
	{rule: "m5-no-expiry-after-send", name: "goes on", want: rules.Pass, say: func(t *talk) {
		t.login().s(t.fleeting()).after(3 * time.Second).c(t.pubrec(5)).s(t.pubrel(5)).c(t.pubcomp(5)).bye()
	}},
	{rule: "m5-no-expiry-after-send", name: "in time", want: rules.NotExercised, say: func(t *talk) {
		t.login().s(t.fleeting()).after(time.Second).c(t.pubrec(5)).s(t.pubrel(5)).c(t.pubcomp(5)).bye()
	}},
	{rule: "m5-no-expiry-after-send", name: "it does not expire", want: rules.NotExercised, also: []string{"mqtt-qos2-pubrel"}, say: func(t *talk) {
		t.login().s(t.publish("cmd", "1", 2, 5)).after(3 * time.Second).c(t.pubrec(5)).idle(20).bye()
	}},
	{rule: "m5-no-expiry-after-send", name: "PUBREL may be missing", want: rules.Inconclusive, say: func(t *talk) {
		t.login().s(t.fleeting()).after(3 * time.Second).c(t.pubrec(5))
		t.conn.ServerUnseen(t.pubrel(5))
		t.idle(20).bye()
	}},
	{rule: "m5-expired-qos2-continues", name: "stops", want: rules.Fail, say: func(t *talk) {
		t.login().s(t.fleeting()).c(t.pubrec(5)).after(3 * time.Second).s(t.pubrel(5)).idle(20).bye()
	}},
	{rule: "m5-expired-qos2-continues", name: "goes on", want: rules.Pass, say: func(t *talk) {
		t.login().s(t.fleeting()).c(t.pubrec(5)).after(3 * time.Second).s(t.pubrel(5)).c(t.pubcomp(5)).bye()
	}},
	{rule: "m5-expired-qos2-continues", name: "it does not expire", want: rules.NotExercised, also: []string{"mqtt-qos2-pubcomp"}, say: func(t *talk) {
		t.login().s(t.publish("cmd", "1", 2, 5)).c(t.pubrec(5)).after(3 * time.Second).s(t.pubrel(5)).idle(20).bye()
	}},
	{rule: "m5-expired-qos2-continues", name: "PUBCOMP may be missing", want: rules.Inconclusive, say: func(t *talk) {
		t.login().s(t.fleeting()).c(t.pubrec(5)).after(3 * time.Second).s(t.pubrel(5))
		t.conn.ClientUnseen(t.pubcomp(5))
		t.idle(20).bye()
	}},
}
