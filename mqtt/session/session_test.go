package session

import (
	"fmt"
	"strings"
	"testing"

	"plcscope/mqtt"
)

// world is a session in a test, with a clock that ticks once a packet.
type world struct {
	Session
	now   int64
	frame uint64
}

func (w *world) at() Ref {
	w.frame++
	w.now += 1000
	return Ref{Frame: w.frame, Time: w.now}
}

// say applies packets written as in "c pub1 5 a" (the client sends a QoS 1 PUBLISH
// with identifier 5 and payload a): side, kind, identifier, and words that change
// it. The relation of the last is returned.
func (w *world) say(script string) (f Fact) {
	for _, line := range strings.Split(script, ";") {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		switch words[0] {
		case "clean":
			w.Connect(true)
			continue
		case "resume":
			w.Connect(false)
			continue
		case "forgot":
			w.ServerForgot()
			continue
		}
		f = w.Apply(side(words[0]), packet(words[1:]), w.at())
	}
	return f
}

func side(s string) Side {
	if s == "c" {
		return Client
	}
	return Server
}

func packet(words []string) *mqtt.Packet {
	p := &mqtt.Packet{Version: mqtt.V5, HasID: true}
	switch words[0] {
	case "pub1":
		p.Type, p.QoS = mqtt.PUBLISH, 1
	case "pub2":
		p.Type, p.QoS = mqtt.PUBLISH, 2
	case "puback":
		p.Type = mqtt.PUBACK
	case "pubrec":
		p.Type = mqtt.PUBREC
	case "pubrel":
		p.Type = mqtt.PUBREL
	case "pubcomp":
		p.Type = mqtt.PUBCOMP
	case "sub":
		p.Type = mqtt.SUBSCRIBE
	case "suback":
		p.Type = mqtt.SUBACK
	case "unsub":
		p.Type = mqtt.UNSUBSCRIBE
	case "unsuback":
		p.Type = mqtt.UNSUBACK
	default:
		panic(words[0])
	}
	p.Topic = []byte("t")
	fmt.Sscan(words[1], &p.ID)
	for _, word := range words[2:] {
		switch word {
		case "dup":
			p.Dup = true
		case "fails":
			p.Reason, p.HasReason = 0x97, true
		case "alias":
			p.Topic = nil
		default:
			p.Payload = []byte(word)
			p.Filters = []mqtt.Filter{{Filter: []byte(word), Options: 1}}
		}
	}
	return p
}

