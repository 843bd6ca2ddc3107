package siterules

import (
	"regexp"
	"testing"
	"time"

	"plcscope/flows"
	"plcscope/internal/talk"
	"plcscope/mqtt"
	"plcscope/rules"
	"plcscope/s7comm"
)

// everything is a policy that lays down something for every rule.
func everything() Policy {
	return Policy{
		MQTT: []MQTT{{
			For:      Selector{Name: "line 7", Addresses: prefixes("10.0.0.0/8"), ClientIDs: []string{"plc*"}},
			ClientID: regexp.MustCompile("plc[0-9]+"), KeepAlive: Span{10 * time.Second, time.Minute},
			Publish: []Publish{
				{Topic: "plant/+/raw", Payload: Payload{Kind: S7Data, Type: "REAL"}},
				{Topic: "plant/+/name", Payload: Payload{Kind: S7Data, Type: "STRING"}},
				{Topic: "plant/+/n", Payload: Payload{Kind: Number}},
				{Topic: "plant/#", QoS: []mqtt.QoS{0, 1}, Retain: yes(false), Interval: Span{time.Microsecond, time.Minute},
					Payload: Payload{Kind: JSON, Length: Length{1, 100}, Schema: func([]byte) error { return nil }}},
			},
			Subscribe: []string{"plant/#"}, AckLatency: Span{Max: time.Second},
		}},
		S7: []S7{{
			For: Selector{Name: "press", Addresses: prefixes("10.0.0.7/32")}, Hosts: prefixes("10.0.0.9/32"),
			Functions: []Function{Read, Write, Info}, Writable: []Range{bytesOf(0, 9), bytesOf(10, 99)}, Answer: Span{Max: time.Second},
		}},
	}
}

var rounds = []struct {
	name string
	port uint16
	say  func(t *line)
}{
	{"QoS 0", 1883, func(t *line) { t.c(t.publish("plant/7/t", `{"v":1.5,"unit":"bar"}`, 0, 0)) }},
	{"QoS 1", 1883, func(t *line) { t.c(t.publish("plant/7/t", `{"v":1.5}`, 1, 7)).s(t.ack(mqtt.PUBACK, 7)) }},
	{"S7 data", 1883, func(t *line) {
		t.c(t.publish("plant/7/raw", "12345678", 0, 0), t.publish("plant/7/name", "\x05\x02ab", 0, 0))
	}},
	{"number", 1883, func(t *line) { t.c(t.publish("plant/7/n", "-12.5", 0, 0)) }},
	{"from the broker", 1883, func(t *line) { t.s(t.publish("x", "1", 1, 8)).c(t.ack(mqtt.PUBACK, 8)) }},
	{"ping", 1883, func(t *line) { t.ping() }},
	{"read", 102, func(t *line) { t.read(1).values(1) }},
	{"write", 102, func(t *line) { t.write(db(8, 4), db(0, 2)) }},
	{"userdata", 102, func(t *line) { t.c(ask(1, s7comm.GroupCPU, 1)) }},
}

func steady(say func(t *line), port uint16, observers ...flows.Observer) *talk.Traffic {
	l := newLine()
	if port == 102 {
		l.s7().setup()
	} else {
		l.mqtt().login()
	}
	first := len(l.capture.Frames())
	say(l)
	x := talk.NewTraffic(l.capture.Frames(), first, port, observers...)
	x.Step = int64(time.Millisecond)
	return x
}

// TestSteadyPathAllocatesNothing: judging costs no memory, and who keeps to the policy
// breaks nothing however long that lasts.
func TestSteadyPathAllocatesNothing(t *testing.T) {
	for _, r := range rounds {
		e := New(everything(), Options{})
		x := steady(r.say, r.port, e)
		for range 100 {
			x.Turn()
		}
		if n := testing.AllocsPerRun(1000, x.Turn); n != 0 {
			t.Errorf("%s: %v allocations a round", r.name, n)
		}
		for _, f := range talk.Findings(e.Book()) {
			t.Errorf("%s: %s", r.name, f)
		}
		exercised := uint64(0)
		for _, s := range e.Book().Subjects() {
			for _, x := range e.Book().Results(s) {
				exercised += x.Exercised
			}
		}
		if exercised == 0 {
			t.Errorf("%s: no rule was put to the test", r.name)
		}
	}
}

// TestBounds: topics beyond the bound are judged but for their intervals, and memory
// does not grow with them.
func TestBounds(t *testing.T) {
	l := newLine()
	l.mqtt().login()
	for range 3 {
		for i := range 20 {
			topic := "plant/" + string(rune('a'+i)) + "/t"
			l.c(l.publish(topic, "1", 2, uint16(i+1)))
		}
	}
	p := on(Publish{QoS: []mqtt.QoS{0}, Interval: Span{Min: time.Minute}})
	e := New(p, Options{Topics: 5})
	talk.Run(l.capture.Frames(), e)
	if e.watched != 0 || len(e.spare) > 8 {
		t.Errorf("%d topics are watched, %d spare, when all is over", e.watched, len(e.spare))
	}
	for _, x := range e.Book().Results(e.Book().Subjects()[0]) {
		switch x.Rule.ID {
		case "site-qos":
			if x.Failed != 60 {
				t.Errorf("site-qos failed %d times", x.Failed)
			}
		case "site-publish-interval":
			if x.Failed != 10 || x.Verdict != rules.Fail {
				t.Errorf("site-publish-interval failed %d times, %v", x.Failed, x.Verdict)
			}
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	for _, r := range rounds {
		for _, judged := range []bool{false, true} {
			name, observers := r.name+"/tracked", []flows.Observer(nil)
			if judged {
				name, observers = r.name+"/judged", []flows.Observer{New(everything(), Options{})}
			}
			b.Run(name, func(b *testing.B) {
				x := steady(r.say, r.port, observers...)
				b.ReportAllocs()
				for b.Loop() {
					x.Turn()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*x.Packets), "ns/message")
			})
		}
	}
}
