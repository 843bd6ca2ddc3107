package craft

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"

	"plcscope/pcaps"
)

// Change turns the frames of a finished capture into those that a capture under
// some hazard would hold. It leaves its argument as it is, so that changes combine:
//
//	frames = craft.Reorder(0.3, 1)(craft.ResegmentEvery(7)(frames))
type Change func([]pcaps.Frame) []pcaps.Frame

// Then applies one change after the other.
func Then(changes ...Change) Change {
	return func(frames []pcaps.Frame) []pcaps.Frame {
		for _, c := range changes {
			frames = c(frames)
		}
		return frames
	}
}

// Hazard is a change with a name.
type Hazard struct {
	Name  string // "retransmit"
	Apply Change
	Lossy bool // messages may be missing afterwards, where an explicit gap is expected; else none may
}

// Hazards returns all that tests are to survive: each hazard alone, and some
// combined. On frames that a hazard does not concern (fragments of IPv6, tags
// without Ethernet) it changes nothing.
func Hazards() []Hazard {
	return []Hazard{
		{"none", Then(), false},
		{"retransmit", Retransmit(0.3, 1), false},
		{"duplicate frames", DuplicateFrames(Mirror{}), false},
		{"duplicate frames, other VLAN", DuplicateFrames(Mirror{VLAN: 20}), false},
		{"duplicate frames, behind a router", DuplicateFrames(Mirror{Routed: true}), false},
		{"overlap", Overlap(2), false},
		{"resegment 1", ResegmentEvery(1), false},
		{"resegment 7", ResegmentEvery(7), false},
		{"resegment 7, reorder", Then(ResegmentEvery(7), Reorder(0.3, 2)), false},
		{"resegment 5, retransmit, reorder", Then(ResegmentEvery(5), Retransmit(0.2, 3), Reorder(0.3, 4)), false},
		{"resegment 9, overlap, reorder", Then(ResegmentEvery(9), Overlap(2), Reorder(0.2, 5)), false},
		{"reorder", Reorder(0.5, 6), false},
		{"coalesce", CoalesceSegments(1460), false},
		{"acknowledged before captured", AcksBeforeData(), false},
		{"checksum offload", ChecksumOffload(), false},
		{"keep-alive probes", KeepAlives(3), false},
		{"noise", Noise(5, 7), false},
		{"VLAN", Tag(100), false},
		{"QinQ", Tag(7, 100), false},
		{"IPv4 fragments", Fragment(64), false},
		{"IPv4 fragments out of order", Then(Fragment(48), ReverseFragments()), false},
		{"sequence wrap", SequenceWrap(10), false},
		{"sequence wrap, resegment 3, reorder", Then(SequenceWrap(25), ResegmentEvery(3), Reorder(0.3, 8)), false},
		{"lose", Lose(0.1, 9), true},
		{"lose behind resegment 7", Then(ResegmentEvery(7), Lose(0.05, 10)), true},
		{"only the client captured", OneDirection(ByClient), true},
		{"only the server captured", OneDirection(ByServer), true},
		{"mid-stream", MidStreamAt(4), true},
		{"mid-stream within a message", Then(ResegmentEvery(5), MidStreamAt(7)), true},
		{"snap length 80", SnapLen(80), true},
	}
}

// each builds a change that looks at one segment at a time. What it calls for a
// segment appends to out what stands in its place.
func each(change func(out []pcaps.Frame, s segment) []pcaps.Frame) Change {
	return func(frames []pcaps.Frame) []pcaps.Frame {
		out := make([]pcaps.Frame, 0, len(frames)+len(frames)/4)
		for i := range frames {
			f := frames[i]
			if s, ok := segmentOf(&f); ok {
				out = change(out, s)
			} else {
				out = append(out, f)
			}
		}
		return inOrder(out)
	}
}

