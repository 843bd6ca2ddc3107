package assets

import (
	"cmp"
	"slices"

	"plcscope/decode"
	"plcscope/flows/latency"
)

// summary is what the result tells of a pair.
func (p *pair) summary() Transactions {
	t := Transactions{
		Client: p.client, Server: p.server, Connections: p.connections, FirstTime: p.first, LastTime: p.last,
		MoreFailures: p.moreErrors, Unmatched: p.unmatched,
		Negotiated: p.setups > 0, PDULength: p.pduLength, Calling: p.calling, Called: p.called,
		MostOpen: p.mostOpen, Largest: p.largest, Fullest: p.fullest,
		Items: p.items, Jobs: p.variableJobs, MostItems: p.mostItems, Actions: p.actions,
	}
	for _, f := range p.order {
		t.Functions = append(t.Functions, f.summary())
	}
	slices.SortStableFunc(t.Functions, func(a, b Function) int { return cmp.Compare(b.Requests, a.Requests) })
	for _, f := range p.failures {
		t.Failures = append(t.Failures, *f)
	}
	slices.SortStableFunc(t.Failures, func(a, b Failure) int { return cmp.Compare(b.Count, a.Count) })
	for _, a := range p.areas {
		t.Areas = append(t.Areas, *a)
	}
	slices.SortFunc(t.Areas, func(a, b AreaUse) int {
		return cmp.Or(cmp.Compare(b.Writes, a.Writes), cmp.Compare(b.Reads, a.Reads), cmp.Compare(a.Area, b.Area), cmp.Compare(a.DB, b.DB))
	})
	for _, x := range p.polls {
		if x.count > 1 {
			t.Polls = append(t.Polls, Poll{First: x.first, Items: x.items, Count: x.count, Period: x.period.Summary()})
		}
	}
	slices.SortFunc(t.Polls, func(a, b Poll) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.First, b.First), cmp.Compare(a.Items, b.Items), cmp.Compare(a.Period.Max, b.Period.Max))
	})
	return t
}

func (f *function) summary() Function {
	return Function{
		Name: f.kind.String(), ByServer: f.byServer, Requests: f.requests, Answered: f.answered, Refused: f.refused, ItemsRefused: f.itemsRefused,
		Late: f.late, Unanswered: f.unanswered, Unknown: f.unknown, Open: f.pending, Times: f.times.Summary(),
	}
}

// answers sums up how a controller answered all its clients.
func (v *Inventory) answers(all []Transactions, server decode.Addr) []Function {
	type sum struct {
		Function
		times latency.Times
	}
	by := map[kind]*sum{}
	var order []*sum
	for i := range all {
		if all[i].Server != server {
			continue
		}
		for _, f := range v.pairs[pairKey{all[i].Client, server}].order {
			s := by[f.kind]
			if s == nil {
				s = &sum{Function: Function{Name: f.kind.String(), ByServer: f.byServer}}
				by[f.kind] = s
				order = append(order, s)
			}
			s.Requests += f.requests
			s.Answered += f.answered
			s.Refused += f.refused
			s.ItemsRefused += f.itemsRefused
			s.Late += f.late
			s.Unanswered += f.unanswered
			s.Unknown += f.unknown
			s.Open += f.pending
			s.times.Add(&f.times)
		}
	}
	var out []Function
	for _, s := range order {
		s.Times = s.times.Summary()
		out = append(out, s.Function)
	}
	slices.SortStableFunc(out, func(a, b Function) int { return cmp.Compare(b.Requests, a.Requests) })
	return out
}
