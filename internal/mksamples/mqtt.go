package main

import "plcscope/mqtt"

// encode returns a packet as bytes, right or wrong as it is.
func encode(p mqtt.Packet) []byte {
	if p.Version == 0 {
		p.Version = mqtt.V31
	}
	b, err := p.Append(nil)
	if err != nil {
		panic(err)
	}
	return b
}

// Connect flags.
const (
	clean        = 0x02
	will         = 0x04
	willQoS1     = 0x08
	willQoS3     = 0x18
	willRetain   = 0x20
	withPassword = 0x40
	withUser     = 0x80
)

// login is a CONNECT as the PLC's program fills it in: what it announces in the
// flags and what it appends are two things.
type login struct {
	id             string
	flags          byte
	will           [2]string // topic and message
	user, password string
	keepAlive      uint16 // seconds; 0 means 60
	version        mqtt.Version
}

func (l login) bytes() []byte {
	p := mqtt.Packet{Type: mqtt.CONNECT, Version: mqtt.V31}
	c := &p.Connect
	c.ProtocolName, c.Level = []byte("MQIsdp"), 3
	if l.version == mqtt.V311 {
		p.Version, c.ProtocolName, c.Level = mqtt.V311, []byte("MQTT"), 4
	}
	c.Flags, c.KeepAlive, c.ClientID = l.flags, l.keepAlive, []byte(l.id)
	if c.KeepAlive == 0 {
		c.KeepAlive = 60
	}
	c.HasWill = l.will[0] != ""
	c.WillTopic, c.WillMessage = []byte(l.will[0]), []byte(l.will[1])
	c.HasUserName, c.UserName = l.user != "", []byte(l.user)
	c.HasPassword, c.Password = l.password != "", []byte(l.password)
	return encode(p)
}

func connack(code mqtt.ReasonCode) []byte {
	return encode(mqtt.Packet{Type: mqtt.CONNACK, Code: code})
}

func publish(qos mqtt.QoS, id uint16, topic, payload string) []byte {
	return encode(mqtt.Packet{Type: mqtt.PUBLISH, QoS: qos, ID: id, HasID: qos > 0, Topic: []byte(topic), Payload: []byte(payload)})
}

// again is a PUBLISH with the DUP flag.
func again(b []byte) []byte {
	c := append([]byte(nil), b...)
	c[0] |= 8
	return c
}

func retained(b []byte) []byte {
	c := append([]byte(nil), b...)
	c[0] |= 1
	return c
}

func subscribe(id uint16, filter string, qos byte) []byte {
	return encode(mqtt.Packet{Type: mqtt.SUBSCRIBE, Flags: 2, ID: id, HasID: true, Filters: []mqtt.Filter{{Filter: []byte(filter), Options: qos}}})
}

func suback(id uint16, codes ...byte) []byte {
	return encode(mqtt.Packet{Type: mqtt.SUBACK, ID: id, HasID: true, Codes: codes})
}

// answer is one of the packets that hold nothing but an identifier.
func answer(t mqtt.PacketType, id uint16) []byte {
	p := mqtt.Packet{Type: t, ID: id, HasID: true}
	if t == mqtt.PUBREL {
		p.Flags = 2
	}
	return encode(p)
}

var (
	pingreq    = encode(mqtt.Packet{Type: mqtt.PINGREQ})
	pingresp   = encode(mqtt.Packet{Type: mqtt.PINGRESP})
	disconnect = encode(mqtt.Packet{Type: mqtt.DISCONNECT})
)
