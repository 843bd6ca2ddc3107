package gen

import (
	"bytes"
	"context"
	"os"
	"runtime"
	"runtime/pprof"
	"sync/atomic"
	"testing"
	"time"

	"plcscope/flows"
	"plcscope/flows/delivery"
	"plcscope/pcaps"
	"plcscope/rules/mqttrules"
)

// atEnd calls a function before it tells the end of a capture: all connections are
// still open then.
type atEnd struct {
	*pcaps.Capture
	analysed *atomic.Int64 // batches
	read     int64
	call     func()
}

func (s *atEnd) Next(b *pcaps.Batch) error {
	err := s.Capture.Next(b)
	if err != nil {
		for s.analysed.Load() < s.read {
			time.Sleep(time.Millisecond)
		}
		s.call()
	}
	s.read++
	return err
}

// idleConnections is what the observers and the tracker keep, in bytes of a connection,
// of n MQTT clients that are connected and silent.
func idleConnections(t testing.TB, n int, observers ...flows.Observer) float64 {
	t.Helper()
	var file bytes.Buffer
	if _, err := Write(&file, Plan{Idle: n, Pings: 1}); err != nil {
		t.Fatal(err)
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	c, err := pcaps.NewReader(&file, "idle", pcaps.Options{})
	if err != nil {
		t.Fatal(err)
	}
	before, after := heap(), uint64(0)
	var analysed atomic.Int64
	src := &atEnd{Capture: c, analysed: &analysed, call: func() {
		after = heap()
		if name := os.Getenv("PLCSCOPE_HEAP"); name != "" { // for go tool pprof -inuse_space
			if f, err := os.Create(name); err == nil {
				pprof.Lookup("heap").WriteTo(f, 0)
				f.Close()
			}
		}
	}}
	totals, err := flows.Analyse(context.Background(), src, flows.Config{Batch: func() { analysed.Add(1) }}, observers...)
	if err != nil {
		t.Fatal(err)
	}
	if totals.Flows.TCP.Peak != n {
		t.Fatalf("%d connections were open at a time, want %d", totals.Flows.TCP.Peak, n)
	}
	runtime.KeepAlive(&file)
	return (float64(after) - float64(before)) / float64(n)
}

// BenchmarkIdleConnection tells how many bytes 100,000 idle connections take, each, by
// who keeps them.
func BenchmarkIdleConnection(b *testing.B) {
	for name, observers := range map[string]func() []flows.Observer{
		"tracker": func() []flows.Observer { return nil },
		"rules":   func() []flows.Observer { return []flows.Observer{mqttrules.New(mqttrules.Options{})} },
		"audit":   func() []flows.Observer { return []flows.Observer{delivery.New(delivery.Options{})} },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.ReportMetric(idleConnections(b, 100_000, observers()...), "B/connection")
			}
		})
	}
}

// TestIdleConnectionsAreSmall: what a connection costs the tracker.
func TestIdleConnectionsAreSmall(t *testing.T) {
	if got := idleConnections(t, 20_000); got > 1400 {
		t.Errorf("an idle connection takes %.0f bytes", got)
	}
}
