package delivery

import (
	"fmt"
	"testing"
	"time"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/mqtt"
)

// traffic repeats a round of segments on open connections for ever.
type traffic struct {
	tracker *flows.Tracker
	audit   *Audit
	round   []decode.Segment
	bytes   map[uint16]uint32 // sent in a round, by source port and, of the broker, destination port
	frame   uint64
	now     int64
}

// newTraffic opens connections of a publisher and of a subscriber and repeats what
// round says after it.
func newTraffic(v mqtt.Version, round func(t *talk, plc, hmi func() *talk)) *traffic {
	t := newTalk(v)
	h := t.dialFrom("10.0.0.9")
	t.login(called("hmi")).subscribe(1, 2, "plc/+/#")
	p := t.dial()
	t.login()
	before := len(t.capture.Frames())
	round(t, func() *talk { return t.on(p) }, func() *talk { return t.on(h) })
	pattern, _ := ParsePattern("plc/+/req=>plc/+/rsp")
	x := &traffic{audit: New(Options{Patterns: []Pattern{pattern}}), bytes: map[uint16]uint32{}}
	x.tracker = flows.New(flows.Options{}, x.audit)
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
		x.bytes[stream(&s)] += uint32(len(s.Payload))
	}
	return x
}

// stream names a direction of a connection: the client's port, and a bit for the
// broker.
func stream(s *decode.Segment) uint16 {
	if s.DstPort == 1883 {
		return s.SrcPort
	}
	return s.DstPort | 1<<15
}

func (x *traffic) turn() {
	for i := range x.round {
		s := &x.round[i]
		x.frame++
		x.now += int64(100 * time.Microsecond)
		s.Frame, s.Time = x.frame, x.now
		x.tracker.Add(s)
		s.Seq += x.bytes[stream(s)]
		s.Ack += x.bytes[stream(s)^1<<15]
	}
}

// TestSteadyState: the audit of messages that go well costs no memory.
func TestSteadyState(t *testing.T) {
	rounds := []struct {
		name string
		say  func(t *talk, plc, hmi func() *talk)
	}{
		{"QoS 0", func(t *talk, plc, hmi func() *talk) {
			plc().c(t.pub(0, 0, "plc/7/a", "1"))
			hmi().s(t.pub(0, 0, "plc/7/a", "1"))
		}},
		{"QoS 1", func(t *talk, plc, hmi func() *talk) {
			plc().c(t.pub(1, 1, "plc/7/a", "1")).s(t.ack(mqtt.PUBACK, 1))
			hmi().s(t.pub(1, 5, "plc/7/a", "1")).c(t.ack(mqtt.PUBACK, 5))
		}},
		{"QoS 2", func(t *talk, plc, hmi func() *talk) {
			plc().c(t.pub(2, 1, "plc/7/a", "1")).s(t.ack(mqtt.PUBREC, 1)).c(t.ack(mqtt.PUBREL, 1)).s(t.ack(mqtt.PUBCOMP, 1))
			hmi().s(t.pub(2, 5, "plc/7/a", "1")).c(t.ack(mqtt.PUBREC, 5)).s(t.ack(mqtt.PUBREL, 5)).c(t.ack(mqtt.PUBCOMP, 5))
		}},
		{"requests", func(t *talk, plc, hmi func() *talk) {
			hmi().c(t.pub(0, 0, "plc/7/req", "1"))
			plc().s(t.pub(0, 0, "plc/7/req", "1")).c(t.pub(0, 0, "plc/7/rsp", "1"))
			hmi().s(t.pub(0, 0, "plc/7/rsp", "1"))
		}},
		{"ping", func(t *talk, plc, hmi func() *talk) { plc().c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)) }},
	}
	for _, v := range all {
		for _, r := range rounds {
			x := newTraffic(v, r.say)
			for range 300 {
				x.turn()
			}
			if n := testing.AllocsPerRun(1000, x.turn); n != 0 {
				t.Errorf("%s in %v: %v allocations a round", r.name, v, n)
			}
			x.tracker.Flush()
			got := x.audit.Result()
			for _, l := range got.Total {
				if l.Sent != l.Completed {
					t.Errorf("%s in %v: %s", r.name, v, l.text())
				}
			}
			for i := range got.Pairs {
				p := &got.Pairs[i]
				if asked := p.Delivered[1] + p.Delivered[2]; p.Delivered[0]+asked != 1301 || p.Expected != asked {
					t.Errorf("%s in %v: %s", r.name, v, p.text())
				}
			}
			for i := range got.Replies {
				if p := &got.Replies[i]; p.Requests != p.Answered || p.Requests != 1301 {
					t.Errorf("%s in %v: %s", r.name, v, p.text())
				}
			}
			if r.name == "QoS 1" && got.Total[client].Latency.P50 < int64(100*time.Microsecond) {
				t.Errorf("latency %+v", got.Total[client].Latency)
			}
		}
	}
}

