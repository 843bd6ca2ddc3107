package mqttrules

import (
	"time"

	"plcscope/mqtt"
	"plcscope/rules"
)

// bear is a connection that goes on as if nothing were wrong, closed by the client
// in the end.
func (t *talk) bear() *talk {
	t.after(20 * time.Second).c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).bye()
	return t
}

// borne are the conversations about an offence of the client, whose own rule is
// named by also: the server bears it, closes at once, or the client is faster.
func borne(rule string, also []string, in []mqtt.Version, offence func(t *talk)) []conversation {
	return []conversation{
		{rule: rule, name: "borne", in: in, want: rules.Fail, also: also, say: func(t *talk) { offence(t); t.bear() }},
		{rule: rule, name: "closed at", in: in, want: rules.Pass, also: also, say: func(t *talk) { offence(t); t.conn.FIN(false) }},
		{rule: rule, name: "reset at", in: in, want: rules.Pass, also: also, say: func(t *talk) { offence(t); t.after(time.Second).conn.RST(false) }},
		{rule: rule, name: "the client is faster", in: in, want: rules.NotExercised, also: also, say: func(t *talk) { offence(t); t.conn.FIN(true) }},
		{rule: rule, name: "an answer may be missing", in: in, want: rules.Inconclusive, also: also, say: func(t *talk) {
			offence(t)
			t.conn.ServerUnseen(t.packet(mqtt.PINGRESP))
			t.bear()
		}},
	}
}

// afterLogin lets the client say something once it is logged in.
func afterLogin(packet func(t *talk) []byte) func(t *talk) {
	return func(t *talk) { t.login().c(packet(t)) }
}

func instead(change ...func(*mqtt.Packet)) func(t *talk) {
	return func(t *talk) { t.c(t.connect(change...)) }
}

var late = []mqtt.Version{mqtt.V311, mqtt.V5}

