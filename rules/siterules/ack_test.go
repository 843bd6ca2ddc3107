package siterules

import (
	"time"

	"plcscope/mqtt"
	"plcscope/rules"
)

var soon = plc(MQTT{AckLatency: Span{Max: 500 * ms}})

var ackConversations = []conversation{
	{rule: "site-ack-latency", name: "late PUBACK", policy: soon, want: rules.Fail, say: func(t *line) {
		t.mqtt().login().c(t.publish("a", "1", 1, 7)).after(time.Second).s(t.ack(mqtt.PUBACK, 7)).bye()
	}},
	{rule: "site-ack-latency", name: "late PUBCOMP", policy: soon, want: rules.Fail, say: func(t *line) {
		t.mqtt().login().c(t.publish("a", "1", 2, 7)).s(t.ack(mqtt.PUBREC, 7)).after(300 * ms).c(t.ack(mqtt.PUBREL, 7)).after(300 * ms).s(t.ack(mqtt.PUBCOMP, 7)).bye()
	}},
	{rule: "site-ack-latency", name: "late client", policy: soon, want: rules.Fail, say: func(t *line) {
		t.mqtt().login().s(t.publish("a", "1", 1, 7)).after(time.Second).c(t.ack(mqtt.PUBACK, 7)).bye()
	}},
	{rule: "site-ack-latency", name: "in time", policy: soon, want: rules.Pass, say: func(t *line) {
		t.mqtt().login().c(t.publish("a", "1", 2, 7)).s(t.ack(mqtt.PUBREC, 7)).after(300 * ms).c(t.ack(mqtt.PUBREL, 7)).s(t.ack(mqtt.PUBCOMP, 7)).bye()
	}},
	{rule: "site-ack-latency", name: "a hole", policy: soon, want: rules.NotExercised, say: func(t *line) {
		t.mqtt().login().c(t.publish("a", "1", 1, 7))
		t.conn.ServerUnseen(t.ack(mqtt.PUBACK, 7)).ClientUnseen(t.publish("a", "1", 1, 7))
		t.after(time.Second).s(t.ack(mqtt.PUBACK, 7)).bye()
	}},
}
