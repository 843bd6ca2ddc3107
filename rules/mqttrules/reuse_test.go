package mqttrules

import (
	"time"

	"plcscope/mqtt"
	"plcscope/rules"
)

// done2 completes a QoS 2 message of the server.
func (t *talk) done2(id uint16) *talk {
	return t.s(t.publish("cmd", "0", 2, id)).c(t.pubrec(id)).s(t.pubrel(id)).c(t.pubcomp(id))
}

var reuseConversations = []conversation{
	{rule: "mqtt-puback-then-new", name: "the new one is ignored", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.publish("a", "1", 1, 5)).s(t.puback(5))
		t.c(t.publish("a", "2", 1, 5), t.publish("a", "3", 1, 6)).s(t.puback(6)).idle(20).bye()
	}},
	{rule: "mqtt-puback-then-new", name: "by the client", want: rules.Fail, say: func(t *talk) {
		t.login().s(t.publish("cmd", "1", 1, 5)).c(t.puback(5))
		t.s(t.publish("cmd", "2", 1, 5), t.publish("cmd", "3", 1, 6)).c(t.puback(6)).idle(20).bye()
	}, also: []string{"mqtt-order-puback"}},
	{rule: "mqtt-puback-then-new", name: "called in use", in: []mqtt.Version{mqtt.V5}, want: rules.Fail, say: func(t *talk) {
		t.login().c(t.publish("a", "1", 1, 5)).s(t.puback(5)).c(t.publish("a", "2", 1, 5)).s(t.ack(mqtt.PUBACK, 5, coded(0x91))).bye()
	}},
	{rule: "mqtt-puback-then-new", name: "acknowledged", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.publish("a", "1", 1, 5)).s(t.puback(5)).c(t.publish("a", "2", 1, 5)).s(t.puback(5)).bye()
	}},
	{rule: "mqtt-puback-then-new", name: "nothing is acknowledged any more", want: rules.NotExercised, also: []string{"mqtt-qos1-puback"}, say: func(t *talk) {
		t.login().c(t.publish("a", "1", 1, 5)).s(t.puback(5)).c(t.publish("a", "2", 1, 5)).idle(20).bye()
	}},
	{rule: "mqtt-puback-then-new", name: "other identifiers", want: rules.NotExercised, say: func(t *talk) {
		t.login().c(t.publish("a", "1", 1, 5)).s(t.puback(5)).c(t.publish("a", "2", 1, 6)).s(t.puback(6)).bye()
	}},
	{rule: "mqtt-puback-then-new", name: "the answer may be missing", want: rules.Inconclusive, say: func(t *talk) {
		t.login().c(t.publish("a", "1", 1, 5)).s(t.puback(5)).c(t.publish("a", "2", 1, 5))
		t.conn.ServerUnseen(t.puback(5))
		t.c(t.publish("a", "3", 1, 6)).s(t.puback(6)).idle(20).bye()
	}},

	{rule: "mqtt-pubcomp-then-new", name: "the new one is ignored", want: rules.Fail, say: func(t *talk) {
		t.login().done2(5).s(t.publish("cmd", "1", 2, 5), t.publish("cmd", "2", 2, 6)).c(t.pubrec(6)).s(t.pubrel(6)).c(t.pubcomp(6)).idle(20).bye()
	}, also: []string{"mqtt-order-pubrec"}},
	{rule: "mqtt-pubcomp-then-new", name: "called in use", in: []mqtt.Version{mqtt.V5}, want: rules.Fail, say: func(t *talk) {
		t.login().done2(5).s(t.publish("cmd", "1", 2, 5)).c(t.ack(mqtt.PUBREC, 5, coded(0x91))).bye()
	}},
	{rule: "mqtt-pubcomp-then-new", name: "taken", want: rules.Pass, say: func(t *talk) {
		t.login().done2(5).done2(5).bye()
	}},
	{rule: "mqtt-pubcomp-then-new", name: "refused and not completed before", in: []mqtt.Version{mqtt.V5}, want: rules.NotExercised, also: []string{"m5-pubrec-error-frees-id"}, say: func(t *talk) {
		t.login().s(t.publish("cmd", "1", 2, 5)).c(t.ack(mqtt.PUBREC, 5, coded(0x97))).after(time.Second)
		t.s(t.publish("cmd", "2", 2, 5)).c(t.ack(mqtt.PUBREC, 5, coded(0x91))).bye()
	}},
	{rule: "mqtt-pubcomp-then-new", name: "the answer may be missing", want: rules.Inconclusive, say: func(t *talk) {
		t.login().done2(5).s(t.publish("cmd", "1", 2, 5))
		t.conn.ClientUnseen(t.pubrec(5))
		t.s(t.publish("cmd", "2", 2, 6)).c(t.pubrec(6)).s(t.pubrel(6)).c(t.pubcomp(6)).idle(20).bye()
	}},
}
