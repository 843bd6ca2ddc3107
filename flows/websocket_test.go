package flows_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/websocket"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
)

// get and switching are the heads of an upgrade.
func get(protocols string) []byte {
	return []byte("GET /mqtt HTTP/1.1\r\nHost: 10.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" + header("Protocol", protocols) + "\r\n")
}

func switching(protocols string) []byte {
	return []byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" + header("Protocol", protocols) + "\r\n")
}

func header(name, value string) string {
	if value == "" {
		return ""
	}
	return "Sec-WebSocket-" + name + ": " + value + "\r\n"
}

// frame is one WebSocket frame.
func frame(client bool, fin bool, opcode websocket.Opcode, payload []byte) []byte {
	h := websocket.Header{Fin: fin, Opcode: opcode, Masked: client, Key: [4]byte{0x37, 0xfa, 0x21, 0x3d}, Length: uint64(len(payload))}
	return h.Unmask(h.Append(nil), payload, 0)
}

func binary(client bool, payload []byte) []byte {
	return frame(client, true, websocket.Binary, payload)
}

// overWebSocket puts each entry of a script into frames: some alone, some
// fragmented with a ping in between, some cut over two messages.
func overWebSocket(s script) (client, server [][]byte) {
	wrap := func(l [][]byte, fromClient bool) (out [][]byte) {
		for i, b := range l {
			switch n := len(b) / 2; {
			case b == nil:
				out = append(out, nil)
			case i%3 == 1:
				out = append(out, craft.Coalesce(frame(fromClient, false, websocket.Binary, b[:n]), frame(fromClient, true, websocket.Ping, []byte("?")),
					frame(fromClient, true, websocket.Continuation, b[n:])))
			case i%3 == 2:
				out = append(out, craft.Coalesce(binary(fromClient, b[:1]), binary(fromClient, nil), binary(fromClient, b[1:])))
			default:
				out = append(out, binary(fromClient, b))
			}
		}
		return out
	}
	return append([][]byte{get("mqtt")}, wrap(s.client, true)...), append([][]byte{switching("mqtt")}, wrap(s.server, false)...)
}

// carried keeps what is told of WebSocket.
type carried struct {
	flows.Ignore
	lines  []string
	socket flows.WebSocket
	proto  flows.Protocol
}

func (k *carried) Message(m *flows.Message) {
	var notes []string
	if m.Carrier.Shared {
		notes = append(notes, "shared")
	}
	if m.Carrier.Text {
		notes = append(notes, "text")
	}
	if m.Framing == flows.Found {
		notes = append(notes, "found")
	}
	if m.Err != nil {
		notes = append(notes, m.Err.Error())
	}
	k.lines = append(k.lines, strings.TrimSpace(fmt.Sprintf("%s %d-%d in %d %s", m.Packet.Type, m.Pos, m.End, m.Carrier.Frames, strings.Join(notes, " "))))
}

func (k *carried) Gap(g *flows.Gap) {
	if g.Conn.Proto == flows.MQTT {
		k.lines = append(k.lines, fmt.Sprintf("gap %s framed %t", g.Why, g.Framed))
	}
}

func (k *carried) Ended(e *flows.End) {
	if e.WebSocket {
		k.lines = append(k.lines, "close frame")
	}
}

func (k *carried) Closed(c *flows.Connection) {
	k.proto = c.Proto
	if c.WebSocket != nil {
		k.socket = *c.WebSocket
	}
}

func carriedIn(t *testing.T, frames []pcaps.Frame) *carried {
	t.Helper()
	k := new(carried)
	if _, err := flows.Analyse(t.Context(), craft.Open(frames), flows.Config{}, k); err != nil {
		t.Fatal(err)
	}
	return k
}

