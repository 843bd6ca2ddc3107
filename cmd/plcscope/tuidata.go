package main

import (
	"net/netip"
	"slices"

	"plcscope/flows"
	"plcscope/flows/frames"
	"plcscope/rules/profile"
	"plcscope/tui"
)

// dataOf lets the filters of the interface ask for the data of controllers.
func dataOf(n *naming) tui.DataFields {
	return tui.DataFields{Fields: dataFields.All(), New: func() tui.Data { return frameData{n} }}
}

// frameData gives frames the data of the messages that they complete.
type frameData struct{ naming *naming }

// See implements tui.Data.
func (d frameData) See(v *frames.View, m *flows.Message) {
	if m.PDU == nil {
		return
	}
	j := &stateOf(m.Conn).joiner
	j.Most = maxNames
	addData(v, d.naming.variables(j, m))
}

// Gap implements tui.Data.
func (d frameData) Gap(g *flows.Gap) {
	if g.Conn.Proto == flows.ISO {
		missing(&stateOf(g.Conn).joiner, g)
	}
}

// labels tells what a profile calls addresses; nil when it names none by address alone.
func labels(p *profile.Profile) func(netip.Addr) string {
	named := slices.DeleteFunc(slices.Clone(p.Subjects), func(x profile.Subject) bool {
		return len(x.Addresses) == 0 || len(x.ClientIDs) > 0
	})
	if len(named) == 0 {
		return nil
	}
	known := map[netip.Addr]string{}
	return func(a netip.Addr) string {
		l, ok := known[a]
		if !ok {
			for _, x := range named {
				if slices.ContainsFunc(x.Addresses, func(p netip.Prefix) bool { return p.Contains(a) }) {
					l = x.Name
					break
				}
			}
			known[a] = l
		}
		return l
	}
}