// Retransmit sends a share of the segments with data once more, up to three
// frames later.
func Retransmit(share float64, seed uint64) Change {
	return func(frames []pcaps.Frame) []pcaps.Frame {
		r := rand.New(rand.NewPCG(seed, 1))
		later := map[int][]pcaps.Frame{} // by the index of the frame that they follow
		for i := range frames {
			if s, ok := segmentOf(&frames[i]); ok && s.hasData() && r.Float64() < share {
				at := i
				for range r.IntN(4) {
					if at+1 < len(frames) && !restarts(&frames[at+1]) {
						at++
					}
				}
				later[at] = append(later[at], s.again())
			}
		}
		var out []pcaps.Frame
		for i := range frames {
			out = append(out, frames[i])
			for _, f := range later[i] {
				f.Time = frames[i].Time
				out = append(out, f)
			}
		}
		return inOrder(out)
	}
}

// restarts reports whether the frame begins or breaks off a connection: nothing
// of an earlier one is sent again behind it.
func restarts(f *pcaps.Frame) bool {
	s, ok := segmentOf(f)
	return ok && s.flags()&(syn|rst) != 0
}

// Mirror says how the second copy of a frame differs, where a mirror port shows
// every frame twice.
type Mirror struct {
	VLAN   uint16 // the tag that the copy has in addition, 0 for none
	Routed bool   // the copy was taken behind a router: other Ethernet addresses, one hop less
}

// DuplicateFrames shows every frame twice within two microseconds.
func DuplicateFrames(m Mirror) Change {
	return func(frames []pcaps.Frame) []pcaps.Frame {
		var out []pcaps.Frame
		for _, f := range frames {
			second := f
			second.Time += 2000
			if m.VLAN != 0 {
				second = tagged(second, []uint16{m.VLAN})
			}
			if m.Routed {
				second = routed(second)
			}
			out = append(out, f, second)
		}
		return inOrder(out)
	}
}

// routed is the frame behind a router.
func routed(f pcaps.Frame) pcaps.Frame {
	s, ok := segmentOf(&f)
	if !ok {
		return f
	}
	f.Data = bytes.Clone(f.Data)
	if f.Link == pcaps.LinkEthernet {
		copy(f.Data[6:12], "\x02\x00\x00\x00\x00\xfe")
	}
	if s.v6 {
		f.Data[s.ip+7]--
	} else {
		f.Data[s.ip+8]--
		sumIPv4(f.Data[s.ip:])
	}
	return f
}

// together is how far apart, in nanoseconds, segments may have been sent that a
// hazard lets travel together. What was said seconds later stays seconds later.
const together = 200_000_000

// Reorder lets a share of the segments with data overtake the one before them,
// when this is of the same direction and nothing of the other one lies between:
// the order of bytes in the stream is all that is lost.
func Reorder(share float64, seed uint64) Change {
	return func(frames []pcaps.Frame) []pcaps.Frame {
		r := rand.New(rand.NewPCG(seed, 2))
		out := cloneFrames(frames)
		for i := 1; i < len(out); i++ {
			a, ok := segmentOf(&out[i-1])
			b, too := segmentOf(&out[i])
			if !ok || !too || !a.hasData() || !b.hasData() || a.flow() != b.flow() || r.Float64() >= share ||
				out[i].Time-out[i-1].Time > together {
				continue
			}
			out[i-1], out[i] = out[i], out[i-1]
			out[i-1].Time, out[i].Time = out[i].Time, out[i-1].Time
			if r.IntN(2) == 0 {
				i++ // else the frame may move on
			}
		}
		return inOrder(out)
	}
}

// Lose leaves a share of the segments with data out of the capture, though their
// receiver got them.
func Lose(share float64, seed uint64) Change {
	return func(frames []pcaps.Frame) []pcaps.Frame {
		r := rand.New(rand.NewPCG(seed, 3))
		return each(func(out []pcaps.Frame, s segment) []pcaps.Frame {
			if s.hasData() && r.Float64() < share {
				return out
			}
			return append(out, *s.Frame)
		})(frames)
	}
}

// OneDirection keeps only what the client, or only what the server sent.
func OneDirection(client bool) Change {
	return func(frames []pcaps.Frame) []pcaps.Frame {
		clients := clientsOf(frames)
		return each(func(out []pcaps.Frame, s segment) []pcaps.Frame {
			if clients[s.flow()] != client {
				return out
			}
			return append(out, *s.Frame)
		})(frames)
	}
}

// MidStreamAt leaves out the first n frames.
func MidStreamAt(n int) Change {
	return func(frames []pcaps.Frame) []pcaps.Frame {
		return inOrder(cloneFrames(frames[min(n, len(frames)):]))
	}
}

