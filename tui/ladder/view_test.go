package ladder_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plcscope/internal/uitest"
	"plcscope/mqtt"
	"plcscope/pcaps/craft"
	"plcscope/tui/pane"
)

func open(t testing.TB, file string, width, height int) *uitest.Terminal {
	t.Helper()
	return uitest.Open(t, uitest.Options{File: file, Width: width, Height: height, View: pane.Ladder})
}

func TestScreens(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	for _, x := range []struct {
		name, file    string
		width, height int
		keys          []string
	}{
		{"faulty-wide", "mqtt31-plc-faulty.pcap", 160, 48, []string{"e"}},
		{"faulty-narrow", "mqtt31-plc-faulty.pcap", 80, 24, []string{"e", "e"}},
		{"faulty-message", "mqtt31-plc-faulty.pcap", 160, 48, []string{"e", "e", "enter"}},
		{"plant-all", "mixed-plant.pcapng.zst", 160, 48, []string{"2", "a", "enter", "down", "down", "down", "down"}},
		{"plant-all-beside", "mixed-plant.pcapng.zst", 160, 48, []string{"2", "a", "enter", "w"}},
		{"plant-all-narrow", "mixed-plant.pcapng.zst", 80, 24, []string{"2", "a", "enter", "right"}},
		{"s7-narrow", "s7-poll.pcapng", 80, 24, []string{"G"}},
		{"s7-message", "s7-poll.pcapng", 80, 24, []string{"down", "down", "down", "down", "enter"}},
		{"s7-compare", "s7-poll.pcapng", 160, 48, []string{"down", "down", "down", "down", "down", "down", "down", "down", "c", "down", "down", "c"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			open(t, x.file, x.width, x.height).Press(x.keys...).Golden(x.name)
		})
	}
}

// line is the line of the screen that shows a text, or "".
func line(x *uitest.Terminal, text string) string {
	for l := range strings.Lines(x.Screen()) {
		if strings.Contains(l, text) {
			return l
		}
	}
	return ""
}

// frame is what the line below the diagram says of the selected message.
func frame(x *uitest.Terminal) string {
	for l := range strings.Lines(x.Screen()) {
		if s, ok := strings.CutPrefix(l, "frame "); ok {
			n, _, _ := strings.Cut(s, ",")
			return n
		}
	}
	return ""
}

func TestExchange(t *testing.T) {
	x := open(t, "mqtt31-plc-healthy.pcap", 160, 48)
	x.Press("/", "PUBREC", "enter")
	if !strings.Contains(line(x, "PUBREC #"), "┃") {
		t.Errorf("the selected message is not marked:\n%s", x.Screen())
	}
	middle := frame(x)
	x.Press("x")
	release := frame(x)
	x.Press("x")
	complete := frame(x)
	x.Press("x").Has("no further message")
	x.Press("X", "X", "X")
	publish := frame(x)
	x.Press("X").Has("no message before it")
	if publish == "" || publish == middle || middle == release || release == complete || complete == publish {
		t.Errorf("exchange is %s, %s, %s, %s", publish, middle, release, complete)
	}
}

func TestBreaksAndFindings(t *testing.T) {
	x := open(t, "mqtt31-plc-faulty.pcap", 160, 48)
	x.Press("b").Has("closed by server without DISCONNECT")
	x.Press("b", "b").Has("refused by the broker: Not authorized\n")
	x.Press("B")
	x.Press("home", "e", "e", "E").Has("mqtt-packet-length-consistent  ")
	x.Press("E").Has("no finding before")
}

// TestFilter thins the ladder out, and brings all back with the selected row in its place.
func TestFilter(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	x := open(t, "mqtt31-plc-healthy.pcap", 160, 48)
	x.Press("/", "SUBSCRIBE", "enter")
	at := frame(x)
	x.Press("f", "mqtt.msgtype == 8", "enter")
	x.Has("SUBSCRIBE #").HasNot("SUBACK", "CONNECT 3.1", "connected")
	if frame(x) != at {
		t.Errorf("frame %s is selected, not %s", frame(x), at)
	}
	x.Press("F").Has("SUBACK", "PINGREQ")
	if frame(x) != at {
		t.Errorf("frame %s is selected, not %s", frame(x), at)
	}
	x.Press("f", "tcp.port == 9", "enter").Has("hides all messages")
	for _, k := range []string{"enter", "enter", "c", "x", "e", "b", "k"} { // nothing is selected
		x.Press(k)
	}
}

// TestOnly looks at one session of several.
func TestOnly(t *testing.T) {
	x := open(t, "mixed-plant.pcapng.zst", 160, 48)
	x.Press("2", "a", "enter").Has("4 sessions")
	x.Press("/", "Setup", "enter", "o").HasNot("sessions", "cell1").Has("rack 0 slot 2")
	at := frame(x)
	x.Press("o").Has("4 sessions", "cell1")
	if frame(x) != at {
		t.Errorf("frame %s is selected, not %s", frame(x), at)
	}
}

// TestPlace goes to a message in another view and comes back.
func TestPlace(t *testing.T) {
	x := open(t, "mqtt31-plc-faulty.pcap", 160, 48)
	x.Press("/", "SUBACK", "enter")
	at := frame(x)
	x.Press("k").HasNot("Latency")
	x.Press("esc").Has("Latency")
	if frame(x) != at || at == "" {
		t.Errorf("frame %s is selected, not %s", frame(x), at)
	}
	x.Press("2", "end", "enter").Has("oven3").HasNot("press7")
}

