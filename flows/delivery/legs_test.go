package delivery

import (
	"strings"
	"testing"
	"time"

	"plcscope/mqtt"
	"plcscope/pcaps/craft"
)

var v5only = []mqtt.Version{mqtt.V5}

// legs are conversations about both legs of a message and about replies.
var legs = []conversation{
	{
		name:   "from publisher to subscriber, each QoS",
		client: "sent 2 acked 2 completed 2",
		server: "sent 1 acked 1 completed 1",
		pairs:  []string{"plc7>hmi expected 1 delivered [1 1 0] missing 0 unknown 0 open 0 again 0"},
		say: func(t *talk) {
			hmi := t.dialFrom("10.0.0.9")
			t.login(called("hmi")).subscribe(1, 1, "plc/+/level").subscribe(2, 0, "plc/7/mode")
			plc := t.dial()
			t.login()
			t.c(t.pub(1, 1, "plc/7/level", "1")).s(t.ack(mqtt.PUBACK, 1))
			t.on(hmi).s(t.pub(1, 1, "plc/7/level", "1")).c(t.ack(mqtt.PUBACK, 1))
			t.on(plc).c(t.pub(1, 2, "plc/7/mode", "auto")).s(t.ack(mqtt.PUBACK, 2))
			t.on(hmi).s(t.pub(0, 0, "plc/7/mode", "auto"))
		},
	},
	{
		name:   "equal payloads are matched in order",
		client: "sent 3 acked 3 completed 3",
		server: "sent 3 acked 3 completed 3",
		pairs:  []string{"plc7>hmi expected 3 delivered [0 3 0] missing 0 unknown 0 open 0 again 0"},
		say: func(t *talk) {
			hmi := t.dialFrom("10.0.0.9")
			t.login(called("hmi")).subscribe(1, 1, "#")
			plc := t.dial()
			t.login()
			for i := range uint16(3) {
				t.on(plc).c(t.pub(1, i+1, "a", "on")).s(t.ack(mqtt.PUBACK, i+1))
				t.after(time.Second)
			}
			for i := range uint16(3) {
				t.on(hmi).s(t.pub(1, i+1, "a", "on")).c(t.ack(mqtt.PUBACK, i+1))
			}
		},
	},
	{
		name:   "a message of QoS 0 is not taken for an equal one of QoS 1",
		client: "sent 1 acked 1 completed 1",
		server: "sent 1 acked 1 completed 1",
		pairs:  []string{"plc7>hmi expected 1 delivered [2 1 0] missing 0 unknown 0 open 0 again 0"},
		say: func(t *talk) {
			hmi := t.dialFrom("10.0.0.9")
			t.login(called("hmi")).subscribe(1, 1, "#")
			t.dial()
			t.login()
			t.c(t.pub(1, 1, "a", "on"), t.pub(0, 0, "a", "on"), t.pub(0, 0, "a", "on")).s(t.ack(mqtt.PUBACK, 1))
			t.on(hmi).s(t.pub(0, 0, "a", "on"), t.pub(1, 1, "a", "on"), t.pub(0, 0, "a", "on")).c(t.ack(mqtt.PUBACK, 1))
		},
	},
	{
		name:      "missing at a subscriber",
		client:    "sent 2 acked 2 completed 2",
		server:    "sent 1 acked 1 completed 1",
		pairs:     []string{"plc7>hmi expected 2 delivered [0 1 0] missing 1 unknown 0 open 0 again 0"},
		incidents: []string{"missing at subscriber plc7 a hmi"},
		say: func(t *talk) {
			hmi := t.dialFrom("10.0.0.9")
			t.login(called("hmi")).subscribe(1, 1, "#")
			t.dial()
			t.login()
			t.c(t.pub(1, 1, "a", "1")).s(t.ack(mqtt.PUBACK, 1)).c(t.pub(1, 2, "a", "2")).s(t.ack(mqtt.PUBACK, 2))
			t.on(hmi).s(t.pub(1, 1, "a", "2")).c(t.ack(mqtt.PUBACK, 1))
			t.after(2 * time.Minute).c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP))
		},
	},
	{
		name:   "not yet delivered at the end of the capture",
		client: "sent 1 acked 1 completed 1",
		pairs:  []string{"plc7>hmi expected 1 delivered [0 0 0] missing 0 unknown 0 open 1 again 0"},
		say: func(t *talk) {
			t.dialFrom("10.0.0.9")
			t.login(called("hmi")).subscribe(1, 1, "#")
			t.dial()
			t.login()
			t.c(t.pub(1, 1, "a", "1")).s(t.ack(mqtt.PUBACK, 1))
		},
	},
	{
		name:    "kept for a subscriber that is away",
		client:  "sent 1 acked 1 completed 1",
		server:  "sent 1 acked 1 completed 1",
		pairs:   []string{"plc7>hmi expected 1 delivered [0 1 0] missing 0 unknown 0 open 0 again 0"},
		outages: []string{"hmi, closed by the client without DISCONNECT, session resumed"},
		say: func(t *talk) {
			t.dialFrom("10.0.0.9")
			t.relogin(called("hmi")).subscribe(1, 1, "#").cut()
			t.dial()
			t.login()
			t.c(t.pub(1, 1, "a", "1")).s(t.ack(mqtt.PUBACK, 1)).after(5 * time.Minute)
			t.dialFrom("10.0.0.9")
			t.relogin(called("hmi")).s(t.pub(1, 1, "a", "1")).c(t.ack(mqtt.PUBACK, 1))
		},
	},
	{
		name:    "a subscriber that left without a lasting session is owed nothing",
		client:  "sent 1 acked 1 completed 1",
		outages: []string{"hmi, closed by the client without DISCONNECT, not back"},
		say: func(t *talk) {
			t.dialFrom("10.0.0.9")
			t.login(called("hmi")).subscribe(1, 1, "#").cut()
			t.dial()
			t.login()
			t.c(t.pub(1, 1, "a", "1")).s(t.ack(mqtt.PUBACK, 1)).after(5 * time.Minute).c(t.packet(mqtt.PINGREQ))
		},
	},
	{
		name:   "subscribed before the capture: matched, though not expected",
		in:     []mqtt.Version{mqtt.V31, mqtt.V311}, // a 5.0 connection that begins like this is taken for 3.1.1
		client: "sent 1 acked 1 completed 1",
		server: "sent 1 acked 1 completed 1",
		pairs:  []string{"plc7>10.0.0.9:2001 expected 0 delivered [0 1 0] missing 0 unknown 0 open 0 again 0"},
		say: func(t *talk) {
			hmi := t.dialFrom("10.0.0.9", craft.MidStream())
			t.c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP))
			t.dial()
			t.login()
			t.c(t.pub(1, 1, "a", "1")).s(t.ack(mqtt.PUBACK, 1))
			t.on(hmi).s(t.pub(1, 1, "a", "1")).c(t.ack(mqtt.PUBACK, 1))
		},
	},
	{
		name:   "overlapping subscriptions",
		client: "sent 1 acked 1 completed 1",
		server: "sent 2 acked 2 completed 2",
		pairs:  []string{"plc7>hmi expected 1 delivered [0 1 0] missing 0 unknown 0 open 0 again 1"},
		say: func(t *talk) {
			hmi := t.dialFrom("10.0.0.9")
			t.login(called("hmi")).subscribe(1, 1, "#").subscribe(2, 1, "a")
			t.dial()
			t.login()
			t.c(t.pub(1, 1, "a", "1")).s(t.ack(mqtt.PUBACK, 1))
			t.on(hmi).s(t.pub(1, 1, "a", "1")).s(t.pub(1, 2, "a", "1")).c(t.ack(mqtt.PUBACK, 1)).c(t.ack(mqtt.PUBACK, 2))
		},
	},
	{
		name:   "unsubscribed, shared and retained",
		client: "sent 2 acked 2 completed 2",
		server: "sent 1 acked 1 completed 1",
		say: func(t *talk) {
			hmi := t.dialFrom("10.0.0.9")
			t.login(called("hmi")).subscribe(1, 1, "a").subscribe(2, 1, "$share/g/b")
			t.c(t.ack(mqtt.UNSUBSCRIBE, 3, func(p *mqtt.Packet) { p.Filters = []mqtt.Filter{{Filter: []byte("a")}} })).s(t.ack(mqtt.UNSUBACK, 3, func(p *mqtt.Packet) { p.Codes = []byte{0} }))
			t.dial()
			t.login()
			t.c(t.pub(1, 1, "a", "1")).s(t.ack(mqtt.PUBACK, 1)).c(t.pub(1, 2, "b", "1")).s(t.ack(mqtt.PUBACK, 2))
			t.on(hmi).s(t.pub(1, 1, "a", "1", retained)).c(t.ack(mqtt.PUBACK, 1))
		},
	},
	{
		name:   "aliases stand for topics",
		in:     v5only,
		client: "sent 2 acked 2 completed 2",
		server: "sent 2 acked 2 completed 2",
		pairs:  []string{"plc7>hmi expected 2 delivered [0 2 0] missing 0 unknown 0 open 0 again 0"},
		say: func(t *talk) {
			alias := props(mqtt.Property{ID: mqtt.TopicAlias, Num: 1})
			hmi := t.dialFrom("10.0.0.9")
			t.login(called("hmi")).subscribe(1, 1, "plc/7/+")
			t.dial()
			t.login()
			t.c(t.pub(1, 1, "plc/7/a", "1", alias)).s(t.ack(mqtt.PUBACK, 1)).c(t.pub(1, 2, "", "2", alias)).s(t.ack(mqtt.PUBACK, 2))
			t.on(hmi).s(t.pub(1, 1, "plc/7/a", "1")).s(t.pub(1, 2, "plc/7/a", "2")).c(t.ack(mqtt.PUBACK, 1)).c(t.ack(mqtt.PUBACK, 2))
		},
	},
	{
		name:     "requests and replies by pattern",
		patterns: []string{"plc/+/req=>plc/+/rsp"},
		replies: []string{
			`mes requester "plc/+/req=>plc/+/rsp" requests 4 answered 1 late 1 unanswered 1 unknown 0 open 1`,
			`plc7 responder "plc/+/req=>plc/+/rsp" requests 1 answered 1 late 0 unanswered 0 unknown 0 open 0`,
		},
		incidents: []string{"unanswered mes plc/8/req ", "late reply mes plc/7/req "},
		say: func(t *talk) {
			plc := t.dial()
			t.login()
			mes := t.dialFrom("10.0.0.9")
			t.login(called("mes"))
			t.c(t.pub(0, 0, "plc/8/req", "never"))
			t.c(t.pub(0, 0, "plc/7/req", "x"))
			t.on(plc).s(t.pub(0, 0, "plc/7/req", "x")).c(t.pub(0, 0, "plc/7/rsp", "y"))
			t.on(mes).s(t.pub(0, 0, "plc/9/rsp", "not asked for")).s(t.pub(0, 0, "plc/7/rsp", "y"))
			t.c(t.pub(0, 0, "plc/7/req", "x")).after(20 * time.Second).s(t.pub(0, 0, "plc/7/rsp", "y"))
			t.after(2 * time.Minute).c(t.pub(0, 0, "plc/7/req", "last"))
		},
	},
	{
		name: "response topic and correlation data",
		in:   v5only,
		replies: []string{
			`mes requester "" requests 2 answered 1 late 0 unanswered 1 unknown 0 open 0`,
		},
		incidents: []string{"unanswered mes do "},
		say: func(t *talk) {
			ask := func(n string) change {
				return props(mqtt.Property{ID: mqtt.ResponseTopic, Data: []byte("mes/in")}, mqtt.Property{ID: mqtt.CorrelationData, Data: []byte(n)})
			}
			t.dialFrom("10.0.0.9")
			t.login(called("mes"))
			t.c(t.pub(0, 0, "do", "1", ask("1"))).c(t.pub(0, 0, "do", "2", ask("2")))
			t.s(t.pub(0, 0, "mes/in", "done", props(mqtt.Property{ID: mqtt.CorrelationData, Data: []byte("2")})))
			t.s(t.pub(0, 0, "mes/in", "whose?", props(mqtt.Property{ID: mqtt.CorrelationData, Data: []byte("3")})))
			t.after(2 * time.Minute).c(t.packet(mqtt.PINGREQ)).bye()
		},
	},
}

