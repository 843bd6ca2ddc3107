package mqttrules

import (
	"time"

	"plcscope/mqtt"
	"plcscope/rules"
)

// auth is an AUTH with that reason code and method.
func (t *talk) auth(code mqtt.ReasonCode, change ...func(*mqtt.Packet)) []byte {
	return t.packet(mqtt.AUTH, append([]func(*mqtt.Packet){func(p *mqtt.Packet) { p.Reason, p.HasReason = code, true }}, change...)...)
}

// otherMethod names another method than method does.
func otherMethod(p *mqtt.Packet) {
	property(mqtt.Property{ID: mqtt.AuthenticationMethod, Data: []byte("PLAIN")})(p)
}

func authData(p *mqtt.Packet) {
	property(mqtt.Property{ID: mqtt.AuthenticationData, Data: []byte{1, 2}})(p)
}

// challenged is a login with one challenge.
func (t *talk) challenged() *talk {
	return t.c(t.connect(method)).s(t.auth(0x18, method)).c(t.auth(0x18, method)).s(t.connack(0, method))
}

var authConversations = []conversation{
	{rule: "m5-auth-data-needs-method", name: "data alone", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(authData)).s(t.connack(0x82)).conn.FIN(false)
	}},
	{rule: "m5-auth-data-needs-method", name: "both", want: rules.Pass, say: func(t *talk) {
		t.login(method, authData).bye()
	}, also: []string{"m5-auth-method-same"}},
	{rule: "m5-auth-data-needs-method", name: "neither", want: rules.NotExercised, say: func(t *talk) { t.login().bye() }},
	{rule: "m5-auth-wait-connack", name: "subscribes at once", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(method), t.subscribe(1, 0, "a")).s(t.connack(0, method), t.suback(1, 0)).bye()
	}},
	{rule: "m5-auth-wait-connack", name: "waits", want: rules.Pass, say: func(t *talk) { t.challenged().bye() }},
	{rule: "m5-auth-wait-connack", name: "CONNACK not captured", want: rules.NotExercised, say: func(t *talk) {
		t.c(t.connect(method))
		t.conn.ServerUnseen(t.connack(0, method))
		t.c(t.subscribe(1, 0, "a")).s(t.suback(1, 0)).c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{rule: "m5-auth-flags", name: "3", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(method)).s(nibble(t.auth(0x18, method), 3)).conn.FIN(true)
	}},
	{rule: "m5-auth-flags", name: "0", want: rules.Pass, say: func(t *talk) { t.challenged().bye() }},
	{rule: "m5-auth-code", name: "success by the client", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(method)).s(t.auth(0x18, method)).c(t.auth(0, method)).conn.FIN(false)
	}},
	{rule: "m5-auth-code", name: "continue", want: rules.Pass, say: func(t *talk) { t.challenged().bye() }},
	{rule: "m5-auth-method-unsupported", name: "stays", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(method)).s(t.connack(0x8c)).after(20 * time.Second).conn.FIN(true)
	}},
	{rule: "m5-auth-method-unsupported", name: "closes", want: rules.Pass, say: func(t *talk) {
		t.c(t.connect(method)).s(t.connack(0x8c)).conn.FIN(false)
	}},
	{rule: "m5-auth-refused-close", name: "stays", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(method)).s(t.auth(0x18, method)).c(t.auth(0x18, method)).s(t.connack(0x87)).after(20 * time.Second).conn.FIN(true)
	}},
	{rule: "m5-auth-refused-close", name: "closes", want: rules.Pass, say: func(t *talk) {
		t.c(t.connect(method)).s(t.auth(0x18, method)).c(t.auth(0x18, method)).s(t.connack(0x87)).conn.FIN(false)
	}},
	{rule: "m5-auth-refused-close", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		t.c(t.connect(method)).s(t.auth(0x18, method)).c(t.auth(0x18, method)).s(t.connack(0x87))
		t.conn.ServerUnseen(t.packet(mqtt.PINGRESP))
		t.c(t.packet(mqtt.PINGREQ)).after(20 * time.Second).conn.FIN(true)
	}},
	{rule: "m5-auth-server-continue", name: "success before CONNACK", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(method)).s(t.auth(0, method), t.connack(0, method)).bye()
	}},
	{rule: "m5-auth-server-continue", name: "0x18", want: rules.Pass, say: func(t *talk) { t.challenged().bye() }},
	{rule: "m5-auth-client-continue", name: "begins anew", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(method)).s(t.auth(0x18, method)).c(t.auth(0x19, method)).conn.FIN(false)
	}},
	{rule: "m5-auth-client-continue", name: "0x18", want: rules.Pass, say: func(t *talk) { t.challenged().bye() }},
	{rule: "m5-auth-client-continue", name: "gives up", want: rules.NotExercised, say: func(t *talk) {
		t.c(t.connect(method)).s(t.auth(0x18, method)).bye()
	}},
	{rule: "m5-auth-method-same", name: "client changes it", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(method)).s(t.auth(0x18, method)).c(t.auth(0x18, otherMethod)).s(t.connack(0, method)).bye()
	}},
	{rule: "m5-auth-method-same", name: "CONNACK leaves it out", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(method)).s(t.connack(0)).bye()
	}},
	{rule: "m5-auth-method-same", name: "the same", want: rules.Pass, say: func(t *talk) { t.challenged().bye() }},
	{rule: "m5-auth-method-same", name: "refused", want: rules.NotExercised, say: func(t *talk) {
		t.c(t.connect(method)).s(t.connack(0x8c)).conn.FIN(false)
	}},
	{rule: "m5-auth-server-none", name: "AUTH", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect()).s(t.auth(0x18, method)).conn.FIN(true)
	}},
	{rule: "m5-auth-server-none", name: "in CONNACK", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect()).s(t.connack(0, method)).bye()
	}},
	{rule: "m5-auth-server-none", name: "nothing", want: rules.Pass, say: func(t *talk) { t.login().bye() }},
	{rule: "m5-auth-client-none", name: "AUTH", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.auth(0x19, method)).conn.FIN(false)
	}},
	{rule: "m5-auth-client-none", name: "none", want: rules.Pass, say: func(t *talk) { t.login().bye() }},
	{rule: "m5-reauth-method-same", name: "another", want: rules.Fail, say: func(t *talk) {
		t.challenged().c(t.auth(0x19, otherMethod)).conn.FIN(false)
	}},
	{rule: "m5-reauth-method-same", name: "before CONNACK", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(method), t.auth(0x19, method)).conn.FIN(false)
	}},
	{rule: "m5-reauth-method-same", name: "the same", want: rules.Pass, say: func(t *talk) {
		t.challenged().c(t.auth(0x19, method)).s(t.auth(0x18, method)).c(t.auth(0x18, method)).s(t.auth(0, method)).bye()
	}},
	{rule: "m5-reauth-fail-close", name: "server stays", want: rules.Fail, say: func(t *talk) {
		t.challenged().c(t.auth(0x19, method)).s(t.packet(mqtt.DISCONNECT, reason(0x87))).after(20 * time.Second).conn.FIN(true)
	}},
	{rule: "m5-reauth-fail-close", name: "closes", want: rules.Pass, say: func(t *talk) {
		t.challenged().c(t.auth(0x19, method)).s(t.packet(mqtt.DISCONNECT, reason(0x87))).conn.FIN(false)
	}},
	{rule: "m5-reauth-fail-close", name: "long after", want: rules.NotExercised, say: func(t *talk) {
		t.challenged().c(t.auth(0x19, method)).s(t.auth(0, method), t.packet(mqtt.DISCONNECT, reason(0x8b))).conn.FIN(false)
	}},
}
