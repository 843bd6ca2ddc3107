package ladder

import (
	"cmp"
	"slices"
	"strings"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/flows/index"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// lane is a column of the diagram: somebody who talks.
type lane struct {
	host   decode.Addr
	port   uint16   // of a server
	name   string   // of a client: its identifier; "" when it has none, or several
	roles  [4]bool  // MQTT client, broker, S7 client, controller
	number int      // of the session in which it was met first
	asks   bool     // in some session it is the client,
	serves bool     // in some the server
	id     identity // what makes it one
}

const (
	mqttClient = iota
	broker
	s7Client
	controller
)

// identity tells lanes apart: by the host, and where several clients live there by the
// session.
type identity struct {
	host    decode.Addr
	session uint32
}

// lanes are the columns of a ladder.
type lanes struct {
	list []lane
	of   map[uint32][2]int // by session, the columns of client and server
}

// assign gives the parties of sessions columns. A host is one column, whatever it does,
// so that one sees how a value travels on; but clients with identifiers of their own on
// the same host, and who talks to their own host, stand apart. Who only asks stands on
// the left, who only serves on the right.
func assign(ix *index.Index, sessions []uint32) *lanes {
	var list []index.Session
	clients := map[decode.Addr]map[string]bool{}
	apart := map[decode.Addr]bool{}
	for _, n := range sessions {
		x, ok := ix.Session(n)
		if !ok {
			continue
		}
		list = append(list, x)
		if x.Client.Addr == x.Server.Addr {
			apart[x.Client.Addr] = true
		}
		if x.Proto == flows.MQTT {
			if clients[x.Client.Addr] == nil {
				clients[x.Client.Addr] = map[string]bool{}
			}
			clients[x.Client.Addr][string(x.ClientID)] = true
		}
	}
	for host, ids := range clients {
		apart[host] = apart[host] || len(ids) > 1
	}
	found := map[identity]*lane{}
	var order []*lane
	meet := func(id identity, n int) *lane {
		l := found[id]
		if l == nil {
			l = &lane{id: id, host: id.host, number: n}
			found[id] = l
			order = append(order, l)
		}
		return l
	}
	ends := map[uint32][2]*lane{}
	for i := range list {
		x := &list[i]
		id := identity{host: x.Client.Addr}
		if apart[x.Client.Addr] && (x.Proto == flows.MQTT || x.Client.Addr == x.Server.Addr) {
			id.session = x.Number
		}
		c := meet(id, i)
		s := meet(identity{host: x.Server.Addr}, i)
		c.asks, s.serves = true, true
		s.port = x.Server.Port
		if x.Proto == flows.MQTT {
			c.roles[mqttClient], s.roles[broker] = true, true
			c.name = pane.Partner(x)
		} else {
			c.roles[s7Client], s.roles[controller] = true, true
		}
		ends[x.Number] = [2]*lane{c, s}
	}
	slices.SortStableFunc(order, func(a, b *lane) int { return cmp.Compare(a.side(), b.side()) })
	l := &lanes{of: map[uint32][2]int{}}
	at := map[*lane]int{}
	for i, x := range order {
		l.list = append(l.list, *x)
		at[x] = i
	}
	for n, e := range ends {
		l.of[n] = [2]int{at[e[0]], at[e[1]]}
	}
	return l
}

// side is 0 for who asks, 1 for who asks and serves, and 2 for who serves.
func (l *lane) side() int {
	switch {
	case l.asks && l.serves:
		return 1
	case l.asks:
		return 0
	}
	return 2
}

// titles are the two lines above a lane.
func (l *lane) titles(w *pane.Words) (name, address string, role paint.Role) {
	names := [...]string{"MQTT client", "broker", "S7 client", "PLC"}
	var does []string
	for i, has := range l.roles {
		if has {
			does = append(does, names[i])
		}
	}
	what := strings.Join(does, ", ")
	role = paint.Client
	if l.side() == 2 {
		role = paint.Server
	}
	if l.name == "" {
		return what, w.Host(l.host), role
	}
	if len(does) > 1 {
		return l.name, w.Host(l.host) + " " + what, role
	}
	return l.name, w.Host(l.host), role
}
