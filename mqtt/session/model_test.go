package session

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"plcscope/mqtt"
)

// model is the same session told as plainly as possible: a map of what is open
// and lists of what may still be said about what was. Only the happy relations
// are followed; it serves to hold the tables of Flight to.
type model struct {
	open [2]map[uint16]*modelExchange
	past [2]map[uint16][]*modelExchange
}

type modelExchange struct {
	kind                                Kind
	phase                               Phase
	body                                string
	sends, answers, releases, completes int
}

func newModel() *model {
	m := &model{}
	for i := range m.open {
		m.open[i], m.past[i] = map[uint16]*modelExchange{}, map[uint16][]*modelExchange{}
	}
	return m
}

func (m *model) end(s Side, id uint16) {
	m.past[s][id] = append(m.past[s][id], m.open[s][id])
	delete(m.open[s], id)
}

func (m *model) later(s Side, id uint16, ok func(x *modelExchange) bool) *modelExchange {
	l := m.past[s][id]
	for i := len(l) - 1; i >= 0; i-- {
		if ok(l[i]) {
			return l[i]
		}
	}
	return nil
}

func (m *model) apply(from Side, p *mqtt.Packet) Relation {
	id, to := p.ID, from.Peer()
	kinds := map[mqtt.PacketType]Kind{mqtt.PUBACK: QoS1, mqtt.SUBACK: Subscribe, mqtt.UNSUBACK: Unsubscribe, mqtt.SUBSCRIBE: Subscribe, mqtt.UNSUBSCRIBE: Unsubscribe}
	kind := kinds[p.Type]
	switch p.Type {
	case mqtt.PUBLISH, mqtt.SUBSCRIBE, mqtt.UNSUBSCRIBE:
		if p.Type == mqtt.PUBLISH {
			kind = Kind(p.QoS - 1)
		}
		fresh := &modelExchange{kind: kind, body: string(p.Payload), sends: 1}
		x := m.open[from][id]
		switch {
		case x == nil:
			m.open[from][id] = fresh
			d := m.later(from, id, func(d *modelExchange) bool { return d.kind == kind && d.body == fresh.body && d.sends > 0 })
			if p.Dup && d != nil {
				fresh.sends += d.sends
				return Crossed
			}
			return New
		case x.kind == kind && x.body == fresh.body:
			x.sends++
			return Resent
		}
		m.end(from, id)
		m.open[from][id] = fresh
		return Reused
	case mqtt.PUBACK, mqtt.SUBACK, mqtt.UNSUBACK:
		if x := m.open[to][id]; x != nil && x.kind == kind {
			x.answers++
			m.end(to, id)
			return Answer
		}
		return m.stray(to, id, kind)
	case mqtt.PUBREC:
		x := m.open[to][id]
		switch {
		case x == nil || x.kind != QoS2:
			r := m.stray(to, id, QoS2)
			if r != Repeated {
				m.past[to][id] = append(m.past[to][id], &modelExchange{kind: QoS2})
			}
			return r
		case p.Reason.Failure():
			x.answers++
			m.end(to, id)
			return Answer
		}
		x.answers++
		if x.phase != Sent {
			return Repeated
		}
		x.phase = Received
		return Answer
	case mqtt.PUBREL:
		x := m.open[from][id]
		if x == nil || x.kind != QoS2 {
			if d := m.later(from, id, func(d *modelExchange) bool { return d.kind == QoS2 }); d != nil {
				d.releases++
				return Repeated
			}
			m.past[from][id] = append(m.past[from][id], &modelExchange{kind: QoS2, releases: 1})
			return m.lost(from, id)
		}
		x.releases++
		switch {
		case x.phase == Sent && x.sends == 1:
			x.phase = Released
			return Mismatch
		case x.phase == Released && x.releases-1 < x.answers:
			return Repeated
		case x.phase == Released:
			return Resent
		}
		x.phase = Released
		return Answer
	}
	// PUBCOMP
	x := m.open[to][id]
	if x != nil && x.kind == QoS2 && x.phase == Released {
		x.completes++
		m.end(to, id)
		return Answer
	}
	if d := m.later(to, id, func(d *modelExchange) bool { return d.kind == QoS2 && d.completes < d.releases }); d != nil {
		d.completes++
		return Repeated
	}
	if x == nil && m.later(to, id, func(d *modelExchange) bool { return d.kind == QoS2 }) != nil {
		return Repeated
	}
	return m.lost(to, id)
}

func (m *model) stray(owner Side, id uint16, kind Kind) Relation {
	if d := m.later(owner, id, func(d *modelExchange) bool {
		most := d.sends
		if kind == QoS2 && d.sends > 1 {
			most = 2 * d.sends
		}
		return d.kind == kind && d.answers < most
	}); d != nil {
		d.answers++
		return Repeated
	}
	return m.lost(owner, id)
}

