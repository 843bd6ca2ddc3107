package craft

import (
	"math/rand/v2"
	"slices"

	"plcscope/pcaps"
)

// Damage makes captures of a capture: one for each place or degree in which
// something can spoil it. Where a Hazard is one change of a kind, a Damage is all.
type Damage struct {
	Name string // "one frame lost"
	Many bool   // makes many captures even of a few frames
	Each func(frames []pcaps.Frame, yield func([]pcaps.Frame))
}

// Damages returns what probes, mirror ports and files do to captures.
func Damages() []Damage {
	return []Damage{
		{"one frame lost", false, func(frames []pcaps.Frame, yield func([]pcaps.Frame)) {
			for i := range frames {
				yield(slices.Delete(slices.Clone(frames), i, i+1))
			}
		}},
		{"two frames in a row lost", true, func(frames []pcaps.Frame, yield func([]pcaps.Frame)) {
			for i := range len(frames) - 1 {
				yield(slices.Delete(slices.Clone(frames), i, i+2))
			}
		}},
		{"1 % lost", true, losing(0.01)},
		{"5 % lost", true, losing(0.05)},
		{"one frame captured twice", true, func(frames []pcaps.Frame, yield func([]pcaps.Frame)) {
			for i := range frames {
				yield(slices.Insert(slices.Clone(frames), i, frames[i]))
			}
		}},
		{"beginning cut off", false, func(frames []pcaps.Frame, yield func([]pcaps.Frame)) {
			for i := range frames {
				yield(frames[i:])
			}
		}},
		{"end cut off", true, func(frames []pcaps.Frame, yield func([]pcaps.Frame)) {
			for i := range frames {
				yield(frames[:i])
			}
		}},
		{"snap length", true, func(frames []pcaps.Frame, yield func([]pcaps.Frame)) {
			for _, n := range []int{14, 34, 54, 55, 56, 58, 60, 64, 68, 72, 80, 96, 128, 200} {
				yield(SnapLen(n)(frames))
			}
		}},
		{"one direction only", false, func(frames []pcaps.Frame, yield func([]pcaps.Frame)) {
			yield(OneDirection(ByClient)(frames))
			yield(OneDirection(ByServer)(frames))
		}},
		{"one direction only, from anywhere", true, func(frames []pcaps.Frame, yield func([]pcaps.Frame)) {
			for _, by := range []bool{ByClient, ByServer} {
				half := OneDirection(by)(frames)
				for i := range half {
					yield(half[i:])
				}
			}
		}},
		{"all hazards", true, func(frames []pcaps.Frame, yield func([]pcaps.Frame)) {
			for _, h := range Hazards() {
				yield(h.Apply(frames))
			}
		}},
	}
}

// losing loses a share of all frames, each time others.
func losing(share float64) func([]pcaps.Frame, func([]pcaps.Frame)) {
	return func(frames []pcaps.Frame, yield func([]pcaps.Frame)) {
		for seed := range uint64(25) {
			r := rand.New(rand.NewPCG(seed, 5))
			yield(slices.DeleteFunc(slices.Clone(frames), func(pcaps.Frame) bool { return r.Float64() < share }))
		}
	}
}
