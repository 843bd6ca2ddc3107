package report

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/flows/delivery"
	"plcscope/rules"
)

func TestNotesCount(t *testing.T) {
	for _, tt := range []struct {
		n    uint64
		want []string
	}{
		{0, nil},
		{1, []string{
			"the snap length cut 1 segment: what it lacks cannot be judged",
			"bytes are missing in 1 place of the TCP streams: what follows it is judged inconclusive",
			"1 connection begins before the capture", "1 connection is encrypted: nothing on it can be judged",
			"once a reassembly buffer was full and a hole was given up early",
		}},
		{3, []string{
			"the snap length cut 3 segments: what they lack cannot be judged",
			"bytes are missing in 3 places of the TCP streams: what follows them is judged inconclusive",
			"3 connections begin before the capture", "3 connections are encrypted: nothing on them can be judged",
			"3 times a reassembly buffer was full and a hole was given up early",
		}},
	} {
		r := &Report{Book: &rules.Book{}}
		r.Totals.Decode.Cut = tt.n
		f := &r.Totals.Flows
		f.Gaps, f.MidStream, f.Encrypted, f.TCP.TableOverflows = tt.n, tt.n, tt.n, tt.n
		if d := cmp.Diff(tt.want, r.Notes()); d != "" {
			t.Errorf("%d of each: %s", tt.n, d)
		}
	}
}

// TestBoundNotesCount: of one thing nothing is said as of several.
func TestBoundNotesCount(t *testing.T) {
	severals := regexp.MustCompile(`\b1 ([a-z]+ )*(sessions|outages|messages|pairs|latencies|deliveries)\b|\b1 [a-z ]* (are|rest) `)
	for _, n := range []uint64{1, 2} {
		l := DeliveryNotes(&delivery.Bounds{
			Sessions: n, Histograms: n, Outages: n, Incidents: n, Pairs: n, Messages: n, Subscriptions: n, Expected: n, Requests: n, Brokers: n,
		})
		if len(l) != 10 {
			t.Errorf("%d notes, want one for each bound", len(l))
		}
		for _, s := range l {
			if severals.MatchString(s) {
				t.Errorf("%q", s)
			}
		}
	}
}
