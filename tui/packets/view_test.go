package packets_test

import (
	"os"
	"testing"
	"time"

	"plcscope/internal/uitest"
	"plcscope/tui/pane"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // how trees write dates
	os.Exit(m.Run())
}

const faulty = "mqtt31-plc-faulty.pcap"

func open(t *testing.T, file string, width, height int) *uitest.Terminal {
	t.Helper()
	return uitest.Open(t, uitest.Options{File: file, Width: width, Height: height, View: pane.Packets})
}

func TestScreens(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	tests := []struct {
		name, file    string
		width, height int
		keys          []string
	}{
		{"wide", faulty, 160, 48, []string{"g", "13", "enter"}},
		{"narrow", faulty, 80, 24, []string{"g", "13", "enter"}},
		{"evidence", faulty, 160, 48, []string{"g", "126", "enter", "tab"}},
		{"s7", "s7-poll.pcapng", 160, 48, []string{"g", "16", "enter"}},
		{"s7-narrow", "s7-poll.pcapng", 80, 24, []string{"g", "16", "enter", "tab", "z"}},
		{"s7-answer", "s7-poll.pcapng", 160, 48, []string{"g", "18", "enter", "tab", "down", "down", "down", "down", "right"}},
		{"stream", faulty, 160, 48, []string{"g", "126", "enter", "s", "right"}},
		{"stream-narrow", faulty, 80, 24, []string{"g", "90", "enter", "s", "space"}},
		{"private", faulty, 160, 48, []string{"g", "90", "enter", "P"}},
		{"nothing", faulty, 80, 24, []string{"f", "mqtt.kalive == 7", "enter"}},
		{"columns", "mixed-plant.pcapng.zst", 160, 48, []string{":", "columns mqtt", "enter"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			open(t, test.file, test.width, test.height).Press(test.keys...).Golden(test.name)
		})
	}
}

func TestTreeAndBytesLeadToEachOther(t *testing.T) {
	x := open(t, faulty, 160, 48).Press("g", "90", "enter")
	x.Press("tab", "down", "down", "down", "down").Has("mqtt.topic 58–77")
	x.Press("tab").Has("─▸ Frame, 118 bytes")
	x.Press("home").Has("eth.dst 0–5", "▾ Ethernet")
	x.Press("end").Has("mqtt.msg")
	x.Press("enter").Has("─▸ Fields of frame 90")
	// The field stays selected in other frames, and what is folded stays so.
	x.Press("tab", "tab", "tab", "left", "left", "E").HasNot("Remaining Length")
	x.Press("backtab", "down", "down").Has("Fields of frame 92").HasNot("Remaining Length")
	x.Press("tab", "e", "end").Has("Remaining Length")
}

func TestFilterFromField(t *testing.T) {
	x := open(t, faulty, 160, 48).Press("g", "90", "enter", "tab", "down", "down", "down", "down", "a")
	x.Has(`mqtt.topic == "plant/press7/counter"`, "Fields of frame 90").HasNot("[ACK]")
	x.Press("tab", "tab", "g", "64", "enter").Has("the filter hides frame 64")
	x.Press("F").Press("g", "13", "enter", "S").Has("tcp.stream == 1", "2001 → 1883 [SYN]")
	x.Press("tab", "A").Has("Not selected", "… and selected", "not mqtt").Press("5").Has("tcp.stream == 1 and not mqtt").HasNot("CONNACK")
	// A password is not for the filter bar.
	x.Press("F", "g", "13", "enter").Press("end", "up")
	x.Has("Password: ********").Press("a").Has("mqtt.passwd is a secret")
}

func TestGoing(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	x := open(t, faulty, 160, 48)
	x.Press("end").Has("Fields of frame 383").Press("home").Has("Fields of frame 1 ", "Frame 1: ")
	x.Press(":", "goto 126", "enter").Has("Fields of frame 126, 2 messages")
	x.Press("]").Has("Fields of frame 128").Press("[").Has("Fields of frame 126")
	x.Press(".").Has("Fields of frame 127").Press(",", ",").Has("Fields of frame 125")
	x.Press("esc", "esc").Has("Fields of frame 126")
	x.Press("g", "9999", "enter").Has("there is no frame 9999; the last is 383")
	x.Press("g", "x", "enter").Has(`"x" is not the number of a frame`)
}

