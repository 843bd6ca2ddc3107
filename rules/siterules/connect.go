package siterules

import (
	"time"

	"plcscope/flows"
	"plcscope/rules"
)

var clientID = &Rule{
	Rule: rules.Rule{
		ID:        "site-client-id",
		Clauses:   rules.Clauses{rules.Site: {"client identifier"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The client identifier has the form that the profile lays down",
		Exercised: "A client for which the profile lays down a client identifier connects.",
		Why:       "Access lists of the broker and the plant's own tools recognise a partner by its identifier; two that come under the same name throw each other out.",
		Fix:       "Set the client identifier of the block to the name that the plant has given to this controller.",
	},
	Asked: ofMQTT(func(p *MQTT) bool { return p.ClientID != nil }),
	Connect: func(c *Conn, p *mqttPart, m *flows.Message, r *Reporter) {
		if p.id == nil {
			return
		}
		r.Exercised()
		if p.whole(c.ClientID) {
			return
		}
		r.Violation(m, "connects with the client identifier %s; %s allows what matches %q", rules.Excerpt(c.ClientID), p.For.of(), p.ClientID)
	},
}

// whole reports whether the expression matches all of the identifier.
func (p *mqttPart) whole(id []byte) bool {
	at := p.id.FindIndex(id)
	return at != nil && at[0] == 0 && at[1] == len(id)
}

var keepAlive = &Rule{
	Rule: rules.Rule{
		ID:        "site-keep-alive",
		Clauses:   rules.Clauses{rules.Site: {"keep alive"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Keep Alive lies in the range that the profile lays down",
		Exercised: "A client for which the profile lays down a Keep Alive connects.",
		Why:       "Too long, and the broker takes a dead controller for a live one, with its will not yet published; too short, and slow cycles break the connection.",
		Fix:       "Set the Keep Alive of the block, in seconds.",
	},
	Asked: ofMQTT(func(p *MQTT) bool { return p.KeepAlive.Set() }),
	Connect: func(c *Conn, p *mqttPart, m *flows.Message, r *Reporter) {
		if !p.KeepAlive.Set() {
			return
		}
		r.Exercised()
		switch k := time.Duration(m.Packet.Connect.KeepAlive) * time.Second; {
		case k == 0 && p.KeepAlive.Max > 0:
			r.Violation(m, "connects with Keep Alive 0, which is off; %s allows %s", p.For.of(), p.KeepAlive)
		case k != 0 && !p.KeepAlive.holds(k):
			r.Violation(m, "connects with Keep Alive %s; %s allows %s", duration(int64(k)), p.For.of(), p.KeepAlive)
		}
	},
}
