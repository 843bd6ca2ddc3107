package suggest

import (
	"strings"
	"testing"

	"plcscope/decode/filter"
	"plcscope/internal/wire"
)

var fields wire.Table

var (
	_     = fields.None("mqtt", "MQ Telemetry Transport")
	topic = fields.String("mqtt.topic", "Topic")
	_     = fields.Uint("mqtt.topic_len", "Topic length", 2, wire.Dec, nil)
	_     = fields.Uint("mqtt.msgtype", "Message type", 1, wire.Dec, func(n uint64) string {
		return [...]string{"", "CONNECT", "Read Var", "PUBLISH"}[min(n, 3)%4]
	})
	_ = fields.Bool("mqtt.retain", "Retain")
	_ = fields.Uint("tcp.port", "Port", 2, wire.Dec, nil)
	_ = fields.Add(wire.Field{Name: "ip.addr", Title: "Address", Type: wire.IPv4})
)

func suggested() *Filter {
	s := New(fields.All())
	s.Values = func(f *wire.Field) []Value {
		if f == topic {
			return []Value{{"plant/1/level", "7 messages"}, {`odd"\` + "\x1b", ""}}
		}
		return nil
	}
	return s
}

func TestAt(t *testing.T) {
	for _, x := range []struct{ text, want string }{ // | is the cursor; items by their texts, … for more
		{"|", "ip.addr mqtt mqtt.msgtype …"},
		{"mqtt.t|", "mqtt.topic mqtt.topic_len"},
		{"mqtt.topic|", "mqtt.topic mqtt.topic_len"},
		{"topi|", "mqtt.topic mqtt.topic_len"},
		{"le|", "len( mqtt.topic_len"},
		{"no|", "not"},
		{"not |", "ip.addr mqtt …"},
		{"(tcp.p|", "tcp.port"},
		{"(tcp.po|)", "tcp.port"},
		{"len(mqtt.topic_|)", "mqtt.topic_len"},
		{"len(mqtt.topic) |", "== != < <= …"},
		{"mqtt.topic |", "== != contains matches in { and or xor"},
		{"mqtt.topic c|", "contains"},
		{"mqtt.retain |", "== != and or xor"},
		{"mqtt |", "and or xor contains matches"},
		{"tcp.port =|", "=="},
		{"tcp.port == |", ""},
		{"mqtt.msgtype == |", `CONNECT "Read Var" PUBLISH`},
		{"mqtt.msgtype ==|", `CONNECT "Read Var" PUBLISH`},
		{"mqtt.msgtype == pu|", "PUBLISH"},
		{`mqtt.msgtype == "r|`, `"Read Var"`},
		{"mqtt.msgtype == 3|", "PUBLISH"},
		{"mqtt.msgtype == PUBLISH |", "and or xor"},
		{"mqtt.msgtype == PUBLISH a|", "and"},
		{"mqtt.msgtype in {|", `CONNECT "Read Var" PUBLISH`},
		{"mqtt.msgtype in {PUBLISH, c|", "CONNECT"},
		{"mqtt.msgtype in {PUBLISH} |", "and or xor"},
		{"mqtt.retain == |", "1 0"},
		{`mqtt.topic == "pl|`, `"plant/1/level"`},
		{`mqtt.topic == "lev|" and mqtt`, `"plant/1/level"`},
		{`mqtt.topic == o|`, `"odd\"\\\x1b"`},
		{`mqtt.topic == "a" and mqtt.r|`, "mqtt.retain"},
		{"eth.src[0:3] |", "== != < <= …"},
		{"unknown.field == |", ""},
	} {
		before, after, _ := strings.Cut(x.text, "|")
		var got []string
		for _, i := range suggested().At(before+after, len(before)) {
			got = append(got, i.Text)
		}
		text := strings.Join(got, " ")
		if some, more := strings.CutSuffix(x.want, "…"); more && strings.HasPrefix(text, some) {
			continue
		}
		if text != x.want {
			t.Errorf("%s: %s, want %s", x.text, text, x.want)
		}
	}
}

// TestWhatIsProposedCompiles: a value that is taken makes a filter that means it.
func TestWhatIsProposedCompiles(t *testing.T) {
	s, known := suggested(), filter.NewFields(fields.All())
	for _, text := range []string{"mqtt.topic == ", "mqtt.msgtype == ", "mqtt.retain == ", "mqtt.msgtype in {"} {
		for _, i := range s.At(text, len(text)) {
			full := text[:i.From] + i.Text + text[i.To:]
			if strings.Contains(full, "{") {
				full += "}"
			}
			if _, err := filter.Compile(full, known); err != nil {
				t.Errorf("%s: %v", full, err)
			}
		}
	}
}

func FuzzAt(f *testing.F) {
	for _, s := range []string{"mqtt.topic == \"a", "(a && !b) in {1..2, r\"x\"}", "eth[0:3] & 1", "'", "..", "\xff=="} {
		f.Add(s, len(s)/2)
	}
	s := suggested()
	f.Fuzz(func(t *testing.T, text string, at int) {
		if at < 0 || at > len(text) {
			return
		}
		for _, i := range s.At(text, at) {
			if i.From < 0 || i.From > at || i.To < at || i.To > len(text) {
				t.Fatalf("%q at %d: %+v", text, at, i)
			}
		}
	})
}
