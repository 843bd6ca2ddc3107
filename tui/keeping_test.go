package tui_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"plcscope/internal/uitest"
	"plcscope/tui"
	"plcscope/tui/keep"
	"plcscope/tui/pane"
)

func TestWhatWasSetComesBack(t *testing.T) {
	k := tui.Keeping{Store: keep.Store{Dir: t.TempDir()}, Key: "capture"}
	kept := func(o *tui.Options) { o.Keep = k }
	x := open(t, uitest.Options{View: pane.Packets, ChangeApp: kept})
	x.Press("f", "mqtt", "enter")
	_, l := passed(x)
	n := l[4]
	x.Press(":").Paste(fmt.Sprint(n)).Press(":").Paste("mark here").Press(":").Paste("time utc").Press(":").Paste("theme light")
	x.Press("T", "P", "P")
	x.App.Do(func() { x.App.Chosen().Set(2, 1) })
	x.Press("/").Paste("plant").Press(":").Paste(fmt.Sprint(n)).Press("q")
	if !x.Left() {
		t.Fatal("the interface goes on")
	}

	y := open(t, uitest.Options{ChangeApp: func(o *tui.Options) { o.Keep, o.Theme, o.View = k, nil, "" }})
	y.Has("Filter:  mqtt ")
	y.App.Do(func() {
		f, _ := y.App.Scope().Index.Frame(n)
		switch {
		case y.App.Place().Frame != n:
			t.Errorf("the frame is %d", y.App.Place().Frame)
		case !slices.Equal(y.App.Marks().All(), []uint32{n}) || y.App.Marks().Note[n] != "here":
			t.Errorf("marks are %v", y.App.Marks())
		case y.App.Words().Clock != pane.UTC, y.App.Words().Reference != f.Time, y.App.Words().Private:
			t.Errorf("words are %+v", y.App.Words())
		case y.App.Look().Theme.Name != "light":
			t.Errorf("the theme is %s", y.App.Look().Theme.Name)
		case !slices.Equal(y.App.Chosen().All(), []uint32{1, 2}):
			t.Errorf("chosen are %v", y.App.Chosen().All())
		}
	})
	y.Press("f", "ctrl-u", "up").Has("✓ mqtt").Press("esc", ":", "up").Has(fmt.Sprint(":", n))
	y.Press("esc", "q")

	// What is asked for now goes before what was kept.
	z := open(t, uitest.Options{Filter: "tcp", View: pane.Findings, ChangeApp: func(o *tui.Options) {
		o.Keep, o.Given = k, tui.Given{Filter: true, View: true, Clock: true, Theme: true}
	}})
	z.Has("Filter:  tcp ")
	z.App.Do(func() {
		if z.App.Words().Clock != pane.Relative || z.App.Look().Theme.Name != "mono" {
			t.Errorf("%v, %s", z.App.Words().Clock, z.App.Look().Theme.Name)
		}
	})
}

func TestDamagedStateIsTold(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"common.json", "capture.json"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	x := open(t, uitest.Options{Width: 200, Height: 30, ChangeApp: func(o *tui.Options) { o.Keep = tui.Keeping{Store: keep.Store{Dir: dir}, Key: "capture"} }})
	x.Has("is damaged and not used")
}

// TestOddStateDoesNoHarm: the file was written by somebody.
func TestOddStateDoesNoHarm(t *testing.T) {
	s := keep.Store{Dir: t.TempDir()}
	if err := s.SetCapture("capture", &keep.Capture{
		View: "None", Frame: 1 << 31, Filter: "nothing ==", Clock: "x", Reference: -1, Marks: []uint32{9, 0, 9, 1 << 31}, Sessions: []uint32{0, 1 << 31},
		Views: map[string]map[string]string{"Packets": {"columns": "\x1b[31m", "": ""}, "Ladder": {"x": "y"}},
	}); err != nil {
		t.Fatal(err)
	}
	x := open(t, uitest.Options{ChangeApp: func(o *tui.Options) { o.Keep = tui.Keeping{Store: s, Key: "capture"} }})
	x.Has("Filter: none")
	for _, view := range "12345678" {
		x.Press(string(view))
	}
	x.Press("M", "M", ":").Paste("marks").Has("Marks")
}

func TestPrivacyKeepsNoHistory(t *testing.T) {
	k := tui.Keeping{Store: keep.Store{Dir: t.TempDir()}}
	x := open(t, uitest.Options{ChangeApp: func(o *tui.Options) { o.Keep = k }})
	x.Press("P", "f", "ip.addr == 10.1.2.3", "enter", "q")
	if !x.Left() {
		t.Fatal("the interface goes on")
	}
	if c, err := k.Store.Common(); err != nil || len(c.Filters) > 0 {
		t.Error(c, err)
	}
}

func TestPrivacyHidesWhatWasTyped(t *testing.T) {
	x := open(t, uitest.Options{Width: 120, Height: 30})
	x.Press("f").Paste("ip.addr == 192.168.10.17 and mqtt.topic != \"secret\"").Press("f", "ctrl-u").Paste("ip.addr == 192.168.10.23")
	x.Press("f", "ctrl-u").Paste("tcp.port == 1883").Press("f", "up", "up", "enter").Has("192.168.10.17")
	x.Press("P").Has("Filter:  ip.addr == host-").HasNot("192.168.", "secret")
	x.Press("f", "up").Has("✓ tcp.port == 1883").Press("up", "up").HasNot("192.168.").Press("esc")
	x.Press("P").Has("192.168.10.17")
}
