package mqttrules

import (
	"strings"
	"testing"
	"time"

	"plcscope/mqtt"
	"plcscope/pcaps/craft"
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
	{rule: "m31-clientid-length", name: "24 characters", want: rules.Fail, also: []string{"m31-clientid-length-refused"}, say: func(t *talk) {
		t.login(func(p *mqtt.Packet) { p.Connect.ClientID = []byte("pump-station-north-00024") }).bye()
	}},
	{rule: "m31-clientid-length", name: "empty", want: rules.Fail, also: []string{"m31-clientid-length-refused"}, say: func(t *talk) {
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
	{rule: "mqtt-protocol-name", name: "of another version", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(func(p *mqtt.Packet) {
			p.Connect.ProtocolName, p.Connect.Level = []byte("MQIsdp"), byte(t.v)
			if t.v == mqtt.V31 {
				p.Connect.ProtocolName = []byte("MQTT")
			}
		})).conn.FIN(false)
	}},
	{rule: "mqtt-protocol-name", name: "right", want: rules.Pass, say: func(t *talk) { t.login().bye() }},
	{rule: "mqtt-protocol-level", name: "6", in: []mqtt.Version{mqtt.V311}, want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(func(p *mqtt.Packet) { p.Connect.ProtocolName, p.Connect.Level = []byte("MQTT"), 6 })).conn.FIN(false)
	}},
	{rule: "mqtt-protocol-level", name: "bridge", in: []mqtt.Version{mqtt.V31, mqtt.V311}, want: rules.Fail, say: func(t *talk) {
		t.login(func(p *mqtt.Packet) {
			p.Connect.ProtocolName, p.Connect.Level = []byte("MQTT"), 0x80|byte(t.v)
			if t.v == mqtt.V31 {
				p.Connect.ProtocolName = []byte("MQIsdp")
			}
		}).bye()
	}},
	{rule: "mqtt-protocol-level", name: "right", want: rules.Pass, say: func(t *talk) { t.login().bye() }},
	{rule: "mqtt-connect-reserved-flag", name: "set", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(func(p *mqtt.Packet) { p.Connect.Flags |= 1 })).conn.FIN(false)
	}},
	{rule: "mqtt-connect-reserved-flag", name: "clear", want: rules.Pass, say: func(t *talk) { t.login().bye() }},
	{rule: "mqtt-will-fields-present", name: "flag alone", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(func(p *mqtt.Packet) { p.Connect.Flags |= 4 })).conn.FIN(false)
	}},
	{rule: "mqtt-will-fields-present", name: "topic alone", want: rules.Fail, say: func(t *talk) {
		t.c(cut(t.connect(will("plc7/status", "")), 2)).conn.FIN(false)
	}},
	{rule: "mqtt-will-fields-present", name: "both", want: rules.Pass, say: func(t *talk) {
		t.login(will("plc7/status", "off")).bye()
	}},
	{rule: "mqtt-will-fields-present", name: "no will", want: rules.NotExercised, say: func(t *talk) { t.login().bye() }},
	{rule: "mqtt-no-will-no-will-fields", name: "all fields, flags late", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(appended("plc7/status", "off", "operator", "secret"))).conn.FIN(false)
	}},
	{rule: "mqtt-no-will-no-will-fields", name: "none", want: rules.Pass, say: func(t *talk) { t.login().bye() }},
	{rule: "mqtt-will-qos-zero-without-will", name: "QoS 1", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(func(p *mqtt.Packet) { p.Connect.Flags |= 1 << 3 })).conn.FIN(false)
	}},
	{rule: "mqtt-will-qos-zero-without-will", name: "0", want: rules.Pass, say: func(t *talk) { t.login().bye() }},
	{rule: "mqtt-will-retain-zero-without-will", name: "1", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(func(p *mqtt.Packet) { p.Connect.Flags |= 0x20 })).conn.FIN(false)
	}},
	{rule: "mqtt-will-retain-zero-without-will", name: "0", want: rules.Pass, say: func(t *talk) { t.login().bye() }},
	{rule: "mqtt-username-absent", name: "always appended", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(appended("operator", "secret"))).conn.FIN(false)
	}},
	{rule: "mqtt-username-absent", name: "always appended, empty", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(appended("", ""))).conn.FIN(false)
	}},
	{rule: "mqtt-username-absent", name: "absent", want: rules.Pass, say: func(t *talk) { t.login().bye() }},
	{rule: "mqtt-username-present", name: "flag alone", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(func(p *mqtt.Packet) { p.Connect.Flags |= 0x80 })).conn.FIN(false)
	}},
	{rule: "mqtt-username-present", name: "present", want: rules.Pass, say: func(t *talk) {
		t.login(credentials("operator", "secret")).bye()
	}},
	{rule: "mqtt-password-absent", name: "appended", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(func(p *mqtt.Packet) { p.Connect.SetUserName([]byte("operator")) }, appended("secret"))).conn.FIN(false)
	}},
	{rule: "mqtt-password-absent", name: "absent", want: rules.Pass, say: func(t *talk) { t.login().bye() }},
	{rule: "mqtt-password-present", name: "flag alone", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(func(p *mqtt.Packet) {
			p.Connect.SetUserName([]byte("operator"))
			p.Connect.Flags |= 0x40
		})).conn.FIN(false)
	}},
	{rule: "mqtt-password-present", name: "present", want: rules.Pass, say: func(t *talk) {
		t.login(credentials("operator", "secret")).bye()
	}},
	{rule: "m31-credential-fields-lenient", name: "flag alone", want: rules.Fail, say: func(t *talk) {
		t.login(func(p *mqtt.Packet) { p.Connect.Flags |= 0x80 }).bye()
	}},
	{rule: "m31-credential-fields-lenient", name: "present", want: rules.Pass, say: func(t *talk) {
		t.login(credentials("operator", "secret")).bye()
	}},
	{rule: "m31-credential-length", name: "13 characters", want: rules.Fail, say: func(t *talk) {
		t.login(credentials("operator", "secret-secret")).bye()
	}},
	{rule: "m31-credential-length", name: "12 characters", want: rules.Pass, say: func(t *talk) {
		t.login(credentials("operator", "secretsecret")).bye()
	}},
	{rule: "mqtt-password-needs-username", name: "password alone", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(func(p *mqtt.Packet) { p.Connect.SetPassword([]byte("secret")) })).conn.FIN(false)
	}},
	{rule: "mqtt-password-needs-username", name: "both", want: rules.Pass, say: func(t *talk) {
		t.login(credentials("operator", "secret")).bye()
	}},
	{rule: "mqtt-clientid-present", name: "no payload", want: rules.Fail, say: func(t *talk) {
		t.c(cut(t.connect(), 6)).conn.FIN(false)
	}},
	{rule: "mqtt-clientid-present", name: "cut", want: rules.Fail, say: func(t *talk) {
		t.c(cut(t.connect(), 1)).conn.FIN(false)
	}},
	{rule: "mqtt-clientid-present", name: "present", want: rules.Pass, say: func(t *talk) { t.login().bye() }},
	{rule: "mqtt-clientid-utf8", name: "code page", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(identified("K\xfchlung"))).conn.FIN(false)
	}},
	{rule: "mqtt-clientid-utf8", name: "zeros", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(identified("plc7\x00\x00"))).conn.FIN(false)
	}},
	{rule: "mqtt-clientid-utf8", name: "valid", want: rules.Pass, say: func(t *talk) { t.login(identified("Kühlung")).bye() }},
	{rule: "mqtt-clientid-utf8", name: "empty", want: rules.NotExercised, also: []string{"m5-assigned-clientid"}, say: func(t *talk) { t.login(identified("")).bye() }},
	{rule: "mqtt-clientid-portable", name: "24 bytes", want: rules.Fail, say: func(t *talk) {
		t.login(identified("pumpstationnorthside0024")).bye()
	}},
	{rule: "mqtt-clientid-portable", name: "hyphen", want: rules.Fail, say: func(t *talk) { t.login(identified("plc-7")).bye() }},
	{rule: "mqtt-clientid-portable", name: "23 bytes", want: rules.Pass, say: func(t *talk) {
		t.login(identified("pumpstationnorthside023")).bye()
	}},
	{rule: "mqtt-empty-clientid-clean", name: "lasting", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(identified(""), resume)).s(t.connack(2)).conn.FIN(false)
	}},
	{rule: "mqtt-empty-clientid-clean", name: "clean", want: rules.Pass, say: func(t *talk) { t.login(identified("")).bye() }},
	{rule: "mqtt-will-topic-utf8", name: "code page", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(will("plc7/\xb0C", "off"))).conn.FIN(false)
	}},
	{rule: "mqtt-will-topic-utf8", name: "tail of another string", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(will("plc7\x00tus", "off"))).conn.FIN(false)
	}},
	{rule: "mqtt-will-topic-utf8", name: "valid", want: rules.Pass, say: func(t *talk) { t.login(will("plc7/°C", "off")).bye() }},
	{rule: "mqtt-will-topic-no-wildcard", name: "hash", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(will("plc7/#", "off"))).conn.FIN(false)
	}},
	{rule: "mqtt-will-topic-no-wildcard", name: "empty", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(will("", "off"))).conn.FIN(false)
	}},
	{rule: "mqtt-will-topic-no-wildcard", name: "name", want: rules.Pass, say: func(t *talk) { t.login(will("plc7/status", "off")).bye() }},
	{rule: "m31-will-message-ascii", name: "umlaut", want: rules.Fail, say: func(t *talk) {
		t.login(will("plc7/status", "gest\xf6rt")).bye()
	}},
	{rule: "m31-will-message-ascii", name: "ASCII", want: rules.Pass, say: func(t *talk) { t.login(will("plc7/status", "off")).bye() }},
	{rule: "mqtt-username-utf8", name: "code page", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(credentials("M\xfcller", "secret"))).conn.FIN(false)
	}},
	{rule: "mqtt-username-utf8", name: "valid", want: rules.Pass, say: func(t *talk) { t.login(credentials("Müller", "secret")).bye() }},
	{rule: "mqtt-packets-before-connack", name: "publishes at once", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(), t.publish("plc7/t", "21", 0, 0)).s(t.connack(0)).bye()
	}},
	{rule: "mqtt-packets-before-connack", name: "waits", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.publish("plc7/t", "21", 0, 0)).bye()
	}},
	{rule: "mqtt-packets-before-connack", name: "CONNACK not captured", want: rules.Inconclusive, say: func(t *talk) {
		t.c(t.connect())
		t.conn.ServerUnseen(t.connack(0))
		t.c(t.publish("plc7/t", "21", 0, 0)).bye()
	}},
}

