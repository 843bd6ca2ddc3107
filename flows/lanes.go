package flows

import (
	"encoding/binary"
	"math/bits"

	"plcscope/decode"
)

// Lanes are the parts into which AnalyseLanes divides a capture: a connection belongs
// to one of them, and each has a tracker and observers of its own. Their number does
// not depend on how many cores there are, so that the results do not either.
//
// The first lane takes everything that needs to be seen together: what a broker does for
// one client depends on all others, and a session goes on from other addresses.
// Connections to ISO-on-TCP's port have no such ties beyond their server; they are
// spread over the other lanes by its address.
const Lanes = 8

// lanesOf chooses the lanes of segments.
type lanesOf struct {
	iso func(port uint16) bool
}

func newLanesOf(d DecodeAs) lanesOf {
	return lanesOf{func(port uint16) bool {
		if p, ruled := d[port]; ruled {
			return p == ISO
		}
		return port == PortISO
	}}
}

// of is the lane of a segment, the same for both directions of a connection.
func (l lanesOf) of(s *decode.Segment) int {
	server, to := &s.Src, l.iso(s.DstPort)
	if l.iso(s.SrcPort) == to {
		return 0
	}
	if to {
		server = &s.Dst
	}
	n, _ := bits.Mul64(sumOf(server), Lanes-1)
	return 1 + int(n)
}

// sumOf condenses an address so that neighbours are far apart.
func sumOf(a *decode.Addr) uint64 {
	x := binary.BigEndian.Uint64(a[8:]) ^ bits.RotateLeft64(binary.BigEndian.Uint64(a[:8]), 32)
	x *= 0x9e3779b97f4a7c15
	return (x ^ x>>32) * 0xff51afd7ed558ccd
}

// laneOptions are those of the tracker of a lane: what bounds the memory of reassembly is
// shared out, half of it to the first.
func laneOptions(opt Options, lane int) Options {
	t := opt.TCP.Defaults()
	share := 2
	if lane > 0 {
		share *= Lanes - 1
	}
	t.MaxBuffered = max(1, t.MaxBuffered/int64(share))
	t.MaxConnections = max(1, t.MaxConnections/share)
	opt.TCP = t
	return opt
}
