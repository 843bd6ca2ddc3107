package mqttrules

import (
	"testing"
	"time"

	"plcscope/mqtt"
	"plcscope/mqtt/websocket"
	"plcscope/pcaps/craft"
	"plcscope/rules"
)

// upgrade makes the connection a WebSocket, with the subprotocols that are offered
// and selected: what c and s say from here on goes in binary frames, a packet each.
func (t *talk) upgrade(offered, selected string) *talk {
	protocol := func(name string) string {
		if name == "" {
			return ""
		}
		return "Sec-WebSocket-Protocol: " + name + "\r\n"
	}
	t.conn.Client([]byte("GET /mqtt HTTP/1.1\r\nHost: broker\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" + protocol(offered) + "\r\n"))
	t.conn.Server([]byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" + protocol(selected) + "\r\n"))
	t.framed = true
	return t
}

// frame puts a packet into a binary frame, where the connection is a WebSocket.
func (t *talk) frame(client bool, packet []byte) []byte {
	if !t.framed {
		return packet
	}
	return webFrame(client, websocket.Binary, packet)
}

func webFrame(client bool, o websocket.Opcode, payload []byte) []byte {
	h := websocket.Header{Fin: true, Opcode: o, Masked: client, Key: [4]byte{0x5a, 0xa5, 0x0f, 0xf0}, Length: uint64(len(payload))}
	return h.Unmask(h.Append(nil), payload, 0)
}

// cClose and sClose are close frames with a status.
func (t *talk) cClose() *talk {
	t.conn.Client(webFrame(true, websocket.Close, []byte{0x03, 0xe8}))
	t.conn.FIN(true)
	return t
}

func (t *talk) sClose(status uint16) *talk {
	t.conn.Server(webFrame(false, websocket.Close, []byte{byte(status >> 8), byte(status)}))
	t.conn.FIN(false)
	return t
}

// split sends a packet of the client in frames that end at the cuts.
func (t *talk) split(packet []byte, cuts ...int) *talk {
	from := 0
	for _, at := range append(cuts, len(packet)) {
		t.conn.Client(webFrame(true, websocket.Binary, packet[from:at]))
		from = at
	}
	return t
}

func (t *talk) leave() *talk { return t.c(t.packet(mqtt.DISCONNECT)).cClose() }

func (t *talk) compressed(packet []byte) *talk {
	b := webFrame(true, websocket.Binary, packet)
	b[0] |= websocket.Compressed << 4
	t.conn.Client(b)
	return t
}

var webSocketConversations = []conversation{
	{rule: "ws-binary-frames", name: "CONNECT as text", want: rules.Fail, say: func(t *talk) {
		t.upgrade("mqtt", "mqtt").conn.Client(webFrame(true, websocket.Text, t.connect()))
		t.sClose(1003)
	}},
	{rule: "ws-binary-frames", name: "accepts text", want: rules.Fail, say: func(t *talk) {
		t.upgrade("mqtt", "mqtt").conn.Client(webFrame(true, websocket.Text, t.connect()))
		t.s(t.connack(0)).leave()
	}},
	{rule: "ws-binary-frames", name: "the broker sends text", want: rules.Fail, say: func(t *talk) {
		t.upgrade("mqtt", "mqtt").c(t.connect()).conn.Server(webFrame(false, websocket.Text, t.connack(0)))
		t.cClose()
	}},
	{rule: "ws-binary-frames", name: "binary", want: rules.Pass, say: func(t *talk) { t.upgrade("mqtt", "mqtt").login().leave() }},
	{rule: "ws-binary-frames", name: "text behind what cannot be read", want: rules.Inconclusive, say: func(t *talk) {
		t.upgrade("mqtt", "mqtt").login().compressed(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP))
		t.conn.Client(webFrame(true, websocket.Text, t.packet(mqtt.PINGREQ)))
		t.s(t.packet(mqtt.PINGRESP)).leave()
	}},
	{rule: "ws-binary-frames", name: "no WebSocket", want: rules.NotExercised, say: func(t *talk) { t.login().bye() }},

	{rule: "ws-no-frame-alignment", name: "split SUBSCRIBE ignored", want: rules.Fail, say: func(t *talk) {
		t.upgrade("mqtt", "mqtt").login().split(t.subscribe(1, 0, "plc7/cmd"), 1, 2)
		t.after(20 * time.Second).c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).leave()
	}, also: []string{"mqtt-suback-sent"}},
	{rule: "ws-no-frame-alignment", name: "closed for a protocol error", want: rules.Fail, say: func(t *talk) {
		t.upgrade("mqtt", "mqtt").login().split(t.publish("plc7/level", "12.5", 1, 1), 5).sClose(1002)
	}},
	{rule: "ws-no-frame-alignment", name: "called malformed", in: []mqtt.Version{mqtt.V5}, want: rules.Fail, say: func(t *talk) {
		t.upgrade("mqtt", "mqtt").login().split(t.publish("plc7/level", "12.5", 1, 1), 5)
		t.s(t.packet(mqtt.DISCONNECT, func(p *mqtt.Packet) { p.Reason = 0x81 })).sClose(1000)
	}},
	{rule: "ws-no-frame-alignment", name: "field by field", want: rules.Pass, say: func(t *talk) {
		t.upgrade("mqtt", "mqtt").split(t.connect(), 1, 2, 4, 8).s(t.connack(0))
		t.split(t.publish("plc7/level", "12.5", 1, 1), 1, 2).s(t.ack(mqtt.PUBACK, 1)).leave()
	}},
	{rule: "ws-no-frame-alignment", name: "two in a frame", want: rules.Pass, say: func(t *talk) {
		t.upgrade("mqtt", "mqtt").login().c(craft.Coalesce(t.publish("plc7/level", "12.5", 1, 1), t.packet(mqtt.PINGREQ)))
		t.s(t.ack(mqtt.PUBACK, 1), t.packet(mqtt.PINGRESP)).leave()
	}},
	{rule: "ws-no-frame-alignment", name: "closed in order", want: rules.NotExercised, say: func(t *talk) {
		t.upgrade("mqtt", "mqtt").login().split(t.publish("plc7/level", "12.5", 1, 1), 5).sClose(1001)
	}},
	{rule: "ws-no-frame-alignment", name: "closed behind what cannot be read", want: rules.Inconclusive, say: func(t *talk) {
		t.upgrade("mqtt", "mqtt").login().compressed(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP))
		t.c(t.publish("plc7/level", "1", 0, 0)).split(t.publish("plc7/level", "12.5", 1, 1), 5).sClose(1002)
	}},

	{rule: "ws-subprotocol-offered", name: "none", want: rules.Fail, say: func(t *talk) { t.upgrade("", "").login().leave() }},
	{rule: "ws-subprotocol-offered", name: "another", want: rules.Fail, also: []string{"ws-subprotocol-selected"}, say: func(t *talk) {
		t.upgrade("plc", "plc").login().leave()
	}},
	{rule: "ws-subprotocol-offered", name: "two", want: rules.Pass, say: func(t *talk) { t.upgrade("mqttv3.1, mqtt", "mqtt").login().leave() }},
	{rule: "ws-subprotocol-offered", name: "before what cannot be read", want: rules.Inconclusive, say: func(t *talk) {
		t.upgrade("mqttv5", "mqttv5").compressed(t.connect()).login().leave()
	}},

	{rule: "ws-subprotocol-selected", name: "none of those offered", want: rules.Fail, say: func(t *talk) { t.upgrade("mqtt", "").login().leave() }},
	{rule: "ws-subprotocol-selected", name: "the wrong one", want: rules.Fail, say: func(t *talk) { t.upgrade("plc, mqtt", "plc").login().leave() }},
	{rule: "ws-subprotocol-selected", name: "mqtt", want: rules.Pass, say: func(t *talk) { t.upgrade("mqtt", "mqtt").login().leave() }},
	{rule: "ws-subprotocol-selected", name: "nothing to select", want: rules.NotExercised, also: []string{"ws-subprotocol-offered"}, say: func(t *talk) {
		t.upgrade("", "").login().leave()
	}},
	{rule: "ws-subprotocol-selected", name: "before what cannot be read", want: rules.Inconclusive, also: []string{"ws-subprotocol-offered"}, say: func(t *talk) {
		t.upgrade("mqttv5", "mqttv5").compressed(t.connect()).login().leave()
	}},
}

