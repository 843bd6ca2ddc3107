package mqttrules

import (
	"time"

	"plcscope/mqtt"
	"plcscope/rules"
)

// broken ends the connection without a word and dials anew.
func (t *talk) broken() *talk {
	t.conn.RST(false)
	t.after(10 * time.Second).dial()
	return t
}

// resumed is a CONNECT for the session of before, which the broker has.
func (t *talk) resumed() *talk {
	return t.c(t.connect(lasting)).s(t.connack(0, func(p *mqtt.Packet) {
		if t.v != mqtt.V31 {
			sessionPresent(p)
		}
	}))
}

// known begins a lasting session in view of the capture: the broker says that it
// has none, or, as 3.1 brokers do not say so, a clean one ends before it.
func (t *talk) known() *talk {
	if t.v == mqtt.V31 {
		t.login().bye()
		t.after(10 * time.Second).dial()
	}
	return t.login(lasting)
}

var v311AndV5 = []mqtt.Version{mqtt.V311, mqtt.V5}

var sessionConversations = []conversation{
	{rule: "mqtt-session-takeover", name: "both stay", want: rules.Fail, also: []string{"plc-second-connection"}, say: func(t *talk) {
		t.login()
		old := t.conn
		t.after(3 * time.Second).dial()
		t.login().after(20 * time.Second)
		old.Client(t.packet(mqtt.PINGREQ)).Server(t.packet(mqtt.PINGRESP))
		t.bye()
	}},
	{rule: "mqtt-session-takeover", name: "closed without a word", in: []mqtt.Version{mqtt.V5}, want: rules.Fail, say: func(t *talk) {
		t.login()
		old := t.conn
		t.after(3 * time.Second).dial()
		t.login()
		old.HalfClose(false)
		t.bye()
	}},
	{rule: "mqtt-session-takeover", name: "closed", want: rules.Pass, say: func(t *talk) {
		t.login()
		old := t.conn
		t.after(3 * time.Second).dial()
		t.login()
		takeover(t, old)
		t.bye()
	}},
	{rule: "mqtt-session-takeover", name: "closed before the new one is accepted", want: rules.Pass, say: func(t *talk) {
		t.login()
		old := t.conn
		t.after(3 * time.Second).dial()
		t.c(t.connect())
		takeover(t, old)
		t.s(t.connack(0)).bye()
	}},
	{rule: "mqtt-session-takeover", name: "after DISCONNECT", want: rules.NotExercised, also: []string{"mqtt-close-after-disconnect"}, say: func(t *talk) {
		t.login().c(t.packet(mqtt.DISCONNECT))
		old := t.conn
		t.after(3 * time.Second).dial()
		t.login().after(20 * time.Second)
		old.FIN(true)
		t.bye()
	}},
	{rule: "mqtt-session-takeover", name: "one after the other", want: rules.NotExercised, say: func(t *talk) {
		t.login().bye()
		t.dial()
		t.login().bye()
	}},
	{rule: "mqtt-session-takeover", name: "second refused", want: rules.NotExercised, say: func(t *talk) {
		t.login()
		old := t.conn
		t.after(3 * time.Second).dial()
		t.c(t.connect()).s(t.connack(refusal(t))).conn.FIN(false)
		t.after(20 * time.Second)
		old.Client(t.packet(mqtt.DISCONNECT)).FIN(true)
	}, also: []string{"plc-second-connection"}},
	{rule: "mqtt-session-takeover", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		t.login()
		old := t.conn
		old.ClientUnseen(t.publish("plc7/t", "1", 0, 0))
		t.after(3 * time.Second).dial()
		t.login().after(20 * time.Second)
		old.Client(t.packet(mqtt.PINGREQ)).Server(t.packet(mqtt.PINGRESP))
		t.bye()
	}},

	{rule: "mqtt-clean-discards-state", name: "goes on with PUBLISH", want: rules.Fail, also: []string{"mqtt-first-send-dup0"}, say: func(t *talk) {
		t.login().c(t.publish("plc7/t", "1", 1, 5)).broken()
		t.login().c(t.publish("plc7/t", "1", 1, 5, dup)).s(t.ack(mqtt.PUBACK, 5)).bye()
	}},
	{rule: "mqtt-clean-discards-state", name: "goes on with PUBREL", want: rules.Fail, also: []string{"mqtt-ack-id-matches-publish"}, say: func(t *talk) {
		t.login().c(t.publish("plc7/t", "1", 2, 5)).s(t.ack(mqtt.PUBREC, 5)).broken()
		t.login().c(t.ack(mqtt.PUBREL, 5)).s(t.ack(mqtt.PUBCOMP, 5)).bye()
	}},
	{rule: "mqtt-clean-discards-state", name: "broker goes on", want: rules.Fail, also: []string{"mqtt-first-send-dup0"}, say: func(t *talk) {
		t.login().s(t.publish("cmd", "1", 1, 5)).broken()
		t.login().s(t.publish("cmd", "1", 1, 5, dup)).c(t.ack(mqtt.PUBACK, 5)).bye()
	}},
	{rule: "mqtt-clean-discards-state", name: "the value as a new message", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.publish("plc7/t", "1", 1, 5)).broken()
		t.login().c(t.publish("plc7/t", "1", 1, 5)).s(t.ack(mqtt.PUBACK, 5)).bye()
	}},
	{rule: "mqtt-clean-discards-state", name: "nothing left", want: rules.NotExercised, say: func(t *talk) {
		t.login().c(t.publish("plc7/t", "1", 1, 5)).s(t.ack(mqtt.PUBACK, 5)).broken()
		t.login().c(t.publish("plc7/t", "1", 1, 5)).s(t.ack(mqtt.PUBACK, 5)).bye()
	}},
	{rule: "mqtt-clean-discards-state", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		t.login().c(t.publish("plc7/t", "1", 1, 5)).broken()
		t.login()
		t.conn.ClientUnseen(t.publish("plc7/t", "1", 1, 5))
		t.c(t.publish("plc7/t", "1", 1, 5, dup)).s(t.ack(mqtt.PUBACK, 5)).bye()
	}},

	{rule: "mqtt-redeliver-client", name: "forgets", want: rules.Fail, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "1", 1, 5)).broken()
		t.resumed().after(40 * time.Second).ping().bye()
	}},
	{rule: "mqtt-redeliver-client", name: "forgets PUBREL", want: rules.Fail, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "1", 2, 5)).s(t.ack(mqtt.PUBREC, 5)).broken()
		t.resumed().after(40 * time.Second).ping().bye()
	}},
	{rule: "mqtt-redeliver-client", name: "sends again", want: rules.Pass, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "1", 1, 5), t.publish("plc7/t", "2", 2, 6)).broken()
		t.resumed().c(t.publish("plc7/t", "1", 1, 5, dup), t.publish("plc7/t", "2", 2, 6, dup)).s(t.ack(mqtt.PUBACK, 5), t.ack(mqtt.PUBREC, 6))
		t.c(t.ack(mqtt.PUBREL, 6)).s(t.ack(mqtt.PUBCOMP, 6)).after(40 * time.Second).ping().bye()
	}},
	{rule: "mqtt-redeliver-client", name: "goes on with PUBREL", want: rules.Pass, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "1", 2, 5)).s(t.ack(mqtt.PUBREC, 5)).broken()
		t.resumed().c(t.ack(mqtt.PUBREL, 5)).s(t.ack(mqtt.PUBCOMP, 5)).after(40 * time.Second).ping().bye()
	}},
	{rule: "mqtt-redeliver-client", name: "clean session", want: rules.NotExercised, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "1", 1, 5)).broken()
		t.login().after(40 * time.Second).ping().bye()
	}},
	{rule: "mqtt-redeliver-client", name: "no time", want: rules.NotExercised, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "1", 1, 5)).broken()
		t.resumed().after(10 * time.Second).bye()
	}},
	{rule: "mqtt-redeliver-client", name: "acknowledgement not captured", want: rules.NotExercised, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "1", 1, 5))
		t.conn.ServerUnseen(t.ack(mqtt.PUBACK, 5))
		t.ping().broken()
		t.resumed().after(40 * time.Second).ping().bye()
	}},
	{rule: "mqtt-redeliver-client", name: "hole behind the reconnect", want: rules.Inconclusive, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "1", 1, 5)).broken()
		t.resumed()
		t.conn.ClientUnseen(t.publish("plc7/t", "1", 1, 5, dup))
		t.after(40 * time.Second).ping().bye()
	}},
	{rule: "mqtt-redeliver-client", name: "taken over", want: rules.NotExercised, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "1", 1, 5))
		old := t.conn
		t.after(10 * time.Second).dial()
		t.resumed()
		takeover(t, old)
		t.after(40 * time.Second).ping().bye()
	}},

	{rule: "mqtt-redeliver-server", name: "forgets", want: rules.Fail, say: func(t *talk) {
		t.known().s(t.publish("cmd", "1", 1, 5)).broken()
		t.resumed().after(40 * time.Second).ping().bye()
	}},
	{rule: "mqtt-redeliver-server", name: "sends again", want: rules.Pass, say: func(t *talk) {
		t.known().s(t.publish("cmd", "1", 1, 5)).broken()
		t.resumed().s(t.publish("cmd", "1", 1, 5, dup)).c(t.ack(mqtt.PUBACK, 5)).after(40 * time.Second).ping().bye()
	}},
	{rule: "mqtt-redeliver-server", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		t.known().s(t.publish("cmd", "1", 1, 5)).broken()
		t.resumed()
		t.conn.ServerUnseen(t.publish("cmd", "1", 1, 5, dup))
		t.after(40 * time.Second).ping().bye()
	}},

	{rule: "mqtt-dup-on-redelivery", name: "after a reconnect", want: rules.Fail, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "1", 1, 5)).broken()
		t.resumed().c(t.publish("plc7/t", "1", 1, 5)).s(t.ack(mqtt.PUBACK, 5)).bye()
	}},
	{rule: "mqtt-dup-on-redelivery", name: "by a timer", in: []mqtt.Version{mqtt.V31, mqtt.V311}, want: rules.Fail, say: func(t *talk) {
		t.login().c(t.publish("plc7/t", "1", 1, 5)).after(3*time.Second).c(t.publish("plc7/t", "1", 1, 5)).s(t.ack(mqtt.PUBACK, 5), t.ack(mqtt.PUBACK, 5)).bye()
	}},
	{rule: "mqtt-dup-on-redelivery", name: "with DUP", want: rules.Pass, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "1", 1, 5)).broken()
		t.resumed().c(t.publish("plc7/t", "1", 1, 5, dup)).s(t.ack(mqtt.PUBACK, 5)).bye()
	}},
	{rule: "mqtt-dup-on-redelivery", name: "acknowledged between", want: rules.NotExercised, say: func(t *talk) {
		t.login().c(t.publish("plc7/t", "1", 1, 5)).s(t.ack(mqtt.PUBACK, 5)).c(t.publish("plc7/t", "1", 1, 5)).s(t.ack(mqtt.PUBACK, 5)).bye()
	}},
	{rule: "mqtt-dup-on-redelivery", name: "acknowledgement not captured", in: []mqtt.Version{mqtt.V31, mqtt.V311}, want: rules.Inconclusive, say: func(t *talk) {
		t.login().c(t.publish("plc7/t", "1", 1, 5))
		t.conn.ServerUnseen(t.ack(mqtt.PUBACK, 5))
		t.c(t.publish("plc7/t", "1", 1, 5)).s(t.ack(mqtt.PUBACK, 5)).bye()
	}},

	{rule: "mqtt-first-send-dup0", name: "DUP by the caller", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.publish("plc7/t", "1", 1, 5, dup)).s(t.ack(mqtt.PUBACK, 5)).bye()
	}},
	{rule: "mqtt-first-send-dup0", name: "broker passes it on", want: rules.Fail, say: func(t *talk) {
		t.login().s(t.publish("cmd", "1", 2, 5, dup)).c(t.ack(mqtt.PUBREC, 5)).s(t.ack(mqtt.PUBREL, 5)).c(t.ack(mqtt.PUBCOMP, 5)).bye()
	}},
	{rule: "mqtt-first-send-dup0", name: "DUP 0", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.publish("plc7/t", "1", 1, 5)).s(t.ack(mqtt.PUBACK, 5)).bye()
	}},
	{rule: "mqtt-first-send-dup0", name: "the acknowledgement crossed it", in: []mqtt.Version{mqtt.V311}, want: rules.Pass, say: func(t *talk) {
		t.login().c(t.publish("plc7/t", "1", 1, 5)).s(t.ack(mqtt.PUBACK, 5)).c(t.publish("plc7/t", "1", 1, 5, dup)).s(t.ack(mqtt.PUBACK, 5)).bye()
	}},
	{rule: "mqtt-first-send-dup0", name: "session of before the capture", in: v311AndV5, want: rules.Inconclusive, say: func(t *talk) {
		t.resumed().c(t.publish("plc7/t", "1", 1, 5, dup)).s(t.ack(mqtt.PUBACK, 5)).bye()
	}},
	{rule: "mqtt-first-send-dup0", name: "server has forgotten, client has not", in: []mqtt.Version{mqtt.V311}, want: rules.Inconclusive, say: func(t *talk) {
		t.login(lasting).c(t.publish("plc7/t", "1", 1, 5, dup)).s(t.ack(mqtt.PUBACK, 5)).bye()
	}},

	{rule: "mqtt-first-send-dup0", name: "the first sending was lost with its connection", want: rules.NotExercised, say: func(t *talk) {
		t.known().broken()
		t.resumed().c(t.publish("plc7/t", "1", 1, 5, dup)).s(t.ack(mqtt.PUBACK, 5), t.publish("cmd", "1", 1, 6, dup)).c(t.ack(mqtt.PUBACK, 6)).bye()
	}},
	{rule: "mqtt-first-send-dup0", name: "the connection before ended in order", in: v311AndV5, want: rules.Fail, say: func(t *talk) {
		t.known().bye()
		t.after(10 * time.Second).dial()
		t.resumed().s(t.publish("cmd", "1", 1, 6, dup)).c(t.ack(mqtt.PUBACK, 6)).bye()
	}},

	{rule: "mqtt-order-resend", name: "by identifier", in: []mqtt.Version{mqtt.V311, mqtt.V5}, want: rules.Fail, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "1", 1, 9), t.publish("plc7/t", "2", 1, 1)).broken()
		t.resumed().c(t.publish("plc7/t", "2", 1, 1, dup), t.publish("plc7/t", "1", 1, 9, dup)).s(t.ack(mqtt.PUBACK, 1), t.ack(mqtt.PUBACK, 9)).bye()
	}},
	{rule: "mqtt-order-resend", name: "by identifier, 3.1", in: []mqtt.Version{mqtt.V31}, want: rules.Fail, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "1", 1, 9), t.publish("plc7/t", "2", 1, 1)).broken()
		t.resumed().c(t.publish("plc7/t", "2", 1, 1, dup), t.publish("plc7/t", "1", 1, 9, dup)).s(t.ack(mqtt.PUBACK, 1), t.ack(mqtt.PUBACK, 9)).bye()
	}},
	{rule: "mqtt-order-resend", name: "in order", want: rules.Pass, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "1", 1, 9), t.publish("plc7/t", "2", 1, 1)).broken()
		t.resumed().c(t.publish("plc7/t", "1", 1, 9, dup), t.publish("plc7/t", "2", 1, 1, dup)).s(t.ack(mqtt.PUBACK, 9), t.ack(mqtt.PUBACK, 1)).bye()
	}},
	{rule: "mqtt-order-resend", name: "one message", want: rules.NotExercised, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "1", 1, 9)).broken()
		t.resumed().c(t.publish("plc7/t", "1", 1, 9, dup)).s(t.ack(mqtt.PUBACK, 9)).bye()
	}},
	{rule: "mqtt-order-resend", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "1", 1, 9), t.publish("plc7/t", "2", 1, 1)).broken()
		t.resumed()
		t.conn.ClientUnseen(t.publish("plc7/t", "1", 1, 9, dup))
		t.c(t.publish("plc7/t", "2", 1, 1, dup), t.publish("plc7/t", "1", 1, 9, dup)).s(t.ack(mqtt.PUBACK, 1), t.ack(mqtt.PUBACK, 9)).bye()
	}},

	{rule: "mqtt-unacked-kept", name: "counts from 1 again", want: rules.Fail, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "1", 1, 1)).broken()
		t.resumed().c(t.publish("plc7/t", "2", 1, 1)).s(t.ack(mqtt.PUBACK, 1)).bye()
	}},
	{rule: "mqtt-unacked-kept", name: "kept", want: rules.Pass, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "1", 1, 1)).broken()
		t.resumed().c(t.publish("plc7/t", "1", 1, 1, dup), t.publish("plc7/t", "2", 1, 2)).s(t.ack(mqtt.PUBACK, 1), t.ack(mqtt.PUBACK, 2)).bye()
	}},
	{rule: "mqtt-unacked-kept", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "1", 1, 1)).broken()
		t.resumed()
		t.conn.ServerUnseen(t.ack(mqtt.PUBACK, 1))
		t.c(t.publish("plc7/t", "2", 1, 1)).s(t.ack(mqtt.PUBACK, 1)).bye()
	}},
	{rule: "mqtt-unacked-kept", name: "nothing left", want: rules.NotExercised, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "1", 1, 1)).s(t.ack(mqtt.PUBACK, 1)).broken()
		t.resumed().c(t.publish("plc7/t", "2", 1, 1)).s(t.ack(mqtt.PUBACK, 1)).bye()
	}},

	{rule: "m5-session-absent-discard", name: "sends again", want: rules.Fail, say: func(t *talk) {
		t.login(resume).c(t.publish("plc7/t", "1", 1, 5)).broken()
		t.login(resume).after(time.Second).c(t.publish("plc7/t", "1", 1, 5, dup)).s(t.ack(mqtt.PUBACK, 5)).bye()
	}},
	{rule: "m5-session-absent-discard", name: "sends again what was before the capture", want: rules.Fail, say: func(t *talk) {
		t.login(lasting).after(time.Second).c(t.publish("plc7/t", "1", 1, 5, dup)).s(t.ack(mqtt.PUBACK, 5)).bye()
	}},
	{rule: "m5-session-absent-discard", name: "begins anew", want: rules.Pass, say: func(t *talk) {
		t.login(resume).c(t.publish("plc7/t", "1", 1, 5)).broken()
		t.login(resume).c(t.publish("plc7/t", "1", 1, 5)).s(t.ack(mqtt.PUBACK, 5)).bye()
	}},
	{rule: "m5-session-absent-discard", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		t.login(lasting)
		t.conn.ClientUnseen(t.publish("plc7/t", "1", 1, 5))
		t.c(t.publish("plc7/t", "1", 1, 5, dup)).s(t.ack(mqtt.PUBACK, 5)).bye()
	}},
}
