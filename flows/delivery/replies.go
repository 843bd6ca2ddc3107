package delivery

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"plcscope/flows"
	"plcscope/flows/latency"
	"plcscope/internal/fingerprint"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
)

// Pattern tells by topics which message is the reply to which request.
type Pattern struct {
	text           string
	request, reply []byte
	levels         [][]byte // of the reply
}

func (p *Pattern) String() string { return p.text }

// ParsePattern reads "plc/+/req=>plc/+/rsp": requests have a topic that matches
// the filter on the left, and the reply's topic is what stands on the right, its
// wildcards replaced in their order by what those on the left have matched. '→'
// works as well as '=>'. A reply belongs to the oldest request that waits for
// its topic.
func ParsePattern(s string) (Pattern, error) {
	request, reply, ok := strings.Cut(strings.Replace(s, "→", "=>", 1), "=>")
	request, reply = strings.TrimSpace(request), strings.TrimSpace(reply)
	if !ok {
		return Pattern{}, fmt.Errorf("reply pattern %q: REQUEST=>REPLY is the form", s)
	}
	for _, f := range []string{request, reply} {
		if _, problem := mqtt.CheckFilter([]byte(f)); problem != mqtt.FilterOK {
			return Pattern{}, fmt.Errorf("reply pattern %q: filter %q %s", s, f, problem)
		}
	}
	if request == reply {
		return Pattern{}, fmt.Errorf("reply pattern %q: request and reply are the same", s)
	}
	have, want := wildcards(request), wildcards(reply)
	if len(want) > len(have) || !strings.HasPrefix(have, want) {
		return Pattern{}, errors.New("reply pattern " + s + ": the reply has a wildcard that nothing in the request stands for")
	}
	return Pattern{text: request + "=>" + reply, request: []byte(request), reply: []byte(reply), levels: bytes.Split([]byte(reply), []byte("/"))}, nil
}

// wildcards lists the wildcards of a filter.
func wildcards(f string) string {
	var b strings.Builder
	for _, l := range strings.Split(f, "/") {
		if l == "+" || l == "#" {
			b.WriteString(l)
		}
	}
	return b.String()
}

// answer appends to b the topic of the reply to a request, which must match.
func (p *Pattern) answer(b, topic []byte) []byte {
	request, rest := p.request, topic
	for i, l := range p.levels {
		if i > 0 {
			b = append(b, '/')
		}
		if len(l) != 1 || l[0] != '+' && l[0] != '#' {
			b = append(b, l...)
			continue
		}
		for { // to the next wildcard of the request
			var f, t []byte
			f, request, _ = bytes.Cut(request, slash)
			if string(f) == "#" {
				b = append(b, rest...)
				break
			}
			t, rest, _ = bytes.Cut(rest, slash)
			if string(f) == "+" {
				b = append(b, t...)
				break
			}
		}
	}
	return b
}

var slash = []byte("/")

// call is a request without a reply.
type call struct {
	key     uint64 // fingerprint of the reply's topic and its correlation data
	asker   session.Side
	pattern string // its text; empty: 5.0 response topic
	born    uint64
	id      uint16
	qos     mqtt.QoS
	at      session.Ref
	topic   []byte
}

// replyStat counts the requests of one session in one role.
type replyStat struct {
	Replies
	latency latency.Times
}

// giveUpAfter is how many times Options.ReplyTime a request is remembered.
const giveUpAfter = 10

// converse takes in a new message as a request, a reply, or neither.
func (a *Audit) converse(c *conn, m *flows.Message, from session.Side, topic []byte) {
	o, p := c.owner, m.Packet
	v5 := p.Version == mqtt.V5 && len(p.Props.Raw) > 0
	if !v5 && len(a.opt.Patterns) == 0 || len(topic) == 0 {
		return
	}
	if len(o.calls) > 0 {
		a.giveUp(o, false)
		var correlation []byte
		if v5 {
			x, _ := p.Props.Find(mqtt.CorrelationData)
			correlation = x.Data
		}
		if len(o.calls) > 0 && a.reply(o, m, from, fingerprint.Of(fingerprint.Of(2, topic), correlation)) {
			return
		}
	}
	if v5 {
		if x, ok := p.Props.Find(mqtt.ResponseTopic); ok {
			y, _ := p.Props.Find(mqtt.CorrelationData)
			a.request(o, m, from, topic, fingerprint.Of(fingerprint.Of(2, x.Data), y.Data), "")
			return
		}
	}
	for i := range a.opt.Patterns {
		t := &a.opt.Patterns[i]
		if mqtt.MatchTopic(t.request, topic) {
			a.scratch = t.answer(a.scratch[:0], topic)
			a.request(o, m, from, topic, fingerprint.Of(fingerprint.Of(2, a.scratch), nil), t.text)
			return
		}
	}
}

