package frames

import (
	"plcscope/decode"
	"plcscope/flows"
	"plcscope/internal/wire"
)

// Fields of the frame that a Segment still knows when the frame itself is gone.
var (
	segFrame     = decode.Fields.Lookup("frame")
	segNumber    = decode.Fields.Lookup("frame.number")
	segTime      = decode.Fields.Lookup("frame.time_epoch")
	segVLAN      = decode.Fields.Lookup("vlan.id")
	segIPID      = decode.Fields.Lookup("ip.id")
	segTTL       = decode.Fields.Lookup("ip.ttl")
	segIPVersion = decode.Fields.Lookup("ip.version")
	segSrc       = decode.Fields.Lookup("ip.src")
	segDst       = decode.Fields.Lookup("ip.dst")
	segAddr      = decode.Fields.Lookup("ip.addr")
	segHops      = decode.Fields.Lookup("ipv6.hlim")
	segSrc6      = decode.Fields.Lookup("ipv6.src")
	segDst6      = decode.Fields.Lookup("ipv6.dst")
	segAddr6     = decode.Fields.Lookup("ipv6.addr")
	segTCP       = decode.Fields.Lookup("tcp")
	segSrcPort   = decode.Fields.Lookup("tcp.srcport")
	segDstPort   = decode.Fields.Lookup("tcp.dstport")
	segPort      = decode.Fields.Lookup("tcp.port")
	segLen       = decode.Fields.Lookup("tcp.len")
	segSeq       = decode.Fields.Lookup("tcp.seq_raw")
	segAck       = decode.Fields.Lookup("tcp.ack_raw")
	segWindow    = decode.Fields.Lookup("tcp.window_size_value")
	segUrgent    = decode.Fields.Lookup("tcp.urgent_pointer")
	segPayload   = decode.Fields.Lookup("tcp.payload")
)

// addSegment adds what is known of the segment that completed m; of one that
// the capture lacks, the ends of the connection.
func addSegment(t *wire.Tree, m *flows.Message) {
	t.Data(segFrame, 0, nil)
	t.Uint(segTime, 0, 0, uint64(m.Time))
	t.Uint(segNumber, 0, 0, m.Frame)
	s := m.Segment
	src, dst := m.Conn.TCP.End[m.Dir], m.Conn.TCP.End[m.Dir.Peer()]
	a, b := src.Addr.Netip(), dst.Addr.Netip()
	if s != nil && s.VLAN != 0 {
		t.Uint(segVLAN, 0, 0, uint64(s.VLAN))
	}
	if a.Is4() {
		t.Uint(segIPVersion, 0, 0, 4)
		if s != nil {
			t.Uint(segIPID, 0, 0, uint64(s.IPID))
			t.Uint(segTTL, 0, 0, uint64(s.TTL))
		}
		from, to := src.Addr[12:], dst.Addr[12:]
		t.Data(segSrc, 0, from)
		t.Data(segAddr, 0, from)
		t.Data(segDst, 0, to)
		t.Data(segAddr, 0, to)
	} else if a.Is6() && b.Is6() {
		if s != nil {
			t.Uint(segHops, 0, 0, uint64(s.TTL))
		}
		t.Data(segSrc6, 0, src.Addr[:])
		t.Data(segAddr6, 0, src.Addr[:])
		t.Data(segDst6, 0, dst.Addr[:])
		t.Data(segAddr6, 0, dst.Addr[:])
	}
	t.Data(segTCP, 0, nil)
	t.Uint(segSrcPort, 0, 0, uint64(src.Port))
	t.Uint(segPort, 0, 0, uint64(src.Port))
	t.Uint(segDstPort, 0, 0, uint64(dst.Port))
	t.Uint(segPort, 0, 0, uint64(dst.Port))
	if s == nil {
		return
	}
	t.Uint(segLen, 0, 0, uint64(len(s.Payload))+uint64(s.Missing))
	t.Uint(segSeq, 0, 0, uint64(s.Seq))
	t.Uint(segAck, 0, 0, uint64(s.Ack))
	t.Uint(segWindow, 0, 0, uint64(s.Window))
	t.Uint(segUrgent, 0, 0, uint64(s.Urgent))
	t.Data(segPayload, 0, s.Payload)
}
