package delivery_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"plcscope/mqtt"
	"plcscope/pcaps/craft"
)

const broker = "10.0.0.1:1883"

func packet(kind mqtt.PacketType, change ...func(*mqtt.Packet)) []byte {
	p := &mqtt.Packet{Type: kind, Version: mqtt.V5}
	p.SetFlags(kind.FixedFlags())
	for _, f := range change {
		f(p)
	}
	b, err := p.Append(nil)
	if err != nil {
		panic(err)
	}
	return b
}

type change = func(*mqtt.Packet)

func connect(id string, clean bool) []byte {
	return packet(mqtt.CONNECT, func(p *mqtt.Packet) {
		p.Connect.KeepAlive, p.Connect.ClientID = 60, []byte(id)
		p.Connect.SetCleanSession(clean)
		if !clean {
			p.Props = mqtt.NewProperties(mqtt.Property{ID: mqtt.SessionExpiryInterval, Num: 3600})
		}
	})
}

func pub(q mqtt.QoS, id uint16, topic, payload string, l ...change) []byte {
	return packet(mqtt.PUBLISH, append([]change{func(p *mqtt.Packet) {
		p.Topic, p.Payload, p.QoS, p.ID, p.HasID = []byte(topic), []byte(payload), q, id, q > 0
	}}, l...)...)
}

func ack(kind mqtt.PacketType, id uint16, l ...change) []byte {
	return packet(kind, append([]change{func(p *mqtt.Packet) { p.ID, p.HasID = id, true }}, l...)...)
}

func dup(p *mqtt.Packet) { p.Dup = true }

func present(p *mqtt.Packet) { p.AckFlags, p.SessionPresent = 1, true }

func props(l ...mqtt.Property) change {
	return func(p *mqtt.Packet) { p.Props = mqtt.NewProperties(l...) }
}

func subscribe(c *craft.Conn, id uint16, filter string) {
	c.Client(ack(mqtt.SUBSCRIBE, id, func(p *mqtt.Packet) {
		p.Filters = []mqtt.Filter{{Filter: []byte(filter), Options: 1}}
	}))
	c.Server(ack(mqtt.SUBACK, id, func(p *mqtt.Packet) { p.Codes = []byte{1} }))
}

func dial(c *craft.Capture, host, id string, clean bool) *craft.Conn {
	n := c.Connect(craft.Host(host), craft.Host(broker))
	if clean {
		return n.Client(connect(id, true)).Server(packet(mqtt.CONNACK))
	}
	return n.Client(connect(id, false)).Server(packet(mqtt.CONNACK, present))
}

// evil is a client identifier, and a part of topics, as nobody should call anything.
const evil = "[red]\x1b[2J漢字\u202e\xff[::b]"

// plant is a capture in which everything happens that the audit knows of: a PLC whose
// link breaks and that sends again what was in flight, a message that is taken
// twice and one that never reaches a panel, a refusal, requests with and without reply.
func plant(t *testing.T) string {
	c := craft.New()
	hmi := dial(c, "10.0.0.9:3000", "hmi", true)
	subscribe(hmi, 1, "plc/+/level")
	plc := dial(c, "10.0.0.5:2000", "plc7", true)
	for i := range uint16(12) {
		level := pub(1, i+1, "plc/7/level", fmt.Sprint(i))
		plc.Client(level)
		c.After(time.Duration(i*i) * 900 * time.Microsecond)
		plc.Server(ack(mqtt.PUBACK, i+1))
		if i == 5 {
			continue // never reaches the panel
		}
		hmi.Server(level).Client(ack(mqtt.PUBACK, i+1))
	}
	plc.Client(pub(1, 20, "plc/7/refused", "x")).Server(ack(mqtt.PUBACK, 20, func(p *mqtt.Packet) { p.Reason, p.HasReason = 0x87, true }))
	plc.Client(pub(1, 19, "plc/7/shift", "x")).Server(ack(mqtt.PUBACK, 19))
	plc.Client(pub(1, 19, "plc/7/shift", "x", dup)).Server(ack(mqtt.PUBACK, 19))
	plc.Client(pub(2, 21, "plc/7/order", "x"))
	plc.Client(pub(1, 22, "plc/7/alarm", "x"))
	plc.RST(craft.ByClient)
	c.After(95 * time.Second)
	plc = dial(c, "10.0.0.5:2001", "plc7", false)
	plc.Client(pub(1, 22, "plc/7/alarm", "x", dup)).Server(ack(mqtt.PUBACK, 22))
	c.After(2 * time.Minute)
	hmi.Client(packet(mqtt.PINGREQ)).Server(packet(mqtt.PINGRESP))

	mes := dial(c, "10.0.0.7:4000", "mes", true)
	for i := range 3 {
		number := mqtt.Property{ID: mqtt.CorrelationData, Data: fmt.Append(nil, i)}
		mes.Client(pub(0, 0, "do", "x", props(mqtt.Property{ID: mqtt.ResponseTopic, Data: []byte("mes/in")}, number)))
		c.After(40 * time.Millisecond)
		if i == 1 {
			c.After(20 * time.Second)
		}
		if i < 2 {
			mes.Server(pub(0, 0, "mes/in", "done", props(number)))
		}
	}
	bad := dial(c, "10.0.0.66:5000", evil, true)
	bad.Client(pub(1, 1, "plc/"+evil, "x")).Server(ack(mqtt.PUBACK, 1, func(p *mqtt.Packet) { p.Reason, p.HasReason = 0x90, true }))
	c.After(2 * time.Minute)
	mes.Client(packet(mqtt.PINGREQ)).Server(packet(mqtt.PINGRESP))
	path := filepath.Join(t.TempDir(), "plant.pcap")
	if err := c.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	return path
}
