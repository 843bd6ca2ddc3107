package delivery

import (
	"cmp"
	"slices"
	"strings"

	"plcscope/flows/latency"
	"plcscope/flows/tcp"
)

// Result settles what is left and returns what was found. The tracker must have
// been flushed; nothing can be observed after it.
func (a *Audit) Result() Result {
	if a.result == nil {
		r := a.collect(true)
		a.result = &r
	}
	return *a.result
}

// Now returns what was found so far, as a copy that is not changed later on, and changes
// nothing: what is under way counts as open, and what becomes of it is decided when it
// shows. It may be called between two events.
func (a *Audit) Now() Result {
	if a.result != nil {
		return *a.result
	}
	return a.collect(false)
}

func (a *Audit) collect(settle bool) Result {
	var r Result
	var total [2]latency.Times
	for side := range a.rest {
		total[side].Add(&a.restLatency[side])
		r.Rest[side] = a.rest[side]
		r.Rest[side].Latency = a.restLatency[side].Summary()
		r.Total[side].add(&a.rest[side])
	}
	r.Replies = slices.Clone(a.restReplies)
	on := underWay{map[*Outage][2]uint64{}, map[*pair]uint64{}}
	for _, o := range a.owners.inOrder() {
		if settle {
			a.finish(o, Certain)
		}
		on.add(o)
		s := Session{Name: o.name, Version: o.version, Connections: o.Connections, FirstFrame: o.first, Outages: o.outages, Down: o.down}
		for side := range o.sides {
			h, l := &o.sides[side], &s.Sides[side]
			*l = h.Ledger
			l.Open += h.underWay()
			r.Total[side].add(l)
			total[side].Add(&h.latency)
			l.Latency = h.latency.Summary()
		}
		r.Sessions = append(r.Sessions, s)
		for i := range o.replies {
			x := o.replies[i].Replies
			x.Open += o.waiting(x.Role, x.Pattern)
			x.Latency = o.replies[i].latency.Summary()
			r.Replies = append(r.Replies, x)
		}
	}
	for side := range total {
		r.Total[side].Latency = total[side].Summary()
	}
	for _, p := range a.pairs {
		if p.Expected > 0 || p.Delivered != [3]uint64{} {
			x := p.Pair
			x.Open += on.expected[p]
			x.Latency = p.latency.Summary()
			r.Pairs = append(r.Pairs, x)
		}
	}
	for _, p := range a.outages {
		x := *p
		for side, n := range on.interrupted[p] {
			x.Open[side] += n
		}
		r.Outages = append(r.Outages, x)
	}
	r.Incidents = slices.Clone(a.incidents)
	r.Bounds = a.bounds
	r.Bounds.Histograms = a.hists.Refused
	r.sort()
	return r
}

func (r *Result) sort() {
	slices.SortStableFunc(r.Sessions, func(x, y Session) int {
		return cmp.Or(x.Name.compare(&y.Name), cmp.Compare(x.FirstFrame, y.FirstFrame))
	})
	slices.SortFunc(r.Pairs, func(x, y Pair) int { return cmp.Or(x.From.compare(&y.From), x.To.compare(&y.To)) })
	slices.SortStableFunc(r.Outages, func(x, y Outage) int {
		return cmp.Or(cmp.Compare(x.At.Frame, y.At.Frame), x.Name.compare(&y.Name))
	})
	slices.SortStableFunc(r.Replies, func(x, y Replies) int {
		return cmp.Or(x.Name.compare(&y.Name), cmp.Compare(x.Role, y.Role), strings.Compare(x.Pattern, y.Pattern))
	})
	slices.SortStableFunc(r.Incidents, func(x, y Incident) int {
		return cmp.Or(cmp.Compare(x.First.Frame, y.First.Frame), cmp.Compare(x.Kind, y.Kind), strings.Compare(x.To, y.To))
	})
}

func (n *Name) compare(m *Name) int {
	return cmp.Or(compareEndpoint(n.Broker, m.Broker), strings.Compare(n.Client, m.Client), compareEndpoint(n.Address, m.Address))
}

func compareEndpoint(x, y tcp.Endpoint) int {
	return cmp.Or(x.Addr.Netip().Compare(y.Addr.Netip()), cmp.Compare(x.Port, y.Port))
}

// add sums the counters; latencies are merged elsewhere.
func (l *Ledger) add(o *Ledger) {
	for _, x := range [...]struct {
		to *uint64
		n  uint64
	}{
		{&l.Sent, o.Sent}, {&l.QoS1, o.QoS1}, {&l.QoS2, o.QoS2}, {&l.Joined, o.Joined},
		{&l.Acknowledged, o.Acknowledged}, {&l.NoSubscribers, o.NoSubscribers},
		{&l.RepeatedDup, o.RepeatedDup}, {&l.RepeatedPlain, o.RepeatedPlain}, {&l.Recovered, o.Recovered},
		{&l.Twice, o.Twice}, {&l.Strays, o.Strays}, {&l.Completed, o.Completed}, {&l.Refused, o.Refused},
		{&l.Lost, o.Lost}, {&l.Abandoned, o.Abandoned}, {&l.Replaced, o.Replaced}, {&l.Unknown, o.Unknown}, {&l.Open, o.Open},
	} {
		*x.to += x.n
	}
	for i, n := range o.Doubts {
		l.Doubts[i] += n
	}
}
