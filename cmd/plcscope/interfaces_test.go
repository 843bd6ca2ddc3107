package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plcscope/pcaps/live"
)

// TestShowInterfaces: counts since the start, or rates since the table before; one
// that is new, or whose counts began anew, has come to nothing yet.
func TestShowInterfaces(t *testing.T) {
	was := []live.Interface{
		{Name: "eth0", Packets: 1000, Bytes: 64_000, Dropped: 2},
		{Name: "eth1", Packets: 500, Bytes: 5000},
	}
	now := []live.Interface{
		{Name: "eth0", State: "up", Speed: 1000, Packets: 1201, Bytes: 96_000, Dropped: 2, Description: "driver x\x1b[2J", Addresses: []string{"10.0.0.5/24", "fe80::1/64"}},
		{Name: "eth1", State: "no link", Packets: 3, Bytes: 30},
		{Name: "lo", State: "up", Packets: 7, Bytes: 70, Description: "loopback"},
	}
	for _, tt := range []struct {
		name string
		last []live.Interface
		want string
	}{
		{"counts", nil, `
name  state    Mbit/s  packets  bytes  dropped  kind             addresses
eth0  up         1000     1201  96000        2  driver x\x1b[2J  10.0.0.5/24 fe80::1/64
eth1  no link       -        3     30        0  -                -
lo    up            -        7     70        0  loopback         -
`},
		{"rates", was, `
name  state    Mbit/s  packets/s  bytes/s  dropped/s  kind             addresses
eth0  up         1000        101    16000          0  driver x\x1b[2J  10.0.0.5/24 fe80::1/64
eth1  no link       -          0        0          0  -                -
lo    up            -          0        0          0  loopback         -
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			if err := showInterfaces(&b, now, tt.last, 2*time.Second); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(strings.TrimPrefix(tt.want, "\n"), b.String()); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestWatchInterfaces: a table a second until it is interrupted, into a pipe one below
// the other.
func TestWatchInterfaces(t *testing.T) {
	list, err := live.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
	defer cancel()
	var b strings.Builder
	if err := watchInterfaces(ctx, &b, list); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it ends with %v", err)
	}
	if n := strings.Count(b.String(), "packets/s"); n < 1 || n > 2 || strings.Contains(b.String(), "\x1b") {
		t.Errorf("%d tables in 2.5 s, want 2:\n%s", n, b.String())
	}
}
