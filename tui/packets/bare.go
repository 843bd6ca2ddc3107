package packets

import (
	"fmt"
	"net/netip"
	"strings"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/flows/index"
	"plcscope/internal/wire"
	"plcscope/tui/paint"
)

// analysisText is what a segment does to its connection, in Wireshark's words. What is
// usual is not among it.
var analysisText = map[string]string{
	"tcp.analysis.retransmission":          "TCP Retransmission",
	"tcp.analysis.fast_retransmission":     "TCP Fast Retransmission",
	"tcp.analysis.spurious_retransmission": "TCP Spurious Retransmission",
	"tcp.analysis.out_of_order":            "TCP Out-Of-Order",
	"tcp.analysis.lost_segment":            "TCP Previous segment not captured",
	"tcp.analysis.ack_lost_segment":        "TCP ACKed unseen segment",
	"tcp.analysis.duplicate_ack":           "TCP Dup ACK",
	"tcp.analysis.keep_alive":              "TCP Keep-Alive",
	"tcp.analysis.keep_alive_ack":          "TCP Keep-Alive ACK",
	"tcp.analysis.zero_window":             "TCP ZeroWindow",
	"tcp.analysis.zero_window_probe":       "TCP ZeroWindowProbe",
	"tcp.analysis.zero_window_probe_ack":   "TCP ZeroWindowProbeAck",
	"tcp.analysis.window_full":             "TCP Window Full",
	"tcp.analysis.window_update":           "TCP Window Update",
	"tcp.analysis.reused_ports":            "TCP Port numbers reused",
}

// segment is what the line of a bare TCP segment is made of.
type segment struct {
	is, udp       bool
	src, dst      uint64
	flags, size   uint64
	seq, ack, win string
	notes         []string // of the analysis
	options       []string
	headers       string // the innermost protocol
}

func (x *describer) take(n *wire.Node) {
	r, s := x.r, &x.tcp
	switch n.Field.Name {
	case "eth.src", "sll.src.eth":
		r.source = x.hardware(n)
	case "eth.dst":
		r.target = x.hardware(n)
	case "ip.src", "ipv6.src":
		r.source = x.address(n)
	case "ip.dst", "ipv6.dst":
		r.target = x.address(n)
	case "eth.type", "vlan.etype", "sll.etype", "ip.proto", "ipv6.nxt":
		if s.headers = n.Meaning(); s.headers == "" {
			s.headers = n.String()
		}
		s.is, s.udp = false, false
	case "tcp.srcport", "udp.srcport":
		s.is, s.udp, s.src = n.Field.Name[0] == 't', n.Field.Name[0] == 'u', n.Num
	case "tcp.dstport", "udp.dstport":
		s.dst = n.Num
	case "tcp.flags":
		s.flags = n.Num
	case "tcp.len":
		s.size = n.Num
	case "udp.length":
		s.size = max(n.Num, 8) - 8
	case "tcp.window_size_value":
		s.win = n.String()
	case "tcp.options.mss_val":
		s.options = append(s.options, "MSS="+n.String())
	case "tcp.options.wscale.multiplier":
		s.options = append(s.options, "WS="+n.String())
	}
}

func (x *describer) hardware(n *wire.Node) string {
	if x.words.Private {
		return "‹address›"
	}
	return n.String()
}

func (x *describer) address(n *wire.Node) string {
	if a, ok := netip.AddrFromSlice(n.Data); ok {
		return x.words.Addr(a.Unmap())
	}
	return n.String()
}

// bare describes a frame that completes no message.
func (x *describer) bare() {
	r, s := x.r, &x.tcp
	if r.info != nil {
		return
	}
	if r.protocol = s.headers; r.protocol == "" {
		r.protocol = "frame"
	}
	r.side = paint.Dim
	switch {
	case s.udp:
		r.info = paint.Inf(paint.Plain, "%d → %d Len=%d", s.src, s.dst, s.size)
		return
	case !s.is:
		return
	}
	x.notes()
	if x.conn.Conn != index.NoConn && s.size > 0 {
		if x.conn.Proto == flows.TLS {
			r.protocol = "TLS"
		}
	}
	for _, note := range s.notes {
		r.info = r.info.And(paint.Warn, "["+note+"] ")
	}
	role := paint.Dim
	if s.flags&(uint64(decode.SYN|decode.FIN|decode.RST)) != 0 || s.size > 0 {
		role = paint.Plain
	}
	if s.flags&uint64(decode.RST) != 0 {
		role = paint.Warn
	}
	line := fmt.Sprintf("%d → %d [%s]", s.src, s.dst, flagNames(s.flags))
	if s.seq != "" {
		line += " Seq=" + s.seq
	}
	if s.flags&uint64(decode.ACK) != 0 && s.ack != "" {
		line += " Ack=" + s.ack
	}
	line += fmt.Sprintf(" Win=%s Len=%d", s.win, s.size)
	if len(s.options) > 0 && s.flags&uint64(decode.SYN) != 0 {
		line += " " + strings.Join(s.options, " ")
	}
	r.info = r.info.And(role, line)
	if s.size == 0 {
		return
	}
	if m, ok := x.ix.Message(x.ix.Continues(x.n)); ok {
		r.info = r.info.And(paint.Note, fmt.Sprintf(" [part of %s in frame %d]", protocolOf(&m), m.Frame))
	}
}

// notes reads what the segment does to its connection.
func (x *describer) notes() {
	t, err := x.reader.Notes(x.n)
	if err != nil {
		return
	}
	s := &x.tcp
	for i := range t.Nodes {
		n := &t.Nodes[i]
		x.column(n)
		switch n.Field.Name {
		case "tcp.seq":
			s.seq = n.String()
		case "tcp.ack":
			s.ack = n.String()
		case "tcp.window_size":
			s.win = n.String()
		case "tcp.analysis.duplicate_ack_num":
			for k := range s.notes {
				if s.notes[k] == "TCP Dup ACK" {
					s.notes[k] += " #" + n.String()
				}
			}
		case "tcp.analysis.retransmission":
			if len(s.notes) > 0 && strings.Contains(s.notes[len(s.notes)-1], "Retransmission") {
				continue // its kind is told already
			}
			fallthrough
		default:
			if text := analysisText[n.Field.Name]; text != "" {
				s.notes = append(s.notes, text)
			}
		}
	}
}

func flagNames(flags uint64) string {
	var l []string
	for i, name := range [...]string{"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"} {
		if flags>>i&1 != 0 {
			l = append(l, name)
		}
	}
	return strings.Join(l, ", ")
}
