package mqttrules

import (
	"math/rand/v2"
	"slices"
	"testing"

	"plcscope/decode"
	"plcscope/flows"
	stage "plcscope/internal/talk"
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

// TestMissed drops runs of frames, whole connections among them: nobody is accused of
// what was lost that way, when the engine is told.
func TestMissed(t *testing.T) {
	var captures [][]pcaps.Frame
	for _, s := range cleanTraffic(t) {
		if !s.Few {
			captures = append(captures, s.Captures...)
		}
	}
	for _, c := range conversations() {
		if r := ruleNamed(c.rule); r != nil && c.want == rules.Pass && len(c.also) == 0 {
			captures = append(captures, captureOf(c, versionsOf(r, c)[0]))
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	tried := 0
	for _, frames := range captures {
		if len(frames) < 12 {
			continue
		}
		was := stage.Broken(judgedWithout(frames, 0, 0))
		tries := 8
		if len(frames) > 100 {
			tries = 100
		}
		for range tries {
			a := random.IntN(len(frames) - 2)
			b := a + 2 + random.IntN(min(len(frames)-a-1, 60)-1)
			if b >= len(frames) {
				continue
			}
			tried++
			book := judgedWithout(frames, a, b)
			for _, id := range stage.Broken(book) {
				if !slices.Contains(was, id) {
					t.Errorf("without frames %d to %d: %s is held broken\n%q", a+1, b, id, stage.Findings(book))
				}
			}
		}
	}
	if tried < 1000 {
		t.Errorf("only %d runs of frames were dropped", tried)
	}
}
