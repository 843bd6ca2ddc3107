package delivery

import (
	"plcscope/flows/delivery"
	"plcscope/rules"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// The signs of rows: what they say is said in words, too.
var (
	bad   = pane.Sign(rules.Fail, rules.Error, false)
	warn  = pane.Sign(rules.Fail, rules.Warning, false)
	note  = pane.Sign(rules.Fail, rules.Info, false)
	doubt = pane.Sign(rules.Inconclusive, 0, false)
	good  = pane.Sign(rules.Pass, 0, false)
	none  = pane.Sign(rules.NotExercised, 0, false)
)

func (g gravity) sign() paint.Span {
	return [...]paint.Span{idle: none, fine: good, uncertain: doubt, unclean: warn, lossy: bad}[g]
}

// number is a column of the ledger that counts messages.
type number struct {
	title string
	width int
	drop  int // see paint.Column
	role  paint.Role
	of    func(l *delivery.Ledger) uint64
}

var numbers = []number{
	{"sent", 6, 0, paint.Strong, func(l *delivery.Ledger) uint64 { return l.Sent }},
	{"QoS 1", 6, 7, paint.Plain, func(l *delivery.Ledger) uint64 { return l.QoS1 }},
	{"QoS 2", 6, 7, paint.Plain, func(l *delivery.Ledger) uint64 { return l.QoS2 }},
	{"done", 6, 0, paint.Plain, func(l *delivery.Ledger) uint64 { return l.Completed }},
	{"DUP", 5, 4, paint.Plain, func(l *delivery.Ledger) uint64 { return l.RepeatedDup }},
	{"no DUP", 6, 3, paint.Warn, func(l *delivery.Ledger) uint64 { return l.RepeatedPlain }},
	{"recov", 5, 5, paint.Plain, func(l *delivery.Ledger) uint64 { return l.Recovered }},
	{"repl", 5, 6, paint.Plain, func(l *delivery.Ledger) uint64 { return l.Replaced }},
	{"refused", 7, 2, paint.Warn, func(l *delivery.Ledger) uint64 { return l.Refused }},
	{"twice", 5, 0, paint.Warn, func(l *delivery.Ledger) uint64 { return l.Twice }},
	{"lost", 5, 0, paint.Bad, func(l *delivery.Ledger) uint64 { return l.Lost }},
	{"aband", 5, 1, paint.Bad, func(l *delivery.Ledger) uint64 { return l.Abandoned }},
	{"unknown", 7, 0, paint.Doubt, func(l *delivery.Ledger) uint64 { return l.Unknown }},
	{"open", 5, 0, paint.Note, under},
}

// empty is added to the Drop of columns in which nothing stands: they go first.
const empty = 20

// ledgerColumns are those of the ledger m.
func ledgerColumns(m *model) []paint.Column {
	broker := paint.Column{Title: "broker", Width: 17, Flex: 1, Drop: 8}
	if m.brokers < 2 {
		broker.Drop += empty
	}
	l := []paint.Column{{Width: 1}, {Title: "client", Width: 11, Flex: 2}, broker, {Title: "from", Width: 6}}
	d := &m.snapshot.Delivery
	for i := range numbers {
		c := &numbers[i]
		drop := c.drop
		if drop > 0 && c.of(&d.Total[0])+c.of(&d.Total[1]) == 0 {
			drop += empty
		}
		l = append(l, paint.Column{Title: c.title, Width: c.width, Right: true, Drop: drop})
	}
	return append(l, paint.Column{Title: "ack p95", Width: 8, Right: true, Drop: 9})
}

// Len implements paint.Rows: of the ledger.
func (v *view) Len() int { return len(v.model.rows) }

// Cells implements paint.Rows: of the ledger.
func (v *view) Cells(i int, cells []paint.Line) {
	r := v.model.rows[i]
	l, s := v.model.ledger(r), v.model.session(r)
	cells[0] = paint.Line{gravityOf(l).sign()}
	switch {
	case s != nil:
		cells[1] = paint.Text(v.name(&s.Name))
		cells[2] = paint.In(paint.Dim, v.d.Words().Endpoint(s.Broker))
	case r.session == allSessions:
		cells[1] = paint.In(paint.Strong, "Σ all")
	default:
		cells[1] = paint.In(paint.Dim, "Σ further")
	}
	cells[3] = paint.In(sideRole(r.side), sideName(r.side))
	for j := range numbers {
		cells[4+j] = count(numbers[j].of(l), numbers[j].role)
	}
	if l.Latency.Count > 0 {
		cells[4+len(numbers)] = paint.Text(pane.Span(l.Latency.P95))
	}
}

// count writes a number of messages; none is a dot.
func count(n uint64, role paint.Role) paint.Line {
	if n == 0 {
		return paint.In(paint.Dim, "·")
	}
	return paint.In(role, pane.Count(n))
}

func sideName(side uint8) string { return [...]string{"client", "broker"}[side&1] }

func sideRole(side uint8) paint.Role { return [...]paint.Role{paint.Client, paint.Server}[side&1] }

// name writes who a session belongs to.
func (v *view) name(n *delivery.Name) string {
	if n.Client != "" {
		return n.Client
	}
	return v.d.Words().Endpoint(n.Address)
}
