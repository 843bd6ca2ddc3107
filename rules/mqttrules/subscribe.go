package mqttrules

import (
	"bytes"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

var subscribeFlags = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-subscribe-flags",
		Clauses:   rules.Clauses{V311: {"MQTT-3.8.1-1"}, V5: {"MQTT-3.8.1-1"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "SUBSCRIBE begins with 0x82",
		Exercised: "The client sends SUBSCRIBE.",
		Why:       "The server must close the connection.",
		Fix:       "Send 0x82 as the first byte of SUBSCRIBE.",
	},
	On:          on(fromClient, mqtt.SUBSCRIBE),
	OnMalformed: true,
	Check:       judgeFlags,
}

var subscribeQoS31 = &Rule{
	Rule: rules.Rule{
		ID:        "m31-subscribe-qos1",
		Clauses:   rules.Clauses{V31: {"§3.8"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A 3.1 SUBSCRIBE has QoS 1",
		Exercised: "The client sends SUBSCRIBE.",
		Why:       "Brokers close the connection at other flags.",
		Fix:       "Send 0x82 as the first byte of SUBSCRIBE, 0x8A when it is repeated.",
	},
	On:          on(fromClient, mqtt.SUBSCRIBE),
	OnMalformed: true,
	Check:       judgeQoS31,
}

var subscribeNonempty = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-subscribe-nonempty",
		Clauses:   rules.Clauses{V31: {"§3.8"}, V311: {"MQTT-3.8.3-3"}, V5: {"MQTT-3.8.3-2"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "SUBSCRIBE has at least one filter",
		Exercised: "The client sends SUBSCRIBE.",
		Why:       "The server closes the connection.",
		Fix:       "Do not send SUBSCRIBE while there is no topic; check the length that the payload was computed from.",
	},
	On:    on(fromClient, mqtt.SUBSCRIBE),
	Check: judgeNonempty,
}

func judgeNonempty(c *Conn, m *flows.Message, r *Reporter) {
	r.Exercised()
	if len(m.Packet.Filters) == 0 {
		r.Violation(m, "%s without any topic filter: it ends behind the identifier (Remaining Length %d)", m.Packet.Type, m.Packet.Remaining)
	}
}

var subscribeOptionsValid = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-subscribe-options-valid",
		Clauses:   rules.Clauses{V31: {"§3.8"}, V311: {"MQTT-3.8.3-4"}, V5: {"MQTT-3.8.3-5", "§3.8.3.1"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Requested QoS and subscription options are valid",
		Exercised: "The client sends SUBSCRIBE.",
		Why:       "The server closes the connection.",
		Fix:       "Limit the QoS input of the block to 0, 1 and 2, and write it into a byte that was cleared before.",
	},
	On: on(fromClient, mqtt.SUBSCRIBE),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		for i := range m.Packet.Filters {
			r.Exercised()
			f := &m.Packet.Filters[i]
			at := f.Offset + 2 + len(f.Filter)
			reserved := f.Options &^ 3
			if c.Flow.Version == mqtt.V5 {
				reserved = f.Options &^ 0x3f
			}
			switch {
			case f.QoS() == 3:
				r.At(at).Violation(m, "filter %s asks for QoS 3 (options byte 0x%02x)", rules.Excerpt(f.Filter), f.Options)
			case c.Flow.Version == mqtt.V5 && f.RetainHandling() == 3:
				r.At(at).Violation(m, "filter %s has Retain Handling 3 (options byte 0x%02x); 0 to 2 are defined", rules.Excerpt(f.Filter), f.Options)
			case reserved != 0:
				if c.Flow.Version == mqtt.V31 {
					r.As(rules.Info)
				}
				r.At(at).Violation(m, "filter %s has reserved bits set in its options byte 0x%02x", rules.Excerpt(f.Filter), f.Options)
			}
		}
	},
}

var subscribeFilterUTF8 = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-subscribe-filter-utf8",
		Clauses:   rules.Clauses{V311: {"MQTT-3.8.3-1"}, V5: {"MQTT-3.8.3-1"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Topic filters of SUBSCRIBE are UTF-8",
		Exercised: "The client sends SUBSCRIBE.",
		Why:       "The server closes the connection. S7 CHARs are bytes of a code page: umlauts and the degree sign are no UTF-8.",
		Fix:       "Keep topics to ASCII, or convert them to UTF-8.",
	},
	On:    on(fromClient, mqtt.SUBSCRIBE),
	Check: judgeFilterText,
}

func judgeFilterText(c *Conn, m *flows.Message, r *Reporter) {
	for i := range m.Packet.Filters {
		r.Exercised()
		f := &m.Packet.Filters[i]
		if at, problem := problemOf(f.Filter); problem == mqtt.StringInvalid {
			r.At(f.Offset+2+at).Violation(m, "filter %s of the %s is no UTF-8: byte 0x%02x at its byte %d", rules.Excerpt(f.Filter), m.Packet.Type, f.Filter[at], at)
		}
	}
}

var subackSent = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-suback-sent",
		Clauses:   rules.Clauses{V31: {"§3.8"}, V311: {"MQTT-3.8.4-1"}, V5: {"MQTT-3.8.4-1"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Timing,
		Title:     "A SUBSCRIBE is answered by SUBACK",
		Exercised: "The client sends SUBSCRIBE, and the connection lasts long enough for the answer.",
		Why:       "The client cannot know whether it will get messages; most blocks stop in this step.",
		Fix:       "Look at the broker's log; an access rule may drop the request silently.",
	},
	Owes: owesSuback,
}

var subackIDMatches = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-suback-id-matches",
		Clauses:   rules.Clauses{V31: {"§3.9"}, V311: {"MQTT-2.3.1-7", "MQTT-3.8.4-2"}, V5: {"MQTT-2.2.1-6", "MQTT-3.8.4-2"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "SUBACK carries the identifier of a SUBSCRIBE",
		Exercised: "The server sends SUBACK on a connection that is captured from its start.",
		Why:       "The client waits for its own identifier and takes the subscription for failed.",
		Fix:       "Report it to the broker's maker.",
	},
	On:    on(fromServer, mqtt.SUBACK),
	Check: judgeReply,
}

// judgeReply judges the identifiers of SUBACK and UNSUBACK.
func judgeReply(c *Conn, m *flows.Message, r *Reporter) {
	fact, p := &c.Fact, m.Packet
	switch fact.Relation {
	case session.Apart:
		return
	case session.Unknown:
		if c.Session.Flights[client].Forgotten > 0 || versionOf(c) != mqtt.V31 && c.repeatsReply(m) {
			return // it cannot be told, or another rule says it
		}
	case session.Mismatch:
		if fact.Before.Tangled {
			return
		}
	default:
		r.Exercised()
		return
	}
	r.Exercised()
	if fact.Relation == session.Mismatch {
		r.Related(rules.Ref(fact.Before.Last)).Violation(m, "%s with identifier %d, which belongs to the %s in frame %d", p.Type, p.ID, fact.Before.Kind, fact.Before.Last.Frame)
		return
	}
	r.Violation(m, "%s with identifier %d, but no %s with it waits for an answer", p.Type, p.ID, question(p.Type))
}

// question is the packet that a SUBACK or UNSUBACK answers.
func question(t mqtt.PacketType) mqtt.PacketType { return t - 1 }

var subackCount = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-suback-count",
		Clauses:   rules.Clauses{V31: {"§3.9"}, V311: {"MQTT-3.8.4-5"}, V5: {"MQTT-3.8.4-6"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "SUBACK has a code for each filter",
		Exercised: "The server answers a SUBSCRIBE that is in the capture.",
		Why:       "The client cannot tell which of its subscriptions were granted.",
		Fix:       "Report it to the broker's maker; subscribe to one filter at a time until then.",
	},
	On: on(fromServer, mqtt.SUBACK),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		x := answeredSubscribe(c)
		if x == nil {
			return
		}
		r.Exercised()
		if n := len(m.Packet.Codes); n != int(x.Filters) {
			r.Related(rules.Ref(x.Last)).Violation(m, "SUBACK has %d codes for the %d filters of the SUBSCRIBE in frame %d", n, x.Filters, x.Last.Frame)
		}
	},
}

// answeredSubscribe is the SUBSCRIBE that the present SUBACK answers, when it is
// known with all its filters.
func answeredSubscribe(c *Conn) *session.Exchange {
	x := c.Fact.Exchange
	if c.Fact.Relation != session.Answer || x == nil || x.Tangled || x.Filters == 0 || x.Filters == 255 {
		return nil
	}
	return x
}

var subackCodeValid = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-suback-code-valid",
		Clauses:   rules.Clauses{V311: {"MQTT-3.9.3-2", "MQTT-3.8.4-5"}, V5: {"MQTT-3.9.3-2", "MQTT-3.8.4-7"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The codes of SUBACK are defined ones",
		Exercised: "The server sends SUBACK.",
		Why:       "The client takes an unknown code for success or failure as it happens to be written.",
		Fix:       "Report it to the broker's maker.",
	},
	On: on(fromServer, mqtt.SUBACK),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		for i, code := range m.Packet.Codes {
			ok := code <= 2 || code == 0x80
			if c.Flow.Version == mqtt.V5 {
				ok = mqtt.ValidReason(mqtt.SUBACK, true, mqtt.ReasonCode(code))
			}
			if !ok {
				r.At(codesAt(m)+i).Violation(m, "code %d of the SUBACK is 0x%02x, which MQTT %s does not define", i+1, code, c.Flow.Version)
			}
		}
	},
}

