package packets

import (
	"fmt"
	"strings"
	"time"

	"plcscope/flows/frames"
	"plcscope/flows/index"
	"plcscope/internal/wire"
	"plcscope/rules"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

func lookup(name string) *wire.Field {
	for _, f := range frames.All() {
		if f.Name == name {
			return f
		}
	}
	panic("packets: no field " + name)
}

// composer turns what was read of a frame into what is shown of it.
type composer struct {
	ix       *index.Index
	words    *pane.Words
	findings func(frame uint32) []*rules.Finding

	g *gathered
	d *detail
	w writer

	counted items
}

// compose makes the detail of a frame.
func (c *composer) compose(g *gathered) *detail {
	c.g, c.d = g, &detail{frame: g.number}
	c.w = writer{words: c.words, secrets: g.secrets}
	c.d.tabs = append(c.d.tabs, tab{name: "Frame", bytes: g.bytes})
	if g.err != nil {
		c.say(0, fault, g.err.Error())
	}
	c.evidence()
	c.heads()
	for i := range g.messages {
		c.message(&g.messages[i])
	}
	c.d.close()
	c.d.hide(g)
	c.headings()
	return c.d
}

func (c *composer) say(depth int, k kind, text string) *node {
	c.d.nodes = append(c.d.nodes, node{depth: depth, kind: k, role: paint.Bad, text: text})
	return &c.d.nodes[len(c.d.nodes)-1]
}

// evidence tells what rules say of the frame.
func (c *composer) evidence() {
	list := c.findings(c.g.number)
	if len(list) == 0 {
		return
	}
	c.d.nodes = append(c.d.nodes, node{field: ownField, kind: protocol, text: fmt.Sprintf("plcscope: %s", count(len(list), "finding"))})
	for _, f := range list {
		sign := pane.SignOf(f)
		id := ""
		if f.Rule != nil {
			id = f.Rule.ID
		}
		n := c.say(1, fault, fmt.Sprintf("%s %s: %s", sign.Text, id, c.words.Prose(f.Detail)))
		n.field, n.data, n.role = frames.Rule, []byte(id), sign.Role
		n.view, n.target = pane.Findings, pane.Target{Rule: id, Frame: uint32(f.Frame)}
		if f.Subject != nil {
			n.target.Subject = f.Subject.String()
		}
		if m, ok := c.offender(f); ok {
			n.target.Message = m
		}
	}
}

// offender is the message of the frame that a finding points into.
func (c *composer) offender(f *rules.Finding) (uint32, bool) {
	if len(c.g.messages) == 1 {
		return c.g.messages[0].Number, true
	}
	return 0, false
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// heads adds the headers of the frame, and what is known of it beside its bytes.
func (c *composer) heads() {
	within := "" // the field that those behind it are parts of
	for i := range c.g.heads {
		n := &c.g.heads[i]
		if n.Hidden {
			continue
		}
		if i > 0 && n.Depth == 0 {
			c.behind(c.g.heads, i)
		}
		c.field(n, 0, 0, 0)
		if within != "" && strings.HasPrefix(n.Field.Name, within) {
			c.d.nodes[len(c.d.nodes)-1].depth++
		} else if within = ""; n.Depth > 0 {
			within = n.Field.Name + "."
		}
	}
	c.behind(c.g.heads, len(c.g.heads))
}

// message adds the fields of a message, over the frame's own bytes if these hold it.
func (c *composer) message(m *gatheredMessage) {
	x := message{Message: m.Message}
	if off, ok := c.within(m); ok {
		x.base = off
	} else {
		x.tab = len(c.d.tabs)
		c.d.tabs = append(c.d.tabs, tab{name: fmt.Sprintf("Message %d", len(c.d.messages)+1), bytes: m.bytes})
	}
	c.d.messages = append(c.d.messages, x)
	from := len(c.d.nodes)
	if m.err != nil {
		c.say(0, fault, fmt.Sprintf("%s, message %d: %v", protocolOf(&m.Message), m.Number, m.err))
	} else if len(m.nodes) == 0 {
		n := c.say(0, protocol, protocolOf(&m.Message)+", "+m.summary)
		n.n = len(m.bytes)
	}
	for i := range m.nodes {
		if n := &m.nodes[i]; !n.Hidden {
			c.field(n, x.tab, x.base, m.Number)
		}
	}
	c.beside(m, &x)
	for i := from; i < len(c.d.nodes); i++ {
		n := &c.d.nodes[i]
		n.message = m.Number
		if n.field == nil && n.n > 0 {
			n.tab, n.off = x.tab, n.off+x.base
		}
	}
}

// within tells where the frame itself holds the whole message.
func (c *composer) within(m *gatheredMessage) (off int, ok bool) {
	seq, at, size, ok := payloadIn(c.g.heads)
	if !ok || m.WebSocket {
		return 0, false
	}
	k := int(int32(m.seq - seq))
	if k < 0 || k+len(m.bytes) > size || at+k+len(m.bytes) > len(c.g.bytes) {
		return 0, false
	}
	return at + k, string(c.g.bytes[at+k:at+k+len(m.bytes)]) == string(m.bytes)
}

// field adds a field of the wire.
func (c *composer) field(n *wire.Node, tab, base int, message uint32) {
	x := node{
		field: n.Field, depth: int(n.Depth), tab: tab, off: base + int(n.Off), n: int(n.Len),
		num: n.Num, data: n.Data, message: message,
	}
	switch {
	case n.Field.Mask && !c.g.secrets, c.g.private && personal(n.Field):
		x.kind = unseen
	case n.Field.Type == wire.None && n.Depth == 0:
		x.kind = protocol
	}
	x.text = c.w.line(n)
	c.d.nodes = append(c.d.nodes, x)
}

var (
	ownField     = lookup("plcscope")
	timeDelta    = lookup("frame.time_delta")
	timeRelative = lookup("frame.time_relative")
	acksFrame    = lookup("tcp.analysis.acks_frame")
	paramItem    = lookup("s7comm.param.item")
	dataItem     = lookup("s7comm.data.item")
)

// timeForm is how a tree writes a date.
const timeForm = "2006-01-02 15:04:05.000000000 MST"

func zone(w *pane.Words) *time.Location {
	if w.Zone != nil {
		return w.Zone
	}
	return time.Local
}
