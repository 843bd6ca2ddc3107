package siterules

import (
	"slices"
	"testing"
	"time"

	"plcscope/decode"
	"plcscope/internal/talk"
	"plcscope/mqtt"
	"plcscope/pcaps"
	"plcscope/rules"
)

const ms = time.Millisecond

var (
	slowly = on(Publish{Interval: Span{Min: time.Second}})
	often  = on(Publish{Interval: Span{Max: 10 * time.Second}})
)

// every publishes n messages on a topic.
func (t *line) every(d time.Duration, n int, topic string) *line {
	for range n {
		t.c(t.publish(topic, "1", 0, 0)).after(d)
	}
	return t
}

var intervalConversations = []conversation{
	{rule: "site-publish-interval", name: "in every cycle", policy: slowly, want: rules.Fail, say: func(t *line) {
		t.mqtt().login().every(119*ms, 10, "plant/7/t").bye()
	}, detail: `publishes "plant/7/t" every 120 ms (2 messages in 120 ms); entry "plant/+/t" of the profile allows 1 s or more`},
	{rule: "site-publish-interval", name: "a little too often, for long", policy: slowly, want: rules.Fail, say: func(t *line) {
		t.mqtt().login().every(900*ms, 40, "plant/7/t").bye()
	}},
	{rule: "site-publish-interval", name: "alias", policy: slowly, want: rules.Fail, say: func(t *line) {
		t.v = mqtt.V5
		t.mqtt().login().c(t.publish("plant/7/t", "1", 0, 0, alias(1)))
		for range 10 {
			t.after(50 * ms).c(t.publish("", "1", 0, 0, alias(1)))
		}
		t.bye()
	}},
	{rule: "site-publish-interval", name: "once a second", policy: slowly, want: rules.Pass, say: func(t *line) {
		t.mqtt().login().every(time.Second, 10, "plant/7/t").bye()
	}},
	{rule: "site-publish-interval", name: "each topic once a second", policy: slowly, want: rules.Pass, say: func(t *line) {
		t.mqtt().login()
		for range 4 {
			t.c(t.publish("plant/7/t", "1", 0, 0), t.publish("plant/8/t", "1", 0, 0), t.publish("plant/9/t", "1", 0, 0)).after(time.Second)
		}
		t.bye()
	}},
	{rule: "site-publish-interval", name: "held back by the network", policy: slowly, want: rules.Pass, say: func(t *line) {
		// Four messages that were sent once a second come together after a stall.
		t.mqtt().login().every(time.Second, 3, "plant/7/t").after(2*time.Second).every(ms, 4, "plant/7/t").after(time.Second).every(time.Second, 5, "plant/7/t").bye()
	}},
	{rule: "site-publish-interval", name: "sent again", policy: slowly, want: rules.NotExercised, say: func(t *line) {
		t.mqtt().login().c(t.publish("plant/7/t", "1", 1, 1), t.publish("plant/7/t", "1", 1, 1, again)).bye()
	}},
	{rule: "site-publish-interval", name: "on another connection", policy: slowly, want: rules.NotExercised, say: func(t *line) {
		for range 8 {
			t.mqtt().login().c(t.publish("plant/7/t", "1", 0, 0)).bye()
		}
	}},
	{rule: "site-publish-silence", name: "it pings only", policy: often, want: rules.Fail, say: func(t *line) {
		t.mqtt().login().c(t.publish("plant/7/t", "1", 0, 0))
		for range 4 {
			t.after(5 * time.Second).ping()
		}
		t.bye()
	}, detail: `has published nothing on "plant/7/t" for 15 s, though it was connected; entry "plant/+/t" of the profile asks for a message every 10 s at least`},
	{rule: "site-publish-silence", name: "too late", policy: often, want: rules.Fail, say: func(t *line) {
		t.mqtt().login().every(20*time.Second, 3, "plant/7/t").bye()
	}},
	{rule: "site-publish-silence", name: "often enough", policy: often, want: rules.Pass, say: func(t *line) {
		t.mqtt().login().every(11*time.Second, 4, "plant/7/t").bye()
	}},
	{rule: "site-publish-silence", name: "it has gone", policy: often, want: rules.NotExercised, say: func(t *line) {
		t.mqtt().login().c(t.publish("plant/7/t", "1", 0, 0)).after(time.Minute).conn.RST(false)
	}},
	{rule: "site-publish-silence", name: "it says goodbye", policy: often, want: rules.Fail, say: func(t *line) {
		t.mqtt().login().c(t.publish("plant/7/t", "1", 0, 0)).after(time.Minute).conn.FIN(true)
	}},
}

// A client whose messages were held back has published, though nobody has seen it: the
// network shows that it was not its fault.
func TestStallIsSeen(t *testing.T) {
	for _, stall := range []time.Duration{0, 20 * time.Second} {
		l := newLine()
		l.mqtt().login().every(time.Second, 2, "plant/7/t").ping()
		before := len(l.capture.Frames())
		l.after(25 * time.Second)
		l.ping().c(l.publish("plant/7/t", "1", 0, 0)).bye()
		frames := l.capture.Frames()
		want := rules.Fail
		if stall > 0 { // the last PINGREQ is sent again until it comes through
			again := lastFrom(frames[:before], plcAddr)
			again.Time = frames[before-1].Time + int64(stall)
			frames = slices.Insert(frames, before, again)
			want = rules.Pass
		}
		if got := talk.Verdict(judge(often)(frames), "site-publish-silence"); (got == rules.Fail) != (want == rules.Fail) {
			t.Errorf("stall of %s: %v, want %v", stall, got, want)
		}
	}
}

// lastFrom is the last frame with data that a host has sent.
func lastFrom(frames []pcaps.Frame, host string) (last pcaps.Frame) {
	dec := decode.New(decode.Options{})
	var s decode.Segment
	for _, f := range frames {
		if dec.Decode(&f, &s) && len(s.Payload) > 0 && s.Src.String() == host {
			last = f
		}
	}
	return last
}
