package variable

import (
	"hash/fnv"
	"net/netip"
	"strconv"
	"unicode/utf8"

	"plcscope/s7comm/datatype"
)

// Ledger keeps what became known of each variable of each controller. The zero value
// keeps DefaultKept variables and of each the last value.
type Ledger struct {
	Limit int // variables; more are counted in Overflow
	// History is how many values of each variable are kept in Entry.History, at most
	// MaxHistory, and of many variables fewer, down to LeastHistory. 0: none, and no Trends.
	History int
	// Overflow counts sightings of variables that were not kept.
	Overflow uint64

	records map[key]*record
	sorted  []*record // those in shown, by controller and address
	added   []*record // those that are not yet there
	changed []*record // those that are there as they were
	shown   []*Entry
	text    []byte
}

// DefaultKept is how many variables a Ledger keeps.
const DefaultKept = 100_000

// key is what makes a variable one: a place read as two types is two.
type key struct {
	controller netip.Addr
	place      Place
	kind       datatype.Type // of what has no name, one element
	count      int           // of these, at least 1; 0 of what has a name
	address    string        // of what has no name and no place
	typ        string        // of what has a name
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

	// History are the latest values that were others than before, the oldest first, and
	// Trend shows the changes over time, nil without any; both only when Ledger.History is
	// set.
	History []Past
	Trend   *Trend
}

// Past is a value that a variable had, from a message on.
type Past struct {
	Value string // as Entry.Value
	Sight
}

// Key names the variable among all of a capture. It is stable, and nothing to show.
func (e *Entry) Key() string {
	return e.Controller.String() + " " + e.Address + " " + e.Type + " " + e.Symbol
}

// record is an Entry that goes on.
type record struct {
	Entry
	hash    uint64
	number  float64 // the latest value that was a number, when the first one was
	numeric bool
	known   int64 // when the first value was seen
	place   int   // in Ledger.sorted
	touched bool  // it is in Ledger.added or Ledger.changed
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

	MaxHistory   = 64 // bounds Ledger.History
	LeastHistory = 8
	maxPast      = 400_000 // values of all variables, as long as each has LeastHistory
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
		k := key{controller: controller, place: n.Place, typ: n.TypeName()}
		e := l.records[k]
		if e == nil {
			e = l.record(k, at, n.Place.String(), k.typ)
		}
		if e == nil {
			continue
		}
		e.Symbol = n.Path
		var raw []byte
		if n.Told() {
			raw = n.Raw
		}
		if l.note(e, v, partner, raw, at) {
			l.text = n.AppendValue(l.text[:0])
			l.take(e, raw, n.Type.Base, at)
		}
	}
	if named {
		return
	}
	k := key{controller: controller, place: v.Place, kind: v.Type, count: v.Count}
	if v.Place.Bits == 0 { // the place does not say it
		k.address = v.Address()
	}
	e := l.records[k]
	if e == nil {
		e = l.record(k, at, "", "")
	}
	if e == nil {
		return
	}
	if e.Address == "" {
		e.Address, e.Type = v.Address(), v.typeName()
	}
	if l.note(e, v, partner, v.Raw, at) {
		typ := v.Type
		if v.Count > 1 {
			typ = datatype.None
		}
		l.text = v.AppendValue(l.text[:0])
		l.take(e, v.Raw, typ, at)
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

// record makes the record of a variable; nil when there are too many.
func (l *Ledger) record(k key, at Sight, address, typ string) *record {
	limit := l.Limit
	if limit == 0 {
		limit = DefaultKept
	}
	if len(l.records) >= limit {
		l.Overflow++
		return nil
	}
	if l.records == nil {
		l.records = map[key]*record{}
	}
	e := &record{Entry: Entry{Controller: k.controller, Place: k.place, Address: address, Type: typ, First: at}, touched: true}
	l.records[k] = e
	l.added = append(l.added, e)
	return e
}

// note counts what a message does, and reports whether it gives the variable another
// value: what was read or pushed does so at once, what is written when the controller has
// agreed.
func (l *Ledger) note(e *record, v *Variable, partner netip.Addr, raw []byte, at Sight) bool {
	if !e.touched {
		e.touched = true
		l.changed = append(l.changed, e)
	}
	e.Last = at
	p := e.partner(partner)
	switch {
	case v.Refused():
		e.Refused++
		return false
	case v.Act.Changes() && !v.Answer:
		e.Writes++
		if p != nil {
			p.Writes++
		}
		return false
	case !v.Answer:
		return false
	case !v.Act.Changes() && raw != nil:
		e.Reads++
		if p != nil {
			p.Reads++
		}
	}
	if raw == nil {
		return false
	}
	h := fnv.New64a()
	h.Write(raw)
	sum := h.Sum64()
	before := e.hash
	e.hash = sum
	return !e.Known || before != sum
}

// take keeps another value: l.text in words, raw in bytes. typ is its type, None when it
// is several.
func (l *Ledger) take(e *record, raw []byte, typ datatype.Type, at Sight) {
	first := !e.Known
	if !first {
		e.Changes++
		e.LastChange = at
		if e.Changes == 1 {
			e.FirstChange = at
		}
	}
	e.Known, e.Value = true, short(l.text)
	if l.History > 0 {
		e.remember(min(l.History, MaxHistory, max(LeastHistory, maxPast/len(l.records))), at)
		e.chart(first, typ, raw, at)
	}
}

// short is a value as it is kept.
func short(text []byte) string {
	n := min(len(text), maxValue)
	for n < len(text) && n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	if n < len(text) {
		return string(text[:n]) + "…"
	}
	return string(text)
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
