package mqttrules

import (
	"plcscope/mqtt"
	"plcscope/rules"
)

var effectConversations = []conversation{
	{rule: "m5-no-local", name: "comes back", want: rules.Fail, say: func(t *talk) { ownMessage(t, true) }},
	{rule: "m5-no-local", name: "stays away", want: rules.Pass, say: func(t *talk) { ownMessage(t, false) }},

	{rule: "mqtt-resubscribe-replaces", name: "twice", want: rules.Fail, say: func(t *talk) { resubscribed(t, 1, 1, 2) }},
	{rule: "mqtt-resubscribe-replaces", name: "at the QoS of before", want: rules.Fail, say: func(t *talk) { resubscribed(t, 2, 1, 1) }},
	{rule: "mqtt-resubscribe-replaces", name: "once", want: rules.Pass, say: func(t *talk) { resubscribed(t, 1, 1, 1) }},
	{rule: "mqtt-resubscribe-replaces", name: "none any more", want: rules.Fail, say: func(t *talk) {
		s := begin(t)
		hmi := s.member("hmi", 1, "plant/#")
		s.says("plant/a", "0", 1, 7).gets(hmi, "plant/a", "0", 1, 1)
		s.on(hmi)
		s.subscribes(2, 1, "plant/#")
		s.says("plant/a", "1", 1, 8).says("plant/a", "2", 1, 9).says("plant/a", "3", 1, 10).lives(hmi)
		s.says("plant/a", "4", 1, 11).lives(hmi)
	}},

	{rule: "mqtt-unsubscribe-exact", name: "another filter is gone too", want: rules.Fail, say: func(t *talk) {
		s := begin(t)
		hmi := s.member("hmi", 1, "plant/#", "plant/+")
		s.says("plant/a", "0", 1, 7).gets(hmi, "plant/a", "0", 1, 1)
		s.on(hmi).c(s.unsubscribe(5, "plant/+")).s(s.unsuback(5))
		s.says("plant/a", "1", 1, 8).says("plant/a", "2", 1, 9).says("plant/a", "3", 1, 10).lives(hmi)
		s.says("plant/a", "4", 1, 11).lives(hmi)
	}},
	{rule: "mqtt-unsubscribe-exact", name: "the other filter stays", want: rules.Pass, say: func(t *talk) {
		s := begin(t)
		hmi := s.member("hmi", 1, "plant/#", "plant/+")
		s.on(hmi).c(s.unsubscribe(5, "plant/+")).s(s.unsuback(5)).after(10 * 1e9)
		s.says("plant/a", "1", 1, 8).gets(hmi, "plant/a", "1", 1, 1).lives(hmi)
	}},
	{rule: "mqtt-unsubscribe-stops", name: "goes on", want: rules.Fail, say: func(t *talk) {
		s := begin(t)
		hmi := s.member("hmi", 1, "plant/#")
		s.on(hmi).c(s.unsubscribe(5, "plant/#")).s(s.unsuback(5)).after(2 * 1e9)
		s.says("plant/a", "1", 1, 8).gets(hmi, "plant/a", "1", 1, 1).lives(hmi)
	}},
	{rule: "mqtt-unsubscribe-stops", name: "published before", want: rules.Pass, say: func(t *talk) {
		s := begin(t)
		hmi := s.member("hmi", 1, "plant/#")
		s.says("plant/a", "1", 1, 8)
		s.on(hmi).c(s.unsubscribe(5, "plant/#")).s(s.unsuback(5)).after(2 * 1e9)
		s.gets(hmi, "plant/a", "1", 1, 1).lives(hmi)
	}},
	{rule: "mqtt-unsubscribe-stops", name: "nothing comes", want: rules.Pass, say: func(t *talk) {
		s := begin(t)
		hmi := s.member("hmi", 1, "plant/#")
		s.on(hmi).c(s.unsubscribe(5, "plant/#")).s(s.unsuback(5)).after(2 * 1e9)
		s.says("plant/a", "1", 1, 8).lives(hmi)
	}},

	{rule: "mqtt-dollar-topics", name: "by #", want: rules.Fail, say: passOn(0, "#", "$SYS/load", 0, 0)},
	{rule: "mqtt-dollar-topics", name: "by +", want: rules.Fail, say: passOn(0, "+/load", "$SYS/load", 0, 0)},
	{rule: "mqtt-dollar-topics", name: "by its name", want: rules.NotExercised, say: passOn(0, "$SYS/#", "$SYS/load", 0, 0)},
	{rule: "mqtt-dollar-topics", name: "another topic", want: rules.Pass, say: passOn(0, "+/load", "SYS/load", 0, 0)},

	{rule: "mqtt-topic-no-normalisation", name: "capitals", want: rules.Fail, say: passOn(0, "Plant/a", "plant/a", 0, 0)},
	{rule: "mqtt-topic-no-normalisation", name: "an empty level", want: rules.Fail, say: passOn(0, "plant/a", "/plant/a/", 0, 0)},
	{rule: "mqtt-topic-no-normalisation", name: "byte for byte", want: rules.Pass, say: passOn(0, "Plant//+", "Plant//a", 0, 0)},

	{rule: "mqtt-clean-session-processed", name: "the subscriptions stay", want: rules.Fail, say: func(t *talk) {
		s := begin(t)
		hmi := s.member("hmi", 1, "plant/#")
		s.on(hmi).bye().after(1e9)
		hmi = s.dialFrom("10.0.0.30")
		s.login(called("hmi"))
		s.says("plant/a", "1", 1, 8).gets(hmi, "plant/a", "1", 1, 1).lives(hmi)
	}},
	{rule: "mqtt-clean-session-processed", name: "subscribed anew", want: rules.Pass, say: func(t *talk) {
		s := begin(t)
		hmi := s.member("hmi", 1, "plant/#")
		s.on(hmi).bye().after(1e9)
		hmi = s.member("hmi", 1, "plant/#")
		s.says("plant/a", "1", 1, 8).gets(hmi, "plant/a", "1", 1, 1).lives(hmi)
	}},
	{rule: "mqtt-session-resumed", name: "without its subscriptions", in: since311, want: rules.Fail, say: func(t *talk) { comesBack(t, false) }},
	{rule: "mqtt-session-resumed", name: "with its subscriptions", want: rules.Pass, say: func(t *talk) { comesBack(t, true) }},

	{rule: "m311-wildcards-unsupported", name: "granted and in vain", want: rules.Fail, say: func(t *talk) {
		s := begin(t)
		hmi := s.member("hmi", 1, "plant/a")
		s.says("plant/a", "0", 1, 7).gets(hmi, "plant/a", "0", 1, 1)
		s.on(hmi).bye().after(1e9)
		hmi = s.member("hmi", 1, "plant/+")
		s.says("plant/a", "1", 1, 8).says("plant/a", "2", 1, 9).says("plant/a", "3", 1, 10).lives(hmi)
		s.says("plant/a", "4", 1, 11).lives(hmi)
	}},
	{rule: "m311-wildcards-unsupported", name: "supported", want: rules.Pass, say: passOn(1, "plant/+", "plant/a", 1, 1)},
}

