package talk

import (
	"errors"
	"io"
	"slices"
	"testing"

	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/rules"
)

// Judge makes a book of a capture.
type Judge func(frames []pcaps.Frame) *rules.Book

// Hazards damages a capture in every way that mirror ports, networks and probes know:
// no rule may be held broken that is not among was, and where nothing is lost exactly
// those must be.
func Hazards(t testing.TB, frames []pcaps.Frame, judge Judge, was []string) {
	t.Helper()
	for _, h := range craft.Hazards() {
		b := judge(h.Apply(frames))
		broken := Broken(b)
		accused(t, "hazard "+h.Name, b, was)
		if !h.Lossy && !slices.Equal(broken, was) {
			t.Errorf("hazard %s: broken are %q, without it %q\n%q", h.Name, broken, was, Findings(b))
		}
	}
}

// Losses drops each frame of a capture in turn: what the capture has lost is nobody's
// fault.
func Losses(t testing.TB, frames []pcaps.Frame, judge Judge) {
	t.Helper()
	was := Broken(judge(frames))
	for i := range frames {
		accused(t, "with a frame lost", judge(Without(frames, i)), was)
	}
}

// accused complains of rules that b holds broken and that are not among was.
func accused(t testing.TB, damage string, b *rules.Book, was []string) {
	t.Helper()
	for _, id := range Broken(b) {
		if !slices.Contains(was, id) {
			t.Errorf("%s: %s is held broken\n%q", damage, id, Findings(b))
		}
	}
}

// Without returns the frames but for one.
func Without(frames []pcaps.Frame, i int) []pcaps.Frame {
	return append(slices.Clone(frames[:i]), frames[i+1:]...)
}

// Frames reads a whole capture.
func Frames(t testing.TB, name string) []pcaps.Frame {
	t.Helper()
	src, err := pcaps.Open([]string{name}, pcaps.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var frames []pcaps.Frame
	var b pcaps.Batch
	for {
		if err := src.Next(&b); errors.Is(err, io.EOF) {
			return frames
		} else if err != nil {
			t.Fatal(err)
		}
		for _, f := range b.Frames {
			f.Data = slices.Clone(f.Data)
			frames = append(frames, f)
		}
	}
}

// Tested holds every rule of a catalogue to its conversations: one that breaks it and
// one that keeps it. verdicts are those that conversations were written for, by rule.
func Tested(t testing.TB, catalogue []*rules.Rule, verdicts map[string][]rules.Verdict) {
	t.Helper()
	for _, r := range catalogue {
		for _, v := range []rules.Verdict{rules.Fail, rules.Pass} {
			if !slices.Contains(verdicts[r.ID], v) {
				t.Errorf("%s: no conversation with verdict %v", r.ID, v)
			}
		}
	}
}
