package tui_test

import (
	"slices"
	"strings"
	"testing"

	"plcscope/flows"
	"plcscope/flows/frames"
	"plcscope/flows/index"
	"plcscope/internal/uitest"
	"plcscope/internal/wire"
	"plcscope/rules"
	"plcscope/rules/mqttrules"
	"plcscope/tui"
	"plcscope/tui/pane"
)

const faulty = "mqtt31-plc-faulty.pcap"

// ruled lets filters name the rules.
func ruled(o *tui.Options) { o.Rules = mqttrules.Catalogue() }

func open(t *testing.T, o uitest.Options) *uitest.Terminal {
	t.Helper()
	if o.File == "" {
		o.File = faulty
	}
	if o.ChangeApp == nil {
		o.ChangeApp = ruled
	}
	return uitest.Open(t, o)
}

// passed are the frames that pass the filter in force.
func passed(x *uitest.Terminal) (text string, l []uint32) {
	x.App.Do(func() {
		var s *index.Selection
		if text, s = x.App.Filter(); s != nil {
			for i := range s.Len() {
				l = append(l, s.At(i))
			}
		}
	})
	return text, l
}

func TestAFilterIsTyped(t *testing.T) {
	x := open(t, uitest.Options{Width: 120, Height: 30})
	x.Press("f", "mqtt.topik == 1")
	x.Has(" Filter ✖ mqtt.topik", "^^^^^^^^^^ column 1: there is no field mqtt.topik; near it: mqtt.topic")
	x.Press("enter").Has("column 1: there is no field") // it is not accepted
	if text, l := passed(x); text != "" || l != nil {
		t.Errorf("a wrong filter is in force: %s, %d frames", text, len(l))
	}
	x.Press("ctrl-u", "mqtt.msgtype == pub").Has("PUBLISH", "PUBREC")
	x.Press("tab", "enter").Has("Filter:  mqtt.msgtype == PUBLISH ", "of 383 frames")
	_, publishes := passed(x)
	if len(publishes) == 0 {
		t.Fatal("nothing passes")
	}
	// What is wrong leaves in force what was.
	x.Press("f", "ctrl-u", "mqtt.msgtype ==", "enter", "esc")
	if text, l := passed(x); text != "mqtt.msgtype == PUBLISH" || !slices.Equal(l, publishes) {
		t.Errorf("in force is %s, %d frames", text, len(l))
	}
	x.Press("F").Has("Filter: none")
}

func TestFiltersAreRemembered(t *testing.T) {
	x := open(t, uitest.Options{})
	for _, s := range []string{"mqtt", "tcp.port == 1883", "mqtt.qos > 0", "mqtt"} {
		x.Press("f", "ctrl-u", s, "enter")
	}
	x.Press("F", "f", "up").Has("✓ mqtt\n").Press("up").Has("✓ mqtt.qos > 0").Press("up").Has("tcp.port == 1883")
	x.Press("up").Has("tcp.port == 1883") // there is none before
	x.Press("down", "down", "down").HasNot("Filter ✓")
	x.Press("tc", "up").Has("✓ tcp.port == 1883").Press("down").Has("✖ tc\n")
}

func TestValuesOfTheCaptureAreProposed(t *testing.T) {
	for _, c := range []struct{ file, typed, want string }{
		{faulty, "plcscope.client == ", `"press7"`},
		{faulty, "plcscope.severity == ", `"warning"`},
		{faulty, `plcscope.rule == "mqtt-con`, "mqtt-connect-once"},
		{faulty, "ip.addr == ", "192.168."},
		{faulty, "tcp.port == ", "1883"},
		{faulty, "mqtt.topic == ", `"plant/`},
		{faulty, "tcp.stream == ", " to "},
	} {
		x := open(t, uitest.Options{File: c.file, Width: 120, Height: 30})
		x.Press("f", c.typed)
		if !strings.Contains(x.Screen(), c.want) {
			t.Errorf("%s does not propose %s:\n%s", c.typed, c.want, x.Screen())
		}
	}
}

func TestPrivacyProposesNoAddress(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	x := open(t, uitest.Options{Width: 120, Height: 30})
	x.Press("P", "f", "ip.addr == ").HasNot("192.168.")
	x.Press("ctrl-u", "tcp.stream == ").HasNot("192.168.")
	x.Press("ctrl-u", "plcscope.session == ").HasNot("192.168.")
}

