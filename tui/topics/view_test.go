package topics_test

import (
	"bytes"
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

func bytesOf(p mqtt.Packet) []byte {
	b, err := p.Append(nil)
	if err != nil {
		panic(err)
	}
	return b
}

// talk is a conversation of one client with a broker.
type talk struct {
	capture *craft.Capture
	conn    *craft.Conn
}

func dial(id string) *talk {
	c := craft.New()
	t := &talk{c, c.Connect(craft.Host("10.0.0.5:2000"), craft.Host("10.0.0.1:1883"))}
	t.conn.Client(bytesOf(mqtt.Packet{Type: mqtt.CONNECT, Version: mqtt.V311, Connect: mqtt.Connect{
		ProtocolName: []byte("MQTT"), Level: 4, Flags: 2, ClientID: []byte(id), KeepAlive: 60}}))
	t.conn.Server([]byte{0x20, 2, 0, 0})
	return t
}

func (t *talk) publish(topic, payload string) *talk {
	t.capture.After(time.Second)
	t.conn.Client(bytesOf(mqtt.Packet{Type: mqtt.PUBLISH, Version: mqtt.V311, Topic: []byte(topic), Payload: []byte(payload)}))
	return t
}

// file writes the conversation where the interface can open it.
func (t *talk) file(x testing.TB) string {
	name := filepath.Join(x.TempDir(), "talk.pcap")
	if err := t.capture.WriteFile(name); err != nil {
		x.Fatal(err)
	}
	return name
}

func TestScreens(t *testing.T) {
	for _, x := range []struct {
		name, file    string
		width, height int
		keys          []string
	}{
		{"plant-160x48", "mixed-plant.pcapng.zst", 160, 48, []string{"down", "down", "down"}},
		{"plant-80x24", "mixed-plant.pcapng.zst", 80, 24, []string{"down", "down", "down"}},
		{"faulty-160x48", "mqtt31-plc-faulty.pcap", 160, 48, []string{"down", "down"}},
		{"faulty-80x24", "mqtt31-plc-faulty.pcap", 80, 24, nil},
		{"none-80x24", "s7-poll.pcapng", 80, 24, nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			o := uitest.Options{File: x.file, Width: x.width, Height: x.height, View: pane.Topics}
			uitest.Open(t, o).Press(x.keys...).Golden(x.name)
		})
	}
}

func TestForms(t *testing.T) {
	k := dial("press7")
	k.publish("p/force", "\x41\x48\x00\x00").publish("p/name", "\x0a\x05Presse").publish("p/state", `{"run":true,"speed":[1,2]}`)
	k.publish("p/word", "\x0a\x05Press") // the lengths of an S7 STRING in front
	x := uitest.Open(t, uitest.Options{File: k.file(t), Width: 160, Height: 48, View: pane.Topics})
	x.Press("down").Has("last payload, 4 bytes, as S7 types", "REAL           12.5", "DINT           1095237632")
	x.Press("v").Has("as text").Press("v").Has("as JSON", "no JSON").Press("v").Has("as hex", "0000  41 48 00 00").Press("v").Has("as S7 types")
	x.Press("v", "down", "down").Has("as JSON", `"speed": [`)
	x.Press("down").Has("STRING         'Press'", "room for 10 characters, has 5", "STRING 'Press'")
}

func TestChanges(t *testing.T) {
	k := dial("press7")
	for _, s := range []string{`{"run":false,"speed":1}`, `{"run":true,"speed":1}`, `{"run":true,"speed":1}`} {
		k.publish("p/state", s)
	}
	x := uitest.Open(t, uitest.Options{File: k.file(t), Width: 160, Height: 48, View: pane.Topics})
	x.Has(`-   "run": false,`, `+   "run": true,`, `    "speed": 1`, "- was so at 1.")
	x.Press("v").Has(`- {"run":false,"speed":1}`, `+ {"run":true,"speed":1}`)
}

