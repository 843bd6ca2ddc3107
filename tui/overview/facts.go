package overview

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"plcscope/flows"
	"plcscope/flows/assets"
	"plcscope/flows/index"
	"plcscope/tui/pane"
	"plcscope/tui/scope"
)

// facts are what the view shows, summed up not too often.
type facts struct {
	snapshot *scope.Snapshot
	progress index.Progress
	total    index.Total
	hosts    []flows.Host
	assets   map[netip.Addr]*assets.Asset
	judged   map[netip.Addr]*judged
	alerts   []alert
	sessions [2]int // of MQTT and of S7
	conns    int
	secret   int // encrypted connections

	private bool // how alerts were written

	next   time.Time // before which hosts are not summed up again
	frames uint32    // that the index held then
}

// judged are the verdicts on those at one address.
type judged struct {
	counts   scope.Counts
	subjects []string // the worst first
}

// refresh brings the facts up to date. Hosts are summed up from all connections, which
// takes a while when there are many: no more than a tenth of the time.
func (f *facts) refresh(d pane.Desk) {
	s := d.Scope()
	ix := s.Index
	f.progress, f.total = ix.Progress(), ix.Total()
	latest := s.Latest()
	news := latest != f.snapshot || f.private != d.Words().Private
	f.private = d.Words().Private
	now := time.Now()
	if f.progress.Frames != f.frames && (now.After(f.next) || f.progress.Done) {
		f.count(ix)
		f.frames = f.progress.Frames
		f.next = now.Add(10 * time.Since(now))
		news = true
	}
	if !news {
		return
	}
	f.snapshot = latest
	f.judge()
	f.assets = map[netip.Addr]*assets.Asset{}
	for i := range latest.Assets.Assets {
		a := &latest.Assets.Assets[i]
		f.assets[a.Addr.Netip().Unmap()] = a
	}
	slices.SortStableFunc(f.hosts, func(a, b flows.Host) int {
		return cmp.Or(-cmp.Compare(f.gravity(&a), f.gravity(&b)), cmp.Compare(rank(&a), rank(&b)), a.Addr.Netip().Compare(b.Addr.Netip()))
	})
	f.alerts = alertsOf(d, f)
}

// count sums up connections.
func (f *facts) count(ix *index.Index) {
	infos := ix.Infos(nil)
	f.hosts, f.conns, f.secret, f.sessions = flows.Hosts(infos), len(infos), 0, [2]int{}
	for i := range infos {
		if infos[i].Proto == flows.TLS {
			f.secret++
		}
	}
	for _, s := range ix.Sessions(nil) {
		if s.Proto == flows.MQTT {
			f.sessions[0]++
		} else {
			f.sessions[1]++
		}
	}
}

// judge sums up verdicts by address.
func (f *facts) judge() {
	f.judged = map[netip.Addr]*judged{}
	list := f.snapshot.Verdicts.Subjects
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return -cmp.Compare(gravity(&list[a].Counts), gravity(&list[b].Counts))
	})
	for _, i := range order {
		s := &list[i]
		a, ok := addressOf(s.Address)
		if !ok {
			continue
		}
		j := f.judged[a]
		if j == nil {
			j = &judged{}
			f.judged[a] = j
		}
		j.counts.Add(&s.Counts)
		if len(j.subjects) < 8 {
			j.subjects = append(j.subjects, s.Name)
		}
	}
}

// addressOf is the address of a subject, whose port is left out.
func addressOf(s string) (netip.Addr, bool) {
	if p, err := netip.ParseAddrPort(s); err == nil {
		return p.Addr().Unmap(), true
	}
	a, err := netip.ParseAddr(s)
	return a.Unmap(), err == nil
}

// gravity orders by the worst verdict.
func gravity(c *scope.Counts) int {
	for i := len(c.Failed) - 1; i >= 0; i-- {
		if c.Failed[i] > 0 {
			return i + 2
		}
	}
	return min(c.Inconclusive, 1)
}

func (f *facts) gravity(h *flows.Host) int {
	if j := f.judged[h.Addr.Netip().Unmap()]; j != nil {
		return gravity(&j.counts)
	}
	return 0
}

// rank orders hosts by what they are, controllers first.
func rank(h *flows.Host) int {
	if len(h.Roles) == 0 {
		return 1 << 8
	}
	return int(h.Roles[0])
}
