package mqttrules

import (
	"bytes"
	"time"

	"plcscope/mqtt"
	"plcscope/rules"
)

// nibble puts other flags into the first byte of a packet.
func nibble(b []byte, f byte) []byte {
	b[0] = b[0]&0xF0 | f
	return b
}

// padded asks for a Remaining Length of so many bytes.
func padded(n int) func(*mqtt.Packet) { return func(p *mqtt.Packet) { p.HeaderLen = 1 + n } }

func extra(b ...byte) func(*mqtt.Packet) { return func(p *mqtt.Packet) { p.Surplus = b } }

// oneByteLength encodes a packet as the old function blocks do, with a length
// byte that should have been two.
func oneByteLength(b []byte) []byte {
	_, header, err := mqtt.Next(b)
	if err != nil || header != 3 {
		panic("the packet must have a Remaining Length of two bytes")
	}
	return append([]byte{b[0], byte(len(b) - header)}, b[header:]...)
}

// long is a payload that takes a packet beyond a length of 127.
const long = "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"

var headerConversations = []conversation{
	{rule: "mqtt-packet-type-valid", name: "type 0, a PINGREQ shifted by one", want: rules.Fail, say: func(t *talk) {
		t.login().c(bytes.Repeat([]byte{0x0a, 0xc0, 0}, 23)) // its length bytes say 64
	}},
	{rule: "mqtt-packet-type-valid", name: "type 0 alone", want: rules.Fail, say: func(t *talk) {
		t.login().c([]byte{0x00, 0x00})
	}},
	{rule: "mqtt-packet-type-valid", name: "AUTH before 5", in: []mqtt.Version{mqtt.V31, mqtt.V311}, want: rules.Fail, say: func(t *talk) {
		t.login().c([]byte{0xf0, 0x00})
	}},
	{rule: "mqtt-packet-type-valid", name: "known types", want: rules.Pass, say: func(t *talk) { t.login().bye() }},

	{rule: "mqtt-packet-direction", name: "client sends PINGRESP", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.packet(mqtt.PINGRESP)).bye()
	}},
	{rule: "mqtt-packet-direction", name: "server sends SUBSCRIBE", want: rules.Fail, say: func(t *talk) {
		t.login().s(t.subscribe(3, 0, "a/b")).after(30 * time.Second).bye()
	}},
	{rule: "mqtt-packet-direction", name: "server sends DISCONNECT before 5", in: []mqtt.Version{mqtt.V31, mqtt.V311}, want: rules.Fail, say: func(t *talk) {
		t.login().s(t.packet(mqtt.DISCONNECT)).conn.FIN(false)
	}},
	{rule: "mqtt-packet-direction", name: "server sends DISCONNECT in 5", in: []mqtt.Version{mqtt.V5}, want: rules.Pass, say: func(t *talk) {
		t.login().s(t.packet(mqtt.DISCONNECT)).conn.FIN(false)
	}},
	{rule: "mqtt-packet-direction", name: "each its own", want: rules.Pass, say: func(t *talk) { t.login().bye() }},

	{rule: "mqtt-remaining-length-encoding", name: "five bytes", want: rules.Fail, say: func(t *talk) {
		t.login().c([]byte{0x30, 0x80, 0x80, 0x80, 0x80, 0x01, 0, 3, 'a', '/', 'b'})
	}},
	{rule: "mqtt-remaining-length-encoding", name: "two bytes", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.publish("a/b", long, 0, 0)).bye()
	}},

	{rule: "mqtt-remaining-length-minimal", name: "padded", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.publish("a/b", "1", 0, 0, padded(3))).bye()
	}},
	{rule: "mqtt-remaining-length-minimal", name: "plain", want: rules.Pass, say: func(t *talk) { t.login().bye() }},
	{rule: "m5-vbi-minimal", name: "Remaining Length", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.publish("a/b", "1", 0, 0, padded(4))).bye()
	}},
	{rule: "m5-vbi-minimal", name: "Property Length", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.publish("a/b", "1", 0, 0, func(p *mqtt.Packet) { p.Props.LengthBytes = 2 })).bye()
	}},
	{rule: "m5-vbi-minimal", name: "Subscription Identifier", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.ack(mqtt.SUBSCRIBE, 1, with(mqtt.Property{ID: mqtt.SubscriptionIdentifier, Num: 5, Padded: true}), func(p *mqtt.Packet) {
			p.Filters = []mqtt.Filter{{Filter: []byte("a/b")}}
		})).s(t.suback(1, 0)).bye()
	}},
	{rule: "m5-vbi-minimal", name: "plain", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.publish("a/b", long, 0, 0)).bye()
	}},

	{rule: "mqtt-packet-length-consistent", name: "surplus behind SUBSCRIBE's identifier", in: []mqtt.Version{mqtt.V5}, want: rules.Fail, say: func(t *talk) {
		t.login().c(t.publish("a/b", "1", 1, 1)).s(t.ack(mqtt.PUBACK, 1, func(p *mqtt.Packet) { p.HasProps = true }, extra(1, 2, 3))).bye()
	}},
	{rule: "mqtt-packet-length-consistent", name: "surplus behind PINGREQ in 5", in: []mqtt.Version{mqtt.V5}, want: rules.Fail, say: func(t *talk) {
		t.login().c(t.packet(mqtt.PINGREQ, extra(0))).s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{rule: "mqtt-packet-length-consistent", name: "filter runs past the packet", want: rules.Fail, say: func(t *talk) {
		b := t.subscribe(1, 0, "plant/line/1")
		b[1] -= 4
		t.login().c(b[:len(b)-4])
	}},
	{rule: "mqtt-packet-length-consistent", name: "QoS byte of SUBSCRIBE is missing", want: rules.Fail, say: func(t *talk) {
		b := t.subscribe(1, 0, "plant/line/1")
		b[1]--
		t.login().c(b[:len(b)-1])
	}},
	{rule: "mqtt-packet-length-consistent", name: "identifier of PUBLISH is missing", in: []mqtt.Version{mqtt.V31, mqtt.V311}, want: rules.Fail, say: func(t *talk) {
		b := t.publish("a/b", "", 1, 1)
		b[1] -= 2
		t.login().c(b[:len(b)-2])
	}},
	{rule: "mqtt-packet-length-consistent", name: "PUBLISH with a length of one byte", want: rules.Fail, say: func(t *talk) {
		t.login().c(oneByteLength(t.publish("plant/line/1", long, 0, 0)))
	}},
	{rule: "mqtt-packet-length-consistent", name: "CONNECT with a length of one byte", want: rules.Fail, say: func(t *talk) {
		t.c(oneByteLength(t.connect(func(p *mqtt.Packet) { p.Connect.SetWill([]byte("plc7/status"), []byte(long), 0, false) }))).conn.FIN(false)
	}},
	{rule: "mqtt-packet-length-consistent", name: "exact", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.publish("plant/line/1", long, 0, 0), t.subscribe(1, 0, "a/b")).s(t.suback(1, 0)).bye()
	}},

	{rule: "mqtt-ack-length", name: "PUBACK of three bytes", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.publish("a/b", "1", 1, 1)).s(t.ack(mqtt.PUBACK, 1, extra(0))).bye()
	}},
	{rule: "mqtt-ack-length", name: "PUBACK of one byte", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.publish("a/b", "1", 1, 1)).s([]byte{0x40, 1, 0})
	}},
	{rule: "mqtt-ack-length", name: "PINGREQ with a body", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.packet(mqtt.PINGREQ, extra(0))).s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{rule: "mqtt-ack-length", name: "right", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).bye()
	}},

	{rule: "mqtt-fixed-header-flags", name: "PINGREQ with flags", want: rules.Fail, say: func(t *talk) {
		t.login().c(nibble(t.packet(mqtt.PINGREQ), 2)).s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{rule: "mqtt-fixed-header-flags", name: "0", want: rules.Pass, say: func(t *talk) { t.login().bye() }},
	{rule: "m31-unused-bits-zero", name: "PINGREQ with DUP", want: rules.Fail, say: func(t *talk) {
		t.login().c(nibble(t.packet(mqtt.PINGREQ), 8)).s(t.packet(mqtt.PINGRESP)).bye()
	}},
	{rule: "m31-unused-bits-zero", name: "bit 0 of the connect flags", want: rules.Fail, say: func(t *talk) {
		t.login(func(p *mqtt.Packet) { p.Connect.Flags |= 1 }).bye()
	}},
	{rule: "m31-unused-bits-zero", name: "SUBSCRIBE with DUP", want: rules.Pass, also: []string{"m31-dup-on-control-resend"}, say: func(t *talk) {
		t.login().c(nibble(t.subscribe(1, 0, "a/b"), 10)).s(t.suback(1, 0)).bye()
	}},
	{rule: "m31-unused-bits-zero", name: "SUBSCRIBE with RETAIN", want: rules.Fail, say: func(t *talk) {
		t.login().c(nibble(t.subscribe(1, 0, "a/b"), 3)).s(t.suback(1, 0)).bye()
	}},

	{rule: "mqtt-packet-id-nonzero", name: "PUBLISH, and the PUBACK that repeats it", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.publish("a/b", "1", 1, 0)).s(t.ack(mqtt.PUBACK, 0)).after(20 * time.Second).bye()
	}},
	{rule: "mqtt-packet-id-nonzero", name: "SUBSCRIBE", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.subscribe(0, 0, "a/b")).s(t.suback(0, 0)).bye()
	}},
	{rule: "mqtt-packet-id-nonzero", name: "PUBACK of its own", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.publish("a/b", "1", 1, 1)).s(t.ack(mqtt.PUBACK, 0), t.ack(mqtt.PUBACK, 1)).bye()
	}},
	{rule: "mqtt-packet-id-nonzero", name: "1", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.publish("a/b", "1", 1, 1)).s(t.ack(mqtt.PUBACK, 1)).bye()
	}},
	{rule: "mqtt-packet-id-nonzero", name: "none", want: rules.NotExercised, say: func(t *talk) {
		t.login().c(t.publish("a/b", "1", 0, 0)).bye()
	}},
}

// with gives a packet of 5.0 properties.
func with(list ...mqtt.Property) func(*mqtt.Packet) {
	return func(p *mqtt.Packet) { p.Props, p.HasProps = mqtt.NewProperties(list...), true }
}
