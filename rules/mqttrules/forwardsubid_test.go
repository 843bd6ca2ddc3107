package mqttrules

import (
	"time"

	"plcscope/mqtt"
	"plcscope/pcaps/craft"
	"plcscope/rules"
)

var subIDConversations = []conversation{
	{rule: "m5-subid-included", name: "left out", want: rules.Fail, say: carrying()},
	{rule: "m5-subid-included", name: "named", want: rules.Pass, say: carrying(3)},
	{rule: "m5-subid-included", name: "in another copy", want: rules.Pass, say: func(t *talk) {
		s, hmi := identifying(t)
		s.says("plant/a", "1", 1, 8).gets(hmi, "plant/a", "1", 1, 1).gets(hmi, "plant/a", "1", 1, 2, with(number(mqtt.SubscriptionIdentifier, 3)))
		s.lives(hmi)
	}},
	{rule: "m5-subid-included", name: "another publisher of the topic", want: rules.Pass, say: func(t *talk) {
		s, hmi := identifying(t)
		s.says("plant/a", "1", 1, 8).gets(hmi, "plant/a", "0", 1, 1).gets(hmi, "plant/a", "1", 1, 2).lives(hmi)
	}},
	{rule: "m5-subid-included", name: "subscribed again meanwhile", want: rules.Pass, say: func(t *talk) {
		s, hmi := identifying(t)
		s.says("plant/a", "0", 1, 8)
		s.on(hmi).c(s.subscribe(5, 1, "plant/+")).s(s.suback(5, 1))
		s.identify(6, 4, "plant/+")
		s.gets(hmi, "plant/a", "0", 1, 1).lives(hmi)
	}},
	{rule: "m5-subid-included", name: "a filter without identifier matches too", want: rules.NotExercised, say: func(t *talk) {
		s, hmi := identifying(t)
		s.subscribes(5, 1, "plant/#")
		s.says("plant/a", "1", 1, 8).gets(hmi, "plant/a", "1", 1, 1).lives(hmi)
	}},
	{rule: "m5-subid-included", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		s, hmi := identifying(t)
		hmi.ClientUnseen(s.subscribe(5, 1, "plant/+"))
		s.after(10 * time.Second)
		s.says("plant/a", "1", 1, 8).gets(hmi, "plant/a", "1", 1, 1).lives(hmi)
	}},
}

// identify subscribes on the present connection with an identifier.
func (s *scene) identify(id uint16, identifier uint32, filter string) {
	s.c(s.ack(mqtt.SUBSCRIBE, id, with(number(mqtt.SubscriptionIdentifier, identifier)), func(p *mqtt.Packet) {
		p.Filters = []mqtt.Filter{{Filter: []byte(filter), Options: 1}}
	})).s(s.suback(id, 1)).after(10 * time.Second)
}

// identifying: a client has subscribed with the identifier 3.
func identifying(t *talk) (*scene, *craft.Conn) {
	s := begin(t)
	hmi := s.dialFrom("10.0.0.9")
	s.login(called("hmi"))
	s.identify(1, 3, "plant/+")
	return s, hmi
}

// carrying is identifying, and the client gets a message with those identifiers.
func carrying(ids ...uint32) func(t *talk) {
	var l []mqtt.Property
	for _, id := range ids {
		l = append(l, number(mqtt.SubscriptionIdentifier, id))
	}
	return func(t *talk) {
		s, hmi := identifying(t)
		s.says("plant/a", "1", 1, 8).gets(hmi, "plant/a", "1", 1, 1, with(l...)).lives(hmi)
	}
}
