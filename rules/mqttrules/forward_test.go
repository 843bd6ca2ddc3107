package mqttrules

import (
	"time"

	"plcscope/mqtt"
	"plcscope/pcaps/craft"
	"plcscope/rules"
)

// scene is a talk with a publisher, the PLC, and other clients of its broker.
type scene struct {
	*talk
	plc *craft.Conn
}

// dialFrom opens a connection of another client; the talk goes on there.
func (t *talk) dialFrom(host string) *craft.Conn {
	t.ports++
	t.conn = t.capture.Connect(craft.Host(host+":"+itoa(2000+t.ports)), craft.Host(brokerAddr))
	return t.conn
}

// on goes on with a connection opened before.
func (t *talk) on(c *craft.Conn) *talk {
	t.conn = c
	return t
}

func called(id string) func(*mqtt.Packet) {
	return func(p *mqtt.Packet) { p.Connect.ClientID = []byte(id) }
}

// staying asks for a session that outlives its connection, in every version.
func staying(p *mqtt.Packet) {
	p.Connect.SetCleanSession(false)
	if p.Version == mqtt.V5 {
		p.Props = mqtt.NewProperties(number(mqtt.SessionExpiryInterval, 3600))
	}
}

// begin logs the PLC in.
func begin(t *talk) *scene {
	s := &scene{t, t.conn}
	t.login()
	return s
}

// member logs another client in, which subscribes with options to filters, all
// granted with the QoS that it asks for.
func (s *scene) member(name string, options byte, filters ...string) *craft.Conn {
	c := s.dialFrom("10.0.0." + itoa(20+s.ports))
	s.login(called(name))
	s.subscribes(1, options, filters...)
	return c
}

// subscribes subscribes on the present connection.
func (s *scene) subscribes(id uint16, options byte, filters ...string) {
	codes := make([]byte, len(filters))
	for i := range codes {
		codes[i] = options & 3
	}
	s.c(s.subscribe(id, options, filters...)).s(s.suback(id, codes...)).after(10 * time.Second)
}

// says publishes on the PLC's connection and completes the handshake.
func (s *scene) says(topic, payload string, q mqtt.QoS, id uint16, change ...func(*mqtt.Packet)) *scene {
	s.on(s.plc)
	s.complete(topic, payload, q, id, true, change...)
	return s
}

// gets delivers to c and completes the handshake.
func (s *scene) gets(c *craft.Conn, topic, payload string, q mqtt.QoS, id uint16, change ...func(*mqtt.Packet)) *scene {
	s.on(c)
	s.complete(topic, payload, q, id, false, change...)
	return s
}

func (s *scene) complete(topic, payload string, q mqtt.QoS, id uint16, client bool, change ...func(*mqtt.Packet)) {
	send, answer := s.c, s.s
	if !client {
		send, answer = s.s, s.c
	}
	send(s.publish(topic, payload, q, id, change...))
	switch q {
	case 1:
		answer(s.ack(mqtt.PUBACK, id))
	case 2:
		answer(s.ack(mqtt.PUBREC, id))
		send(s.ack(mqtt.PUBREL, id))
		answer(s.ack(mqtt.PUBCOMP, id))
	}
	s.after(time.Second)
}

// lives lets clients ping for a while, so that what is missing is missed.
func (s *scene) lives(l ...*craft.Conn) *scene {
	for range 3 {
		s.after(4 * time.Second)
		for _, c := range append(l, s.plc) {
			s.on(c).c(s.packet(mqtt.PINGREQ)).s(s.packet(mqtt.PINGRESP))
		}
	}
	return s
}

// passOn is the plain case: one subscriber, and what the PLC says reaches it.
func passOn(options byte, filter string, topic string, in, out mqtt.QoS, change ...func(*mqtt.Packet)) func(t *talk) {
	return func(t *talk) {
		s := begin(t)
		hmi := s.member("hmi", options, filter)
		s.says(topic, "42.0", in, 7, change...)
		s.gets(hmi, topic, "42.0", out, 9, change...)
		s.lives(hmi)
	}
}

