package packets_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"plcscope/internal/uitest"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/tui/pane"
)

// publish is a QoS 0 PUBLISH.
func publish(topic, payload string) []byte {
	b := append([]byte{byte(len(topic) >> 8), byte(len(topic))}, topic...)
	b = append(b, payload...)
	head := []byte{0x30}
	for n := len(b); ; {
		if head = append(head, byte(n&0x7f)); n < 0x80 {
			break
		}
		head[len(head)-1] |= 0x80
		n >>= 7
	}
	return append(head, b...)
}

func connect(id string) []byte {
	b := append([]byte("\x00\x04MQTT\x04\x02\x00\x3c"), byte(len(id)>>8), byte(len(id)))
	b = append(b, id...)
	return append([]byte{0x10, byte(len(b))}, b...)
}

func saved(t testing.TB, frames []pcaps.Frame) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "crafted.pcap")
	if err := craft.WriteFile(name, frames); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestHostileText shows what would command a terminal or its library, everywhere that the
// view shows text from the wire.
func TestHostileText(t *testing.T) {
	const evil = "\x1b[2J\x1b]0;owned\x07[red]tag[::b] \u202eesrever\u202c \u200bwide: 測試 \xff\xfe end\r\n\x9b31m"
	c := craft.Connection("10.0.0.5:2000", "10.0.0.1:1883").Client(connect("id[red]\x1b[31m")).Server([]byte{0x20, 2, 0, 0})
	for range 3 {
		c = c.After(time.Second).Client(publish("a/"+evil, evil))
	}
	x := uitest.Open(t, uitest.Options{File: saved(t, c.Frames()), Width: 160, Height: 48, View: pane.Packets})
	check := func(where string) {
		t.Helper()
		s := x.Screen()
		for _, r := range s {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Fatalf("%s: %U is on the screen:\n%s", where, r, s)
			}
		}
		if strings.Contains(s, "owned\x07") || !strings.Contains(s, "[red]") {
			t.Errorf("%s: a tag was obeyed or nothing shown:\n%s", where, s)
		}
	}
	x.Press("g", "8", "enter")
	check("list and tree")
	x.Press("tab", "e", "tab", "end")
	check("bytes")
	x.Press("s", "space")
	check("stream")
	x.Press("c")
	check("choices")
	x.Press("1").Press("esc", "tab", "tab", "down", "down", "down", "down", "C")
	check("column")
	x.Press("a")
	check("filter")
}

// TestPieces shows a message that came in several segments under bytes of its own.
func TestPieces(t *testing.T) {
	frames := craft.ResegmentEvery(16)(craft.Connection("10.0.0.5:2000", "10.0.0.1:1883").
		Client(connect("press7")).Server([]byte{0x20, 2, 0, 0}).
		After(time.Second).Client(publish("plant/press7/long", strings.Repeat("0123456789", 6))).Frames())
	x := uitest.Open(t, uitest.Options{File: saved(t, craft.Retransmit(0.3, 5)(frames)), Width: 160, Height: 48, View: pane.Packets})
	x.Press("end", "/", "plant/press7/long0", "enter").Golden("pieces")
	x.Press("b").Has("Frame (1 of 2").Press("b").Has("Message 1 (2 of 2")
}

// TestEmpty opens a capture without frames, and one that holds none of our protocols.
func TestEmpty(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	x := uitest.Open(t, uitest.Options{File: saved(t, nil), View: pane.Packets})
	x.Press("tab", "tab", "down", "left", "right", "enter", "s", "S", "a", "A", "c", "C", ".", ",", "]", "[", "e", "E", "b", "z", "z", "+", "-", "home", "end", "n", "m")
	x.Press("g", "1", "enter").Has("there is no frame 1")
	noise := craft.Noise(1, 1)(craft.Connection("10.0.0.5:2000", "10.0.0.1:80").Client([]byte("GET / HTTP/1.0\r\n\r\n")).FIN(craft.ByServer).Frames())
	x = uitest.Open(t, uitest.Options{File: saved(t, noise), Width: 160, Height: 48, View: pane.Packets})
	x.Golden("noise")
	for range 8 {
		x.Press("down", "tab", "down", "left", "right", "enter", "tab", "down", "end", "home", "tab")
	}
	x.Press("s", "esc", "S", "A")
}