// Changes of a CONNECT.

func identified(id string) func(*mqtt.Packet) {
	return func(p *mqtt.Packet) { p.Connect.ClientID = []byte(id) }
}

func will(topic, message string) func(*mqtt.Packet) {
	return func(p *mqtt.Packet) { p.Connect.SetWill([]byte(topic), []byte(message), 0, false) }
}

func credentials(user, password string) func(*mqtt.Packet) {
	return func(p *mqtt.Packet) {
		p.Connect.SetUserName([]byte(user))
		p.Connect.SetPassword([]byte(password))
	}
}

// appended appends strings that no flag announces.
func appended(fields ...string) func(*mqtt.Packet) {
	return func(p *mqtt.Packet) {
		for _, s := range fields {
			p.Surplus = append(append(p.Surplus, byte(len(s)>>8), byte(len(s))), s...)
		}
	}
}

// cut takes n bytes off the end of a packet of less than 128 bytes.
func cut(b []byte, n int) []byte {
	b[1] -= byte(n)
	return b[:len(b)-n]
}

// TestSecrets holds findings about CONNECT to show neither user name nor password.
func TestSecrets(t *testing.T) {
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
		for _, change := range [][]func(*mqtt.Packet){
			{appended("operator", "secret")},
			{appended("a", "b", "operator", "secret")},
			{credentials("operator\x00", "secret")},
			{credentials("operator", "secret"), appended("secret")},
			{credentials("operator", "secret"), func(p *mqtt.Packet) { p.Connect.Flags |= 1 }},
			{credentials("operator-operator", "secretsecretsecret")},
		} {
			talk := &talk{v: v, capture: craft.New()}
			talk.dial()
			talk.c(talk.connect(change...)).conn.FIN(false)
			b := verdicts(t, talk.capture.Frames())
			for _, f := range b.Findings() {
				for _, secret := range []string{"operator", "secret", "6f 70", "6f70"} {
					if strings.Contains(f.Detail, secret) {
						t.Errorf("%s tells %q: %s", f.Rule.ID, secret, f.Detail)
					}
				}
				if f.Message == "CONNECT" && !f.Secret {
					t.Errorf("%s: its bytes are not marked secret", f.Rule.ID)
				}
			}
		}
	}
}
