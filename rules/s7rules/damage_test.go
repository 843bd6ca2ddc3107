package s7rules

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"plcscope/internal/talk"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
)

// TestOneFrameLost drops each frame of each conversation in turn.
func TestOneFrameLost(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	for _, c := range conversations() {
		t.Run(c.rule+"/"+c.name, func(t *testing.T) { talk.Losses(t, captureOf(c), judge) })
	}
}

// TestDamagedRealTraffic damages captures of real controllers in all ways: the
// damage is held against nobody.
func TestDamagedRealTraffic(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	dir := filepath.Join("..", "..", "..", "shared", "pcaps", "s7")
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Skip("../shared/pcaps/s7 is absent")
	}
	for _, file := range files {
		frames := talk.Frames(t, filepath.Join(dir, file.Name()))
		if len(frames) > 1000 {
			continue
		}
		was := talk.Broken(judge(frames))
		check := func(damage string, changed []pcaps.Frame) {
			b := judge(changed)
			for _, id := range talk.Broken(b) {
				if !slices.Contains(was, id) {
					t.Errorf("%s, %s: %s is held broken\n%q", file.Name(), damage, id, talk.Findings(b))
				}
			}
		}
		for _, h := range craft.Hazards() {
			if h.Name == "resegment 1" && len(frames) > 300 {
				continue
			}
			check(h.Name, h.Apply(frames))
		}
		for seed := range uint64(8) {
			check(fmt.Sprintf("lose a tenth, seed %d", seed), craft.Lose(0.1, seed)(frames))
		}
		for n := 1; n < len(frames); n += 1 + len(frames)/40 {
			check(fmt.Sprintf("from frame %d", n+1), frames[n:])
			check(fmt.Sprintf("without frame %d", n+1), talk.Without(frames, n))
		}
	}
}
