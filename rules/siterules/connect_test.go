package siterules

import (
	"regexp"
	"testing"
	"time"

	"plcscope/internal/talk"
	"plcscope/mqtt"
	"plcscope/pcaps/craft"
	"plcscope/rules"
)

func named(id string) func(*mqtt.Packet) {
	return func(p *mqtt.Packet) { p.Connect.ClientID = []byte(id) }
}

func alive(seconds uint16) func(*mqtt.Packet) {
	return func(p *mqtt.Packet) { p.Connect.KeepAlive = seconds }
}

var (
	plcNames = plc(MQTT{For: Selector{Name: "line 7"}, ClientID: regexp.MustCompile("plc|plc[0-9]+")})
	minute   = plc(MQTT{KeepAlive: Span{10 * time.Second, time.Minute}})
)

var connectConversations = []conversation{
	{rule: "site-client-id", name: "wrong", policy: plcNames, want: rules.Fail, say: func(t *line) {
		t.mqtt().login(named("plc7b")).bye()
	}, detail: `connects with the client identifier "plc7b"; the profile for "line 7" allows what matches "plc|plc[0-9]+"`},
	{rule: "site-client-id", name: "none", policy: plcNames, want: rules.Fail, say: func(t *line) { t.mqtt().login(named("")).bye() }},
	{rule: "site-client-id", name: "right", policy: plcNames, want: rules.Pass, say: func(t *line) { t.mqtt().login().bye() }},
	{rule: "site-client-id", name: "somebody else", policy: plc(MQTT{For: Selector{ClientIDs: []string{"hmi*"}}, ClientID: regexp.MustCompile("x")}),
		want: rules.NotExercised, say: func(t *line) { t.mqtt().login().bye() }},
	{rule: "site-keep-alive", name: "too long", policy: minute, want: rules.Fail, say: func(t *line) {
		t.mqtt().login(alive(61)).bye()
	}, detail: "connects with Keep Alive 61 s; the profile allows 10 s to 60 s"},
	{rule: "site-keep-alive", name: "too short", policy: minute, want: rules.Fail, say: func(t *line) { t.mqtt().login(alive(9)).bye() }},
	{rule: "site-keep-alive", name: "off", policy: minute, want: rules.Fail, say: func(t *line) { t.mqtt().login(alive(0)).bye() }},
	{rule: "site-keep-alive", name: "off is long enough", policy: plc(MQTT{KeepAlive: Span{Min: time.Second}}), want: rules.Pass, say: func(t *line) { t.mqtt().login(alive(0)).bye() }},
	{rule: "site-keep-alive", name: "at the bound", policy: minute, want: rules.Pass, say: func(t *line) { t.mqtt().login().bye() }},
}

// All parts that select a client apply, each with its own name in the reports.
func TestSelection(t *testing.T) {
	off := func(s Selector) MQTT { return MQTT{For: s, KeepAlive: Span{Max: time.Second}} }
	for _, tt := range []struct {
		name string
		list []MQTT
		want int
	}{
		{"everybody", []MQTT{off(Selector{})}, 1},
		{"two", []MQTT{off(Selector{}), off(Selector{ClientIDs: []string{"x", "plc?"}})}, 2},
		{"by address", []MQTT{off(Selector{Addresses: prefixes("10.0.0.0/24")})}, 1},
		{"another address", []MQTT{off(Selector{Addresses: prefixes("10.0.1.0/24")})}, 0},
		{"address fits, name does not", []MQTT{off(Selector{Addresses: prefixes("10.0.0.5/32"), ClientIDs: []string{"plc"}})}, 0},
	} {
		l := newLine()
		l.mqtt().login().bye()
		if got := len(talk.Only(judge(Policy{MQTT: tt.list})(l.capture.Frames()), "site-keep-alive")); got != tt.want {
			t.Errorf("%s: %d findings, want %d", tt.name, got, tt.want)
		}
	}
}

func TestGlob(t *testing.T) {
	for _, tt := range []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"*", "abc", true}, {"?", "", false}, {"?", "ü", true},
		{"plc*", "plc7", true}, {"plc?", "plc77", false}, {"*7", "plc77", true}, {"a*b*c", "aXbYbZc", true},
		{"a*b*c", "aXcYb", false}, {"*a?", "bab", true}, {"**", "x", true}, {"a*", "b", false}, {"*ü", "xü", true},
	} {
		if got := glob(tt.pattern, tt.s); got != tt.want {
			t.Errorf("glob(%q, %q) = %v", tt.pattern, tt.s, got)
		}
	}
}

// Without its CONNECT nobody knows who a client is: what is laid down for a name is
// not held against it.
func TestMidStreamHasNoName(t *testing.T) {
	p := plc(MQTT{For: Selector{ClientIDs: []string{"*"}}, Publish: []Publish{}})
	l := newLine()
	l.mqtt(craft.MidStream()).ping().c(l.publish("a", "1", 0, 0))
	if b := judge(p)(l.capture.Frames()); len(b.Subjects()) != 0 {
		t.Errorf("%q", talk.Findings(b))
	}
}
