package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"plcscope/mqtt"
)

// overdue is longer than plcscope waits for an answer.
const overdue = 7 * time.Second

// A deviation is something that a real S7 function block gets wrong, numbered as in
// the field reports, done to a real broker.
type deviation struct {
	id, what string
	version  mqtt.Version
	rule     string
	clause   string   // part of the citation
	also     []string // other rules that the same conversation breaks, by the broker as well
	broker   string   // which of the brokers, empty: one that takes everybody
	say      func(f *faulty)
}

var deviations = []deviation{
	{id: "D1", what: "flags late, credentials appended", version: mqtt.V31, rule: "mqtt-packet-length-consistent", clause: "MQTT 3.1", say: func(f *faulty) {
		f.says(surplus(f.connect(), 0, 2, 'o', 'p', 0, 6, 's', 'e', 'c', 'r', 'e', 't')).until(time.Second).leaves()
	}},
	{id: "D2", what: "empty user name and password appended", version: mqtt.V311, rule: "mqtt-username-absent", clause: "MQTT-3.1.2-18", say: func(f *faulty) {
		f.says(surplus(f.connect(), 0, 0, 0, 0)).until(time.Second).leaves()
	}},
	{id: "D3", what: "will QoS without a will", version: mqtt.V311, rule: "mqtt-will-qos-zero-without-will", clause: "MQTT-3.1.2-13", say: func(f *faulty) {
		f.says(f.connect(connectFlags(0x0A))).until(time.Second).leaves()
	}},
	{id: "D3", what: "will QoS 3", version: mqtt.V31, rule: "mqtt-will-qos-not-3", clause: "MQTT 3.1", say: func(f *faulty) {
		f.says(f.connect(func(p *mqtt.Packet) { p.Connect.SetWill([]byte("s"), []byte("off"), 3, false) })).until(time.Second).leaves()
	}},
	{id: "D3", what: "reserved bit", version: mqtt.V311, rule: "mqtt-connect-reserved-flag", clause: "MQTT-3.1.2-3", say: func(f *faulty) {
		f.says(f.connect(connectFlags(0x03))).until(time.Second).leaves()
	}},
	{id: "D4", what: "will retain without a will", version: mqtt.V311, rule: "mqtt-will-retain-zero-without-will", clause: "MQTT-3.1.2-15", say: func(f *faulty) {
		f.says(f.connect(connectFlags(0x22))).until(time.Second).leaves()
	}},
	{id: "D4", what: "password without user name", version: mqtt.V31, rule: "mqtt-password-needs-username", clause: "MQTT 3.1", say: func(f *faulty) {
		f.says(f.connect(func(p *mqtt.Packet) { p.Connect.SetPassword([]byte("pw")) })).until(time.Second).leaves()
	}},
	{id: "D5", what: "remaining length in one byte", version: mqtt.V311, rule: "mqtt-packet-length-consistent", clause: "MQTT 3.1.1", say: func(f *faulty) {
		body := f.publish(strings.Repeat("\x00", 130), 0, 0)[3:] // two length bytes were right
		f.login().says(append([]byte{0x30, byte(len(body))}, body...)).until(time.Second).leaves()
	}},
	{id: "D6", what: "stale bytes in the client identifier", version: mqtt.V311, rule: "mqtt-clientid-utf8", clause: "MQTT-3.1.3-4", say: func(f *faulty) {
		f.says(f.connect(named("plc\xFE\x80\x9A"))).until(time.Second).leaves()
	}},
	{id: "D7", what: "client identifier too long", version: mqtt.V31, rule: "m31-clientid-length", clause: "MQTT 3.1", also: []string{"m31-clientid-length-refused"}, say: func(f *faulty) {
		f.login(named("pump-station-north-00024")).bye()
	}},
	{id: "D7", what: "no client identifier, session kept", version: mqtt.V311, rule: "mqtt-empty-clientid-clean", clause: "MQTT-3.1.3-7", say: func(f *faulty) {
		f.says(f.connect(kept, named(""))).until(time.Second).leaves()
	}},
	{id: "D8", what: "second CONNECT on a live connection", version: mqtt.V31, rule: "mqtt-connect-once", clause: "MQTT 3.1", say: func(f *faulty) {
		f.login().waits(time.Second).says(f.connect()).until(time.Second).leaves()
	}},
	{id: "D9", what: "CONNECT again after a refusal", version: mqtt.V31, rule: "mqtt-connect-once", clause: "MQTT 3.1", broker: "refuses", say: func(f *faulty) {
		f.says(f.connect()).hears(mqtt.CONNACK).waits(time.Second).says(f.connect()).until(time.Second).leaves()
	}},
	{id: "D10", what: "ping before CONNECT", version: mqtt.V31, rule: "mqtt-connect-first", clause: "MQTT 3.1", say: func(f *faulty) {
		f.says(f.packet(mqtt.PINGREQ)).until(time.Second).leaves()
	}},
	{id: "D11", what: "reconnects again and again", version: mqtt.V31, rule: "plc-reconnect-storm", clause: "", also: []string{"mqtt-connect-once"}, say: func(f *faulty) {
		for i := range 8 {
			if i > 0 {
				f.dial()
			}
			f.login().waits(200 * time.Millisecond).says(f.connect()).until(time.Second).leaves()
		}
	}},
	{id: "D12", what: "pings far more often than announced", version: mqtt.V31, rule: "plc-ping-interval", clause: "", say: func(f *faulty) {
		f.login()
		for range 12 {
			f.waits(300 * time.Millisecond).ping()
		}
		f.bye()
	}},
	{id: "D13", what: "no PUBREL after PUBREC", version: mqtt.V31, rule: "mqtt-qos2-pubrel", clause: "MQTT 3.1", say: func(f *faulty) {
		f.login().says(f.publish("x", 2, 7)).hears(mqtt.PUBREC).waits(overdue).ping().bye()
	}},
	{id: "D13", what: "no PUBACK", version: mqtt.V311, rule: "mqtt-qos1-puback", clause: "MQTT-4.3.2-2", say: func(f *faulty) {
		f.login().says(f.subscribe(1)).hears(mqtt.SUBACK).says(f.publish("x", 1, 7)).hears(mqtt.PUBLISH, mqtt.PUBACK).waits(overdue).ping().bye()
	}},
	{id: "D14", what: "identifier in a QoS 0 payload", version: mqtt.V31, rule: "plc-qos0-identifier", clause: "", say: func(f *faulty) {
		f.login()
		for i := range 12 {
			f.says(f.publish("\x00"+string(rune(i+1))+`{"level":12.5}`, 0, 0)).waits(100 * time.Millisecond)
		}
		f.bye()
	}},
	{id: "D16", what: "S7 STRING header in the payload", version: mqtt.V31, rule: "plc-string-header", clause: "", say: func(f *faulty) {
		f.login()
		for range 6 {
			f.says(f.publish("\xFE\x0Elevel is 12.5%", 0, 0)).waits(100 * time.Millisecond)
		}
		f.bye()
	}},
	{id: "D17", what: "identifier 0", version: mqtt.V31, rule: "mqtt-packet-id-nonzero", clause: "MQTT 3.1", say: func(f *faulty) {
		f.login().says(f.publish("x", 1, 0)).until(time.Second).leaves()
	}},
	{id: "D17", what: "identifier in use taken again", version: mqtt.V31, rule: "mqtt-packet-id-unused-client", clause: "MQTT 3.1", say: func(f *faulty) {
		f.login().says(append(f.publish("1", 1, 1), f.publish("2", 1, 1)...)).hears(mqtt.PUBACK, mqtt.PUBACK).bye()
	}},
	{id: "D18", what: "QoS 3", version: mqtt.V31, rule: "mqtt-publish-qos-not-3", clause: "MQTT 3.1", say: func(f *faulty) {
		f.login().says(f.publish("x", 3, 4)).until(time.Second).leaves()
	}},
	{id: "D18", what: "requests QoS 3", version: mqtt.V311, rule: "mqtt-subscribe-options-valid", clause: "MQTT-3.8.3-4", say: func(f *faulty) {
		f.login().says(f.subscribe(3)).until(time.Second).leaves()
	}},
	{id: "D19", what: "DUP at QoS 0", version: mqtt.V31, rule: "mqtt-dup-qos0", clause: "MQTT 3.1", say: func(f *faulty) {
		f.login().says(f.publish("x", 0, 0, dup)).bye()
	}},
	{id: "D19", what: "DUP on a first sending", version: mqtt.V311, rule: "mqtt-first-send-dup0", clause: "MQTT-3.3.1-3", say: func(f *faulty) {
		f.login().says(f.publish("x", 1, 3, dup)).hears(mqtt.PUBACK).bye()
	}},
	{id: "D19", what: "never sent again", version: mqtt.V311, rule: "mqtt-redeliver-client", clause: "MQTT-4.4.0-1", broker: "far", say: func(f *faulty) {
		f.login(kept)
		f.link.of(f.id).holdBack(down)
		f.says(f.publish("x", 1, 3)).waits(500 * time.Millisecond)
		f.link.of(f.id).cut()
		f.waits(500 * time.Millisecond).dial().login(kept).waits(32 * time.Second)
		f.says(f.publish("y", 1, 4)).hears(mqtt.PUBACK).bye()
	}},
	{id: "D21", what: "PUBREL for what was never published", version: mqtt.V31, rule: "mqtt-ack-id-matches-publish", clause: "MQTT 3.1", say: func(f *faulty) {
		f.login().says(f.ack(mqtt.PUBREL, 77)).until(2 * time.Second).bye()
	}},
	{id: "D23", what: "QoS 2 is not received", version: mqtt.V31, rule: "mqtt-qos2-pubrec", clause: "MQTT 3.1", say: func(f *faulty) {
		f.login().says(f.subscribe(2)).hears(mqtt.SUBACK).says(f.publish("x", 2, 7)).hears(mqtt.PUBREC)
		f.says(f.ack(mqtt.PUBREL, 7)).hears(mqtt.PUBLISH, mqtt.PUBCOMP).waits(overdue).ping().bye()
	}},
	{id: "D24", what: "refused subscription ignored", version: mqtt.V311, rule: "plc-suback-failure-ignored", clause: "", broker: "denies", say: func(f *faulty) {
		f.login().says(f.subscribe(1)).hears(mqtt.SUBACK).waits(16 * time.Second).ping().waits(16 * time.Second).ping().waits(time.Second).says(f.publish("x", 0, 0)).bye()
	}},
}

