package tui_test

import (
	"context"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"

	"plcscope/flows"
	"plcscope/pcaps"
	"plcscope/pcaps/samples"
	"plcscope/tui"
	"plcscope/tui/scope"
)

// clumsy is an observer, and a source, that fails.
type clumsy struct {
	flows.Ignore
	*pcaps.Capture
}

func (clumsy) Message(m *flows.Message) {
	if m.Frame > 100 {
		panic("out of luck")
	}
}

func (c clumsy) Next(b *pcaps.Batch) error { panic("out of luck") }

// TestAPanicBesideTheInterfaceEndsIt, in order, so that the terminal is as before and the
// trace can be read.
func TestAPanicBesideTheInterfaceEndsIt(t *testing.T) {
	for name, change := range map[string]func(*scope.Options){
		"who looks on":  func(o *scope.Options) { o.Engines = []flows.Observer{clumsy{}} },
		"who reads":     func(o *scope.Options) { o.Source = clumsy{} },
		"who snapshots": func(o *scope.Options) { o.Config.Batch = func() { panic("out of luck") } },
	} {
		c, err := samples.Open(faulty)
		if err != nil {
			t.Fatal(err)
		}
		so := scope.Options{Capture: c}
		change(&so)
		screen := tcell.NewSimulationScreen("")
		if err := screen.Init(); err != nil {
			t.Fatal(err)
		}
		screen.SetSize(80, 24)
		s := scope.New(so)
		err = tui.Run(context.Background(), tui.Options{Scope: s, Screen: screen})
		if err == nil || !strings.Contains(err.Error(), "internal error: out of luck") || !strings.Contains(err.Error(), "panic_test.go") {
			t.Errorf("%s: %v", name, err)
		}
		s.Close()
		c.Close()
	}
}

// TestTheInterfaceEndsWithItsContext, as a signal does.
func TestTheInterfaceEndsWithItsContext(t *testing.T) {
	c, err := samples.Open(faulty)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	screen := tcell.NewSimulationScreen("")
	if err := screen.Init(); err != nil {
		t.Fatal(err)
	}
	s := scope.New(scope.Options{Capture: c})
	defer s.Close()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- tui.Run(ctx, tui.Options{Scope: s, Screen: screen}) }()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