// ownMessage: the PLC publishes to a topic to which it has subscribed with No Local.
func ownMessage(t *talk, comes bool) {
	s := begin(t)
	s.subscribes(1, 1|4, "plant/#")
	s.says("plant/a", "1", 1, 8)
	if comes {
		s.gets(s.plc, "plant/a", "1", 1, 1)
	}
	s.lives()
}

// resubscribed: a client subscribes with one QoS and then with another, and gets a
// message that was published with QoS 2.
func resubscribed(t *talk, before, after byte, copies int) {
	s := begin(t)
	hmi := s.member("hmi", before, "plant/#")
	s.subscribes(2, after, "plant/#")
	s.says("plant/a", "1", 2, 8)
	for i := range copies {
		s.gets(hmi, "plant/a", "1", mqtt.QoS(before), uint16(1+i))
	}
	s.lives(hmi)
}

// comesBack: a client continues its session and does not subscribe again.
func comesBack(t *talk, delivered bool) {
	s := begin(t)
	hmi := s.dialFrom("10.0.0.9")
	s.login(called("hmi"), staying)
	s.subscribes(1, 1, "plant/#")
	s.says("plant/a", "0", 1, 7).gets(hmi, "plant/a", "0", 1, 1)
	s.on(hmi).bye().after(1e9)
	hmi = s.dialFrom("10.0.0.9")
	change := []func(*mqtt.Packet){}
	if s.v != mqtt.V31 {
		change = append(change, sessionPresent)
	}
	s.c(s.connect(called("hmi"), staying)).s(s.connack(0, change...)).after(1e9)
	for i, payload := range []string{"1", "2", "3"} {
		s.says("plant/a", payload, 1, uint16(8+i))
		if delivered {
			s.gets(hmi, "plant/a", payload, 1, uint16(2+i))
		}
	}
	s.lives(hmi)
	s.says("plant/a", "4", 1, 11)
	if delivered {
		s.gets(hmi, "plant/a", "4", 1, 9)
	}
	s.lives(hmi)
}