func TestRelations(t *testing.T) {
	for _, c := range []struct {
		name, say string
		want      Relation
	}{
		{"first", "c pub1 1 a", New},
		{"acknowledged", "c pub1 1 a; s puback 1", Answer},
		{"acknowledged by its sender", "c pub1 1 a; c puback 1", Unknown},
		{"acknowledged twice", "c pub1 1 a; s puback 1; s puback 1", Unknown},
		{"free again", "c pub1 1 a; s puback 1; c pub1 1 b", New},
		{"still open", "c pub1 1 a; c pub1 1 b", Reused},
		{"still open, for another kind", "c pub1 1 a; c sub 1 x", Reused},
		{"QoS changes", "c pub1 1 a; c pub2 1 a", Reused},
		{"each side numbers for itself", "c pub1 1 a; s pub1 1 b", New},
		{"sent again", "c pub1 1 a; c pub1 1 a dup", Resent},
		{"sent again without DUP", "c pub1 1 a; c pub1 1 a", Resent},
		{"an alias hides the topic", "c pub1 1 a alias; resume; c pub1 1 a dup", Resent},
		{"sent again is answered twice", "c pub1 1 a; c pub1 1 a dup; s puback 1; s puback 1", Repeated},
		{"but not three times", "c pub1 1 a; c pub1 1 a dup; s puback 1; s puback 1; s puback 1", Unknown},
		{"crossed", "c pub1 1 a; s puback 1; c pub1 1 a dup", Crossed},
		{"crossed, answered", "c pub1 1 a; s puback 1; c pub1 1 a dup; s puback 1", Answer},
		{"without DUP it is new", "c pub1 1 a; s puback 1; c pub1 1 a", New},
		{"other text is new", "c pub1 1 a; s puback 1; c pub1 1 b dup", New},
		{"both of a reused identifier are answered", "c pub1 1 a; c pub1 1 b; s puback 1; s puback 1", Repeated},
		{"and no more", "c pub1 1 a; c pub1 1 b; s puback 1; s puback 1; s puback 1", Unknown},
		{"PUBACK behind a SUBSCRIBE that took its identifier", "c pub1 1 a; c sub 1 x; s puback 1", Repeated},
		{"PUBREC for QoS 1", "c pub1 1 a; s pubrec 1", Mismatch},
		{"PUBACK for QoS 2", "c pub2 1 a; s puback 1", Mismatch},
		{"PUBACK for SUBSCRIBE", "c sub 1 x; s puback 1", Mismatch},
		{"SUBACK for UNSUBSCRIBE", "c unsub 1 x; s suback 1", Mismatch},
		{"SUBACK", "c sub 1 x; s suback 1", Answer},
		{"SUBACK twice", "c sub 1 x; s suback 1; s suback 1", Unknown},
		{"SUBSCRIBE again", "c sub 1 x; c sub 1 x; s suback 1; s suback 1", Repeated},
		{"UNSUBACK", "c unsub 1 x; s unsuback 1", Answer},

		{"PUBREC", "c pub2 1 a; s pubrec 1", Answer},
		{"PUBREC twice", "c pub2 1 a; s pubrec 1; s pubrec 1", Repeated},
		{"PUBREL", "c pub2 1 a; s pubrec 1; c pubrel 1", Answer},
		{"PUBREL first", "c pub2 1 a; c pubrel 1", Mismatch},
		{"PUBREL twice", "c pub2 1 a; s pubrec 1; c pubrel 1; c pubrel 1", Resent},
		{"PUBREL for each PUBREC", "c pub2 1 a; s pubrec 1; s pubrec 1; c pubrel 1; c pubrel 1", Repeated},
		{"PUBREL after the reconnect", "c pub2 1 a; s pubrec 1; c pubrel 1; resume; c pubrel 1", Resent},
		{"PUBREL from the wrong side", "c pub2 1 a; s pubrec 1; s pubrel 1", Unknown},
		{"PUBCOMP", "c pub2 1 a; s pubrec 1; c pubrel 1; s pubcomp 1", Answer},
		{"PUBCOMP first", "c pub2 1 a; s pubrec 1; s pubcomp 1", Mismatch},
		{"PUBCOMP for each PUBREL", "c pub2 1 a; s pubrec 1; c pubrel 1; c pubrel 1; s pubcomp 1; s pubcomp 1", Repeated},
		{"PUBCOMP late, the identifier used anew", "c pub2 1 a; s pubrec 1; c pubrel 1; c pubrel 1; s pubcomp 1; c pub2 1 b; s pubcomp 1", Repeated},
		{"PUBREL that crossed its PUBCOMP", "c pub2 1 a; s pubrec 1; c pubrel 1; s pubcomp 1; c pubrel 1", Repeated},
		{"and its PUBCOMP", "c pub2 1 a; s pubrec 1; c pubrel 1; s pubcomp 1; c pubrel 1; s pubcomp 1", Repeated},
		{"PUBREL of nothing", "c pubrel 9", Unknown},
		{"its PUBCOMP is no fault", "c pubrel 9; s pubcomp 9", Repeated},
		{"PUBREC of nothing", "s pubrec 9", Unknown},
		{"its PUBREL is no fault", "s pubrec 9; c pubrel 9", Repeated},
		{"PUBREC refuses", "c pub2 1 a; s pubrec 1 fails; c pub2 1 b", New},
		{"PUBLISH before PUBREC reached its sender", "c pub2 1 a; s pubrec 1; c pub2 1 a dup; c pubrel 1", Answer},
		{"PUBREC lost with the connection", "c pub2 1 a; s pubrec 1; resume; c pub2 1 a dup; s pubrec 1", Answer},

		{"a clean session forgets", "c pub1 1 a; clean; c pub1 1 b", New},
		{"but a late PUBACK is explained", "c pub1 1 a; clean; s puback 1", Repeated},
		{"DUP in a clean session is new", "c pub1 1 a; clean; c pub1 1 a dup", New},
		{"the server forgot, the identifier is free", "c pub1 1 a; resume; forgot; c pub1 1 b", New},
		{"the server forgot, the client repeats", "c pub1 1 a; resume; forgot; c pub1 1 a dup", Resent},
		{"the server forgot, what was sent since counts", "c pub1 1 a; resume; c pub1 2 b; forgot; c pub1 2 c", Reused},
		{"the server forgot its own", "s pub1 1 a; resume; forgot; s pub1 1 b", New},
		{"SUBSCRIBE does not outlive its connection", "c sub 1 x; resume; c pub1 1 a", New},
		{"nothing is forgotten otherwise", "c pub1 1 a; resume; c pub1 1 b", Reused},
	} {
		t.Run(c.name, func(t *testing.T) {
			var w world
			w.Connect(true)
			if got := w.say(c.say).Relation; got != c.want {
				t.Errorf("%s: %v, want %v", c.say, got, c.want)
			}
		})
	}
}

