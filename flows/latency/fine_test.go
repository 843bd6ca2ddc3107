package latency

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFineBars(t *testing.T) {
	for _, x := range []struct {
		name  string
		times []int64 // each is recorded 100 times
		want  []Bar
	}{
		{"a few µs apart", []int64{210e3, 290e3, 450e3}, []Bar{{250e3, 100}, {315e3, 100}, {400e3, 0}, {500e3, 100}}},
		{"up to five for a power of ten", []int64{1e3, 6e6}, []Bar{
			{1e3, 100}, {1600, 0}, {2500, 0}, {4000, 0}, {6300, 0}, {10e3, 0}, {16e3, 0}, {25e3, 0}, {40e3, 0}, {63e3, 0}, {100e3, 0},
			{160e3, 0}, {250e3, 0}, {400e3, 0}, {630e3, 0}, {1e6, 0}, {1600e3, 0}, {2500e3, 0}, {4000e3, 0}, {6300e3, 100},
		}},
		{"nothing and an hour", []int64{0, 1 << 62}, []Bar{
			{1e3, 100}, {10e3, 0}, {100e3, 0}, {1e6, 0}, {10e6, 0}, {100e6, 0}, {1e9, 0}, {10e9, 0}, {100e9, 0}, {1000e9, 0}, {10_000e9, 100},
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			var all Times
			pool := Pool{Left: 1}
			for range 100 {
				for _, ns := range x.times {
					all.Record(ns, &pool)
				}
			}
			if d := cmp.Diff(x.want, all.Summary().Fine); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestFineBarsHoldAll: whatever the times, there are few bars, each time is in one, and
// the first and the last are not empty.
func TestFineBarsHoldAll(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		var all Times
		pool := Pool{Left: 1}
		n := fewTimes + 1 + r.IntN(300)
		most := r.IntN(62) + 1
		for range n {
			all.Record(r.Int64N(1<<most), &pool)
		}
		l := all.Summary().Fine
		sum := uint64(0)
		for _, b := range l {
			sum += b.Count
		}
		if sum != uint64(n) || len(l) > FineBars || l[0].Count == 0 || l[len(l)-1].Count == 0 {
			t.Fatalf("%d times: %v", n, l)
		}
	}
}
