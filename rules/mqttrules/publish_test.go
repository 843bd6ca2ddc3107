package mqttrules

import (
	"strings"
	"testing"

	"plcscope/mqtt"
	"plcscope/pcaps/craft"
	"plcscope/rules"
)

func userProperty(name, value string) mqtt.Property {
	return mqtt.Property{ID: mqtt.UserProperty, Data: []byte(name), Value2: []byte(value)}
}

func number(id mqtt.PropertyID, n uint32) mqtt.Property { return mqtt.Property{ID: id, Num: n} }

func str5(id mqtt.PropertyID, s string) mqtt.Property { return mqtt.Property{ID: id, Data: []byte(s)} }

// topics says publish and subscribes with a topic name.
func sayTopic(topic string) func(t *talk) {
	return func(t *talk) { t.login().c(t.publish(topic, "1", 0, 0)).bye() }
}

var publishConversations = []conversation{
	{rule: "mqtt-publish-qos-not-3", name: "both bits", want: rules.Fail, say: func(t *talk) {
		t.login().c(nibble(t.publish("a/b", "1", 1, 5), 6)).bye()
	}},
	{rule: "mqtt-publish-qos-not-3", name: "QoS 2", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.publish("a/b", "1", 2, 5)).s(t.ack(mqtt.PUBREC, 5)).c(t.ack(mqtt.PUBREL, 5)).s(t.ack(mqtt.PUBCOMP, 5)).bye()
	}},
	{rule: "mqtt-publish-topic-utf8", name: "a degree sign of a code page", want: rules.Fail, say: sayTopic("temp/\xb0C")},
	{rule: "mqtt-publish-topic-utf8", name: "runs past the packet", want: rules.Fail, say: func(t *talk) {
		t.login().c([]byte{0x30, 6, 0, 9, 'a', '/', 'b', 'c'})
	}},
	{rule: "mqtt-publish-topic-utf8", name: "UTF-8", want: rules.Pass, say: sayTopic("temp/°C")},
	{rule: "mqtt-publish-topic-no-wildcard", name: "+", want: rules.Fail, say: sayTopic("line/+/temp")},
	{rule: "mqtt-publish-topic-no-wildcard", name: "#", want: rules.Fail, say: sayTopic("line/#")},
	{rule: "mqtt-publish-topic-no-wildcard", name: "none", want: rules.Pass, say: sayTopic("line/1/temp")},
	{rule: "mqtt-topic-not-empty", name: "PUBLISH", want: rules.Fail, say: sayTopic("")},
	{rule: "mqtt-topic-not-empty", name: "SUBSCRIBE", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0, "")).s(t.suback(1, 0)).bye()
	}},
	{rule: "mqtt-topic-not-empty", name: "filled", want: rules.Pass, say: sayTopic("a")},
	{rule: "mqtt-topic-no-null", name: "the length of another string", want: rules.Fail, say: sayTopic("line/1\x00\x00\x00")},
	{rule: "mqtt-topic-no-null", name: "the rest of a longer topic", want: rules.Fail, say: sayTopic("line/1\x00mperature")},
	{rule: "mqtt-topic-no-null", name: "filter", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0, "a\x00b")).s(t.suback(1, 0)).bye()
	}},
	{rule: "mqtt-topic-no-null", name: "none", want: rules.Pass, say: sayTopic("line/1")},
	{rule: "m31-topic-length", name: "32768 characters", want: rules.Fail, say: sayTopic(strings.Repeat("a", 32768))},
	{rule: "m31-topic-length", name: "short", want: rules.Pass, say: sayTopic("line/1")},
	{rule: "mqtt-dup-qos0", name: "DUP", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.publish("a/b", "1", 0, 0, dup)).bye()
	}},
	{rule: "mqtt-dup-qos0", name: "no DUP", want: rules.Pass, say: sayTopic("a/b")},
	{rule: "mqtt-dup-qos0", name: "only QoS 1", want: rules.NotExercised, say: func(t *talk) {
		t.login().c(t.publish("a/b", "1", 1, 1)).s(t.ack(mqtt.PUBACK, 1)).bye()
	}},

	{rule: "mqtt-utf8-wellformed", name: "filter in 3.1", in: []mqtt.Version{mqtt.V31}, want: rules.Fail, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0, "temp/\xb0C")).s(t.suback(1, 0)).bye()
	}},
	{rule: "mqtt-utf8-wellformed", name: "reason string", in: []mqtt.Version{mqtt.V5}, want: rules.Fail, say: func(t *talk) {
		t.login().c(t.publish("a/b", "1", 1, 1)).s(t.ack(mqtt.PUBACK, 1, with(str5(mqtt.ReasonString, "\xff")))).bye()
	}},
	{rule: "mqtt-utf8-wellformed", name: "client identifier", want: rules.Pass, say: func(t *talk) { t.login().bye() }},
	{rule: "mqtt-utf8-no-null", name: "reason string", in: []mqtt.Version{mqtt.V5}, want: rules.Fail, say: func(t *talk) {
		t.login().c(t.publish("a/b", "1", 1, 1)).s(t.ack(mqtt.PUBACK, 1, with(str5(mqtt.ReasonString, "a\x00")))).bye()
	}},
	{rule: "mqtt-utf8-no-null", name: "none", want: rules.Pass, say: func(t *talk) { t.login().bye() }},
	{rule: "mqtt-utf8-discouraged-chars", name: "line end in a topic", want: rules.Fail, say: sayTopic("line/1\r\n")},
	{rule: "mqtt-utf8-discouraged-chars", name: "non-character in a filter", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0, "a\uffff")).s(t.suback(1, 0)).bye()
	}},
	{rule: "mqtt-utf8-discouraged-chars", name: "plain", want: rules.Pass, say: sayTopic("temp/°C")},
	{rule: "m5-string-pair-utf8", name: "bad value", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.publish("a/b", "1", 0, 0, with(userProperty("unit", "\xb0C")))).bye()
	}},
	{rule: "m5-string-pair-utf8", name: "bad name", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.publish("a/b", "1", 0, 0, with(userProperty("a\x00", "b")))).bye()
	}},
	{rule: "m5-string-pair-utf8", name: "good", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.publish("a/b", "1", 0, 0, with(userProperty("unit", "°C")))).bye()
	}},

	{rule: "m5-property-length-present", name: "a SUBSCRIBE of 3.1.1 that ends behind the identifier", want: rules.Fail, say: func(t *talk) {
		t.login().c([]byte{0x82, 2, 0, 1})
	}},
	{rule: "m5-property-length-present", name: "0", want: rules.Pass, say: func(t *talk) { t.login().bye() }},
	{rule: "m5-property-length-bounds", name: "past the packet", want: rules.Fail, say: func(t *talk) {
		t.login().c([]byte{0x30, 7, 0, 3, 'a', '/', 'b', 40, '1'})
	}},
	{rule: "m5-property-length-bounds", name: "in the middle of a property", want: rules.Fail, say: func(t *talk) {
		t.login().c([]byte{0x30, 12, 0, 3, 'a', '/', 'b', 3, 0x02, 0, 0, 0, 9, '1'})
	}},
	{rule: "m5-property-length-bounds", name: "the last property is cut with the packet", want: rules.Fail, say: func(t *talk) {
		t.login().c([]byte{0x30, 9, 0, 3, 'a', '/', 'b', 3, 0x02, 0, 0})
	}},
	{rule: "m5-property-length-bounds", name: "exact", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.publish("a/b", "1", 0, 0, with(number(mqtt.MessageExpiryInterval, 60)))).bye()
	}},
	{rule: "m5-property-allowed", name: "undefined", want: rules.Fail, say: func(t *talk) {
		t.login().c([]byte{0x30, 8, 0, 3, 'a', '/', 'b', 2, 0x7e, 1})
	}},
	{rule: "m5-property-allowed", name: "Topic Alias in SUBSCRIBE", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.ack(mqtt.SUBSCRIBE, 1, with(number(mqtt.TopicAlias, 1)), func(p *mqtt.Packet) {
			p.Filters = []mqtt.Filter{{Filter: []byte("a/b")}}
		})).s(t.suback(1, 0)).bye()
	}},
	{rule: "m5-property-allowed", name: "Receive Maximum in a will", want: rules.Fail, say: func(t *talk) {
		t.login(func(p *mqtt.Packet) {
			p.Connect.SetWill([]byte("plc7/status"), []byte("off"), 0, false)
			p.Connect.WillProps = mqtt.NewProperties(number(mqtt.ReceiveMaximum, 5))
		}).bye()
	}},
	{rule: "m5-property-allowed", name: "its own", want: rules.Pass, say: func(t *talk) {
		t.login(with(number(mqtt.ReceiveMaximum, 5))).bye()
	}},
	{rule: "m5-property-unique", name: "twice", want: rules.Fail, say: func(t *talk) {
		t.login(with(number(mqtt.ReceiveMaximum, 5), number(mqtt.ReceiveMaximum, 6))).bye()
	}},
	{rule: "m5-property-unique", name: "User Property twice", want: rules.Pass, say: func(t *talk) {
		t.login(with(userProperty("a", "b"), userProperty("a", "b"))).bye()
	}},
	{rule: "m5-property-value-range", name: "Receive Maximum 0", want: rules.Fail, say: func(t *talk) {
		t.login(with(number(mqtt.ReceiveMaximum, 0))).bye()
	}},
	{rule: "m5-property-value-range", name: "Payload Format Indicator 2", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.publish("a/b", "1", 0, 0, with(number(mqtt.PayloadFormatIndicator, 2)))).bye()
	}},
	{rule: "m5-property-value-range", name: "within", want: rules.Pass, say: func(t *talk) {
		t.login(with(number(mqtt.ReceiveMaximum, 65535), number(mqtt.RequestProblemInformation, 1))).bye()
	}},
	{rule: "m5-topic-alias-zero", name: "0", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.publish("a/b", "1", 0, 0, with(number(mqtt.TopicAlias, 0)))).bye()
	}},
	{rule: "m5-topic-alias-zero", name: "1", want: rules.Pass, say: func(t *talk) {
		t.c(t.connect()).s(t.connack(0, with(number(mqtt.TopicAliasMaximum, 10)))).c(t.publish("a/b", "1", 0, 0, with(number(mqtt.TopicAlias, 1)))).bye()
	}},
	{rule: "m5-topic-alias-unknown", name: "not set", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect()).s(t.connack(0, with(number(mqtt.TopicAliasMaximum, 10)))).c(t.publish("", "1", 0, 0, with(number(mqtt.TopicAlias, 1)))).bye()
	}},
	{rule: "m5-topic-alias-per-connection", name: "set on the connection before", want: rules.Fail, also: []string{"m5-topic-alias-unknown"}, say: func(t *talk) {
		for _, topic := range []string{"a/b", ""} {
			t.c(t.connect()).s(t.connack(0, with(number(mqtt.TopicAliasMaximum, 10)))).c(t.publish(topic, "1", 0, 0, with(number(mqtt.TopicAlias, 1)))).bye()
			t.dial()
		}
	}},
	{rule: "m5-topic-alias-unknown", name: "set by the other side", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(with(number(mqtt.TopicAliasMaximum, 10)))).s(t.connack(0, with(number(mqtt.TopicAliasMaximum, 10))))
		t.c(t.subscribe(1, 0, "a/b")).s(t.suback(1, 0), t.publish("a/b", "1", 0, 0, with(number(mqtt.TopicAlias, 1))))
		t.c(t.publish("", "1", 0, 0, with(number(mqtt.TopicAlias, 1)))).bye()
	}},
	{rule: "m5-topic-alias-unknown", name: "set before", want: rules.Pass, say: func(t *talk) {
		t.c(t.connect()).s(t.connack(0, with(number(mqtt.TopicAliasMaximum, 10))))
		t.c(t.publish("a/b", "1", 0, 0, with(number(mqtt.TopicAlias, 7))), t.publish("", "2", 0, 0, with(number(mqtt.TopicAlias, 7)))).bye()
	}},
	{rule: "m5-topic-alias-unknown", name: "set where the capture has a hole", want: rules.Inconclusive, say: func(t *talk) {
		t.c(t.connect()).s(t.connack(0, with(number(mqtt.TopicAliasMaximum, 10))))
		t.conn.ClientUnseen(t.publish("a/b", "1", 0, 0, with(number(mqtt.TopicAlias, 7))))
		t.s(t.packet(mqtt.PINGRESP)).c(t.publish("", "2", 0, 0, with(number(mqtt.TopicAlias, 7)))).bye()
	}},
	{rule: "m5-subid-not-from-client", name: "copied", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.publish("a/b", "1", 0, 0, with(number(mqtt.SubscriptionIdentifier, 3)))).bye()
	}},
	{rule: "m5-subid-not-from-client", name: "none", want: rules.Pass, say: sayTopic("a/b")},
}

// TestTopicLength31: characters count, not bytes. It is no conversation, because
// damaging a long packet in all ways takes long.
func TestTopicLength31(t *testing.T) {
	talk := &talk{v: mqtt.V31, capture: craft.New()}
	talk.dial()
	sayTopic(strings.Repeat("ä", 32767))(talk)
	if got := verdictOn(verdicts(t, talk.capture.Frames()), "m31-topic-length"); got != rules.Pass {
		t.Errorf("32767 characters of two bytes each: %v", got)
	}
}
