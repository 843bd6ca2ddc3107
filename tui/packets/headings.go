package packets

import (
	"fmt"
	"strings"

	"plcscope/internal/wire"
)

// items counts those of one kind in a message.
type items struct {
	field   *wire.Field
	message uint32
	n       int
}

// headings puts what matters most of a protocol into its first line.
func (c *composer) headings() {
	for i := range c.d.nodes {
		n := &c.d.nodes[i]
		if n.field == nil || i+1 == n.end {
			continue
		}
		switch {
		case n.depth == 0 && n.field.Type == wire.None:
			switch s := c.heading(i); {
			case s == "":
			case n.field.Name == "frame":
				n.text += " " + s
			default:
				n.text += ", " + s
			}
		case n.field.Type == wire.Uint:
			if s := c.flags(i); s != "" {
				n.text += ", " + s
			}
		case n.field == paramItem || n.field == dataItem:
			n.text += c.item(i)
		case n.field.Type == wire.None:
			if s := c.first(i); s != "" {
				n.text += ": " + s
			}
		}
	}
}

// item says which variable an item is about, with what the message says of it.
func (c *composer) item(i int) string {
	n := &c.d.nodes[i]
	if c.counted.field != n.field || c.counted.message != n.message {
		c.counted = items{field: n.field, message: n.message}
	}
	k := c.counted.n
	c.counted.n++
	s := fmt.Sprintf(" %d", k+1)
	for x := range c.g.messages {
		if m := &c.g.messages[x]; m.Number == n.message && k < len(m.items) {
			return s + ": " + m.items[k]
		}
	}
	if v := c.first(i); v != "" {
		s += ": " + v
	}
	return s
}

// heading is what the first line of a protocol says beside its name.
func (c *composer) heading(i int) string {
	in := func(name string) string {
		for k := i + 1; k < c.d.nodes[i].end; k++ {
			if x := &c.d.nodes[k]; x.field != nil && x.field.Name == name {
				return c.w.value(x.wire())
			}
		}
		return ""
	}
	known := func(name string) string { // in the connection rather than on the wire
		for k := range c.g.notes {
			if x := &c.g.notes[k]; x.Field.Name == name {
				return x.String()
			}
		}
		return ""
	}
	switch name := c.d.nodes[i].field.Name; name {
	case "frame":
		s := fmt.Sprintf("%d: %s on wire", c.g.number, stretch(c.g.length))
		if len(c.g.bytes) < c.g.length {
			s += fmt.Sprintf(", %d captured", len(c.g.bytes))
		}
		return s
	case "eth", "ip", "ipv6":
		return "Src: " + in(name+".src") + ", Dst: " + in(name+".dst")
	case "udp":
		return "Src Port: " + in("udp.srcport") + ", Dst Port: " + in("udp.dstport")
	case "tcp":
		s := "Src Port: " + in("tcp.srcport") + ", Dst Port: " + in("tcp.dstport")
		if v := known("tcp.seq"); v != "" {
			s += ", Seq: " + v
		}
		if v := known("tcp.ack"); v != "" {
			s += ", Ack: " + v
		}
		return s + ", Len: " + in("tcp.len")
	case "vlan":
		return "ID: " + in("vlan.id")
	case "tpkt":
		return "Length: " + in("tpkt.length")
	case "cotp":
		return in("cotp.type")
	case "mqtt", "s7comm", "s7comm-plus":
		for k := range c.g.messages {
			if m := &c.g.messages[k]; m.Number == c.d.nodes[i].message {
				return m.summary
			}
		}
	}
	return ""
}

// maxFlags is how many bytes the flags of a line take.
const maxFlags = 80

// flags says which of the parts of a number are set.
func (c *composer) flags(i int) string {
	var l []string
	room := maxFlags
	for k := i + 1; k < c.d.nodes[i].end; k++ {
		x := &c.d.nodes[k]
		if x.field == nil || x.num == 0 && x.field.Value == nil || x.depth != c.d.nodes[i].depth+1 {
			continue
		}
		s := x.field.Title
		switch {
		case x.field.Type == wire.Uint:
			s = c.w.value(x.wire())
		case x.field.Type != wire.Bool:
			continue
		}
		if room -= len(s); room < 0 {
			return strings.Join(append(l, "…"), ", ")
		}
		l = append(l, s)
	}
	return strings.Join(l, ", ")
}

// first is the first telling value inside a heading, for lists of items.
func (c *composer) first(i int) string {
	for k := i + 1; k < c.d.nodes[i].end; k++ {
		x := &c.d.nodes[k]
		if x.field != nil && x.field.Value != nil && x.wire().Meaning() != "" {
			return x.wire().Meaning()
		}
	}
	return ""
}