// TestFiltersOfRules: what plcscope.rule finds is what the findings say.
func TestFiltersOfRules(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	x := open(t, uitest.Options{})
	want := map[string][]uint32{}
	x.App.Do(func() {
		for _, f := range x.App.Scope().Latest().Verdicts.Findings {
			if f.Verdict == rules.Fail && f.Frame != 0 {
				id := f.Rule.ID
				want[id] = append(want[id], uint32(f.Frame))
				want[f.Severity.String()] = append(want[f.Severity.String()], uint32(f.Frame))
			}
		}
	})
	if len(want) < 4 {
		t.Fatalf("%d rules are broken", len(want))
	}
	for id, l := range want {
		slices.Sort(l)
		l = slices.Compact(l)
		filter := `plcscope.rule == "` + id + `"`
		if id == "error" || id == "warning" || id == "info" {
			filter = `plcscope.severity == "` + id + `"`
		}
		// By rows, and by an analysis, which the field of the connection's state asks for.
		for _, f := range []string{filter, filter + " and not tcp.analysis.zero_window_probe"} {
			x.App.Do(func() { x.App.SetFilter(f) })
			x.Settle()
			if _, got := passed(x); !slices.Equal(got, l) {
				t.Errorf("%s: %v, want %v", f, got, l)
			}
		}
	}
	x.Press("f", "ctrl-u", `plcscope.rule == "mqtt-conect-once"`).Has("is never", "mqtt-connect-once,")
}

// TestStreamsByRows: connections by rows are those of an analysis.
func TestStreamsByRows(t *testing.T) {
	x := open(t, uitest.Options{File: "mixed-plant.pcapng.zst"})
	for _, f := range []string{"tcp.stream == 0", "tcp.stream in {1, 3}", "tcp.stream > 1 and not mqtt", "not tcp.stream"} {
		var l [2][]uint32
		for i, more := range []string{"", " and not tcp.analysis.zero_window_probe"} {
			x.App.Do(func() { x.App.SetFilter(f + more) })
			x.Settle()
			_, l[i] = passed(x)
		}
		if !slices.Equal(l[0], l[1]) || len(l[0]) == 0 {
			t.Errorf("%s: %d frames by rows, %d by analysis", f, len(l[0]), len(l[1]))
		}
	}
}

var ours wire.Table
var colour = ours.String("plcscope.colour", "Colour")

// painter makes every message blue, until bytes are missing.
type painter struct{}

func (painter) See(v *frames.View, m *flows.Message) { v.Text(colour, []byte("blue")) }
func (painter) Gap(*flows.Gap)                       {}

func TestFiltersAskForData(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	x := open(t, uitest.Options{ChangeApp: func(o *tui.Options) {
		o.Data = tui.DataFields{Fields: ours.All(), New: func() tui.Data { return painter{} }}
	}})
	x.Press("f", `plcscope.colour == "blue"`, "enter")
	_, blue := passed(x)
	x.Press("f", "ctrl-u", "mqtt", "enter")
	if _, all := passed(x); len(blue) == 0 || !slices.Equal(blue, all) {
		t.Errorf("%d frames are blue, %d hold messages", len(blue), len(all))
	}
}

func TestAFilterToBeginWith(t *testing.T) {
	x := open(t, uitest.Options{Filter: "mqtt.msgtype == CONNECT", View: pane.Packets})
	x.Has("Filter:  mqtt.msgtype == CONNECT ")
}

func TestMouseInTheFilter(t *testing.T) {
	x := open(t, uitest.Options{Width: 100, Height: 30})
	x.Click(30, 1).Has("accept")
	x.Press("mqtt.topi").Has("mqtt.topic_len")
	row := slices.IndexFunc(strings.Split(x.Screen(), "\n"), func(s string) bool { return strings.Contains(s, "mqtt.topic_len Topic") })
	x.Click(14, row).Has("✓ mqtt.topic_len")
	x.Click(40, 20).HasNot("accept") // beside it: given up
	x.Has("Filter: none")
}

// slow takes its time with every message.
type slow struct {
	painter
	goOn chan bool
}

func (s slow) See(v *frames.View, m *flows.Message) {
	<-s.goOn
	s.painter.See(v, m)
}

func TestAFilterIsStopped(t *testing.T) {
	goOn := make(chan bool)
	x := open(t, uitest.Options{Width: 120, Height: 24, ChangeApp: func(o *tui.Options) {
		o.Data = tui.DataFields{Fields: ours.All(), New: func() tui.Data { return slow{goOn: goOn} }}
	}})
	x.App.Do(func() { x.App.SetFilter(`plcscope.colour == "blue"`) })
	x.Press("esc").Has("the filter was stopped at frame 0", "stopped: 0 of the first 0 frames")
	x.Press(":").Paste("write " + t.TempDir() + "/x.pcapng").Has("the filter was stopped before it had seen all frames")
	close(goOn)
	x.Press("f", "enter") // anew
	if _, l := passed(x); len(l) == 0 {
		t.Error("nothing passes")
	}
	x.HasNot("stopped")
}
