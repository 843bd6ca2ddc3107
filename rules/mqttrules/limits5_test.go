package mqttrules

import (
	"strings"
	"time"

	"plcscope/mqtt"
	"plcscope/rules"
)

// agreed is a login with something announced by each side, after which both have
// had the time to read it.
func (t *talk) agreed(byClient, byServer []mqtt.Property) *talk {
	return t.c(t.connect(with(byClient...))).s(t.connack(0, with(byServer...))).after(time.Second)
}

func one(x ...mqtt.Property) []mqtt.Property { return x }

// aliased is a PUBLISH of QoS 0 with a topic alias.
func (t *talk) aliased(topic string, alias uint32) []byte {
	return t.publish(topic, "1", 0, 0, with(number(mqtt.TopicAlias, alias)))
}

var lengthy = strings.Repeat("x", 100)

var limitConversations = []conversation{
	{rule: "m5-max-packet-size-server", name: "too large", want: rules.Fail, say: func(t *talk) {
		t.agreed(one(number(mqtt.MaximumPacketSize, 64)), nil).s(t.publish("a", lengthy, 0, 0)).bye()
	}},
	{rule: "m5-max-packet-size-server", name: "fits", want: rules.Pass, say: func(t *talk) {
		t.agreed(one(number(mqtt.MaximumPacketSize, 200)), nil).s(t.publish("a", lengthy, 0, 0)).bye()
	}},
	{rule: "m5-max-packet-size-server", name: "no limit", want: rules.NotExercised, say: func(t *talk) {
		t.login().s(t.publish("a", lengthy, 0, 0)).bye()
	}},
	{rule: "m5-max-packet-size-server", name: "CONNECT not captured", want: rules.NotExercised, say: func(t *talk) {
		t.conn.ClientUnseen(t.connect(with(number(mqtt.MaximumPacketSize, 64))))
		t.s(t.connack(0), t.publish("a", lengthy, 0, 0)).bye()
	}},
	{rule: "m5-max-packet-size-client", name: "too large", want: rules.Fail, say: func(t *talk) {
		t.agreed(nil, one(number(mqtt.MaximumPacketSize, 64))).c(t.publish("a", lengthy, 0, 0)).conn.FIN(false)
	}},
	{rule: "m5-max-packet-size-client", name: "fits", want: rules.Pass, say: func(t *talk) {
		t.agreed(nil, one(number(mqtt.MaximumPacketSize, 200))).c(t.publish("a", lengthy, 0, 0)).bye()
	}},
	{rule: "m5-max-packet-size-client", name: "sent while CONNACK came", want: rules.Pass, say: func(t *talk) {
		t.c(t.connect()).s(t.connack(0, with(number(mqtt.MaximumPacketSize, 64)))).c(t.publish("a", lengthy, 0, 0)).bye()
	}},
	{rule: "m5-max-packet-size-client", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		t.agreed(nil, one(number(mqtt.MaximumPacketSize, 64)))
		t.conn.ServerUnseen(t.packet(mqtt.DISCONNECT))
		t.c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).c(t.publish("a", lengthy, 0, 0)).conn.FIN(false)
	}},
	{rule: "m5-reason-string-fits", name: "too large", want: rules.Fail, say: func(t *talk) {
		t.agreed(one(number(mqtt.MaximumPacketSize, 64)), nil).c(t.publish("a", "1", 1, 5)).s(t.ack(mqtt.PUBACK, 5, coded(0x87), with(str5(mqtt.ReasonString, lengthy)))).bye()
	}},
	{rule: "m5-reason-string-fits", name: "fits", want: rules.Pass, say: func(t *talk) {
		t.agreed(one(number(mqtt.MaximumPacketSize, 64)), nil).c(t.publish("a", "1", 1, 5)).s(t.ack(mqtt.PUBACK, 5, coded(0x87), with(str5(mqtt.ReasonString, "no")))).bye()
	}},
	{rule: "m5-user-property-fits", name: "too large, of the client", want: rules.Fail, say: func(t *talk) {
		t.agreed(nil, one(number(mqtt.MaximumPacketSize, 64))).c(t.packet(mqtt.DISCONNECT, reason(4), with(userProperty("k", lengthy)))).conn.FIN(true)
	}},
	{rule: "m5-user-property-fits", name: "fits", want: rules.Pass, say: func(t *talk) {
		t.agreed(nil, one(number(mqtt.MaximumPacketSize, 64))).c(t.packet(mqtt.DISCONNECT, reason(4), with(userProperty("k", "v")))).conn.FIN(true)
	}},
	{rule: "m5-topic-alias-server-max", name: "above", want: rules.Fail, say: func(t *talk) {
		t.agreed(one(number(mqtt.TopicAliasMaximum, 2)), nil).s(t.aliased("a", 3)).bye()
	}},
	{rule: "m5-topic-alias-server-max", name: "within", want: rules.Pass, say: func(t *talk) {
		t.agreed(one(number(mqtt.TopicAliasMaximum, 2)), nil).s(t.aliased("a", 2)).bye()
	}},
	{rule: "m5-topic-alias-server-none", name: "uninvited", want: rules.Fail, say: func(t *talk) {
		t.agreed(nil, nil).s(t.aliased("a", 1)).bye()
	}},
	{rule: "m5-topic-alias-server-none", name: "no alias", want: rules.Pass, say: func(t *talk) {
		t.agreed(nil, nil).s(t.publish("a", "1", 0, 0)).bye()
	}},
	{rule: "m5-topic-alias-client-max", name: "above", want: rules.Fail, say: func(t *talk) {
		t.agreed(nil, one(number(mqtt.TopicAliasMaximum, 2))).c(t.aliased("a", 3)).conn.FIN(false)
	}},
	{rule: "m5-topic-alias-client-max", name: "within", want: rules.Pass, say: func(t *talk) {
		t.agreed(nil, one(number(mqtt.TopicAliasMaximum, 2))).c(t.aliased("a", 2), t.aliased("", 2)).bye()
	}},
	{rule: "m5-topic-alias-client-none", name: "uninvited", want: rules.Fail, say: func(t *talk) {
		t.agreed(nil, nil).c(t.aliased("a", 1)).conn.FIN(false)
	}},
	{rule: "m5-topic-alias-client-none", name: "no alias", want: rules.Pass, say: func(t *talk) {
		t.agreed(nil, nil).c(t.publish("a", "1", 0, 0)).bye()
	}},
	{rule: "m5-topic-alias-client-accepts", name: "does not", want: rules.Fail, say: func(t *talk) {
		t.agreed(one(number(mqtt.TopicAliasMaximum, 2)), nil).s(t.aliased("a", 2)).c(t.packet(mqtt.DISCONNECT, reason(0x94))).conn.FIN(true)
	}},
	{rule: "m5-topic-alias-client-accepts", name: "does", want: rules.Pass, say: func(t *talk) {
		t.agreed(one(number(mqtt.TopicAliasMaximum, 2)), nil).s(t.aliased("a", 2), t.aliased("", 2)).bye()
	}},
	{rule: "m5-topic-alias-server-accepts", name: "does not", want: rules.Fail, say: func(t *talk) {
		t.agreed(nil, one(number(mqtt.TopicAliasMaximum, 2))).c(t.aliased("a", 2)).s(t.packet(mqtt.DISCONNECT, reason(0x94))).conn.FIN(false)
	}},
	{rule: "m5-topic-alias-server-accepts", name: "it was too much", want: rules.NotExercised, also: []string{"m5-topic-alias-client-max"}, say: func(t *talk) {
		t.agreed(nil, one(number(mqtt.TopicAliasMaximum, 2))).c(t.aliased("a", 3)).s(t.packet(mqtt.DISCONNECT, reason(0x94))).conn.FIN(false)
	}},
	{rule: "m5-topic-alias-server-accepts", name: "does", want: rules.Pass, say: func(t *talk) {
		t.agreed(nil, one(number(mqtt.TopicAliasMaximum, 2))).c(t.aliased("a", 2)).bye()
	}},
	{rule: "m5-topic-alias-per-connection", name: "outlives it", want: rules.Fail, say: func(t *talk) {
		t.agreed(nil, one(number(mqtt.TopicAliasMaximum, 2))).c(t.aliased("a", 2)).bye()
		t.after(time.Second).dial()
		t.agreed(nil, one(number(mqtt.TopicAliasMaximum, 2))).c(t.aliased("", 2)).conn.FIN(false)
	}, also: []string{"m5-topic-alias-unknown"}},
	{rule: "m5-topic-alias-per-connection", name: "set anew", want: rules.Pass, say: func(t *talk) {
		t.agreed(nil, one(number(mqtt.TopicAliasMaximum, 2))).c(t.aliased("a", 2)).bye()
		t.after(time.Second).dial()
		t.agreed(nil, one(number(mqtt.TopicAliasMaximum, 2))).c(t.aliased("b", 2), t.aliased("", 2)).bye()
	}},
	{rule: "m5-topic-alias-per-connection", name: "the setting may be missing", want: rules.Inconclusive, say: func(t *talk) {
		t.agreed(nil, one(number(mqtt.TopicAliasMaximum, 2))).c(t.aliased("a", 2)).bye()
		t.after(time.Second).dial()
		t.agreed(nil, one(number(mqtt.TopicAliasMaximum, 2)))
		t.conn.ClientUnseen(t.aliased("b", 2))
		t.s(t.publish("a", "1", 0, 0)).c(t.aliased("", 2)).bye()
	}},
	{rule: "m5-response-info-not-requested", name: "unasked", want: rules.Fail, say: func(t *talk) {
		t.agreed(nil, one(str5(mqtt.ResponseInformation, "r/"))).bye()
	}},
	{rule: "m5-response-info-not-requested", name: "none", want: rules.Pass, say: func(t *talk) { t.login().bye() }},
	{rule: "m5-response-info-not-requested", name: "asked", want: rules.NotExercised, say: func(t *talk) {
		t.agreed(one(number(mqtt.RequestResponseInformation, 1)), one(str5(mqtt.ResponseInformation, "r/"))).bye()
	}},
	{rule: "m5-problem-info-suppressed", name: "Reason String", want: rules.Fail, say: func(t *talk) {
		t.agreed(one(number(mqtt.RequestProblemInformation, 0)), nil).c(t.publish("a", "1", 1, 5)).s(t.ack(mqtt.PUBACK, 5, coded(0x87), with(str5(mqtt.ReasonString, "no")))).bye()
	}},
	{rule: "m5-problem-info-suppressed", name: "silent", want: rules.Pass, say: func(t *talk) {
		t.agreed(one(number(mqtt.RequestProblemInformation, 0)), nil).c(t.publish("a", "1", 1, 5)).s(t.ack(mqtt.PUBACK, 5, coded(0x87))).bye()
	}},
	{rule: "m5-problem-info-suppressed", name: "wanted", want: rules.NotExercised, say: func(t *talk) {
		t.agreed(nil, nil).c(t.publish("a", "1", 1, 5)).s(t.ack(mqtt.PUBACK, 5, coded(0x87), with(str5(mqtt.ReasonString, "no")))).bye()
	}},
	{rule: "m5-assigned-clientid", name: "not told", want: rules.Fail, say: func(t *talk) {
		t.login(clientID("")).bye()
	}},
	{rule: "m5-assigned-clientid", name: "somebody else's", want: rules.Fail, say: func(t *talk) {
		t.login()
		t.dial()
		t.c(t.connect(clientID(""))).s(t.connack(0, with(str5(mqtt.AssignedClientIdentifier, "plc7")))).bye()
	}},
	{rule: "m5-assigned-clientid", name: "told", want: rules.Pass, say: func(t *talk) {
		t.c(t.connect(clientID(""))).s(t.connack(0, with(str5(mqtt.AssignedClientIdentifier, "auto-1")))).bye()
	}},
	{rule: "m5-max-qos-announced", name: "not", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.publish("a", "1", 2, 5)).s(t.packet(mqtt.DISCONNECT, reason(0x9b))).conn.FIN(false)
	}},
	{rule: "m5-max-qos-announced", name: "announced", want: rules.Pass, say: func(t *talk) {
		t.agreed(nil, one(number(mqtt.MaximumQoS, 1))).bye()
	}},
	{rule: "m5-subscribe-any-qos", name: "refused", want: rules.Fail, also: []string{"mqtt-suback-code-valid"}, say: func(t *talk) {
		t.agreed(nil, one(number(mqtt.MaximumQoS, 0))).c(t.subscribe(1, 1, "a")).s(t.suback(1, 0x9b)).bye()
	}},
	{rule: "m5-subscribe-any-qos", name: "granted lower", want: rules.Pass, say: func(t *talk) {
		t.agreed(nil, one(number(mqtt.MaximumQoS, 0))).c(t.subscribe(1, 1, "a")).s(t.suback(1, 0)).bye()
	}},
	{rule: "m5-client-max-qos", name: "above", want: rules.Fail, say: func(t *talk) {
		t.agreed(nil, one(number(mqtt.MaximumQoS, 0))).c(t.publish("a", "1", 1, 5)).conn.FIN(false)
	}},
	{rule: "m5-client-max-qos", name: "within", want: rules.Pass, say: func(t *talk) {
		t.agreed(nil, one(number(mqtt.MaximumQoS, 1))).c(t.publish("a", "1", 1, 5)).s(t.puback(5)).bye()
	}},
	{rule: "m5-retain-unavailable", name: "retained", want: rules.Fail, say: func(t *talk) {
		t.agreed(nil, one(number(mqtt.RetainAvailable, 0))).c(t.publish("a", "1", 0, 0, retained)).conn.FIN(false)
	}},
	{rule: "m5-retain-unavailable", name: "not", want: rules.Pass, say: func(t *talk) {
		t.agreed(nil, one(number(mqtt.RetainAvailable, 0))).c(t.publish("a", "1", 0, 0)).bye()
	}},
	{rule: "m5-will-qos-unsupported", name: "accepted", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(willOf(2, false))).s(t.connack(0, with(number(mqtt.MaximumQoS, 1)))).bye()
	}},
	{rule: "m5-will-qos-unsupported", name: "refused", want: rules.Pass, say: func(t *talk) {
		t.c(t.connect(willOf(2, false))).s(t.connack(0x9b, with(number(mqtt.MaximumQoS, 1)))).conn.FIN(false)
	}},
	{rule: "m5-will-retain-unsupported", name: "accepted", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(willOf(0, true))).s(t.connack(0, with(number(mqtt.RetainAvailable, 0)))).bye()
	}},
	{rule: "m5-will-retain-unsupported", name: "not to be retained", want: rules.Pass, say: func(t *talk) {
		t.c(t.connect(willOf(0, false))).s(t.connack(0, with(number(mqtt.RetainAvailable, 0)))).bye()
	}},
	{rule: "m5-feature-unavailable-respected", name: "wildcard", want: rules.Fail, say: func(t *talk) {
		t.agreed(nil, one(number(mqtt.WildcardSubscriptionAvailable, 0))).c(t.subscribe(1, 0, "a/#")).conn.FIN(false)
	}},
	{rule: "m5-feature-unavailable-respected", name: "shared", want: rules.Fail, say: func(t *talk) {
		t.agreed(nil, one(number(mqtt.SharedSubscriptionAvailable, 0))).c(t.subscribe(1, 0, "$share/g/a")).conn.FIN(false)
	}},
	{rule: "m5-feature-unavailable-respected", name: "plain", want: rules.Pass, say: func(t *talk) {
		t.agreed(nil, one(number(mqtt.WildcardSubscriptionAvailable, 0))).c(t.subscribe(1, 0, "a")).s(t.suback(1, 0)).bye()
	}},
	{rule: "m5-session-stored", name: "lost", want: rules.Fail, say: func(t *talk) {
		t.login(lasting).bye()
		t.after(10 * time.Second).dial()
		t.login(lasting).bye()
	}},
	{rule: "m5-session-stored", name: "broker restarted", want: rules.Fail, say: func(t *talk) {
		t.login(lasting).conn.FIN(false)
		t.after(10 * time.Second).dial()
		t.login(lasting).bye()
	}},
	{rule: "m5-session-stored", name: "found", want: rules.Pass, say: func(t *talk) {
		t.login(lasting).bye()
		t.after(10 * time.Second).dial()
		t.c(t.connect(lasting)).s(t.connack(0, sessionPresent)).bye()
	}},
	{rule: "m5-session-stored", name: "a connection between is not known", want: rules.Inconclusive, say: func(t *talk) {
		t.login(lasting).bye()
		t.after(10 * time.Second).dial()
		t.conn.ClientUnseen(t.connect())
		t.s(t.connack(0)).bye()
		t.after(10 * time.Second).dial()
		t.login(lasting).bye()
	}},
	{rule: "m5-session-expired", name: "still there", want: rules.Fail, say: func(t *talk) {
		t.login(resume, expiry(60)).bye()
		t.after(300 * time.Second).dial()
		t.c(t.connect(resume, expiry(60))).s(t.connack(0, sessionPresent)).bye()
	}},
	{rule: "m5-session-expired", name: "gone", want: rules.Pass, say: func(t *talk) {
		t.login(resume, expiry(60)).bye()
		t.after(300 * time.Second).dial()
		t.login(resume, expiry(60)).bye()
	}},
	{rule: "m5-session-expired", name: "about to", want: rules.NotExercised, say: func(t *talk) {
		t.login(resume, expiry(60)).bye()
		t.after(65 * time.Second).dial()
		t.c(t.connect(resume, expiry(60))).s(t.connack(0, sessionPresent)).bye()
	}},
	{rule: "m5-session-present-unexpected", name: "goes on", want: rules.Fail, also: []string{"mqtt-session-present-clean"}, say: func(t *talk) {
		t.c(t.connect()).s(t.connack(0, sessionPresent)).bear()
	}},
	{rule: "m5-session-present-unexpected", name: "closes", want: rules.Pass, also: []string{"mqtt-session-present-clean"}, say: func(t *talk) {
		t.c(t.connect()).s(t.connack(0, sessionPresent)).conn.FIN(true)
	}},
	{rule: "m5-session-present-unexpected", name: "none", want: rules.NotExercised, say: func(t *talk) { t.login().bye() }},
	{rule: "m5-keepalive-default", name: "after the keep alive", want: rules.Fail, say: func(t *talk) {
		t.login(keepAlive(20)).ping().after(21 * time.Second).s(t.packet(mqtt.DISCONNECT, reason(0x8d))).conn.RST(false)
	}},
	{rule: "m5-keepalive-default", name: "in time", want: rules.Pass, say: func(t *talk) {
		t.login(keepAlive(20)).ping().after(30 * time.Second).s(t.packet(mqtt.DISCONNECT, reason(0x8d))).conn.RST(false)
	}},
}

func willOf(q mqtt.QoS, retain bool) func(*mqtt.Packet) {
	return func(p *mqtt.Packet) { p.Connect.SetWill([]byte("s"), []byte("off"), q, retain) }
}

func retained(p *mqtt.Packet) { p.Retain = true }
