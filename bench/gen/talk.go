package gen

import (
	"encoding/binary"
	"fmt"
)

// keepAlive of MQTT clients, in seconds; subscribers, which stay to the end, have none.
const keepAlive = 90

// connect opens a connection up to where it can be used.
func (g *generator) connect(c *conn) {
	g.handshake(c)
	if c.kind == poller {
		g.associate(c)
		return
	}
	name := "MQTT"
	if c.level == 3 {
		name = "MQIsdp"
	}
	b := appendText(g.body[:0], name)
	alive := byte(keepAlive)
	if c.kind == subscriber {
		alive = 0
	}
	b = append(b, c.level, 2, 0, alive) // a clean session
	b = c.properties(b)
	b = appendText(b, fmt.Sprintf("%s%06d", [...]string{"plc", "scada", "", "idle"}[c.kind], c.id))
	g.packet(c, 0, 0x10, "CONNECT", b)
	g.packet(c, 1, 0x20, "CONNACK", c.properties(append(b[:0], 0, 0)))
	if c.kind == subscriber {
		c.ref++
		b = c.properties(binary.BigEndian.AppendUint16(b[:0], c.ref))
		b = append(appendText(b, fmt.Sprintf("plant/%d/#", c.id)), 1)
		g.packet(c, 0, 0x82, "SUBSCRIBE", b)
		b = c.properties(binary.BigEndian.AppendUint16(b[:0], c.ref))
		g.packet(c, 1, 0x90, "SUBACK", append(b, 1))
	} else {
		g.segment(c, 0, ack, nil)
	}
	g.body = b
}

// publish sends one message to the broker, and from there to a subscriber.
func (g *generator) publish(c *conn) {
	share := 0
	if n := len(g.subscribers); n > 0 {
		share = c.id % n
	}
	topic := fmt.Sprintf("plant/%d/plc%06d", share, c.id)
	text := fmt.Sprintf("%0*d", g.plan.Payload, g.rand.Int64N(1_000_000_000))
	g.delivery(c, 0, topic, text)
	if len(g.subscribers) > 0 {
		g.delivery(g.subscribers[share], 1, topic, text)
	}
}

// delivery is a PUBLISH from one side with its acknowledgement.
func (g *generator) delivery(c *conn, from int, topic, text string) {
	if c.ref++; c.ref == 0 {
		c.ref = 1
	}
	b := binary.BigEndian.AppendUint16(appendText(g.body[:0], topic), c.ref)
	b = append(c.properties(b), text...)
	g.packet(c, from, 0x32, "PUBLISH", b)
	g.body = b
	g.packet(c, from^1, 0x40, "PUBACK", binary.BigEndian.AppendUint16(nil, c.ref))
	g.segment(c, from, ack, nil)
}

func (g *generator) ping(c *conn) {
	g.packet(c, 0, 0xc0, "PINGREQ", nil)
	g.packet(c, 1, 0xd0, "PINGRESP", nil)
	g.segment(c, 0, ack, nil)
}

// disconnect ends a connection in good order.
func (g *generator) disconnect(c *conn) {
	if c.kind != poller {
		g.packet(c, 0, 0xe0, "DISCONNECT", nil)
	}
	g.close(c)
}

// properties appends none of them, where the version has any.
func (c *conn) properties(b []byte) []byte {
	if c.level == 5 {
		b = append(b, 0)
	}
	return b
}

// packet sends an MQTT control packet. Those of which an exchange consists may be lost.
func (g *generator) packet(c *conn, side int, head byte, name string, body []byte) {
	b := append(make([]byte, 0, 256), head)
	n := len(body)
	for ; n > 127; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	b = append(append(b, byte(n)), body...)
	if name != "PUBLISH" && name != "PUBACK" {
		g.say(c, side, b)
	} else if !g.sayThrough(c, side, b) {
		return
	}
	g.truth.MQTT[name]++
}

func appendText(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}

// associate opens ISO-on-TCP to the controller in rack 0, slot 2, and S7 with PDUs of
// 240 bytes.
func (g *generator) associate(c *conn) {
	g.truth.ISO += 2
	tsaps := []byte{0xc0, 1, 10, 0xc1, 2, 1, 0, 0xc2, 2, 1, 2}
	g.say(c, 0, append([]byte{3, 0, 0, 22, 17, 0xe0, 0, 0, 0, 1, 0}, tsaps...))
	g.say(c, 1, append([]byte{3, 0, 0, 22, 17, 0xd0, 0, 1, 0, 4, 0}, tsaps...))
	setup := []byte{0xf0, 0, 0, 1, 0, 1, 0, 240}
	g.job(c, setup, nil)
	g.answer(c, setup, nil)
}

// poll reads 20 bytes of a data block.
func (g *generator) poll(c *conn) {
	g.job(c, []byte{4, 1, 0x12, 10, 0x10, 2, 0, 20, 0, 1, 0x84, 0, 0, 0}, nil)
	data := append([]byte{0xff, 4, 0, 160}, make([]byte, 20)...)
	binary.BigEndian.PutUint64(data[4:], g.rand.Uint64())
	g.answer(c, []byte{4, 1}, data)
	g.segment(c, 0, ack, nil)
}

// job sends a request, answer what the controller says to it.
func (g *generator) job(c *conn, param, data []byte) {
	c.ref++
	if g.s7(c, 0, 1, param, data) {
		g.truth.Jobs++
	}
}

func (g *generator) answer(c *conn, param, data []byte) {
	if g.s7(c, 1, 3, param, data) {
		g.truth.Answers++
	}
}

func (g *generator) s7(c *conn, side int, rosctr byte, param, data []byte) bool {
	b := append(g.body[:0], 3, 0, 0, 0, 2, 0xf0, 0x80, 0x32, rosctr, 0, 0)
	b = binary.BigEndian.AppendUint16(b, c.ref)
	b = binary.BigEndian.AppendUint16(b, uint16(len(param)))
	b = binary.BigEndian.AppendUint16(b, uint16(len(data)))
	if rosctr == 3 {
		b = append(b, 0, 0) // no error
	}
	b = append(append(b, param...), data...)
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	g.body = b
	if param[0] == 0xf0 { // without the set-up nothing would be known of what follows
		g.say(c, side, b)
	} else if !g.sayThrough(c, side, b) {
		return false
	}
	g.truth.ISO++
	return true
}
