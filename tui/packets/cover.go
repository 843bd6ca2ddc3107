package packets

import (
	"slices"

	"plcscope/flows"
	"plcscope/internal/wire"
	"plcscope/mqtt"
)

// cover says why a byte is not shown.
type cover uint8

const (
	bare   cover = iota // it is shown
	secret              // part of a password
	hidden              // of a payload or an address, in privacy mode
)

// told are the texts and bytes that privacy mode shows: names by which devices are known
// in a plant, and what belongs to the protocol. All others are contents.
var told = []string{
	"mqtt.protoname", "mqtt.clientid", "mqtt.willtopic", "mqtt.topic", "mqtt.property.content_type",
	"cotp.src-tsap", "cotp.src-tsap-bytes", "cotp.dst-tsap", "cotp.dst-tsap-bytes", "cotp.parameter_value",
	"s7comm.data.blockcontrol.block_type", "s7comm.blockinfo.blocktype", "s7comm.param.pistart.servicename",
	"tcp.options", "tcp.flags.str", "plcscope.client", "plcscope.rule", "plcscope.severity",
}

// personal reports whether the value of f is hidden in privacy mode.
func personal(f *wire.Field) bool {
	switch f.Type {
	case wire.IPv4, wire.IPv6, wire.Ether:
		return true
	case wire.String, wire.Bytes:
		return !slices.Contains(told, f.Name)
	}
	return false
}

// hide decides which bytes are shown: none of a password, and in privacy mode only those
// of fields that may be told.
func (d *detail) hide(g *gathered) {
	for i := range d.tabs {
		t := &d.tabs[i]
		t.cover = make([]cover, len(t.bytes))
		if g.private {
			for k := range t.cover {
				t.cover[k] = hidden
			}
		}
	}
	if g.private {
		d.paint(bare, func(i int, n *node) bool { return d.leaf(i) && n.field != payloadField && !personal(n.field) })
		d.paint(hidden, func(_ int, n *node) bool { return n.field != payloadField && personal(n.field) })
	}
	if g.secrets {
		return
	}
	d.paint(secret, func(_ int, n *node) bool { return n.field.Mask })
	if _, off, _, ok := payloadIn(g.heads); ok {
		for _, s := range g.secret {
			d.tabs[0].paint(off+s[0], off+s[1], secret)
		}
	}
	for i := range g.messages {
		m, x := &g.messages[i], &d.messages[i]
		if m.Proto == flows.MQTT && m.Type == mqtt.CONNECT {
			for _, s := range unsaid(m.nodes, len(m.bytes)) {
				d.tabs[x.tab].paint(x.base+s[0], x.base+s[1], secret)
			}
		}
	}
}

// paint covers the bytes of the fields for which is holds.
func (d *detail) paint(c cover, is func(i int, n *node) bool) {
	for i := range d.nodes {
		if n := &d.nodes[i]; n.field != nil && n.field.Type != wire.None && n.n > 0 && is(i, n) {
			d.tabs[n.tab].paint(n.off, n.off+n.n, c)
		}
	}
}

func (t *tab) paint(from, to int, c cover) {
	for k := max(from, 0); k < min(to, len(t.cover)); k++ {
		t.cover[k] = c
	}
}
