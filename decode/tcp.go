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
	h := (*[tcpHeader]byte)(b)
	s.SrcPort = binary.BigEndian.Uint16(h[0:])
	s.DstPort = binary.BigEndian.Uint16(h[2:])
	s.Seq = binary.BigEndian.Uint32(h[4:])
	s.Ack = binary.BigEndian.Uint32(h[8:])
	s.Flags = Flags(h[13])
	s.Window = binary.BigEndian.Uint16(h[14:])
	s.Urgent = binary.BigEndian.Uint16(h[18:])
	s.Checksum = ChecksumUnknown

	data := int(h[12]>>4) * 4
	if data < tcpHeader || data > n {
		return MalformedTCP
	}
	if len(b) < n {
		d.stats.Cut++
		end := min(data, len(b))
		s.Options, s.Payload = b[tcpHeader:end:end], b[end:len(b):len(b)]
		s.Missing = uint32(n - data - len(s.Payload))
		return accepted
	}
	s.Options, s.Payload, s.Missing = b[tcpHeader:data:data], b[data:n:n], 0
	if !d.opt.SkipChecksums {
		s.Checksum = checkTCP(s, b)
	}
	return accepted
}
