package delivery_test

import (
	"testing"

	"plcscope/internal/uitest"
	"plcscope/tui/pane"
)

func open(t *testing.T, file string, width, height int) *uitest.Terminal {
	return uitest.Open(t, uitest.Options{File: file, Width: width, Height: height, View: pane.Delivery})
}

const faulty = "mqtt31-plc-faulty.pcap"

func TestScreens(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	for _, x := range []struct {
		name, file    string
		width, height int
		keys          []string
	}{
		{"faulty-wide", faulty, 160, 48, []string{"down", "down"}},
		{"faulty-narrow", faulty, 80, 24, []string{"i", "tab", "down"}},
		{"faulty-latency", faulty, 80, 24, []string{"h"}},
		{"mixed-wide", "mixed-plant.pcapng.zst", 160, 48, nil},
		{"mixed-narrow", "mixed-plant.pcapng.zst", 80, 24, []string{"e"}},
		{"s7-narrow", "s7-poll.pcapng", 80, 24, nil},
		{"plant-wide", "", 160, 48, []string{"i", "tab"}},
		{"plant-pairs", "", 160, 48, []string{"e", "tab"}},
		{"plant-replies", "", 80, 24, []string{"y", "tab"}},
		{"plant-outage", "", 80, 24, []string{"o", "tab", "z"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			if x.file == "" {
				x.file = plant(t)
			}
			open(t, x.file, x.width, x.height).Press(x.keys...).Golden(x.name)
		})
	}
}

func TestOutageLeadsToItsCloseAndReturn(t *testing.T) {
	x := open(t, plant(t), 160, 48)
	x.Press("tab", "enter").Has("reset by client without DISCONNECT")
	if f := x.Place().Frame; f == 0 {
		t.Error("the ladder has no frame selected")
	}
	x.Press("esc").Has("✖ Outage of plc7", "tab ledger") // keys go to the list again
	x.Press("b").Has("CONNECT")
	if at := x.Press("esc").Place().Frame; at != x.Press("m").Place().Frame || at == 0 {
		t.Errorf("frame %d is selected behind esc", at)
	}
	x.Has("●")
}

func TestIncidentLeadsToItsMessage(t *testing.T) {
	x := open(t, plant(t), 240, 48)
	x.Press("i", "tab", "down")
	told(x, `! Refused: plc7 sent "plc/7/refused" with QoS 1, packet identifier 20, in frame 111`, "It was refused", "Not authorized (0x87)")
	place := x.Place()
	if place.Frame == 0 || place.Message == 0 {
		t.Errorf("the refused message is at %+v", place)
	}
	x.Press("k")
	if got := x.Place(); got.Frame != place.Frame {
		t.Errorf("frame %d is shown, want %d", got.Frame, place.Frame)
	}
	x.Press("esc").Has("! Refused: plc7").Press("enter").Has("plc/7/refused").Press("esc").Has("tab ledger")
	x.Press("z").HasNot("Σ all").Has("Not authorized").Press("k", "esc").Has("! Refused: plc7", "Σ all")
}

func TestPairShowsBothSessions(t *testing.T) {
	x := open(t, plant(t), 160, 48).Press("e", "tab", "enter")
	x.Has("2 sessions", "plc7", "hmi")
}

func TestEveryKindOfIncidentIsTold(t *testing.T) {
	x := open(t, plant(t), 240, 48).Press("i", "tab")
	x.Has("missing", "refused", "delivered twice", "lost", "late reply", "unanswered")
	for _, texts := range [][]string{
		{"✖ Missing at subscriber: plc7", "did not send it to hmi, which had subscribed to it and was connected."},
		{"! Refused: plc7"},
		{"! Delivered twice: plc7", "2 times, the last time in frame 119", "The broker has acknowledged it more than once"},
		{"✖ Lost: plc7", "It was never acknowledged; the connection ended, the client came back", "it was lost in the receiver, not on the way"},
		{"! Late reply: mes", "which came late: after 20.0 s"},
		{"! Unanswered: mes", "which did not come in time."},
		{`! Refused: [red]\x1b[2J漢字\u202e\xff[::b] sent "plc/`, "Topic Name invalid (0x90)"},
	} {
		told(x, texts...)
		x.Press("down")
	}
}

