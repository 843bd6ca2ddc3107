package tui

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"plcscope/flows/frames"
	"plcscope/flows/index"
	"plcscope/flows/tcp"
	"plcscope/internal/manual"
	"plcscope/internal/wire"
	"plcscope/tui/pane"
	"plcscope/tui/scope"
	"plcscope/tui/suggest"
)

// maxValues bounds what is proposed for one field.
const maxValues = suggest.Most

// values are what fields are in this capture, as far as filters are likely to ask.
type values struct {
	frames uint32 // that had been analysed
	topics, clients, sessions, streams,
	addresses, ports, variables, symbols []suggest.Value
}

// gatherValues looks for the values that can be proposed, beside the interface, unless
// they are known.
func (a *App) gatherValues() {
	if a.gathering || a.values.frames == a.scope.Index.Frames() {
		return
	}
	a.gathering = true
	snapshot, privately := a.scope.Latest(), a.words.Private
	a.beside(func() {
		v := gather(a.scope, snapshot, privately)
		a.queue(func() {
			a.gathering, a.values = false, v
			if a.input != nil {
				a.input.Renew()
			}
		})
	})
}

func gather(s *scope.Scope, x *scope.Snapshot, private bool) values {
	ix := s.Index
	v := values{frames: ix.Frames()}
	topics := ix.Topics(nil)
	slices.SortStableFunc(topics, func(a, b index.Topic) int { return cmp.Compare(b.Count, a.Count) })
	for _, t := range topics[:min(len(topics), maxValues)] {
		v.topics = append(v.topics, suggest.Value{Text: string(t.Name), Note: pane.Count(t.Count) + " messages"})
	}
	for _, x := range ix.Sessions(nil) {
		if len(x.ClientID) == 0 || len(v.clients) == maxValues {
			continue
		}
		v.clients = append(v.clients, suggest.Value{Text: string(x.ClientID), Note: pane.Count(x.Sent[0]+x.Sent[1]) + " messages"})
		if !private {
			v.sessions = append(v.sessions, suggest.Value{Text: fmt.Sprintf("%s @ %s", x.ClientID, x.Server)})
		}
	}
	hosts, ports := map[netip.Addr]uint64{}, map[uint16]uint64{}
	for _, c := range ix.Conns(nil) {
		n := c.Sent[0].Messages + c.Sent[1].Messages
		for _, e := range []tcp.Endpoint{c.Client, c.Server} {
			hosts[e.Addr.Netip().Unmap()] += n
		}
		ports[c.Server.Port] += n
		if len(v.streams) < maxValues && !private {
			v.streams = append(v.streams, suggest.Value{Text: fmt.Sprint(c.Stream), Note: fmt.Sprintf("%s to %s", c.Client, c.Server)})
		}
	}
	if !private {
		for a, n := range hosts {
			v.addresses = append(v.addresses, suggest.Value{Text: a.String(), Note: pane.Count(n) + " messages"})
		}
	}
	for p, n := range ports {
		v.ports = append(v.ports, suggest.Value{Text: fmt.Sprint(p), Note: pane.Count(n) + " messages"})
	}
	for _, l := range []*[]suggest.Value{&v.addresses, &v.ports, &v.clients} {
		slices.SortFunc(*l, func(a, b suggest.Value) int { return cmp.Compare(a.Text, b.Text) })
		*l = (*l)[:min(len(*l), maxValues)]
	}
	for i := range x.Values[:min(len(x.Values), 20*maxValues)] {
		e := x.Values[i]
		if len(v.variables) < maxValues {
			v.variables = append(v.variables, suggest.Value{Text: e.Address, Note: cmp.Or(e.Symbol, e.Type)})
		}
		if e.Symbol != "" && len(v.symbols) < maxValues {
			v.symbols = append(v.symbols, suggest.Value{Text: e.Symbol, Note: e.Address})
		}
	}
	return v
}

// valuesOf are those of a field.
func (a *App) valuesOf(f *wire.Field) []suggest.Value {
	switch f {
	case frames.Client:
		return a.values.clients
	case frames.Session:
		return a.values.sessions
	case frames.Stream:
		return a.values.streams
	case frames.Rule:
		return a.ruleValues()
	case frames.Severity:
		var l []suggest.Value
		for _, s := range manual.Severities {
			l = append(l, suggest.Value{Text: s})
		}
		return l
	}
	switch f.Name {
	case "mqtt.topic", "mqtt.willtopic":
		return a.values.topics
	case "mqtt.clientid":
		return a.values.clients
	case "tcp.port", "tcp.srcport", "tcp.dstport":
		return a.values.ports
	case "ip.addr", "ip.src", "ip.dst", "ip.host", "ip.src_host", "ip.dst_host":
		return slices.DeleteFunc(slices.Clone(a.values.addresses), func(v suggest.Value) bool { return !is4(v.Text) })
	case "ipv6.addr", "ipv6.src", "ipv6.dst":
		return slices.DeleteFunc(slices.Clone(a.values.addresses), func(v suggest.Value) bool { return is4(v.Text) })
	case "plcscope.s7.address":
		return a.values.variables
	case "plcscope.symbol":
		return a.values.symbols
	}
	return nil
}

func is4(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is4()
}

// ruleValues are the rules, those that were broken first.
func (a *App) ruleValues() []suggest.Value {
	broken := map[string]uint64{}
	for _, s := range a.scope.Latest().Verdicts.Subjects {
		for i := range s.Results {
			broken[s.Results[i].Rule.ID] += s.Results[i].Failed
		}
	}
	var l []suggest.Value
	for _, r := range a.opt.Rules {
		note := r.Title
		if n := broken[r.ID]; n > 0 {
			note = fmt.Sprintf("%s broken · %s", pane.Count(n), r.Title)
		}
		l = append(l, suggest.Value{Text: r.ID, Note: note})
	}
	slices.SortStableFunc(l, func(x, y suggest.Value) int { return cmp.Compare(broken[y.Text], broken[x.Text]) })
	return l
}
