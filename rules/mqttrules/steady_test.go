package mqttrules

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/pcaps/craft"
	"plcscope/rules"
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
func newTraffic(v mqtt.Version, judged bool, round func(t *talk)) *traffic {
	t := &talk{v: v, capture: craft.New()}
	t.dial()
	t.subscribed()
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
	if s.DstPort == 1883 {
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
	{"QoS 0", func(t *talk) { t.c(t.pub(0, 0)).s(t.pub(0, 0)) }},
	{"QoS 1", func(t *talk) { t.c(t.pub(1, 1)).s(t.puback(1)).s(t.pub(1, 9)).c(t.puback(9)) }},
	{"QoS 2", func(t *talk) { t.c(t.pub(2, 1)).s(t.pubrec(1)).c(t.pubrel(1)).s(t.pubcomp(1)) }},
	{"ping", func(t *talk) { t.c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)) }},
}

// TestSteadyState: judging costs no memory, and a well-behaved conversation breaks
// nothing however long it lasts.
func TestSteadyState(t *testing.T) {
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
		for _, r := range rounds {
			x := newTraffic(v, true, r.say)
			for range 100 {
				x.turn()
			}
			if n := testing.AllocsPerRun(1000, x.turn); n != 0 {
				t.Errorf("%s in %v: %v allocations a round", r.name, v, n)
			}
			for _, f := range x.engine.Book().Findings() {
				if f.Severity > rules.Info {
					t.Errorf("%s in %v: %s: %s", r.name, v, f.Rule.ID, f.Detail)
				}
			}
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
				x := newTraffic(mqtt.V311, judged, r.say)
				b.ReportAllocs()
				for b.Loop() {
					x.turn()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*x.packets), "ns/message")
			})
		}
	}
}

// exercised is how often each subject put each rule to the test. Rules are left out
// that say nothing of some odd packets, since those are the business of other rules.
func exercised(b *rules.Book) map[string]uint64 {
	n := map[string]uint64{}
	for _, s := range b.Subjects() {
		for _, r := range b.Results(s) {
			switch r.Rule.ID {
			case packetLengthConsistent.ID, ackIDMatchesPublish.ID, problemInfo5.ID:
			default:
				n[s.String()+" "+r.Rule.ID] = r.Exercised
			}
		}
	}
	return n
}

// TestPlainBreaksNothing: with every rule looking at every packet, nothing else is
// found and counted than with those left out that cannot break a rule.
func TestPlainBreaksNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	all := everyPacket()
	for _, c := range conversations() {
		for _, v := range versionsOf(ruleNamed(c.rule), c) {
			talk := &talk{v: v, capture: craft.New()}
			talk.dial()
			c.say(talk)
			frames := talk.capture.Frames()
			got, want := judge(frames, nil), judge(frames, all)
			if got, want := findings(got), findings(want); !slices.Equal(got, want) {
				t.Errorf("%s, %s, %v: found\n%q, want\n%q", c.rule, c.name, v, got, want)
			}
			if diff := cmp.Diff(exercised(want), exercised(got)); diff != "" {
				t.Errorf("%s, %s, %v: exercised, -all +odd:\n%s", c.rule, c.name, v, diff)
			}
		}
	}
}
