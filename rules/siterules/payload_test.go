package siterules

import (
	"errors"
	"strings"
	"testing"

	"plcscope/internal/talk"
	"plcscope/mqtt"
	"plcscope/pcaps/craft"
	"plcscope/rules"
)

func kind(k Kind) Policy          { return on(Publish{Payload: Payload{Kind: k}}) }
func typed(name string) Policy    { return on(Publish{Payload: Payload{Kind: S7Data, Type: name}}) }
func long(least, most int) Policy { return on(Publish{Payload: Payload{Length: Length{least, most}}}) }

// hasUnit is a schema that asks for a member.
func hasUnit(b []byte) error {
	if !strings.Contains(string(b), `"unit"`) {
		return errors.New(`missing member "unit"`)
	}
	return nil
}

var schema = on(Publish{Payload: Payload{Kind: JSON, Schema: hasUnit}})

// say publishes one payload.
func say(payload string, change ...func(*mqtt.Packet)) func(t *line) {
	return func(t *line) { t.mqtt().login().c(t.publish("plant/7/t", payload, 0, 0, change...)).bye() }
}

var payloadConversations = []conversation{
	{rule: "site-payload-kind", name: "no JSON", policy: kind(JSON), want: rules.Fail, say: say(`{"v":1`),
		detail: `the payload of the message on "plant/7/t" is no JSON (byte 6: unexpected end of JSON input): "{\"v\":1"; so lays down entry "plant/+/t" of the profile`},
	{rule: "site-payload-kind", name: "JSON", policy: kind(JSON), want: rules.Pass, say: say(`{"v":1}`)},
	{rule: "site-payload-kind", name: "an empty retained message", policy: kind(JSON), want: rules.NotExercised, say: say("", retain)},
	{rule: "site-payload-kind", name: "an empty message", policy: kind(JSON), want: rules.Fail, say: say("")},
	{rule: "site-payload-kind", name: "text with the header of a STRING", policy: kind(Text), want: rules.Fail, say: say("\xfe\x02ab")},
	{rule: "site-payload-kind", name: "text", policy: kind(Text), want: rules.Pass, say: say("Füllstand\t3 m³\n")},
	{rule: "site-payload-kind", name: "decimal comma", policy: kind(Number), want: rules.Fail, say: say("3,5")},
	{rule: "site-payload-kind", name: "number", policy: kind(Number), want: rules.Pass, say: say(" +1.234560E+01")},
	{rule: "site-payload-kind", name: "not empty", policy: kind(Empty), want: rules.Fail, say: say("x")},
	{rule: "site-payload-kind", name: "empty", policy: kind(Empty), want: rules.Pass, say: say("")},
	{rule: "site-payload-kind", name: "will", policy: kind(Number), want: rules.Fail, say: func(t *line) { t.mqtt().login(will("plant/7/t", "gone", 0, false)).bye() }},
	{rule: "site-payload-schema", name: "member missing", policy: schema, want: rules.Fail, say: say(`{"v":1}`),
		detail: `the payload of the message on "plant/7/t" breaks the schema: missing member "unit"; so lays down entry "plant/+/t" of the profile`},
	{rule: "site-payload-schema", name: "right", policy: schema, want: rules.Pass, say: say(`{"v":1,"unit":"bar"}`)},
	{rule: "site-payload-schema", name: "no JSON", policy: schema, want: rules.Pass, also: []string{"site-payload-kind"}, say: say(`{`)},
	{rule: "site-payload-length", name: "too long", policy: long(1, 4), want: rules.Fail, say: say("12345"),
		detail: `the payload of the message on "plant/7/t" has 5 bytes instead of 1 to 4 bytes; so lays down entry "plant/+/t" of the profile`},
	{rule: "site-payload-length", name: "too short", policy: long(4, 0), want: rules.Fail, say: say("123")},
	{rule: "site-payload-length", name: "right", policy: long(4, 4), want: rules.Pass, say: say("1234")},
	{rule: "site-payload-type", name: "no multiple", policy: typed("REAL"), want: rules.Fail, say: say("123456"),
		detail: `the payload of the message on "plant/7/t" has 6 bytes, which is no multiple of the 4 of REAL; so lays down entry "plant/+/t" of the profile`},
	{rule: "site-payload-type", name: "two values", policy: typed("REAL"), want: rules.Pass, say: say("12345678")},
	{rule: "site-payload-type", name: "text without header", policy: typed("STRING"), want: rules.Fail, say: say("abcdef")},
	{rule: "site-payload-type", name: "string cut", policy: typed("STRING"), want: rules.Fail, say: say("\x0a\x04abc")},
	{rule: "site-payload-type", name: "string", policy: typed("STRING"), want: rules.Pass, say: say("\xfe\x03abc")},
	{rule: "site-payload-type", name: "whole variable", policy: typed("STRING"), want: rules.Pass, say: say("\x05\x03abc\x00\x00")},
	{rule: "site-payload-type", name: "wide string", policy: typed("WSTRING"), want: rules.Pass, say: say("\x00\xfe\x00\x02\x00a\x00b")},
}

// A payload of which the capture holds only the beginning is not judged by it; its
// length and its topic are known all the same.
func TestPayloadIsCut(t *testing.T) {
	p := on(Publish{QoS: []mqtt.QoS{1}, Payload: Payload{Kind: JSON, Length: Length{Max: 10}}})
	l := newLine()
	l.mqtt().login().c(l.publish("plant/7/t", `{"text":"`+strings.Repeat("x", 300)+`"}`, 0, 0)).bye()
	b := judge(p)(craft.SnapLen(120)(l.capture.Frames()))
	for id, want := range map[string]rules.Verdict{
		"site-topic": rules.Pass, "site-qos": rules.Fail, "site-payload-kind": rules.Inconclusive, "site-payload-length": rules.Fail,
	} {
		if got := talk.Verdict(b, id); got != want {
			t.Errorf("%s: %v, want %v\n%q", id, got, want, talk.Findings(b))
		}
	}
	if f := talk.Only(b, "site-payload-length"); len(f) == 1 && !strings.Contains(f[0].Detail, "311 bytes") {
		t.Error(f[0].Detail)
	}
}

func TestNumbers(t *testing.T) {
	for s, want := range map[string]bool{
		"0": true, "-1": true, "1.": true, ".5": true, "1e5": true, "1E-5": true, " 7 ": true,
		"": false, " ": false, "-": false, ".": false, "1e": false, "0x10": false, "1,5": false, "NaN": false, "1 2": false, "--1": false,
	} {
		if got := isNumber([]byte(s)); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}
