package broker

import (
	"fmt"
	"math/bits"
	"strings"
	"testing"

	"plcscope/internal/fingerprint"
	"plcscope/mqtt"
)

// text tells a delivery in words.
func (d *Delivery) text() string {
	s := []string{"nobody"}
	if d.Pub != nil {
		s[0] = fmt.Sprint("number ", d.Pub.Number)
	}
	for _, x := range []struct {
		name string
		is   bool
	}{{"first", d.First}, {"unique", d.Unique}, {"replay", d.Replay}, {"foreign", d.Foreign()}} {
		if x.is {
			s = append(s, x.name)
		}
	}
	s = append(s, fmt.Sprint("live ", bits.OnesCount64(d.Live)))
	if d.Shared != 0 {
		s = append(s, fmt.Sprint("shared ", bits.OnesCount64(d.Shared)))
	}
	return strings.Join(s, " ")
}

// TestMust: who has to get a message, and who may do without.
func TestMust(t *testing.T) {
	for _, c := range []struct {
		name       string
		say        func(w *world, plc, hmi *Client) *Publication
		must, away bool
	}{
		{"subscribed", func(w *world, plc, hmi *Client) *Publication { return w.publish(plc, "a", "1", 1) }, true, false},
		{"QoS 0", func(w *world, plc, hmi *Client) *Publication { return w.publish(plc, "a", "1", 0) }, false, false},
		{"another topic", func(w *world, plc, hmi *Client) *Publication {
			w.subscribe(w.client(), 1, "b")
			return w.publish(plc, "b", "1", 1)
		}, false, false},
		{"away", func(w *world, plc, hmi *Client) *Publication {
			hmi.Online = false
			return w.publish(plc, "a", "1", 1)
		}, true, true},
		{"away, and more is queued than brokers keep", func(w *world, plc, hmi *Client) *Publication {
			hmi.Online = false
			for i := range maxFlood {
				w.publish(plc, "a", fmt.Sprint(i), 0)
			}
			return w.publish(plc, "a", "1", 1)
		}, false, false},
		{"slow", func(w *world, plc, hmi *Client) *Publication {
			hmi.Busy = maxBusy + 1
			return w.publish(plc, "a", "1", 1)
		}, false, false},
		{"a burst", func(w *world, plc, hmi *Client) *Publication {
			for i := range maxPending {
				w.publish(plc, "a", fmt.Sprint(i), 1)
			}
			return w.publish(plc, "a", "x", 1)
		}, false, false},
		{"after a burst that was delivered", func(w *world, plc, hmi *Client) *Publication {
			for i := range maxPending {
				w.publish(plc, "a", fmt.Sprint(i), 1)
				w.deliver(hmi, "a", fmt.Sprint(i), 1)
			}
			return w.publish(plc, "a", "x", 1)
		}, true, false},
		{"too large for it", func(w *world, plc, hmi *Client) *Publication {
			hmi.MaxPacket = 10
			return w.publish(plc, "a", "0123456789", 1)
		}, false, false},
		{"unsubscribing", func(w *world, plc, hmi *Client) *Publication {
			hmi.Unsubscribe(&mqtt.Packet{ID: 3, Filters: []mqtt.Filter{{Filter: []byte("a")}}}, w.at())
			return w.publish(plc, "a", "1", 1)
		}, false, false},
		{"subscribing again", func(w *world, plc, hmi *Client) *Publication {
			hmi.Subscribe(&mqtt.Packet{ID: 3, Filters: []mqtt.Filter{{Filter: []byte("a"), Options: 1}}}, w.at())
			return w.publish(plc, "a", "1", 1)
		}, false, false},
		{"session over", func(w *world, plc, hmi *Client) *Publication {
			hmi.End(w.at())
			return w.publish(plc, "a", "1", 1)
		}, false, false},
		{"its own, No Local", func(w *world, plc, hmi *Client) *Publication {
			w.subscribe(hmi, 1|4, "a")
			return w.publish(hmi, "a", "1", 1)
		}, false, false},
		{"shared", func(w *world, plc, hmi *Client) *Publication {
			w.unsubscribe(hmi, "a")
			w.subscribe(hmi, 1, "$share/g/a")
			return w.publish(plc, "a", "1", 1)
		}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(Limits{})
			plc, hmi := w.client(), w.client()
			w.subscribe(hmi, 1, "a")
			p := c.say(w, plc, hmi)
			if p.Must(hmi) != c.must || p.Away(hmi) != c.away {
				t.Errorf("must %v away %v, want %v %v", p.Must(hmi), p.Away(hmi), c.must, c.away)
			}
			if p.Must(plc) {
				t.Error("a client without subscriptions must get it")
			}
		})
	}
}

