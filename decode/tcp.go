package decode

import "encoding/binary"

const (
	tcpHeader  = 20 // without options
	ipv4Header = 20
	ipv6Header = 40
)

// tcp reads the segment in b, of which n bytes were on the wire, into s; the
// addresses in s are set already, for the checksum.
func (d *Decoder) tcp(s *Segment, b []byte, n int) Reason {
	if len(b) < tcpHeader {
		if n < tcpHeader {
			return MalformedTCP
		}
		return Truncated
	}
	h := int(b[12]>>4) * 4
	if h < tcpHeader || h > n {
		return MalformedTCP
	}
	s.SrcPort = binary.BigEndian.Uint16(b)
	s.DstPort = binary.BigEndian.Uint16(b[2:])
	s.Seq = binary.BigEndian.Uint32(b[4:])
	s.Ack = binary.BigEndian.Uint32(b[8:])
	s.Flags = Flags(b[13])
	s.Window = binary.BigEndian.Uint16(b[14:])
	s.Urgent = binary.BigEndian.Uint16(b[18:])
	if len(b) == n {
		s.Options, s.Payload, s.Missing = b[tcpHeader:h:h], b[h:n:n], 0
		s.Checksum = ChecksumUnknown
		if !d.opt.SkipChecksums {
			s.Checksum = checkTCP(s, b)
		}
		return accepted
	}
	d.stats.Cut++
	end := min(h, len(b))
	s.Options, s.Payload = b[tcpHeader:end:end], b[end:len(b):len(b)]
	s.Missing = uint32(n - h - len(s.Payload))
	s.Checksum = ChecksumUnknown
	return accepted
}
