package craft

import (
	"bytes"
	"encoding/binary"
	"slices"

	"plcscope/pcaps"
)

// parts says where the headers of a crafted frame are. Hazards take frames apart
// by it; frames that are no TCP, or that another hazard has cut or fragmented, are
// left as they are.
type parts struct {
	ip, tcp, payload, end int  // offsets; end is that of the IP packet, before padding
	v6                    bool // else IPv4
}

// dissect finds the parts of a frame that carries a whole TCP segment.
func dissect(f *pcaps.Frame) (p parts, ok bool) {
	b := f.Data
	if int(f.Length) != len(b) {
		return p, false
	}
	if p.ip, ok = networkOffset(f.Link, b); !ok || len(b) < p.ip+20 {
		return p, false
	}
	ip := b[p.ip:]
	switch ip[0] >> 4 {
	case 4:
		fragment := binary.BigEndian.Uint16(ip[6:]) & 0x3fff // more fragments, or an offset
		if ip[9] != 6 || fragment != 0 {
			return p, false
		}
		p.tcp = p.ip + int(ip[0]&15)*4
		p.end = p.ip + int(binary.BigEndian.Uint16(ip[2:]))
	case 6:
		if len(ip) < 40 || ip[6] != 6 {
			return p, false
		}
		p.v6 = true
		p.tcp = p.ip + 40
		p.end = p.tcp + int(binary.BigEndian.Uint16(ip[4:]))
	default:
		return p, false
	}
	if p.end > len(b) || p.tcp+tcpLen > p.end {
		return p, false
	}
	p.payload = p.tcp + int(b[p.tcp+12]>>4)*4
	return p, p.payload <= p.end
}

// networkOffset is where the IP header begins.
func networkOffset(link pcaps.LinkType, b []byte) (off int, ok bool) {
	ether := func(off int) (int, bool) { // off is that of the type field
		for len(b) >= off+2 {
			switch binary.BigEndian.Uint16(b[off:]) {
			case etherIPv4, etherIPv6:
				return off + 2, true
			case etherVLAN, etherQinQ:
				off += 4
			default:
				return 0, false
			}
		}
		return 0, false
	}
	switch link {
	case pcaps.LinkEthernet:
		return ether(12)
	case pcaps.LinkLinuxSLL:
		return ether(14)
	case pcaps.LinkLinuxSLL2:
		return 20, true
	case pcaps.LinkNull, pcaps.LinkLoop, pcaps.LinkPPP:
		return 4, true
	case pcaps.LinkPPPoE:
		return pppoeLen + 2, true
	case pcaps.LinkRaw, pcaps.LinkIPv4, pcaps.LinkIPv6:
		return 0, true
	}
	return 0, false
}

// segment is a frame with what hazards ask about it.
type segment struct {
	*pcaps.Frame
	parts
}

func segmentOf(f *pcaps.Frame) (s segment, ok bool) {
	p, ok := dissect(f)
	return segment{f, p}, ok
}

func (s *segment) addresses() []byte {
	if s.v6 {
		return s.Data[s.ip+8 : s.ip+40]
	}
	return s.Data[s.ip+12 : s.ip+20]
}

// flow names the direction: both addresses and both ports, sender first.
func (s *segment) flow() string {
	return string(s.addresses()) + string(s.Data[s.tcp:s.tcp+4])
}

// reverse names the other direction.
func (s *segment) reverse() string {
	a, p := s.addresses(), s.Data[s.tcp:]
	h := len(a) / 2
	return string(a[h:]) + string(a[:h]) + string(p[2:4]) + string(p[:2])
}

func (s *segment) seq() uint32   { return binary.BigEndian.Uint32(s.Data[s.tcp+4:]) }
func (s *segment) ackNo() uint32 { return binary.BigEndian.Uint32(s.Data[s.tcp+8:]) }
func (s *segment) flags() byte   { return s.Data[s.tcp+13] }
func (s *segment) data() []byte  { return s.Data[s.payload:s.end] }

// probe reports whether the segment is a keep-alive probe, which hazards that
// move data about must not take for data.
func (s *segment) probe() bool {
	h := s.Data[s.ip:]
	if s.v6 {
		return h[0]<<4|h[1]>>4 == probeService
	}
	return h[1] == probeService
}

// hasData reports whether the segment brings data.
func (s *segment) hasData() bool { return len(s.data()) > 0 && !s.probe() }

// pureAck reports whether the segment does nothing but acknowledge.
func (s *segment) pureAck() bool { return len(s.data()) == 0 && s.flags() == ack }

// edit returns a copy of the frame with other contents, its lengths and checksums
// set anew.
func (s *segment) edit(seq, ackNo uint32, flags byte, payload []byte) pcaps.Frame {
	b := append(bytes.Clone(s.Data[:s.payload]), payload...)
	binary.BigEndian.PutUint32(b[s.tcp+4:], seq)
	binary.BigEndian.PutUint32(b[s.tcp+8:], ackNo)
	b[s.tcp+13] = flags
	return s.sealed(b)
}

// sealed returns the frame with the headers at the places of s and b as its bytes.
func (s *segment) sealed(b []byte) pcaps.Frame {
	size := len(b) - s.tcp
	if s.v6 {
		binary.BigEndian.PutUint16(b[s.ip+4:], uint16(size))
	} else {
		binary.BigEndian.PutUint16(b[s.ip+2:], uint16(len(b)-s.ip))
		sumIPv4(b[s.ip:])
	}
	f := *s.Frame
	f.Data = b
	t := segment{&f, s.parts}
	t.end = len(b)
	binary.BigEndian.PutUint16(b[s.tcp+16:], 0)
	a := t.addresses()
	sum := pseudoHeader(a[:len(a)/2], a[len(a)/2:], size)
	binary.BigEndian.PutUint16(b[s.tcp+16:], ^fold(add(sum, b[s.tcp:])))
	f.Data = finish(f.Link, b)
	f.Length = uint32(len(f.Data))
	return f
}

// again returns a copy of the segment as its sender would send it once more: with
// another identification.
func (s *segment) again() pcaps.Frame {
	b := bytes.Clone(s.Data[:s.end])
	if !s.v6 {
		id := binary.BigEndian.Uint16(b[s.ip+4:])
		binary.BigEndian.PutUint16(b[s.ip+4:], id+0x4000)
	}
	return s.sealed(b)
}

// inOrder numbers frames after a hazard, and keeps their times from running back:
// hazards move frames, but the clock of a capture goes on.
func inOrder(frames []pcaps.Frame) []pcaps.Frame {
	for i := 1; i < len(frames); i++ {
		frames[i].Time = max(frames[i].Time, frames[i-1].Time)
	}
	number(frames)
	return frames
}

// clientsOf returns the directions that clients send in: those that begin with a
// SYN, and without one those towards the lower port.
func clientsOf(frames []pcaps.Frame) map[string]bool {
	client := map[string]bool{}
	for i := range frames {
		s, ok := segmentOf(&frames[i])
		if !ok {
			continue
		}
		if _, known := client[s.flow()]; known && s.flags()&syn == 0 {
			continue
		}
		p := s.Data[s.tcp:]
		byPort := binary.BigEndian.Uint16(p) > binary.BigEndian.Uint16(p[2:])
		if s.flags()&syn != 0 {
			byPort = s.flags()&ack == 0
		}
		client[s.flow()], client[s.reverse()] = byPort, !byPort
	}
	return client
}

func cloneFrames(frames []pcaps.Frame) []pcaps.Frame { return slices.Clone(frames) }