// retold is passOn where what is delivered differs in its properties.
func retold(in, out []mqtt.Property) func(t *talk) {
	return func(t *talk) {
		s := begin(t)
		hmi := s.member("hmi", 1, "plant/#")
		s.says("plant/a", "42.0", 1, 7, with(in...))
		s.gets(hmi, "plant/a", "42.0", 1, 9, with(out...))
		s.lives(hmi)
	}
}

func retain(p *mqtt.Packet) { p.Retain = true }

var since311 = []mqtt.Version{mqtt.V311, mqtt.V5}

var forwardConversations = []conversation{
	{rule: "mqtt-dup-not-propagated", name: "passed on", want: rules.Fail, also: []string{"mqtt-first-send-dup0"}, say: func(t *talk) {
		s := begin(t)
		hmi := s.member("hmi", 1, "plant/#")
		s.says("plant/a", "42.0", 1, 7, dup)
		s.gets(hmi, "plant/a", "42.0", 1, 9, dup)
		s.lives(hmi)
	}},
	{rule: "mqtt-dup-not-propagated", name: "cleared", want: rules.Pass, also: []string{"mqtt-first-send-dup0"}, say: func(t *talk) {
		s := begin(t)
		hmi := s.member("hmi", 1, "plant/#")
		s.says("plant/a", "42.0", 1, 7, dup)
		s.gets(hmi, "plant/a", "42.0", 1, 9)
		s.lives(hmi)
	}},

	{rule: "mqtt-retain-flag-established", name: "kept", want: rules.Fail, say: passOn(1, "plant/#", "plant/a", 1, 1, retain)},
	{rule: "mqtt-retain-flag-established", name: "cleared", want: rules.Pass, say: func(t *talk) {
		s := begin(t)
		hmi := s.member("hmi", 1, "plant/#")
		s.says("plant/a", "42.0", 1, 7, retain).gets(hmi, "plant/a", "42.0", 1, 9).lives(hmi)
	}},
	{rule: "mqtt-retain-flag-established", name: "stored before it was subscribed to", want: rules.NotExercised, say: func(t *talk) {
		s := begin(t)
		s.says("plant/a", "42.0", 1, 7, retain)
		hmi := s.member("hmi", 1, "plant/#")
		s.gets(hmi, "plant/a", "42.0", 1, 9, retain).lives(hmi)
	}},
	{rule: "m5-retain-as-published", name: "cleared", want: rules.Fail, say: func(t *talk) {
		s := begin(t)
		hmi := s.member("hmi", 1|8, "plant/#")
		s.says("plant/a", "42.0", 1, 7, retain).gets(hmi, "plant/a", "42.0", 1, 9).lives(hmi)
	}},
	{rule: "m5-retain-as-published", name: "set", want: rules.Fail, say: func(t *talk) {
		s := begin(t)
		hmi := s.member("hmi", 1|8, "plant/#")
		s.says("plant/a", "42.0", 1, 7).gets(hmi, "plant/a", "42.0", 1, 9, retain).lives(hmi)
	}},
	{rule: "m5-retain-as-published", name: "kept", want: rules.Pass, say: passOn(1|8, "plant/#", "plant/a", 1, 1, retain)},

	{rule: "mqtt-delivery-qos-min", name: "above the granted QoS", want: rules.Fail, say: passOn(0, "plant/#", "plant/a", 1, 1)},
	{rule: "mqtt-delivery-qos-min", name: "above the published QoS", want: rules.Fail, say: passOn(2, "plant/#", "plant/a", 1, 2)},
	{rule: "mqtt-delivery-qos-min", name: "below both", want: rules.Fail, say: passOn(2, "plant/#", "plant/a", 2, 1)},
	{rule: "mqtt-delivery-qos-min", name: "the lower one", want: rules.Pass, say: passOn(1, "plant/#", "plant/a", 2, 1)},
	{rule: "mqtt-delivery-qos-min", name: "as published", want: rules.Pass, say: passOn(2, "plant/#", "plant/a", 0, 0)},
	{rule: "mqtt-delivery-qos-min", name: "an equal message of somebody else before", want: rules.Pass, say: func(t *talk) {
		s := begin(t)
		hmi := s.member("hmi", 1, "plant/#")
		s.says("plant/a", "42.0", 1, 7)
		s.gets(hmi, "plant/a", "42.0", 0, 0).gets(hmi, "plant/a", "42.0", 1, 9).lives(hmi)
	}},
	{rule: "mqtt-overlap-max-qos", name: "only the lower one", want: rules.Fail, say: func(t *talk) {
		s := begin(t)
		hmi := s.member("hmi", 0, "plant/#")
		s.subscribes(2, 2, "plant/a")
		s.says("plant/a", "42.0", 2, 7).gets(hmi, "plant/a", "42.0", 0, 0).lives(hmi)
	}},
	{rule: "mqtt-overlap-max-qos", name: "the higher one", want: rules.Pass, say: func(t *talk) {
		s := begin(t)
		hmi := s.member("hmi", 0, "plant/#")
		s.subscribes(2, 2, "plant/a")
		s.says("plant/a", "42.0", 2, 7).gets(hmi, "plant/a", "42.0", 2, 4).lives(hmi)
	}},
	{rule: "mqtt-overlap-max-qos", name: "a copy for each", want: rules.Pass, say: func(t *talk) {
		s := begin(t)
		hmi := s.member("hmi", 0, "plant/#")
		s.subscribes(2, 2, "plant/a")
		s.says("plant/a", "42.0", 2, 7).gets(hmi, "plant/a", "42.0", 0, 0).gets(hmi, "plant/a", "42.0", 2, 4).lives(hmi)
	}},
	{rule: "mqtt-qos2-no-duplicate-delivery", name: "twice", want: rules.Fail, also: []string{"mqtt-dup-on-redelivery", "m5-no-resend-in-connection"}, say: func(t *talk) { repeatedQoS2(t, 2) }},
	{rule: "mqtt-qos2-no-duplicate-delivery", name: "once", want: rules.Pass, also: []string{"m5-no-resend-in-connection"}, say: func(t *talk) { repeatedQoS2(t, 1) }},

	{rule: "m5-payload-format-unaltered", name: "lost", want: rules.Fail, say: retold([]mqtt.Property{number(mqtt.PayloadFormatIndicator, 1)}, nil)},
	{rule: "m5-payload-format-unaltered", name: "kept", want: rules.Pass, say: passOn(1, "#", "plant/a", 1, 1, only5With(number(mqtt.PayloadFormatIndicator, 1)))},
	{rule: "m5-response-topic-unaltered", name: "another", want: rules.Fail, say: retold([]mqtt.Property{str5(mqtt.ResponseTopic, "a/b")}, []mqtt.Property{str5(mqtt.ResponseTopic, "a/c")})},
	{rule: "m5-response-topic-unaltered", name: "kept", want: rules.Pass, say: passOn(1, "#", "plant/a", 1, 1, only5With(str5(mqtt.ResponseTopic, "a/b")))},
	{rule: "m5-correlation-unaltered", name: "another", want: rules.Fail, say: retold([]mqtt.Property{str5(mqtt.CorrelationData, "17")}, []mqtt.Property{str5(mqtt.CorrelationData, "18")})},
	{rule: "m5-correlation-unaltered", name: "kept", want: rules.Pass, say: passOn(1, "#", "plant/a", 1, 1, only5With(str5(mqtt.CorrelationData, "17")))},
	{rule: "m5-content-type-unaltered", name: "lost", want: rules.Fail, say: retold([]mqtt.Property{str5(mqtt.ContentType, "json")}, nil)},
	{rule: "m5-content-type-unaltered", name: "kept", want: rules.Pass, say: passOn(1, "#", "plant/a", 1, 1, only5With(str5(mqtt.ContentType, "json")))},
	{rule: "m5-user-property-unaltered", name: "one is lost", want: rules.Fail, say: retold([]mqtt.Property{userProperty("a", "1"), userProperty("b", "2")}, []mqtt.Property{userProperty("b", "2")})},
	{rule: "m5-user-property-unaltered", name: "another value", want: rules.Fail, say: retold([]mqtt.Property{userProperty("a", "1")}, []mqtt.Property{userProperty("a", "2")})},
	{rule: "m5-user-property-unaltered", name: "one is added", want: rules.Pass, say: retold([]mqtt.Property{userProperty("a", "1")}, []mqtt.Property{userProperty("a", "1"), userProperty("at", "12:00")})},
	{rule: "m5-user-property-unaltered", name: "another publisher of the topic", want: rules.Pass, say: func(t *talk) {
		s := begin(t)
		hmi := s.member("hmi", 1, "plant/#")
		s.says("plant/a", "42.0", 1, 7, with(userProperty("a", "1")))
		s.gets(hmi, "plant/a", "42.0", 1, 9).gets(hmi, "plant/a", "42.0", 1, 10, with(userProperty("a", "1"))).lives(hmi)
	}},
	{rule: "m5-user-property-order", name: "another order", want: rules.Fail, say: retold([]mqtt.Property{userProperty("a", "1"), userProperty("b", "2")}, []mqtt.Property{userProperty("b", "2"), userProperty("a", "1")})},
	{rule: "m5-user-property-order", name: "the same order", want: rules.Pass, say: passOn(1, "#", "plant/a", 1, 1, only5With(userProperty("a", "1"), userProperty("b", "2")))},
	{rule: "m5-expiry-decremented", name: "restarted", want: rules.Fail, say: func(t *talk) { waits(t, 100, 100) }},
	{rule: "m5-expiry-decremented", name: "left out", want: rules.Fail, say: retold([]mqtt.Property{number(mqtt.MessageExpiryInterval, 60)}, nil)},
	{rule: "m5-expiry-decremented", name: "reduced", want: rules.Pass, say: func(t *talk) { waits(t, 100, 60) }},
	{rule: "m5-expired-not-delivered", name: "too late", want: rules.Fail, say: func(t *talk) { waits(t, 20, 1) }},
	{rule: "m5-expired-not-delivered", name: "in time", want: rules.Pass, say: func(t *talk) { waits(t, 100, 60) }},

	{rule: "m5-subid-single-copy-all", name: "one is missing", want: rules.Fail, say: func(t *talk) { identifiedCopies(t, []uint32{3}) }},
	{rule: "m5-subid-single-copy-all", name: "all", want: rules.Pass, say: func(t *talk) { identifiedCopies(t, []uint32{4, 3}) }},
	{rule: "m5-subid-multi-copy-own", name: "none in the second", want: rules.Fail, say: func(t *talk) { identifiedCopies(t, []uint32{3}, nil) }},
	{rule: "m5-subid-multi-copy-own", name: "each its own", want: rules.Pass, say: func(t *talk) { identifiedCopies(t, []uint32{3}, []uint32{4}) }},

	{rule: "mqtt-order-server-delivery", name: "turned round", want: rules.Fail, say: func(t *talk) {
		s := begin(t)
		hmi := s.member("hmi", 1, "plant/#")
		s.says("plant/a", "1", 1, 7).gets(hmi, "plant/a", "1", 1, 1)
		s.says("plant/a", "2", 1, 8).says("plant/a", "3", 1, 9)
		s.gets(hmi, "plant/a", "3", 1, 2).gets(hmi, "plant/a", "2", 1, 3).lives(hmi)
	}},
	{rule: "mqtt-order-server-delivery", name: "in order", want: rules.Pass, say: func(t *talk) {
		s := begin(t)
		hmi := s.member("hmi", 1, "plant/#")
		s.says("plant/a", "2", 1, 8).says("plant/a", "3", 1, 9)
		s.gets(hmi, "plant/a", "2", 1, 2).gets(hmi, "plant/a", "3", 1, 3).lives(hmi)
	}},
	{rule: "mqtt-order-server-delivery", name: "QoS 1 overtakes QoS 2", want: rules.NotExercised, say: func(t *talk) {
		s := begin(t)
		hmi := s.member("hmi", 2, "plant/#")
		s.says("plant/a", "2", 2, 8).says("plant/a", "3", 1, 9)
		s.gets(hmi, "plant/a", "3", 1, 2).gets(hmi, "plant/a", "2", 2, 3).lives(hmi)
	}},

	{rule: "mqtt-queue-to-matching-sessions", name: "one is missing", want: rules.Fail, say: func(t *talk) { threeMessages(t, 1, false) }},
	{rule: "mqtt-queue-to-matching-sessions", name: "all", want: rules.Pass, say: func(t *talk) { threeMessages(t, 1, true) }},
	{rule: "mqtt-queue-to-matching-sessions", name: "of QoS 0 one is missing", want: rules.NotExercised, say: func(t *talk) { threeMessages(t, 0, false) }},
	{rule: "mqtt-pubcomp-then-new", name: "taken for a repetition", want: rules.Fail, say: func(t *talk) { threeMessages(t, 2, false) }},
	{rule: "mqtt-offline-queue", name: "one is missing", in: since311, want: rules.Fail, say: func(t *talk) { whileAway(t, false) }},
	{rule: "mqtt-offline-queue", name: "all", want: rules.Pass, say: func(t *talk) { whileAway(t, true) }},

	{rule: "mqtt-utf8-bom-kept", name: "dropped", want: rules.Fail, say: func(t *talk) {
		s := begin(t)
		hmi := s.member("hmi", 1, "#")
		s.says("\ufeffplant/a", "42.0", 1, 7).gets(hmi, "plant/a", "42.0", 1, 9).lives(hmi)
	}},
	{rule: "mqtt-utf8-bom-kept", name: "kept", want: rules.Pass, say: passOn(1, "#", "\ufeffplant/a", 1, 1)},

	{rule: "m5-oversize-discarded", name: "cut off", want: rules.Fail, say: func(t *talk) {
		s, hmi := smallClient(t)
		s.says("plant/a", long+long, 1, 7)
		s.on(hmi).s(s.packet(mqtt.DISCONNECT, func(p *mqtt.Packet) { p.Reason, p.HasReason = 0x95, true }))
		hmi.FIN(false)
	}},
	{rule: "m5-oversize-discarded", name: "nothing comes any more", want: rules.Fail, say: func(t *talk) {
		s, hmi := smallClient(t)
		s.says("plant/a", long+long, 1, 7)
		s.says("plant/a", "1", 1, 8).says("plant/a", "2", 1, 9).says("plant/a", "3", 1, 10).lives(hmi)
		s.says("plant/a", "4", 1, 11).lives(hmi)
	}},
	{rule: "m5-oversize-discarded", name: "left out", want: rules.Pass, say: func(t *talk) {
		s, hmi := smallClient(t)
		s.says("plant/a", long+long, 1, 7)
		s.says("plant/a", "1", 1, 8).gets(hmi, "plant/a", "1", 1, 9).lives(hmi)
	}},
}

