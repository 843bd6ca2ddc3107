package flows_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
)

// record keeps what a tracker tells, one line each, by direction: how the two
// directions interleave is not the same under every hazard.
type record struct {
	flows.Ignore
	messages [2][]string
	whole    [2]int
	gaps     int
	unframed uint64
	opened   int
	closed   int
	frames   [][]uint64
}

func (r *record) Opened(*flows.Connection) { r.opened++ }

func (r *record) Message(m *flows.Message) {
	d := 1
	if m.FromClient {
		d = 0
	}
	if m.Skipped > 0 {
		r.gaps++
		return
	}
	r.whole[d] += len(m.Bytes)
	r.messages[d] = append(r.messages[d], hex.EncodeToString(m.Bytes))
	r.frames = append(r.frames, append([]uint64(nil), m.Frames...))
}

func (r *record) Gap(*flows.Gap) { r.gaps++ }

func (r *record) Closed(c *flows.Connection) {
	r.closed++
	r.unframed += c.Unframed[0] + c.Unframed[1]
	for d := range 2 {
		if have, _ := c.Pending(c.ClientDir()); d == 0 && have > 0 {
			r.unframed += uint64(have)
		}
	}
}

func track(t testing.TB, frames []pcaps.Frame) *record {
	t.Helper()
	r := new(record)
	if _, err := flows.Analyse(context.Background(), craft.Open(frames), flows.Config{}, r); err != nil {
		t.Fatal(err)
	}
	if r.opened != r.closed {
		t.Errorf("%d connections opened, %d closed", r.opened, r.closed)
	}
	return r
}

func packet(v mqtt.Version, kind mqtt.PacketType, change func(p *mqtt.Packet)) []byte {
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

// mqttTalk is an ordinary conversation: what the client and the server send.
func mqttTalk(v mqtt.Version) (client, server [][]byte) {
	id := func(n uint16) func(*mqtt.Packet) {
		return func(p *mqtt.Packet) { p.ID, p.HasID = n, true }
	}
	publish := func(q mqtt.QoS, n uint16, payload string) func(*mqtt.Packet) {
		return func(p *mqtt.Packet) {
			p.Topic, p.Payload, p.QoS = []byte("plant/3/level"), []byte(payload), q
			if q > 0 {
				p.ID, p.HasID = n, true
			}
		}
	}
	long := ""
	for i := range 40 {
		long += fmt.Sprintf(`{"v":%d},`, i)
	}
	client = [][]byte{
		packet(v, mqtt.CONNECT, func(p *mqtt.Packet) {
			p.Connect.ClientID, p.Connect.KeepAlive = []byte("plc7"), 60
			p.Connect.SetWill([]byte("plc7/status"), []byte("offline"), 1, true)
		}),
		packet(v, mqtt.SUBSCRIBE, func(p *mqtt.Packet) {
			p.ID, p.HasID = 1, true
			p.Filters = []mqtt.Filter{{Filter: []byte("plc7/cmd/#"), Options: 1}, {Filter: []byte("all"), Options: 0}}
		}),
		packet(v, mqtt.PUBLISH, publish(0, 0, `{"t":1}`)),
		packet(v, mqtt.PUBLISH, publish(1, 2, long)),
		packet(v, mqtt.PUBLISH, publish(2, 3, "x")),
		packet(v, mqtt.PUBREL, id(3)),
		packet(v, mqtt.PUBACK, id(9)),
		packet(v, mqtt.PINGREQ, nil),
		packet(v, mqtt.DISCONNECT, nil),
	}
	server = [][]byte{
		packet(v, mqtt.CONNACK, nil),
		packet(v, mqtt.SUBACK, func(p *mqtt.Packet) { p.ID, p.HasID, p.Codes = 1, true, []byte{1, 0} }),
		nil,
		packet(v, mqtt.PUBACK, id(2)),
		packet(v, mqtt.PUBREC, id(3)),
		packet(v, mqtt.PUBCOMP, id(3)),
		packet(v, mqtt.PUBLISH, publish(1, 9, "start")),
		packet(v, mqtt.PINGRESP, nil),
		nil,
	}
	return client, server
}

// s7Talk reads three items over S7comm and gets them.
func s7Talk() (client, server [][]byte) {
	h := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			panic(err)
		}
		return b
	}
	client = [][]byte{
		h("0300001611e00000000100c0010ac1020100c2020101"),
		h("0300001902f08032010000000000080000f0000001000101e0"),
		h("0300000702f000"),
		h("0300001f02f080320100000100000e00000401120a10020001000082000008"),
		h("0300002402f080320100000200000e00050501120a100200010000820000080004000808"),
	}
	server = [][]byte{
		h("0300001611d00001000100c0010ac1020100c2020101"),
		h("0300001b02f080320300000000000800000000f0000001000100f0"),
		nil,
		h("0300001a02f0803203000001000002000500000401ff04000800"),
		h("0300001602f0803203000002000002000100000501ff"),
	}
	return client, server
}

// script is what is said on a connection to a port, and what each side writes
// when that is not the same.
type script struct {
	name           string
	port           string
	client, server [][]byte
	wire           func(s script) (client, server [][]byte)
}

