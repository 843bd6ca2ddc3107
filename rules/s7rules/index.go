package s7rules

import (
	"sync"

	"plcscope/rules"
)

// index holds the tables by which messages find their rules. It is never changed
// once it is made, so that engines share it.
type index struct {
	byShape [2][shapes]hooks // by side
	byDuty  [owesAnswer + 1][]int16
	ended   []int16
	closed  []int16
	groups  [][]int16 // rules that plain messages of a kind exercise
}

// hooks are the rules with a Check that look at a message.
type hooks struct {
	all []step // those that look at each
	odd []step // those that look at odd ones
	// plain are the groups that a plain message exercises: before and after the
	// setup, on its sender and on the other side. 0 is none.
	plain [2][2]int
}

type step struct {
	rule  *Rule
	index int
}

// ofAll is the index of All.
var ofAll = sync.OnceValue(func() *index { return newIndex(All) })

func newIndex(catalogue []*Rule) *index {
	x := &index{groups: [][]int16{nil}}
	for i, r := range catalogue {
		for s := range x.byShape {
			for t := range shapes {
				if r.Check != nil && r.On.sides>>s&1 != 0 && r.On.shapes>>t&1 != 0 {
					h := &x.byShape[s][t]
					if r.Odd == 0 {
						h.all = append(h.all, step{r, i})
					} else {
						h.odd = append(h.odd, step{r, i})
					}
				}
			}
		}
		if r.Owes != noDuty {
			x.byDuty[r.Owes] = append(x.byDuty[r.Owes], int16(i))
		}
		if r.Ended != nil {
			x.ended = append(x.ended, int16(i))
		}
		if r.Closed != nil {
			x.closed = append(x.closed, int16(i))
		}
	}
	for s := range x.byShape {
		for t := range x.byShape[s] {
			x.group(&x.byShape[s][t], side(s))
		}
	}
	return x
}

// group gives the rules that plain messages of side s exercise a number.
func (x *index) group(h *hooks, s side) {
	for agreed := range h.plain {
		for peer := range h.plain[agreed] {
			whom := s
			if peer == 1 {
				whom = s.peer()
			}
			var list []int16
			for _, t := range h.odd {
				if !t.rule.Idle && judged(t.rule.Role, s) == whom && (agreed == 1 || !t.rule.Agreed) {
					list = append(list, int16(t.index))
				}
			}
			if len(list) > 0 {
				h.plain[agreed][peer] = len(x.groups)
				x.groups = append(x.groups, list)
			}
		}
	}
}

// judged is the side that a rule of that role judges when side s acts.
func judged(role rules.Role, s side) side {
	switch role {
	case rules.Client:
		return client
	case rules.Server:
		return server
	}
	return s
}
