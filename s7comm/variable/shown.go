package variable

import (
	"cmp"
	"slices"
)

// Entries are the variables by controller and address. Neither the list nor its entries
// change when the Ledger goes on: others may read them meanwhile. Only what has changed
// since the call before is copied, and without any change it is the same list.
func (l *Ledger) Entries() []*Entry {
	switch {
	case len(l.added) > 0:
		l.merge()
	case len(l.changed) > 0:
		l.shown = slices.Clone(l.shown)
	}
	for _, list := range [...][]*record{l.added, l.changed} {
		for _, e := range list {
			e.touched = false
			l.shown[e.place] = e.copy()
		}
		clear(list)
	}
	l.added, l.changed = l.added[:0], l.changed[:0]
	return l.shown
}

// merge puts the new records among the sorted ones.
func (l *Ledger) merge() {
	slices.SortFunc(l.added, func(a, b *record) int { return order(&a.Entry, &b.Entry) })
	sorted := make([]*record, 0, len(l.sorted)+len(l.added))
	shown := make([]*Entry, len(l.sorted)+len(l.added))
	put := func(e *record) {
		e.place = len(sorted)
		sorted = append(sorted, e)
	}
	i := 0
	for _, e := range l.added {
		for ; i < len(l.sorted) && order(&l.sorted[i].Entry, &e.Entry) < 0; i++ {
			shown[len(sorted)] = l.shown[i]
			put(l.sorted[i])
		}
		put(e)
	}
	for ; i < len(l.sorted); i++ {
		shown[len(sorted)] = l.shown[i]
		put(l.sorted[i])
	}
	l.sorted, l.shown = sorted, shown
}

// order is by controller and address.
func order(a, b *Entry) int {
	return cmp.Or(
		a.Controller.Compare(b.Controller), cmp.Compare(a.Place.Area, b.Place.Area), cmp.Compare(a.Place.DB, b.Place.DB),
		cmp.Compare(a.Place.Bit, b.Place.Bit), cmp.Compare(a.Place.Bits, b.Place.Bits), cmp.Compare(a.Address, b.Address), cmp.Compare(a.Type, b.Type),
	)
}

// copy is the entry as it is now. History needs no copy: what lies in it stays as it is.
func (e *record) copy() *Entry {
	x := e.Entry
	x.Partners = slices.Clone(x.Partners)
	if x.Trend != nil {
		t := *x.Trend
		x.Trend = &t
	}
	return &x
}
