package main

import (
	"fmt"
	"strings"
	"time"

	"plcscope/mqtt"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
)

// script makes a capture and notes which frame shows what.
type script struct {
	*craft.Capture
	port  int
	notes strings.Builder
}

// note says of the next frame what is wrong with it, under the name of the
// deviation.
func (s *script) note(deviation, text string) {
	fmt.Fprintf(&s.notes, "%d\t%s\t%s\n", len(s.Frames())+1, deviation, text)
}

const broker = "192.168.10.2:1883"

// connect opens the next TCP connection of a PLC, which waits 5 s before.
func (s *script) connect(host string) *craft.Conn {
	s.port++
	return s.After(5*time.Second).Connect(craft.Host(fmt.Sprintf("%s:%d", host, s.port)), craft.Host(broker), craft.RTT(4*time.Millisecond))
}

// faultyPLC is what two PLCs do wrong, in the order of an evening of commissioning.
// The first runs a function block written in SCL for MQTT 3.1, the second a
// library for 3.1.1. The broker accepts, refuses and closes as mosquitto 2 does
// when it is given the same bytes.
func faultyPLC() (frames []pcaps.Frame, notes []byte) {
	s := &script{Capture: craft.New().At(morning.Add(12 * time.Hour)), port: 1999}
	logins(s)
	oneLongConnection(s)
	shortConnections(s)
	restarts(s)
	otherPLC(s)
	return s.Frames(), []byte(s.notes.String())
}

const press = "192.168.10.17" // the first PLC

// good is the login of the press that is right.
var good = login{id: "press7", flags: withUser | withPassword | clean, user: "press7", password: "geheim"}

// logins are attempts that end before the first message.
func logins(s *script) {
	p := s.connect(press)
	s.note("D1", "first CONNECT after the data block was loaded: flags 00, though user name and password follow")
	s.note("D2", "user name and password appended, though the flags announce none")
	first := good
	first.flags = 0
	p.Client(first.bytes()).FIN(craft.ByServer)

	wrong := good
	wrong.password = "test"
	for range 2 {
		p = s.connect(press)
		p.Client(wrong.bytes())
		s.note("D9", "CONNACK refuses the password, which is tried again and again")
		p.Server(connack(5)).FIN(craft.ByServer)
	}

	p = s.connect(press)
	s.note("D4", "password without user name")
	p.Client(login{id: "press7", flags: withPassword | clean, password: "geheim"}.bytes()).FIN(craft.ByServer)

	p = s.connect(press)
	s.note("D3", "will QoS 3, out of memory that was never set")
	worse := good
	worse.flags |= will | willQoS3
	worse.will = [2]string{"plant/press7/state", "off"}
	p.Client(worse.bytes()).FIN(craft.ByServer)

	p = s.connect(press)
	s.note("D7", "empty client identifier in MQTT 3.1")
	nameless := good
	nameless.id = ""
	p.Client(nameless.bytes()).Server(connack(2)).FIN(craft.ByServer)
}

