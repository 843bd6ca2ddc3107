package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"plcscope/mqtt"
)

// A faulty client says what a broken function block says, byte by byte, to a real
// broker. Its methods end by a panic with a failure, as those of a station.
type faulty struct {
	id      string
	port    int   // the broker's
	link    *link // to a broker far away
	version mqtt.Version
	conn    net.Conn
	r       *bufio.Reader
	at      []string // its end of each connection, as the report shows it
}

func (f *faulty) dial() *faulty {
	c, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(f.port)))
	if err != nil {
		panic(failure{f.id + ": " + err.Error()})
	}
	f.conn, f.r = c, bufio.NewReader(c)
	f.at = append(f.at, c.LocalAddr().String())
	return f
}

// says sends bytes. The broker may have closed before: that is its right.
func (f *faulty) says(packets ...[]byte) *faulty {
	for _, b := range packets {
		f.conn.Write(b)
	}
	return f
}

// hears reads packets, which must be of these types.
func (f *faulty) hears(types ...mqtt.PacketType) *faulty {
	f.conn.SetReadDeadline(time.Now().Add(patience))
	for _, want := range types {
		if got, err := f.read(); err != nil || got != want {
			panic(failure{fmt.Sprintf("%s: the broker says %v (%v), want %v", f.id, got, err, want)})
		}
	}
	return f
}

func (f *faulty) read() (mqtt.PacketType, error) {
	first, err := f.r.ReadByte()
	if err != nil {
		return 0, err
	}
	length, shift := 0, 0
	for more := true; more; shift += 7 {
		b, err := f.r.ReadByte()
		if err != nil {
			return 0, err
		}
		length |= int(b&0x7F) << shift
		more = b&0x80 != 0
	}
	_, err = f.r.Discard(length)
	return mqtt.PacketType(first >> 4), err
}

// until reads what comes until the broker closes, or for that long.
func (f *faulty) until(d time.Duration) *faulty {
	f.conn.SetReadDeadline(time.Now().Add(d))
	io.Copy(io.Discard, f.r)
	return f
}

func (f *faulty) waits(d time.Duration) *faulty {
	time.Sleep(d)
	return f
}

// leaves closes the TCP connection without DISCONNECT.
func (f *faulty) leaves() {
	f.conn.Close()
}

func (f *faulty) bye() {
	f.says(f.packet(mqtt.DISCONNECT))
	f.until(time.Second)
	f.leaves()
}

func (f *faulty) packet(kind mqtt.PacketType, change ...func(*mqtt.Packet)) []byte {
	p := &mqtt.Packet{Type: kind, Version: f.version}
	p.SetFlags(kind.FixedFlags())
	for _, c := range change {
		c(p)
	}
	b, err := p.Append(nil)
	if err != nil {
		panic(failure{f.id + ": " + err.Error()})
	}
	return b
}

func (f *faulty) connect(change ...func(*mqtt.Packet)) []byte {
	return f.packet(mqtt.CONNECT, append([]func(*mqtt.Packet){func(p *mqtt.Packet) {
		p.Connect.KeepAlive, p.Connect.ClientID = 60, []byte(f.id)
		p.Connect.SetCleanSession(true)
	}}, change...)...)
}

func (f *faulty) login(change ...func(*mqtt.Packet)) *faulty {
	return f.says(f.connect(change...)).hears(mqtt.CONNACK)
}

func (f *faulty) publish(payload string, qos mqtt.QoS, id uint16, change ...func(*mqtt.Packet)) []byte {
	return f.packet(mqtt.PUBLISH, append([]func(*mqtt.Packet){func(p *mqtt.Packet) {
		p.Topic, p.Payload, p.QoS = []byte("deviations/"+f.id), []byte(payload), qos
		p.ID, p.HasID = id, qos > 0
	}}, change...)...)
}

func (f *faulty) ack(kind mqtt.PacketType, id uint16) []byte {
	return f.packet(kind, func(p *mqtt.Packet) { p.ID, p.HasID = id, true })
}

// subscribe asks for the client's own messages.
func (f *faulty) subscribe(qos byte) []byte {
	return f.packet(mqtt.SUBSCRIBE, func(p *mqtt.Packet) {
		p.ID, p.HasID = 1, true
		p.Filters = []mqtt.Filter{{Filter: []byte("deviations/" + f.id), Options: qos}}
	})
}

func (f *faulty) ping() *faulty {
	return f.says(f.packet(mqtt.PINGREQ)).hears(mqtt.PINGRESP)
}

// surplus puts bytes behind the last field of a short packet.
func surplus(packet []byte, b ...byte) []byte {
	packet[1] += byte(len(b))
	return append(packet, b...)
}

func dup(p *mqtt.Packet)  { p.Dup = true }
func kept(p *mqtt.Packet) { p.Connect.SetCleanSession(false) }

func connectFlags(b byte) func(*mqtt.Packet) { return func(p *mqtt.Packet) { p.Connect.Flags = b } }

func named(id string) func(*mqtt.Packet) {
	return func(p *mqtt.Packet) { p.Connect.ClientID = []byte(id) }
}
