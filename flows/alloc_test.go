package flows_test

import (
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/rules/mqttrules"
)

// steady is a PLC that publishes at every QoS and is polled over S7comm, some
// messages cut across segments and some captured out of order.
func steady(rounds int) []pcaps.Frame {
	return steadyOver("1883", func(_ bool, b []byte) []byte { return b }, rounds)
}

// steadyOver is steady with every MQTT packet wrapped.
func steadyOver(port string, wrap func(client bool, b []byte) []byte, rounds int) []pcaps.Frame {
	c := craft.New()
	m := c.Connect(craft.Host("10.0.0.5:2000"), craft.Host("10.0.0.1:"+port))
	packet := func(v mqtt.Version, kind mqtt.PacketType, change func(p *mqtt.Packet)) []byte {
		return wrap(kind == mqtt.PUBLISH || kind == mqtt.PUBREL, packet(v, kind, change))
	}
	if port != "1883" {
		m.Client(get("mqtt")).Server(switching("mqtt"))
	}
	s := c.Connect(craft.Host("10.0.0.9:3000"), craft.Host("10.0.0.5:102"))
	client, server := mqttTalk(mqtt.V311)
	m.Client(wrap(true, client[0])).Server(wrap(false, server[0]))
	cs, ss := s7Talk()
	for i := range 2 {
		s.Client(cs[i]).Server(ss[i])
	}
	for i := range rounds {
		id := uint16(i%1000 + 1)
		with := func(q mqtt.QoS, payload string) func(p *mqtt.Packet) {
			return func(p *mqtt.Packet) {
				p.Topic, p.Payload, p.QoS = []byte("plant/3/level"), []byte(payload), q
				p.ID, p.HasID = id, q > 0
			}
		}
		ack := func(p *mqtt.Packet) { p.ID, p.HasID = id, true }
		value := fmt.Sprintf(`{"n":%d,"v":%d}`, i, i*7)
		m.Client(packet(mqtt.V311, mqtt.PUBLISH, with(0, value)))
		m.ClientSegments([]int{9}, packet(mqtt.V311, mqtt.PUBLISH, with(1, value)))
		m.Server(packet(mqtt.V311, mqtt.PUBACK, ack))
		m.Client(packet(mqtt.V311, mqtt.PUBLISH, with(2, value)))
		m.Server(packet(mqtt.V311, mqtt.PUBREC, ack))
		m.Client(packet(mqtt.V311, mqtt.PUBREL, ack))
		m.Server(packet(mqtt.V311, mqtt.PUBCOMP, ack))
		ref := hex.EncodeToString([]byte{byte(id >> 8), byte(id)})
		job, _ := hex.DecodeString("0300001f02f08032010000" + ref + "000e00000401120a10020001000082000008")
		answer, _ := hex.DecodeString("0300001a02f08032030000" + ref + "000200050000" + "0401ff04000800")
		s.Client(job).Server(answer)
		c.After(100 * time.Millisecond)
	}
	return craft.Reorder(0.1, 1)(c.Frames())
}

// TestSteadyPathAllocatesNothing holds the way from frame to verdict to its
// promise: once the connections are known, packets cost no memory.
func TestSteadyPathAllocatesNothing(t *testing.T) { testAllocatesNothing(t, steady(3000)) }

// TestWebSocketPathAllocatesNothing holds it for packets in frames, too.
func TestWebSocketPathAllocatesNothing(t *testing.T) {
	testAllocatesNothing(t, steadyOver("9001", binary, 3000))
}

func testAllocatesNothing(t *testing.T, frames []pcaps.Frame) {
	t.Helper()
	engine := mqttrules.New(mqttrules.Options{})
	tracker := flows.New(flows.Options{}, engine)
	dec := decode.New(decode.Options{})
	var s decode.Segment
	next := 0
	step := func(n int) {
		for range n {
			if dec.Decode(&frames[next], &s) {
				tracker.Add(&s)
			}
			next++
		}
	}
	step(len(frames) / 2)
	const each = 1000
	runs := (len(frames)-next)/each - 1
	if got := testing.AllocsPerRun(runs-1, func() { step(each) }); got > 0 {
		t.Errorf("%v allocations for %d packets, want none", got, each)
	}
	tracker.Flush()
	for _, f := range engine.Book().Findings() {
		t.Errorf("frame %d: %s: %s", f.Frame, f.Rule.ID, f.Detail)
	}
}

// BenchmarkSteadyPath measures the way from frame to verdict for one packet.
func BenchmarkSteadyPath(b *testing.B) { benchmarkPath(b, steady(3000)) }

// BenchmarkWebSocketPath measures it with the packets in frames.
func BenchmarkWebSocketPath(b *testing.B) { benchmarkPath(b, steadyOver("9001", binary, 3000)) }

func benchmarkPath(b *testing.B, frames []pcaps.Frame) {
	b.ReportAllocs()
	dec := decode.New(decode.Options{})
	var s decode.Segment
	var tracker *flows.Tracker
	next := len(frames)
	for b.Loop() {
		if next == len(frames) {
			tracker = flows.New(flows.Options{}, mqttrules.New(mqttrules.Options{}))
			next = 0
		}
		if dec.Decode(&frames[next], &s) {
			tracker.Add(&s)
		}
		next++
	}
}