// codesAt is the offset of the codes, which end a packet.
func codesAt(m *flows.Message) int { return len(m.Bytes) - len(m.Packet.Codes) }

var subackCodeValid31 = &Rule{
	Rule: rules.Rule{
		ID:        "m31-suback-code-valid",
		Clauses:   rules.Clauses{V31: {"§3.9"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A 3.1 SUBACK grants QoS 0, 1 or 2",
		Exercised: "The server sends SUBACK.",
		Why:       "3.1 knows no failure code: a block that compares with the granted QoS waits for ever.",
		Fix:       "Look up in the broker's log why the subscription was refused, mostly an access rule.",
	},
	On: on(fromServer, mqtt.SUBACK),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		for i, code := range m.Packet.Codes {
			switch {
			case code == 0x80:
				r.At(codesAt(m)+i).Violation(m, "code %d of the SUBACK is 0x80: the subscription failed, which 3.1.1 can say and 3.1 cannot", i+1)
			case code > 2:
				r.At(codesAt(m)+i).Violation(m, "code %d of the SUBACK is 0x%02x; 3.1 knows 0, 1 and 2", i+1, code)
			}
		}
	},
}

var subackGrantPlausible = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-suback-grant-plausible",
		Clauses:   rules.Clauses{V31: {"§3.9"}, V311: {"MQTT-3.8.4-5"}, V5: {"MQTT-3.8.4-7"}},
		Role:      rules.Server,
		Severity:  rules.Warning,
		Needs:     rules.Connection,
		Title:     "The granted QoS is not above the requested one",
		Exercised: "The server answers a SUBSCRIBE that is in the capture.",
		Why:       "A PLC that asked for QoS 0 or 1 gets messages that it cannot acknowledge.",
		Fix:       "Report it to the broker's maker.",
	},
	On: on(fromServer, mqtt.SUBACK),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		x := answeredSubscribe(c)
		if x == nil || len(m.Packet.Codes) != int(x.Filters) {
			return
		}
		r.Exercised()
		if int(x.Filters) <= len(x.Asked) && otherOrder(x.Asked[:x.Filters], m.Packet.Codes) {
			return // another rule
		}
		for i, code := range m.Packet.Codes[:min(len(m.Packet.Codes), len(x.Asked))] {
			if code <= 2 && x.Asked[i] < code {
				r.At(codesAt(m)+i).Related(rules.Ref(x.Last)).Violation(m, "SUBACK grants QoS %d to filter %d, for which the SUBSCRIBE in frame %d asked QoS %d", code, i+1, x.Last.Frame, x.Asked[i])
			}
		}
	},
}

