package mqttrules

import (
	"time"

	"plcscope/mqtt"
	"plcscope/rules"
)

var pingConversations = []conversation{
	{rule: "mqtt-pingresp-sent", name: "never", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.packet(mqtt.PINGREQ)).after(20 * time.Second).bye()
	}},
	{rule: "mqtt-pingresp-sent", name: "one of two", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.packet(mqtt.PINGREQ), t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).after(20 * time.Second).bye()
	}},
	{rule: "mqtt-pingresp-sent", name: "answered", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{rule: "mqtt-pingresp-sent", name: "closed before", want: rules.NotExercised, say: func(t *talk) {
		t.login().c(t.packet(mqtt.PINGREQ)).after(2 * time.Second).bye()
	}},
	{rule: "mqtt-pingresp-sent", name: "not captured", want: rules.Inconclusive, say: func(t *talk) {
		t.login().c(t.packet(mqtt.PINGREQ))
		t.conn.ServerUnseen(t.packet(mqtt.PINGRESP))
		t.after(20 * time.Second).c(t.publish("plc7/t", "1", 0, 0)).bye()
	}},
	{rule: "mqtt-pingresp-unsolicited", name: "out of the blue", want: rules.Fail, say: func(t *talk) {
		t.login().s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{rule: "mqtt-pingresp-unsolicited", name: "asked for", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{rule: "mqtt-pingresp-unsolicited", name: "PINGREQ not captured", want: rules.Inconclusive, say: func(t *talk) {
		t.login()
		t.conn.ClientUnseen(t.packet(mqtt.PINGREQ))
		t.s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{rule: "mqtt-ping-timeout-close", name: "goes on", want: rules.Fail, also: []string{"mqtt-pingresp-sent"}, say: func(t *talk) {
		t.login().c(t.packet(mqtt.PINGREQ))
		for range 5 {
			t.after(30 * time.Second).c(t.publish("plc7/t", "1", 0, 0))
		}
		t.bye()
	}},
	{rule: "mqtt-ping-timeout-close", name: "closes", want: rules.Pass, also: []string{"mqtt-pingresp-sent"}, say: func(t *talk) {
		t.login().c(t.packet(mqtt.PINGREQ)).after(20 * time.Second).c(t.publish("plc7/t", "1", 0, 0)).after(20 * time.Second).bye()
	}},
	{rule: "mqtt-ping-timeout-close", name: "answered", want: rules.NotExercised, say: func(t *talk) {
		t.login().c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{rule: "mqtt-ping-timeout-close", name: "answer not captured", want: rules.Inconclusive, say: func(t *talk) {
		t.login().c(t.packet(mqtt.PINGREQ))
		t.conn.ServerUnseen(t.packet(mqtt.PINGRESP))
		for range 5 {
			t.after(30 * time.Second).c(t.publish("plc7/t", "1", 0, 0))
		}
		t.bye()
	}},
}