func TestOrder(t *testing.T) {
	for _, c := range []struct {
		name, say  string
		overtaken  bool
		ahead, own uint64 // frames of the answer that came too early and of what the last packet answers
	}{
		{"one", "s pub1 1 a; c puback 1", false, 0, 1},
		{"in order", "s pub1 1 a; s pub1 2 b; c puback 1", true, 0, 1},
		{"the last of two", "s pub1 1 a; s pub1 2 b; c puback 1; c puback 2", false, 0, 2},
		{"out of order", "s pub1 1 a; s pub1 2 b; c puback 2; c puback 1", true, 3, 1},
		{"the third after the fourth", "s pub1 1 a; s pub1 2 b; s pub1 3 c; s pub1 4 d; c puback 1; c puback 2; c puback 4; c puback 3", true, 7, 3},
		{"QoS 2 does not matter to PUBACK", "s pub1 1 a; s pub2 2 b; c pubrec 2; c puback 1", false, 0, 1},
		{"PUBREC", "s pub2 1 a; s pub2 2 b; c pubrec 2; c pubrec 1", true, 3, 1},
		{"PUBREL in the order of PUBREC", "c pub2 1 a; c pub2 2 b; s pubrec 2; s pubrec 1; c pubrel 2; c pubrel 1", false, 0, 1},
		{"PUBREL out of order", "c pub2 1 a; c pub2 2 b; s pubrec 1; s pubrec 2; c pubrel 2; c pubrel 1", true, 5, 1},
		{"what was sent again does not count", "s pub1 1 a; s pub1 2 b; s pub1 1 a dup; c puback 2; c puback 1", false, 0, 3},
		{"a new connection begins anew", "s pub1 1 a; s pub1 2 b; c puback 2; resume; c puback 1", false, 0, 1},
		{"an identifier of two does not count", "s pub1 1 a; s pub1 2 b; s pub1 1 c; c puback 1; c puback 2", true, 0, 2},
		{"nor one that may still be answered for another", "s pub1 1 a; s pub1 1 a dup; c puback 1; s pub1 2 b; s pub1 1 c; c puback 1; c puback 2", true, 0, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			var w world
			w.Connect(true)
			f := w.say(c.say)
			if f.Relation != Answer {
				t.Fatalf("relation %v, want an answer", f.Relation)
			}
			if f.Overtaken != c.overtaken || f.Ahead.Answer.Frame != c.ahead || f.Before.Last.Frame != c.own {
				t.Errorf("overtaken %v, ahead %+v, answers frame %d; want %v, frame %d, frame %d", f.Overtaken, f.Ahead, f.Before.Last.Frame, c.overtaken, c.ahead, c.own)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	for say, want := range map[string]bool{
		"c pub2 1 a; s pubrec 1 fails; c pubrel 1":                             true,
		"c pub2 1 a; s pubrec 1; c pubrel 1":                                   false,
		"c pub2 1 a; c pub2 1 a dup; s pubrec 1; s pubrec 1 fails; c pubrel 1": false,
	} {
		var w world
		w.Connect(true)
		if f := w.say(say); f.Refused != want {
			t.Errorf("%s: refused %v, want %v", say, f.Refused, want)
		}
	}
}

func TestPhases(t *testing.T) {
	var w world
	w.Connect(true)
	for i, c := range []struct {
		say   string
		open  int
		phase Phase
		since uint64
	}{
		{"c pub2 1 a", 1, Sent, 1},
		{"c pub2 1 a dup", 1, Sent, 2},
		{"s pubrec 1", 1, Received, 3},
		{"c pub2 1 a dup", 1, Received, 3}, // crossed the PUBREC
		{"s pubrec 1", 1, Received, 3},
		{"c pubrel 1", 1, Released, 6},
		{"s pubcomp 1", 0, 0, 0},
	} {
		w.say(c.say)
		open := w.Flights[Client].Open()
		if len(open) != c.open || c.open > 0 && (open[0].Phase != c.phase || open[0].Since.Frame != c.since) {
			t.Fatalf("step %d, %s: %+v", i, c.say, open)
		}
	}
}

func TestFirstUse(t *testing.T) {
	for say, want := range map[string]bool{
		"c pub1 1 a":                                true,
		"c pub1 1 a; s puback 1; c pub1 1 b":        false,
		"c pub1 5 a; s puback 5; c pub1 2 b":        true,
		"c pub1 5 a; s puback 5; clean; c pub1 5 b": true,
		"c pub1 1 a; c pub1 1 b":                    false,
	} {
		var w world
		w.Connect(true)
		if f := w.say(say); f.FirstUse != want {
			t.Errorf("%s: first use %v, want %v", say, f.FirstUse, want)
		}
	}
}

func TestAgain(t *testing.T) {
	for say, want := range map[string]bool{
		"c pub1 1 a":                                                  false,
		"c pub1 1 a; s puback 1; c pub1 1 b":                          true,
		"c pub1 1 a; s puback 1; c pub1 2 b":                          false,
		"c pub1 1 a; s puback 1; c pub2 1 b":                          false,
		"c pub1 1 a; s puback 1; s pub1 1 b":                          false,
		"c pub2 1 a; s pubrec 1; c pubrel 1; s pubcomp 1; c pub2 1 b": true,
		"c pub2 1 a; s pubrec 1 fails; c pub2 1 b":                    false,
		"c pub1 1 a; c pub1 1 b; s puback 1; c pub1 1 c":              false,
		"c pub1 1 a; s puback 1; resume; c pub1 1 b":                  false,
	} {
		var w world
		w.Connect(true)
		if f := w.say(say); f.Exchange.Again != want {
			t.Errorf("%s: again %v, want %v", say, f.Exchange.Again, want)
		}
	}
}

func TestWaited(t *testing.T) {
	var w world
	w.Connect(true)
	w.say("c pub1 1 a")
	w.now += 4000
	if f := w.say("s puback 1"); f.Waited != 5000 {
		t.Errorf("waited %d ns, want 5000", f.Waited)
	}
	w.say("c pub2 1 a; s pubrec 1")
	w.now += 2000
	if f := w.say("c pubrel 1"); f.Waited != 3000 {
		t.Errorf("waited %d ns, want 3000", f.Waited)
	}
}

func TestPark(t *testing.T) {
	var w world
	w.Connect(true)
	w.say("c pub1 1 a; c pub1 2 b; c pub1 3 c")
	f := &w.Flights[Client]
	for i := range f.Waiting() {
		if f.Waiting()[i].ID == 2 {
			f.Waiting()[i].Overdue = true
			f.Park(i)
			break
		}
	}
	if n := len(f.Waiting()); n != 2 {
		t.Fatalf("%d wait, want 2", n)
	}
	if x := w.say("s puback 2"); x.Relation != Answer || !x.Before.Overdue {
		t.Errorf("a parked exchange: %+v", x)
	}
	w.say("c pub1 4 d")
	f.Park(0)
	parked := f.Open()[len(f.Waiting())]
	p := packet([]string{"pub1", fmt.Sprint(parked.ID), "dup"})
	p.Payload = []byte(string(rune('a' + parked.ID - 1)))
	if x := w.Apply(Client, p, w.at()); x.Relation != Resent || len(f.Waiting()) != 3 {
		t.Errorf("sent again: %v, %d wait", x.Relation, len(f.Waiting()))
	}
}

// TestBounds floods a session: what it keeps stays bounded, and what was dropped
// is counted.
func TestBounds(t *testing.T) {
	var w world
	w.Connect(true)
	p := packet([]string{"pub1", "1", "x"})
	for round := range 3 {
		for id := 1; id <= 65535; id++ {
			p.ID = uint16(id)
			w.Apply(Client, p, w.at())
		}
		f := &w.Flights[Client]
		if n := len(f.Open()); n > maxOpen {
			t.Fatalf("round %d: %d are open", round, n)
		}
		if f.Forgotten == 0 {
			t.Fatal("nothing counts as forgotten")
		}
	}
	q := packet([]string{"puback", "1"})
	for id := 1; id <= 65535; id++ {
		q.ID = uint16(id)
		w.Apply(Server, q, w.at())
	}
	f := &w.Flights[Client]
	if len(f.Open()) != 0 || len(f.done) > maxDone {
		t.Errorf("%d open, %d remembered", len(f.Open()), len(f.done))
	}
}

// TestAllocations: a session that has reached its size allocates nothing.
func TestAllocations(t *testing.T) {
	for _, inFlight := range []int{1, 20, 200} {
		var w world
		w.Connect(true)
		pub, ack := packet([]string{"pub1", "1", "x"}), packet([]string{"puback", "1"})
		id := uint16(0)
		step := func() {
			id++
			pub.ID, ack.ID = id|1<<15, (id-uint16(inFlight))|1<<15
			w.Apply(Client, pub, w.at())
			w.Apply(Server, ack, w.at())
		}
		for range 4 * inFlight {
			step()
		}
		if n := testing.AllocsPerRun(2000, step); n != 0 {
			t.Errorf("%d in flight: %v allocations a message", inFlight, n)
		}
	}
}

func BenchmarkApply(b *testing.B) {
	for _, inFlight := range []int{1, 20, 200} {
		b.Run(fmt.Sprint(inFlight), func(b *testing.B) {
			var w world
			w.Connect(true)
			pub, ack := packet([]string{"pub1", "1", "x"}), packet([]string{"puback", "1"})
			pub.Payload = make([]byte, 100)
			id := uint16(0)
			b.ReportAllocs()
			for b.Loop() {
				id++
				pub.ID, ack.ID = id|1<<15, (id-uint16(inFlight))|1<<15
				w.Apply(Client, pub, w.at())
				w.Apply(Server, ack, w.at())
			}
		})
	}
}
