package s7rules

import (
	"testing"

	"plcscope/flows"
	"plcscope/internal/talk"
	"plcscope/pcaps/craft"
	"plcscope/rules"
	"plcscope/s7comm"
)

// newTraffic opens a connection and repeats what round says after it.
func newTraffic(round func(t *line), observers ...flows.Observer) *talk.Traffic {
	l := &line{capture: craft.New()}
	l.dial().login(4)
	first := len(l.capture.Frames())
	round(l)
	return talk.NewTraffic(l.capture.Frames(), first, 102, observers...)
}

var rounds = []struct {
	name string
	say  func(t *line)
}{
	{"read", func(t *line) { t.poll(1) }},
	{"read 12 items", func(t *line) { t.c(read(1, dbs(12, 10)...)).s(values(1, repeated(12, 10)...)) }},
	{"write", func(t *line) { t.c(write(1, db(4), octets(4))).s(written(1, s7comm.ReturnSuccess)) }},
	{"side by side", func(t *line) {
		t.c(read(1, db(4)), read(2, db(4)), read(3, db(4))).s(values(1, octets(4)), values(2, octets(4)), values(3, octets(4)))
	}},
	{"userdata", func(t *line) { t.c(szl(1, 0x0424)).s(szlData(1, 0x0424, nil)) }},
	{"empty DT", func(t *line) { t.c(emptyDTBytes).poll(1) }},
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
		e := New(Options{})
		x := newTraffic(r.say, e)
		for range 100 {
			x.Turn()
		}
		if n := testing.AllocsPerRun(1000, x.Turn); n != 0 {
			t.Errorf("%s: %v allocations a round", r.name, n)
		}
		for _, f := range e.Book().Findings() {
			t.Errorf("%s: %s: %s", r.name, f.Rule.ID, f.Detail)
		}
		if v := talk.Verdict(e.Book(), "s7-header-lengths"); v != rules.Pass {
			t.Errorf("%s: the rules were not put to the test: %v", r.name, v)
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	for _, r := range rounds {
		for _, judged := range []bool{false, true} {
			name, observers := r.name+"/tracked", []flows.Observer(nil)
			if judged {
				name, observers = r.name+"/judged", []flows.Observer{New(Options{})}
			}
			b.Run(name, func(b *testing.B) {
				x := newTraffic(r.say, observers...)
				b.ReportAllocs()
				for b.Loop() {
					x.Turn()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*x.Packets), "ns/message")
			})
		}
	}
}
