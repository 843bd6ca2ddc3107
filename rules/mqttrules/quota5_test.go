package mqttrules

import (
	"time"

	"plcscope/mqtt"
	"plcscope/rules"
)

// narrow is a login after which each side may have one message in flight.
func (t *talk) narrow() *talk {
	return t.agreed(one(number(mqtt.ReceiveMaximum, 1)), one(number(mqtt.ReceiveMaximum, 1)))
}

var quotaConversations = []conversation{
	{rule: "m5-quota-not-blocking-client", name: "waits for PUBACK", want: rules.Fail, also: []string{"mqtt-qos1-puback"}, say: func(t *talk) {
		t.narrow().c(t.publish("a", "1", 1, 1)).s(t.publish("cmd", "1", 1, 5)).after(4 * time.Second).s(t.publish("cmd", "2", 0, 0)).after(3 * time.Second)
		t.s(t.puback(1)).c(t.puback(5)).bye()
	}},
	{rule: "m5-quota-not-blocking-client", name: "answers", want: rules.Pass, say: func(t *talk) {
		t.narrow().c(t.publish("a", "1", 1, 1)).s(t.publish("cmd", "1", 1, 5)).c(t.puback(5)).after(time.Second).s(t.puback(1)).bye()
	}},
	{rule: "m5-quota-not-blocking-client", name: "slow, and not for the quota", want: rules.NotExercised, also: []string{"mqtt-qos1-puback"}, say: func(t *talk) {
		t.narrow().c(t.publish("a", "1", 1, 1)).s(t.publish("cmd", "1", 1, 5)).after(time.Second).s(t.puback(1)).after(7 * time.Second).c(t.puback(5)).bye()
	}},
	{rule: "m5-quota-not-blocking-client", name: "room for more", want: rules.NotExercised, also: []string{"mqtt-qos1-puback"}, say: func(t *talk) {
		t.login().c(t.publish("a", "1", 1, 1)).s(t.publish("cmd", "1", 1, 5)).after(7 * time.Second).s(t.puback(1)).c(t.puback(5)).bye()
	}},
	{rule: "m5-quota-not-blocking-client", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		t.narrow().c(t.publish("a", "1", 1, 1)).s(t.publish("cmd", "1", 1, 5))
		t.conn.ClientUnseen(t.packet(mqtt.PINGREQ))
		t.after(7 * time.Second).s(t.puback(1)).c(t.puback(5)).bye()
	}},
	{rule: "m5-quota-not-blocking-server", name: "waits for PUBACK", want: rules.Fail, also: []string{"mqtt-pingresp-sent", "mqtt-qos1-puback"}, say: func(t *talk) {
		t.narrow().s(t.publish("cmd", "1", 1, 5)).c(t.packet(mqtt.PINGREQ)).after(7 * time.Second).c(t.puback(5)).s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{rule: "m5-quota-not-blocking-server", name: "SUBACK waits", want: rules.Fail, also: []string{"mqtt-suback-sent", "mqtt-qos1-puback"}, say: func(t *talk) {
		t.narrow().s(t.publish("cmd", "1", 1, 5)).c(t.subscribe(1, 0, "b")).after(7 * time.Second).c(t.puback(5)).s(t.suback(1, 0)).bye()
	}},
	{rule: "m5-quota-not-blocking-server", name: "answers", want: rules.Pass, say: func(t *talk) {
		t.narrow().s(t.publish("cmd", "1", 1, 5)).c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).after(time.Second).c(t.puback(5)).bye()
	}},
	{rule: "m5-quota-not-blocking-server", name: "nothing in flight", want: rules.NotExercised, say: func(t *talk) {
		t.narrow().c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{rule: "m5-quota-not-blocking-server", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		t.narrow().s(t.publish("cmd", "1", 1, 5)).c(t.subscribe(1, 0, "b"))
		t.conn.ServerUnseen(t.publish("cmd", "2", 0, 0))
		t.after(7 * time.Second).c(t.puback(5)).s(t.suback(1, 0)).bye()
	}},
}
