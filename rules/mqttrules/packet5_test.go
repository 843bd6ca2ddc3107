package mqttrules

import (
	"time"

	"plcscope/mqtt"
	"plcscope/rules"
)

func (t *talk) carrying(payload string, x ...mqtt.Property) *talk {
	return t.login().c(t.publish("a", payload, 0, 0, with(x...)))
}

var packet5Conversations = []conversation{
	{rule: "m5-response-topic-utf8", name: "code page", want: rules.Fail, say: func(t *talk) {
		t.carrying("1", str5(mqtt.ResponseTopic, "gr\xfc\xdfe")).conn.FIN(false)
	}},
	{rule: "m5-response-topic-utf8", name: "UTF-8", want: rules.Pass, say: func(t *talk) {
		t.carrying("1", str5(mqtt.ResponseTopic, "grüße")).bye()
	}},
	{rule: "m5-content-type-utf8", name: "zero", want: rules.Fail, say: func(t *talk) {
		t.carrying("1", str5(mqtt.ContentType, "text\x00")).conn.FIN(false)
	}},
	{rule: "m5-content-type-utf8", name: "ASCII", want: rules.Pass, say: func(t *talk) {
		t.carrying("1", str5(mqtt.ContentType, "text")).bye()
	}},
	{rule: "m5-response-topic-no-wildcard", name: "filter", want: rules.Fail, say: func(t *talk) {
		t.carrying("1", str5(mqtt.ResponseTopic, "a/+/b")).conn.FIN(false)
	}},
	{rule: "m5-response-topic-no-wildcard", name: "topic", want: rules.Pass, say: func(t *talk) {
		t.carrying("1", str5(mqtt.ResponseTopic, "a/b")).bye()
	}},
	{rule: "m5-payload-utf8-when-declared", name: "REAL", want: rules.Fail, say: func(t *talk) {
		t.carrying("\x41\xa4\x00\x00", number(mqtt.PayloadFormatIndicator, 1)).bye()
	}},
	{rule: "m5-payload-utf8-when-declared", name: "text", want: rules.Pass, say: func(t *talk) {
		t.carrying("21.5 °C", number(mqtt.PayloadFormatIndicator, 1)).bye()
	}},
	{rule: "m5-payload-utf8-when-declared", name: "not declared", want: rules.NotExercised, say: func(t *talk) {
		t.carrying("\xff", number(mqtt.PayloadFormatIndicator, 0)).bye()
	}},
	{rule: "m5-no-local-not-shared", name: "set", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.subscribe(1, 4, "$share/g/a")).conn.FIN(false)
	}},
	{rule: "m5-no-local-not-shared", name: "clear", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0, "$share/g/a")).s(t.suback(1, 0)).bye()
	}},
	{rule: "m5-no-local-not-shared", name: "not shared", want: rules.NotExercised, say: func(t *talk) {
		t.login().c(t.subscribe(1, 4, "a")).s(t.suback(1, 0)).bye()
	}},
	{rule: "m5-unsuback-code-valid", name: "undefined", want: rules.Fail, say: func(t *talk) {
		t.unsubscribed("a").s(t.unsubacked(1, 0x12)).bye()
	}},
	{rule: "m5-unsuback-code-valid", name: "defined", want: rules.Pass, say: func(t *talk) {
		t.unsubscribed("a").s(t.unsubacked(1, 0x11)).bye()
	}},
	{rule: "m5-unsuback-count-order", name: "too few", want: rules.Fail, say: func(t *talk) {
		t.unsubscribed("a", "b").s(t.unsubacked(1, 0)).bye()
	}},
	{rule: "m5-unsuback-count-order", name: "each", want: rules.Pass, say: func(t *talk) {
		t.unsubscribed("a", "b").s(t.unsubacked(1, 0, 0)).bye()
	}},
	{rule: "m5-no-retransmit-after-error", name: "again", want: rules.Fail, also: []string{"mqtt-first-send-dup0"}, say: func(t *talk) {
		t.login().c(t.publish("a", "1", 1, 7)).s(t.ack(mqtt.PUBACK, 7, coded(0x97))).after(time.Second)
		t.c(t.publish("a", "1", 1, 7, dup)).s(t.puback(7)).bye()
	}},
	{rule: "m5-no-retransmit-after-error", name: "the next", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.publish("a", "1", 1, 7)).s(t.ack(mqtt.PUBACK, 7, coded(0x97))).after(time.Second)
		t.c(t.publish("a", "2", 1, 7)).s(t.puback(7)).bye()
	}},
	{rule: "m5-no-retransmit-after-error", name: "nothing refused", want: rules.NotExercised, say: func(t *talk) {
		t.login().c(t.publish("a", "1", 1, 7)).s(t.puback(7)).c(t.publish("a", "2", 1, 7)).s(t.puback(7)).bye()
	}},
	{rule: "m5-pubrec-error-frees-id", name: "in use", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.publish("a", "1", 2, 7)).s(t.ack(mqtt.PUBREC, 7, coded(0x97))).after(time.Second)
		t.c(t.publish("a", "2", 2, 7)).s(t.ack(mqtt.PUBREC, 7, coded(0x91))).bye()
	}},
	{rule: "m5-pubrec-error-frees-id", name: "free", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.publish("a", "1", 2, 7)).s(t.ack(mqtt.PUBREC, 7, coded(0x97))).after(time.Second)
		t.c(t.publish("a", "2", 2, 7)).s(t.pubrec(7)).c(t.pubrel(7)).s(t.pubcomp(7)).bye()
	}},
	{rule: "m5-pubrec-error-frees-id", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		t.login().c(t.publish("a", "1", 2, 7)).s(t.ack(mqtt.PUBREC, 7, coded(0x97)))
		t.conn.ClientUnseen(t.publish("b", "1", 2, 7))
		t.s(t.pubrec(7)).after(time.Second)
		t.c(t.publish("a", "2", 2, 7)).s(t.ack(mqtt.PUBREC, 7, coded(0x91))).bye()
	}},
}

func (t *talk) unsubscribed(filters ...string) *talk {
	return t.login().c(t.unsubscribe(1, filters...))
}

func (t *talk) unsubacked(id uint16, codes ...byte) []byte {
	return t.ack(mqtt.UNSUBACK, id, func(p *mqtt.Packet) { p.Codes = codes })
}