// TestSubscriptions follows a subscription through its states.
func TestSubscriptions(t *testing.T) {
	w := newWorld(Limits{})
	c := w.client()
	ask := func(o byte) {
		c.Subscribe(&mqtt.Packet{ID: 3, Filters: []mqtt.Filter{{Filter: []byte("a"), Options: o}}}, w.at())
	}
	answer := func(code byte) { c.Granted(&mqtt.Packet{ID: 3, Codes: []byte{code}}, w.at()) }
	for i, step := range []struct {
		do      func()
		state   State
		qos     mqtt.QoS
		settled bool
	}{
		{func() { ask(2) }, Asked, 2, false},
		{func() { answer(1) }, Active, 1, true},
		{func() { ask(2) }, Active, 1, false},
		{func() { answer(2) }, Active, 2, true},
		{func() { ask(0) }, Active, 2, false},
		{func() { answer(0x80) }, Active, 2, false}, // nobody knows
		{func() { ask(1) }, Active, 2, false},
		{func() { answer(1) }, Active, 1, true},
		{func() { c.Unsubscribe(&mqtt.Packet{ID: 4, Filters: []mqtt.Filter{{Filter: []byte("a")}}}, w.at()) }, Leaving, 1, false},
		{func() { c.Unsubscribed(&mqtt.Packet{ID: 4}, w.at()) }, Gone, 1, false},
		{func() { ask(2) }, Asked, 2, false},
		{func() { answer(0x87) }, Refused, 2, false},
		{func() { ask(2); answer(2) }, Active, 2, true},
		{func() { c.End(w.at()) }, Former, 2, false},
	} {
		step.do()
		s := c.Sub([]byte("a"))
		if s.State != step.state || s.QoS != step.qos || s.Settled(w.now+1) != step.settled {
			t.Errorf("step %d: state %d QoS %d settled %v, want %d %d %v", i, s.State, s.QoS, s.Settled(w.now+1), step.state, step.qos, step.settled)
		}
	}
	if n := len(c.Subscriptions()); n != 1 {
		t.Errorf("%d subscriptions", n)
	}
}

// TestShare: a message of a shared subscription that a second member gets.
func TestShare(t *testing.T) {
	w := newWorld(Limits{})
	plc, a, b := w.client(), w.client(), w.client()
	w.subscribe(a, 2, "$share/g/#")
	w.subscribe(b, 2, "$share/g/#")
	w.publish(plc, "a", "1", 2)
	if d := w.deliver(a, "a", "1", 2); d.Moved != nil || d.Pub.Via != a {
		t.Errorf("first: %+v", d)
	}
	if d := w.deliver(b, "a", "1", 2); d.Moved != a {
		t.Errorf("second: %+v", d)
	}
}

// TestRetained: the store has what was published last, also by wills.
func TestRetained(t *testing.T) {
	w := newWorld(Limits{})
	plc := w.client()
	say := func(topic, payload string) *Publication {
		p := message5(topic, payload, 1)
		p.Retain = true
		return plc.Publish(p, w.at(), true)
	}
	say("a/b", "1")
	p := say("a/b", "2")
	say("a/c", "3")
	say("a/c", "")
	w.Take(p, w.at(), 0)
	var got []string
	for x := range w.Retained([]byte("a/+")) {
		got = append(got, fmt.Sprint(string(x.Name), " ", x.Retained.Present, " ", x.Retained.Length, " ", x.Retained.Taken.Frame > 0, " ", x.Before.Present))
	}
	if s := strings.Join(got, ", "); s != "a/b true 1 true true, a/c false 0 false true" {
		t.Error(s)
	}
	k := &mqtt.Connect{}
	k.SetWill([]byte("a/w"), []byte("gone"), 1, true)
	plc.Declare(k, mqtt.V5, w.at())
	plc.Arm(w.at())
	if w.Topic([]byte("a/w")) != nil {
		t.Error("published before it was due")
	}
	plc.WillDue(w.at(), true)
	x := w.Topic([]byte("a/w"))
	if x == nil || !x.Retained.Will || x.Retained.Content != fingerprint.Of(0, []byte("gone")) || plc.Will.State != Due {
		t.Errorf("%+v", x)
	}
	plc.Declare(&mqtt.Connect{}, mqtt.V5, w.at())
	if plc.Will.State != NoWill || plc.LastWill.State != Due || string(plc.LastWill.Topic) != "a/w" {
		t.Errorf("%+v %+v", plc.Will, plc.LastWill)
	}
}

