package mqttrules

import (
	"slices"
	"testing"
	"time"

	"plcscope/mqtt"
	"plcscope/pcaps/craft"
)

// A deviation is something that a real S7 function block gets wrong, numbered as
// in the field reports, and the rules that must tell it.
type deviation struct {
	id   string
	in   mqtt.Version
	want []string // rules broken, remarks included; no others of weight may be
	say  func(t *talk)
}

var deviations = []deviation{
	{"D1 flags late, credentials appended, 3.1", mqtt.V31, []string{"mqtt-packet-length-consistent"}, func(t *talk) {
		t.c(surplus(t.connect(), 0, 2, 'o', 'p', 0, 6, 's', 'e', 'c', 'r', 'e', 't')).conn.FIN(false)
	}},
	{"D2 empty user name and password appended", mqtt.V311, []string{"mqtt-username-absent"}, func(t *talk) {
		t.c(surplus(t.connect(), 0, 0, 0, 0)).conn.FIN(false)
	}},
	{"D3 will QoS without a will", mqtt.V311, []string{"mqtt-will-qos-zero-without-will"}, func(t *talk) {
		t.c(t.connect(flags(0x0A))).conn.FIN(false)
	}},
	{"D3 will QoS 3", mqtt.V31, []string{"mqtt-will-qos-not-3"}, func(t *talk) {
		t.c(t.connect(func(p *mqtt.Packet) { p.Connect.SetWill([]byte("s"), []byte("off"), 3, false) })).conn.FIN(false)
	}},
	{"D3 reserved bit", mqtt.V311, []string{"mqtt-connect-reserved-flag"}, func(t *talk) {
		t.c(t.connect(flags(0x03))).conn.FIN(false)
	}},
	{"D4 will retain without a will", mqtt.V311, []string{"mqtt-will-retain-zero-without-will"}, func(t *talk) {
		t.c(t.connect(flags(0x22))).conn.FIN(false)
	}},
	{"D4 password without user name", mqtt.V31, []string{"mqtt-password-needs-username"}, func(t *talk) {
		t.c(t.connect(func(p *mqtt.Packet) { p.Connect.SetPassword([]byte("pw")) })).conn.FIN(false)
	}},
	{"D5 remaining length in one byte", mqtt.V311, []string{"mqtt-packet-length-consistent"}, func(t *talk) {
		b := t.publish("plant/3/level", string(make([]byte, 130)), 0, 0)
		body := b[3:] // two length bytes were right
		t.login().c(append([]byte{0x30, byte(len(body))}, body...)).conn.FIN(false)
	}},
	{"D6 stale bytes in the client identifier", mqtt.V311, []string{"mqtt-clientid-utf8"}, func(t *talk) {
		t.c(t.connect(clientID("plc\xFE\x80\x9A"))).conn.FIN(false)
	}},
	{"D7 client identifier too long", mqtt.V31, []string{"m31-clientid-length"}, func(t *talk) {
		t.c(t.connect(clientID("pump-station-north-00024"))).s(t.connack(2)).conn.FIN(false)
	}},
	{"D7 no client identifier, session kept", mqtt.V311, []string{"mqtt-empty-clientid-clean"}, func(t *talk) {
		t.c(t.connect(resume, clientID(""))).s(t.connack(2)).conn.FIN(false)
	}},
	{"D8 second CONNECT on a live connection", mqtt.V31, []string{"mqtt-connect-once"}, func(t *talk) {
		t.login().after(7 * time.Second).c(t.connect()).conn.FIN(false)
	}},
	{"D9 CONNECT again after a refusal", mqtt.V31, []string{"mqtt-connect-once"}, func(t *talk) {
		t.c(t.connect()).s(t.connack(5)).after(2 * time.Second).c(t.connect()).conn.FIN(false)
	}},
	{"D10 ping before CONNECT", mqtt.V31, []string{"mqtt-connect-first"}, func(t *talk) {
		t.c(t.packet(mqtt.PINGREQ)).conn.FIN(false)
	}},
	{"D11 reconnects every seven seconds", mqtt.V31, []string{"mqtt-connect-once", "plc-reconnect-storm"}, func(t *talk) {
		for range 8 {
			t.login().after(2 * time.Second).c(t.connect()).conn.FIN(false)
			t.capture.After(5 * time.Second)
			t.dial()
		}
	}},
	{"D12 pings far more often than announced", mqtt.V31, []string{"plc-ping-interval"}, func(t *talk) {
		t.login()
		for range 12 {
			t.after(5 * time.Second).c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP))
		}
		t.bye()
	}},
	{"D13 no PUBREL after PUBREC", mqtt.V31, []string{"mqtt-qos2-pubrel"}, func(t *talk) {
		t.login().c(t.publish("a", "x", 2, 7)).s(t.ack(mqtt.PUBREC, 7)).after(30 * time.Second)
		t.c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{"D13 no PUBACK", mqtt.V311, []string{"mqtt-qos1-puback"}, func(t *talk) {
		t.login().c(t.subscribe(1, 1, "cmd")).s(t.suback(1, 1), t.publish("cmd", "go", 1, 5)).after(30 * time.Second)
		t.c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{"D14 identifier in a QoS 0 payload", mqtt.V31, []string{"plc-qos0-identifier"}, func(t *talk) {
		t.login()
		for i := range 12 {
			t.c(t.publish("plant/3", "\x00"+string(rune(i+1))+`{"level":12.5}`, 0, 0)).after(time.Second)
		}
		t.bye()
	}},
	{"D16 S7 STRING header in the payload", mqtt.V31, []string{"plc-string-header"}, func(t *talk) {
		t.login()
		for range 6 {
			t.c(t.publish("plant/3", "\xFE\x0Elevel is 12.5%", 0, 0)).after(time.Second)
		}
		t.bye()
	}},
	{"D17 identifier 0", mqtt.V31, []string{"mqtt-packet-id-nonzero"}, func(t *talk) {
		t.login().c(t.publish("a", "x", 1, 0)).conn.FIN(false)
	}},
	{"D17 identifier in use taken again", mqtt.V31, []string{"mqtt-packet-id-unused-client"}, func(t *talk) {
		t.login().c(t.publish("a", "1", 1, 1), t.publish("a", "2", 1, 1)).s(t.ack(mqtt.PUBACK, 1), t.ack(mqtt.PUBACK, 1)).bye()
	}},
	{"D18 QoS 3", mqtt.V31, []string{"mqtt-publish-qos-not-3"}, func(t *talk) {
		t.login().c(t.publish("a", "x", 3, 4)).conn.FIN(false)
	}},
	{"D18 requests QoS 3", mqtt.V311, []string{"mqtt-subscribe-options-valid"}, func(t *talk) {
		t.login().c(t.subscribe(1, 3, "a")).conn.FIN(false)
	}},
	{"D19 DUP at QoS 0", mqtt.V31, []string{"mqtt-dup-qos0"}, func(t *talk) {
		t.login().c(t.publish("a", "x", 0, 0, dup)).bye()
	}},
	{"D19 DUP on a first sending", mqtt.V311, []string{"mqtt-first-send-dup0"}, func(t *talk) {
		t.login().c(t.publish("a", "x", 1, 3, dup)).s(t.ack(mqtt.PUBACK, 3)).bye()
	}},
	{"D19 never sent again", mqtt.V311, []string{"mqtt-redeliver-client"}, func(t *talk) {
		t.c(t.connect(resume)).s(t.connack(0)).c(t.publish("a", "x", 1, 3)).conn.RST(false)
		t.capture.After(5 * time.Second)
		t.dial()
		t.c(t.connect(resume)).s(t.connack(0, sessionPresent)).after(30 * time.Second)
		t.c(t.publish("a", "y", 1, 4)).s(t.ack(mqtt.PUBACK, 4)).bye()
	}},
	{"D21 PUBREL for what was never published", mqtt.V31, []string{"mqtt-ack-id-matches-publish"}, func(t *talk) {
		t.login().c(t.ack(mqtt.PUBREL, 77)).s(t.ack(mqtt.PUBCOMP, 77)).bye()
	}},
	{"D23 QoS 2 is not received", mqtt.V31, []string{"mqtt-qos2-pubrec"}, func(t *talk) {
		t.login().c(t.subscribe(1, 2, "cmd")).s(t.suback(1, 2), t.publish("cmd", "go", 2, 5)).after(30 * time.Second)
		t.c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{"D24 refused subscription ignored", mqtt.V311, []string{"plc-suback-failure-ignored"}, func(t *talk) {
		t.login().c(t.subscribe(1, 1, "cmd")).s(t.suback(1, 0x80)).after(40 * time.Second)
		t.c(t.publish("a", "x", 0, 0)).after(40 * time.Second).c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).bye()
	}},
}

func flags(f byte) func(*mqtt.Packet) { return func(p *mqtt.Packet) { p.Connect.Flags = f } }
func clientID(id string) func(*mqtt.Packet) {
	return func(p *mqtt.Packet) { p.Connect.ClientID = []byte(id) }
}

// surplus puts bytes behind the last field of a short packet.
func surplus(packet []byte, b ...byte) []byte {
	packet[1] += byte(len(b))
	return append(packet, b...)
}

// TestDeviations demands that each deviation is found, and nothing else.
func TestDeviations(t *testing.T) {
	for _, d := range deviations {
		t.Run(d.id, func(t *testing.T) {
			talk := &talk{v: d.in, capture: craft.New()}
			talk.dial()
			d.say(talk)
			b := verdicts(t, talk.capture.Frames())
			found := map[string]bool{}
			for _, f := range b.Findings() {
				found[f.Rule.ID] = true
			}
			for _, id := range d.want {
				if !found[id] {
					t.Errorf("%s is not told\n%q", id, findings(b))
				}
			}
			for _, id := range broken(b) {
				if !slices.Contains(d.want, id) {
					t.Errorf("%s is told too\n%q", id, findings(b))
				}
			}
		})
	}
}