// written is what goes over the wire, entry by entry.
func (s script) written() (client, server [][]byte) {
	if s.wire != nil {
		return s.wire(s)
	}
	return s.client, s.server
}

func scripts() []script {
	var l []script
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
		c, s := mqttTalk(v)
		l = append(l, script{name: "MQTT " + v.String(), port: "1883", client: c, server: s})
		l = append(l, script{name: "MQTT " + v.String() + " on an unusual port", port: "18830", client: c, server: s})
		l = append(l, script{name: "WebSocket " + v.String(), port: "9001", client: c, server: s, wire: overWebSocket})
	}
	c, s := s7Talk()
	return append(l, script{name: "S7", port: "102", client: c, server: s}, script{name: "S7 on an unusual port", port: "10102", client: c, server: s})
}

func (s script) frames(opts ...craft.Option) []pcaps.Frame {
	c := craft.New()
	n := c.Connect(craft.Host("10.0.0.5:2000"), craft.Host("10.0.0.1:"+s.port), opts...)
	client, server := s.written()
	for i := range client {
		n.Client(client[i])
		if server[i] != nil {
			n.Server(server[i])
		}
		n.After(100 * time.Millisecond)
	}
	n.FIN(true)
	return n.Frames()
}

func lines(l [][]byte) (out []string) {
	for _, b := range l {
		if b != nil {
			out = append(out, hex.EncodeToString(b))
		}
	}
	return out
}

func TestMessagesOfAConversation(t *testing.T) {
	for _, s := range scripts() {
		r := track(t, s.frames())
		if d := cmp.Diff([2][]string{lines(s.client), lines(s.server)}, r.messages); d != "" {
			t.Errorf("%s: (-want +got)\n%s", s.name, d)
		}
		if r.gaps != 0 || r.unframed != 0 {
			t.Errorf("%s: %d gaps, %d bytes unframed", s.name, r.gaps, r.unframed)
		}
	}
}

// TestCutAnywhere cuts the client's stream, all of its messages in a row, into
// two segments at every byte.
func TestCutAnywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	for _, s := range scripts() {
		client, _ := s.written()
		stream := craft.Coalesce(client...)
		for i := 1; i < len(stream); i++ {
			n := craft.New().Connect(craft.Host("10.0.0.5:2000"), craft.Host("10.0.0.1:"+s.port))
			n.ClientSegments([]int{i}, stream)
			n.FIN(true)
			r := track(t, n.Frames())
			if d := cmp.Diff(lines(s.client), r.messages[0]); d != "" {
				t.Fatalf("%s, cut at byte %d: (-want +got)\n%s", s.name, i, d)
			}
			if r.gaps != 0 || r.unframed != 0 {
				t.Fatalf("%s, cut at byte %d: %d gaps, %d bytes unframed", s.name, i, r.gaps, r.unframed)
			}
		}
	}
}

// TestHazards demands the same messages under every hazard that loses nothing,
// and otherwise a part of them in order, with the loss told.
func TestHazards(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	for _, s := range scripts() {
		for _, h := range craft.Hazards() {
			t.Run(s.name+"/"+h.Name, func(t *testing.T) {
				r := track(t, h.Apply(s.frames()))
				want := [2][]string{lines(s.client), lines(s.server)}
				if !h.Lossy {
					if d := cmp.Diff(want, r.messages); d != "" {
						t.Errorf("(-want +got)\n%s", d)
					}
					return
				}
				missing := 0
				for d := range want {
					if !subsequence(r.messages[d], want[d]) {
						t.Errorf("direction %d: messages that were not sent\n%s", d, cmp.Diff(want[d], r.messages[d]))
					}
					missing += len(want[d]) - len(r.messages[d])
				}
				if missing > 0 && r.gaps == 0 && r.unframed == 0 && !oneSided(r) {
					t.Errorf("%d messages are missing and no gap was told", missing)
				}
			})
		}
	}
}

func oneSided(r *record) bool { return len(r.messages[0]) == 0 || len(r.messages[1]) == 0 }

func subsequence(got, of []string) bool {
	i := 0
	for _, g := range got {
		for i < len(of) && of[i] != g {
			i++
		}
		if i == len(of) {
			return false
		}
		i++
	}
	return true
}

// TestFramesOfAMessage follows a message over several segments back to its frames.
func TestFramesOfAMessage(t *testing.T) {
	_, server := mqttTalk(mqtt.V311)
	client, _ := mqttTalk(mqtt.V311)
	n := craft.New().Connect(craft.Host("10.0.0.5:2000"), craft.Host("10.0.0.1:1883"))
	n.Client(client[0]) // frames 4 and 5, after the handshake
	n.Server(server[0]) // 6 and 7
	n.ClientSegments([]int{10, 20}, client[3])
	r := track(t, n.Frames())
	last := r.frames[len(r.frames)-1]
	if len(last) != 3 || last[0] != 8 || last[2] <= last[1] {
		t.Errorf("frames %v, want three from 8 on", last)
	}
}
