package mqttrules

import (
	"time"

	"plcscope/mqtt"
	"plcscope/rules"
)

var storedConversations = []conversation{
	{rule: "mqtt-packet-id-kept-on-resend", name: "a new one", want: rules.Fail, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "21.5", 1, 5)).broken()
		t.resumed().c(t.publish("plc7/t", "21.5", 1, 6, dup)).s(t.puback(6)).bye()
	}},
	{rule: "mqtt-packet-id-kept-on-resend", name: "by the broker", want: rules.Fail, say: func(t *talk) {
		t.known().s(t.publish("cmd", "go", 2, 5)).broken()
		t.resumed().s(t.publish("cmd", "go", 2, 6, dup)).c(t.pubrec(6)).s(t.pubrel(6)).c(t.pubcomp(6)).bye()
	}},
	{rule: "mqtt-packet-id-kept-on-resend", name: "kept", want: rules.Pass, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "21.5", 1, 5)).broken()
		t.resumed().c(t.publish("plc7/t", "21.5", 1, 5, dup)).s(t.puback(5)).bye()
	}},
	{rule: "mqtt-packet-id-kept-on-resend", name: "the value as a new message", want: rules.NotExercised, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "21.5", 1, 5)).broken()
		t.resumed().c(t.publish("plc7/t", "21.5", 1, 6)).s(t.puback(6)).bye()
	}},
	{rule: "mqtt-packet-id-kept-on-resend", name: "of another message", want: rules.NotExercised, also: []string{"mqtt-first-send-dup0"}, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "21.5", 1, 5)).broken()
		t.resumed().c(t.publish("plc7/t", "22.0", 1, 6, dup)).s(t.puback(6)).bye()
	}},
	{rule: "mqtt-packet-id-kept-on-resend", name: "a new one with DUP by mistake, then the old one", want: rules.Pass, say: func(t *talk) {
		t.known().s(t.publish("cmd", "go", 1, 5)).broken()
		t.resumed().s(t.publish("cmd", "go", 1, 6, dup), t.publish("cmd", "go", 1, 5, dup)).c(t.puback(6), t.puback(5)).bye()
	}},
	{rule: "mqtt-packet-id-kept-on-resend", name: "the connection ends at once", want: rules.NotExercised, say: func(t *talk) {
		t.known().s(t.publish("cmd", "go", 1, 5)).broken()
		t.resumed().s(t.publish("cmd", "go", 1, 6, dup)).conn.RST(false)
	}},
	{rule: "mqtt-packet-id-kept-on-resend", name: "two alike, one may be missing", want: rules.NotExercised, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "21.5", 1, 5))
		t.conn.ClientUnseen(t.publish("plc7/t", "21.5", 1, 6))
		t.ping().broken()
		t.resumed().c(t.publish("plc7/t", "21.5", 1, 6, dup)).s(t.puback(6)).bye()
	}},
	{rule: "mqtt-packet-id-kept-on-resend", name: "hole behind the reconnect", want: rules.Inconclusive, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "21.5", 1, 5)).broken()
		t.resumed()
		t.conn.ClientUnseen(t.publish("plc7/t", "21.5", 1, 6))
		t.ping().c(t.publish("plc7/t", "21.5", 1, 7, dup)).s(t.puback(7)).bye()
	}},

	{rule: "mqtt-session-client-stored", name: "all is forgotten", want: rules.Fail, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "1", 1, 5), t.publish("plc7/t", "2", 1, 6)).broken()
		t.resumed().after(40 * time.Second).ping().bye()
	}},
	{rule: "mqtt-session-client-stored", name: "PUBREL is not known", in: []mqtt.Version{mqtt.V5}, want: rules.Fail, say: func(t *talk) {
		t.known().s(t.publish("cmd", "1", 2, 5)).c(t.pubrec(5)).broken()
		t.resumed().s(t.pubrel(5)).c(t.ack(mqtt.PUBCOMP, 5, coded(0x92))).bye()
	}},
	{rule: "mqtt-session-client-stored", name: "PUBREL came before", in: []mqtt.Version{mqtt.V5}, want: rules.NotExercised, say: func(t *talk) {
		t.known().s(t.publish("cmd", "1", 2, 5)).c(t.pubrec(5)).s(t.pubrel(5)).broken()
		t.resumed().s(t.pubrel(5)).c(t.ack(mqtt.PUBCOMP, 5, coded(0x92))).bye()
	}},
	{rule: "mqtt-session-client-stored", name: "all is sent again", want: rules.Pass, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "1", 1, 5), t.publish("plc7/t", "2", 1, 6)).broken()
		t.resumed().c(t.publish("plc7/t", "1", 1, 5, dup), t.publish("plc7/t", "2", 1, 6, dup)).s(t.puback(5), t.puback(6)).after(40 * time.Second).ping().bye()
	}},
	{rule: "mqtt-session-client-stored", name: "one of two is forgotten", want: rules.Pass, also: []string{"mqtt-redeliver-client"}, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "1", 1, 5), t.publish("plc7/t", "2", 1, 6)).broken()
		t.resumed().c(t.publish("plc7/t", "1", 1, 5, dup)).s(t.puback(5)).after(40 * time.Second).ping().bye()
	}},
	{rule: "mqtt-session-client-stored", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "1", 1, 5), t.publish("plc7/t", "2", 1, 6)).broken()
		t.resumed()
		t.conn.ClientUnseen(t.publish("plc7/t", "1", 1, 5, dup), t.publish("plc7/t", "2", 1, 6, dup))
		t.after(40 * time.Second).ping().bye()
	}},

	{rule: "mqtt-session-state-kept", name: "PUBREL is not known", in: []mqtt.Version{mqtt.V5}, want: rules.Fail, say: func(t *talk) {
		t.login().c(t.publish("a", "1", 2, 5)).s(t.pubrec(5)).c(t.pubrel(5)).s(t.ack(mqtt.PUBCOMP, 5, coded(0x92))).bye()
	}},
	{rule: "mqtt-session-state-kept", name: "PUBREC is not known", in: []mqtt.Version{mqtt.V5}, want: rules.Fail, say: func(t *talk) {
		t.login().s(t.publish("cmd", "1", 2, 5)).c(t.pubrec(5)).s(t.ack(mqtt.PUBREL, 5, coded(0x92))).c(t.pubcomp(5)).bye()
	}},
	{rule: "mqtt-session-state-kept", name: "subscription is not known", in: []mqtt.Version{mqtt.V5}, want: rules.Fail, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0, "cmd")).s(t.suback(1, 0)).after(time.Second).c(t.unsubscribe(2, "cmd")).s(t.unsubacked(2, 0x11)).bye()
	}},
	{rule: "mqtt-session-state-kept", name: "subscription was refused", in: []mqtt.Version{mqtt.V5}, want: rules.NotExercised, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0, "cmd")).s(t.suback(1, 0x87)).after(time.Second).c(t.unsubscribe(2, "cmd")).s(t.unsubacked(2, 0x11)).bye()
	}},
	{rule: "mqtt-session-state-kept", name: "unsubscribed twice", in: []mqtt.Version{mqtt.V5}, want: rules.NotExercised, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0, "cmd")).s(t.suback(1, 0)).after(time.Second).c(t.unsubscribe(2, "cmd"), t.unsubscribe(3, "cmd")).s(t.unsubacked(2, 0), t.unsubacked(3, 0x11)).bye()
	}},
	{rule: "mqtt-session-state-kept", name: "subscription is known", in: []mqtt.Version{mqtt.V5}, want: rules.Pass, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0, "cmd")).s(t.suback(1, 0)).after(time.Second).c(t.unsubscribe(2, "cmd")).s(t.unsubacked(2, 0)).bye()
	}},
	{rule: "mqtt-session-state-kept", name: "known", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.publish("a", "1", 2, 5)).s(t.pubrec(5)).c(t.pubrel(5)).s(t.pubcomp(5)).bye()
	}},
	{rule: "mqtt-session-state-kept", name: "a second PUBREC is not known", in: []mqtt.Version{mqtt.V5}, want: rules.NotExercised, say: func(t *talk) {
		t.login().s(t.publish("cmd", "1", 2, 5)).c(t.pubrec(5), t.pubrec(5)).s(t.pubrel(5)).c(t.pubcomp(5)).s(t.ack(mqtt.PUBREL, 5, coded(0x92))).c(t.pubcomp(5)).bye()
	}},
	{rule: "mqtt-session-state-kept", name: "the PUBREC of before may be missing", in: []mqtt.Version{mqtt.V5}, want: rules.Inconclusive, say: func(t *talk) {
		t.login().s(t.publish("cmd", "1", 2, 5))
		t.conn.ServerUnseen(t.publish("cmd", "2", 2, 6))
		t.c(t.pubrec(5)).s(t.ack(mqtt.PUBREL, 5, coded(0x92))).c(t.pubcomp(5)).bye()
	}},
}