func (a *Audit) request(o *owner, m *flows.Message, from session.Side, topic []byte, key uint64, pattern string) {
	s := a.replyStat(o, from, pattern)
	if s == nil {
		a.bounds.Requests++
		return
	}
	s.Requests++
	if len(o.calls) >= maxCalls {
		a.bounds.Requests++
		a.replyStat(o, o.calls[0].asker, o.calls[0].pattern).Unknown++
		o.uncall(0)
	}
	n := len(o.calls)
	if n < cap(o.calls) {
		o.calls = o.calls[:n+1]
	} else {
		o.calls = append(o.calls, call{})
	}
	x := &o.calls[n]
	*x = call{key: key, asker: from, pattern: pattern, born: a.event, id: m.Packet.ID, qos: m.Packet.QoS, at: ref(m),
		topic: append(x.topic[:0], topic[:min(len(topic), maxTopic)]...)}
}

// uncall forgets a request; its storage is used again.
func (o *owner) uncall(i int) {
	n := len(o.calls) - 1
	gone := o.calls[i]
	copy(o.calls[i:], o.calls[i+1:])
	o.calls[n] = gone
	o.calls = o.calls[:n]
}

func (a *Audit) reply(o *owner, m *flows.Message, from session.Side, key uint64) bool {
	for i := range o.calls {
		x := &o.calls[i]
		if x.key != key || x.asker == from {
			continue
		}
		s := a.replyStat(o, x.asker, x.pattern)
		took := m.Time - x.at.Time
		s.latency.Record(took, &a.hists)
		if took > a.opt.ReplyTime {
			s.Late++
			a.incident(o, x.incident(LateReply, ref(m)))
		} else {
			s.Answered++
		}
		o.uncall(i)
		return true
	}
	return false
}

func (x *call) incident(k Kind, related session.Ref) Incident {
	return Incident{Kind: k, Sender: x.asker, First: x.at, Last: x.at, Related: related, ID: x.id, QoS: x.qos, Sends: 1, Topic: string(x.topic)}
}

// roleOf is the client's in a request of that side.
func roleOf(asker session.Side) Role {
	if asker == server {
		return Responder
	}
	return Requester
}

// replyStat returns the counters of o in the role that follows from who asks.
func (a *Audit) replyStat(o *owner, asker session.Side, pattern string) *replyStat {
	role := roleOf(asker)
	for i := range o.replies {
		if s := &o.replies[i]; s.Role == role && s.Pattern == pattern {
			return s
		}
	}
	if len(o.replies) >= maxReplyStats {
		return nil
	}
	s := replyStat{}
	s.Name, s.Role, s.Pattern = o.name, role, pattern
	o.replies = append(o.replies, s)
	return &o.replies[len(o.replies)-1]
}

// giveUp settles the requests for whose reply nobody waits any more.
func (a *Audit) giveUp(o *owner, final bool) {
	for len(o.calls) > 0 {
		x := &o.calls[0]
		waited := a.now - x.at.Time
		if !final && waited <= giveUpAfter*a.opt.ReplyTime {
			return
		}
		s := a.replyStat(o, x.asker, x.pattern)
		hidden := o.hidden >= x.born
		for _, c := range o.live {
			hidden = hidden || c.doubt(x.born) != Certain
		}
		switch {
		case hidden:
			s.Unknown++
		case waited <= a.opt.ReplyTime:
			s.Open++
		default:
			s.Unanswered++
			a.incident(o, x.incident(UnansweredRequest, session.Ref{}))
		}
		o.uncall(0)
	}
}

// hangUp settles the requests of a connection that ends.
func (a *Audit) hangUp(o *owner, c *conn) {
	if o.still {
		return
	}
	for len(o.calls) > 0 {
		x := &o.calls[0]
		s := a.replyStat(o, x.asker, x.pattern)
		switch {
		case c.doubt(x.born) != Certain || a.now-x.at.Time <= a.opt.ReplyTime:
			s.Unknown++
		default:
			s.Unanswered++
			a.incident(o, x.incident(UnansweredRequest, c.end))
		}
		o.uncall(0)
	}
}

// keepReplies writes the counters of a session that is forgotten into the result.
func (a *Audit) keepReplies(o *owner, s *replyStat) {
	if len(a.restReplies) >= a.opt.Limits.Sessions {
		return
	}
	s.Latency = s.latency.Summary()
	s.Name = o.name
	a.restReplies = append(a.restReplies, s.Replies)
}
