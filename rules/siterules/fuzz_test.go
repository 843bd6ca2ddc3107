package siterules

import (
	"slices"
	"testing"

	"plcscope/internal/talk"
	"plcscope/mqtt"
	"plcscope/pcaps/craft"
	"plcscope/rules"
)

// FuzzEngine lets two sides send any bytes to each other: input is the port, and a list
// of segments, each with a byte for its sender, a byte for its length, and its bytes.
// Nothing may panic; the same capture gives the same findings; and a mirror port that
// shows everything twice changes nothing.
func FuzzEngine(f *testing.F) {
	add := func(port byte, parts ...[]byte) {
		b := []byte{port}
		for i, p := range parts {
			b = append(append(b, byte(i&1), byte(len(p))), p...)
		}
		f.Add(b)
	}
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
		t := &line{v: v}
		connect := t.packet(mqtt.CONNECT, named("plc7"), alive(5), will("plant/7/t", "x", 2, true))
		add(0, connect, t.packet(mqtt.CONNACK), t.publish("plant/7/t", "{}", 1, 7), t.ack(mqtt.PUBACK, 7), t.subscribe("#", "plant/+"))
		add(0, connect, t.packet(mqtt.CONNACK), t.publish("x", "1", 2, 7), t.ack(mqtt.PUBREC, 7), t.ack(mqtt.PUBREL, 7), t.ack(mqtt.PUBCOMP, 7))
	}
	t := &line{v: mqtt.V5}
	add(0, t.packet(mqtt.CONNECT, named("plc7")), t.packet(mqtt.CONNACK), t.publish("plant/7/t", "1", 0, 0, alias(1)), nil, t.publish("", "1", 0, 0, alias(1)))
	l := newLine()
	l.s7().setup().write(db(0, 4), several, symbol).c(ask(1, 1, enableJob))
	add(1, ask(1, 7, 2), nil, ask(2, 1, enableJob), nil, job(3, 0x29, nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		l := newLine()
		if len(b) > 0 && b[0]&1 != 0 {
			l.s7()
		} else {
			l.mqtt()
		}
		for b = b[min(1, len(b)):]; len(b) > 2 && len(l.capture.Frames()) < 400; {
			n := min(int(b[1]), len(b)-2)
			if p := b[2 : 2+n]; b[0]&1 == 0 {
				l.c(p)
			} else {
				l.s(p)
			}
			if b[0]&0x40 != 0 {
				l.after(30e9)
			}
			b = b[2+n:]
		}
		frames, judge := l.capture.Frames(), judge(everything())
		once := talk.Findings(judge(frames))
		if again := talk.Findings(judge(frames)); !slices.Equal(once, again) {
			t.Errorf("first %q\nthen %q", once, again)
		}
		was := talk.Broken(judge(frames))
		if twice := talk.Broken(judge(craft.DuplicateFrames(craft.Mirror{})(frames))); !slices.Equal(was, twice) {
			t.Errorf("with all frames shown twice, broken are %q instead of %q", twice, was)
		}
		for _, x := range judge(frames).Findings() {
			if x.Detail == "" || x.Standard != rules.Site {
				t.Errorf("%+v", x)
			}
		}
	})
}
