package tcp

import (
	"math/bits"

	"plcscope/decode"
)

// A mirror port that copies what enters and what leaves a switch shows each
// frame twice, perhaps with another VLAN tag, MAC address or time to live, some
// frames of the burst later. A copy has the IP identification of the original; a
// retransmission is sent as a new datagram. Only segments that bring nothing new
// are compared, so a collision of fingerprints can at worst miscount one.

// recentSegments is how many segments of a connection are remembered.
const recentSegments = 8

// fingerprint of what the copies of a segment have in common, and its time in
// the lower half.
func fingerprint(d Dir, s *decode.Segment) uint64 {
	const k1, k2 = 0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f // arbitrary odd numbers
	x := uint64(s.Seq)<<32 | uint64(s.Ack)
	y := uint64(s.IPID)<<48 | uint64(s.Window)<<32 | uint64(uint16(len(s.Payload)))<<16 | uint64(s.Flags)<<8 | uint64(d)
	hi, lo := bits.Mul64(x^k1, y^k2)
	return (hi^lo)>>32<<32 | uint64(uint32(s.Time>>fingerprintTime))
}

// fingerprintTime is the shift from nanoseconds to the unit of a fingerprint's
// time, 2^14 ns or 16 us. It comes round after 19 hours.
const fingerprintTime = 14

func (c *Conn) remember(d Dir, s *decode.Segment) {
	c.recent[c.recentAt%recentSegments] = fingerprint(d, s)
	c.recentAt++
}

// mirrored reports whether s, which brought nothing new, is another copy of a
// recent frame.
func (t *Table) mirrored(c *Conn, d Dir, s *decode.Segment) bool {
	limit := t.opt.DuplicateTime
	if s.IPID == 0 { // IPv6, or a host that leaves it out of datagrams that may not be cut
		if len(s.Payload) == 0 && s.Flags&(decode.SYN|decode.FIN|decode.RST) == 0 {
			return false // repeated acknowledgements are ordinary
		}
		limit = min(limit, millisecond)
	}
	f := fingerprint(d, s)
	for _, r := range c.recent {
		if r>>32 != f>>32 || r == 0 {
			continue
		}
		if age := int64(int32(uint32(f)-uint32(r))) << fingerprintTime; max(age, -age) <= limit {
			return true
		}
	}
	return false
}
