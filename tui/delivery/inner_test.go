package delivery

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plcscope/flows/delivery"
	"plcscope/flows/latency"
	"plcscope/tui/paint"
	"plcscope/tui/scope"
)

func TestBarsHaveNoGaps(t *testing.T) {
	for _, x := range []struct {
		name  string
		times []int64
		want  []delivery.Bar
	}{
		{"none", nil, nil},
		{"one", []int64{3e6}, []delivery.Bar{{UpTo: 5e6, Count: 1}}},
		{"a gap", []int64{900, 9e3, 10e3}, []delivery.Bar{{UpTo: 1e3, Count: 1}, {UpTo: 2e3}, {UpTo: 5e3}, {UpTo: 10e3, Count: 2}}},
		{"too many for steps of 1, 2, 5", []int64{1, 40e9}, []delivery.Bar{
			{UpTo: 1e3, Count: 1}, {UpTo: 1e4}, {UpTo: 1e5}, {UpTo: 1e6}, {UpTo: 1e7}, {UpTo: 1e8}, {UpTo: 1e9}, {UpTo: 1e10}, {UpTo: 1e11, Count: 1},
		}},
		{"centuries", []int64{1<<63 - 1}, []delivery.Bar{{UpTo: 5000e9, Count: 1}}},
	} {
		t.Run(x.name, func(t *testing.T) {
			var all latency.Times
			for _, ns := range x.times {
				all.Record(ns, &latency.Pool{})
			}
			sum := all.Summary()
			if d := cmp.Diff(x.want, bars(&sum)); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestBarsHoldAll: whatever the times, there are few bars, and each time is in one.
func TestBarsHoldAll(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		var all latency.Times
		pool := latency.Pool{Left: 1}
		n := 1 + r.IntN(200)
		for range n {
			all.Record(int64(1)<<r.IntN(63)+r.Int64N(1000), &pool)
		}
		s := all.Summary()
		list := bars(&s)
		sum := uint64(0)
		for _, b := range list {
			sum += b.Count
		}
		if sum != uint64(n) || len(list) > mostBars {
			t.Fatalf("%d times are %d in %d bars", n, sum, len(list))
		}
		for _, b := range list {
			if s := bound(b.UpTo); paint.Width(s) > 7 {
				t.Fatalf("bound %q", s)
			}
		}
	}
}

// many plants: n sessions, of which the i-th has sent i messages of each fate that f tells.
func sessions(n int, f func(i int, l *delivery.Ledger)) *scope.Snapshot {
	s := &scope.Snapshot{Complete: true}
	for i := range n {
		x := delivery.Session{Name: delivery.Name{Client: fmt.Sprintf("plc-%05d", i)}, FirstFrame: uint64(i + 1)}
		f(i, &x.Sides[0])
		x.Sides[1] = x.Sides[0]
		s.Delivery.Sessions = append(s.Delivery.Sessions, x)
		for side := range x.Sides {
			s.Delivery.Total[side].Sent += x.Sides[side].Sent
		}
	}
	return s
}

func (m *model) names() (l []string) {
	for _, r := range m.rows {
		name := "Σ"
		if s := m.session(r); s != nil {
			name = s.Client
		}
		l = append(l, fmt.Sprint(name, " ", sideName(r.side)))
	}
	return l
}

func TestWorstComesFirst(t *testing.T) {
	fates := []delivery.Ledger{
		{Sent: 5, Completed: 5},
		{Sent: 5, Completed: 4, Unknown: 1},
		{Sent: 5, Completed: 4, Lost: 1},
		{Sent: 5, Completed: 5, Twice: 3},
		{Sent: 9, Completed: 4, Lost: 4, Abandoned: 1},
		{},
		{Sent: 2, Open: 2},
		{Strays: 1},
	}
	s := sessions(len(fates), func(i int, l *delivery.Ledger) { *l = fates[i] })
	for i := range s.Delivery.Sessions {
		s.Delivery.Sessions[i].Sides[1] = delivery.Ledger{}
	}
	s.Delivery.Total[1] = delivery.Ledger{}
	s.Delivery.Rest[0] = delivery.Ledger{Sent: 1, Lost: 1}
	m := build(s, byWorst, false, "", false)
	want := []string{"Σ client", "plc-00004 client", "plc-00002 client", "plc-00003 client", "plc-00001 client", "plc-00000 client", "plc-00006 client", "plc-00007 client", "Σ client"}
	if d := cmp.Diff(want, m.names()); d != "" {
		t.Error(d)
	}
	if i := m.find(m.who(m.rows[8])); i != 8 || m.who(m.rows[0]) == m.who(m.rows[8]) {
		t.Errorf("the further sessions are found at %d", i)
	}
	if got := build(s, bySent, true, "0000", false).names(); got[1] != "plc-00007 client" || got[len(got)-2] != "plc-00004 client" {
		t.Errorf("by sent, the least first: %v", got)
	}
	if got := build(s, byClient, false, "00003", false).names(); len(got) != 3 {
		t.Errorf("narrowed: %v", got)
	}
}

// TestWhatIsUnderWayIsOpen: before the audit is settled, messages in flight have no fate.
func TestWhatIsUnderWayIsOpen(t *testing.T) {
	l := delivery.Ledger{Sent: 10, Completed: 6, Lost: 1}
	if n := under(&l); n != 3 {
		t.Errorf("%d are under way, want 3", n)
	}
	l.Open = 3
	if n := under(&l); n != 3 {
		t.Errorf("%d are open, want 3", n)
	}
}

func TestManySessionsAreSortedSoon(t *testing.T) {
	s := sessions(20_000, func(i int, l *delivery.Ledger) { l.Sent, l.Completed, l.Lost = 100, 99, uint64(i*7919%13) })
	least := time.Hour
	for range 5 {
		begin := time.Now()
		m := build(s, byWorst, false, "", false)
		if m.find(m.who(m.rows[30_000])) != 30_000 {
			t.Fatal("the row is not found again")
		}
		least = min(least, time.Since(begin))
	}
	if least > 2*time.Second { // 40 ms where nobody else computes
		t.Errorf("40,000 rows took %v", least)
	}
	t.Logf("40,000 rows took %v", least)
}

func TestDenialsEndSoFar(t *testing.T) {
	v := &view{model: &model{snapshot: &scope.Snapshot{}}}
	if got := v.soFar("No connection broke", "All ended well."); got != "No connection broke so far." {
		t.Error(got)
	}
	v.model.snapshot.Complete = true
	if got := v.soFar("No connection broke", "All ended well."); got != "No connection broke. All ended well." {
		t.Error(got)
	}
}
