package scope_test

import (
	"context"
	"sync"
	"testing"

	"plcscope/flows"
	"plcscope/flows/assets"
	"plcscope/flows/delivery"
	"plcscope/flows/values"
	"plcscope/pcaps/samples"
	"plcscope/rules"
	"plcscope/rules/mqttrules"
	"plcscope/rules/s7rules"
	"plcscope/tui/scope"
)

// whole is a scope with everybody who can look on.
func whole(t *testing.T, sample string) *scope.Scope {
	t.Helper()
	c, err := samples.Open(sample)
	if err != nil {
		t.Fatal(err)
	}
	m, s7 := mqttrules.New(mqttrules.Options{}), s7rules.New(s7rules.Options{})
	s := scope.New(scope.Options{
		Name: sample, Capture: c, Engines: []flows.Observer{m, s7}, Books: []*rules.Book{m.Book(), s7.Book()},
		Audit: delivery.New(delivery.Options{}), Inventory: assets.New(assets.Options{}), Values: values.New(values.Options{History: 8}),
	})
	t.Cleanup(func() {
		s.Close()
		c.Close()
	})
	return s
}

// read goes through all that a snapshot holds, for the race detector to see.
func read(x *scope.Snapshot) (n int) {
	for i := range x.Verdicts.Subjects {
		n += len(x.Verdicts.Subjects[i].Results)
	}
	for i := range x.Verdicts.Findings {
		n += len(x.Verdicts.Findings[i].Detail) + len(x.Verdicts.Findings[i].Subject.String())
	}
	for i := range x.Assets.Assets {
		n += len(x.Assets.Assets[i].Modules) + len(x.Assets.Assets[i].MQTT)
	}
	for _, a := range x.Assets.Actions {
		n += int(a.Outcome)
	}
	for _, v := range x.Values {
		n += len(v.Value) + len(v.History)
	}
	for i := range x.Delivery.Outages {
		n += int(x.Delivery.Outages[i].How)
	}
	return n
}

func TestSnapshotsAreReadWhileAnalysisGoesOn(t *testing.T) {
	for _, name := range []string{"mixed-plant.pcapng.zst", "mqtt31-plc-faulty.pcap", "s7-poll.pcapng"} {
		s := whole(t, name)
		var wg sync.WaitGroup
		wg.Go(func() {
			for !s.Latest().Complete {
				s.Want()
				read(s.Latest())
			}
		})
		wg.Go(func() { s.Results("nobody") })
		totals, err := s.Run(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		last := s.Latest()
		if !last.Complete || uint64(last.Frames) != totals.Frames || read(last) == 0 {
			t.Errorf("%s: the last snapshot holds %d of %d frames", name, last.Frames, totals.Frames)
		}
	}
}

// The counts are those of the book, and of every subject all results can be had.
func TestVerdicts(t *testing.T) {
	s := whole(t, "mqtt31-plc-faulty.pcap")
	if _, err := s.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	v := &s.Latest().Verdicts
	var sum scope.Counts
	for i := range v.Subjects {
		x := &v.Subjects[i]
		sum.Add(&x.Counts)
		var got scope.Counts
		for _, r := range s.Results(x.Name) {
			switch {
			case r.Verdict == rules.Fail && r.Counts():
				got.Failed[r.Severity]++
			case r.Verdict == rules.Fail:
				got.Excused++
			case r.Verdict == rules.Inconclusive:
				got.Inconclusive++
			case r.Verdict == rules.Pass:
				got.Passed++
			default:
				got.NotExercised++
			}
		}
		if got != x.Counts {
			t.Errorf("%s: %+v, but its results are %+v", x.Name, x.Counts, got)
		}
	}
	if sum != v.Counts || sum.Failed[rules.Error] == 0 {
		t.Errorf("%+v add up to %+v", v.Counts, sum)
	}
	for i := 1; i < len(v.Findings); i++ {
		if v.Findings[i-1].Verdict < v.Findings[i].Verdict {
			t.Errorf("finding %d is more certain than the one before", i)
		}
	}
}

func TestCancelled(t *testing.T) {
	s := whole(t, "mixed-plant.pcapng.zst")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Run(ctx); err == nil {
		t.Error("a cancelled run has no error")
	}
	if x := s.Latest(); !x.Complete || x.Err == nil {
		t.Errorf("%+v", x)
	}
}
