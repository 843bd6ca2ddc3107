package s7rules

import (
	"errors"
	"io"
	"slices"
	"testing"

	"plcscope/internal/talk"
	"plcscope/pcaps"
	"plcscope/pcaps/samples"
	"plcscope/rules"
)

// cleanTraffic is what damage is tried on.
func cleanTraffic(t *testing.T) []talk.Source {
	l := []talk.Source{{Name: "all kinds of jobs", Captures: [][]pcaps.Frame{talk.Play(hmiAddr+":2001", plcAddr, day())}}}
	for _, name := range []string{"s7-poll.pcapng", "mixed-plant.pcapng.zst"} {
		src, err := samples.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		l = append(l, talk.Source{Name: name, Captures: [][]pcaps.Frame{readAll(t, src)}})
	}
	// TestConversations has them under all hazards.
	kept := talk.Source{Name: "conversations that keep a rule", Few: true}
	for _, c := range conversations() {
		if c.want != rules.Pass || len(c.also) > 0 {
			continue
		}
		if frames := captureOf(c); len(frames) <= 40 {
			kept.Captures = append(kept.Captures, frames)
		}
	}
	return append(l, kept)
}

// readAll reads a whole capture and closes it.
func readAll(t *testing.T, src *pcaps.Capture) (frames []pcaps.Frame) {
	t.Helper()
	defer src.Close()
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

// TestDamageTable damages clean traffic in all ways and keeps a table of what comes
// of it.
func TestDamageTable(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	talk.Golden(t, "damage.tsv", talk.Damage(t, "S7", cleanTraffic(t), judge))
}