func TestSearch(t *testing.T) {
	x := open(t, "mqtt31-plc-faulty.pcap", 160, 48)
	x.Press("/", "stroke", "enter")
	first := frame(x)
	x.Press("n")
	second := frame(x)
	x.Press("N")
	if first == "" || first == second || frame(x) != first {
		t.Errorf("found in frames %s and %s, and back in %s", first, second, frame(x))
	}
	x.Press("/", "ctrl-u", "nowhere at all", "enter").Has("not found")
}

// packets crafts a connection of an MQTT client with packets of its own.
func packets(t *testing.T, list ...mqtt.Packet) string {
	t.Helper()
	c := craft.Connection("10.11.12.13:2000", "10.11.12.14:1883")
	connect := mqtt.Packet{Type: mqtt.CONNECT, Version: mqtt.V311, Connect: mqtt.Connect{
		ProtocolName: []byte("MQTT"), Level: 4, Flags: 2, ClientID: []byte("plc"), KeepAlive: 60}}
	connect.Connect.SetUserName([]byte("operator7"))
	for i, p := range append([]mqtt.Packet{connect}, list...) {
		b, err := p.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		if c = c.Client(b); i == 0 {
			c = c.Server([]byte{0x20, 2, 0, 0})
		}
		c = c.After(time.Millisecond)
	}
	file := filepath.Join(t.TempDir(), "crafted.pcap")
	if err := craft.WriteFile(file, c.Frames()); err != nil {
		t.Fatal(err)
	}
	return file
}

func publish(topic, payload string) mqtt.Packet {
	return mqtt.Packet{Type: mqtt.PUBLISH, Version: mqtt.V311, Topic: []byte(topic), Payload: []byte(payload)}
}

const hostile = "\x1b[2J[red]日本\u202e\xff%s"

// TestHostile shows a topic and payloads that want to be obeyed, on arrows, in the
// fields and side by side.
func TestHostile(t *testing.T) {
	file := packets(t, publish(hostile, hostile), publish("wide", "日本日本日本日本日本 [red]x"))
	for _, width := range []int{160, 80} {
		x := open(t, file, width, 24)
		x.Has(`\x1b[2J[red]日本\u202e\xff%s`, "日本日本日本日本日本 [red]x")
		x.Press("G", "enter", "c", "up", "c").Has("[red]", "≠").HasNot("\u202e", "\x1b")
	}
}

// TestWideCharacters cuts captions that end in the middle of a wide character.
func TestWideCharacters(t *testing.T) {
	file := packets(t, publish(strings.Repeat("温", 60), "x"), publish("a"+strings.Repeat("温", 60), "x"))
	x := open(t, file, 80, 24)
	for width := 79; width > 20; width-- {
		x.Resize(width, 24)
		var ends []int
		for l := range strings.Lines(x.Screen()) {
			if strings.Contains(l, "温") && strings.Contains(l, "▶") {
				ends = append(ends, len([]rune(l))+strings.Count(l, "温"))
			}
		}
		for _, n := range ends {
			if n != ends[0] {
				t.Fatalf("%d columns: arrows do not end below each other:\n%s", width, x.Screen())
			}
		}
	}
}

// TestPrivate shows neither addresses nor payloads nor users anywhere.
func TestPrivate(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	x := open(t, packets(t, publish("plant/a", "secret-4711"), publish("plant/a", "secret-4712")), 160, 48)
	x.Has("secret-4711", "operator7")
	x.Press("P", "enter")
	hidden := []string{"secret", "operator7", "10.11.12", "7365637265742d", "73 65 63 72"}
	for range 6 {
		x.Press("down").HasNot(hidden...)
	}
	x.Press("c", "up", "c").Has("≠", "hidden").HasNot(hidden...)
	for _, file := range []string{"mqtt31-plc-faulty.pcap", "mixed-plant.pcapng.zst", "s7-poll.pcapng"} {
		x := open(t, file, 160, 48).Press("P", "enter", "e")
		for range 10 {
			x.HasNot("192.168.", "fd00:").Press("pgdn")
		}
	}
}

// TestNoData holds S7 values back in privacy mode.
func TestNoData(t *testing.T) {
	x := open(t, "s7-poll.pcapng", 160, 48)
	x.Has("DB10.DBD0 REAL = 42")
	x.Press("P", "enter", "down", "down", "down", "down", "down", "down", "down", "down").HasNot("= 42", "42 8f", "428f")
}

// TestMouse selects with a click.
func TestMouse(t *testing.T) {
	x := open(t, "mqtt31-plc-healthy.pcap", 80, 24)
	before := frame(x)
	x.Click(30, 8)
	if frame(x) == before {
		t.Error("a click selects nothing")
	}
}

// TestManyEndpoints scrolls columns that do not fit.
func TestManyEndpoints(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	c := craft.New()
	for i := range 30 {
		c.Connect(craft.Host(fmt.Sprintf("10.0.1.%d:2000", i+1)), craft.Host("10.0.0.1:1883")).
			Client([]byte("\x10\x0f\x00\x04MQTT\x04\x02\x00\x3c\x00\x03p" + fmt.Sprintf("%02d", i))).Server([]byte{0x20, 2, 0, 0})
	}
	file := filepath.Join(t.TempDir(), "many.pcap")
	if err := c.WriteFile(file); err != nil {
		t.Fatal(err)
	}
	x := open(t, file, 80, 24).Press("2", "a", "enter")
	x.Has("30 sessions", "p00", "›", "broker").HasNot("p29 ")
	for range 40 {
		x.Press("right")
	}
	x.Has("‹", "broker", "p29")
	for range 40 {
		x.Press("left")
	}
	x.Has("p00").HasNot("‹  ")
	x.Resize(160, 48).Golden("many").Press("w").Has("broker", "p05")
}