// told reads the explanation of what is selected where it has the whole screen.
func told(x *uitest.Terminal, texts ...string) {
	x.Press("z").Has(texts...).HasNot("Σ all").Press("z")
}

func TestListIsOfTheSelectedRow(t *testing.T) {
	x := open(t, plant(t), 160, 48).Press("i")
	x.Has("of all sessions", "mes  ", "plc/7/refused")
	x.Press("down", "down").Has("of plc7", "▸i incidents 4", "plc/7/refused").HasNot("mes  ")
	x.Press("a").Has("of all sessions", "mes  ", "▸i incidents 7")
	x.Press("a", "end").Has("of hmi", "▸i incidents 0", "Nothing happened to its messages.")
}

func TestSortKeepsTheSelectedRow(t *testing.T) {
	x := open(t, plant(t), 240, 48).Press("down", "down", "down") // the hostile one
	x.Has(`[red]\x1b[2J漢字\u202e\xff[::b], sent by the client`)
	for range orders {
		x.Press("s").Has(`[red]\x1b[2J漢字\u202e\xff[::b], sent by the client`)
	}
	x.Press("r").Has("the other way round", `[red]\x1b[2J漢字\u202e\xff[::b], sent by the client`)
	x.Press("S", "2").Has("sort:client")
	x.Press("\\", "HMI", "enter").Has("✓ hmi").HasNot("plc7 ")
	x.Press("\\", "ctrl-u", "nobody", "enter").Has("Σ all").HasNot("✓ hmi")
}

// orders is how many ways of sorting there are.
const orders = 6

func TestSearch(t *testing.T) {
	x := open(t, plant(t), 160, 48).Press("/", "hmi", "enter").Has("hmi, sent by the broker")
	x.Press("home", "i", "tab", "/", "ctrl-u", "shift", "enter").Has("! Delivered twice: plc7")
}

func TestNextFindingLeavesTheView(t *testing.T) {
	x := open(t, faulty, 160, 48)
	seen := map[uint32]bool{}
	for range 12 {
		x.Press("!")
		seen[x.Place().Frame] = true
	}
	if len(seen) < 10 {
		t.Errorf("! shows %d places only: %v", len(seen), seen)
	}
}

func TestPrivacy(t *testing.T) {
	x := open(t, plant(t), 160, 48).Press("P")
	for _, part := range []string{"o", "i", "e", "y"} {
		x.Press(part).HasNot("10.0.0.").Press("tab").HasNot("10.0.0.").Press("tab")
	}
	x.Press("down", "down", "down").HasNot("10.0.0.").Has("host-")
}

func TestNarrowAndWideAndBack(t *testing.T) {
	x := open(t, plant(t), 80, 24).Press("h").Has("Acknowledged after", "▸h latency")
	x.Press("tab").Resize(160, 48).Has("▸o outages 1", "Acknowledged after").HasNot("h latency")
	x.Press("tab", "tab").Has("✖ Outage of plc7").Resize(80, 24).Has("▸h latency")
	x.Press("o").Has("✖ Outage of plc7").HasNot("Acknowledged after")
	x.Press("z").Resize(160, 48).Has("✖ Outage of plc7").HasNot("Σ all").Press("esc").Has("Σ all")
	x.Resize(60, 15).Has("lost")
}

func TestClickOnAPart(t *testing.T) {
	x := open(t, faulty, 80, 24)
	x.Click(18, 8).Has("▸i incidents 3").Click(64, 8).Has("▸h latency", "Acknowledged after").Click(4, 8).Has("▸o outages 12")
}

func TestNothingIsSelected(t *testing.T) {
	x := open(t, "s7-poll.pcapng", 80, 24)
	x.Has("No MQTT session was seen.")
	x.Press("enter", "k", "b", "tab", "enter", "k", "b", "z", "c", "s", "r", "a", "h", "z", "esc", "m", "down", "/", "x", "enter")
	x.Press("e").Has("No message was seen on its way").Press("y").Has("--reply").Press("i").Has("No message is known to be lost")
}
