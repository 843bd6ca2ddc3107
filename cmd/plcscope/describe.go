package main

import (
	"bytes"
	"strconv"

	"plcscope/decode"
	"plcscope/flows/frames"
	"plcscope/internal/wire"
)

// describedBy are the fields that a description is made of.
var describedBy = func() (l []*wire.Field) {
	for _, name := range []string{
		"frame.len", "eth.src", "eth.dst", "eth.type", "vlan.etype", "sll.src.eth", "sll.etype",
		"ip.src", "ip.dst", "ip.proto", "ipv6.src", "ipv6.dst", "ipv6.nxt",
		"udp.srcport", "udp.dstport", "udp.length", "tcp.srcport", "tcp.dstport", "tcp.flags", "tcp.len",
	} {
		l = append(l, decode.Fields.Lookup(name))
	}
	for _, name := range []string{"tcp.seq", "tcp.ack", "tcp.window_size", "frame.time_relative"} {
		l = append(l, frames.Fields.Lookup(name))
	}
	for name := range flagNotes {
		l = append(l, frames.Fields.Lookup(name))
	}
	return l
}()

// flagNotes are what a line says of a segment, before its ports.
var flagNotes = map[string]string{
	"tcp.analysis.retransmission": "[TCP Retransmission] ", "tcp.analysis.fast_retransmission": "[TCP Fast Retransmission] ",
	"tcp.analysis.spurious_retransmission": "[TCP Spurious Retransmission] ", "tcp.analysis.out_of_order": "[TCP Out-Of-Order] ",
	"tcp.analysis.lost_segment": "[TCP Previous segment not captured] ", "tcp.analysis.ack_lost_segment": "[TCP ACKed unseen segment] ",
	"tcp.analysis.duplicate_ack": "[TCP Dup ACK] ", "tcp.analysis.keep_alive": "[TCP Keep-Alive] ", "tcp.analysis.keep_alive_ack": "[TCP Keep-Alive ACK] ",
	"tcp.analysis.zero_window": "[TCP ZeroWindow] ", "tcp.analysis.window_full": "[TCP Window Full] ", "tcp.analysis.window_update": "[TCP Window Update] ",
}

// description tells of a frame what the columns of tshark tell.
type description struct {
	source, target []byte
	name, text     []byte
	ports          [2]uint64
	flags, size    uint64
	seq, ack, win  uint64
	isTCP, isUDP   bool
}

// of reads the fields of a frame; the innermost headers count.
func (d *description) of(v *frames.View) {
	*d = description{source: d.source[:0], target: d.target[:0], name: d.name[:0], text: d.text[:0]}
	for _, t := range [...]*wire.Tree{v.Head(), v.Notes()} {
		for i := range t.Nodes {
			d.take(&t.Nodes[i])
		}
	}
	if len(d.name) == 0 {
		d.name = append(d.name, "frame"...)
	}
}

func (d *description) take(n *wire.Node) {
	switch n.Field.Name {
	case "eth.src", "sll.src.eth", "ip.src", "ipv6.src":
		d.source = n.Append(d.source[:0])
	case "eth.dst", "ip.dst", "ipv6.dst":
		d.target = n.Append(d.target[:0])
	case "eth.type", "vlan.etype", "sll.etype", "ip.proto", "ipv6.nxt":
		if d.name = append(d.name[:0], n.Meaning()...); len(d.name) == 0 {
			d.name = n.Append(d.name)
		}
		d.isTCP, d.isUDP = false, false
	case "udp.srcport", "tcp.srcport":
		d.ports[0] = n.Num
		d.isTCP, d.isUDP = n.Field.Name[0] == 't', n.Field.Name[0] == 'u'
	case "udp.dstport", "tcp.dstport":
		d.ports[1] = n.Num
	case "udp.length":
		d.size = max(n.Num, 8) - 8
	case "tcp.len":
		d.size = n.Num
	case "tcp.flags":
		d.flags = n.Num
	case "tcp.seq":
		d.seq = n.Num
	case "tcp.ack":
		d.ack = n.Num
	case "tcp.window_size":
		d.win = n.Num
	case "tcp.analysis.retransmission":
		if !bytes.Contains(d.text, []byte("Retransmission")) { // its kind is told before
			d.text = append(d.text, flagNotes[n.Field.Name]...)
		}
	default:
		d.text = append(d.text, flagNotes[n.Field.Name]...)
	}
}

// protocol names the innermost protocol that a frame has headers of.
func (d *description) protocol(v *frames.View) []byte {
	d.of(v)
	return d.name
}

// info says in words what a frame without messages holds.
func (d *description) info(v *frames.View) []byte {
	d.of(v)
	b := d.text
	if !d.isTCP && !d.isUDP {
		return b
	}
	b = strconv.AppendUint(b, d.ports[0], 10)
	b = append(b, " → "...)
	b = strconv.AppendUint(b, d.ports[1], 10)
	if d.isTCP {
		b = append(b, " ["...)
		for i, name := range [...]string{"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"} {
			if d.flags>>i&1 != 0 {
				if b[len(b)-1] != '[' {
					b = append(b, ", "...)
				}
				b = append(b, name...)
			}
		}
		b = append(b, "] Seq="...)
		b = strconv.AppendUint(b, d.seq, 10)
		if d.flags&uint64(decode.ACK) != 0 {
			b = append(b, " Ack="...)
			b = strconv.AppendUint(b, d.ack, 10)
		}
		b = append(b, " Win="...)
		b = strconv.AppendUint(b, d.win, 10)
	}
	b = append(b, " Len="...)
	b = strconv.AppendUint(b, d.size, 10)
	d.text = b
	return b
}
