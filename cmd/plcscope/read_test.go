package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"plcscope/flows"
	"plcscope/flows/frames"
	"plcscope/mqtt"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
)

func publish(t *testing.T, topic, payload string) []byte {
	t.Helper()
	b, err := (&mqtt.Packet{Type: mqtt.PUBLISH, Version: mqtt.V311, Topic: []byte(topic), Payload: []byte(payload)}).Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func connect(t *testing.T, v mqtt.Version) []byte {
	t.Helper()
	b, err := (&mqtt.Packet{Type: mqtt.CONNECT, Version: v, Connect: mqtt.Connect{Flags: 2, ClientID: []byte("plc")}}).Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// written is a conversation of one client as a file.
func written(t *testing.T, messages ...[]byte) string {
	t.Helper()
	c := craft.Connection("10.0.0.5:2000", "10.0.0.1:1883")
	for _, m := range messages {
		c.After(time.Millisecond).Client(m)
	}
	return file(t, c.FIN(craft.ByClient).Frames())
}

func file(t *testing.T, frames []pcaps.Frame) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "crafted.pcap")
	if err := craft.WriteFile(name, frames); err != nil {
		t.Fatal(err)
	}
	return name
}

// hostile are values that a terminal, a table or a parser could stumble over.
var hostile = []string{
	"a,b\"c'd", "tab\there", "esc\x1b[31m\x7f", "back\\slash", "nl\r\nx", "bidi\u202ex", "c1\u0085x", "line\u2028x", "ä 漢 \u3000",
}

func TestFieldsOfHostileText(t *testing.T) {
	messages := [][]byte{connect(t, mqtt.V311)}
	for _, s := range hostile {
		messages = append(messages, craft.Coalesce(publish(t, s, "x"), publish(t, "second", "")))
	}
	name := written(t, messages...)
	for _, tt := range []struct {
		name string
		args []string
		want []string
	}{
		{"as tshark prints it", nil, []string{
			`a,b"c'd,second`, `tab\there,second`, `esc\x1b[31m\x7f,second`, `back\slash,second`, `nl\r\nx,second`,
			`bidi\u202ex,second`, `c1\u0085x,second`, `line\u2028x,second`, "ä 漢 \u3000,second",
		}},
		{"double quotes", []string{"-E", "quote=d"}, []string{`"a,b""c'd,second"`, `"tab\there,second"`}},
		{"single quotes", []string{"-E", "quote=s"}, []string{`'a,b"c''d,second'`}},
		{"first", []string{"-E", "occurrence=f"}, []string{`a,b"c'd`, `tab\there`}},
		{"last", []string{"-E", "occurrence=l"}, []string{`second`, `second`}},
		{"aggregator", []string{"-E", "aggregator=/s"}, []string{`a,b"c'd second`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out := output1(t, append([]string{"read", name, "-T", "fields", "-e", "mqtt.topic"}, tt.args...)...)
			lines := strings.Split(string(out), "\n")
			for i, want := range tt.want {
				if got := lines[i+1]; got != want { // the CONNECT has the first line
					t.Errorf("row %d is %s, want %s", i, got, want)
				}
			}
		})
	}
}

// Nothing that a terminal would act on comes out, whatever the format, and the
// JSON is JSON.
func TestOutputIsHarmless(t *testing.T) {
	messages := [][]byte{connect(t, mqtt.V311)}
	for _, s := range append(hostile, "\xff\xfe", "\x00", "]0;title\a") {
		messages = append(messages, publish(t, s, s))
	}
	name := written(t, messages...)
	for _, args := range [][]string{
		{"-T", "text"}, {"-T", "json"}, {"-T", "jsonl"},
		{"-T", "fields", "-e", "mqtt.topic", "-e", "mqtt.msg", "-e", "_ws.col.Info"},
	} {
		t.Run(args[1], func(t *testing.T) {
			out := output1(t, append([]string{"read", name}, args...)...)
			for _, r := range string(out) {
				if r != '\n' && r != '\t' && r != '\u3000' && !unicode.IsPrint(r) {
					t.Errorf("%q in the output", r)
				}
			}
			switch args[1] {
			case "json":
				if !json.Valid(out) {
					t.Error("not JSON")
				}
			case "jsonl":
				for line := range strings.Lines(string(out)) {
					if !json.Valid([]byte(line)) {
						t.Errorf("not JSON: %s", line)
					}
				}
			}
		})
	}
}

// The text survives JSON, but for what is no text.
func TestJSONKeepsText(t *testing.T) {
	for _, s := range hostile {
		var got string
		if err := json.Unmarshal(appendJSONString(nil, []byte(s)), &got); err != nil || got != s {
			t.Errorf("%q comes back as %q, %v", s, got, err)
		}
	}
}

