package tui_test

import (
	"context"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"

	"plcscope/flows"
	"plcscope/flows/assets"
	"plcscope/flows/delivery"
	"plcscope/flows/values"
	"plcscope/pcaps"
	"plcscope/rules"
	"plcscope/rules/mqttrules"
	"plcscope/rules/s7rules"
	"plcscope/tui"
	"plcscope/tui/pane"
	"plcscope/tui/scope"
)

// TestBig measures the interface on a large capture, named by PLCSCOPE_BIG: how soon
// there is a screen, how long a key waits while the capture is read, and how long it takes
// to jump about in it. bench/screen.sh measures the program as a whole.
func TestBig(t *testing.T) {
	name := os.Getenv("PLCSCOPE_BIG")
	if name == "" {
		t.Skip("PLCSCOPE_BIG names no capture")
	}
	began := time.Now()
	c, err := pcaps.Open([]string{name}, pcaps.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	m, s7 := mqttrules.New(mqttrules.Options{}), s7rules.New(s7rules.Options{})
	s := scope.New(scope.Options{
		Name: name, Capture: c, Engines: []flows.Observer{m, s7}, Books: []*rules.Book{m.Book(), s7.Book()},
		Audit: delivery.New(delivery.Options{}), Inventory: assets.New(assets.Options{}), Values: values.New(values.Options{}),
	})
	defer s.Close()
	screen := tcell.NewSimulationScreen("UTF-8")
	if err := screen.Init(); err != nil {
		t.Fatal(err)
	}
	screen.SetSize(160, 48)
	a := tui.New(tui.Options{Scope: s, Screen: screen})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	do := func(f func()) time.Duration {
		at := time.Now()
		a.Do(f)
		return time.Since(at)
	}
	do(func() {})
	t.Logf("first screen after %v", time.Since(began).Round(time.Millisecond))
	var waits []time.Duration
	for i := 0; !s.Latest().Complete; i++ {
		if i%10 == 0 {
			screen.InjectKey(tcell.KeyRune, rune('1'+i/10%8), 0)
		}
		waits = append(waits, do(func() {}))
		time.Sleep(20 * time.Millisecond)
	}
	t.Logf("read, %d frames, after %v", s.Index.Frames(), time.Since(began).Round(time.Millisecond))
	slices.Sort(waits)
	at := func(share float64) time.Duration {
		return waits[int(share*float64(len(waits)-1))].Round(10 * time.Microsecond)
	}
	t.Logf("a key and a drawing meanwhile: half within %v, 99 %% within %v, longest %v", at(0.5), at(0.99), at(1))
	var mem runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&mem)
	t.Logf("%d MiB in use, %d MiB from the system", mem.HeapAlloc>>20, mem.Sys>>20)
	var longest time.Duration
	for i := range uint32(200) {
		n := i*2_654_435_761%s.Index.Frames() + 1
		longest = max(longest, do(func() { a.Open(pane.Packets, pane.Target{Frame: n}) }))
	}
	t.Logf("the longest of 200 jumps among the packets: %v", longest.Round(10*time.Microsecond))
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
