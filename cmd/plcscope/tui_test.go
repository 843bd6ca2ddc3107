package main

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"

	"plcscope/pcaps/samples"
	"plcscope/rules/profile"
	"plcscope/tui"
	"plcscope/tui/scope"
)

// TestFiltersOfTheInterfaceAreThoseOfRead: what asks for the data of controllers finds the
// same frames.
func TestFiltersOfTheInterfaceAreThoseOfRead(t *testing.T) {
	for _, name := range []string{"s7-poll.pcapng", "mixed-plant.pcapng.zst"} {
		for _, filter := range []string{
			`plcscope.s7.address contains "DB"`, `plcscope.s7.value == "0"`, "plcscope.s7.value and tcp.stream > 0",
			`plcscope.s7.address matches "dbd" and ip.src == 0.0.0.0/0`, "not plcscope.s7.address",
		} {
			root := newRoot()
			var out bytes.Buffer
			root.SetOut(&out)
			root.SetArgs([]string{"read", "--frames", "-T", "fields", "-e", "frame.number", "-Y", filter, "../../pcaps/samples/" + name})
			if err := root.ExecuteContext(context.Background()); err != nil {
				t.Fatal(err)
			}
			if got := filtered(t, name, filter); got != out.String() {
				t.Errorf("%s, %s: %d lines by the interface, %d by read", name, filter, strings.Count(got, "\n"), strings.Count(out.String(), "\n"))
			}
		}
	}
}

// filtered are the frames of a sample that pass a filter of the interface, one a line.
func filtered(t *testing.T, name, filter string) string {
	t.Helper()
	c, err := samples.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	screen := tcell.NewSimulationScreen("")
	if err := screen.Init(); err != nil {
		t.Fatal(err)
	}
	screen.SetSize(80, 24)
	s := scope.New(scope.Options{Capture: c})
	defer s.Close()
	a := tui.New(tui.Options{Scope: s, Screen: screen, Filter: filter, Rules: catalogue(), Data: dataOf(&naming{})})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	for settled := false; !settled; time.Sleep(time.Millisecond) {
		a.Do(func() { settled = a.Settled() })
	}
	var b strings.Builder
	a.Do(func() {
		_, l := a.Filter()
		for i := range l.Len() {
			fmt.Fprintln(&b, l.At(i))
		}
	})
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	return b.String()
}

func TestLabels(t *testing.T) {
	prefix := func(s string) []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix(s)} }
	l := labels(&profile.Profile{Subjects: []profile.Subject{
		{Name: "client", Addresses: prefix("10.0.0.5/32"), ClientIDs: []string{"a*"}},
		{Name: "press", Addresses: prefix("10.0.0.5/32")},
		{Name: "hall", Addresses: prefix("10.0.0.0/24")},
		{Name: "everybody"},
	}})
	for a, want := range map[string]string{"10.0.0.5": "press", "10.0.0.6": "hall", "10.0.1.1": ""} {
		for range 2 {
			if got := l(netip.MustParseAddr(a)); got != want {
				t.Errorf("%s is called %q, want %q", a, got, want)
			}
		}
	}
	if labels(&profile.Profile{}) != nil {
		t.Error("a profile without names labels")
	}
}
