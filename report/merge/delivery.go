package merge

import (
	"cmp"
	"fmt"
	"slices"

	"plcscope/flows/delivery"
	"plcscope/flows/tcp"
)

// Bounds of what is kept of the audit; Bounds of the result counts the rest.
const (
	keptSessions  = 20_000
	keptPairs     = 5_000
	keptOutages   = 2_000
	keptIncidents = 2_000
)

// audit joins the delivery audits of reports.
type audit struct {
	out      delivery.Result
	sessions map[delivery.Name]int // in out.Sessions
	pairs    map[[2]delivery.Name]int
	replies  map[repliesKey]int
}

type repliesKey struct {
	name    delivery.Name
	role    delivery.Role
	pattern string
}

// who is a session in all captures: a client identifier at a broker or, without one, a
// client at its address and port.
func who(n delivery.Name) delivery.Name {
	if n.Client != "" {
		n.Address = tcp.Endpoint{}
	}
	return n
}

func (m *Merger) delivery(r *readDelivery) error {
	if m.audit == nil {
		m.audit = &audit{sessions: map[delivery.Name]int{}, pairs: map[[2]delivery.Name]int{}, replies: map[repliesKey]int{}}
	}
	for _, n := range r.Notes {
		m.note(n)
	}
	if err := m.audit.add(r); err != nil {
		return fmt.Errorf("the delivery audit: %w", err)
	}
	return nil
}

func (a *audit) add(r *readDelivery) error {
	for side := range r.Total {
		l, err := r.Total[side].ledger()
		if err != nil {
			return err
		}
		add(&a.out.Total[side], &l)
		if r.Rest != nil {
			if l, err = r.Rest[side].ledger(); err != nil {
				return err
			}
			add(&a.out.Rest[side], &l)
		}
	}
	for i := range r.Sessions {
		if err := a.session(&r.Sessions[i]); err != nil {
			return err
		}
	}
	for i := range r.Pairs {
		if err := a.pair(&r.Pairs[i]); err != nil {
			return err
		}
	}
	for i := range r.Replies {
		if err := a.reply(&r.Replies[i]); err != nil {
			return err
		}
	}
	for i := range r.Outages {
		x, err := r.Outages[i].outage()
		if err != nil {
			return err
		}
		if len(a.out.Outages) < keptOutages {
			a.out.Outages = append(a.out.Outages, x)
		} else {
			a.out.Bounds.Outages++
		}
	}
	for i := range r.Incidents {
		x, err := r.Incidents[i].incident()
		if err != nil {
			return err
		}
		if len(a.out.Incidents) < keptIncidents {
			a.out.Incidents = append(a.out.Incidents, x)
		} else {
			a.out.Bounds.Incidents++
		}
	}
	return nil
}

func (a *audit) session(r *readSession) error {
	n, err := r.name()
	if err != nil {
		return err
	}
	var sides [2]delivery.Ledger
	for side, l := range []*readLedger{&r.ByClient, &r.ByBroker} {
		if sides[side], err = l.ledger(); err != nil {
			return err
		}
	}
	i, ok := a.sessions[who(n)]
	switch {
	case !ok && len(a.out.Sessions) >= keptSessions:
		a.out.Bounds.Sessions++
		for side := range sides {
			add(&a.out.Rest[side], &sides[side])
		}
		return nil
	case !ok:
		i = len(a.out.Sessions)
		a.sessions[who(n)] = i
		a.out.Sessions = append(a.out.Sessions, delivery.Session{Name: n, Version: version(r.Version), FirstFrame: r.FirstFrame})
	}
	s := &a.out.Sessions[i]
	s.Connections += r.Connections
	s.Outages += r.Outages
	s.Down += r.Down
	for side := range sides {
		add(&s.Sides[side], &sides[side])
	}
	return nil
}

func (a *audit) pair(r *readPair) error {
	from, err := r.From.name()
	if err != nil {
		return err
	}
	to, err := r.To.name()
	if err != nil {
		return err
	}
	l, err := r.Latency.latency()
	if err != nil {
		return err
	}
	k := [2]delivery.Name{who(from), who(to)}
	i, ok := a.pairs[k]
	switch {
	case !ok && len(a.out.Pairs) >= keptPairs:
		a.out.Bounds.Pairs++
		return nil
	case !ok:
		i = len(a.out.Pairs)
		a.pairs[k] = i
		a.out.Pairs = append(a.out.Pairs, delivery.Pair{From: from, To: to})
	}
	p := &a.out.Pairs[i]
	p.Expected += r.Expected
	p.Missing += r.Missing
	p.Unknown += r.Unknown
	p.Open += r.Open
	p.Again += r.Again
	for q := range p.Delivered {
		p.Delivered[q] += r.Delivered[q]
	}
	addLatency(&p.Latency, &l)
	return nil
}

