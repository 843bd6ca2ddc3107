package s7rules

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"plcscope/pcaps"
	"plcscope/pcaps/craft"
)

// without returns the frames but for one.
func without(frames []pcaps.Frame, i int) []pcaps.Frame {
	return append(slices.Clone(frames[:i]), frames[i+1:]...)
}

// TestOneFrameLost drops each frame of each conversation in turn: what the capture
// has lost is nobody's fault.
func TestOneFrameLost(t *testing.T) {
	for _, c := range conversations() {
		talk := &talk{capture: craft.New()}
		c.say(talk.dial())
		frames := talk.capture.Frames()
		was := broken(judge(frames))
		for i := range frames {
			b := judge(without(frames, i))
			for _, id := range broken(b) {
				if !slices.Contains(was, id) {
					t.Errorf("%s/%s without frame %d: %s is held broken\n%q", c.rule, c.name, i+1, id, findings(b))
				}
			}
		}
	}
}

// TestDamagedRealTraffic damages captures of real controllers in all ways: the
// damage is held against nobody.
func TestDamagedRealTraffic(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "pcaps", "s7")
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Skip("../shared/pcaps/s7 is absent")
	}
	for _, file := range files {
		frames := framesOf(t, filepath.Join(dir, file.Name()))
		if len(frames) > 1000 {
			continue
		}
		was := broken(judge(frames))
		check := func(damage string, changed []pcaps.Frame) {
			b := judge(changed)
			for _, id := range broken(b) {
				if !slices.Contains(was, id) {
					t.Errorf("%s, %s: %s is held broken\n%q", file.Name(), damage, id, findings(b))
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
			check(fmt.Sprintf("without frame %d", n+1), without(frames, n))
		}
	}
}

// framesOf reads a whole capture.
func framesOf(t *testing.T, name string) []pcaps.Frame {
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
