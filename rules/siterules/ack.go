package siterules

import (
	"time"

	"plcscope/flows"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

var ackLatency = &Rule{
	Rule: rules.Rule{
		ID:        "site-ack-latency",
		Clauses:   rules.Clauses{rules.Site: {"acknowledgement latency"}},
		Role:      rules.Client,
		Severity:  rules.Warning,
		Needs:     rules.Connection,
		Title:     "Messages of QoS 1 and 2 are acknowledged in the time that the profile lays down",
		Exercised: "A message of QoS 1 or 2 is acknowledged, of a client for which the profile lays down the time.",
		Why:       "Until then the block is busy and sends nothing else; the value is as old as the wait when it arrives.",
		Fix:       "Look at who takes the time: the broker (disk, bridges, load), the network (round trip, lost segments) or, for messages to the client, its own cycle.",
	},
	Asked:          ofMQTT(func(p *MQTT) bool { return p.AckLatency.Set() }),
	VersionMatters: true,
	Acked: func(p *MQTT, begun *session.Exchange, m *flows.Message, r *Reporter) {
		if !p.AckLatency.Set() || m.Time < begun.First.Time {
			return
		}
		r.Exercised()
		if took := m.Time - begun.First.Time; !p.AckLatency.holds(time.Duration(took)) {
			from, by := "the client", "broker"
			if m.FromClient {
				from, by = "the broker", "client"
			}
			r.Related(rules.Ref(begun.First)).Violation(m, "the %s message of %s with identifier %d was acknowledged by the %s with %s after %s; %s allows %s",
				begun.Kind, from, begun.ID, by, m.Packet.Type, duration(took), p.For.of(), p.AckLatency)
		}
	},
}
