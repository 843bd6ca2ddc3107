package siterules

import (
	"bytes"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/rules"
)

var subscribeFilter = &Rule{
	Rule: rules.Rule{
		ID:        "site-subscribe-filter",
		Clauses:   rules.Clauses{rules.Site: {"subscribe"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A client subscribes only to what the profile has for it",
		Exercised: "A client for which the profile lists topic filters subscribes.",
		Why:       "A filter that is too wide brings a controller more messages than it can take, and whoever reads them more than they should know.",
		Fix:       "Subscribe to the topics that the program uses, or enter the filter in the profile if it is meant.",
	},
	Asked:          ofMQTT(func(p *MQTT) bool { return p.Subscribe != nil }),
	VersionMatters: true,
	Subscribe: func(p *mqttPart, m *flows.Message, r *Reporter) {
		if p.MQTT.Subscribe == nil {
			return
		}
		for i := range m.Packet.Filters {
			f := &m.Packet.Filters[i]
			if _, bad := mqtt.CheckFilter(f.Filter); bad != mqtt.FilterOK {
				continue
			}
			r.Exercised()
			if !p.covers(f.Filter) {
				r.At(f.Offset).Violation(m, "subscribes to %s; %s allows %s", rules.Excerpt(f.Filter), p.For.of(), quoted(p.MQTT.Subscribe))
			}
		}
	},
}

// covers reports whether one of the filters that are allowed covers f. Who shares a
// subscription gets no more than its filter selects.
func (p *mqttPart) covers(f []byte) bool {
	_, shared, ok := mqtt.SplitShare(f)
	for _, a := range p.subscribe {
		if covers(a, f) || ok && covers(a, shared) {
			return true
		}
	}
	return false
}

// covers reports whether filter a matches all topics that filter f matches.
func covers(a, f []byte) bool {
	// A '+' of f is a level like any other, which only wildcards match. Of a '#' that
	// is not so: it also stands for no level and for many, as only a '#' of a does
	// that does not come later. As a topic has a first level, "#" is "+/#".
	if string(f) == "#" {
		f = anyTopic
	}
	if bytes.HasSuffix(f, []byte{'#'}) && !(bytes.HasSuffix(a, []byte{'#'}) && levels(a) <= levels(f)) {
		return false
	}
	return mqtt.MatchTopic(a, f)
}

var anyTopic = []byte("+/#")

func levels(f []byte) int { return bytes.Count(f, []byte{'/'}) + 1 }
