package delivery

import (
	"cmp"
	"slices"
	"strings"

	"plcscope/flows/delivery"
	"plcscope/tui/scope"
)

// row is a row of the ledger: what one side of a session has sent, or a sum.
type row struct {
	session int32 // index in Result.Sessions; allSessions or furtherSessions for a sum
	side    uint8 // 0: the client, 1: the broker
}

const (
	allSessions     = -1
	furtherSessions = -2 // those beyond the bound of the audit, which share one ledger
)

// who tells a row apart while the ledger changes. Its zero value is the sum over what all
// clients have sent.
type who struct {
	one     bool
	further bool
	name    delivery.Name // of one
	side    uint8
}

// order is what the rows of sessions are sorted by.
type order uint8

const (
	byWorst order = iota
	byClient
	bySent
	byRepeated
	byOpen
	byLatency
	orders
)

func (o order) String() string {
	return [...]string{"worst", "client", "sent", "repeated", "open", "latency"}[min(o, orders-1)]
}

// model is the ledger of one snapshot, in order.
type model struct {
	snapshot *scope.Snapshot
	rows     []row
	brokers  int // that the sessions are at, counted up to 2
}

// build makes the ledger of a snapshot. Only sessions with narrow, in small letters, in
// their name are in it; private ones have no address that could be guessed so.
func build(s *scope.Snapshot, by order, reverse bool, narrow string, private bool) *model {
	m := &model{snapshot: s}
	d := &s.Delivery
	type key struct {
		row row
		num uint64
	}
	var keys []key
	for i := range d.Sessions {
		x := &d.Sessions[i]
		if m.brokers == 0 || m.brokers == 1 && x.Broker != d.Sessions[0].Broker {
			m.brokers++
		}
		if narrow != "" && !named(&x.Name, narrow, private) {
			continue
		}
		for side := range x.Sides {
			if l := &x.Sides[side]; counts(l) {
				keys = append(keys, key{row{int32(i), uint8(side)}, weight(l, by)})
			}
		}
	}
	if by != byClient {
		slices.SortStableFunc(keys, func(a, b key) int { return cmp.Compare(b.num, a.num) })
	}
	if reverse {
		slices.Reverse(keys)
	}
	for side := range d.Total {
		if counts(&d.Total[side]) {
			m.rows = append(m.rows, row{allSessions, uint8(side)})
		}
	}
	for i := range keys {
		m.rows = append(m.rows, keys[i].row)
	}
	for side := range d.Rest {
		if counts(&d.Rest[side]) {
			m.rows = append(m.rows, row{furtherSessions, uint8(side)})
		}
	}
	return m
}

// counts reports whether a ledger has something to tell.
func counts(l *delivery.Ledger) bool { return l.Sent > 0 || l.Strays > 0 }

func named(n *delivery.Name, part string, private bool) bool {
	return strings.Contains(strings.ToLower(n.Client), part) ||
		!private && (strings.Contains(n.Address.String(), part) || strings.Contains(n.Broker.String(), part))
}

// ledger returns the counts of a row.
func (m *model) ledger(r row) *delivery.Ledger {
	d := &m.snapshot.Delivery
	switch r.session {
	case allSessions:
		return &d.Total[r.side]
	case furtherSessions:
		return &d.Rest[r.side]
	}
	return &d.Sessions[r.session].Sides[r.side]
}

// session returns the session of a row, nil for a sum.
func (m *model) session(r row) *delivery.Session {
	if r.session < 0 {
		return nil
	}
	return &m.snapshot.Delivery.Sessions[r.session]
}

func (m *model) who(r row) who {
	w := who{side: r.side, further: r.session == furtherSessions}
	if s := m.session(r); s != nil {
		w.one, w.name = true, s.Name
	}
	return w
}

// find returns where a row is, or -1.
func (m *model) find(w who) int {
	return slices.IndexFunc(m.rows, func(r row) bool { return r.side == w.side && m.who(r) == w })
}

// gravity is how bad a ledger is.
type gravity uint8

const (
	idle      gravity = iota // nothing is decided
	fine                     // what is decided went well
	uncertain                // the capture does not tell of some
	unclean                  // some were delivered twice, or refused
	lossy                    // some were lost
)

func gravityOf(l *delivery.Ledger) gravity {
	switch {
	case l.Lost+l.Abandoned > 0:
		return lossy
	case l.Twice+l.Refused > 0:
		return unclean
	case l.Unknown > 0:
		return uncertain
	case l.Completed+l.Replaced > 0:
		return fine
	}
	return idle
}

// under is how many messages have no fate yet: those in flight, before the audit is
// settled also those that it still follows.
func under(l *delivery.Ledger) uint64 {
	return l.Sent - min(l.Sent, l.Completed+l.Refused+l.Lost+l.Abandoned+l.Replaced+l.Unknown)
}

// weight is the greater the earlier a row comes.
func weight(l *delivery.Ledger, by order) uint64 {
	switch by {
	case bySent:
		return l.Sent
	case byRepeated:
		return l.RepeatedDup + l.RepeatedPlain
	case byOpen:
		return under(l)
	case byLatency:
		return uint64(l.Latency.P95)
	}
	g := gravityOf(l)
	n := [...]uint64{idle: under(l), fine: under(l) + l.RepeatedDup + l.RepeatedPlain, uncertain: l.Unknown, unclean: l.Twice + l.Refused, lossy: l.Lost + l.Abandoned}[g]
	return uint64(g)<<56 | min(n, 1<<56-1)
}
