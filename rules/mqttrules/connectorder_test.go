package mqttrules

import (
	"slices"

	"plcscope/mqtt"
	"plcscope/rules"
)

func text2(s string) []byte { return append([]byte{byte(len(s) >> 8), byte(len(s))}, s...) }

// connectOf is a CONNECT of 5.0 whose payload is these fields.
func connectOf(flags byte, fields ...[]byte) []byte {
	body := slices.Concat(append([][]byte{text2("MQTT"), {5, flags, 0, 60, 0}}, fields...)...)
	return append([]byte{0x10, byte(len(body))}, body...)
}

var (
	plc7   = text2("plc7")
	topic  = text2("plc7/status")
	gone   = text2("offline")
	delay5 = []byte{5, byte(mqtt.WillDelayInterval), 0, 0, 0, 5}
	op     = text2("operator")
)

func withWill(p *mqtt.Packet) { p.Connect.SetWill([]byte("plc7/status"), []byte("offline"), 0, false) }

var connectOrderConversations = []conversation{
	{rule: "mqtt-connect-payload-order", name: "will properties behind the topic", in: []mqtt.Version{mqtt.V5}, want: rules.Fail, also: []string{"mqtt-will-fields-present"}, say: func(t *talk) {
		t.c(connectOf(0x06, plc7, topic, delay5, gone)).conn.FIN(false)
	}},
	{rule: "mqtt-connect-payload-order", name: "user name before the will", in: []mqtt.Version{mqtt.V5}, want: rules.Fail, also: []string{"m5-property-length-bounds", "m5-property-allowed", "mqtt-username-present", "mqtt-will-fields-present"}, say: func(t *talk) {
		t.c(connectOf(0x86, plc7, op, delay5, topic, gone)).conn.FIN(false)
	}},
	{rule: "mqtt-connect-payload-order", name: "in order", want: rules.Pass, say: func(t *talk) {
		t.login(withWill).bye()
	}},
	{rule: "mqtt-connect-payload-order", name: "no properties at all", in: []mqtt.Version{mqtt.V5}, want: rules.NotExercised, also: []string{"m5-property-length-bounds", "mqtt-will-fields-present", "m5-property-length-present", "m5-property-allowed"}, say: func(t *talk) {
		t.c(connectOf(0x06, plc7, topic, gone)).conn.FIN(false)
	}},
	{rule: "mqtt-connect-payload-order", name: "client identifier alone", want: rules.NotExercised, say: func(t *talk) { t.login().bye() }},
}
