package latency

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fill records 1, 2, 3 … n milliseconds.
func fill(n int, p *Pool) *Times {
	t := new(Times)
	for i := 1; i <= n; i++ {
		t.Record(int64(i)*1e6, p)
	}
	return t
}

func TestFewTimesAreExact(t *testing.T) {
	got := fill(20, &Pool{}).Summary()
	got.Bars = nil
	if d := cmp.Diff(Summary{Count: 20, P50: 10e6, P90: 18e6, P95: 19e6, P99: 20e6, Max: 20e6}, got); d != "" {
		t.Error(d)
	}
}

func TestManyTimesAreWithinOnePercent(t *testing.T) {
	got := fill(10_000, &Pool{Left: 1}).Summary()
	for name, x := range map[string][2]int64{"p50": {got.P50, 5000e6}, "p90": {got.P90, 9000e6}, "p95": {got.P95, 9500e6}, "p99": {got.P99, 9900e6}, "max": {got.Max, 10_000e6}} {
		if off := x[0] - x[1]; off > x[1]/100 || off < -x[1]/100 {
			t.Errorf("%s is %d, want %d", name, x[0], x[1])
		}
	}
	total := uint64(0)
	for _, b := range got.Bars {
		total += b.Count
	}
	if total != got.Count || got.Count != 10_000 || got.Partial {
		t.Errorf("%d in bars, %d counted, partial %t", total, got.Count, got.Partial)
	}
}

func TestAnEmptyPoolIsTold(t *testing.T) {
	p := &Pool{}
	got := fill(100, p).Summary()
	if !got.Partial || p.Refused != 1 || got.Count != 100 || got.Max != 100e6 {
		t.Errorf("%+v, %d refused", got, p.Refused)
	}
}

func TestAddMerges(t *testing.T) {
	p := &Pool{Left: 1}
	var sum Times
	sum.Add(fill(200, p))
	sum.Add(fill(10, p))
	sum.Add(new(Times))
	if got := sum.Summary(); got.Count != 210 || got.Max != 200e6 || sum.Count() != 210 {
		t.Errorf("%+v", got)
	}
}

func TestRecordAllocatesNothing(t *testing.T) {
	p := &Pool{Left: 1}
	x := fill(1000, p)
	if n := testing.AllocsPerRun(1000, func() { x.Record(3e6, p) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestBarsEndAtAnHour(t *testing.T) {
	var x Times
	x.Record(1<<63-1, &Pool{}) // what clocks that are set say
	want := Summary{Count: 1, P50: 1<<63 - 1, P90: 1<<63 - 1, P95: 1<<63 - 1, P99: 1<<63 - 1, Max: 1<<63 - 1, Bars: []Bar{{UpTo: 5000e9, Count: 1}}}
	if d := cmp.Diff(want, x.Summary()); d != "" {
		t.Error(d)
	}
}
