package main

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"runtime"
	"testing"
	"time"

	"plcscope/flows"
	"plcscope/flows/tcp"
	"plcscope/mqtt"
	"plcscope/outlet"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/rules"
)

// churn is a source of connections that come and go, or do not go.
type churn struct {
	t     testing.TB
	count int                     // of connections
	every time.Duration           // between their beginnings
	say   func(n int) *craft.Conn // connection n; its frames begin at a noon
	look  func(n int)             // called now and then
	next  int
	frame uint64
}

func (c *churn) Next(b *pcaps.Batch) error {
	b.Reset(1 << 20)
	for range 32 {
		if c.next == c.count {
			break
		}
		for _, f := range c.say(c.next).Frames() {
			x := b.Add(len(f.Data))
			if x == nil {
				c.t.Fatal("a batch is too small")
			}
			data := x.Data
			copy(data, f.Data)
			c.frame++
			*x = f
			x.Data, x.Number = data, c.frame
			x.Time += int64(c.next) * int64(c.every)
		}
		c.next++
		if c.next%(c.count/20) == 0 {
			c.look(c.next)
		}
	}
	if len(b.Frames) == 0 {
		return io.EOF
	}
	return nil
}

func (c *churn) Close() error { return nil }

func sure(t testing.TB, p mqtt.Packet) []byte {
	t.Helper()
	p.Version = mqtt.V311
	b, err := p.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// inUse is the memory in use after a collection, in bytes.
func inUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// soaked runs a live analysis over a source, with a consumer of events, and returns the
// sizes of the heap on the way, and the last counts.
func soaked(t testing.TB, src *churn, connections int) (sizes []uint64, m *monitor, last flows.Totals) {
	t.Helper()
	s := &site{file: "none"}
	if err := s.load(catalogue()); err != nil {
		t.Fatal(err)
	}
	m = newMonitor(&monitor{in: &input{}, site: s, judge: &judging{keep: 10, subjects: 2_000}, out: &reports{format: "text"}, trail: &audit{}, least: rules.Error})
	m.outlets = append(m.outlets, consumer{Outlet: outlet.New("test", &outlet.Stream{W: io.Discard}, m.trouble)})
	src.look = func(int) {
		m.do(func(x *flows.Totals) { last = *x })
		sizes = append(sizes, inUse())
	}
	m.tap = newTap(src, nil, 0)
	cfg := flows.Config{Tracker: flows.Options{TCP: tcp.Options{MaxConnections: connections}}}
	observers, err := m.observers(&cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.run(context.Background(), cfg, observers, &liveReports{reports: m.out, stdout: io.Discard}, &liveFlags{}, &capturing{}); err != nil {
		t.Fatal(err)
	}
	m.closeOutlets()
	return sizes, m, last
}

// TestLiveSoak lets connections come and go, half of which are never closed: memory is
// what is open at one time, whatever has been before, and no goroutine is left behind.
// PLCSCOPE_SOAK=1 makes it 50,000 connections.
func TestLiveSoak(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	n, ids := 4_000, 100
	if os.Getenv("PLCSCOPE_SOAK") != "" {
		n, ids = 50_000, 1_000
	}
	_, _, done := operatorSignals() // which begins a goroutine that stays
	done()
	before := runtime.NumGoroutine()
	ack, bye := sure(t, mqtt.Packet{Type: mqtt.CONNACK}), sure(t, mqtt.Packet{Type: mqtt.DISCONNECT})
	src := &churn{t: t, count: n, every: 24 * time.Hour / time.Duration(n), say: func(i int) *craft.Conn {
		id := i % ids
		client := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(id >> 8), byte(id)}), uint16(2000+i/ids))
		c := craft.New().Connect(client, craft.Host("10.0.0.1:1883")).
			Client(sure(t, mqtt.Packet{Type: mqtt.CONNECT, Connect: mqtt.Connect{Flags: 2, ClientID: fmt.Appendf(nil, "plc-%d", id), KeepAlive: 60}})).
			Server(ack)
		for id := range uint16(3) {
			c.Client(sure(t, mqtt.Packet{Type: mqtt.PUBLISH, Flags: 2, QoS: 1, ID: id + 1, Topic: []byte("plant/a"), Payload: fmt.Appendf(nil, "%d", i)})).
				Server(sure(t, mqtt.Packet{Type: mqtt.PUBACK, ID: id + 1}))
		}
		if i%2 == 0 {
			c.Client(bye).FIN(craft.ByClient)
		}
		return c
	}}
	sizes, m, last := soaked(t, src, 100_000)
	// Idle connections live for three hours of the 24, and histograms of latencies are made
	// when a client has sent a few dozen messages: after that, nothing grows.
	early, late := sizes[len(sizes)/2], sizes[len(sizes)-1]
	t.Logf("heap after a half %.1f MB, at the end %.1f MB; %d connections open, %d forgotten, %d events", mb(early), mb(late), last.Flows.TCP.Connections, last.Flows.TCP.ClosedIdle, m.log.Told())
	if late > early+early/10+1<<20 {
		t.Errorf("the heap grows: %d", sizes)
	}
	if open := last.Flows.TCP.Connections; open > n/2/8+n/100 || open < n/2/9 {
		t.Errorf("%d connections are open", open)
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}

func mb(n uint64) float64 { return float64(n) / (1 << 20) }

// TestLiveFlood opens far more connections and brings far more client identifiers than
// there is room for: the bounds hold, and what had to make room is counted.
func TestLiveFlood(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	n := 20_000
	if os.Getenv("PLCSCOPE_SOAK") != "" {
		n = 200_000
	}
	ack := sure(t, mqtt.Packet{Type: mqtt.CONNACK})
	src := &churn{t: t, count: n, every: time.Millisecond, say: func(i int) *craft.Conn {
		client := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(i >> 14), byte(i >> 6)}), uint16(2000+i%64))
		c := craft.New().Connect(client, craft.Host("10.0.0.1:1883"))
		if i%2 == 0 { // the others stay silent
			c.Client(sure(t, mqtt.Packet{Type: mqtt.CONNECT, Connect: mqtt.Connect{ClientID: fmt.Appendf(nil, "intruder-%d", i), KeepAlive: 60}})).Server(ack)
		}
		return c
	}}
	const room = 2_000
	sizes, m, last := soaked(t, src, room)
	t.Logf("%d connections: heap %.1f MB in the middle, %.1f MB at the end; %d evicted, %d subjects beyond the bound",
		n, mb(sizes[len(sizes)/2]), mb(sizes[len(sizes)-1]), last.Flows.TCP.ClosedFull, m.counts(&last).Bounds.Subjects)
	if last.Flows.TCP.Peak > room {
		t.Errorf("%d connections at one time", last.Flows.TCP.Peak)
	}
	if got, want := last.Flows.TCP.ClosedFull, uint64(n-room); got < want-want/10 {
		t.Errorf("%d connections are counted as forgotten, want about %d", got, want)
	}
	if c := m.counts(&last); c.Bounds.Subjects == 0 {
		t.Error("nobody counts clients beyond the bound")
	}
}
