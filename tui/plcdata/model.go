package plcdata

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"plcscope/flows/assets"
	"plcscope/s7comm"
	"plcscope/s7comm/variable"
)

// order is what variables are sorted by inside their block, and blocks inside their
// controller.
type order uint8

const (
	byAddress order = iota
	byChanges
	byLast // change
	byReads
	byWrites
	orders
)

func (o order) String() string {
	return [...]string{"address", "changes", "last change", "reads", "writes"}[min(o, orders-1)]
}

// group is a controller, or a block or area of one.
type group struct {
	controller netip.Addr
	area       s7comm.Area // of a block
	db         uint16
	block      bool
	from, to   int // of a block: its variables in model.order; of a controller: its blocks in model.groups
	sum        sum
}

// sum is what the variables of a group come to.
type sum struct {
	variables                       int
	reads, writes, changes, refused uint64
	last, lastChange                variable.Sight
}

func (s *sum) add(e *variable.Entry) {
	s.variables++
	s.reads += e.Reads
	s.writes += e.Writes
	s.changes += e.Changes
	s.refused += e.Refused
	if e.Last.Time >= s.last.Time {
		s.last = e.Last
	}
	if e.LastChange.Time > s.lastChange.Time {
		s.lastChange = e.LastChange
	}
}

// name is the block as STEP 7 calls it.
func (g *group) name() string {
	if g.area == 0 {
		return "other addresses"
	}
	u := assets.AreaUse{Area: g.area, DB: g.db}
	return u.Name()
}

// what is the area in words, "" where its name says it.
func (g *group) what() string {
	if !g.block {
		return ""
	}
	switch g.area {
	case s7comm.AreaInput:
		return "inputs"
	case s7comm.AreaOutput:
		return "outputs"
	case s7comm.AreaFlag:
		return "flags"
	case s7comm.AreaPeripheral:
		return "peripherals"
	case s7comm.AreaTimer:
		return "timers"
	case s7comm.AreaCounter:
		return "counters"
	}
	return ""
}

// identity tells rows apart while the list changes: a controller, a block or a variable.
type identity struct {
	controller netip.Addr
	area       s7comm.Area
	db         uint16
	block      bool
	place      variable.Place
	address    string // of a variable
	typ        string
	symbol     string
}

func (g *group) identity() identity {
	return identity{controller: g.controller, area: g.area, db: g.db, block: g.block}
}

func identityOf(e *variable.Entry) identity {
	return identity{e.Controller, e.Place.Area, e.Place.DB, true, e.Place, e.Address, e.Type, e.Symbol}
}

// group is what the row belongs to: a variable to its block, a block to its controller.
func (id identity) group() identity {
	if id.address != "" {
		return identity{controller: id.controller, area: id.area, db: id.db, block: true}
	}
	return identity{controller: id.controller}
}

// model is the variables of one snapshot, in groups.
type model struct {
	entries []*variable.Entry
	groups  []group
	order   []int32 // numbers of entries, the variables of a block beside each other
	named   bool    // some have symbols
}

// build groups and sorts the variables in which narrow, in small letters, occurs.
func build(entries []*variable.Entry, by order, reverse bool, narrow string) *model {
	m := &model{entries: entries, order: make([]int32, 0, len(entries))}
	controller, block := -1, -1
	for i, e := range entries {
		m.named = m.named || e.Symbol != ""
		if narrow != "" && !strings.Contains(strings.ToLower(e.Address+"\n"+e.Symbol+"\n"+e.Type), narrow) {
			continue
		}
		if controller < 0 || m.groups[controller].controller != e.Controller {
			controller, block = len(m.groups), -1
			m.groups = append(m.groups, group{controller: e.Controller, from: len(m.groups) + 1})
		}
		if block < 0 || m.groups[block].area != e.Place.Area || m.groups[block].db != e.Place.DB {
			block = len(m.groups)
			m.groups = append(m.groups, group{controller: e.Controller, area: e.Place.Area, db: e.Place.DB, block: true, from: len(m.order)})
		}
		m.order = append(m.order, int32(i))
		m.groups[block].to = len(m.order)
		m.groups[controller].to = len(m.groups)
		m.groups[block].sum.add(e)
		m.groups[controller].sum.add(e)
	}
	m.sort(by, reverse)
	return m
}

// sort sorts variables inside blocks and blocks inside controllers. What counts most
// comes first, unless reverse.
func (m *model) sort(by order, reverse bool) {
	sign := 1
	if reverse {
		sign = -1
	}
	if by == byAddress && !reverse {
		return // as they come
	}
	for i := range m.groups {
		g := &m.groups[i]
		if !g.block {
			blocks := m.groups[g.from:g.to]
			slices.SortStableFunc(blocks, func(a, b group) int {
				if by == byAddress {
					return sign * cmp.Or(cmp.Compare(a.area, b.area), cmp.Compare(a.db, b.db))
				}
				return -sign * cmp.Compare(a.sum.measure(by), b.sum.measure(by))
			})
		}
	}
	for i := range m.groups {
		g := &m.groups[i]
		if !g.block {
			continue
		}
		part := m.order[g.from:g.to]
		if by == byAddress {
			slices.Reverse(part)
			continue
		}
		slices.SortStableFunc(part, func(a, b int32) int {
			return -sign * cmp.Compare(measure(m.entries[a], by), measure(m.entries[b], by))
		})
	}
}

func measure(e *variable.Entry, by order) uint64 {
	switch by {
	case byChanges:
		return e.Changes
	case byLast:
		return uint64(e.LastChange.Time)
	case byReads:
		return e.Reads
	}
	return e.Writes
}

func (s *sum) measure(by order) uint64 {
	switch by {
	case byChanges:
		return s.changes
	case byLast:
		return uint64(s.lastChange.Time)
	case byReads:
		return s.reads
	}
	return s.writes
}

// few is how many rows are shown unfolded when nobody has folded any.
const few = 200

// folds is what the user has folded (true) or unfolded (false); of all else, the number
// of rows decides.
type folds map[identity]bool

func (f folds) folded(m *model, g *group) bool {
	if is, said := f[g.identity()]; said {
		return is
	}
	switch {
	case len(m.order)+len(m.groups) <= few:
		return false
	case g.block:
		return true
	}
	return len(m.groups) > few
}

// rows lists what is not folded away: numbers of entries, and of groups as their
// complement. Beside them it returns where the row of an identity is, or what it is folded
// into, or -1.
func (m *model) rows(f folds, at identity, rows []int32) ([]int32, int) {
	place := -1
	see := func(id identity) {
		if id == at || at.block && !id.block && id.controller == at.controller || at.address != "" && id == at.group() {
			place = len(rows)
		}
	}
	for i := 0; i < len(m.groups); i++ {
		c := &m.groups[i]
		see(c.identity())
		rows = append(rows, ^int32(i))
		if f.folded(m, c) {
			i = c.to - 1
			continue
		}
		for i++; i < c.to; i++ {
			b := &m.groups[i]
			see(b.identity())
			rows = append(rows, ^int32(i))
			if f.folded(m, b) {
				continue
			}
			within := at.address != "" && b.identity() == at.group()
			for _, n := range m.order[b.from:b.to] {
				if within && identityOf(m.entries[n]) == at {
					place = len(rows)
				}
				rows = append(rows, n)
			}
		}
		i--
	}
	return rows, place
}
