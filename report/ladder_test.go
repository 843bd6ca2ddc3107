package report

import (
	"fmt"
	"strings"
	"testing"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/pcaps/craft"
	"plcscope/rules"
)

// asker wants the surroundings of the messages with the given numbers, as an
// engine that finds something in them does.
type asker struct {
	flows.Ignore
	ladder *Ladder
	wanted map[uint64]bool
	got    map[uint64]*rules.Around

	stranger *rules.Around // of a finding on another connection
}

func (a *asker) Message(m *flows.Message) {
	if a.wanted[m.Number] {
		a.stranger = a.ladder.Around(rules.Finding{Client: "10.0.0.9:1", Server: m.Conn.Server().String()})
		a.got[m.Number] = a.ladder.Around(rules.Finding{Client: m.Conn.Client().String(), Server: m.Conn.Server().String()})
	}
}

func publish(n int) []byte {
	p := &mqtt.Packet{Type: mqtt.PUBLISH, Version: mqtt.V311, Topic: []byte(fmt.Sprintf("t%d", n)), Payload: []byte("x")}
	b, err := p.Append(nil)
	if err != nil {
		panic(err)
	}
	return b
}

// TestLadder: a finding shows the messages before it, itself, and those that come.
func TestLadder(t *testing.T) {
	capture := craft.New()
	a, b := capture.Connect(craft.Host("10.0.0.5:2000"), craft.Host("10.0.0.2:1883")), capture.Connect(craft.Host("10.0.0.6:2000"), craft.Host("10.0.0.2:1883"))
	for n := 1; n <= 20; n++ {
		a.Client(publish(n))
		b.Client(publish(1000 + n)) // another connection in between
	}
	a.RST(craft.ByServer)
	ladder := &Ladder{}
	ask := &asker{ladder: ladder, wanted: map[uint64]bool{1: true, 23: true, 39: true}, got: map[uint64]*rules.Around{}}
	tracker, dec := flows.New(flows.Options{}, ladder, ask), decode.New(decode.Options{})
	frames := capture.Frames()
	for i := range frames {
		var s decode.Segment
		if dec.Decode(&frames[i], &s) {
			tracker.Add(&s)
		}
	}
	tracker.Flush()
	for _, c := range []struct {
		message uint64
		want    string
	}{
		{1, "t1 t2 t3 t4 t5"},
		{23, "t5 t6 t7 t8 t9 t10 t11 t12 t13 t14 t15 t16"},
		{39, "t13 t14 t15 t16 t17 t18 t19 t20 RST"},
	} {
		var l []string
		for _, s := range ask.got[c.message].Said {
			switch {
			case strings.Contains(s.Text, "RST"):
				l = append(l, "RST")
			default:
				l = append(l, strings.Split(s.Text, `"`)[1])
			}
		}
		if got := strings.Join(l, " "); got != c.want {
			t.Errorf("around message %d: %s, want %s", c.message, got, c.want)
		}
	}
	if ask.stranger != nil {
		t.Errorf("a finding of another connection gets %v", ask.stranger)
	}
}

// TestLadderAllocatesNothing: taking note of messages costs no memory.
func TestLadderAllocatesNothing(t *testing.T) {
	ladder := &Ladder{}
	tracker, dec := flows.New(flows.Options{}, ladder), decode.New(decode.Options{})
	capture := craft.New()
	conn := capture.Connect(craft.Host("10.0.0.5:2000"), craft.Host("10.0.0.2:1883"))
	const round = 8
	for n := range round * 30 {
		conn.Client(publish(n % 10))
	}
	frames := capture.Frames()
	segments := make([]decode.Segment, len(frames))
	for i := range frames {
		dec.Decode(&frames[i], &segments[i])
	}
	at := 0
	step := func() {
		for range round {
			tracker.Add(&segments[at])
			at++
		}
	}
	for range 8 {
		step()
	}
	if n := testing.AllocsPerRun(15, step); n != 0 {
		t.Errorf("%v allocations for %d messages", n, round)
	}
}
