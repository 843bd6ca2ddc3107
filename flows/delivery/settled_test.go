package delivery

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/mqtt/session"
	"plcscope/pcaps/craft"
)

// Every message that a ledger counts is told once when it is settled, with the fate and
// the doubt that it is counted under, whatever happened to the capture.
func TestSettledAddsUp(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	type counts struct {
		Fates  [Fates]uint64
		Doubts [Doubts]uint64
		Acked  uint64
	}
	for _, c := range allConversations() {
		for _, v := range c.versions() {
			talk := newTalk(v)
			c.say(talk)
			frames := talk.capture.Frames()
			for _, h := range append([]craft.Hazard{{Name: "none", Apply: craft.Then()}}, craft.Hazards()...) {
				var got [2]counts
				opt := c.options(t)
				opt.Settled = func(x *Settled) {
					g := &got[x.Sender]
					g.Fates[x.Fate]++
					if x.Fate == Unknown {
						g.Doubts[x.Doubt]++
					}
					if x.Acked.Frame != 0 {
						g.Acked++
					}
					if x.First.Frame == 0 || x.Last.Frame == 0 || x.Sends < 1 || x.ID == 0 || x.Fate == Completed && x.Acked.Frame == 0 {
						t.Errorf("%s/%s/%s: %+v", c.name, v, h.Name, x)
					}
				}
				r := audit(h.Apply(frames), opt)
				var want [2]counts
				for side := range want {
					l := &r.Total[side]
					want[side] = counts{
						Fates:  [Fates]uint64{l.Completed, l.Refused, l.Lost, l.Abandoned, l.Replaced, l.Unknown, l.Open},
						Doubts: l.Doubts,
						Acked:  l.Acknowledged,
					}
				}
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("%s/%s/%s: (-ledger +settled)\n%s", c.name, v, h.Name, d)
				}
			}
		}
	}
}

func TestSettledTellsTheTopic(t *testing.T) {
	for _, c := range allConversations() {
		v := c.versions()[0]
		talk := newTalk(v)
		c.say(talk)
		opt := c.options(t)
		n := 0
		opt.Settled = func(x *Settled) {
			n++
			if x.Sender == session.Client && len(x.Topic) == 0 && x.Doubt != Bounded {
				t.Errorf("%s: %+v has no topic", c.name, x)
			}
		}
		if r := audit(talk.capture.Frames(), opt); uint64(n) != r.Total[0].Sent+r.Total[1].Sent {
			t.Errorf("%s: %d settled of %d and %d", c.name, n, r.Total[0].Sent, r.Total[1].Sent)
		}
	}
}
