package main

import (
	"bytes"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"

	"plcscope/mqtt"
	"plcscope/mqtt/websocket"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/rules"
)

// subdissector makes tshark decode MQTT over WebSocket, which version 4.0 does not
// do by itself.
const subdissector = `DissectorTable.get("ws.protocol"):add("mqtt", Dissector.get("mqtt"))`

// judgeWebSocket compares what read -T fields prints with what tshark does.
func judgeWebSocket(t *testing.T, file, port string) {
	t.Helper()
	script := filepath.Join(t.TempDir(), "mqtt.lua")
	if err := os.WriteFile(script, []byte(subdissector), 0o644); err != nil {
		t.Fatal(err)
	}
	names := compared(t)
	theirs := []string{"-X", "lua_script:" + script, "-n", "-r", file, "-Y", "mqtt", "-d", "tcp.port==" + port + ",http", "-T", "fields", "-e", "frame.number"}
	ours := []string{"read", "--show-secrets", "-T", "fields", "-r", file, "-e", "frame.number"}
	for _, n := range names {
		theirs, ours = append(theirs, "-e", n), append(ours, "-e", n)
	}
	they, we := rows(t, tshark(t, theirs...), names), rows(t, output1(t, ours...), names)
	if len(they) == 0 {
		t.Fatal("nothing to compare")
	}
	frames := maps.Clone(they)
	maps.Copy(frames, we)
	differs := map[string]string{}
	for _, n := range slices.Sorted(maps.Keys(frames)) {
		if they[n] == nil || we[n] == nil {
			t.Errorf("frame %d: a row of tshark's: %t, of ours: %t", n, they[n] != nil, we[n] != nil)
			continue
		}
		for _, name := range names {
			if we[n][name] != they[n][name] && differs[name] == "" {
				differs[name] = "frame " + strconv.Itoa(n) + ": we print " + strconv.Quote(we[n][name]) + ", tshark " + strconv.Quote(they[n][name])
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(differs)) {
		t.Errorf("%s differs: %s", name, differs[name])
	}
	t.Logf("%d frames", len(frames))
}

// upgraded is a conversation over WebSocket; frames are put into it as they are.
type upgraded struct {
	*craft.Conn
	v mqtt.Version
}

func (u upgraded) frame(client, fin bool, o websocket.Opcode, payload []byte) []byte {
	h := websocket.Header{Fin: fin, Opcode: o, Masked: client, Key: [4]byte{0x11, 0x22, 0xf3, 0x44}, Length: uint64(len(payload))}
	return h.Unmask(h.Append(nil), payload, 0)
}

func (u upgraded) binary(client bool, packets ...[]byte) []byte {
	return u.frame(client, true, websocket.Binary, craft.Coalesce(packets...))
}

func (u upgraded) packet(kind mqtt.PacketType, change func(p *mqtt.Packet)) []byte {
	return spoken(u.v, kind, change)
}

// spoken is a packet as it is written, but for what change says.
func spoken(v mqtt.Version, kind mqtt.PacketType, change func(p *mqtt.Packet)) []byte {
	p := &mqtt.Packet{Type: kind, Version: v}
	p.SetFlags(kind.FixedFlags())
	if change != nil {
		change(p)
	}
	b, err := p.Append(nil)
	if err != nil {
		panic(err)
	}
	return b
}

func (u upgraded) publish(topic string, size int, q mqtt.QoS, id uint16) []byte {
	return u.packet(mqtt.PUBLISH, func(p *mqtt.Packet) {
		p.Topic, p.Payload, p.QoS = []byte(topic), bytes.Repeat([]byte{'v'}, size), q
		p.ID, p.HasID = id, q > 0
	})
}

// webConversations are held in each version: a packet a frame, several in one, a
// fragmented one with a ping in between, lengths of all three forms.
func webConversations() []pcaps.Frame {
	c := craft.New()
	for i, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
		u := upgraded{c.Connect(craft.Host("10.0.0.5:"+strconv.Itoa(2000+i)), craft.Host("10.0.0.1:80")), v}
		u.Client([]byte("GET /mqtt HTTP/1.1\r\nHost: broker\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
			"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"))
		u.Server([]byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
			"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"))
		ack := func(kind mqtt.PacketType, id uint16) []byte {
			return u.packet(kind, func(p *mqtt.Packet) { p.ID, p.HasID = id, true })
		}
		u.Client(u.binary(true, u.packet(mqtt.CONNECT, func(p *mqtt.Packet) {
			p.Connect.ClientID, p.Connect.KeepAlive = []byte("panel"), 60
			p.Connect.SetCleanSession(true)
		})))
		u.Server(u.binary(false, u.packet(mqtt.CONNACK, nil)))
		u.Client(u.binary(true, u.packet(mqtt.SUBSCRIBE, func(p *mqtt.Packet) {
			p.ID, p.HasID = 1, true
			p.Filters = []mqtt.Filter{{Filter: []byte("plc/#"), Options: 1}}
		})))
		u.Server(u.binary(false, u.packet(mqtt.SUBACK, func(p *mqtt.Packet) { p.ID, p.HasID, p.Codes = 1, true, []byte{1} })))
		u.Client(u.binary(true, u.publish("plc/a", 10, 0, 0), u.publish("plc/b", 20, 1, 2), u.packet(mqtt.PINGREQ, nil)))
		u.Server(craft.Coalesce(u.binary(false, ack(mqtt.PUBACK, 2)), u.binary(false, u.packet(mqtt.PINGRESP, nil))))
		whole := u.publish("plc/c", 300, 2, 3)
		u.Client(u.frame(true, false, websocket.Binary, whole[:100]), u.frame(true, true, websocket.Ping, []byte("?")), u.frame(true, true, websocket.Continuation, whole[100:]))
		u.Server(u.frame(false, true, websocket.Pong, []byte("?")), u.binary(false, ack(mqtt.PUBREC, 3)))
		u.Client(u.binary(true, ack(mqtt.PUBREL, 3)))
		u.Server(u.binary(false, ack(mqtt.PUBCOMP, 3)))
		u.Client(u.binary(true, u.publish("plc/d", 4000, 0, 0)))
		u.Server(u.binary(false, u.publish("plc/e", 70_000, 0, 0)))
		u.Client(u.binary(true, u.packet(mqtt.DISCONNECT, nil)), u.frame(true, true, websocket.Close, []byte{0x03, 0xe8}))
		u.Server(u.frame(false, true, websocket.Close, []byte{0x03, 0xe8}))
		u.FIN(false)
	}
	return c.Frames()
}