// oneLongConnection has the deviations that a broker bears.
func oneLongConnection(s *script) {
	p := s.connect(press)
	s.note("D3", "will QoS 1 without will, reserved bit set")
	odd := good
	odd.flags |= willQoS1 | 1
	p.Client(odd.bytes()).Server(connack(0))
	p.After(50 * time.Millisecond).Client(subscribe(1, "plant/press7/cmd", 1)).Server(suback(1, 1))

	for i := range 9 {
		p.After(time.Second)
		s.note("D14", "QoS 0 PUBLISH with a packet identifier, which the broker takes for payload")
		p.Client(publish(0, 0, "plant/press7/force", fmt.Sprintf("\x00\x07"+`{"force":%d,"n":%d}`, 812+i, i)))
	}
	for i := range 6 {
		p.After(time.Second)
		s.note("D15", "payload always as long as the topic variable: the JSON is cut off")
		document := fmt.Sprintf(`{"cycle":%d,"strokes":%d,"oil":{"temperature":48.5,"level":0.8}}`, 100+i, 55012+i)
		p.Client(publish(0, 0, "plant/press7/counter", document[:40]))
	}
	for range 4 {
		p.After(time.Second)
		s.note("D16", "payload begins with the header of an S7 STRING: 254 bytes at most, 18 used")
		p.Client(publish(0, 0, "plant/press7/name", "\xfe\x12press 7, hall east"))
	}
	for range 4 {
		p.After(time.Second)
		s.note("D12", "PINGREQ a second after another packet; keep alive is 60 s")
		p.Client(pingreq).Server(pingresp)
	}

	p.After(time.Second)
	s.note("D20", "second PUBLISH while the first is in flight")
	s.note("D17", "its packet identifier is that of the first")
	p.Client(craft.Coalesce(publish(1, 7, "plant/press7/stroke", `{"n":55013}`), publish(1, 7, "plant/press7/stroke", `{"n":55014}`))).
		Server(answer(mqtt.PUBACK, 7), answer(mqtt.PUBACK, 7))

	p.After(time.Second)
	s.note("D19", "DUP on a QoS 0 PUBLISH")
	p.Client(again(publish(0, 0, "plant/press7/force", `{"force":815}`)))
	p.After(time.Second)
	s.note("D19", "DUP on the first sending of a PUBLISH")
	p.Client(again(publish(1, 8, "plant/press7/stroke", `{"n":55015}`))).Server(answer(mqtt.PUBACK, 8))

	p.After(time.Second)
	p.Client(publish(2, 9, "plant/press7/order", `{"order":"B-204","parts":12}`))
	s.note("D13", "PUBREC that no PUBREL follows: a ping took its place")
	p.Server(answer(mqtt.PUBREC, 9)).After(2 * time.Second).Client(pingreq).Server(pingresp)

	p.After(time.Second)
	s.note("D13", "QoS 1 PUBLISH of the broker that is never acknowledged")
	p.Server(publish(1, 1, "plant/press7/cmd", `{"cmd":"tool change"}`)).After(10 * time.Millisecond).Client(pingreq).Server(pingresp)

	p.After(time.Second)
	s.note("D21", "PUBREL for an identifier that was never published")
	p.Client(answer(mqtt.PUBREL, 99)).Server(answer(mqtt.PUBCOMP, 99))
	p.After(time.Second)
	s.note("D26", "PUBACK for an identifier that the broker never used")
	p.Client(answer(mqtt.PUBACK, 258))

	p.After(10 * time.Second)
	s.note("D8", "second CONNECT on the connection")
	p.Client(good.bytes()).FIN(craft.ByServer)
}

// shortConnections are those that the broker closes over a single packet.
func shortConnections(s *script) {
	long := publish(0, 0, "plant/press7/log", `{"entries":["`+strings.Repeat("door open; ", 11)+`"]}`)
	// long has a Remaining Length of two bytes; the block writes only the lower.
	short := append([]byte{long[0], byte(len(long) - 3)}, long[3:]...)
	for _, c := range []struct {
		deviation, text string
		packet          []byte
	}{
		{"D17", "PUBLISH with packet identifier 0", publish(1, 0, "plant/press7/stroke", `{"n":55016}`)},
		{"D17", "SUBSCRIBE with packet identifier 0", subscribe(0, "plant/press7/cmd", 1)},
		{"D18", "PUBLISH with QoS 3", publish(3, 21, "plant/press7/stroke", `{"n":55017}`)},
		{"D18", "SUBSCRIBE that requests QoS 3", subscribe(22, "plant/press7/cmd", 3)},
		{"D28", "PUBLISH to a topic with a wildcard", publish(0, 0, "plant/+/force", `{"force":816}`)},
		{"D28", "topic with a byte that is no UTF-8: the degree sign of code page 1252", publish(0, 0, "plant/press7/oil\xb0C", "48.5")},
		{"D6", "stale bytes behind the end of a topic whose length is another's", publish(0, 0, "plant/press7\x00unter", "55018")},
	} {
		p := s.connect(press)
		p.Client(good.bytes()).Server(connack(0)).After(100 * time.Millisecond)
		s.note(c.deviation, c.text)
		p.Client(c.packet).FIN(craft.ByServer)
	}
	p := s.connect(press)
	p.Client(good.bytes()).Server(connack(0)).After(100 * time.Millisecond)
	s.note("D5", "Remaining Length in one byte, with the continuation bit that belongs to its value")
	p.Client(short).RST(craft.ByServer)
}

