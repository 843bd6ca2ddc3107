package mqttrules

import (
	"plcscope/mqtt"
	"plcscope/pcaps/craft"
	"plcscope/rules"
)

var shareConversations = []conversation{
	{rule: "m5-share-qos", name: "above", want: rules.Fail, say: passOn(0, "$share/g/plant/#", "plant/a", 1, 1)},
	{rule: "m5-share-qos", name: "the granted one", want: rules.Pass, say: passOn(1, "$share/g/plant/#", "plant/a", 2, 1)},

	{rule: "m5-share-error-not-moved", name: "goes to another", want: rules.Fail, say: func(t *talk) { refusedShare(t, "2") }},
	{rule: "m5-share-error-not-moved", name: "dropped", want: rules.Pass, say: func(t *talk) { refusedShare(t, "3") }},

	{rule: "m5-share-qos2-not-moved", name: "goes to another", want: rules.Fail, say: func(t *talk) { cutShare(t, "1") }},
	{rule: "m5-share-qos2-not-moved", name: "dropped", want: rules.Pass, say: func(t *talk) { cutShare(t, "2") }},

	{rule: "m5-share-qos2-completes", name: "not continued", want: rules.Fail, also: []string{"mqtt-redeliver-server"}, say: func(t *talk) { continuedShare(t, false) }},
	{rule: "m5-share-qos2-completes", name: "continued", want: rules.Pass, say: func(t *talk) { continuedShare(t, true) }},
}

// refusedShare: one member of a group refuses the message "2", and the other gets
// the message that is named; "3" is published after it.
func refusedShare(t *talk, gets string) {
	s := begin(t)
	a := s.member("a", 1, "$share/g/plant/#")
	b := s.member("b", 1, "$share/g/plant/#")
	s.says("plant/a", "2", 1, 7)
	s.on(a).s(s.publish("plant/a", "2", 1, 1)).c(s.ack(mqtt.PUBACK, 1, coded(0x83))).after(1e9)
	if gets == "3" {
		s.says("plant/a", "3", 1, 8)
	}
	s.gets(b, "plant/a", gets, 1, 1).lives(a, b)
}

// cutShare: one member of a group breaks off the message "1" and begins a new
// session; the other gets the message that is named.
func cutShare(t *talk, gets string) {
	s := begin(t)
	a := s.member("a", 2, "$share/g/plant/#")
	b := s.member("b", 2, "$share/g/plant/#")
	s.says("plant/a", "1", 2, 7)
	s.on(a).s(s.publish("plant/a", "1", 2, 1)).c(s.ack(mqtt.PUBREC, 1)).after(1e9)
	a.RST(craft.ByClient)
	s.after(1e9)
	if gets == "2" {
		s.says("plant/a", "2", 2, 8)
	}
	s.gets(b, "plant/a", gets, 2, 1).lives(b)
}

// continuedShare: a member of a group breaks a QoS 2 message off and continues its
// session.
func continuedShare(t *talk, finished bool) {
	s := begin(t)
	a := s.dialFrom("10.0.0.9")
	s.login(called("a"), staying)
	s.subscribes(1, 2, "$share/g/plant/#")
	s.says("plant/a", "1", 2, 7)
	s.on(a).s(s.publish("plant/a", "1", 2, 1)).after(1e9)
	a.RST(craft.ByClient)
	s.after(1e9)
	a = s.dialFrom("10.0.0.9")
	s.c(s.connect(called("a"), staying)).s(s.connack(0, sessionPresent)).after(1e9)
	if finished {
		s.gets(a, "plant/a", "1", 2, 1, dup)
	}
	s.lives(a).lives(a).lives(a).lives(a)
}
