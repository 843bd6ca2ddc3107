package siterules

import (
	"context"
	"strings"
	"testing"

	"plcscope/flows"
	"plcscope/internal/talk"
	"plcscope/mqtt"
	"plcscope/pcaps/craft"
	"plcscope/rules"
)

func yes(b bool) *bool { return &b }

func will(topic, message string, q mqtt.QoS, retain bool) func(*mqtt.Packet) {
	return func(p *mqtt.Packet) { p.Connect.SetWill([]byte(topic), []byte(message), q, retain) }
}

var publishConversations = []conversation{
	{rule: "site-topic", name: "not among those", policy: on(Publish{}), want: rules.Fail, say: func(t *line) {
		t.mqtt().login().c(t.publish("plant/7/p", "1", 0, 0)).bye()
	}, detail: `publishes on "plant/7/p"; the profile allows "plant/+/t"`},
	{rule: "site-topic", name: "nothing is allowed", policy: plc(MQTT{Publish: []Publish{}}), want: rules.Fail, say: func(t *line) {
		t.mqtt().login().c(t.publish("a", "1", 0, 0)).bye()
	}, detail: `publishes on "a"; the profile allows nothing`},
	{rule: "site-topic", name: "will", policy: on(Publish{}), want: rules.Fail, say: func(t *line) {
		t.mqtt().login(will("state", "gone", 0, false)).bye()
	}, detail: `leaves a will on "state"; the profile allows "plant/+/t"`},
	{rule: "site-topic", name: "alias", policy: on(Publish{}), want: rules.Fail, say: func(t *line) {
		t.v = mqtt.V5
		t.mqtt().login().c(t.publish("x", "1", 0, 0, alias(3)), t.publish("", "1", 0, 0, alias(3))).bye()
	}},
	{rule: "site-topic", name: "allowed", policy: on(Publish{}), want: rules.Pass, say: func(t *line) {
		t.mqtt().login(will("plant/7/t", "gone", 0, false)).c(t.publish("plant/7/t", "1", 0, 0)).bye()
	}},
	{rule: "site-topic", name: "allowed alias", policy: on(Publish{}), want: rules.Pass, say: func(t *line) {
		t.v = mqtt.V5
		t.mqtt().login().c(t.publish("plant/7/t", "1", 0, 0, alias(3)), t.publish("", "1", 0, 0, alias(3))).bye()
	}},
	{rule: "site-topic", name: "unknown alias", policy: on(Publish{}), want: rules.NotExercised, say: func(t *line) {
		t.v = mqtt.V5
		t.mqtt().login().c(t.publish("", "1", 0, 0, alias(3))).bye()
	}},
	{rule: "site-topic", name: "from the broker", policy: on(Publish{}), want: rules.NotExercised, say: func(t *line) {
		t.mqtt().login().s(t.publish("x", "1", 0, 0)).bye()
	}},
	{rule: "site-qos", name: "too low", policy: on(Publish{QoS: []mqtt.QoS{1, 2}}), want: rules.Fail, say: func(t *line) {
		t.mqtt().login().c(t.publish("plant/7/t", "1", 0, 0)).bye()
	}, detail: `the message on "plant/7/t" has QoS 0; entry "plant/+/t" of the profile allows QoS 1 or QoS 2`},
	{rule: "site-qos", name: "right", policy: on(Publish{QoS: []mqtt.QoS{1}}), want: rules.Pass, say: func(t *line) {
		t.mqtt().login().c(t.publish("plant/7/t", "1", 1, 1)).s(t.ack(mqtt.PUBACK, 1)).bye()
	}},
	{rule: "site-qos", name: "first entry that fits", want: rules.Pass, policy: plc(MQTT{Publish: []Publish{{Topic: "plant/7/t", QoS: []mqtt.QoS{0}}, {Topic: "#", QoS: []mqtt.QoS{2}}}}), say: func(t *line) {
		t.mqtt().login().c(t.publish("plant/7/t", "1", 0, 0)).bye()
	}},
	{rule: "site-retain", name: "missing", policy: on(Publish{Retain: yes(true)}), want: rules.Fail, say: func(t *line) {
		t.mqtt().login().c(t.publish("plant/7/t", "1", 0, 0)).bye()
	}, detail: `the message on "plant/7/t" has RETAIN not set; entry "plant/+/t" of the profile asks for it`},
	{rule: "site-retain", name: "will", policy: on(Publish{Retain: yes(false)}), want: rules.Fail, say: func(t *line) {
		t.mqtt().login(will("plant/7/t", "1", 1, true)).bye()
	}, detail: `the will on "plant/7/t" has RETAIN set; entry "plant/+/t" of the profile allows it only without`},
	{rule: "site-retain", name: "right", policy: on(Publish{Retain: yes(true)}), want: rules.Pass, say: func(t *line) {
		t.mqtt().login().c(t.publish("plant/7/t", "1", 0, 0, retain)).bye()
	}},
}