// SnapLen captures only the first n bytes of each frame.
func SnapLen(n int) Change {
	return func(frames []pcaps.Frame) []pcaps.Frame {
		out := cloneFrames(frames)
		for i := range out {
			out[i].Data = out[i].Data[:min(n, len(out[i].Data))]
		}
		return inOrder(out)
	}
}

// Tag puts Ethernet frames into VLANs, outermost identifier first.
func Tag(ids ...uint16) Change {
	return func(frames []pcaps.Frame) []pcaps.Frame {
		out := cloneFrames(frames)
		for i := range out {
			out[i] = tagged(out[i], ids)
		}
		return inOrder(out)
	}
}

func tagged(f pcaps.Frame, ids []uint16) pcaps.Frame {
	if f.Link != pcaps.LinkEthernet || len(f.Data) < 14 {
		return f
	}
	ether := binary.BigEndian.Uint16(f.Data[12:])
	b := appendTags(bytes.Clone(f.Data[:12]), ids, ether)
	if ether == etherVLAN && len(ids) > 0 { // what is outside a tag is a service tag
		binary.BigEndian.PutUint16(b[12+4*len(ids)-4:], etherQinQ)
	}
	f.Length += uint32(4 * len(ids))
	f.Data = append(b, f.Data[14:]...)
	return f
}

// Overlap makes every nth segment with data begin in the middle of the one
// before it in its direction, whose second half it then repeats.
func Overlap(n int) Change {
	return func(frames []pcaps.Frame) []pcaps.Frame {
		count := 0
		before := map[string][]byte{} // the data of the last segment of a flow
		next := map[string]uint32{}   // the sequence number behind it
		return each(func(out []pcaps.Frame, s segment) []pcaps.Frame {
			if !s.hasData() {
				return append(out, *s.Frame)
			}
			flow, data := s.flow(), s.data()
			half := before[flow]
			half = half[len(half)/2:]
			follows := len(half) > 0 && s.seq() == next[flow]
			before[flow], next[flow] = data, s.seq()+uint32(len(data))
			if count++; count%n != 0 || !follows || len(half)+len(data) > maxSegment {
				return append(out, *s.Frame)
			}
			joined := append(bytes.Clone(half), data...)
			return append(out, s.edit(s.seq()-uint32(len(half)), s.ackNo(), s.flags(), joined))
		})(frames)
	}
}

// maxSegment keeps what hazards make within an Ethernet frame.
const maxSegment = 1460

// ResegmentEvery cuts all data anew: into segments of n bytes at most.
func ResegmentEvery(n int) Change {
	return each(func(out []pcaps.Frame, s segment) []pcaps.Frame {
		data := s.data()
		if !s.hasData() || len(data) <= n {
			return append(out, *s.Frame)
		}
		for off := 0; off < len(data); off += n {
			end := min(off+n, len(data))
			flags := s.flags()
			if end < len(data) {
				flags &^= psh | fin
			}
			f := s.edit(s.seq()+uint32(off), s.ackNo(), flags, data[off:end])
			f.Time += int64(off)
			out = append(out, f)
		}
		return out
	})
}

// CoalesceSegments joins segments that follow each other in one direction, with
// nothing but acknowledgements between them, into segments of most bytes at most.
func CoalesceSegments(most int) Change {
	return func(frames []pcaps.Frame) []pcaps.Frame {
		var out []pcaps.Frame
		open := map[string]int{} // of a flow: the index in out of the segment that may grow
		for _, f := range frames {
			s, ok := segmentOf(&f)
			if !ok {
				out = append(out, f)
				continue
			}
			flow := s.flow()
			if i, found := open[flow]; found && s.hasData() && s.flags()&^(ack|psh) == 0 {
				t, _ := segmentOf(&out[i])
				if f.Time-out[i].Time <= together && t.seq()+uint32(len(t.data())) == s.seq() && len(t.data())+len(s.data()) <= most {
					out[i] = t.edit(t.seq(), s.ackNo(), s.flags(), append(bytes.Clone(t.data()), s.data()...))
					continue
				}
			}
			delete(open, flow)
			if !s.pureAck() {
				delete(open, s.reverse()) // an answer: what comes later is caused by it
			}
			out = append(out, f)
			if s.hasData() && s.flags()&^(ack|psh) == 0 {
				open[flow] = len(out) - 1
			}
		}
		return inOrder(out)
	}
}

