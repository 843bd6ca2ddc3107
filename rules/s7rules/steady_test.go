package s7rules

import (
	"testing"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/pcaps/craft"
	"plcscope/rules"
	"plcscope/s7comm"
)

// traffic repeats a round of segments on an open connection for ever.
type traffic struct {
	tracker *flows.Tracker
	engine  *Engine
	round   []decode.Segment
	bytes   [2]uint32 // that each side sends in a round
	frame   uint64
	now     int64
	packets int
}

// newTraffic opens a connection and repeats what round says after it.
func newTraffic(judged bool, round func(t *talk)) *traffic {
	t := &talk{capture: craft.New()}
	t.dial().login(4)
	before := len(t.capture.Frames())
	round(t)
	x := &traffic{engine: New(Options{})}
	if judged {
		x.tracker = flows.New(flows.Options{}, x.engine)
	} else {
		x.tracker = flows.New(flows.Options{})
	}
	dec := decode.New(decode.Options{})
	frames := t.capture.Frames()
	for i := range frames {
		var s decode.Segment
		if !dec.Decode(&frames[i], &s) {
			continue
		}
		x.frame, x.now = s.Frame, s.Time
		if i < before {
			x.tracker.Add(&s)
			continue
		}
		x.round = append(x.round, s)
		x.bytes[x.from(&s)] += uint32(len(s.Payload))
		if len(s.Payload) > 0 {
			x.packets++
		}
	}
	return x
}

func (x *traffic) from(s *decode.Segment) int {
	if s.DstPort == 102 {
		return 0
	}
	return 1
}

// turn lets the round pass once more.
func (x *traffic) turn() {
	for i := range x.round {
		s := &x.round[i]
		x.frame++
		x.now += 1000
		s.Frame, s.Time = x.frame, x.now
		x.tracker.Add(s)
		s.Seq += x.bytes[x.from(s)]
		s.Ack += x.bytes[1-x.from(s)]
	}
}

var rounds = []struct {
	name string
	say  func(t *talk)
}{
	{"read", func(t *talk) { t.poll(1) }},
	{"read 12 items", func(t *talk) { t.c(read(1, dbs(12, 10)...)).s(values(1, repeated(12, 10)...)) }},
	{"write", func(t *talk) { t.c(write(1, db(4), octets(4))).s(written(1, s7comm.ReturnSuccess)) }},
	{"side by side", func(t *talk) {
		t.c(read(1, db(4)), read(2, db(4)), read(3, db(4))).s(values(1, octets(4)), values(2, octets(4)), values(3, octets(4)))
	}},
	{"userdata", func(t *talk) { t.c(szl(1, 0x0424)).s(szlData(1, 0x0424, nil)) }},
	{"empty DT", func(t *talk) { t.c(emptyDTBytes).poll(1) }},
}

func repeated(count, n int) []s7comm.Value {
	l := make([]s7comm.Value, count)
	for i := range l {
		l[i] = octets(n)
	}
	return l
}

// TestSteadyState: judging costs no memory, and a well-behaved conversation breaks
// nothing however long it lasts.
func TestSteadyState(t *testing.T) {
	for _, r := range rounds {
		x := newTraffic(true, r.say)
		for range 100 {
			x.turn()
		}
		if n := testing.AllocsPerRun(1000, x.turn); n != 0 {
			t.Errorf("%s: %v allocations a round", r.name, n)
		}
		for _, f := range x.engine.Book().Findings() {
			t.Errorf("%s: %s: %s", r.name, f.Rule.ID, f.Detail)
		}
		if v := verdictOn(x.engine.Book(), "s7-header-lengths"); v != rules.Pass {
			t.Errorf("%s: the rules were not put to the test: %v", r.name, v)
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	for _, r := range rounds {
		for _, judged := range []bool{false, true} {
			name := r.name + "/tracked"
			if judged {
				name = r.name + "/judged"
			}
			b.Run(name, func(b *testing.B) {
				x := newTraffic(judged, r.say)
				b.ReportAllocs()
				for b.Loop() {
					x.turn()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*x.packets), "ns/message")
			})
		}
	}
}
