package mqttrules

import (
	"time"

	"plcscope/mqtt"
	"plcscope/rules"
)

var connackConversations = []conversation{
	{rule: "m5-broker-older", name: "refuses as 3.1.1 does", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect()).s([]byte{0x20, 2, 0, 1}).conn.FIN(false)
	}},
	{rule: "m5-broker-older", name: "refuses as 5.0 does", want: rules.Pass, say: func(t *talk) {
		t.c(t.connect()).s(t.connack(0x84)).conn.FIN(false)
	}},
	{rule: "m5-broker-older", name: "accepts", want: rules.Pass, say: func(t *talk) { t.login().bye() }},
	{rule: "m5-broker-older", name: "accepts in the form of 3.1.1", want: rules.NotExercised, also: []string{"m5-property-length-present"}, say: func(t *talk) {
		t.c(t.connect()).s([]byte{0x20, 2, 0, 0}).conn.FIN(true)
	}},
	{rule: "mqtt-connack-sent", name: "silence", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect()).after(20 * time.Second).c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).conn.FIN(true)
	}, also: []string{"mqtt-connack-first"}},
	{rule: "mqtt-connack-sent", name: "silence until the client gives up", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect()).after(20 * time.Second).conn.FIN(true)
	}},
	{rule: "mqtt-connack-sent", name: "answered", want: rules.Pass, say: func(t *talk) { t.login().bye() }},
	{rule: "mqtt-connack-sent", name: "closed instead", want: rules.Pass, say: func(t *talk) {
		t.c(t.connect()).after(time.Second).conn.FIN(false)
	}},
	{rule: "mqtt-connack-sent", name: "capture ends", want: rules.NotExercised, say: func(t *talk) {
		t.c(t.connect()).after(2 * time.Second).conn.KeepAliveProbe(true)
	}},
	{rule: "mqtt-connack-sent", name: "CONNACK not captured", want: rules.Inconclusive, say: func(t *talk) {
		t.c(t.connect())
		t.conn.ServerUnseen(t.connack(0))
		t.after(20 * time.Second).c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{rule: "mqtt-connack-sent", name: "enhanced authentication", in: []mqtt.Version{mqtt.V5}, want: rules.Pass, say: func(t *talk) {
		t.c(t.connect(method)).after(2 * time.Second).s(t.packet(mqtt.AUTH, proceed)).after(9 * time.Second).c(t.packet(mqtt.AUTH, proceed)).s(t.connack(0, method)).bye()
	}},
	{rule: "mqtt-connack-first", name: "delivers first", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect()).s(t.publish("cmd", "1", 0, 0), t.connack(0)).bye()
	}},
	{rule: "mqtt-connack-first", name: "connack first", want: rules.Pass, say: func(t *talk) { t.login().bye() }},
	{rule: "mqtt-connack-first", name: "not captured", want: rules.Inconclusive, say: func(t *talk) {
		t.c(t.connect())
		t.conn.ServerUnseen(t.connack(0))
		t.s(t.publish("cmd", "1", 0, 0)).bye()
	}},
	{rule: "mqtt-connack-once", name: "twice", want: rules.Fail, say: func(t *talk) {
		t.login().s(t.connack(0)).bye()
	}},
	{rule: "mqtt-connack-once", name: "once", want: rules.Pass, say: func(t *talk) {
		t.login().s(t.publish("cmd", "1", 0, 0)).bye()
	}},
	{rule: "mqtt-connack-once", name: "nothing else", want: rules.NotExercised, say: func(t *talk) { t.login().bye() }},
	{rule: "mqtt-connack-flags-reserved", name: "bit 1", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect()).s(t.connack(0, func(p *mqtt.Packet) { p.AckFlags = 2 })).bye()
	}},
	{rule: "mqtt-connack-flags-reserved", name: "none", want: rules.Pass, say: func(t *talk) { t.login().bye() }},
	{rule: "m31-connack-reserved-byte", name: "session present leaks", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(resume)).s(t.connack(0, func(p *mqtt.Packet) { p.AckFlags = 1 })).bye()
	}},
	{rule: "m31-connack-reserved-byte", name: "0", want: rules.Pass, say: func(t *talk) { t.login().bye() }},
	{rule: "mqtt-session-present-clean", name: "1", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect()).s(t.connack(0, sessionPresent)).bye()
	}},
	{rule: "mqtt-session-present-clean", name: "0", want: rules.Pass, say: func(t *talk) { t.login().bye() }},
	{rule: "mqtt-session-present-clean", name: "lasting", want: rules.NotExercised, say: func(t *talk) {
		t.c(t.connect(resume)).s(t.connack(0, sessionPresent)).bye()
	}},
	{rule: "mqtt-session-present-refused", name: "1", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(resume)).s(t.connack(refusal(t), sessionPresent)).conn.FIN(false)
	}},
	{rule: "mqtt-session-present-refused", name: "0", want: rules.Pass, say: func(t *talk) {
		t.c(t.connect(resume)).s(t.connack(refusal(t))).conn.FIN(false)
	}},
	{rule: "mqtt-session-present-set", name: "session lost", in: late[:1], want: rules.Fail, say: func(t *talk) {
		t.login(lasting).bye()
		t.after(10 * time.Second).dial()
		t.login(lasting).bye()
	}},
	{rule: "mqtt-session-present-set", name: "session found", want: rules.Pass, say: func(t *talk) {
		t.login(lasting).bye()
		t.after(10 * time.Second).dial()
		t.c(t.connect(lasting)).s(t.connack(0, sessionPresent)).bye()
	}},
	{rule: "mqtt-session-present-set", name: "broker restarted", in: late[:1], want: rules.Fail, say: func(t *talk) {
		t.login(lasting).conn.FIN(false)
		t.after(10 * time.Second).dial()
		t.login(lasting).bye()
	}},
	{rule: "mqtt-session-present-set", name: "first connection", want: rules.NotExercised, say: func(t *talk) { t.login(lasting).bye() }},
	{rule: "mqtt-session-present-set", name: "a connection between is not known", in: late[:1], want: rules.Inconclusive, say: func(t *talk) {
		t.login(lasting).bye()
		t.after(10 * time.Second).dial()
		t.conn.ClientUnseen(t.connect())
		t.s(t.connack(0)).bye()
		t.after(10 * time.Second).dial()
		t.login(lasting).bye()
	}},
	{rule: "mqtt-session-present-set", name: "expired", in: []mqtt.Version{mqtt.V5}, want: rules.NotExercised, say: func(t *talk) {
		t.login(resume, expiry(60)).bye()
		t.after(65 * time.Second).dial()
		t.login(resume, expiry(60)).bye()
	}},
	{rule: "mqtt-session-present-unset", name: "session out of nothing", want: rules.Fail, say: func(t *talk) {
		t.login().bye()
		t.after(10 * time.Second).dial()
		t.c(t.connect(lasting)).s(t.connack(0, sessionPresent)).bye()
	}},
	{rule: "mqtt-session-present-unset", name: "none", want: rules.Pass, say: func(t *talk) {
		t.login().bye()
		t.after(10 * time.Second).dial()
		t.login(lasting).bye()
	}},
	{rule: "mqtt-session-present-unset", name: "a connection between is not known", want: rules.Inconclusive, say: func(t *talk) {
		t.login().bye()
		t.after(10 * time.Second).dial()
		t.conn.ClientUnseen(t.connect(lasting))
		t.s(t.connack(0)).bye()
		t.after(10 * time.Second).dial()
		t.c(t.connect(lasting)).s(t.connack(0, sessionPresent)).bye()
	}},
	{rule: "mqtt-session-present-unset", name: "clean attempt was refused", in: []mqtt.Version{mqtt.V311}, want: rules.NotExercised, say: func(t *talk) {
		t.c(t.connect()).s(t.connack(3)).conn.FIN(false)
		t.after(10 * time.Second).dial()
		t.c(t.connect(lasting)).s(t.connack(0, sessionPresent)).bye()
	}},
	{rule: "mqtt-connack-refused-close", name: "stays", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect()).s(t.connack(busy(t))).after(20 * time.Second).conn.FIN(true)
	}},
	{rule: "mqtt-connack-refused-close", name: "closes", want: rules.Pass, say: func(t *talk) {
		t.c(t.connect()).s(t.connack(busy(t))).conn.FIN(false)
	}},
	{rule: "mqtt-connack-refused-close", name: "client is faster", want: rules.NotExercised, say: func(t *talk) {
		t.c(t.connect()).s(t.connack(refusal(t))).conn.FIN(true)
	}},
	{rule: "mqtt-connack-code-valid", name: "6", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect()).s(t.connack(6)).conn.FIN(false)
	}},
	{rule: "mqtt-connack-code-valid", name: "5", want: rules.Pass, say: func(t *talk) {
		t.c(t.connect()).s(t.connack(5)).conn.FIN(false)
	}},
	{rule: "m5-connack-code-valid", name: "that of 3.1.1", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect()).s(t.connack(5)).conn.FIN(false)
	}},
	{rule: "m5-connack-code-valid", name: "not authorized", want: rules.Pass, say: func(t *talk) {
		t.c(t.connect()).s(t.connack(0x87)).conn.FIN(false)
	}},
}

// refusal is a code by which a server of the talk's version refuses.
func refusal(t *talk) mqtt.ReasonCode {
	if t.v == mqtt.V5 {
		return 0x87
	}
	return 5
}

// busy is a code by which it refuses whoever it may be.
func busy(t *talk) mqtt.ReasonCode {
	if t.v == mqtt.V5 {
		return 0x89
	}
	return 3
}

// lasting makes a CONNECT ask for a session that outlives its connection.
func lasting(p *mqtt.Packet) {
	resume(p)
	if p.Version == mqtt.V5 {
		expiry(3600)(p)
	}
}

func expiry(seconds uint32) func(*mqtt.Packet) {
	return property(mqtt.Property{ID: mqtt.SessionExpiryInterval, Num: seconds})
}

func property(x mqtt.Property) func(*mqtt.Packet) {
	return func(p *mqtt.Packet) { p.Props.Raw = mqtt.AppendProperty(p.Props.Raw, x) }
}

func method(p *mqtt.Packet) {
	property(mqtt.Property{ID: mqtt.AuthenticationMethod, Data: []byte("SCRAM")})(p)
}

func proceed(p *mqtt.Packet) {
	p.Reason = 0x18
	method(p)
}