func (m *model) lost(owner Side, id uint16) Relation {
	if m.open[owner][id] != nil {
		return Mismatch
	}
	return Unknown
}

// TestModel lets both follow random conversations that sometimes make sense.
func TestModel(t *testing.T) {
	kinds := []string{"pub1", "pub1", "pub2", "puback", "puback", "pubrec", "pubrel", "pubcomp", "sub", "suback", "unsub", "unsuback"}
	for seed := range uint64(80) {
		r := rand.New(rand.NewPCG(seed, 1))
		ids := 1 + r.IntN(100)
		var w world
		m := newModel()
		w.Connect(true)
		// The model never forgets; neither may the session here.
		w.Flights[Client].peak, w.Flights[Server].peak = maxOpen, maxOpen
		var log []string
		for step := range 1200 {
			words := []string{kinds[r.IntN(len(kinds))], fmt.Sprint(1 + r.IntN(ids)), string(rune('a' + r.IntN(2)))}
			if r.IntN(4) == 0 {
				words = append(words, "dup")
			}
			if words[0] == "pubrec" && r.IntN(8) == 0 {
				words = append(words, "fails")
			}
			from := Side(r.IntN(2))
			log = append(log, fmt.Sprint(from, words))
			want := m.apply(from, packet(words))
			if got := w.Apply(from, packet(words), w.at()).Relation; got != want {
				t.Fatalf("seed %d: step %d: %v, want %v\n%q", seed, step, got, want, history(log, words[1]))
			}
			if step%10 == 0 {
				if err := sound(&w.Session); err != nil {
					t.Fatalf("seed %d: step %d: %v", seed, step, err)
				}
			}
		}
		for s := range w.Flights {
			if got, want := len(w.Flights[s].open), len(m.open[s]); got != want {
				t.Fatalf("seed %d: %d are open, want %d", seed, got, want)
			}
		}
	}
}

// history is what was said about one identifier.
func history(log []string, id string) []string {
	return slices.DeleteFunc(log, func(s string) bool {
		var side, kind, n string
		fmt.Sscanf(s, "%s [%s %s", &side, &kind, &n)
		if n == "" {
			fmt.Sscanf(s, "%s", &side)
		}
		return n != id
	})
}

// sound checks what must always hold inside a session.
func sound(s *Session) error {
	for side := range s.Flights {
		f := &s.Flights[side]
		if len(f.open) != len(f.ids) || f.waiting > len(f.open) || len(f.open) > maxOpen || len(f.done) > maxDone {
			return fmt.Errorf("%v: %d open, %d ids, %d waiting, %d done", Side(side), len(f.open), len(f.ids), f.waiting, len(f.done))
		}
		seen := map[uint16]bool{}
		for i := range f.open {
			id := f.open[i].ID
			if f.ids[i] != id || seen[id] {
				return fmt.Errorf("%v: identifier %d at %d: %d, twice: %v", Side(side), id, i, f.ids[i], seen[id])
			}
			seen[id] = true
			if f.find(id) != i {
				return fmt.Errorf("%v: identifier %d at %d is found at %d", Side(side), id, i, f.find(id))
			}
		}
		if f.indexed && len(f.index) != len(f.open) {
			return fmt.Errorf("%v: %d indexed, %d open", Side(side), len(f.index), len(f.open))
		}
		owed := 0
		for i := range f.done {
			owed += count(f.done[i].owed())
		}
		if owed != f.owed {
			return fmt.Errorf("%v: %d may be answered, counted %d", Side(side), owed, f.owed)
		}
	}
	return nil
}

// TestSound runs longer with parking, reconnects and floods, for the invariants.
func TestSound(t *testing.T) {
	kinds := []string{"pub1", "pub1", "pub2", "pub2", "puback", "pubrec", "pubrel", "pubcomp", "sub", "suback"}
	for seed := range uint64(15) {
		r := rand.New(rand.NewPCG(seed, 2))
		ids := []int{3, 60, 65535}[seed%3]
		var w world
		for step := range 6000 {
			switch r.IntN(400) {
			case 0:
				w.Connect(r.IntN(2) == 0)
			case 1:
				w.ServerForgot()
			case 2:
				w.Lapse()
			}
			if f := &w.Flights[r.IntN(2)]; r.IntN(10) == 0 && len(f.Waiting()) > 0 {
				f.Park(r.IntN(len(f.Waiting())))
			}
			words := []string{kinds[r.IntN(len(kinds))], fmt.Sprint(1 + r.IntN(ids)), string(rune('a' + r.IntN(2)))}
			if r.IntN(4) == 0 {
				words = append(words, "dup")
			}
			w.Apply(Side(r.IntN(2)), packet(words), w.at())
			if step%31 == 0 {
				if err := sound(&w.Session); err != nil {
					t.Fatalf("seed %d: step %d: %v", seed, step, err)
				}
			}
		}
	}
}