// unseen are the deviations that no capture shows, and why.
var unseen = []struct{ id, what, why string }{
	{"D15", "the payload's length is taken from the topic's descriptor", "the packet is whole and its lengths agree; that the payload is cut or padded only the program knows"},
	{"D20", "a new PUBLISH overwrites the buffer of one that is in flight", "several messages in flight are allowed, and the damage is in the block's memory; what follows of it, a wrong acknowledgement or none, is D13 and D21"},
	{"D22", "PUBCOMP is compared at the wrong place and not recognised", "nothing is owed after PUBCOMP; the block just goes on waiting"},
}

// TestDeviations demands that plcscope finds each deviation in what is said to a
// real broker, under the right clause, and nothing else.
func TestDeviations(t *testing.T) {
	need(t, "mosquitto", "tcpdump", "tshark")
	ports, far := deviationBrokers(t)
	var list []int
	for _, p := range ports {
		list = append(list, p)
	}
	dump := startCapture(t, list...)
	clients := make([]*faulty, len(deviations))
	var all sync.WaitGroup
	for i := range deviations {
		d := &deviations[i]
		clients[i] = &faulty{id: fmt.Sprintf("plc%d", i), version: d.version, port: ports[d.broker], link: far}
		all.Go(func() {
			defer func() {
				if f, ok := recover().(failure); ok {
					t.Errorf("%s %s: %s", d.id, d.what, f.text)
				}
			}()
			d.say(clients[i].dial())
		})
	}
	all.Wait()
	dump.stop(t)
	if *keep != "" {
		if out, err := exec.Command("cp", dump.file, filepath.Join(*keep, "deviations.pcap")).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	}
	v := new(verdict)
	for name, port := range ports {
		file := dump.part(t, "deviations"+name, port)
		agree(t, file, port, false)
		x := judge(t, file, port, false)
		v.Subjects = append(v.Subjects, x.Subjects...)
	}
	who, what, rules := v.findings("fail", "error", "warning", "info")
	told := make([][]string, len(deviations))
	for i, d := range deviations {
		found := false
		for j, f := range what {
			if !slices.Contains(clients[i].at, f.Client) {
				continue
			}
			switch {
			case rules[j] == d.rule && who[j].Role == "client":
				found = true
				if !strings.Contains(f.Clause, d.clause) {
					t.Errorf("%s %s: %s cites %q, want %s", d.id, d.what, d.rule, f.Clause, d.clause)
				}
			case f.Severity == "info" || slices.Contains(d.also, rules[j]):
				told[i] = append(told[i], fmt.Sprintf("`%s` (%s)", rules[j], f.Severity))
			default:
				t.Errorf("%s %s: %s (%s) is told of the %s too: %s", d.id, d.what, rules[j], f.Clause, who[j].Role, f.Detail)
			}
		}
		if !found {
			t.Errorf("%s %s: %s is not told", d.id, d.what, d.rule)
		}
	}
	if *update && !t.Failed() {
		documentDeviations(t, told)
	}
}