func only5With(l ...mqtt.Property) func(*mqtt.Packet) {
	return func(p *mqtt.Packet) {
		if p.Version == mqtt.V5 {
			p.Props = mqtt.NewProperties(l...)
		}
	}
}

// repeatedQoS2: the PLC sends a QoS 2 message twice before its PUBREL, and the
// subscriber gets so many.
func repeatedQoS2(t *talk, copies int) {
	s := begin(t)
	hmi := s.member("hmi", 2, "plant/#")
	s.on(s.plc).c(s.publish("plant/a", "1", 2, 7)).after(time.Second)
	s.c(s.publish("plant/a", "1", 2, 7, dup)).s(s.ack(mqtt.PUBREC, 7), s.ack(mqtt.PUBREC, 7))
	s.c(s.ack(mqtt.PUBREL, 7)).s(s.ack(mqtt.PUBCOMP, 7)).after(time.Second)
	for i := range copies {
		s.gets(hmi, "plant/a", "1", 2, uint16(9+i))
	}
	s.lives(hmi)
}

// waits: a message with an expiry waits 40 s for a client that is away, and comes
// with the expiry left.
func waits(t *talk, expiry, left uint32) {
	s := begin(t)
	hmi := s.dialFrom("10.0.0.9")
	s.login(called("hmi"), staying)
	s.subscribes(1, 1, "plant/#")
	s.on(hmi).bye().after(time.Second)
	s.says("plant/a", "42.0", 1, 7, with(number(mqtt.MessageExpiryInterval, expiry)))
	s.after(40 * time.Second)
	s.on(s.plc).c(s.packet(mqtt.PINGREQ)).s(s.packet(mqtt.PINGRESP))
	hmi = s.dialFrom("10.0.0.9")
	s.c(s.connect(called("hmi"), staying)).s(s.connack(0, sessionPresent))
	s.gets(hmi, "plant/a", "42.0", 1, 9, with(number(mqtt.MessageExpiryInterval, left))).lives(hmi)
}

