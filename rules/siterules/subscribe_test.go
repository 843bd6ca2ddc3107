package siterules

import (
	"math/rand/v2"
	"strings"
	"testing"

	"plcscope/mqtt"
	"plcscope/rules"
)

var commands = plc(MQTT{Subscribe: []string{"plant/#", "time"}})

// ask subscribes to filters.
func subscribing(filters ...string) func(t *line) {
	return func(t *line) { t.mqtt().login().c(t.subscribe(filters...)).bye() }
}

var subscribeConversations = []conversation{
	{rule: "site-subscribe-filter", name: "all", policy: commands, want: rules.Fail, say: subscribing("time", "#"),
		detail: `subscribes to "#"; the profile allows "plant/#" or "time"`},
	{rule: "site-subscribe-filter", name: "nothing is allowed", policy: plc(MQTT{Subscribe: []string{}}), want: rules.Fail, say: subscribing("a")},
	{rule: "site-subscribe-filter", name: "shared", policy: commands, want: rules.Fail, say: func(t *line) {
		t.v = mqtt.V5
		subscribing("$share/g/+/x")(t)
	}},
	{rule: "site-subscribe-filter", name: "covered", policy: commands, want: rules.Pass, say: subscribing("plant/+/state", "plant", "time", "$share/g/plant/7")},
	{rule: "site-subscribe-filter", name: "not laid down", policy: plc(MQTT{}), want: rules.NotExercised, say: subscribing("#")},
}

func TestCovers(t *testing.T) {
	for _, tt := range []struct {
		a, f string
		want bool
	}{
		{"plant/#", "plant/+/state", true}, {"plant/#", "plant/#", true}, {"plant/#", "plant", true}, {"plant/#", "plant/a/#", true},
		{"plant/+", "plant/#", false}, {"plant/+/#", "plant/#", false}, {"+/+", "#", false}, {"+", "#", false}, {"#", "#", true},
		{"+/#", "#", true}, {"+/+/#", "#", false}, {"+/#", "plant/#", true}, {"+", "+", true}, {"+/a", "+/a", true}, {"a/+", "a/b", true}, {"a/b", "a/+", false},
		{"#", "$SYS/#", false}, {"$SYS/#", "$SYS/a", true}, {"a/#", "ab/#", false}, {"a/+/c", "a/b/+", false},
	} {
		if got := covers([]byte(tt.a), []byte(tt.f)); got != tt.want {
			t.Errorf("covers(%q, %q) = %v", tt.a, tt.f, got)
		}
	}
}

// TestCoversIsInclusion: a filter covers another when no topic matches the other alone.
func TestCoversIsInclusion(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	level := func(names string) string { return string(names[r.IntN(len(names))]) }
	text := func(names string, end string) []byte {
		l := make([]string, 1+r.IntN(3))
		for i := range l {
			l[i] = level(names)
		}
		if end != "" && r.IntN(3) == 0 {
			l = append(l[:len(l)-1], end)
		}
		return []byte(strings.Join(l, "/"))
	}
	for range 3000 {
		a, f := text("ab+", "#"), text("ab+", "#")
		included := true
		for _, x := range names(4) {
			included = included && (!mqtt.MatchTopic(f, x) || mqtt.MatchTopic(a, x))
		}
		if got := covers(a, f); got != included {
			t.Errorf("covers(%q, %q) = %v, but inclusion is %v", a, f, got, included)
		}
	}
}

// names are all topics of up to n levels over a few names.
func names(n int) (l [][]byte) {
	for _, s := range []string{"a", "b", "x", "$s"} {
		l = append(l, []byte(s))
	}
	for at := 0; n > 1; n-- {
		for _, x := range l[at:len(l):len(l)] {
			at++
			for _, s := range []string{"a", "b", "x"} {
				l = append(l, []byte(string(x)+"/"+s))
			}
		}
	}
	return l
}