func TestSearch(t *testing.T) {
	x := open(t, faulty, 160, 48)
	x.Press("/", "press 7, hall", "enter").Has("found in frame 102", "mqtt.msg", "Fields of frame 102")
	x.Press("n").Has("found in frame 104").Press("N").Has("found in frame 102").Press("N").Has("went round the end")
	x.Press("/", "ctrl-u", "/B-2[0-9]+/", "enter").Has("found in frame")
	x.Press("/", "ctrl-u", "0xc000", "enter").Has("found in frame")
	x.Press("/", "ctrl-u", "nowhere to be found", "enter").Has("was not found")
	x.Press("g", "90", "enter", "s", "/", "ctrl-u", "B-204", "enter").Has("Stream 6", "found in frame 138")
}

func TestStream(t *testing.T) {
	x := open(t, faulty, 160, 48).Press("g", "138", "enter", "s").Has("Stream 6", `client "press7"`, "49 messages")
	x.Press("space").Has(`│ {`, `"order": "B-204",`).Press("left").HasNot("│ {")
	x.Press("]").Press("enter").Has("Fields of frame 140")
	x.Press("s", "esc").Has("Fields of frame 140")
	x.Press("s", "S").Has("tcp.stream == 6", "Fields of frame 140")
	x.Press("F", "g", "1", "enter", "s").Has("Stream 0")
}

func TestColumnsOfFields(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	x := open(t, faulty, 160, 48).Press(":", "columns +mqtt.topic", "enter").Press("g", "90", "enter").Has("Topic  ", "plant/press7/counter ")
	x.Press("tab", "home", "C").Has("frame is a column now")
	x.Press(":", "columns no nonsense", "enter").Has(`"nonsense" is neither a column`)
	x.Press(":", "columns tcp", "enter").Has("Sequence Nu", "Stream")
	x.Press(":", "columns", "enter").Has("columns: no time source destination stream tcp.seq")
}

func TestZoomAndSizes(t *testing.T) {
	x := open(t, faulty, 80, 24).Press("g", "64", "enter", "tab", "z").Has("Client Identifier: press7").HasNot("No. ")
	x.Press("esc").Has("No. ").Press("tab", "z").Has("0000  02 04").HasNot("No. ").Press("z", "+", "+", "-")
	x.Resize(60, 18).Has("Fields of frame 64").Resize(200, 60).Has("Client Identifier: press7").Resize(20, 6).Resize(80, 24)
}

func TestCopy(t *testing.T) {
	x := open(t, faulty, 160, 48).Press("g", "90", "enter", "tab", "down", "down", "down", "down", "c")
	x.Has("Row as text", "Value: plant/press7/counter", `Filter: mqtt.topic == "plant/press7/counter"`, "Payload as printable text (40 bytes)")
	x.Press("3").Has("the value was handed to the clipboard")
}

func TestPrivacy(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	x := open(t, faulty, 160, 48).Press("g", "90", "enter", "P")
	x.HasNot("192.168", "strokes", "02:04:c0", "geheim", "c0 a8").Has("host-1", "40 bytes hidden", "plant/press7/counter")
	x.Press("s", "space").HasNot("192.168", "strokes")
	x.Press("esc", "tab", "home", "down", "down", "right", "down", "a").HasNot("192.168")
	for _, frame := range []string{"4", "13", "44", "64"} { // CONNECTs
		x.Press("g", frame, "enter", "tab", "tab", "tab").HasNot("192.168", "operator", "geheim")
	}
}

func TestMouse(t *testing.T) {
	x := open(t, faulty, 160, 48)
	x.Click(20, 6).Has("Fields of frame 4, 1 message")
	x.Click(20, 28).Has("─▸ Fields of frame 4").Click(103, 24).Has("─▸ Frame, 92 bytes: tcp.srcport 34–35")
	x.Press("s").Click(20, 4).Has("Stream 0")
}

func TestWhereFieldsLead(t *testing.T) {
	x := open(t, faulty, 160, 48).Press("g", "126", "enter", "tab", "home", "down", "enter")
	x.Has("5 Findings").HasNot("Fields of frame").Press("esc").Has("Fields of frame 126")
	x.Press("g", "13", "enter", "end", "enter").Has("Fields of frame 15").Press("esc").Has("Fields of frame 13")
}

func TestRestored(t *testing.T) {
	x := uitest.Open(t, uitest.Options{File: faulty, Width: 160, Height: 48, View: pane.Packets, Filter: "mqtt"})
	x.HasNot("[ACK]").Press("g", "5", "enter").Has("the filter hides frame 5", "Fields of frame 13")
	x.Press("F").Has("Fields of frame 13", "[ACK]")
	x.Press("f", "ctrl-u", "tcp.flags.reset == 1", "enter").Press("f", "ctrl-u", "mqtt.msgtype == 14", "enter").Press("F")
}