func TestKeys(t *testing.T) {
	open := func() *uitest.Terminal {
		return uitest.Open(t, uitest.Options{File: "mixed-plant.pcapng.zst", Width: 120, Height: 40, View: pane.Topics})
	}
	t.Run("fold", func(t *testing.T) {
		x := open().Press("down", "left").Has("▸ cell1/").HasNot("      cmd                run\n      cmd                run\n")
		x.Press("left").Press("left").Has("▸ plant/").HasNot("cell1/")
		x.Press("+").Has("telemetry").Press("-").HasNot("telemetry").Press("right").Has("▸ cell2/")
	})
	t.Run("sort and narrow", func(t *testing.T) {
		x := open().Press("s").Has("sorted by count", "sort:count")
		x.Press("r").Has("the other way round")
		x.Press("\\").Press("cell2").Press("enter").Has("plant/cell2/").HasNot("cell1/", "cell3/")
		x.Press("\\").Press("ctrl-u").Press("nowhere", "enter").Has(`No topic has "nowhere" in its name`)
	})
	t.Run("to the packets", func(t *testing.T) {
		x := open().Press("down", "down", "enter")
		x.Has("349").HasNot("last payload").Press("esc").Has("plant/cell1/cmd")
	})
	t.Run("to clients and messages", func(t *testing.T) {
		x := open().Press("down", "down", "tab").Press("down", "down")
		x.Press("enter").HasNot("last payload").Press("esc").Has("plant/cell1/cmd")
	})
	t.Run("search", func(t *testing.T) {
		open().Press("-").Press("/").Press("cell3/tele", "enter").Has("plant/cell3/telemetry").
			Press("n").Has("plant/cell3/telemetry")
		open().Press("/").Press("nothing", "enter").Has("was not found")
	})
	t.Run("private", func(t *testing.T) {
		open().Press("down", "down", "P").Has("‹hidden›", "bytes hidden").HasNot("192.168.", "run\n", `"line"`)
	})
	t.Run("details", func(t *testing.T) {
		open().Press("down", "down").Has("received by").Press("i").HasNot("received by")
	})
}

// hostile is text that would do harm to a terminal, and wide characters.
const hostile = "[red]\x1b[2J\x1b]52;c;x\x07\u202eabc\u202c日本語\xff\xfe[::b]\r\n\t\x00end"

func TestHostileText(t *testing.T) {
	for _, size := range [][2]int{{160, 48}, {80, 24}} {
		k := dial("press7")
		topic := strings.ReplaceAll(hostile, "/", "")
		k.publish("x/"+topic, hostile).publish("x/y", `{"a":"`+hostile+`"}`)
		x := uitest.Open(t, uitest.Options{File: k.file(t), Width: size[0], Height: size[1], View: pane.Topics})
		for range 5 {
			x.Press("v", "up").Press("down")
		}
		x.Press("down", "tab", "down")
		screen := x.Screen()
		for _, bad := range []string{"\x1b", "\u202e", "\x07", "\r"} {
			if strings.Contains(screen, bad) {
				t.Errorf("the screen has %q:\n%s", bad, screen)
			}
		}
		x.Has("[red]")
	}
}

// TestLongAndDeep: names of thousands of levels, payloads that nest or are long.
func TestLongAndDeep(t *testing.T) {
	k := dial("press7")
	k.publish(strings.Repeat("a/", 2000)+"z", "1").publish(strings.Repeat("a/", 1000)+"y", strings.Repeat("[", 20_000))
	k.publish("long", string(bytes.Repeat([]byte("0123456789"), 20_000)))
	k.publish("empty", "")
	for i := range 50 {
		k.publish(strings.Repeat("b/", i)+"c", fmt.Sprint(i))
	}
	x := uitest.Open(t, uitest.Options{File: k.file(t), View: pane.Topics})
	x.Press("+", "end", "home").Press("pgdn", "pgdn", "end")
	x.Press("\\").Press("empty", "enter").Has("(empty)")
	x.Press("\\").Press("ctrl-u").Press("long", "enter").Has("200 k bytes")
}