// identifiedCopies: a client has two subscriptions with the identifiers 3 and 4,
// and gets a copy of a message with each list of identifiers.
func identifiedCopies(t *talk, copies ...[]uint32) {
	s := begin(t)
	hmi := s.dialFrom("10.0.0.9")
	s.login(called("hmi"))
	for i, filter := range []string{"plant/#", "plant/+"} {
		id := number(mqtt.SubscriptionIdentifier, uint32(3+i))
		s.c(s.ack(mqtt.SUBSCRIBE, uint16(i+1), with(id), func(p *mqtt.Packet) {
			p.Filters = []mqtt.Filter{{Filter: []byte(filter), Options: 1}}
		})).s(s.suback(uint16(i+1), 1))
	}
	s.after(10 * time.Second)
	s.says("plant/a", "42.0", 1, 7)
	for i, ids := range copies {
		var l []mqtt.Property
		for _, id := range ids {
			l = append(l, number(mqtt.SubscriptionIdentifier, id))
		}
		s.gets(hmi, "plant/a", "42.0", 1, uint16(9+i), with(l...))
	}
	s.lives(hmi)
}

// threeMessages: the PLC sends three with the same identifier, of which the second
// is delivered or not.
func threeMessages(t *talk, q mqtt.QoS, all bool) {
	s := begin(t)
	hmi := s.member("hmi", 2, "plant/#")
	for i, payload := range []string{"1", "2", "3"} {
		s.says("plant/a", payload, q, 7)
		if i != 1 || all {
			s.gets(hmi, "plant/a", payload, q, uint16(20+i))
		}
	}
	s.lives(hmi)
}

