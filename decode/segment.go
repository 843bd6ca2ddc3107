package decode

import "net/netip"

// Addr is an IP address; IPv4 addresses are mapped into IPv6 (::ffff:a.b.c.d),
// which makes an address comparable and hashable without a pointer.
type Addr [16]byte

// Netip returns the address in the standard library's form, IPv4 unmapped.
func (a Addr) Netip() netip.Addr { return netip.AddrFrom16(a).Unmap() }

func (a Addr) String() string { return a.Netip().String() }

// Flags are the TCP control bits.
type Flags uint8

const (
	FIN Flags = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
)

// Checksum is what is known of a segment's TCP checksum.
type Checksum uint8

const (
	ChecksumUnknown   Checksum = iota // not all bytes were captured, or not looked at
	ChecksumGood                      // verified
	ChecksumOffloaded                 // only the pseudo-header sum: the sending network card fills in the rest later
	ChecksumBad                       // wrong: the receiver will have dropped the segment, or the capture point is odd
)

// PayloadSeq is the sequence number of the first byte of Payload.
func (s *Segment) PayloadSeq() uint32 {
	if s.Flags&SYN != 0 {
		return s.Seq + 1
	}
	return s.Seq
}

// Segment is one TCP segment and where it came from.
type Segment struct {
	Frame  uint64 // number of the frame that held it, or that completed its IP datagram
	Time   int64  // nanoseconds since 1970-01-01 UTC
	Offset int64  // of the frame's record in its file
	File   uint16 // index of the file
	Link   uint16 // link type of Raw

	VLAN     uint16 // innermost 802.1Q identifier, else the one that ERSPAN names, 0 when untagged
	IPID     uint16 // IPv4 identification; 0 for IPv6
	TTL      uint8  // time to live or hop limit
	Version  uint8  // 4 or 6
	Flags    Flags
	Checksum Checksum

	Src, Dst         Addr
	SrcPort, DstPort uint16

	Seq, Ack uint32
	Window   uint16 // as on the wire, not scaled
	Urgent   uint16

	// Missing counts payload bytes that were on the wire behind Payload and
	// that the snap length cut off.
	Missing uint32

	Options []byte // TCP options, borrowed
	Payload []byte // borrowed; of a reassembled datagram, allocated for it
	Raw     []byte // the whole captured frame, borrowed
}
