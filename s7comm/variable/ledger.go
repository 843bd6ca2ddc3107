package variable

import (
	"cmp"
	"hash/fnv"
	"net/netip"
	"slices"
	"strconv"
	"unicode/utf8"

	"plcscope/s7comm/datatype"
)

// Ledger keeps what became known of each variable of each controller. The zero value
// keeps DefaultKept variables.
type Ledger struct {
	Limit int // variables; more are counted in Overflow
	// Overflow counts sightings of variables that were not kept.
	Overflow uint64

	entries map[key]*Entry
	text    []byte
}

// DefaultKept is how many variables a Ledger keeps.
const DefaultKept = 100_000

// key is what makes a variable one: a place read as two types is two.
type key struct {
	controller netip.Addr
	place      Place
	address    string // of what has no name
	typ        string
}

// Entry is one variable of one controller.
type Entry struct {
	Controller netip.Addr
	Place      Place
	Address    string
	Symbol     string // "" without one
	Type       string

	Reads   uint64 // values that were read or pushed
	Writes  uint64 // values that somebody asked to be written
	Refused uint64 // reads and writes that the controller refused
	// Partners have asked for it, in the order in which they first did; of more than
	// maxPartners, MorePartners.
	Partners     []Partner
	MorePartners bool

	Value       string // the last one that is known, at most 120 bytes and an ellipsis
	Known       bool   // Value is
	Changes     uint64 // how often it was another than before
	First       Sight  // when it was first seen
	Last        Sight  // and last
	FirstChange Sight  // the first change, when there are Changes
	LastChange  Sight  // the last change

	hash uint64
}

// Partner is who reads or writes a variable.
type Partner struct {
	Addr          netip.Addr
	Reads, Writes uint64
}

// Sight is where in the capture something was seen.
type Sight struct {
	Frame uint64
	Time  int64 // nanoseconds since 1970-01-01 UTC
}

const (
	maxPartners = 16
	maxValue    = 120
)

// Add takes in a variable of a message.
func (l *Ledger) Add(v *Variable, controller, partner netip.Addr, at Sight) {
	if v.Item.Raw == nil && !v.Item.Known {
		return // nobody knows which
	}
	named := false
	for i := range v.Names {
		n := &v.Names[i]
		if !n.Whole && !n.Told() {
			continue
		}
		named = true
		if e := l.entry(key{controller: controller, place: n.Place, typ: n.TypeName()}, at); e != nil {
			e.Symbol = n.Path
			if n.Told() && n.Raw != nil {
				l.text = n.AppendValue(l.text[:0])
				e.add(v, partner, n.Raw, l.text, at)
			} else {
				e.add(v, partner, nil, nil, at)
			}
		}
	}
	if named {
		return
	}
	k := key{controller: controller, place: v.Place, typ: v.typeName(), address: v.Address()}
	if e := l.entry(k, at); e != nil {
		if v.Raw != nil {
			l.text = v.AppendValue(l.text[:0])
		}
		e.add(v, partner, v.Raw, l.text, at)
	}
}

// typeName is the type of the address; of several elements with their number.
func (v *Variable) typeName() string {
	name := ""
	if v.Type != datatype.None {
		name = v.Type.String()
	}
	if v.Count > 1 {
		name += " x " + strconv.Itoa(v.Count)
	}
	return name
}

func (l *Ledger) entry(k key, at Sight) *Entry {
	if e := l.entries[k]; e != nil {
		return e
	}
	limit := l.Limit
	if limit == 0 {
		limit = DefaultKept
	}
	if len(l.entries) >= limit {
		l.Overflow++
		return nil
	}
	if l.entries == nil {
		l.entries = map[key]*Entry{}
	}
	e := &Entry{Controller: k.controller, Place: k.place, Address: k.address, Type: k.typ, First: at}
	if k.address == "" {
		e.Address = k.place.String()
	}
	l.entries[k] = e
	return e
}

// add counts what a message does, and takes its value: of what was read or pushed at
// once, of what is written when the controller has agreed.
func (e *Entry) add(v *Variable, partner netip.Addr, raw, text []byte, at Sight) {
	e.Last = at
	p := e.partner(partner)
	switch {
	case v.Refused():
		e.Refused++
		return
	case v.Act.Changes() && !v.Answer:
		e.Writes++
		if p != nil {
			p.Writes++
		}
		return
	case !v.Answer:
		return
	case !v.Act.Changes() && raw != nil:
		e.Reads++
		if p != nil {
			p.Reads++
		}
	}
	if raw == nil {
		return
	}
	h := fnv.New64a()
	h.Write(raw)
	sum := h.Sum64()
	switch {
	case e.Known && e.hash == sum:
		return
	case e.Known:
		e.Changes++
		e.LastChange = at
		if e.Changes == 1 {
			e.FirstChange = at
		}
	}
	e.Known, e.hash = true, sum
	n := min(len(text), maxValue)
	for n < len(text) && n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	e.Value = string(text[:n])
	if n < len(text) {
		e.Value += "…"
	}
}

func (e *Entry) partner(a netip.Addr) *Partner {
	for i := range e.Partners {
		if e.Partners[i].Addr == a {
			return &e.Partners[i]
		}
	}
	if len(e.Partners) == maxPartners {
		e.MorePartners = true
		return nil
	}
	e.Partners = append(e.Partners, Partner{Addr: a})
	return &e.Partners[len(e.Partners)-1]
}

// Entries are the variables by controller and address.
func (l *Ledger) Entries() []*Entry {
	list := make([]*Entry, 0, len(l.entries))
	for _, e := range l.entries {
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b *Entry) int {
		return cmp.Or(
			a.Controller.Compare(b.Controller), cmp.Compare(a.Place.Area, b.Place.Area), cmp.Compare(a.Place.DB, b.Place.DB),
			cmp.Compare(a.Place.Bit, b.Place.Bit), cmp.Compare(a.Place.Bits, b.Place.Bits), cmp.Compare(a.Address, b.Address), cmp.Compare(a.Type, b.Type),
		)
	})
	return list
}
