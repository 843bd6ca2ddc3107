package flows

import (
	"bytes"
	"cmp"
	"slices"

	"plcscope/decode"
)

// Role is what a host does on the connections of a capture.
type Role uint8

const (
	RolePLC         Role = iota // answers S7 or S7comm-plus
	RoleBroker                  // is the server of MQTT connections
	RoleEngineering             // reads or changes the programs of controllers, starts or stops them
	RoleHMI                     // polls controllers without ever doing that
	RoleMQTTClient              // is the client of MQTT connections
	RoleTLS                     // is an end of encrypted connections
	roles
)

var roleNames = [...]string{"PLC", "broker", "engineering station", "HMI", "MQTT client", "encrypted"}

func (r Role) String() string { return roleNames[r] }

// Host is one address and what it does.
type Host struct {
	Addr        decode.Addr
	Roles       []Role // in the order of declaration
	Connections uint64
	Messages    uint64   // that it sent
	Publishes   uint64   // of these, MQTT PUBLISH
	Jobs        uint64   // of these, S7 requests
	ClientIDs   [][]byte // under which it connects by MQTT, ascending; at most eight
	MoreIDs     bool     // there are others
}

const maxHostIDs = 8

// Hosts sums connections by address. The order is that of the roles, then of the
// addresses.
func Hosts(list []ConnInfo) []Host {
	type sum struct {
		Host
		roles uint
		ids   map[string]bool
	}
	at := map[decode.Addr]*sum{}
	find := func(a decode.Addr) *sum {
		s := at[a]
		if s == nil {
			s = &sum{Host: Host{Addr: a}}
			at[a] = s
		}
		return s
	}
	for i := range list {
		c := &list[i]
		client, server := find(c.Client.Addr), find(c.Server.Addr)
		client.roles |= c.clientRole()
		server.roles |= c.serverRole()
		for side, s := range []*sum{client, server} {
			if side == 0 || client != server {
				s.Connections++
			}
			s.Messages += c.Sent[side].Messages
			s.Publishes += c.Sent[side].Publishes
			s.Jobs += c.Sent[side].Jobs
		}
		if c.MQTT.ClientID != nil && !client.ids[string(c.MQTT.ClientID)] {
			if len(client.ClientIDs) == maxHostIDs {
				client.MoreIDs = true
				continue
			}
			if client.ids == nil {
				client.ids = map[string]bool{}
			}
			client.ids[string(c.MQTT.ClientID)] = true
			client.ClientIDs = append(client.ClientIDs, c.MQTT.ClientID)
		}
	}
	var out []Host
	for _, s := range at {
		if s.roles&(1<<RoleEngineering) != 0 {
			s.roles &^= 1 << RoleHMI
		}
		for r := range roles {
			if s.roles&(1<<r) != 0 {
				s.Roles = append(s.Roles, r)
			}
		}
		if len(s.Roles) == 0 {
			continue
		}
		slices.SortFunc(s.ClientIDs, bytes.Compare)
		out = append(out, s.Host)
	}
	slices.SortFunc(out, func(a, b Host) int {
		return cmp.Or(cmp.Compare(a.Roles[0], b.Roles[0]), bytes.Compare(a.Addr[:], b.Addr[:]))
	})
	return out
}

// clientRole is the role that a connection shows its client in, as a bit. What
// S7comm-plus clients do is not decoded; the TSAP that they ask for says whether
// they are engineering stations (ES) or operator panels.
func (c *ConnInfo) clientRole() uint {
	switch {
	case c.Proto == MQTT && c.talks():
		return 1 << RoleMQTTClient
	case c.Proto == ISO && (c.Sent[0].Engineering > 0 || string(c.S7.CalledTSAP) == "SIMATIC-ROOT-ES"):
		return 1 << RoleEngineering
	case c.Proto == ISO && (c.S7.Classic && c.Sent[0].Jobs > 0 || string(c.S7.CalledTSAP) == "SIMATIC-ROOT-HMI"):
		return 1 << RoleHMI
	case c.Proto == TLS:
		return 1 << RoleTLS
	}
	return 0
}

func (c *ConnInfo) serverRole() uint {
	switch {
	case c.Proto == MQTT && c.talks():
		return 1 << RoleBroker
	case c.Proto == ISO && (c.S7.Classic || c.S7.Plus) && c.talks():
		return 1 << RolePLC
	case c.Proto == TLS:
		return 1 << RoleTLS
	}
	return 0
}

// talks reports whether messages went over the connection.
func (c *ConnInfo) talks() bool { return c.Sent[0].Messages+c.Sent[1].Messages > 0 }