// Where nobody knows which side is the client, what may come from a broker is not held
// against a client. The port of brokers tells; message borders are found again then.
func TestDirectionIsAGuess(t *testing.T) {
	for port, why := range map[string]rules.Reason{"1884": rules.MidStream, "1883": rules.Unanchored} {
		l := newLine()
		l.dial(plcAddr, "10.0.0.1:"+port, []craft.Option{craft.MidStream()})
		for i := range 6 {
			l.c(l.publish("x", "1", 1, uint16(i+1))).s(l.ack(mqtt.PUBACK, uint16(i+1)))
		}
		e := New(on(Publish{}), Options{})
		_, err := flows.Analyse(context.Background(), craft.Open(l.capture.Frames()), flows.Config{Tracker: flows.Options{DecodeAs: flows.DecodeAs{1884: flows.MQTT}}}, e)
		if f := e.Book().Findings(); err != nil || len(f) != 6 || f[0].Reason != why {
			t.Errorf("port %s: %v %q", port, err, talk.Findings(e.Book()))
		}
	}
}

// A policy of nothing finds nothing, and others see packets as they came.
func TestEmptyPolicy(t *testing.T) {
	for _, p := range []Policy{{}, plc(MQTT{}), cpu(S7{})} {
		l := newLine()
		l.mqtt().login().c(l.publish("x", "1", 1, 1)).s(l.ack(mqtt.PUBACK, 1)).bye()
		l.s7().setup().read(1).values(1).write(db(0, 4))
		if b := judge(p)(l.capture.Frames()); len(b.Findings()) != 0 {
			t.Errorf("%q", talk.Findings(b))
		}
	}
}

// A book has the rules that the site has laid down something for, and a subject those of
// its protocol.
func TestRulesThatApply(t *testing.T) {
	l := newLine()
	l.mqtt().login().bye()
	l.s7().setup()
	book := judge(everything())(l.capture.Frames())
	for _, s := range book.Subjects() {
		var got []string
		for _, x := range book.Results(s) {
			if strings.HasPrefix(x.Rule.ID, "site-s7-") != (s.Protocol == rules.S7comm) {
				t.Errorf("%s is judged by %s", s, x.Rule.ID)
			}
			got = append(got, x.Rule.ID)
		}
		n := map[rules.Protocol]int{rules.MQTT: 13, rules.S7comm: 4}[s.Protocol]
		if len(got) != n {
			t.Errorf("%s: %d rules, want %d: %q", s, len(got), n, got)
		}
	}
	if l := New(on(Publish{Retain: yes(true)}), Options{}).Book().Rules(); len(l) != 2 {
		t.Errorf("%d rules on topics and RETAIN", len(l))
	}
	if l := New(plc(MQTT{Publish: nil}), Options{}).Book().Rules(); len(l) != 0 {
		t.Errorf("%d rules on nothing", len(l))
	}
}