var filterHash = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-filter-hash",
		Clauses:   rules.Clauses{V31: {"§A"}, V311: {"MQTT-4.7.1-2"}, V5: {"MQTT-4.7.1-1"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "# stands alone in the last level of a filter",
		Exercised: "The client sends SUBSCRIBE or UNSUBSCRIBE with # in a filter.",
		Why:       "The server closes the connection or refuses the filter.",
		Fix:       "Write a/b/# rather than a/b# or a/#/c.",
	},
	On: on(fromClient, mqtt.SUBSCRIBE, mqtt.UNSUBSCRIBE),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		judgeWildcard(m, r, '#', mqtt.FilterMulti)
	},
}

var filterPlus = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-filter-plus",
		Clauses:   rules.Clauses{V31: {"§A"}, V311: {"MQTT-4.7.1-3"}, V5: {"MQTT-4.7.1-2"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "+ fills a level of a filter",
		Exercised: "The client sends SUBSCRIBE or UNSUBSCRIBE with + in a filter.",
		Why:       "The server closes the connection or refuses the filter.",
		Fix:       "Write a/+/c rather than a/b+/c.",
	},
	On: on(fromClient, mqtt.SUBSCRIBE, mqtt.UNSUBSCRIBE),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		judgeWildcard(m, r, '+', mqtt.FilterSingle)
	},
}

