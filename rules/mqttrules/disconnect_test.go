package mqttrules

import (
	"time"

	"plcscope/mqtt"
	"plcscope/rules"
)

var disconnectConversations = []conversation{
	{rule: "mqtt-close-after-disconnect", name: "stays", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.packet(mqtt.DISCONNECT)).after(20 * time.Second).conn.FIN(false)
	}},
	{rule: "mqtt-close-after-disconnect", name: "server stays", in: []mqtt.Version{mqtt.V5}, want: rules.Fail, say: func(t *talk) {
		t.login().s(t.packet(mqtt.DISCONNECT)).after(20 * time.Second).conn.FIN(true)
	}},
	{rule: "mqtt-close-after-disconnect", name: "closes", want: rules.Pass, say: func(t *talk) { t.login().bye() }},
	{rule: "mqtt-close-after-disconnect", name: "server is faster", want: rules.NotExercised, say: func(t *talk) {
		t.login().c(t.packet(mqtt.DISCONNECT)).conn.FIN(false)
	}},
	{rule: "mqtt-close-after-disconnect", name: "capture ends", want: rules.NotExercised, say: func(t *talk) {
		t.login().c(t.packet(mqtt.DISCONNECT))
	}},
	{rule: "mqtt-close-after-disconnect", name: "hole before", want: rules.Inconclusive, say: func(t *talk) {
		t.login()
		t.conn.ClientUnseen(t.publish("plc7/t", "1", 0, 0))
		t.c(t.packet(mqtt.DISCONNECT)).after(20 * time.Second).conn.FIN(false)
	}},
	{rule: "mqtt-nothing-after-disconnect", name: "publishes on", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.packet(mqtt.DISCONNECT), t.publish("plc7/t", "1", 0, 0)).conn.FIN(true)
	}},
	{rule: "mqtt-nothing-after-disconnect", name: "server publishes on", in: []mqtt.Version{mqtt.V5}, want: rules.Fail, say: func(t *talk) {
		t.login().s(t.packet(mqtt.DISCONNECT, reason(0x8b)), t.publish("plc7/t", "1", 0, 0)).conn.FIN(false)
	}},
	{rule: "mqtt-nothing-after-disconnect", name: "server's last words crossed", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.packet(mqtt.DISCONNECT)).s(t.publish("cmd", "1", 0, 0)).conn.FIN(true)
	}},
	{rule: "mqtt-nothing-after-disconnect", name: "no DISCONNECT", want: rules.NotExercised, say: func(t *talk) { t.login().conn.FIN(true) }},
	{rule: "mqtt-nothing-after-disconnect", name: "hole before", want: rules.Inconclusive, say: func(t *talk) {
		t.login()
		t.conn.ClientUnseen(t.publish("plc7/t", "1", 0, 0))
		t.c(t.packet(mqtt.DISCONNECT), t.publish("plc7/t", "1", 0, 0)).conn.FIN(true)
	}},
	{rule: "mqtt-disconnect-missing", name: "FIN", want: rules.Fail, say: func(t *talk) { t.login(will("a", "off")).conn.FIN(true) }},
	{rule: "mqtt-disconnect-missing", name: "RST", want: rules.Fail, say: func(t *talk) { t.login().conn.RST(true) }},
	{rule: "mqtt-disconnect-missing", name: "said", want: rules.Pass, say: func(t *talk) { t.login().bye() }},
	{rule: "mqtt-disconnect-missing", name: "server closes", want: rules.NotExercised, say: func(t *talk) { t.login().conn.FIN(false) }},
	{rule: "mqtt-disconnect-missing", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		t.login()
		t.conn.ClientUnseen(t.packet(mqtt.DISCONNECT))
		t.conn.FIN(true)
	}},
	{rule: "mqtt-disconnect-flags", name: "E1", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.packet(mqtt.DISCONNECT, func(p *mqtt.Packet) { p.SetFlags(1) })).conn.FIN(true)
	}},
	{rule: "mqtt-disconnect-flags", name: "E0", want: rules.Pass, say: func(t *talk) { t.login().bye() }},
	{rule: "m5-disconnect-code", name: "not listed", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.packet(mqtt.DISCONNECT, reason(0x05))).conn.FIN(true)
	}},
	{rule: "m5-disconnect-code", name: "of the other side", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.packet(mqtt.DISCONNECT, reason(0x8e))).conn.FIN(true)
	}},
	{rule: "m5-disconnect-code", name: "with will", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.packet(mqtt.DISCONNECT, reason(0x04))).conn.FIN(true)
	}},
	{rule: "m5-disconnect-no-expiry-from-server", name: "sent", want: rules.Fail, say: func(t *talk) {
		t.login().s(t.packet(mqtt.DISCONNECT, reason(0x8b), expiry(10))).conn.FIN(false)
	}},
	{rule: "m5-disconnect-no-expiry-from-server", name: "not sent", want: rules.Pass, say: func(t *talk) {
		t.login().s(t.packet(mqtt.DISCONNECT, reason(0x8b))).conn.FIN(false)
	}},
	{rule: "m5-disconnect-expiry-from-zero", name: "from 0", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.packet(mqtt.DISCONNECT, expiry(10))).conn.FIN(true)
	}},
	{rule: "m5-disconnect-expiry-from-zero", name: "from 60", want: rules.Pass, say: func(t *talk) {
		t.login(expiry(60)).c(t.packet(mqtt.DISCONNECT, expiry(10))).conn.FIN(true)
	}},
	{rule: "m5-no-disconnect-before-connack", name: "instead of CONNACK", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect()).s(t.packet(mqtt.DISCONNECT, reason(0x8b))).conn.FIN(false)
	}},
	{rule: "m5-no-disconnect-before-connack", name: "after it", want: rules.Pass, say: func(t *talk) {
		t.login().s(t.packet(mqtt.DISCONNECT, reason(0x8b))).conn.FIN(false)
	}},
	{rule: "m5-no-disconnect-before-connack", name: "CONNACK not captured", want: rules.Inconclusive, say: func(t *talk) {
		t.c(t.connect())
		t.conn.ServerUnseen(t.connack(0))
		t.s(t.packet(mqtt.DISCONNECT, reason(0x8b))).conn.FIN(false)
	}},
}

func reason(code mqtt.ReasonCode) func(*mqtt.Packet) {
	return func(p *mqtt.Packet) { p.Reason = code }
}
