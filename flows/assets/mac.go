package assets

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/pcaps"
)

// MAC is a hardware address from which an IP address was seen to send.
type MAC struct {
	Addr [6]byte
	// Hosts is how many IP addresses send from it. Several are a router's, or the
	// addresses of one device.
	Hosts int
}

func (m MAC) String() string {
	a := m.Addr
	return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1], a[2], a[3], a[4], a[5])
}

// hardware notes from which hardware address the sender of a message sends.
func (c *conn) hardware(m *flows.Message) {
	s := m.Segment
	var at []byte
	switch b := s.Raw; {
	case pcaps.LinkType(s.Link) == pcaps.LinkEthernet && len(b) >= 14:
		at = b[6:12]
	case pcaps.LinkType(s.Link) == pcaps.LinkLinuxSLL && len(b) >= 16 && b[5] == 6 && b[4] == 0:
		at = b[6:12]
	default:
		return
	}
	if h := c.ends[m.Dir]; h == nil || bytes.Equal(c.mac[m.Dir][:], at) {
		return
	}
	c.mac[m.Dir] = [6]byte(at)
	if !outermost(s) {
		return
	}
	h := c.ends[m.Dir]
	for i := range h.macs {
		if bytes.Equal(h.macs[i].Addr[:], at) {
			return
		}
	}
	if len(h.macs) < maxMACs && at[0]&1 == 0 && !bytes.Equal(at, make([]byte, 6)) {
		h.macs = append(h.macs, MAC{Addr: [6]byte(at)})
	}
}

// outermost reports whether the segment lies in the frame without a tunnel around it:
// the hardware addresses are then those of its own way.
func outermost(s *decode.Segment) bool {
	b, off := s.Raw, 14
	if pcaps.LinkType(s.Link) == pcaps.LinkLinuxSLL {
		off = 16
	}
	for len(b) >= off+4 {
		switch binary.BigEndian.Uint16(b[off-2:]) {
		case 0x8100, 0x88a8, 0x9100:
			off += 4
			continue
		}
		break
	}
	switch b = b[min(off, len(b)):]; {
	case s.Version == 4:
		return len(b) >= 20 && b[0]>>4 == 4 && bytes.Equal(b[12:16], s.Src[12:])
	case s.Version == 6:
		return len(b) >= 40 && b[0]>>4 == 6 && bytes.Equal(b[8:24], s.Src[:])
	}
	return false
}
