package sessions

import (
	"plcscope/flows"
	"plcscope/flows/index"
	"plcscope/rules"
	"plcscope/tui/scope"
)

// verdicts finds what was found about the partners of a session.
type verdicts struct {
	from    *scope.Snapshot
	clients map[who]*scope.Subject
	servers map[who]*scope.Subject
	named   map[string]int // how many clients have an identifier
}

// who is judged.
type who struct {
	protocol rules.Protocol
	address  string
	name     string
}

// take takes a newer snapshot.
func (v *verdicts) take(s *scope.Snapshot) {
	v.from = s
	v.clients, v.servers, v.named = map[who]*scope.Subject{}, map[who]*scope.Subject{}, map[string]int{}
	for i := range s.Verdicts.Subjects {
		x := &s.Verdicts.Subjects[i]
		if x.Role == rules.Server {
			v.servers[who{x.Protocol, x.Address, ""}] = x
			continue
		}
		v.clients[who{x.Protocol, x.Address, x.ClientID}] = x
		if x.ClientID != "" {
			v.named[x.ClientID]++
		}
	}
}

func protocolOf(x *index.Session) rules.Protocol {
	if x.Proto == flows.MQTT {
		return rules.MQTT
	}
	return rules.S7comm
}

// client returns the verdicts on the client of a session, at the addresses that it has
// had.
func (v *verdicts) client(ix *index.Index, x *index.Session) []*scope.Subject {
	var l []*scope.Subject
	id, p := string(x.ClientID), protocolOf(x)
	at := x.Client.Addr.String()
	if s := v.clients[who{p, at, id}]; s != nil {
		l = append(l, s)
	}
	if id == "" || x.Conns < 2 || v.named[id] < 2 {
		return l
	}
	seen := map[string]bool{at: true}
	for _, n := range ix.ConnsOf(x.Number, nil) {
		c, _ := ix.Conn(n)
		if at := c.Client.Addr.String(); !seen[at] {
			seen[at] = true
			if s := v.clients[who{p, at, id}]; s != nil {
				l = append(l, s)
			}
		}
	}
	return l
}

// server returns the verdicts on its server, or nil.
func (v *verdicts) server(x *index.Session) *scope.Subject {
	return v.servers[who{protocolOf(x), x.Server.String(), ""}]
}

// of counts the verdicts on the client. Those on an S7 controller count, too; a broker
// has many clients, and its own row among the findings.
func (v *verdicts) of(ix *index.Index, x *index.Session) scope.Counts {
	var c scope.Counts
	for _, s := range v.client(ix, x) {
		c.Add(&s.Counts)
	}
	if x.Proto != flows.MQTT {
		if s := v.server(x); s != nil {
			c.Add(&s.Counts)
		}
	}
	return c
}

// subject returns the session of a subject, or 0.
func (v *verdicts) subject(ix *index.Index, l *list, name string) uint32 {
	for i := range l.all {
		x := &l.all[i]
		for _, s := range v.client(ix, x) {
			if s.Name == name {
				return x.Number
			}
		}
	}
	for i := range l.all {
		if s := v.server(&l.all[i]); s != nil && s.Name == name {
			return l.all[i].Number
		}
	}
	return 0
}