// AcksBeforeData captures acknowledgements before the data that they acknowledge,
// as happens where two mirrored ports are joined.
func AcksBeforeData() Change {
	return func(frames []pcaps.Frame) []pcaps.Frame {
		out := cloneFrames(frames)
		for i := 1; i < len(out); i++ {
			a, ok := segmentOf(&out[i-1])
			b, too := segmentOf(&out[i])
			if ok && too && a.hasData() && b.pureAck() && a.flow() == b.reverse() {
				out[i-1], out[i] = out[i], out[i-1]
				out[i-1].Time, out[i].Time = out[i].Time, out[i-1].Time
			}
		}
		return inOrder(out)
	}
}

// ChecksumOffload leaves only the sum of the pseudo-header in the TCP checksum, as
// a capture on the sending machine shows it.
func ChecksumOffload() Change {
	return each(func(out []pcaps.Frame, s segment) []pcaps.Frame {
		f := *s.Frame
		f.Data = bytes.Clone(f.Data)
		a := s.addresses()
		sum := fold(pseudoHeader(a[:len(a)/2], a[len(a)/2:], s.end-s.tcp))
		binary.BigEndian.PutUint16(f.Data[s.tcp+16:], sum)
		return append(out, f)
	})
}

// Corrupt puts before every nth segment with data a copy of it whose data is
// damaged, so that its checksum is wrong: its receiver drops it.
func Corrupt(n int) Change {
	return func(frames []pcaps.Frame) []pcaps.Frame {
		count := 0
		return each(func(out []pcaps.Frame, s segment) []pcaps.Frame {
			if s.hasData() {
				if count++; count%n == 0 {
					f := *s.Frame
					f.Data = bytes.Clone(f.Data)
					f.Data[s.payload] ^= 0xff
					out = append(out, f)
				}
			}
			return append(out, *s.Frame)
		})(frames)
	}
}

// KeepAlives puts a keep-alive probe behind every nth pure acknowledgement. The
// probe repeats the sequence number before the next, with a byte that is none of
// the stream.
func KeepAlives(n int) Change {
	return func(frames []pcaps.Frame) []pcaps.Frame {
		count := 0
		ended := map[string]bool{} // flows that have sent their last byte
		return each(func(out []pcaps.Frame, s segment) []pcaps.Frame {
			out = append(out, *s.Frame)
			ended[s.flow()] = s.flags()&(fin|rst) != 0 || ended[s.flow()] && s.flags()&syn == 0
			if !s.pureAck() || ended[s.flow()] {
				return out
			}
			if count++; count%n != 0 {
				return out
			}
			return append(out, s.keepAlive())
		})(frames)
	}
}

// keepAlive is the probe that the sender of a pure acknowledgement might send next.
func (s *segment) keepAlive() pcaps.Frame {
	f := s.edit(s.seq()-1, s.ackNo(), ack, []byte{0})
	h := f.Data[s.ip:]
	if s.v6 {
		h[0] |= probeService >> 4
	} else {
		h[1] = probeService
		sumIPv4(h)
	}
	return f
}

// Noise puts a frame of another kind behind every nth frame: ARP, UDP, an unknown
// type, a few bytes of nothing.
func Noise(n int, seed uint64) Change {
	return func(frames []pcaps.Frame) []pcaps.Frame {
		r := rand.New(rand.NewPCG(seed, 4))
		var out []pcaps.Frame
		for i, f := range frames {
			out = append(out, f)
			if i%n != n-1 {
				continue
			}
			f.Data = noise(f.Link, r)
			f.Length = uint32(len(f.Data))
			out = append(out, f)
		}
		return inOrder(out)
	}
}