// TestBounds reaches every bound of memory: it is counted, and the ledgers still
// add up.
func TestBounds(t *testing.T) {
	t.Run("sessions", func(t *testing.T) {
		k := newTalk(mqtt.V311)
		for i := range 20 {
			k.dial()
			k.login(called(fmt.Sprint("c", i)))
			k.c(k.pub(1, 1, "a", "1")).s(k.ack(mqtt.PUBACK, 1)).c(k.pub(1, 2, "a", "2")).bye()
		}
		r := audit(k.capture.Frames(), Options{Limits: Limits{Sessions: 5}})
		if len(r.Sessions) != 5 || r.Bounds.Sessions != 15 {
			t.Errorf("%d sessions, %d beyond the bound", len(r.Sessions), r.Bounds.Sessions)
		}
		if got, want := r.Rest[client].text(), "sent 30 acked 15 completed 15 unknown 15 (more messages than are remembered)"; got != want {
			t.Errorf("rest: %s, want %s", got, want)
		}
		if got := r.Total[client]; got.Sent != 40 || got.Latency.Count != 20 {
			t.Errorf("total: %+v", got)
		}
		check(t, &r)
	})
	t.Run("lists", func(t *testing.T) {
		k := newTalk(mqtt.V311)
		for i := range 10 {
			k.dial()
			k.login()
			k.c(k.pub(1, 1, "a", fmt.Sprint(i))).cut()
			k.after(time.Minute)
		}
		r := audit(k.capture.Frames(), Options{Limits: Limits{Outages: 3, Incidents: 4}})
		if len(r.Outages) != 3 || r.Bounds.Outages != 7 || len(r.Incidents) != 4 || r.Bounds.Incidents != 4 || r.Total[client].Lost != 8 {
			t.Errorf("%d outages, %d incidents, %+v, %s", len(r.Outages), len(r.Incidents), r.Bounds, r.Total[client].text())
		}
		check(t, &r)
	})
	t.Run("in flight", func(t *testing.T) {
		k := newTalk(mqtt.V311)
		k.dial()
		k.login()
		for i := range 6000 {
			k.c(k.pub(1, uint16(i+1), "a", "1"))
		}
		r := audit(k.capture.Frames(), Options{})
		if r.Total[client].Sent != 6000 || r.Bounds.Messages == 0 || r.Total[client].Unknown == 0 || r.Total[client].Lost != 0 {
			t.Errorf("%s, %+v", r.Total[client].text(), r.Bounds)
		}
		check(t, &r)
	})
	t.Run("pending", func(t *testing.T) {
		k := newTalk(mqtt.V311)
		for range 3 {
			k.dial()
			k.login()
			for i := range 700 {
				k.c(k.pub(1, uint16(i+1), "a", "1"))
			}
			k.cut()
		}
		r := audit(k.capture.Frames(), Options{})
		if r.Total[client].Sent != 2100 {
			t.Errorf("%s, %+v", r.Total[client].text(), r.Bounds)
		}
		check(t, &r)
	})
	t.Run("histograms", func(t *testing.T) {
		k := newTalk(mqtt.V311)
		k.dial()
		k.login()
		for i := range 200 {
			k.c(k.pub(1, uint16(i+1), "a", "1")).s(k.ack(mqtt.PUBACK, uint16(i+1)))
		}
		frames := k.capture.Frames()
		r := audit(frames, Options{Limits: Limits{Histograms: -1}})
		whole := audit(frames, Options{})
		if l := r.Sessions[0].Sides[client].Latency; l.Partial || l.Count != 200 {
			t.Errorf("a limit below 1 is the default: %+v", l)
		}
		if a, b := r.Total[client].Latency, whole.Total[client].Latency; a.P99 != b.P99 {
			t.Errorf("%+v %+v", a, b)
		}
		check(t, &r)
	})
	t.Run("expected and requests", func(t *testing.T) {
		k := newTalk(mqtt.V311)
		k.dialFrom("10.0.0.9")
		k.login(called("hmi")).subscribe(1, 1, "#")
		k.dial()
		k.login()
		for i := range 1000 {
			k.c(k.pub(1, uint16(i+1), "req", fmt.Sprint(i))).s(k.ack(mqtt.PUBACK, uint16(i+1)))
		}
		pattern, _ := ParsePattern("req=>rsp")
		r := audit(k.capture.Frames(), Options{Patterns: []Pattern{pattern}})
		p := &r.Pairs[0]
		if r.Bounds.Expected == 0 || r.Bounds.Requests == 0 || p.Expected != 1000 || p.Unknown+p.Open != 1000 {
			t.Errorf("%+v %s", r.Bounds, p.text())
		}
		if x := &r.Replies[0]; x.Requests != 1000 || x.Unknown+x.Open != 1000 {
			t.Errorf("%s", x.text())
		}
		check(t, &r)
	})
	t.Run("pairs and filters", func(t *testing.T) {
		k := newTalk(mqtt.V311)
		hmi := k.dialFrom("10.0.0.9")
		k.login(called("hmi"))
		for i := range maxFilters + 10 {
			k.subscribe(uint16(i+1), 1, fmt.Sprint("f/", i))
		}
		for i := range 4 {
			k.dialFrom(fmt.Sprint("10.0.1.", i+1))
			k.login(called(fmt.Sprint("c", i)))
			k.c(k.pub(1, 1, "f/1", fmt.Sprint(i))).s(k.ack(mqtt.PUBACK, 1))
			k.on(hmi).s(k.pub(1, uint16(i+1), "f/1", fmt.Sprint(i))).c(k.ack(mqtt.PUBACK, uint16(i+1)))
		}
		r := audit(k.capture.Frames(), Options{Limits: Limits{Pairs: 2}})
		if len(r.Pairs) != 2 || r.Bounds.Pairs == 0 || r.Bounds.Subscriptions != 10 {
			t.Errorf("%d pairs, %+v", len(r.Pairs), r.Bounds)
		}
		check(t, &r)
	})
}

func check(t *testing.T, r *Result) {
	t.Helper()
	for _, x := range balanced(r) {
		t.Error(x)
	}
}
