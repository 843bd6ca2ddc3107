package mqttrules

import (
	"time"

	"plcscope/mqtt"
	"plcscope/rules"
)

// idRefusal is the code by which a client identifier is refused.
func idRefusal(t *talk) mqtt.ReasonCode { return invalidClientID(t.v) }

// delivers lets the broker send two QoS 1 messages.
func (t *talk) delivers() *talk {
	return t.login().c(t.subscribe(1, 1, "cmd")).s(t.suback(1, 1), t.publish("cmd", "1", 1, 5), t.publish("cmd", "2", 1, 6))
}

var singleConversations = []conversation{
	{rule: "mqtt-suback-single", name: "one each", want: rules.Fail, also: []string{"mqtt-suback-count"}, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0, "a", "b")).s(t.suback(1, 0), t.suback(1, 0)).bye()
	}},
	{rule: "mqtt-suback-single", name: "one", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0, "a", "b")).s(t.suback(1, 0, 0)).bye()
	}},
	{rule: "mqtt-suback-single", name: "asked twice", want: rules.Pass, also: []string{"mqtt-packet-id-unused-client"}, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0, "a", "b"), t.subscribe(1, 0, "a", "b")).s(t.suback(1, 0, 0), t.suback(1, 0, 0)).bye()
	}},
	{rule: "mqtt-suback-single", name: "a SUBSCRIBE may be missing", want: rules.Inconclusive, also: []string{"mqtt-suback-id-matches"}, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0, "a", "b")).s(t.suback(1, 0, 0))
		t.conn.ClientUnseen(t.subscribe(1, 0, "a", "b"))
		t.s(t.suback(1, 0, 0)).c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{rule: "mqtt-unsuback-single", name: "one each", want: rules.Fail, also: []string{"m5-unsuback-count-order"}, say: func(t *talk) {
		t.unsubscribed("a", "b").s(t.unsubacked(1, unsubCodes(t)...), t.unsubacked(1, unsubCodes(t)...)).bye()
	}},
	{rule: "mqtt-unsuback-single", name: "one", want: rules.Pass, say: func(t *talk) {
		t.unsubscribed("a", "b").s(t.unsubacked(1, append(unsubCodes(t), unsubCodes(t)...)...)).bye()
	}},
	{rule: "mqtt-suback-order", name: "turned round", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.mixed()).s(t.suback(1, 1, 0)).bye()
	}},
	{rule: "mqtt-suback-order", name: "in order", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.mixed()).s(t.suback(1, 0, 1)).bye()
	}},
	{rule: "mqtt-suback-order", name: "too much, not turned round", want: rules.Pass, also: []string{"mqtt-suback-grant-plausible"}, say: func(t *talk) {
		t.login().c(t.mixed()).s(t.suback(1, 1, 1)).bye()
	}},
	{rule: "mqtt-suback-order", name: "alike", want: rules.NotExercised, say: func(t *talk) {
		t.login().c(t.subscribe(1, 1, "a", "b")).s(t.suback(1, 1, 0)).bye()
	}},
	{rule: "mqtt-clientid-basic-accepted", name: "refused", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect()).s(t.connack(idRefusal(t))).conn.FIN(false)
	}},
	{rule: "mqtt-clientid-basic-accepted", name: "accepted", want: rules.Pass, say: func(t *talk) { t.login().bye() }},
	{rule: "mqtt-clientid-basic-accepted", name: "not basic", want: rules.NotExercised, say: func(t *talk) {
		t.c(t.connect(clientID("plc_7"))).s(t.connack(idRefusal(t))).conn.FIN(false)
	}},
	{rule: "mqtt-clientid-refusal", name: "stays", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(clientID("plc_7"))).s(t.connack(idRefusal(t))).after(20 * time.Second).conn.FIN(true)
	}},
	{rule: "mqtt-clientid-refusal", name: "closes", want: rules.Pass, say: func(t *talk) {
		t.c(t.connect(clientID("plc_7"))).s(t.connack(idRefusal(t))).conn.FIN(false)
	}},
	{rule: "m31-dup-on-control-resend", name: "again without", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0, "a")).after(2*time.Second).c(t.subscribe(1, 0, "a")).s(t.suback(1, 0), t.suback(1, 0)).bye()
	}, also: []string{"mqtt-packet-id-unused-client"}},
	{rule: "m31-dup-on-control-resend", name: "first with", want: rules.Fail, say: func(t *talk) {
		t.login().c(nibble(t.subscribe(1, 0, "a"), 0xA)).s(t.suback(1, 0)).bye()
	}},
	{rule: "m31-dup-on-control-resend", name: "again with", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0, "a")).after(2*time.Second).c(nibble(t.subscribe(1, 0, "a"), 0xA)).s(t.suback(1, 0), t.suback(1, 0)).bye()
	}},
	{rule: "mqtt-client-acks-unconditionally", name: "leaves one out", want: rules.Fail, also: []string{"mqtt-order-puback"}, say: func(t *talk) {
		t.delivers().c(t.puback(6)).after(20 * time.Second).c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{rule: "mqtt-client-acks-unconditionally", name: "stops", want: rules.Pass, also: []string{"mqtt-qos1-puback"}, say: func(t *talk) {
		t.delivers().c(t.puback(5)).after(20 * time.Second).c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{rule: "mqtt-client-acks-unconditionally", name: "both", want: rules.Pass, say: func(t *talk) {
		t.delivers().c(t.puback(5), t.puback(6)).after(20 * time.Second).c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{rule: "mqtt-client-acks-unconditionally", name: "none", want: rules.NotExercised, also: []string{"mqtt-qos1-puback"}, say: func(t *talk) {
		t.delivers().after(20 * time.Second).c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{rule: "mqtt-client-acks-unconditionally", name: "the answer may be missing", want: rules.Inconclusive, also: []string{"mqtt-order-puback"}, say: func(t *talk) {
		t.delivers()
		t.conn.ClientUnseen(t.puback(5))
		t.c(t.puback(6)).after(20 * time.Second).c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{rule: "mqtt-qos2-repeat-pubrec", name: "silence", want: rules.Fail, also: []string{"mqtt-qos2-pubrec"}, say: func(t *talk) {
		t.resent2().after(20 * time.Second).c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{rule: "mqtt-qos2-repeat-pubrec", name: "again", want: rules.Pass, say: func(t *talk) {
		t.resent2().s(t.pubrec(7)).c(t.pubrel(7)).s(t.pubcomp(7)).bye()
	}},
	{rule: "mqtt-qos2-repeat-pubrec", name: "the answer may be missing", want: rules.Inconclusive, say: func(t *talk) {
		t.resent2()
		t.conn.ServerUnseen(t.pubrec(7))
		t.after(20 * time.Second).c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{rule: "mqtt-order-server-acks", name: "the later first", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.publish("a", "1", 1, 5), t.publish("a", "2", 1, 6)).s(t.puback(6), t.puback(5)).bye()
	}},
	{rule: "mqtt-order-server-acks", name: "in order", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.publish("a", "1", 1, 5), t.publish("a", "2", 1, 6)).s(t.puback(5), t.puback(6)).bye()
	}},
	{rule: "mqtt-order-server-acks", name: "two topics", want: rules.NotExercised, say: func(t *talk) {
		t.login().c(t.publish("a", "1", 1, 5), t.publish("b", "2", 1, 6)).s(t.puback(6), t.puback(5)).bye()
	}},
	{rule: "mqtt-order-server-acks", name: "the earlier may be missing", want: rules.Inconclusive, say: func(t *talk) {
		t.login().c(t.publish("a", "1", 1, 5), t.publish("a", "2", 1, 6))
		t.conn.ServerUnseen(t.puback(5))
		t.s(t.puback(6), t.puback(5)).bye()
	}},
	{rule: "mqtt-unsuback-even-if-none", name: "silence", want: rules.Fail, also: []string{"mqtt-unsuback-sent"}, say: func(t *talk) {
		t.unsubscribed("a").after(20 * time.Second).c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{rule: "mqtt-unsuback-even-if-none", name: "answered", want: rules.Pass, say: func(t *talk) {
		t.unsubscribed("a").s(t.unsubacked(1, unsubCodes(t)...)).bye()
	}},
	{rule: "mqtt-unsuback-even-if-none", name: "something was subscribed", want: rules.NotExercised, also: []string{"mqtt-unsuback-sent"}, say: func(t *talk) {
		t.subscribed().c(t.unsubscribe(9, "other")).after(20 * time.Second).c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{rule: "mqtt-unsuback-even-if-none", name: "the answer may be missing", want: rules.Inconclusive, say: func(t *talk) {
		t.unsubscribed("a")
		t.conn.ServerUnseen(t.unsubacked(1, unsubCodes(t)...))
		t.after(20 * time.Second).c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{rule: "mqtt-unsubscribe-completes-flight", name: "abandoned", want: rules.Fail, say: func(t *talk) {
		t.inFlight().s(t.unsubacked(2, unsubCodes(t)...)).after(20 * time.Second).c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{rule: "mqtt-unsubscribe-completes-flight", name: "completed", want: rules.Pass, say: func(t *talk) {
		t.inFlight().s(t.unsubacked(2, unsubCodes(t)...), t.pubrel(5)).c(t.pubcomp(5)).bye()
	}},
	{rule: "mqtt-unsubscribe-completes-flight", name: "nothing in flight", want: rules.NotExercised, say: func(t *talk) {
		t.login().c(t.unsubscribe(2, "cmd")).s(t.unsubacked(2, unsubCodes(t)...)).bye()
	}},
}

// mixed is a SUBSCRIBE with a filter of QoS 0 and one of QoS 1.
func (t *talk) mixed() []byte {
	return t.ack(mqtt.SUBSCRIBE, 1, func(p *mqtt.Packet) {
		p.Filters = []mqtt.Filter{{Filter: []byte("a")}, {Filter: []byte("b"), Options: 1}}
	})
}

// inFlight is an UNSUBSCRIBE while a delivery of QoS 2 is under way.
func (t *talk) inFlight() *talk {
	return t.login().c(t.subscribe(1, 2, "cmd")).s(t.suback(1, 2), t.publish("cmd", "1", 2, 5)).c(t.pubrec(5), t.unsubscribe(2, "cmd"))
}

func unsubCodes(t *talk) []byte {
	if t.v == mqtt.V5 {
		return []byte{0}
	}
	return nil
}

// resent2 is a QoS 2 message that its client sends again on a new connection,
// because it has not got the PUBREC.
func (t *talk) resent2() *talk {
	t.known().c(t.publish("a", "1", 2, 7)).s(t.pubrec(7)).broken()
	return t.resumed().c(t.publish("a", "1", 2, 7, dup))
}