func judgeWildcard(m *flows.Message, r *Reporter, sign byte, wrong mqtt.FilterProblem) {
	for i := range m.Packet.Filters {
		f := &m.Packet.Filters[i]
		if bytes.IndexByte(f.Filter, sign) < 0 {
			continue
		}
		r.Exercised()
		if at, problem := mqtt.CheckFilter(f.Filter); problem == wrong {
			r.At(f.Offset+2+at).Violation(m, "filter %s %s (its byte %d)", rules.Excerpt(f.Filter), problem, at)
		}
	}
}

var shareFilterForm = &Rule{
	Rule: rules.Rule{
		ID:        "m5-share-filter-form",
		Clauses:   rules.Clauses{V5: {"MQTT-4.8.2-1"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A filter that begins with $share names a group",
		Exercised: "The client sends SUBSCRIBE or UNSUBSCRIBE with a filter that begins with $share.",
		Why:       "The server closes the connection or refuses the filter.",
		Fix:       "Write $share/group/filter, the group at least one character long.",
	},
	On: on(fromClient, mqtt.SUBSCRIBE, mqtt.UNSUBSCRIBE),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		eachShared(m, r, func(f *mqtt.Filter, group []byte) {
			if len(group) == 0 {
				r.At(f.Offset+2).Violation(m, "the shared filter %s names no group; the form is $share/group/filter", rules.Excerpt(f.Filter))
			}
		})
	},
}

var shareNameChars = &Rule{
	Rule: rules.Rule{
		ID:        "m5-share-name-chars",
		Clauses:   rules.Clauses{V5: {"MQTT-4.8.2-2"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The group of a shared filter has no wildcard and a filter behind it",
		Exercised: "The client sends SUBSCRIBE or UNSUBSCRIBE with a filter that begins with $share.",
		Why:       "The server closes the connection or refuses the filter.",
		Fix:       "Write $share/group/filter; wildcards belong into the filter behind the group.",
	},
	On: on(fromClient, mqtt.SUBSCRIBE, mqtt.UNSUBSCRIBE),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		eachShared(m, r, func(f *mqtt.Filter, group []byte) {
			if len(group) == 0 {
				return
			}
			rest := f.Filter[len("$share/")+len(group):]
			switch {
			case bytes.ContainsAny(group, "+#"):
				r.At(f.Offset+2+len("$share/")).Violation(m, "the group %s of the shared filter %s contains a wildcard", rules.Excerpt(group), rules.Excerpt(f.Filter))
			case len(rest) < 2:
				r.At(f.Offset+2).Violation(m, "the shared filter %s has no filter behind its group", rules.Excerpt(f.Filter))
			}
		})
	},
}

// eachShared visits the shared filters of m, each of which exercises the rule.
func eachShared(m *flows.Message, r *Reporter, visit func(f *mqtt.Filter, group []byte)) {
	for i := range m.Packet.Filters {
		f := &m.Packet.Filters[i]
		rest, ok := bytes.CutPrefix(f.Filter, []byte("$share"))
		if !ok || len(rest) > 0 && rest[0] != '/' {
			continue
		}
		r.Exercised()
		group, _, _ := bytes.Cut(bytes.TrimPrefix(rest, []byte("/")), []byte("/"))
		visit(f, group)
	}
}
