package sessions_test

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
	return uitest.Open(t, uitest.Options{File: file, Width: width, Height: height, View: pane.Sessions})
}

func TestScreens(t *testing.T) {
	for _, x := range []struct {
		name, file    string
		width, height int
		keys          []string
	}{
		{"faulty-wide", "mqtt31-plc-faulty.pcap", 160, 48, []string{"i", "right"}},
		{"faulty-narrow", "mqtt31-plc-faulty.pcap", 80, 24, nil},
		{"plant-wide", "mixed-plant.pcapng.zst", 160, 48, []string{"s", "r", "space"}},
		{"plant-narrow-details", "mixed-plant.pcapng.zst", 80, 24, []string{"down", "i"}},
		{"s7-narrow", "s7-poll.pcapng", 80, 24, []string{"i", "right"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			open(t, x.file, x.width, x.height).Press(x.keys...).Golden(x.name)
		})
	}
}

// row is the line of the screen that shows a text, or -1.
func row(x *uitest.Terminal, text string) int {
	for i, l := range strings.Split(x.Screen(), "\n") {
		if strings.Contains(l, text) {
			return i
		}
	}
	return -1
}

func TestSort(t *testing.T) {
	x := open(t, "mixed-plant.pcapng.zst", 160, 48)
	if row(x, "cell1") > row(x, "cell2") {
		t.Fatal("sessions do not begin in the order of their first messages")
	}
	x.Press("down", "s", "s") // cell2 is selected; by identifier
	x.Has("by client id/tsap", "Client id/TSAP ▲")
	x.Press("r").Has("Client id/TSAP ▼", "the greatest first")
	if row(x, "cell1") < row(x, "cell2") {
		t.Error("the list does not turn round")
	}
	x.Press("i").Has("192.168.10.17:2000") // cell2 is selected still
}

func TestNarrow(t *testing.T) {
	x := open(t, "mixed-plant.pcapng.zst", 160, 48)
	x.Press("\\", "CELL", "enter").Has("3 of 4 sessions", "cell1", "cell3").HasNot("rack 0 slot 2")
	x.Press("\\", "ctrl-u", "fd00", "enter").Has("1 of 4 sessions", "cell3").HasNot("cell1")
	x.Press("\\", "ctrl-u", "nobody", "enter").Has("0 of 4 sessions")
	x.Press("enter", "space", "k", "i", "right") // nothing is selected
	x.Press("\\", "ctrl-u", "enter").Has("4 sessions")
}

func TestChoose(t *testing.T) {
	x := open(t, "mixed-plant.pcapng.zst", 160, 48)
	x.Press("space", "space").Has("▶ 2 chosen")
	x.Press("enter").Has("2 sessions", "cell1", "cell2").HasNot("cell3")
	x.Press("esc").Has("▶ 2 chosen")
	x.Press("a").Has("▶ 4 chosen")
	x.Press("u").HasNot("chosen")
	x.Press("home", "enter").Has("cell1").HasNot("sessions", "cell2")
}

// TestPackets goes to the packets of a session with several connections.
func TestPackets(t *testing.T) {
	x := open(t, "mqtt31-plc-faulty.pcap", 160, 48)
	x.Press("k").Has("tcp.stream in {0..4, 6..")
	x.Press("2", "right", "down", "k").Has("tcp.stream == 0")
}

func TestSearch(t *testing.T) {
	x := open(t, "mqtt31-plc-faulty.pcap", 160, 48)
	x.Press("i", "/", "oven", "enter").Has("192.168.10.23:")
	x.Press("/", "ctrl-u", "nobody", "enter").Has("not found")
}

// TestPrivate hides addresses, in the details, too.
func TestPrivate(t *testing.T) {
	for _, file := range []string{"mqtt31-plc-faulty.pcap", "mixed-plant.pcapng.zst", "s7-poll.pcapng"} {
		x := open(t, file, 160, 48).Press("i", "right", "P")
		x.HasNot("192.168.", "fd00:").Has("host-1")
		for range 3 {
			x.Press("down").HasNot("192.168.", "fd00:")
		}
	}
}

// TestHostile shows a client identifier that wants to be obeyed.
func TestHostile(t *testing.T) {
	id := "\x1b[31m[red]日本\u202e\xff"
	p := mqtt.Packet{Type: mqtt.CONNECT, Version: mqtt.V311, Connect: mqtt.Connect{
		ProtocolName: []byte("MQTT"), Level: 4, Flags: 2, ClientID: []byte(id), KeepAlive: 60}}
	b, err := p.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "hostile.pcap")
	frames := craft.Connection("10.0.0.5:2000", "10.0.0.1:1883").Client(b).Server([]byte{0x20, 2, 0, 0}).Frames()
	if err := craft.WriteFile(file, frames); err != nil {
		t.Fatal(err)
	}
	x := open(t, file, 160, 48).Press("i")
	x.Has(`\x1b[31m[red]日本\u202e\xff`)
	x.Press("\\", "[red]", "enter").Has("1 of 1 session")
}

// many is a capture of many clients that connect and publish once.
func many(t testing.TB, n int) string {
	c := craft.New()
	for i := range n {
		client := craft.Host(fmt.Sprintf("10.%d.%d.%d:2000", 1+i/62500, i/250%250, 1+i%250))
		p := mqtt.Packet{Type: mqtt.CONNECT, Version: mqtt.V311, Connect: mqtt.Connect{
			ProtocolName: []byte("MQTT"), Level: 4, Flags: 2, ClientID: fmt.Appendf(nil, "plc-%05d", i), KeepAlive: 60}}
		b, err := p.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		c.Connect(client, craft.Host("10.250.0.1:1883")).Client(b).Server([]byte{0x20, 2, 0, 0}).Client([]byte("\x30\x05\x00\x01a21"))
	}
	file := filepath.Join(t.TempDir(), "many.pcap")
	if err := c.WriteFile(file); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestManySessions holds the list of 10,000 sessions to what fingers feel.
func TestManySessions(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	x := open(t, many(t, 10_000), 160, 48)
	x.Has("10000 sessions")
	for _, keys := range [][]string{{"G"}, {"home"}, {"s"}, {"s"}, {"s"}, {"r"}, {"pgdn"}, {"right"}, {"left"}} {
		begin := time.Now()
		x.App.Do(func() {}) // what it takes to draw
		idle := time.Since(begin)
		begin = time.Now()
		x.Press(keys...)
		t.Logf("%v: %v, of which drawing %v", keys, time.Since(begin), idle)
	}
	x.Press("\\", "plc-09999", "enter").Has("1 of 10000 sessions")
}
