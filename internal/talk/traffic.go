package talk

import (
	"plcscope/decode"
	"plcscope/flows"
	"plcscope/pcaps"
)

// Traffic repeats a round of segments on an open connection for ever.
type Traffic struct {
	Step    int64 // time between segments in nanoseconds
	Packets int   // segments of a round that carry data

	tracker *flows.Tracker
	round   []decode.Segment
	server  uint16
	bytes   [2]uint32 // that each side sends in a round
	frame   uint64
	now     int64
}

// NewTraffic shows the first frames to observers and is ready to repeat the rest, of
// one connection to a port of a server.
func NewTraffic(frames []pcaps.Frame, first int, server uint16, observers ...flows.Observer) *Traffic {
	x := &Traffic{Step: 1000, tracker: flows.New(flows.Options{}, observers...), server: server}
	dec := decode.New(decode.Options{})
	for i := range frames {
		var s decode.Segment
		if !dec.Decode(&frames[i], &s) {
			continue
		}
		x.frame, x.now = s.Frame, s.Time
		if i < first {
			x.tracker.Add(&s)
			continue
		}
		x.round = append(x.round, s)
		x.bytes[x.from(&s)] += uint32(len(s.Payload))
		if len(s.Payload) > 0 {
			x.Packets++
		}
	}
	return x
}

func (x *Traffic) from(s *decode.Segment) int {
	if s.DstPort == x.server {
		return 0
	}
	return 1
}

// Turn lets the round pass once more.
func (x *Traffic) Turn() {
	for i := range x.round {
		s := &x.round[i]
		x.frame++
		x.now += x.Step
		s.Frame, s.Time = x.frame, x.now
		x.tracker.Add(s)
		s.Seq += x.bytes[x.from(s)]
		s.Ack += x.bytes[1-x.from(s)]
	}
}