func noise(link pcaps.LinkType, r *rand.Rand) []byte {
	kind := r.IntN(4)
	if link != pcaps.LinkEthernet {
		kind = 3
	}
	b := []byte("\xff\xff\xff\xff\xff\xff\x02\x04\x0a\x00\x00\x63")
	switch kind {
	case 0: // ARP: who has 10.0.0.1
		b = append(b, "\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01\x02\x04\x0a\x00\x00\x63\x0a\x00\x00\x63\x00\x00\x00\x00\x00\x00\x0a\x00\x00\x01"...)
	case 1: // UDP without checksum from 10.0.0.99 to 10.0.0.255
		at := len(b) + 2
		b = append(b, "\x08\x00\x45\x00\x00\x20\x00\x01\x00\x00\x40\x11\x00\x00\x0a\x00\x00\x63\x0a\x00\x00\xff\x07\x5b\x07\x5b\x00\x0c\x00\x00beep"...)
		sumIPv4(b[at:])
	case 2: // PROFINET real time
		b = append(b, "\x88\x92\x80\x00\x01\x02\x03\x04\x00\x00\x35\x00"...)
	default:
		return []byte{byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())}
	}
	return finish(link, b)
}

// Fragment cuts IPv4 packets with data into fragments of at most size bytes of IP
// payload, rounded down to a multiple of eight.
func Fragment(size int) Change {
	size = max(size&^7, 8)
	return each(func(out []pcaps.Frame, s segment) []pcaps.Frame {
		body := s.Data[s.tcp:s.end]
		if s.v6 || !s.hasData() || len(body) <= size {
			return append(out, *s.Frame)
		}
		for off := 0; off < len(body); off += size {
			end := min(off+size, len(body))
			b := append(bytes.Clone(s.Data[:s.tcp]), body[off:end]...)
			where := uint16(off / 8)
			if end < len(body) {
				where |= 0x2000 // more fragments
			}
			binary.BigEndian.PutUint16(b[s.ip+2:], uint16(len(b)-s.ip))
			binary.BigEndian.PutUint16(b[s.ip+6:], where)
			sumIPv4(b[s.ip:])
			f := *s.Frame
			f.Data = finish(f.Link, b)
			f.Length = uint32(len(f.Data))
			out = append(out, f)
		}
		return out
	})
}

// ReverseFragments captures the fragments of each IPv4 packet last one first.
func ReverseFragments() Change {
	fragment := func(f *pcaps.Frame) (key string, ok bool) {
		at, ok := networkOffset(f.Link, f.Data)
		if !ok || len(f.Data) < at+20 || f.Data[at]>>4 != 4 || binary.BigEndian.Uint16(f.Data[at+6:])&0x3fff == 0 {
			return "", false
		}
		return string(f.Data[at+4:at+6]) + string(f.Data[at+12:at+20]), true
	}
	return func(frames []pcaps.Frame) []pcaps.Frame {
		out := cloneFrames(frames)
		for i := 0; i < len(out); i++ {
			key, ok := fragment(&out[i])
			if !ok {
				continue
			}
			end := i + 1
			for end < len(out) {
				if k, ok := fragment(&out[end]); !ok || k != key {
					break
				}
				end++
			}
			for a, b := i, end-1; a < b; a, b = a+1, b-1 {
				out[a], out[b] = out[b], out[a]
				out[a].Time, out[b].Time = out[b].Time, out[a].Time
			}
			i = end - 1
		}
		return inOrder(out)
	}
}

// SequenceWrap moves the sequence numbers of every direction so that they pass
// 2^32 after the first n bytes.
func SequenceWrap(n uint32) Change {
	return func(frames []pcaps.Frame) []pcaps.Frame {
		shift := map[string]uint32{}
		for i := range frames {
			s, ok := segmentOf(&frames[i])
			if !ok {
				continue
			}
			if _, known := shift[s.flow()]; !known || s.flags()&syn != 0 {
				shift[s.flow()] = -n - s.seq()
			}
			if _, known := shift[s.reverse()]; !known && s.flags()&ack != 0 {
				shift[s.reverse()] = -n - s.ackNo()
			}
		}
		return each(func(out []pcaps.Frame, s segment) []pcaps.Frame {
			ackNo := s.ackNo()
			if s.flags()&ack != 0 {
				ackNo += shift[s.reverse()]
			}
			return append(out, s.edit(s.seq()+shift[s.flow()], ackNo, s.flags(), s.data()))
		})(frames)
	}
}
