package mqttrules

import (
	"time"

	"plcscope/mqtt"
	"plcscope/rules"
)

var connectConversations = []conversation{
	{rule: "mqtt-connect-first", name: "ping first", want: rules.Fail, say: func(t *talk) {
		t.c(t.packet(mqtt.PINGREQ)).conn.FIN(false)
	}},
	{rule: "mqtt-connect-first", name: "connect first", want: rules.Pass, say: func(t *talk) {
		t.login().bye()
	}},
	{rule: "mqtt-connect-first", name: "nothing said", want: rules.NotExercised, say: func(t *talk) {
		t.conn.FIN(true)
	}},
	{rule: "mqtt-connect-once", name: "retry by timer", want: rules.Fail, say: func(t *talk) {
		t.login().after(10 * time.Second).c(t.connect()).conn.FIN(false)
	}},
	{rule: "mqtt-connect-once", name: "once", want: rules.Pass, say: func(t *talk) {
		t.login().bye()
	}},
	{rule: "mqtt-second-connect-close", name: "goes on", want: rules.Fail, also: []string{"mqtt-connect-once"}, say: func(t *talk) {
		t.login().c(t.connect()).after(20 * time.Second).c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{rule: "mqtt-second-connect-close", name: "closes", want: rules.Pass, also: []string{"mqtt-connect-once"}, say: func(t *talk) {
		t.login().c(t.connect()).conn.FIN(false)
	}},
	{rule: "m31-clientid-length", name: "24 characters", want: rules.Fail, say: func(t *talk) {
		t.login(func(p *mqtt.Packet) { p.Connect.ClientID = []byte("pump-station-north-00024") }).bye()
	}},
	{rule: "m31-clientid-length", name: "empty", want: rules.Fail, say: func(t *talk) {
		t.login(func(p *mqtt.Packet) { p.Connect.ClientID = nil }).bye()
	}},
	{rule: "m31-clientid-length", name: "23 characters", want: rules.Pass, say: func(t *talk) {
		t.login(func(p *mqtt.Packet) { p.Connect.ClientID = []byte("pump-station-north-0023") }).bye()
	}},
	{rule: "mqtt-will-qos-not-3", name: "both bits", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(func(p *mqtt.Packet) { p.Connect.SetWill([]byte("plc7/status"), []byte("off"), 3, false) })).conn.FIN(false)
	}},
	{rule: "mqtt-will-qos-not-3", name: "QoS 1", want: rules.Pass, say: func(t *talk) {
		t.login(func(p *mqtt.Packet) { p.Connect.SetWill([]byte("plc7/status"), []byte("off"), 1, false) }).bye()
	}},
}
