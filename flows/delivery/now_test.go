package delivery

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
)

// auditing runs frames through an audit and calls then behind each.
func auditing(frames []pcaps.Frame, opt Options, then func(a *Audit, i int)) Result {
	a := New(opt)
	tracker, dec := flows.New(flows.Options{}, a), decode.New(decode.Options{})
	var s decode.Segment
	for i := range frames {
		if dec.Decode(&frames[i], &s) {
			tracker.Add(&s)
		}
		then(a, i)
	}
	tracker.Flush()
	return a.Result()
}

var unexported = cmpopts.IgnoreUnexported(Outage{})

// Who looks while messages are under way finds them open, and everything else as it was
// decided until then; looking changes nothing.
func TestLookingChangesNothing(t *testing.T) {
	for _, c := range allConversations() {
		for _, v := range c.versions()[:1] {
			talk := newTalk(v)
			c.say(talk)
			frames := talk.capture.Frames()
			for _, h := range append([]craft.Hazard{{Name: "none", Apply: craft.Then()}}, craft.Hazards()...) {
				name := fmt.Sprintf("%s/%s/%s", c.name, v, h.Name)
				damaged := h.Apply(frames)
				opt := c.options(t)
				var decided [2][Fates]uint64
				opt.Settled = func(x *Settled) { decided[x.Sender][x.Fate]++ }
				looked := auditing(damaged, opt, func(a *Audit, i int) {
					if i%3 > 0 { // for the sake of the race detector
						return
					}
					r := a.Now()
					for _, x := range balanced(&r) {
						t.Errorf("%s: %s", name, x)
					}
					for side := range r.Total {
						l := &r.Total[side]
						got := [Fates]uint64{l.Completed, l.Refused, l.Lost, l.Abandoned, l.Replaced, l.Unknown}
						if got != decided[side] {
							t.Errorf("%s: decided are %v, told %v", name, decided[side], got)
						}
					}
				})
				if d := cmp.Diff(audit(damaged, c.options(t)), looked, unexported); d != "" {
					t.Errorf("%s: looking has changed what is found (-unseen +seen)\n%s", name, d)
				}
			}
		}
	}
}

// The same where sessions make room for others.
func TestLookingAtBoundsChangesNothing(t *testing.T) {
	talk := newTalk(mqtt.V311)
	for i, n := range []int{1, 2, 3, 2, 4, 5} {
		talk.dial()
		talk.login(called(fmt.Sprintf("plc%d", n))).c(talk.pub(1, 1, "a", "1"))
		if i%3 > 0 {
			talk.s(talk.ack(mqtt.PUBACK, 1))
		}
		talk.cut().after(time.Second)
	}
	opt := Options{Limits: Limits{Sessions: 3}}
	frames := talk.capture.Frames()
	looked := auditing(frames, opt, func(a *Audit, _ int) { a.Now() })
	if d := cmp.Diff(audit(frames, opt), looked, unexported); d != "" {
		t.Errorf("(-unseen +seen)\n%s", d)
	}
	if looked.Bounds.Sessions == 0 || looked.Rest[client].Sent == 0 {
		t.Error("no session had to make room")
	}
}

func TestWhatIsUnderWayIsOpen(t *testing.T) {
	talk := newTalk(mqtt.V311)
	hmi := talk.dialFrom("10.0.0.9")
	talk.login(called("hmi")).subscribe(1, 1, "#")
	plc := talk.dial()
	talk.login()
	talk.c(talk.pub(1, 1, "plc/req", "1")) // not acknowledged, not delivered, not answered
	talk.on(plc).cut()
	_ = hmi
	p, err := ParsePattern("plc/req=>plc/rsp")
	if err != nil {
		t.Fatal(err)
	}
	frames := talk.capture.Frames()
	var r Result
	auditing(frames, Options{Patterns: []Pattern{p}}, func(a *Audit, i int) {
		if i == len(frames)-1 {
			r = a.Now()
		}
	})
	if got, want := r.Total[client].text(), "sent 1 open 1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, x := range []struct{ got, want string }{
		{r.Pairs[0].text(), "plc7>hmi expected 1 delivered [0 0 0] missing 0 unknown 0 open 1 again 0"},
		{r.Outages[0].text(), "plc7, closed by the client without DISCONNECT, not back, client in flight 1, client open 1"},
	} {
		if x.got != x.want {
			t.Errorf("got %s\nwant %s", x.got, x.want)
		}
	}
}

// Times and patterns that are granted while the audit runs hold from then on.
func TestGrant(t *testing.T) {
	p, err := ParsePattern("req=>rsp")
	if err != nil {
		t.Fatal(err)
	}
	talk := newTalk(mqtt.V311)
	ask := func() {
		talk.c(talk.pub(0, 0, "req", "?")).after(3 * time.Second).s(talk.pub(0, 0, "rsp", "!")).after(time.Second)
	}
	talk.dial()
	talk.login()
	ask()
	first := len(talk.capture.Frames())
	ask()
	second := len(talk.capture.Frames())
	ask()
	frames := talk.capture.Frames()
	r := auditing(frames, Options{}, func(a *Audit, i int) {
		switch i + 1 {
		case first:
			a.Grant(Options{Patterns: []Pattern{p}})
		case second:
			a.Grant(Options{Patterns: []Pattern{p}, ReplyTime: 2 * int64(time.Second)})
		}
	})
	if len(r.Replies) != 1 || r.Replies[0].text() != `plc7 requester "req=>rsp" requests 2 answered 1 late 1 unanswered 0 unknown 0 open 0` {
		t.Errorf("got %+v", r.Replies)
	}

	talk = newTalk(mqtt.V311)
	talk.dial()
	talk.login().c(talk.pub(1, 1, "a", "1")).cut()
	before := len(talk.capture.Frames())
	talk.after(5 * time.Second).dial()
	talk.login().after(20 * time.Second).c(talk.packet(mqtt.PINGREQ)).s(talk.packet(mqtt.PINGRESP))
	for _, x := range []struct {
		granted int64
		want    string
	}{{0, "sent 1 open 1"}, {10 * int64(time.Second), "sent 1 lost 1"}} {
		var now Result
		frames := talk.capture.Frames()
		auditing(frames, Options{}, func(a *Audit, i int) {
			if i+1 == before {
				a.Grant(Options{Resend: x.granted})
			}
			if i+1 == len(frames) {
				now = a.Now()
			}
		})
		if got := now.Total[client].text(); got != x.want {
			t.Errorf("%d ns to send again: got %s, want %s", x.granted, got, x.want)
		}
	}
}
