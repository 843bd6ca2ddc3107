package index_test

import (
	"context"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"plcscope/flows"
	"plcscope/flows/index"
)

// resident is the memory of this process that is in use, in bytes; 0 where nobody tells.
func resident() int {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, _ := strconv.Atoi(strings.Fields(rest)[0])
			return n << 10
		}
	}
	return 0
}

// TestBig measures a large capture, which PLCSCOPE_BIG names: the traffic of
// bench/trafficgen, for instance.
func TestBig(t *testing.T) {
	name := os.Getenv("PLCSCOPE_BIG")
	if name == "" {
		t.Skip("PLCSCOPE_BIG names no capture")
	}
	src := opened(t, name)
	defer src.Close()
	runtime.GC()
	ix, b := index.New(src, index.Options{})
	defer ix.Close()
	start := time.Now()
	if _, err := b.Build(context.Background(), flows.Config{}); err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	peak := resident()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	t.Logf("%d frames, %d messages, %d connections, %d sessions, %d topics in %v; resident %d MB, heap %d MB after collection, %d B a frame",
		ix.Frames(), ix.Messages(), len(ix.Conns(nil)), len(ix.Sessions(nil)), len(ix.Topics(nil)), took,
		peak>>20, m.HeapAlloc>>20, m.HeapAlloc/uint64(ix.Frames()))
	r := ix.NewReader()
	defer r.Close()
	rnd := rand.New(rand.NewPCG(1, 2))
	slowest := func(what string, n int, do func()) {
		took := make([]time.Duration, n)
		for i := range took {
			start := time.Now()
			do()
			took[i] = time.Since(start)
		}
		slices.Sort(took)
		most := took[n-1-n/100] // others may use the machine
		t.Logf("%s: median %v, 99 of 100 within %v, slowest %v", what, took[n/2], most, took[n-1])
		if most > 50*time.Millisecond {
			t.Errorf("%s took %v", what, most)
		}
	}
	slowest("headers of any frame", 2000, func() {
		if _, _, err := r.Headers(1 + rnd.Uint32N(ix.Frames())); err != nil {
			t.Fatal(err)
		}
	})
	slowest("any message", 2000, func() {
		if _, err := r.Message(1 + rnd.Uint32N(ix.Messages())); err != nil {
			t.Fatal(err)
		}
	})
	slowest("a screen of 50 frames", 200, func() {
		n := 1 + rnd.Uint32N(ix.Frames()-50)
		for i := range uint32(50) {
			if _, _, err := r.Headers(n + i); err != nil {
				t.Fatal(err)
			}
		}
	})
	var list []uint32
	slowest("messages of a connection", 200, func() {
		list = ix.MessagesOf(rnd.Uint32N(uint32(len(ix.Conns(nil)))), list[:0], 0)
	})
	slowest("frames of a connection", 200, func() {
		list = ix.FramesOf(rnd.Uint32N(uint32(len(ix.Conns(nil)))), list[:0], 0)
	})
	start = time.Now()
	bad := 0
	for n := range ix.Messages() {
		if _, err := r.Bytes(n + 1); err != nil {
			bad++
		}
	}
	t.Logf("all messages again: %v, %d not", time.Since(start), bad)
	start = time.Now()
	hits := 0
	if _, err := r.Search(context.Background(), index.InFrames, 1, ix.Frames(), index.Text("no such text"), func(uint32, int) bool { hits++; return true }); err != nil {
		t.Fatal(err)
	}
	t.Logf("search through all frames: %v", time.Since(start))
	for _, text := range []string{"tcp.flags.reset == 1", "frame.len > 1000", `mqtt.topic contains "1"`, "mqtt.qos == 1 and ip.src == 10.0.0.0/8", "s7comm.param.func == 4"} {
		start = time.Now()
		s := index.NewSelection()
		if err := ix.Filter(context.Background(), compiled(t, text), nil, s, true); err != nil {
			t.Fatal(err)
		}
		t.Logf("filter %s: %d frames in %v", text, s.Len(), time.Since(start))
	}
	t.Logf("resident in the end: %d MB", resident()>>20)
}