func TestWebSocketEqualsTshark(t *testing.T) {
	file := filepath.Join(t.TempDir(), "websocket.pcap")
	if err := craft.WriteFile(file, webConversations()); err != nil {
		t.Fatal(err)
	}
	judgeWebSocket(t, file, "80")
}

// pahoWeb is a client of Paho Python over WebSocket: subscribes, publishes at each
// QoS, waits for its pings, leaves.
const pahoWeb = `
import sys, time
import paho.mqtt.client as mqtt
version, port = int(sys.argv[1]), int(sys.argv[2])
c = mqtt.Client(client_id="panel%d" % version, transport="websockets", protocol=version)
c.username_pw_set("operator", "secret")
c.connect("127.0.0.1", port, keepalive=2)
c.loop_start()
time.sleep(.3)
c.subscribe("a/#", 2)
time.sleep(.2)
for q in range(3):
    for n in (0, 10, 2000):
        c.publish("a/%d" % q, b"x" * n, q).wait_for_publish()
time.sleep(2.5)
c.disconnect()
time.sleep(.2)
c.loop_stop()
`

// python returns an interpreter that knows Paho before its version 2.
func python(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(name, "-c", "import paho.mqtt; assert paho.mqtt.__version__ < '2'").Run() == nil {
			return name
		}
	}
	t.Skip("Paho Python 1.x (python3-paho-mqtt) is not installed: not compared")
	return ""
}

// TestRealBrokerOverWebSocket lets Paho talk to mosquitto over WebSocket: nothing
// may be held against either, and every field is what tshark shows.
func TestRealBrokerOverWebSocket(t *testing.T) {
	interpreter := python(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	plain := l.Addr().(*net.TCPAddr).Port // mosquitto 2.0 does not start with WebSocket alone
	l.Close()
	b := startBrokerWith(t, fmt.Sprintf("listener %d 127.0.0.1\nlistener %%d 127.0.0.1\nprotocol websockets\nallow_anonymous true\n", plain))
	script := filepath.Join(t.TempDir(), "client.py")
	if err := os.WriteFile(script, []byte(pahoWeb), 0o644); err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(b.port)
	var clients sync.WaitGroup
	for _, version := range []string{"3", "4", "5"} {
		clients.Go(func() {
			if out, err := exec.Command(interpreter, script, version, port).CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	clients.Wait()
	book, totals := b.stop(t)
	if totals.Flows.MQTT < 100 || totals.Flows.Malformed > 0 {
		t.Errorf("%d MQTT packets, %d malformed", totals.Flows.MQTT, totals.Flows.Malformed)
	}
	held := map[string]bool{}
	for _, s := range book.Subjects() {
		for _, x := range book.Results(s) {
			if x.Verdict == rules.Fail && x.Severity == rules.Error {
				t.Errorf("%s is held to break %s: %+v", s, x.Rule.ID, x.Findings)
			}
			held[x.Rule.ID] = held[x.Rule.ID] || x.Verdict == rules.Pass
		}
	}
	for _, id := range []string{"ws-binary-frames", "ws-subprotocol-offered", "ws-subprotocol-selected"} {
		if !held[id] {
			t.Errorf("%s was not put to the test", id)
		}
	}
	if totals.Flows.Gaps > 0 {
		t.Skip("tcpdump has lost packets: not compared")
	}
	judgeWebSocket(t, b.capture, port)
}