func TestWebSocket(t *testing.T) {
	c, s := mqttTalk(mqtt.V311)
	connect, publish, ping := c[0], c[2], c[7]
	connack, pong := s[0], s[7]
	packed := frame(true, true, websocket.Binary, []byte("\xfb\x87\x81\x01\x00"))
	packed[0] |= websocket.Compressed << 4
	start := len(get("mqtt"))
	at := func(kind string, from, to int, rest string) string {
		return strings.TrimSpace(fmt.Sprintf("%s %d-%d %s", kind, from, to, rest))
	}
	nc, np := len(connect), len(publish)
	for _, tt := range []struct {
		name  string
		say   func(n *craft.Conn)
		opts  []craft.Option
		want  []string
		proto flows.Protocol
	}{
		{name: "a packet a frame", proto: flows.MQTT, say: func(n *craft.Conn) {
			n.Client(get("mqtt")).Server(switching("mqtt")).Client(binary(true, connect)).Server(binary(false, connack)).Client(frame(true, true, websocket.Close, []byte("\x03\xe8")))
		}, want: []string{at("CONNECT", start+6, start+6+nc, "in 1"), at("CONNACK", len(switching("mqtt"))+2, len(switching("mqtt"))+6, "in 1"), "close frame"}},
		{name: "two packets in a frame and one in two", proto: flows.MQTT, say: func(n *craft.Conn) {
			n.Client(get("mqtt")).Server(switching("mqtt")).Client(binary(true, craft.Coalesce(connect, ping, publish[:3])), binary(true, publish[3:]))
		}, want: []string{at("CONNECT", start+6, start+6+nc, "in 1 shared"), at("PINGREQ", start+6+nc, start+8+nc, "in 1 shared"),
			at("PUBLISH", start+8+nc, start+14+nc+np, "in 2 shared")}},
		{name: "text", proto: flows.MQTT, say: func(n *craft.Conn) {
			n.Client(get("mqtt")).Server(switching("mqtt")).Client(frame(true, true, websocket.Text, connect), binary(true, ping))
		}, want: []string{at("CONNECT", start+6, start+6+nc, "in 1 text"), at("PINGREQ", start+12+nc, start+14+nc, "in 1")}},
		{name: "empty text", proto: flows.MQTT, say: func(n *craft.Conn) {
			n.Client(get("mqtt")).Server(switching("mqtt")).Client(binary(true, connect), frame(true, true, websocket.Text, nil), binary(true, ping))
		}, want: []string{at("CONNECT", start+6, start+6+nc, "in 1"), at("PINGREQ", start+18+nc, start+20+nc, "in 1")}},
		{name: "compressed", proto: flows.MQTT, say: func(n *craft.Conn) {
			n.Client(get("mqtt")).Server(switching("mqtt")).Client(binary(true, connect), packed, packed, binary(true, ping))
		}, want: []string{at("CONNECT", start+6, start+6+nc, "in 1"), "gap unreadable framed false",
			at("PINGREQ", start+6+nc+2*len(packed)+6, start+6+nc+2*len(packed)+8, "in 1 found")}},
		{name: "no frames after all", proto: flows.MQTT, say: func(n *craft.Conn) {
			n.Client(get("mqtt")).Server(switching("mqtt")).Client(binary(true, connect), []byte("\x83\x00"), ping, binary(true, ping))
		}, want: []string{at("CONNECT", start+6, start+6+nc, "in 1"), "gap unreadable framed false",
			at("PINGREQ", start+6+nc+4+6, start+6+nc+4+8, "in 1 found")}},
		{name: "no subprotocol", proto: flows.MQTT, say: func(n *craft.Conn) {
			n.Client(get("")).Server(switching("")).Client(binary(true, connect[:1]), binary(true, connect[1:]))
		}, want: []string{at("CONNECT", len(get(""))+6, len(get(""))+12+nc, "in 2")}},
		{name: "subprotocol of something else, MQTT none the less", proto: flows.MQTT, say: func(n *craft.Conn) {
			n.Client(get("chat")).Server(switching("chat")).Client(binary(true, connect))
		}, want: []string{at("CONNECT", len(get("chat"))+6, len(get("chat"))+6+nc, "in 1")}},
		{name: "not MQTT", proto: flows.Other, say: func(n *craft.Conn) {
			n.Client(get("")).Server(switching("")).Client(frame(true, true, websocket.Text, []byte(`{"op":1}`)), binary(true, connect))
		}},
		{name: "the server speaks first", proto: flows.Other, say: func(n *craft.Conn) {
			n.Client(get("")).Server(switching("")).Server(binary(false, connack)).Client(binary(true, connect))
		}},
		{name: "a page", proto: flows.Other, say: func(n *craft.Conn) {
			n.Client([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).Server([]byte("HTTP/1.1 200 OK\r\n\r\n"))
		}},
		{name: "refused", proto: flows.Other, say: func(n *craft.Conn) {
			n.Client(get("mqtt")).Server([]byte("HTTP/1.1 404 Not Found\r\n\r\n"))
		}},
		{name: "the client alone", proto: flows.MQTT, say: func(n *craft.Conn) {
			n.Client(get("mqtt"), binary(true, connect))
		}, want: []string{at("CONNECT", start+6, start+6+nc, "in 1")}},
		{name: "in mid-stream", proto: flows.MQTT, opts: []craft.Option{craft.MidStream()}, say: func(n *craft.Conn) {
			n.Server(binary(false, pong)).Client(binary(true, publish), binary(true, ping))
		}, want: []string{"PINGRESP 2-4 in 1 found", "gap mid-stream framed false", at("PUBLISH", 6, 6+np, "in 1 found"), at("PINGREQ", 12+np, 14+np, "in 1 found")}},
		{name: "in mid-stream, at the upgrade", proto: flows.MQTT, opts: []craft.Option{craft.MidStream()}, say: func(n *craft.Conn) {
			n.Client(get("mqtt")).Server(switching("mqtt")).Client(binary(true, connect)).Server(binary(false, connack))
		}, want: []string{at("CONNECT", start+6, start+6+nc, "in 1"), at("CONNACK", len(switching("mqtt"))+2, len(switching("mqtt"))+6, "in 1")}},
		{name: "in mid-stream, not MQTT", proto: flows.Other, opts: []craft.Option{craft.MidStream()}, say: func(n *craft.Conn) {
			n.Client(binary(true, []byte("{}")), binary(true, ping))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, port := range []string{"9001", "1883"} {
				if port == "1883" && tt.opts != nil {
					continue // frames on a port of plain MQTT are not looked for in mid-stream
				}
				n := craft.New().Connect(craft.Host("10.0.0.5:2000"), craft.Host("10.0.0.1:"+port), tt.opts...)
				tt.say(n)
				k := carriedIn(t, n.FIN(true).Frames())
				if d := cmp.Diff(tt.want, k.lines); d != "" || k.proto != tt.proto {
					t.Errorf("port %s: %s (-want +got)\n%s", port, k.proto, d)
				}
			}
		})
	}
}

// TestWebSocketFacts holds what the connection tells of the upgrade and of frames.
func TestWebSocketFacts(t *testing.T) {
	c, s := mqttTalk(mqtt.V311)
	n := craft.New().Connect(craft.Host("10.0.0.5:2000"), craft.Host("10.0.0.1:80"))
	n.Client(get("mqttv3.1, mqtt")).Server(switching("mqtt")).Client(frame(true, true, websocket.Text, c[0])).Server(binary(false, s[0]))
	n.Client(frame(true, false, websocket.Binary, c[2][:4]), frame(true, true, websocket.Pong, nil), frame(true, true, websocket.Continuation, c[2][4:]))
	n.Server(frame(false, true, websocket.Close, []byte("\x03\xeaodd")))
	frames := n.FIN(false).Frames()
	want := flows.WebSocket{
		Request:  flows.Upgrade{Frame: 4, Time: frames[3].Time, Protocols: []string{"mqttv3.1", "mqtt"}},
		Response: flows.Upgrade{Frame: 6, Time: frames[5].Time, Protocols: []string{"mqtt"}},
		Sent:     [2]flows.FrameInfo{{Data: 3, Text: 1, Fragments: 1, Control: 1}, {Data: 1, Control: 1, CloseCode: 1002}},
	}
	if d := cmp.Diff(want, carriedIn(t, frames).socket); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestCompressionIsCounted counts connections, not messages.
func TestCompressionIsCounted(t *testing.T) {
	packed := frame(true, true, websocket.Binary, []byte("\xfb\x87\x81\x01\x00"))
	packed[0] |= websocket.Compressed << 4
	n := craft.New().Connect(craft.Host("10.0.0.5:2000"), craft.Host("10.0.0.1:9001"))
	n.Client(get("mqtt")).Server(switching("mqtt")).Client(packed, packed)
	totals, err := flows.Analyse(t.Context(), craft.Open(n.FIN(true).Frames()), flows.Config{})
	if err != nil || totals.Flows.Compressed != 1 {
		t.Errorf("%d connections, error %v", totals.Flows.Compressed, err)
	}
}

// TestWebSocketIsBounded sends heads and frames without end.
func TestWebSocketIsBounded(t *testing.T) {
	n := craft.New().Connect(craft.Host("10.0.0.5:2000"), craft.Host("10.0.0.1:9001"))
	n.Client([]byte("GET / HTTP/1.1\r\nX: " + strings.Repeat("x", 40_000)))
	if k := carriedIn(t, n.Frames()); k.proto != flows.Other {
		t.Errorf("an endless head: %s", k.proto)
	}
	n = craft.New().Connect(craft.Host("10.0.0.5:2000"), craft.Host("10.0.0.1:9001"))
	h := websocket.Header{Fin: true, Opcode: websocket.Binary, Masked: true, Length: 1<<63 - 1}
	n.Client(get("mqtt")).Server(switching("mqtt"))
	for range 20 {
		n.Client(h.Append(nil), []byte(strings.Repeat("\xc0\x00", 500))).After(time.Second)
	}
	if k := carriedIn(t, n.Frames()); k.proto != flows.MQTT {
		t.Errorf("an endless frame: %s", k.proto)
	}
}