// restarts are what a warm restart and a broken link do to a session.
func restarts(s *script) {
	p := s.connect(press)
	s.note("D10", "PINGREQ as the first packet: the block believes that it is logged in")
	p.Client(pingreq).RST(craft.ByServer)

	p = s.connect(press) // a clean session, so that the next is known from its beginning
	p.Client(good.bytes()).Server(connack(0)).After(time.Second)
	p.Client(disconnect).FIN(craft.ByClient)

	lasting := good
	lasting.flags &^= clean
	lasting.flags |= willRetain // without a will
	p = s.connect(press)
	s.note("D4", "will retain without will")
	p.Client(lasting.bytes()).Server(connack(0)).After(time.Second)
	p.Client(publish(1, 30, "plant/press7/stroke", `{"n":55019}`)).Server(answer(mqtt.PUBACK, 30))
	p.After(time.Second)
	s.note("D19", "PUBLISH that is never acknowledged and, after the connection is lost, never sent again")
	p.Client(publish(1, 31, "plant/press7/stroke", `{"n":55020}`))
	p.After(2 * time.Second)
	s.note("D27", "the connection ends without DISCONNECT")
	p.FIN(craft.ByClient)

	p = s.connect(press)
	p.Client(lasting.bytes()).Server(connack(0)).After(time.Second)
	for i := range 3 {
		p.Client(publish(1, uint16(32+i), "plant/press7/stroke", fmt.Sprintf(`{"n":%d}`, 55021+i))).Server(answer(mqtt.PUBACK, uint16(32+i))).After(12 * time.Second)
	}
	s.note("D27", "the connection ends without DISCONNECT")
	p.RST(craft.ByClient)

	renamed := good
	renamed.id = "press7-hall-east-s7-315-2pndp"
	p = s.connect(press)
	s.note("D7", "client identifier of 29 characters in MQTT 3.1")
	p.Client(renamed.bytes()).Server(connack(0)).After(time.Second)
	p.Client(publish(0, 0, "plant/press7/force", `{"force":817}`)).After(time.Second).Client(disconnect).FIN(craft.ByClient)
}

// otherPLC is an oven whose library does not do the receiving side of QoS 2.
func otherPLC(s *script) {
	const oven = "192.168.10.23"
	p := s.connect(oven)
	p.Client(login{id: "oven3", flags: withUser | withPassword | clean, user: "oven3", password: "geheim", version: mqtt.V311}.bytes()).Server(connack(0))
	p.After(50 * time.Millisecond).Client(subscribe(1, "plant/oven3/cmd", 2)).Server(suback(1, 2))
	p.After(50 * time.Millisecond).Client(subscribe(2, "office/oven3", 1))
	s.note("D24", "SUBACK refuses the subscription; the PLC goes on as if it had it")
	p.Server(suback(2, 0x80))
	for i := range 4 {
		p.After(time.Second).Client(publish(0, 0, "plant/oven3/temperature", fmt.Sprintf(`{"zone1":%d,"zone2":%d}`, 212+i, 215-i)))
	}
	s.note("D23", "QoS 2 PUBLISH of the broker that the PLC never answers")
	p.Server(publish(2, 1, "plant/oven3/cmd", `{"setpoint":220}`))
	for i := range 3 {
		p.After(time.Second).Client(publish(0, 0, "plant/oven3/temperature", fmt.Sprintf(`{"zone1":%d,"zone2":%d}`, 216+i, 211-i)))
	}
	s.note("D25", "PUBLISH of the broker with a Remaining Length of two bytes: nothing is answered any more")
	p.Server(publish(1, 2, "plant/oven3/cmd", `{"program":[`+strings.Repeat(`{"t":60,"c":220},`, 9)+`{"t":60,"c":0}]}`))
	p.After(time.Second).Client(publish(0, 0, "plant/oven3/temperature", `{"zone1":219,"zone2":208}`))
	for range 3 {
		p.After(20 * time.Second).Client(pingreq).Server(pingresp)
	}
	p.After(5 * time.Second)
	s.note("D27", "the connection ends without DISCONNECT")
	p.RST(craft.ByClient)
}