func allConversations() []conversation {
	return append(conversations[:len(conversations):len(conversations)], legs...)
}

func (c *conversation) versions() []mqtt.Version {
	if c.in != nil {
		return c.in
	}
	return all
}

func (c *conversation) options(t *testing.T) (o Options) {
	for _, s := range c.patterns {
		p, err := ParsePattern(s)
		if err != nil {
			t.Fatal(err)
		}
		o.Patterns = append(o.Patterns, p)
	}
	return o
}

func TestParsePattern(t *testing.T) {
	for _, c := range []struct{ pattern, topic, reply string }{
		{"plc/+/req=>plc/+/rsp", "plc/7/req", "plc/7/rsp"},
		{"plc/+/+/req → answers/+/+", "plc/a/b/req", "answers/a/b"},
		{"req/#=>rsp/#", "req/a/b", "rsp/a/b"},
		{"+/cmd/#=>+/ack/#", "x/cmd/1/2", "x/ack/1/2"},
		{"+/req=>all", "x/req", "all"},
		{"a/req=>a/rsp", "a/req", "a/rsp"},
		{"+/+=>log/+", "/b", "log/"},
	} {
		p, err := ParsePattern(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		if got := string(p.answer(nil, []byte(c.topic))); got != c.reply {
			t.Errorf("%s: %s is answered by %s, want %s", c.pattern, c.topic, got, c.reply)
		}
	}
	for _, bad := range []string{"", "a", "a=>", "=>b", "a=>a", "a=>+", "a/+=>b/#", "a/#/b=>c", "a+=>b"} {
		if _, err := ParsePattern(bad); err == nil || !strings.Contains(err.Error(), "reply pattern") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
