package mqttrules

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/decode"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
)

// everyPacket is the catalogue with every rule looking at every packet.
func everyPacket() (l []*Rule) {
	for _, r := range All {
		c := *r
		c.Odd = 0
		l = append(l, &c)
	}
	return l
}

// FuzzJudge says anything on a connection: byte by byte whose turn it is and how
// much follows. No rule may stumble, and the glance must miss nothing.
func FuzzJudge(f *testing.F) {
	for i, c := range conversations() {
		if i%7 != 0 {
			continue
		}
		for _, v := range versionsOf(ruleNamed(c.rule), c) {
			talk := &talk{v: v, capture: craft.New()}
			talk.dial()
			c.say(talk)
			if b := script(talk); len(b) < 2000 {
				f.Add(b)
			}
		}
	}
	all := everyPacket()
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 4000 {
			return
		}
		conn := craft.Connection(plcAddr+":2000", brokerAddr)
		for len(b) > 1 {
			n := min(int(b[0]>>1)+1, len(b)-1)
			if b[0]&1 == 0 {
				conn.Client(b[1 : 1+n])
			} else {
				conn.Server(b[1 : 1+n])
			}
			b = b[1+n:]
		}
		frames := conn.FIN(true).Frames()
		got, want := judge(frames, nil), judge(frames, all)
		if got, want := findings(got), findings(want); !slices.Equal(got, want) {
			t.Errorf("found %q, with every rule looking %q", got, want)
		}
		if diff := cmp.Diff(exercised(want), exercised(got)); diff != "" {
			t.Errorf("exercised, -all +odd:\n%s", diff)
		}
	})
}

// script writes what was said in a talk the way that FuzzJudge reads it.
func script(t *talk) (out []byte) {
	for _, s := range segments(t.capture.Frames()) {
		side := byte(0)
		if s.SrcPort == 1883 {
			side = 1
		}
		for b := s.Payload; len(b) > 0; {
			n := min(len(b), 128)
			out = append(append(out, byte(n-1)<<1|side), b[:n]...)
			b = b[n:]
		}
	}
	return out
}

// segments decodes frames.
func segments(frames []pcaps.Frame) (l []decode.Segment) {
	dec := decode.New(decode.Options{})
	for i := range frames {
		var s decode.Segment
		if dec.Decode(&frames[i], &s) {
			l = append(l, s)
		}
	}
	return l
}
