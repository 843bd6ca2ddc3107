package s7rules

import (
	"math/rand/v2"
	"slices"
	"testing"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/internal/talk"
	"plcscope/pcaps"
	"plcscope/rules"
)

// judgedWithout judges frames without those from a up to b, as a live capture does that
// had to drop them and says so.
func judgedWithout(frames []pcaps.Frame, a, b int) *rules.Book {
	e := New(Options{})
	tracker, dec := flows.New(flows.Options{}, e), decode.New(decode.Options{})
	var s decode.Segment
	for i := range frames {
		if i >= a && i < b {
			continue
		}
		if i == b && a < b {
			e.Missed(frames[b-1].Time)
		}
		if dec.Decode(&frames[i], &s) {
			tracker.Add(&s)
		}
	}
	tracker.Flush()
	return e.Book()
}

// TestMissed drops runs of frames of clean traffic: nobody is accused of what was lost
// that way, when the engine is told.
func TestMissed(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	tried := 0
	for _, s := range cleanTraffic(t) {
		for _, frames := range s.Captures {
			if len(frames) < 8 {
				continue
			}
			was := talk.Broken(judgedWithout(frames, 0, 0))
			for range max(8, len(frames)/2) {
				a := random.IntN(len(frames) - 2)
				b := min(a+2+random.IntN(60), len(frames)-1)
				tried++
				book := judgedWithout(frames, a, b)
				for _, id := range talk.Broken(book) {
					if !slices.Contains(was, id) {
						t.Errorf("without frames %d to %d: %s is held broken\n%q", a+1, b, id, talk.Findings(book))
					}
				}
			}
		}
	}
	if tried < 300 {
		t.Errorf("only %d runs of frames were dropped", tried)
	}
}
