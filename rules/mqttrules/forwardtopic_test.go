package mqttrules

import (
	"time"

	"plcscope/mqtt"
	"plcscope/pcaps/craft"
	"plcscope/rules"
)

var topicConversations = []conversation{
	{rule: "mqtt-topic-matches-subscription", name: "by a filter that does not match", want: rules.Fail, say: func(t *talk) {
		astray(t, "plant/+", "plant/a/b", []byte{0, 0, 0, 1, 1, 1})
	}},
	{rule: "mqtt-topic-matches-subscription", name: "by a part of a name", want: rules.Fail, say: func(t *talk) {
		astray(t, "plant/a", "plant/ab", []byte{0, 0, 0, 1, 1, 1, 1})
	}},
	{rule: "mqtt-topic-matches-subscription", name: "it matches", want: rules.Pass, say: func(t *talk) {
		astray(t, "plant/+/b", "plant/a/b", []byte{0, 0, 0, 1, 1, 1})
	}},
	{rule: "mqtt-topic-matches-subscription", name: "a subscription of the server itself", want: rules.Pass, say: func(t *talk) {
		astray(t, "plant/+", "plant/a/b", []byte{1, 1, 1, 1, 1, 1})
	}},
	{rule: "mqtt-topic-matches-subscription", name: "a shared one of the server itself", want: rules.Pass, say: func(t *talk) {
		astray(t, "plant/+", "plant/a/b", []byte{0, 1, 0, 1, 1, 1})
	}},
	{rule: "mqtt-topic-matches-subscription", name: "made while the client is there", want: rules.Pass, say: func(t *talk) {
		astray(t, "plant/+", "plant/a/b", []byte{0, 0, 0, 0, 1, 1, 1})
	}},
	{rule: "mqtt-topic-matches-subscription", name: "once", want: rules.Pass, say: func(t *talk) {
		astray(t, "plant/+", "plant/a/b", []byte{0, 0, 0, 1, 0, 0})
	}},
	{rule: "mqtt-topic-matches-subscription", name: "a filter of the server's own kind", want: rules.Pass, say: func(t *talk) {
		astray(t, "$queue/plant/#", "plant/a/b", []byte{0, 0, 0, 1, 1, 1})
	}},
	{rule: "mqtt-topic-matches-subscription", name: "a shared filter", want: rules.Pass, say: func(t *talk) {
		astray(t, "$share/line/plant/#", "plant/a/b", []byte{0, 0, 0, 1, 1, 1})
	}},
	{rule: "mqtt-topic-matches-subscription", name: "on its way when the client unsubscribes", want: rules.Pass, say: func(t *talk) {
		s := begin(t)
		s.member("scada", 1, "plant/#")
		hmi := s.member("hmi", 1, "plant/#")
		s.says("plant/a", "1", 1, 8)
		s.on(hmi).c(s.unsubscribe(5, "plant/#")).s(s.publish("plant/a", "1", 1, 1), s.unsuback(5)).c(s.puback(1))
		s.lives(hmi)
	}},
	{rule: "mqtt-topic-matches-subscription", name: "the session is of before", want: rules.Pass, say: func(t *talk) {
		astray(t, "plant/+", "plant/a/b", []byte{0, 0, 0, 1, 1, 1}, staying)
	}},
	{rule: "mqtt-topic-matches-subscription", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		astrayWith(t, "plant/+", "plant/a/b", []byte{0, 0, 0, 1, 1, 1}, func(s *scene, hmi *craft.Conn) {
			hmi.ClientUnseen(s.subscribe(9, 1, "plant/a/+"))
		})
	}},
}

// astray: a client that has subscribed to something subscribes to a filter after the
// third message that the PLC has published under a topic; of each message, got says
// whether the client gets it.
func astray(t *talk, filter, topic string, got []byte, change ...func(*mqtt.Packet)) {
	astrayWith(t, filter, topic, got, nil, change...)
}

func astrayWith(t *talk, filter, topic string, got []byte, before func(s *scene, hmi *craft.Conn), change ...func(*mqtt.Packet)) {
	s := begin(t)
	scada := s.member("scada", 1, "plant/#")
	hmi := s.dialFrom("10.0.0.9")
	if len(change) > 0 {
		s.c(s.connect(append(change, called("hmi"))...)).s(s.connack(0, sessionPresent))
	} else {
		s.login(called("hmi"))
	}
	s.subscribes(1, 1, "status/plc7")
	s.says("status/plc7", "on", 1, 3).gets(hmi, "status/plc7", "on", 1, 3)
	for i, comes := range got {
		if i == 3 {
			s.on(hmi)
			if before != nil {
				before(s, hmi)
			}
			s.subscribes(2, 1, filter)
		}
		payload := itoa(i + 1)
		s.says(topic, payload, 1, uint16(10+i)).gets(scada, topic, payload, 1, uint16(20+i))
		if comes != 0 {
			s.gets(hmi, topic, payload, 1, uint16(30+i))
		}
		s.after(2 * time.Second)
	}
	s.lives(hmi, scada)
}
