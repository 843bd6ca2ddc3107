package mqttrules

import (
	"sync"

	"plcscope/rules"
)

// index holds the tables by which packets find their rules. It is never changed
// once it is made, so that engines share it.
type index struct {
	byPacket [6][2][16][]int16 // version, side, packet type: rules with a Check
	byDuty   [6][duties][]int16
	ended    [6][]int16
	closed   [6][]int16
}

// ofAll is the index of All.
var ofAll = sync.OnceValue(func() *index { return newIndex(All) })

func newIndex(catalogue []*Rule) *index {
	x := new(index)
	for i, r := range catalogue {
		x.enter(int16(i), r)
	}
	return x
}

// enter adds rule i.
func (x *index) enter(i int16, r *Rule) {
	for s := range r.Clauses {
		versions := []rules.Standard{s}
		switch s {
		case V31, V311, V5:
		case rules.Field:
			versions = []rules.Standard{V31, V311, V5}
		default:
			continue
		}
		for _, v := range versions {
			for side := range 2 {
				for t := range 16 {
					if r.Check != nil && r.On.sides>>side&1 != 0 && r.On.types>>t&1 != 0 {
						x.byPacket[v][side][t] = append(x.byPacket[v][side][t], i)
					}
				}
			}
			if r.Owes != noDuty {
				x.byDuty[v][r.Owes] = append(x.byDuty[v][r.Owes], i)
			}
			if r.Ended != nil {
				x.ended[v] = append(x.ended[v], i)
			}
			if r.Closed != nil {
				x.closed[v] = append(x.closed[v], i)
			}
		}
	}
}