// deviationBrokers starts the brokers that the deviations need: one that takes
// everybody, one that refuses everybody, one that denies subscriptions, and the first
// again, far away: behind a link.
func deviationBrokers(t *testing.T) (map[string]int, *link) {
	t.Helper()
	dir := t.TempDir()
	ports := map[string]int{"": freePort(t), "refuses": freePort(t), "denies": freePort(t)}
	startMosquitto(t, ports[""], 0)
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	runMosquitto(t, ports["refuses"], write("refuses.conf", fmt.Sprintf("listener %d 127.0.0.1\nallow_anonymous false\n", ports["refuses"])))
	plugins, _ := filepath.Glob("/usr/lib/*/mosquitto_dynamic_security.so")
	if len(plugins) == 0 {
		lack(t, "mosquitto's plugin for dynamic security is not installed")
	}
	access := write("access.json", `{"defaultACLAccess": {"publishClientSend": true, "publishClientReceive": true, "subscribe": false, "unsubscribe": true}}`)
	runMosquitto(t, ports["denies"], write("denies.conf", fmt.Sprintf("listener %d 127.0.0.1\nallow_anonymous true\nplugin %s\nplugin_opt_config_file %s\n", ports["denies"], plugins[0], access)))
	far := startLink(t, ports[""])
	ports["far"] = far.port
	return ports, far
}
