package delivery

import (
	"bytes"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
)

// Sides of a connection, as indexes.
const (
	client = session.Client
	server = session.Server
)

var slot = flows.NewSlot()

// conn is what the audit knows of one open connection.
type conn struct {
	flow   *flows.Connection
	owner  *owner // whose messages it carries; nil until that is known
	serial uint32 // its number in the session, from 1

	// hidden is the latest event at which something may have happened on the
	// connection that the capture does not show, and why.
	why    Doubt
	found  bool // where messages begin was recognised in mid-stream
	hidden uint64

	behind [2]uint64   // position behind the last message of each side in its stream
	heard  session.Ref // the client's latest packet

	connect  login   // the first CONNECT
	after    *Outage // that it ended
	waiting  bool    // that CONNECT has not taken effect
	accepted bool
	stranger bool // it began without a CONNECT
	bye      bool // the client sent DISCONNECT, or the connection was given up for another
	broke    bool // its end was taken in
	told     bool // the server sent DISCONNECT
	reason   mqtt.ReasonCode

	closed [2]bool     // by FIN or RST of that side
	end    session.Ref // the first of them
	cause  Cause

	aliases [2]map[uint16][]byte
}

// always is an event that is later than any other.
const always = ^uint64(0)

// login is what a CONNECT said.
type login struct {
	at      session.Ref
	id      string
	clean   bool
	lasting bool // the session outlives the connection
	version mqtt.Version
}

// conn returns the state of a connection, making it at its first event.
func (a *Audit) conn(f *flows.Connection) *conn {
	if c := a.conns.Get(f); c != nil {
		return c
	}
	c := a.conns.Add(f)
	c.flow = f
	return c
}

// hide takes note that something may have happened unseen until event n.
func (c *conn) hide(n uint64, why Doubt) {
	if n > c.hidden {
		c.hidden, c.why = n, why
	}
}

// shady says why something may have happened unseen on c at any time.
func (c *conn) shady() Doubt {
	switch {
	case c.hidden > 0:
		return c.why
	case c.found && c.flow.FromStart():
		return Borders
	case c.found:
		return MidStream
	}
	return Certain
}

// doubt says why an answer to what was sent at event born can have been missed.
func (c *conn) doubt(born uint64) Doubt {
	switch {
	case c.hidden >= born:
		return c.why
	case c.found:
		return c.shady()
	case !c.flow.TCP.Half[0].Seen || !c.flow.TCP.Half[1].Seen:
		return OneDirection
	case c.broke && (c.unseen(client) || c.unseen(server)):
		return Gap
	}
	return Certain
}

// unseen reports whether the peer of side s has acknowledged bytes that are in
// no message of the capture.
func (c *conn) unseen(s session.Side) bool {
	d := c.flow.DirOf(s == client)
	n := c.behind[s] + c.flow.Beyond(d, c.behind[s]) + 1
	if c.flow.TCP.Half[d].FINFrame != 0 {
		n++ // its FIN takes a number, too
	}
	return c.flow.TCP.Acked(d, n)
}

// reached reports whether the peer of side s has acknowledged its stream up to
// position end.
func (c *conn) reached(s session.Side, end uint64) bool {
	return c.flow.TCP.Acked(c.flow.DirOf(s == client), end)
}

// topic returns the topic of a PUBLISH of side s, an alias resolved; nil when it
// is not known.
func (c *conn) topic(s session.Side, p *mqtt.Packet) []byte {
	if p.Version != mqtt.V5 || len(p.Props.Raw) == 0 {
		return p.Topic
	}
	x, ok := p.Props.Find(mqtt.TopicAlias)
	if !ok {
		return p.Topic
	}
	alias := uint16(x.Num)
	known, have := c.aliases[s][alias]
	if len(p.Topic) == 0 {
		return known
	}
	if bytes.Equal(known, p.Topic) || !have && len(c.aliases[s]) >= maxAliases {
		return p.Topic
	}
	if len(p.Topic) > maxFilter {
		delete(c.aliases[s], alias)
		return p.Topic
	}
	if c.aliases[s] == nil {
		c.aliases[s] = map[uint16][]byte{}
	}
	c.aliases[s][alias] = append(known[:0], p.Topic...)
	return p.Topic
}
