package s7rules

import (
	"strings"
	"testing"
	"time"

	"plcscope/internal/talk"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/rules"
	"plcscope/s7comm"
)

var connectConversations = []conversation{
	{rule: "iso-connection-refused", name: "DR", want: rules.Fail, say: func(t *line) {
		t.c(cr()).s(tpdu(6, 0x80, 0, 1, 0, 0, 3)).bye()
	}},
	{rule: "iso-connection-refused", name: "ER", want: rules.Fail, say: func(t *line) {
		t.c(cr()).s(tpdu(4, 0x70, 0, 1, 3)).bye()
	}},
	{rule: "iso-connection-refused", name: "closed", want: rules.Fail, say: func(t *line) { t.c(cr()).conn.FIN(false) }},
	{rule: "iso-connection-refused", name: "reset", want: rules.Fail, say: func(t *line) { t.c(cr()).conn.RST(false) }},
	{rule: "iso-connection-refused", name: "accepted", want: rules.Pass, say: func(t *line) { t.login(1).bye() }},
	{rule: "iso-connection-refused", name: "the client changes its mind", want: rules.NotExercised, say: func(t *line) { t.c(cr()).bye() }},

	{rule: "iso-connect-answered", name: "silence", want: rules.Fail, say: func(t *line) { t.c(cr()).after(20 * time.Second).bye() }},
	{rule: "iso-connect-answered", name: "slow", want: rules.Pass, say: func(t *line) { t.c(cr()).after(4 * time.Second).s(cc()).bye() }},

	{rule: "s7-connections-held", name: "one after another is left open", want: rules.Fail, say: func(t *line) {
		t.login(1)
		for range manyConnections {
			t.after(time.Second).dial().login(1)
		}
	}},
	{rule: "s7-connections-held", name: "one after another", want: rules.Pass, say: func(t *line) {
		t.login(1)
		for range 3 * manyConnections {
			t.bye().after(time.Second).dial().login(1)
		}
	}},

	{rule: "s7-server-closed", name: "after a job", want: rules.Fail, say: func(t *line) { t.login(1).poll(1).conn.FIN(false) }},
	{rule: "s7-server-closed", name: "by the client", want: rules.Pass, say: func(t *line) { t.login(1).poll(1).bye() }},

	{rule: "s7-half-open", name: "alive", want: rules.Pass, say: func(t *line) { t.login(1).poll(1).bye() }},
}

// silence is a capture in which the controller has died: the client's job is sent
// again and again, and nothing comes back.
func silence(repeats int) []pcaps.Frame {
	t := &line{capture: craft.New()}
	t.dial().login(1).poll(1).c(read(2, db(4)))
	frames := t.capture.Frames()
	frames = frames[:len(frames)-1] // the acknowledgement
	last := frames[len(frames)-1]
	for i := range repeats {
		again := last
		again.Time += int64(time.Second) << i
		again.Number += uint64(i + 1)
		frames = append(frames, again)
	}
	return frames
}

func TestHalfOpen(t *testing.T) {
	for _, tt := range []struct {
		repeats int
		want    rules.Verdict
	}{{0, rules.Pass}, {2, rules.Pass}, {3, rules.Fail}, {6, rules.Fail}} {
		b := judge(silence(tt.repeats))
		if got := talk.Verdict(b, "s7-half-open"); got != tt.want {
			t.Errorf("%d repetitions: %v, want %v\n%q", tt.repeats, got, tt.want, talk.Findings(b))
		}
		// What the controller has never got it need not answer.
		if got := talk.Verdict(b, "s7-answered"); got == rules.Fail {
			t.Errorf("%d repetitions: the missing answer is held against the controller", tt.repeats)
		}
	}
}

// TestRefusalSaysWhatToDo looks for the advice on the TSAP that was refused.
func TestRefusalSaysWhatToDo(t *testing.T) {
	for _, tt := range []struct {
		name   string
		called s7comm.TSAP
		want   []string
	}{
		{"slot 1", s7comm.TSAP{3, 1}, []string{"03.01 (other rack 0 slot 1)", "S7-300 CPUs sit in slot 2", "LOGO!"}},
		{"a processor's slot", s7comm.TSAP{1, 5}, []string{"slot 5 may be that of a communications processor"}},
		{"text", s7comm.TSAP("SIMATIC-ROOT-HMI"), []string{`"SIMATIC-ROOT-HMI"`, "current firmware"}},
		{"odd", s7comm.TSAP{1, 2, 3}, []string{"a TSAP of S7 has two bytes"}},
	} {
		line := &line{capture: craft.New()}
		line.dial().c(s7comm.AppendCR(nil, 1, pg, tt.called, 1024)).conn.FIN(false)
		b := judge(line.capture.Frames())
		l := b.Findings()
		if len(l) != 1 {
			t.Errorf("%s: findings %q", tt.name, talk.Findings(b))
			continue
		}
		for _, w := range tt.want {
			if !strings.Contains(l[0].Detail, w) {
				t.Errorf("%s: %q does not say %q", tt.name, l[0].Detail, w)
			}
		}
	}
}

// TestRefusalCountsConnections: a ninth connection that is refused tells of the eight.
func TestRefusalCountsConnections(t *testing.T) {
	line := &line{capture: craft.New()}
	line.dial().login(1)
	for range 5 {
		line.dial().login(1)
	}
	line.dial().c(cr()).conn.RST(false)
	b := judge(line.capture.Frames())
	l := b.Findings()
	if len(l) != 1 || !strings.Contains(l[0].Detail, "holds 6 other connections") {
		t.Errorf("findings %q", talk.Findings(b))
	}
}