// A field that occurs several times is an array; headings are left out.
func TestJSONFields(t *testing.T) {
	subscribe, err := (&mqtt.Packet{Type: mqtt.SUBSCRIBE, Version: mqtt.V5, Flags: 2, ID: 1, HasID: true,
		Filters: []mqtt.Filter{{Filter: []byte("a"), Options: 1}, {Filter: []byte("b"), Options: 2}}}).Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	out := output1(t, "read", "-T", "jsonl", written(t, connect(t, mqtt.V5), subscribe))
	line := strings.Split(string(out), "\n")[1]
	var m struct{ Fields map[string]any }
	if err := json.Unmarshal([]byte(line), &m); err != nil {
		t.Fatal(err)
	}
	topics, _ := m.Fields["mqtt.topic"].([]any)
	if len(topics) != 2 || topics[0] != "a" || topics[1] != "b" || m.Fields["mqtt.msgid"] != 1.0 || m.Fields["mqtt.hdrflags"] != "0x82" {
		t.Errorf("fields are %v", m.Fields)
	}
	if i, j := strings.Index(line, `"mqtt.msgid"`), strings.Index(line, `"mqtt.topic"`); i < 0 || i > j {
		t.Error("the fields are not in wire order")
	}
}

// A message of very many fields comes out in the same shape.
func TestJSONOfManyFields(t *testing.T) {
	p := mqtt.Packet{Type: mqtt.SUBSCRIBE, Version: mqtt.V311, Flags: 2, ID: 1, HasID: true}
	for range 20_000 {
		p.Filters = append(p.Filters, mqtt.Filter{Filter: []byte("a")})
	}
	b, err := p.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	out := output1(t, "read", "-T", "jsonl", written(t, connect(t, mqtt.V311), b))
	var m struct {
		Fields struct {
			ID     int      `json:"mqtt.msgid"`
			Topics []string `json:"mqtt.topic"`
			QoS    []int    `json:"mqtt.sub.qos"`
		}
	}
	if err := json.Unmarshal(bytes.Split(out, []byte("\n"))[1], &m); err != nil {
		t.Fatal(err)
	}
	if m.Fields.ID != 1 || len(m.Fields.Topics) != 20_000 || len(m.Fields.QoS) != 20_000 {
		t.Errorf("%d topics, %d QoS", len(m.Fields.Topics), len(m.Fields.QoS))
	}
}

