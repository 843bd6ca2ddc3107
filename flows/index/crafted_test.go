package index_test

import (
	"bytes"
	"fmt"
	"time"

	"plcscope/mqtt"
	"plcscope/mqtt/websocket"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
)

// wire is a packet as bytes.
func wireOf(p mqtt.Packet) []byte {
	b, err := p.Append(nil)
	if err != nil {
		panic(err)
	}
	return b
}

func connect(v mqtt.Version, id string) []byte {
	name := "MQTT"
	if v == mqtt.V31 {
		name = "MQIsdp"
	}
	return wireOf(mqtt.Packet{Type: mqtt.CONNECT, Version: v, Connect: mqtt.Connect{
		ProtocolName: []byte(name), Level: byte(v), Flags: 2, ClientID: []byte(id), KeepAlive: 60}})
}

func publish(v mqtt.Version, topic string, q mqtt.QoS, id uint16, payload []byte, props ...mqtt.Property) []byte {
	p := mqtt.Packet{Type: mqtt.PUBLISH, Version: v, Topic: []byte(topic), ID: id, HasID: q > 0, Payload: payload}
	p.SetFlags(uint8(q) << 1)
	if v == mqtt.V5 {
		p.HasProps = true
		for _, x := range props {
			p.Props.Raw = mqtt.AppendProperty(p.Props.Raw, x)
		}
	}
	return wireOf(p)
}

func ack(t mqtt.PacketType, id uint16) []byte {
	p := mqtt.Packet{Type: t, Version: mqtt.V311, ID: id, HasID: true}
	if t == mqtt.PUBREL {
		p.SetFlags(2)
	}
	return wireOf(p)
}

// overWebSocket are frames that carry packets in all ways: alone, several in one, one
// in several with a ping in between, and byte by byte.
func overWebSocket() []pcaps.Frame {
	frame := func(client, fin bool, op websocket.Opcode, b []byte) []byte {
		h := websocket.Header{Fin: fin, Opcode: op, Masked: client, Key: [4]byte{0x37, 0xfa, 0x21, byte(len(b))}, Length: uint64(len(b))}
		return h.Unmask(h.Append(nil), b, 0)
	}
	big := publish(mqtt.V311, "plant/big", 1, 7, bytes.Repeat([]byte("0123456789"), 700))
	small := publish(mqtt.V311, "plant/small", 0, 0, []byte("21.5"))
	n := craft.Connection("10.0.0.5:2000", "10.0.0.1:9001")
	n.Client([]byte("GET /mqtt HTTP/1.1\r\nHost: 10.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"))
	n.Server([]byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"))
	n.Client(frame(true, true, websocket.Binary, connect(mqtt.V311, "web")))
	n.Server(frame(false, true, websocket.Binary, []byte{0x20, 2, 0, 0}))
	for i := range 4 {
		n.Client(frame(true, true, websocket.Binary, craft.Coalesce(small, big, small[:3])), frame(true, true, websocket.Binary, small[3:]))
		n.Client(craft.Coalesce(frame(true, false, websocket.Binary, big[:100]), frame(true, true, websocket.Ping, []byte("?")),
			frame(true, false, websocket.Continuation, nil), frame(true, true, websocket.Continuation, big[100:])))
		n.Server(frame(false, true, websocket.Binary, ack(mqtt.PUBACK, 7)))
		for j := range small {
			n.Client(frame(true, true, websocket.Binary, small[j:j+1]))
		}
		n.ClientSegments([]int{1, 5, 1000 + i}, frame(true, true, websocket.Binary, big))
	}
	return n.FIN(true).Frames()
}

// large are messages longer than a segment, one of them in more frames than a message
// names, beside damaged ones.
func large() []pcaps.Frame {
	n := craft.Connection("10.0.0.5:2000", "10.0.0.1:1883")
	n.Client(connect(mqtt.V31, "large")).Server([]byte{0x20, 2, 0, 0})
	long := publish(mqtt.V31, "plant/long", 1, 3, bytes.Repeat([]byte("abcdefghijk"), 20_000))
	n.Client(long).Server(ack(mqtt.PUBACK, 3))
	n.Client(craft.Coalesce(publish(mqtt.V31, "a", 0, 0, nil), []byte{0x36, 2, 0, 0}, publish(mqtt.V31, "b", 0, 0, []byte("x"))))
	n.Client(long)
	n.Client([]byte{0x30, 0xff, 0xff, 0xff, 0xff, 0x7f}) // a length that is none
	n.Client(publish(mqtt.V31, "plant/after", 1, 9, []byte("found again, perhaps")))
	return n.FIN(true).Frames()
}

// plant is some traffic of several clients and two sessions of one of them, with aliases.
func plant(rounds int) []pcaps.Frame {
	c := craft.New()
	old := c.Connect(craft.Host("10.0.0.7:1999"), craft.Host("10.0.0.1:1883"))
	old.Client(connect(mqtt.V311, "panel")).Server([]byte{0x20, 2, 0, 0}).FIN(true)
	panel := c.Connect(craft.Host("10.0.0.7:2000"), craft.Host("10.0.0.1:1883"))
	panel.Client(connect(mqtt.V311, "panel")).Server([]byte{0x20, 2, 0, 0})
	panel.Client(wireOf(mqtt.Packet{Type: mqtt.SUBSCRIBE, Flags: 2, QoS: 1, Version: mqtt.V311, ID: 1, HasID: true,
		Filters: []mqtt.Filter{{Filter: []byte("plant/+/level"), Options: 1}}}))
	panel.Server([]byte{0x90, 3, 0, 1, 1})
	press := c.Connect(craft.Host("10.0.0.8:2000"), craft.Host("10.0.0.1:1883"))
	press.Client(connect(mqtt.V5, "press")).Server([]byte{0x20, 3, 0, 0, 0})
	alias := mqtt.Property{ID: mqtt.TopicAlias, Num: 4}
	press.Client(publish(mqtt.V5, "plant/8/level", 0, 0, []byte("0"), alias))
	for i := range rounds {
		c.After(time.Second)
		id := uint16(i%100 + 1)
		press.Client(publish(mqtt.V5, "", 1, id, fmt.Appendf(nil, "%d", i), alias)).Server(ack(mqtt.PUBACK, id))
		panel.Server(publish(mqtt.V311, "plant/8/level", 1, id, fmt.Appendf(nil, "%d", i))).Client(ack(mqtt.PUBACK, id))
		if i%8 == 0 {
			c.Frame([]byte("\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x08\x08\x06 no segment"))
		}
	}
	return c.Frames()
}