// whileAway: a message is published while the client is away, and delivered or not
// when it is back.
func whileAway(t *talk, delivered bool) {
	s := begin(t)
	hmi := s.dialFrom("10.0.0.9")
	s.login(called("hmi"), staying)
	s.subscribes(1, 1, "plant/#")
	s.says("plant/a", "1", 1, 7).gets(hmi, "plant/a", "1", 1, 1)
	s.on(hmi).bye().after(time.Second)
	s.says("plant/a", "2", 1, 8)
	hmi = s.dialFrom("10.0.0.9")
	change := []func(*mqtt.Packet){}
	if s.v != mqtt.V31 {
		change = append(change, sessionPresent)
	}
	s.c(s.connect(called("hmi"), staying)).s(s.connack(0, change...)).after(time.Second)
	if delivered {
		s.gets(hmi, "plant/a", "2", 1, 2)
	}
	s.says("plant/a", "3", 1, 9).gets(hmi, "plant/a", "3", 1, 3).lives(hmi)
}

// smallClient is a subscriber that takes packets of at most 100 bytes and has got
// one.
func smallClient(t *talk) (*scene, *craft.Conn) {
	s := begin(t)
	hmi := s.dialFrom("10.0.0.9")
	s.login(called("hmi"), with(number(mqtt.MaximumPacketSize, 100)))
	s.subscribes(1, 1, "plant/#")
	s.says("plant/a", "0", 1, 6).gets(hmi, "plant/a", "0", 1, 6)
	return s, hmi
}
