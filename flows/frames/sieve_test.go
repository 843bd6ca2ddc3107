package frames

import (
	"testing"

	"plcscope/decode/filter"
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/pcaps"
	"plcscope/pcaps/samples"
)

// watcher shows each message to a sieve many times.
type watcher struct {
	flows.Ignore
	t       *testing.T
	sieve   *Sieve
	matches int
	n       int
}

func (w *watcher) Message(m *flows.Message) {
	if w.n++; w.n > 100 {
		return
	}
	if m.Packet.Type == mqtt.CONNECT { // a name is kept, once a connection
		w.sieve.Message(m)
		return
	}
	frame := pcaps.Frame{Number: m.Frame, Time: m.Time, Link: pcaps.LinkType(m.Segment.Link), Length: uint32(len(m.Segment.Raw)), Data: m.Segment.Raw}
	ok := false
	look := func() {
		w.sieve.Begin(&frame, m.Segment)
		ok = w.sieve.Message(m).Matches()
		w.sieve.Done(m.Conn)
	}
	look() // buffers grow once
	if n := testing.AllocsPerRun(10, look); n != 0 {
		w.t.Errorf("message %d costs %v allocations", m.Number, n)
	}
	if ok {
		w.matches++
	}
}

// open opens a sample.
func open(t *testing.T, name string) *pcaps.Capture {
	t.Helper()
	c, err := samples.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestSieveAllocatesNothing(t *testing.T) {
	for _, text := range []string{
		`mqtt.topic contains "plant" and ip.addr == 192.168.10.0/24`, `mqtt and tcp.seq > 0 and tcp.flags.push == 1`,
		`plcscope.client == "press7" or plcscope.session contains "1883"`, `mqtt[0] & f0 == 30 or tcp contains "plant"`,
	} {
		t.Run(text, func(t *testing.T) {
			f, err := filter.Compile(text, filter.NewFields(All()))
			if err != nil {
				t.Fatal(err)
			}
			w := &watcher{t: t, sieve: New(Options{Filter: f})}
			var cfg flows.Config
			cfg.Tracker.Trees = w.sieve.Trees()
			if _, err := flows.Analyse(t.Context(), open(t, "mqtt31-plc-healthy.pcap"), cfg, w); err != nil {
				t.Fatal(err)
			}
			if w.n == 0 || w.matches == 0 {
				t.Errorf("%d of %d messages match", w.matches, w.n)
			}
		})
	}
}

// Of a frame that is gone, its message still tells who spoke to whom.
func TestLateMessagesKnowTheirEnds(t *testing.T) {
	f, err := filter.Compile(`ip.addr == 192.168.10.0/24 and tcp.port == 1883 and frame.time_relative >= 0 and tcp.stream >= 0`, filter.NewFields(All()))
	if err != nil {
		t.Fatal(err)
	}
	w := &late{t: t, sieve: New(Options{Filter: f})}
	if _, err := flows.Analyse(t.Context(), open(t, "mqtt31-plc-healthy.pcap"), flows.Config{}, w); err != nil {
		t.Fatal(err)
	}
	if w.n == 0 {
		t.Error("no messages")
	}
}

type late struct {
	flows.Ignore
	t     *testing.T
	sieve *Sieve
	n     int
}

func (l *late) Message(m *flows.Message) {
	l.n++
	if v := l.sieve.Message(m); !v.Lost || !v.Matches() {
		l.t.Errorf("message %d: lost %t, or it does not match", m.Number, v.Lost)
	}
}