func (a *audit) reply(r *readReplies) error {
	n, err := r.name()
	if err != nil {
		return err
	}
	role, err := parse(r.Role, delivery.Responder)
	if err != nil {
		return err
	}
	l, err := r.Latency.latency()
	if err != nil {
		return err
	}
	k := repliesKey{who(n), role, r.Pattern}
	i, ok := a.replies[k]
	switch {
	case !ok && len(a.out.Replies) >= keptSessions:
		a.out.Bounds.Requests += r.Requests
		return nil
	case !ok:
		i = len(a.out.Replies)
		a.replies[k] = i
		a.out.Replies = append(a.out.Replies, delivery.Replies{Name: n, Role: role, Pattern: r.Pattern})
	}
	x := &a.out.Replies[i]
	x.Requests += r.Requests
	x.Answered += r.Answered
	x.Late += r.Late
	x.Unanswered += r.Unanswered
	x.Unknown += r.Unknown
	x.Open += r.Open
	addLatency(&x.Latency, &l)
	return nil
}

// result is what the audits say together, nil when there was none.
func (a *audit) result() *delivery.Result {
	if a == nil {
		return nil
	}
	slices.SortStableFunc(a.out.Outages, func(x, y delivery.Outage) int { return cmp.Compare(x.At.Time, y.At.Time) })
	slices.SortStableFunc(a.out.Incidents, func(x, y delivery.Incident) int { return cmp.Compare(x.First.Time, y.First.Time) })
	return &a.out
}

// add adds what one side has sent.
func add(l, m *delivery.Ledger) {
	for _, x := range []struct {
		sum *uint64
		n   uint64
	}{
		{&l.Sent, m.Sent}, {&l.QoS1, m.QoS1}, {&l.QoS2, m.QoS2}, {&l.Joined, m.Joined}, {&l.Acknowledged, m.Acknowledged},
		{&l.Completed, m.Completed}, {&l.Refused, m.Refused}, {&l.NoSubscribers, m.NoSubscribers}, {&l.RepeatedDup, m.RepeatedDup},
		{&l.RepeatedPlain, m.RepeatedPlain}, {&l.Recovered, m.Recovered}, {&l.Twice, m.Twice}, {&l.Strays, m.Strays}, {&l.Lost, m.Lost},
		{&l.Abandoned, m.Abandoned}, {&l.Replaced, m.Replaced}, {&l.Unknown, m.Unknown}, {&l.Open, m.Open},
	} {
		*x.sum += x.n
	}
	for d, n := range m.Doubts {
		l.Doubts[d] += n
	}
	addLatency(&l.Latency, &m.Latency)
}

// addLatency joins two latencies. Their percentiles are then the upper ends of the bars
// that they lie in.
func addLatency(l, m *delivery.Latency) {
	switch {
	case m.Count == 0:
		return
	case l.Count == 0:
		*l = *m
		l.Bars = slices.Clone(m.Bars)
		return
	}
	l.Count += m.Count
	l.Max = max(l.Max, m.Max)
	l.Partial = l.Partial || m.Partial
	for _, b := range m.Bars {
		i, found := slices.BinarySearchFunc(l.Bars, b.UpTo, func(x delivery.Bar, up int64) int { return cmp.Compare(x.UpTo, up) })
		if found {
			l.Bars[i].Count += b.Count
		} else if len(l.Bars) < maxBars {
			l.Bars = slices.Insert(l.Bars, i, b)
		}
	}
	l.P50, l.P95, l.P99 = percentile(l, 50), percentile(l, 95), percentile(l, 99)
}

func percentile(l *delivery.Latency, q uint64) int64 {
	var all, below uint64
	for _, b := range l.Bars {
		all += b.Count
	}
	for _, b := range l.Bars {
		if below += b.Count; float64(below) >= float64(all)*float64(q)/100 {
			return min(b.UpTo, l.Max)
		}
	}
	return l.Max
}