// Gaps, and messages that only a part was captured of, are told.
func TestReadTellsGaps(t *testing.T) {
	c := craft.Connection("10.0.0.5:2000", "10.0.0.1:1883").Client(connect(t, mqtt.V311))
	p := publish(t, "a", strings.Repeat("x", 100))
	c.Client(p[:50]).ClientUnseen(p[50:70]).Client(p[70:], publish(t, "b", "y"))
	name := file(t, c.FIN(craft.ByClient).Frames())
	text := string(output1(t, "read", name))
	for _, want := range []string{
		"20 bytes are missing: not in the capture --",
		`PUBLISH q0 "a" 45 bytes`, "[its last 55 bytes are lost or too many to keep]",
		`PUBLISH q0 "b" 1 byte y`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	lines := string(output1(t, "read", "-T", "jsonl", name))
	for _, want := range []string{`"kind":"gap"`, `"gap":{"bytes":20,"reason":"lost","framed":true}`, `"missing":55`} {
		if !strings.Contains(lines, want) {
			t.Errorf("%s is not in\n%s", want, lines)
		}
	}
}

// A topic alias shows the topic that it stands for.
func TestReadResolvesAliases(t *testing.T) {
	alias := func(topic string) []byte {
		b, err := (&mqtt.Packet{Type: mqtt.PUBLISH, Version: mqtt.V5, Topic: []byte(topic),
			Props: mqtt.NewProperties(mqtt.Property{ID: mqtt.TopicAlias, Num: 3})}).Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	name := written(t, connect(t, mqtt.V5), alias("plant/3"), alias(""))
	if got := string(output1(t, "read", "-T", "fields", "-e", "mqtt.topic", name)); got != "\nplant/3\nplant/3\n" {
		t.Errorf("topics are %q", got)
	}
	if got := string(output1(t, "read", name)); strings.Count(got, `"plant/3" alias 3`) != 2 {
		t.Errorf("text is\n%s", got)
	}
}

func TestAppendFrames(t *testing.T) {
	many := make([]uint64, 30)
	for i := range many {
		many[i] = uint64(2*i + 1)
	}
	for _, tt := range []struct {
		frames []uint64
		want   string
	}{
		{[]uint64{4, 5, 6}, "4-6"},
		{[]uint64{4, 6}, "4 6"},
		{[]uint64{1, 3, 4, 9}, "1 3-4 9"},
		{many, "1 3 5 7 9 11 13 15 … 59"},
	} {
		if got := string(appendFrames(nil, tt.frames)); got != tt.want {
			t.Errorf("%v is %q, want %q", tt.frames, got, tt.want)
		}
	}
}

func TestTimes(t *testing.T) {
	for _, tt := range []struct {
		ns   int64
		want string
	}{{0, "0.000000"}, {1_500, "0.000001"}, {-2_000_001_000, "-2.000001"}, {1e18, "1000000000.000000"}} {
		if got := string(appendSeconds(nil, tt.ns)); got != tt.want {
			t.Errorf("%d ns is %s, want %s", tt.ns, got, tt.want)
		}
	}
	for _, tt := range []struct {
		ns   int64
		want string
	}{{250, "250ns"}, {12_345, "12.35µs"}, {1_984_000, "1.98ms"}, {426_123_456, "426ms"}, {12_012_345_678, "12.01s"}, {0, "0s"}} {
		if got := short(tt.ns); got != tt.want {
			t.Errorf("%d ns is %s, want %s", tt.ns, got, tt.want)
		}
	}
}

// keeper keeps copies of nothing and shows each message to a printer many times.
type keeper struct {
	flows.Ignore
	t *testing.T
	p printer
	s readState
	n int
}

func (k *keeper) Message(m *flows.Message) {
	k.n++
	sieve := frames.New(frames.Options{More: k.p.fields()})
	frame := pcaps.Frame{Number: m.Frame, Time: m.Time, Link: pcaps.LinkType(m.Segment.Link), Length: uint32(len(m.Segment.Raw)), Data: m.Segment.Raw}
	print := func() {
		sieve.Begin(&frame, m.Segment)
		k.p.message(m, &k.s, sieve.Message(m))
		k.p.frameDone()
	}
	print() // buffers grow once
	if n := testing.AllocsPerRun(10, print); n != 0 {
		k.t.Errorf("message %d costs %v allocations", m.Number, n)
	}
}

// Printing costs no allocation a message.
func TestPrintingAllocatesNothing(t *testing.T) {
	for _, format := range []string{"text", "fields", "jsonl"} {
		t.Run(format, func(t *testing.T) {
			var names []string
			if format == "fields" {
				names = []string{"frame.number", "frame.time_relative", "tcp.stream", "mqtt.topic", "mqtt.msg", "s7comm.param.item.address"}
			}
			p, err := newPrinter(format, names, nil, false, newOutput(io.Discard), &readOptions{})
			if err != nil {
				t.Fatal(err)
			}
			k := &keeper{t: t, p: p}
			cfg := flows.Config{}
			cfg.Tracker.Trees = p.trees()
			c := craft.Connection("10.0.0.5:2000", "10.0.0.1:1883").Client(connect(t, mqtt.V311), publish(t, "plant/3", `{"t":1}`), publish(t, "plant/ä", "\x00\x01"))
			if _, err := flows.Analyse(t.Context(), c.Capture(), cfg, k); err != nil {
				t.Fatal(err)
			}
			if k.n != 3 {
				t.Errorf("%d messages", k.n)
			}
		})
	}
}

// With an own writer that fails, reading ends with its error.
func TestReadReportsWriteErrors(t *testing.T) {
	root := newRoot()
	root.SetArgs([]string{"read", written(t, connect(t, mqtt.V311))})
	root.SetOut(broken{})
	if err := root.Execute(); !errors.Is(err, errBroken) {
		t.Errorf("error is %v", err)
	}
}

type broken struct{}

var errBroken = errors.New("the disk is full")

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func BenchmarkReadFields(b *testing.B) {
	var frames []pcaps.Frame
	c := craft.Connection("10.0.0.5:2000", "10.0.0.1:1883")
	p := (&mqtt.Packet{Type: mqtt.PUBLISH, Version: mqtt.V311, Topic: []byte("plant/3/telemetry"), Payload: bytes.Repeat([]byte("x"), 64)})
	wire, _ := p.Append(nil)
	const n = 10_000
	for range n {
		c.Client(wire)
	}
	frames = c.Frames()
	name := filepath.Join(b.TempDir(), "bench.pcap")
	if err := craft.WriteFile(name, frames); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		root := newRoot()
		root.SetArgs([]string{"read", "-T", "fields", "-e", "frame.number", "-e", "mqtt.topic", "-e", "mqtt.msg", name})
		root.SetOut(io.Discard)
		if err := root.Execute(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/message")
}
