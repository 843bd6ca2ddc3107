package siterules

import (
	"regexp"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// Conn is what the rules know of one connection.
type Conn struct {
	Flow    *flows.Connection
	engine  *Engine        // that keeps it
	subject *rules.Subject // the client
	said    said           // what it publishes just now

	chosen bool  // mqtt or s7 is filled
	choice uint8 // the client's direction by which that was done

	// MQTT
	mqtt     []*mqttPart
	ClientID []byte // a copy of the one in CONNECT; nil when none was seen
	connects int
	aliases  flows.Aliases // of the client
	session  session.Session
	topics   map[string]*topic
	watched  []*topic // those of topics that must not fall silent
	swept    int64    // when watched was last looked over
	heard    int64    // time of the client's latest message; 0 when what came before is not known
	pause    int64    // for how long the network may have held the client's messages back lately
	pausedAt int64    // when that ended
	acks     bool     // exchanges are followed

	// S7
	s7     []*s7Part
	greets bool  // the client's host was judged
	blind  int64 // time of the latest hole
}

// topic is what a client has done with one topic on one connection.
type topic struct {
	name    string
	entries []entry   // by part of the connection
	last    rules.Ref // the latest PUBLISH; zero when the next cannot be held against it
}

// entry is what one part of the policy lays down for a topic.
type entry struct {
	*Publish       // nil when no entry matches
	told     bool  // that the next PUBLISH is overdue
	due      int64 // when the next may come if none comes too soon
	run      rules.Ref
	count    int64 // of intervals since run, all of which came too soon
}

// mqttPart is one part of a policy, made ready.
type mqttPart struct {
	*MQTT
	id        *regexp.Regexp // ClientID, made to find the longest match
	filters   [][]byte       // of Publish
	subscribe [][]byte
}

func newMQTTPart(p *MQTT) *mqttPart {
	x := &mqttPart{MQTT: p}
	if p.ClientID != nil {
		x.id = regexp.MustCompile(p.ClientID.String())
		x.id.Longest()
	}
	for i := range p.Publish {
		x.filters = append(x.filters, []byte(p.Publish[i].Topic))
	}
	for _, f := range p.Subscribe {
		x.subscribe = append(x.subscribe, []byte(f))
	}
	return x
}

// entry returns the entry that judges a topic, nil when none matches.
func (p *mqttPart) entry(name []byte) *Publish {
	for i, f := range p.filters {
		if mqtt.MatchTopic(f, name) {
			return &p.Publish[i]
		}
	}
	return nil
}

// s7Part is one part of a policy, made ready.
type s7Part struct {
	*S7
	allowed map[Function]bool
}

func newS7Part(p *S7) *s7Part {
	x := &s7Part{S7: p, allowed: map[Function]bool{}}
	for _, f := range p.Functions {
		x.allowed[f] = true
	}
	return x
}

// choose finds the parts of the policy that select the partner of c. It is done anew
// when it turns out that the client is the other side.
func (e *Engine) choose(c *Conn) {
	dir := uint8(c.Flow.ClientDir())
	if c.chosen && c.choice == dir {
		return
	}
	if c.chosen {
		e.forget(c)
	}
	c.chosen, c.choice, c.subject, c.greets = true, dir, nil, false
	c.mqtt, c.s7, c.acks = c.mqtt[:0], c.s7[:0], false
	if c.Flow.Proto == flows.MQTT {
		addr := c.Flow.Client().Addr.Netip()
		for _, p := range e.mqtt {
			if p.For.fits(addr) && p.For.names(c.ClientID) {
				c.mqtt = append(c.mqtt, p)
				c.acks = c.acks || p.AckLatency.Set()
			}
		}
		return
	}
	addr := c.Flow.Server().Addr.Netip()
	for _, p := range e.s7 {
		if p.For.fits(addr) {
			c.s7 = append(c.s7, p)
		}
	}
}

// forget drops what is known of the topics of c.
func (e *Engine) forget(c *Conn) {
	for _, t := range c.topics {
		*t = topic{entries: t.entries[:0]}
		if len(e.spare) < 4096 {
			e.spare = append(e.spare, t)
		}
	}
	e.watched -= len(c.topics)
	if len(c.topics) > 64 { // what one client needed is not kept for ever
		c.topics, c.watched = nil, nil
		return
	}
	clear(c.topics)
	c.watched = c.watched[:0]
}

// Bounds of what is watched on one connection.
const (
	maxTopics = 4096
	maxName   = 512 // bytes of a topic
)

// topic returns what is known of a topic. Where the bounds do not allow to keep it, the
// result is valid until the next call.
func (e *Engine) topic(c *Conn, name []byte) (t *topic, kept bool) {
	if t := c.topics[string(name)]; t != nil {
		return t, true
	}
	if len(c.topics) >= maxTopics || len(name) > maxName || e.watched >= e.opt.Topics {
		e.loose.entries = e.loose.entries[:0]
		e.loose.enter(c, name)
		return &e.loose, false
	}
	if n := len(e.spare); n > 0 {
		t, e.spare = e.spare[n-1], e.spare[:n-1]
	} else {
		t = new(topic)
	}
	t.name = string(name)
	watch := t.enter(c, name)
	if c.topics == nil {
		c.topics = map[string]*topic{}
	}
	c.topics[t.name] = t
	e.watched++
	if watch {
		c.watched = append(c.watched, t)
	}
	return t, true
}

// enter finds the entries that judge a topic and reports whether one of them lays down
// a longest interval.
func (t *topic) enter(c *Conn, name []byte) (watch bool) {
	for _, p := range c.mqtt {
		x := p.entry(name)
		t.entries = append(t.entries, entry{Publish: x})
		watch = watch || x != nil && x.Interval.Max > 0
	}
	return watch
}

// hole takes note of a hole in the capture.
func (c *Conn) hole(e *Engine, g *flows.Gap) {
	c.blind = max(c.blind, g.Time)
	c.session = session.Session{}
	if !g.FromClient {
		return
	}
	c.aliases = flows.Aliases{}
	for _, t := range c.topics {
		t.last = rules.Ref{}
	}
	c.heard = 0
}

// who returns the client of c in the book.
func (e *Engine) who(c *Conn) *rules.Subject {
	if c.subject == nil {
		at := rules.Ref{Frame: c.Flow.TCP.FirstFrame, Time: c.Flow.TCP.FirstTime}
		e.book.Protocol = rules.MQTT
		if c.Flow.Proto == flows.ISO {
			e.book.Protocol = rules.S7comm
		}
		c.subject = e.book.Subject(rules.Client, c.Flow.Client().Addr.String(), string(c.ClientID), at)
	}
	return c.subject
}

// ref points at a message.
func ref(m *flows.Message) rules.Ref { return rules.Ref{Frame: m.Frame, Time: m.Time} }