// TestOldSubprotocolIsARemark lets a client of 3.1.1 use the name that was usual
// with 3.1.
func TestOldSubprotocolIsARemark(t *testing.T) {
	say := &talk{v: mqtt.V311, capture: craft.New()}
	say.dial()
	say.upgrade("mqttv3.1", "mqttv3.1").login().leave()
	b := verdicts(t, say.capture.Frames())
	if l := broken(b); len(l) > 0 {
		t.Errorf("broken: %q", l)
	}
	n := 0
	for _, f := range b.Findings() {
		if f.Severity == rules.Info && (f.Rule == &wsSubprotocolOffered.Rule || f.Rule == &wsSubprotocolSelected.Rule) {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d remarks, want 2: %q", n, findings(b))
	}
}

// TestPackedIsTold holds that verdicts behind compressed messages say why they
// are none.
func TestPackedIsTold(t *testing.T) {
	say := &talk{v: mqtt.V311, capture: craft.New()}
	say.dial()
	say.upgrade("mqtt", "mqtt").login().compressed(say.packet(mqtt.PINGREQ)).s(say.packet(mqtt.PINGRESP)).leave()
	for _, f := range verdicts(t, say.capture.Frames()).Findings() {
		if f.Verdict != rules.Inconclusive || f.Reason != rules.Packed {
			t.Errorf("%s: %v, %s", f.Rule.ID, f.Verdict, f.Reason)
		}
	}
}
