package overview

import (
	"cmp"
	"strings"

	"plcscope/flows"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// hostRows are the rows of the table of hosts.
type hostRows struct {
	v   *view
	at  string // address of the selected host, which stays selected
	own bool   // the user has moved
}

// Len implements paint.Rows.
func (r *hostRows) Len() int { return len(r.v.facts.hosts) }

// Cells implements paint.Rows.
func (r *hostRows) Cells(i int, cells []paint.Line) {
	h, w := &r.v.facts.hosts[i], r.v.d.Words()
	j := r.v.facts.judged[h.Addr.Netip().Unmap()]
	cells[0] = paint.Line{worst(j)}
	cells[1] = paint.In(paint.Strong, w.Host(h.Addr))
	cells[2] = paint.Text(roles(h))
	cells[3] = paint.Text(r.known(h))
	cells[4] = paint.Text(pane.Count(h.Connections))
	cells[5] = paint.Text(pane.Count(h.Messages))
	if j != nil {
		cells[6] = pane.Verdicts(&j.counts)
	}
}

// roles says what a host is.
func roles(h *flows.Host) string {
	var l []string
	for _, r := range h.Roles {
		l = append(l, r.String())
	}
	return strings.Join(l, ", ")
}

// known is what a host calls itself: client identifiers, order number, name.
func (r *hostRows) known(h *flows.Host) string {
	var l []string
	for _, id := range h.ClientIDs {
		l = append(l, cmp.Or(string(id), "(no client id)"))
	}
	if h.MoreIDs {
		l = append(l, "…")
	}
	if a := r.v.facts.assets[h.Addr.Netip().Unmap()]; a != nil {
		for i := range a.Modules {
			m := &a.Modules[i]
			s := strings.TrimSpace(strings.Join([]string{cmp.Or(m.Name, m.Module), m.Type, m.OrderNumber}, " "))
			if m.Mode != "" {
				s = strings.TrimSpace(s + " " + m.Mode)
			}
			if s != "" {
				l = append(l, strings.Join(strings.Fields(s), " "))
			}
		}
		if v := a.Vendor(); v != "" && len(l) == 0 && !r.v.d.Words().Private {
			l = append(l, v)
		}
	}
	return strings.Join(l, ", ")
}

func (r *hostRows) selected() *flows.Host {
	if i := r.v.hosts.Row(); i >= 0 && i < len(r.v.facts.hosts) {
		return &r.v.facts.hosts[i]
	}
	return nil
}

// refresh keeps the selected host selected.
func (r *hostRows) refresh() {
	g := r.v.hosts
	if !r.own {
		g.OnMove(func(i int) { r.at, r.own = r.v.facts.hosts[i].Addr.String(), true })
	}
	for i := range r.v.facts.hosts {
		if r.own && r.v.facts.hosts[i].Addr.String() == r.at && g.Row() != i {
			g.Select(i)
			return
		}
	}
}

// worst is the sign of the worst verdict at an address.
func worst(j *judged) paint.Span {
	if j == nil {
		return paint.Span{Text: " "}
	}
	for _, s := range pane.Verdicts(&j.counts) {
		r := []rune(s.Text)
		return paint.Span{Text: string(r[:1]), Role: s.Role}
	}
	return paint.Span{Text: "·", Role: paint.Dim}
}