var closeConversations = join(
	borne("mqtt-non-connect-first-close", []string{"mqtt-connect-first"}, nil, func(t *talk) { t.c(t.publish("a", "1", 0, 0)) }),
	[]conversation{
		{rule: "mqtt-non-connect-first-close", name: "answered", in: late, want: rules.Fail, also: []string{"mqtt-connect-first"}, say: func(t *talk) {
			t.c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).conn.FIN(true)
		}},
		{rule: "mqtt-non-connect-first-close", name: "CONNECT comes after all", want: rules.Fail, also: []string{"mqtt-connect-first"}, say: func(t *talk) {
			t.c(t.packet(mqtt.PINGREQ)).login().conn.FIN(true)
		}},
	},

	borne("mqtt-connect-reserved-flag-close", []string{"mqtt-connect-reserved-flag", "mqtt-connack-first"}, nil, instead(flags(0x03))),
	[]conversation{
		{rule: "mqtt-connect-reserved-flag-close", name: "accepted", want: rules.Fail, also: []string{"mqtt-connect-reserved-flag"}, say: func(t *talk) {
			t.login(flags(0x03)).bye()
		}},
		{rule: "mqtt-connect-reserved-flag-close", name: "refused", want: rules.Pass, also: []string{"mqtt-connect-reserved-flag"}, say: func(t *talk) {
			t.c(t.connect(flags(0x03))).s(t.connack(busy(t))).conn.FIN(false)
		}},
	},

	[]conversation{
		{rule: "mqtt-wrong-name-handling", name: "accepted", want: rules.Fail, also: []string{"mqtt-protocol-name"}, say: func(t *talk) {
			t.login(named("MQTX")).bye()
		}},
		{rule: "mqtt-wrong-name-handling", name: "refused", want: rules.Pass, also: []string{"mqtt-protocol-name"}, say: func(t *talk) {
			t.c(t.connect(named("MQTX"))).s(t.connack(busy(t))).conn.FIN(false)
		}},
		{rule: "mqtt-wrong-name-handling", name: "closed at", want: rules.Pass, also: []string{"mqtt-protocol-name"}, say: func(t *talk) {
			t.c(t.connect(named("MQTX"))).conn.FIN(false)
		}},
		{rule: "mqtt-wrong-name-handling", name: "another protocol, perhaps", want: rules.NotExercised, also: []string{"mqtt-protocol-name"}, say: func(t *talk) {
			t.c(t.connect(named("MQTX"))).after(20 * time.Second).conn.FIN(true)
		}},
		{rule: "mqtt-wrong-name-handling", name: "right", want: rules.NotExercised, say: func(t *talk) { t.login().bye() }},
	},

	borne("mqtt-unsupported-level-refused", []string{"mqtt-protocol-level"}, late[:1], instead(level(9))),
	[]conversation{
		{rule: "mqtt-unsupported-level-refused", name: "accepted", in: late[:1], want: rules.Fail, also: []string{"mqtt-protocol-level"}, say: func(t *talk) {
			t.login(level(9)).bye()
		}},
		{rule: "mqtt-unsupported-level-refused", name: "for another reason", in: late[:1], want: rules.Fail, also: []string{"mqtt-protocol-level"}, say: func(t *talk) {
			t.c(t.connect(level(9))).s(t.connack(5)).conn.FIN(false)
		}},
		{rule: "mqtt-unsupported-level-refused", name: "refused", in: late[:1], want: rules.Pass, also: []string{"mqtt-protocol-level"}, say: func(t *talk) {
			t.c(t.connect(level(9))).s(t.connack(1)).conn.FIN(false)
		}},
		{rule: "mqtt-unsupported-level-refused", name: "a level that others support", want: rules.Pass, say: func(t *talk) {
			code := mqtt.ReasonCode(1)
			if t.v == mqtt.V5 {
				code = 0x84
			}
			t.c(t.connect()).s(t.connack(code)).conn.FIN(false)
		}},
	},

	borne("mqtt-utf8-bad-close", []string{"mqtt-publish-topic-utf8"}, nil, afterLogin(func(t *talk) []byte { return t.publish("a\xff", "1", 0, 0) })),
	[]conversation{
		{rule: "mqtt-utf8-bad-close", name: "acknowledged", want: rules.Fail, also: []string{"mqtt-topic-no-null", "mqtt-publish-topic-utf8"}, say: func(t *talk) {
			t.login().c(t.publish("a\x00", "1", 1, 7)).s(t.puback(7)).bye()
		}},
		{rule: "mqtt-utf8-bad-close", name: "by the client", want: rules.Fail, also: []string{"mqtt-topic-no-null", "mqtt-publish-topic-utf8"}, say: func(t *talk) {
			t.login().s(t.publish("a\xff", "1", 0, 0)).bear()
		}},
		{rule: "mqtt-utf8-bad-close", name: "the client closes", want: rules.Pass, also: []string{"mqtt-topic-no-null", "mqtt-publish-topic-utf8"}, say: func(t *talk) {
			t.login().s(t.publish("a\xff", "1", 0, 0)).bye()
		}},
		{rule: "mqtt-utf8-bad-close", name: "acknowledged, of the message before", want: rules.NotExercised, also: []string{"mqtt-publish-topic-utf8", "mqtt-packet-id-unused-client"}, say: func(t *talk) {
			t.login().c(t.publish("a", "1", 1, 7), t.publish("a\xff", "1", 1, 7)).s(t.puback(7)).conn.FIN(true)
		}},
	},

	borne("mqtt-malformed-connect-close", []string{"mqtt-will-fields-present"}, nil, func(t *talk) { t.c(cut(t.connect(will("plc7/status", "")), 2)) }),
	[]conversation{
		{rule: "mqtt-malformed-connect-close", name: "accepted", want: rules.Fail, also: []string{"mqtt-will-qos-not-3"}, say: func(t *talk) {
			t.login(func(p *mqtt.Packet) { p.Connect.SetWill([]byte("s"), []byte("off"), 3, false) }).bye()
		}},
		{rule: "mqtt-malformed-connect-close", name: "answered", in: late[:1], want: rules.Fail, also: []string{"mqtt-will-qos-zero-without-will"}, say: func(t *talk) {
			t.c(t.connect(flags(0x0A))).s(t.connack(5)).conn.FIN(false)
		}},
		{rule: "mqtt-malformed-connect-close", name: "answered", in: late[1:], want: rules.Pass, also: []string{"mqtt-will-qos-zero-without-will"}, say: func(t *talk) {
			t.c(t.connect(flags(0x0A))).s(t.connack(0x81)).conn.FIN(false)
		}},
	},

	borne("mqtt-publish-qos3-close", []string{"mqtt-publish-qos-not-3"}, nil, afterLogin(func(t *talk) []byte { return t.publish("a", "x", 3, 4) })),
	borne("mqtt-pubrel-flags-close", []string{"mqtt-pubrel-flags", "mqtt-ack-id-matches-publish", "mqtt-qos2-pubcomp"}, nil, afterLogin(func(t *talk) []byte { return nibble(t.pubrel(9), 0) })),
	borne("mqtt-subscribe-flags-close", []string{"mqtt-subscribe-flags"}, nil, afterLogin(func(t *talk) []byte { return nibble(t.subscribe(9, 0, "a"), 0) })),
	borne("mqtt-unsubscribe-flags-close", []string{"mqtt-unsubscribe-flags"}, nil, afterLogin(func(t *talk) []byte { return nibble(t.unsubscribe(9, "a"), 0) })),
	borne("mqtt-invalid-flags-close", []string{"mqtt-fixed-header-flags", "mqtt-ack-id-matches-publish"}, nil, afterLogin(func(t *talk) []byte { return nibble(t.puback(9), 3) })),
	borne("m5-auth-flags-close", []string{"m5-auth-flags", "m5-auth-client-none", "mqtt-fixed-header-flags"}, nil, afterLogin(func(t *talk) []byte { return nibble(t.packet(mqtt.AUTH, proceed), 3) })),
	[]conversation{
		{rule: "mqtt-disconnect-flags-close", name: "borne", want: rules.Fail, also: []string{"mqtt-disconnect-flags", "mqtt-close-after-disconnect"}, say: func(t *talk) {
			t.login().c(nibble(t.packet(mqtt.DISCONNECT), 1)).after(20 * time.Second).conn.FIN(true)
		}},
		{rule: "mqtt-disconnect-flags-close", name: "closed at", want: rules.Pass, also: []string{"mqtt-disconnect-flags"}, say: func(t *talk) {
			t.login().c(nibble(t.packet(mqtt.DISCONNECT), 1)).conn.FIN(false)
		}},
		{rule: "mqtt-subscribe-flags-close", name: "answered", want: rules.Fail, also: []string{"mqtt-subscribe-flags"}, say: func(t *talk) {
			t.login().c(nibble(t.subscribe(9, 0, "a"), 0)).s(t.suback(9, 0)).bye()
		}},
	},

	borne("mqtt-subscribe-malformed-close", []string{"mqtt-subscribe-options-valid"}, nil, afterLogin(func(t *talk) []byte { return t.subscribe(9, 3, "a") })),
	[]conversation{
		{rule: "mqtt-subscribe-malformed-close", name: "answered", want: rules.Fail, also: []string{"mqtt-subscribe-options-valid"}, say: func(t *talk) {
			t.login().c(t.subscribe(9, 3, "a")).s(t.suback(9, 2)).bye()
		}},
		{rule: "mqtt-filter-invalid-refused", name: "granted", want: rules.Fail, also: []string{"mqtt-filter-hash"}, say: func(t *talk) {
			t.login().c(t.subscribe(9, 0, "a", "a/#/b")).s(t.suback(9, 0, 0)).bye()
		}},
		{rule: "mqtt-filter-invalid-refused", name: "refused", in: late, want: rules.Pass, also: []string{"mqtt-filter-hash"}, say: func(t *talk) {
			code := byte(0x80)
			if t.v == mqtt.V5 {
				code = 0x8f
			}
			t.login().c(t.subscribe(9, 0, "a", "a/#/b")).s(t.suback(9, 0, code)).bye()
		}},
		{rule: "mqtt-filter-invalid-refused", name: "closed at", want: rules.Pass, also: []string{"mqtt-filter-hash"}, say: func(t *talk) {
			t.login().c(t.subscribe(9, 0, "a", "a/#/b")).conn.FIN(false)
		}},
		{rule: "mqtt-filter-invalid-refused", name: "valid", want: rules.NotExercised, say: func(t *talk) {
			t.login().c(t.subscribe(9, 0, "a", "a/#")).s(t.suback(9, 0, 0)).bye()
		}},
		{rule: "mqtt-filter-invalid-refused", name: "hole before", want: rules.NotExercised, also: []string{"mqtt-filter-hash"}, say: func(t *talk) {
			t.login()
			t.conn.ServerUnseen(t.publish("a", "1", 0, 0))
			t.c(t.subscribe(9, 0, "a", "a/#/b")).s(t.suback(9, 0, 0)).bye()
		}},
		{rule: "mqtt-bad-topic-handled", name: "acknowledged", want: rules.Fail, also: []string{"mqtt-publish-topic-no-wildcard"}, say: func(t *talk) {
			t.login().c(t.publish("a/+", "1", 1, 9)).s(t.puback(9)).bye()
		}},
		{rule: "mqtt-bad-topic-handled", name: "no topic", want: rules.Fail, also: []string{"mqtt-topic-not-empty"}, say: func(t *talk) {
			t.login().c(t.publish("", "1", 2, 9)).s(t.pubrec(9)).c(t.pubrel(9)).s(t.pubcomp(9)).bye()
		}},
		{rule: "mqtt-bad-topic-handled", name: "refused", in: late[1:], want: rules.Pass, also: []string{"mqtt-publish-topic-no-wildcard"}, say: func(t *talk) {
			t.login().c(t.publish("a/+", "1", 1, 9)).s(t.ack(mqtt.PUBACK, 9, coded(0x90))).bye()
		}},
		{rule: "mqtt-bad-topic-handled", name: "closed at", want: rules.Pass, also: []string{"mqtt-publish-topic-no-wildcard"}, say: func(t *talk) {
			t.login().c(t.publish("a/+", "1", 1, 9)).conn.FIN(false)
		}},
	},

	borne("mqtt-protocol-violation-close", []string{"mqtt-packet-direction", "mqtt-unused-bits"}, nil, afterLogin(func(t *talk) []byte { return t.packet(mqtt.PINGRESP) })),
	borne("mqtt-protocol-violation-close", []string{"mqtt-remaining-length-encoding"}, nil, afterLogin(func(t *talk) []byte { return []byte{0x30, 0xff, 0xff, 0xff, 0xff, 0xff} })),
	borne("mqtt-protocol-violation-close", []string{"mqtt-subscribe-nonempty"}, nil, afterLogin(func(t *talk) []byte { return t.subscribe(9, 0) })),
	borne("mqtt-protocol-violation-close", []string{"m5-property-unique"}, late[1:], afterLogin(func(t *talk) []byte {
		return t.publish("a", "1", 0, 0, with(number(mqtt.PayloadFormatIndicator, 1), number(mqtt.PayloadFormatIndicator, 1)))
	})),
	[]conversation{
		{rule: "mqtt-protocol-violation-close", name: "DISCONNECT says why", in: late[1:], want: rules.Pass, also: []string{"mqtt-packet-direction"}, say: func(t *talk) {
			t.login().c(t.packet(mqtt.PINGRESP)).s(t.packet(mqtt.DISCONNECT, reason(0x82))).conn.FIN(false)
		}},
	},

	[]conversation{
		{rule: "m5-connect-check-fail-close", name: "stays", want: rules.Fail, say: func(t *talk) {
			t.c(t.connect()).s(t.connack(0x87)).after(20 * time.Second).conn.FIN(true)
		}},
		{rule: "m5-connect-check-fail-close", name: "closes", want: rules.Pass, say: func(t *talk) {
			t.c(t.connect()).s(t.connack(0x87)).conn.FIN(false)
		}},
		{rule: "m5-connect-check-fail-close", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
			t.c(t.connect()).s(t.connack(0x87))
			t.conn.ServerUnseen(t.packet(mqtt.PINGRESP))
			t.c(t.packet(mqtt.PINGREQ)).after(20 * time.Second).conn.FIN(true)
		}},
		{rule: "m5-error-code-close", name: "server stays", want: rules.Fail, say: func(t *talk) {
			t.login().s(t.packet(mqtt.DISCONNECT, reason(0x8b))).after(20 * time.Second).conn.FIN(true)
		}},
		{rule: "m5-error-code-close", name: "client stays", want: rules.Fail, say: func(t *talk) {
			t.login().c(t.packet(mqtt.DISCONNECT, reason(0x82))).after(20 * time.Second).conn.FIN(false)
		}},
		{rule: "m5-error-code-close", name: "closes", want: rules.Pass, say: func(t *talk) {
			t.login().s(t.packet(mqtt.DISCONNECT, reason(0x8b))).conn.FIN(false)
		}},
		{rule: "m311-connack-no-code-close", name: "invents one", want: rules.Fail, also: []string{"mqtt-connack-code-valid"}, say: func(t *talk) {
			t.c(t.connect()).s(t.connack(9)).after(20 * time.Second).conn.FIN(true)
		}},
		{rule: "m311-connack-no-code-close", name: "closes", want: rules.Pass, say: func(t *talk) {
			t.c(t.connect()).conn.FIN(false)
		}},
		{rule: "m311-empty-clientid-refused", name: "accepted", want: rules.Fail, also: []string{"mqtt-empty-clientid-clean"}, say: func(t *talk) {
			t.login(resume, clientID("")).bye()
		}},
		{rule: "m311-empty-clientid-refused", name: "another code", want: rules.Fail, also: []string{"mqtt-empty-clientid-clean"}, say: func(t *talk) {
			t.c(t.connect(resume, clientID(""))).s(t.connack(5)).conn.FIN(false)
		}},
		{rule: "m311-empty-clientid-refused", name: "refused", want: rules.Pass, also: []string{"mqtt-empty-clientid-clean"}, say: func(t *talk) {
			t.c(t.connect(resume, clientID(""))).s(t.connack(2)).conn.FIN(false)
		}},
		{rule: "m311-empty-clientid-refused", name: "clean", want: rules.NotExercised, say: func(t *talk) { t.login(clientID("")).bye() }},
		{rule: "m31-clientid-length-refused", name: "accepted", want: rules.Fail, also: []string{"m31-clientid-length"}, say: func(t *talk) {
			t.login(clientID("pump-station-north-00024")).bye()
		}},
		{rule: "m31-clientid-length-refused", name: "refused", want: rules.Pass, also: []string{"m31-clientid-length"}, say: func(t *talk) {
			t.c(t.connect(clientID("pump-station-north-00024"))).s(t.connack(2)).conn.FIN(false)
		}},
		{rule: "m31-clientid-length-refused", name: "fits", want: rules.NotExercised, say: func(t *talk) { t.login().bye() }},
		{rule: "mqtt-no-processing-after-refusal", name: "acknowledges", want: rules.Fail, say: func(t *talk) {
			t.c(t.connect(), t.publish("a", "1", 1, 5)).s(t.connack(refusal(t)), t.puback(5)).conn.FIN(false)
		}},
		{rule: "mqtt-no-processing-after-refusal", name: "closes", want: rules.Pass, say: func(t *talk) {
			t.c(t.connect(), t.publish("a", "1", 1, 5)).s(t.connack(refusal(t))).conn.FIN(false)
		}},
		{rule: "mqtt-no-processing-after-refusal", name: "nothing behind CONNECT", want: rules.NotExercised, say: func(t *talk) {
			t.c(t.connect()).s(t.connack(refusal(t))).conn.FIN(false)
		}},
		{rule: "mqtt-connect-timeout", name: "borne for five minutes", in: late[:1], want: rules.Fail, say: func(t *talk) {
			t.after(300 * time.Second).conn.FIN(true)
			t.conn.FIN(false)
		}},
		{rule: "mqtt-connect-timeout", name: "closed", in: late[:1], want: rules.Pass, say: func(t *talk) {
			t.after(20 * time.Second).conn.FIN(false)
		}},
		{rule: "mqtt-connect-timeout", name: "the client gives up", in: late[:1], want: rules.NotExercised, say: func(t *talk) {
			t.after(20 * time.Second).conn.FIN(true)
			t.conn.FIN(false)
		}},
		{rule: "mqtt-connack-timeout", name: "waits", want: rules.Fail, also: []string{"mqtt-connack-sent"}, say: func(t *talk) {
			t.c(t.connect()).after(300 * time.Second).conn.FIN(true)
		}},
		{rule: "mqtt-connack-timeout", name: "pings meanwhile", want: rules.Fail, also: []string{"mqtt-connack-sent", "mqtt-pingresp-sent"}, say: func(t *talk) {
			t.c(t.connect()).after(300 * time.Second).c(t.packet(mqtt.PINGREQ)).after(time.Second).conn.FIN(true)
		}},
		{rule: "mqtt-connack-timeout", name: "gives up", want: rules.Pass, also: []string{"mqtt-connack-sent"}, say: func(t *talk) {
			t.c(t.connect()).after(20 * time.Second).conn.FIN(true)
		}},
		{rule: "mqtt-connack-timeout", name: "CONNACK not captured", want: rules.NotExercised, say: func(t *talk) {
			t.c(t.connect())
			t.conn.ServerUnseen(t.connack(0))
			t.after(300 * time.Second).conn.FIN(true)
		}},
		{rule: "mqtt-keepalive-early-close", name: "after the keep alive", in: late[1:], want: rules.Fail, say: func(t *talk) {
			t.c(t.connect(keepAlive(60))).s(t.connack(0, serverKeepAlive(20))).c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).after(21 * time.Second).s(t.packet(mqtt.DISCONNECT, reason(0x8d))).conn.FIN(false)
		}},
		{rule: "mqtt-keepalive-early-close", name: "in time", in: late[1:], want: rules.Pass, say: func(t *talk) {
			t.c(t.connect(keepAlive(60))).s(t.connack(0, serverKeepAlive(20))).c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).after(30 * time.Second).s(t.packet(mqtt.DISCONNECT, reason(0x8d))).conn.RST(false)
		}},
		{rule: "mqtt-keepalive-early-close", name: "hole", in: late[1:], want: rules.Inconclusive, say: func(t *talk) {
			t.c(t.connect(keepAlive(60))).s(t.connack(0, serverKeepAlive(20)))
			t.conn.ServerUnseen(t.publish("a", "1", 0, 0))
			t.c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).after(21 * time.Second).s(t.packet(mqtt.DISCONNECT, reason(0x8d))).conn.FIN(false)
		}},
	},
)

func join(l ...[]conversation) (all []conversation) {
	for _, x := range l {
		all = append(all, x...)
	}
	return all
}

func named(protocol string) func(*mqtt.Packet) {
	return func(p *mqtt.Packet) { p.Connect.ProtocolName, p.Connect.Level = []byte(protocol), byte(p.Version) }
}

func level(l byte) func(*mqtt.Packet) {
	return func(p *mqtt.Packet) { p.Connect.ProtocolName, p.Connect.Level = []byte("MQTT"), l }
}