// TestBounds reaches every bound: what was forgotten is counted, and no memory is
// taken beyond.
func TestBounds(t *testing.T) {
	w := newWorld(Limits{Publications: 64, Topics: 16, Filters: 100})
	plc := w.client()
	var list []*Client
	for i := range maxSubscribers + 5 {
		c := w.client()
		w.subscribe(c, 1, fmt.Sprint("t/", i%20))
		list = append(list, c)
	}
	if w.Forgotten.Filters == 0 || !list[110].Overflown {
		t.Errorf("%+v", w.Forgotten)
	}
	for i := range 1000 {
		p := message5(fmt.Sprint("t/", i%20), fmt.Sprint(i), 1)
		p.Retain = i%3 == 0
		plc.Publish(p, w.at(), true)
		w.deliver(list[i%20], fmt.Sprint("t/", i%20), fmt.Sprint(i), 1)
	}
	if len(w.ring) != 64 || len(w.places) != 16 || len(w.topics) != 16 || w.Forgotten.Topics == 0 || w.Forgotten.Retained == 0 || w.Forgotten.Publications == 0 {
		t.Errorf("%d publications, %d topics, %+v", len(w.ring), len(w.topics), w.Forgotten)
	}
	for _, c := range list {
		c.Forget()
	}
	if w.admitted != 0 || w.filters != 0 {
		t.Errorf("%d subscribers and %d filters are left", w.admitted, w.filters)
	}
	c := w.client()
	for i := range maxSubs + 1 {
		w.subscribe(c, 1, fmt.Sprint(i))
	}
	if !c.Overflown || len(c.subs) != maxSubs {
		t.Errorf("%d subscriptions", len(c.subs))
	}
}

// TestSlots: whoever takes the place of another has got nothing of what that one got.
func TestSlots(t *testing.T) {
	w := newWorld(Limits{})
	plc, a := w.client(), w.client()
	w.subscribe(a, 1, "#")
	p := w.publish(plc, "a", "1", 1)
	w.deliver(a, "a", "1", 1)
	if !p.Got(a) || !p.Must(a) {
		t.Error("not got")
	}
	a.Forget()
	b := w.client()
	w.subscribe(b, 1, "#")
	if p = w.Publication(1); p.Got(b) || p.Must(b) || p.Got(a) {
		t.Error("got by another")
	}
	if d := w.deliver(b, "a", "1", 1); d.Pub != nil {
		t.Errorf("%s", d.text())
	}
}

func TestSteadyPathAllocatesNothing(t *testing.T) {
	w := newWorld(Limits{Publications: 256})
	plc, hmi := w.client(), w.client()
	w.subscribe(hmi, 1, "#", "a/+")
	ps := mqtt.NewProperties(mqtt.Property{ID: mqtt.UserProperty, Data: []byte("a"), Value2: []byte("b")})
	p, q := message5("a/b", "1", 1), message5("a/c", "2", 0)
	p.Props, q.Retain = ps, true
	turn := func() {
		plc.Publish(p, w.at(), true)
		hmi.Deliver(p, w.at())
		plc.Publish(q, w.at(), true)
		hmi.Deliver(q, w.at())
	}
	for range 300 {
		turn()
	}
	if n := testing.AllocsPerRun(1000, turn); n != 0 {
		t.Errorf("%v allocations a round", n)
	}
}

func BenchmarkPublishDeliver(b *testing.B) {
	w := newWorld(Limits{})
	plc, hmi := w.client(), w.client()
	w.subscribe(hmi, 1, "#")
	p := message5("plant/line/1/temperature", "{\"value\": 42.0, \"unit\": \"degC\"}", 1)
	b.ReportAllocs()
	for b.Loop() {
		plc.Publish(p, w.at(), true)
		hmi.Deliver(p, w.at())
	}
}
