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
	groups   [][]int16 // rules that plain packets of a kind exercise, or what is owed

	fulfilled [6][duties][2]int // group of the rules that an answer exercises, by who owed it

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
// a group on each occasion.
type glance struct {
	steps  []step
	groups [not]int
}

// step is a rule in its place.
type step struct {
	rule      *Rule
	index     int
	side      session.Side // whom it judges
	exercised occasion     // whether plain packets exercise it
}

// occasion says when a packet that cannot break a rule exercises it.
type occasion uint8

const (
	always    occasion = iota
	whenKnown          // Session.Known is set
	whenJSON           // a PUBLISH carries what may be a JSON object
	not
)

// holds reports whether the packet m on c is one.
func (o occasion) holds(c *Conn, m *flows.Message) bool {
	switch o {
	case always:
		return true
	case whenKnown:
		return c.Session.Known
	case whenJSON:
		return beginsJSON(m.Packet.Payload)
	}
	return false
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
					w := &x.byPacket[v][side][t].odd[q]
					for o := range w.groups {
						w.groups[o] = x.group(w.exercised(occasion(o)))
					}
				}
			}
		}
		for d := range x.fulfilled[v] {
			for by := range x.fulfilled[v][d] {
				x.fulfilled[v][d][by] = x.group(owing(catalogue, x.byDuty[v][d], session.Side(by)))
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
					if r.Check != nil && r.On.has(side, t) {
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

// enter adds rule i, which looks at packets of type t from that side.
func (h *hooks) enter(i int, r *Rule, side session.Side, t mqtt.PacketType) {
	for q := range h.all {
		if t == mqtt.PUBLISH && (q == 0 && r.Acked || q == 1 && r.Unacked) {
			continue
		}
		s := step{rule: r, index: i, side: judged(r.Role, side), exercised: r.When}
		if r.Odd == 0 || t == mqtt.PUBLISH && q == 0 && r.Odd&oddUnacked != 0 {
			h.all[q] = append(h.all[q], s)
			continue
		}
		odd := r.Odd
		if r.Idle.has(side, t) {
			s.exercised = not
		}
		if t != mqtt.PUBLISH {
			if odd &^= oddTopic; odd&^(oddProperties|oddStrings) == 0 && r.Odd&oddTopic != 0 {
				s.exercised = not
			}
		} else if q == 0 && odd == oddIdentifier || q == 1 && odd == oddDup {
			continue // such packets do not concern it
		}
		if s.exercised != not && s.side != side {
			panic("mqttrules: " + r.ID + " judges who did not send the packet, and cannot be exercised by a plain one")
		}
		h.odd[q].steps = append(h.odd[q].steps, s)
	}
}

// exercised are the rules that a plain packet exercises on that occasion.
func (w *glance) exercised(o occasion) (list []int16) {
	for i := range w.steps {
		if w.steps[i].exercised == o {
			list = append(list, int16(w.steps[i].index))
		}
	}
	return list
}

// owing are those of the rules on a duty that judge side by when it is fulfilled.
func owing(catalogue []*Rule, onDuty []int16, by session.Side) (list []int16) {
	for _, i := range onDuty {
		if judged(catalogue[i].Role, by) == by {
			list = append(list, i)
		}
	}
	return list
}

// group gives rules that are exercised together a number.
func (x *index) group(list []int16) int {
	if len(list) == 0 {
		return 0 // which has no members
	}
	x.groups = append(x.groups, list)
	return len(x.groups) - 1
}

// acknowledged is 1 for a PUBLISH of QoS 1 or 2 (or 3), else 0.
func acknowledged(m *flows.Message) int {
	if b := m.Bytes[0]; b>>4 == byte(mqtt.PUBLISH) && b&6 != 0 {
		return 1
	}
	return 0
}
