package mqttrules

import (
	"sync"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// index holds the tables by which packets find their rules. It is never changed
// once it is made, so that engines share it.
type index struct {
	byPacket [6][2][16]hooks // version, side, packet type
	byDuty   [6][duties][]int16
	ended    [6][]int16
	closed   [6][]int16
	offences [6][]int16
	groups   [][]int16 // rules that plain packets of a kind exercise

	byID      map[string]int16
	delivered [6][]step // rules on forwarding, by version
}

// hooks are the rules with a Check that look at a packet of one type: as a PUBLISH
// of QoS 1 or 2 (index 1), or as any other packet (0).
type hooks struct {
	all [2][]step // those that look at each
	odd [2]glance // those that look at odd ones
}

// glance are rules that are called for odd packets; a plain one exercises those of
// the group.
type glance struct {
	steps []step
	group int
}

// step is a rule in its place.
type step struct {
	rule  *Rule
	index int
	side  session.Side // whom it judges
	idle  bool         // plain packets do not exercise it
}

// ofAll is the index of All.
var ofAll = sync.OnceValue(func() *index { return newIndex(All) })

func newIndex(catalogue []*Rule) *index {
	x := &index{groups: [][]int16{nil}, byID: map[string]int16{}}
	for i, r := range catalogue {
		x.enter(i, r)
	}
	for v := range x.byPacket {
		for side := range x.byPacket[v] {
			for t := range x.byPacket[v][side] {
				for q := range x.byPacket[v][side][t].odd {
					x.group(&x.byPacket[v][side][t].odd[q])
				}
			}
		}
	}
	return x
}

// enter adds rule i.
func (x *index) enter(i int, r *Rule) {
	x.byID[r.ID] = int16(i)
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
			for side := range session.Side(2) {
				for t := range mqtt.PacketType(16) {
					if r.Check != nil && r.On.sides>>side&1 != 0 && r.On.types>>t&1 != 0 {
						x.byPacket[v][side][t].enter(i, r, side, t)
					}
				}
			}
			if r.Delivered != nil {
				x.delivered[v] = append(x.delivered[v], step{rule: r, index: i, side: server})
			}
			if r.Owes != noDuty {
				x.byDuty[v][r.Owes] = append(x.byDuty[v][r.Owes], int16(i))
			}
			if r.Offence != nil {
				x.offences[v] = append(x.offences[v], int16(i))
			}
			if r.Ended != nil {
				x.ended[v] = append(x.ended[v], int16(i))
			}
			if r.Closed != nil {
				x.closed[v] = append(x.closed[v], int16(i))
			}
		}
	}
}

func (h *hooks) enter(i int, r *Rule, side session.Side, t mqtt.PacketType) {
	if r.Odd == 0 {
		for q := range h.all {
			if t != mqtt.PUBLISH || q == 1 || !r.Acked {
				h.all[q] = append(h.all[q], step{r, i, judged(r.Role, side), false})
			}
		}
		return
	}
	if judged(r.Role, side) != side {
		panic("mqttrules: " + r.ID + " judges who did not send the packet, and cannot be Odd")
	}
	odd, idle := r.Odd, r.Idle
	if t != mqtt.PUBLISH {
		odd &^= oddTopic
		idle = idle || odd&^(oddProperties|oddStrings) == 0 && r.Odd&oddTopic != 0
	}
	for q := range h.odd {
		if t == mqtt.PUBLISH && (q == 0 && odd == oddIdentifier || q == 1 && odd == oddDup) {
			continue // such packets do not concern it
		}
		h.odd[q].steps = append(h.odd[q].steps, step{r, i, side, idle})
	}
}

// group gives the rules that a plain packet exercises a number.
func (x *index) group(w *glance) {
	var list []int16
	for i := range w.steps {
		if !w.steps[i].idle {
			list = append(list, int16(w.steps[i].index))
		}
	}
	if len(list) > 0 { // else group 0, which has no members
		w.group = len(x.groups)
		x.groups = append(x.groups, list)
	}
}

// acknowledged is 1 for a PUBLISH of QoS 1 or 2 (or 3), else 0.
func acknowledged(m *flows.Message) int {
	if b := m.Bytes[0]; b>>4 == byte(mqtt.PUBLISH) && b&6 != 0 {
		return 1
	}
	return 0
}
