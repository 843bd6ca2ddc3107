package tui_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"plcscope/flows"
	"plcscope/internal/uitest"
	"plcscope/pcaps"
	"plcscope/pcaps/samples"
	"plcscope/report"
	"plcscope/rules"
	"plcscope/rules/mqttrules"
	"plcscope/tui"
	"plcscope/tui/pane"
)

func TestCommands(t *testing.T) {
	x := open(t, uitest.Options{Width: 120, Height: 30})
	for _, c := range []struct{ typed, has string }{
		{"view find", "Findings"},
		{"pack", "is no command; near it:"},
		{"view nothing", `there is no view "nothing"`},
		{"filter mqtt.qos > 0", "Filter:  mqtt.qos > 0 "},
		{"filter mqtt.qos >", "column"},
		{"filter", "Filter: none"},
		{"goto 0", "there is no frame 0; the last one is 383"},
		{"goto x", `"x" is no number of a frame`},
		{"goto 9999999999", "is no number"},
		{"time epoch", ""},
		{"time never", `time format "never" is not known`},
		{"theme light", ""},
		{"theme pink", `theme "pink" is not known; dark, light, mono are`},
		{"theme mono", ""},
		{"privacy maybe", "privacy wants on or off"},
		{"privacy on", "private"},
		{"privacy off", "are shown"},
		{"reference 20", "relative times count from frame 20"},
		{"quit!", "quit! is no command; quit is"},
		{"ma", "ma may be mark or marks"},
		{"copy filter", "there is no filter"},
		{"copy nothing", "copy wants"},
		{"search /(/", "missing closing"},
	} {
		x.Press(":").Paste(c.typed)
		if !strings.Contains(x.Screen(), c.has) {
			t.Errorf(":%s does not show %q:\n%s", c.typed, c.has, x.Screen())
		}
	}
	x.Press(":", "up").Has(":search /(/").Press("esc")
	x.Press(":", "cop").Has("frame|filter|screen").Press("tab").Has(":copy").Press("fi", "tab").Has(":copy filter", "\n").Press("esc")
	x.Press(":", "filter mqtt.topic_").Has("mqtt.topic_len").Press("tab").Has(":filter mqtt.topic_len").Press("esc")
	x.Press(":").Paste("quit")
	if !x.Left() {
		t.Error(":quit does not leave")
	}
}

func TestMarks(t *testing.T) {
	x := open(t, uitest.Options{View: pane.Packets, Width: 120, Height: 30})
	x.Press(":").Paste("marks").Has("no frame is marked")
	x.Press(":").Paste("20").Press(":").Paste("mark the [red]first\u202e").Has("frame 20 is marked")
	x.Press(":", "7", "enter", "m").Has("frame 7 is marked")
	x.Press("M", "M").Press("M")
	x.Press(":").Paste("marks").Has("Marks", "the [red]first", "20", "7")
	x.Press("down", "enter")
	if n := x.Place().Frame; n != 20 {
		t.Errorf("the list leads to frame %d", n)
	}
	x.Press(":", "marks", "enter", "d").HasNot("  7  ").Press("esc")
	x.Press(":").Paste("unmark 20").Press(":").Paste("unmark 20").Has("frame 20 is not marked")
	x.App.Do(func() {
		if l := x.App.Marks().All(); len(l) != 0 {
			t.Errorf("marked are %v", l)
		}
	})
}

// numbersIn are the frames of a capture, by their times.
func timesIn(t *testing.T, name string) (l []int64) {
	t.Helper()
	c, err := pcaps.Open([]string{name}, pcaps.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var b pcaps.Batch
	for c.Next(&b) == nil {
		for i := range b.Frames {
			l = append(l, b.Frames[i].Time)
		}
	}
	return l
}

// onDisk is a sample as a file.
func onDisk(t *testing.T, name string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, samples.Bytes(name), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestFramesAreWritten(t *testing.T) {
	in := onDisk(t, faulty)
	dir := filepath.Dir(in)
	x := open(t, uitest.Options{File: in, Width: 140, Height: 30, ChangeApp: func(o *tui.Options) { o.Inputs = []string{in} }})
	all := timesIn(t, in)
	out := filepath.Join(dir, "out.pcapng")
	x.Press(":").Paste("write " + out).Has("383 frames are in")
	if got := timesIn(t, out); !slices.Equal(got, all) {
		t.Errorf("%d frames were written", len(got))
	}
	x.Press("f", "mqtt.msgtype == PUBLISH", "enter", ":").Paste("write " + out).Has("exists; with ! behind the command it is replaced")
	x.Press(":").Paste("write! " + out).Has("frames are in")
	_, publishes := passed(x)
	var want []int64
	for _, n := range publishes {
		want = append(want, all[n-1])
	}
	if got := timesIn(t, out); !slices.Equal(got, want) {
		t.Errorf("%d frames were written, want %d", len(got), len(want))
	}
	x.Press(":").Paste("write! " + in).Has("is read from")
	if err := os.Symlink(in, filepath.Join(dir, "link")); err == nil {
		x.Press(":").Paste("write! " + filepath.Join(dir, "link")).Has("is read from")
	}
	x.Press(":").Paste("write " + filepath.Join(dir, "no", "such", "place")).Has("was not written")
	x.Press(":").Paste("write " + dir).Has("is a folder")
	x.Press(":").Paste("write").Has("name the file to write")
	packed := filepath.Join(dir, "out.pcapng.zst")
	x.Press(":").Paste("write " + packed).Has("frames are in")
	if got := timesIn(t, packed); !slices.Equal(got, want) {
		t.Errorf("%d frames were packed", len(got))
	}
	x.App.Do(func() { x.App.Chosen().Set(1) })
	some := filepath.Join(dir, "session.pcapng")
	x.Press(":").Paste("write-sessions " + some).Has("frames are in")
	var frames []uint32
	ix := x.App.Scope().Index
	for _, c := range ix.ConnsOf(1, nil) {
		frames = ix.FramesOf(c, frames, 0)
	}
	if got := timesIn(t, some); len(got) != len(frames) || len(got) == 0 || len(got) == len(all) {
		t.Errorf("%d frames of a session were written, want %d", len(got), len(frames))
	}
	x.Press("P", ":").Paste("write " + filepath.Join(dir, "private.pcapng")).Has("in privacy mode no file is written")
	x.Press("P", ":").Type("write "+dir+"/o").Has("out.pcapng", "out.pcapng.zst").Press("tab").Has("/out.pcapng\n").Press("esc")
	left, _ := filepath.Glob(filepath.Join(dir, ".*"))
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestVerdictsAreExported(t *testing.T) {
	dir := t.TempDir()
	x := open(t, uitest.Options{Width: 140, Height: 30, ChangeApp: func(o *tui.Options) {
		o.Report = func(totals flows.Totals, complete bool) *report.Report {
			return &report.Report{Tool: "plcscope", Totals: totals, Interrupted: !complete, FailOn: rules.Error, Book: rules.NewBook(mqttrules.Catalogue(), rules.Limits{})}
		}
	}})
	for ending, has := range map[string]string{".json": `"schema`, ".html": "<html", ".md": "#", ".xml": "<testsuites", ".sarif": `"runs"`, ".txt": "383"} {
		name := filepath.Join(dir, "report"+ending)
		x.Press(":").Paste("export " + name).Has("the verdicts are in")
		if b, err := os.ReadFile(name); err != nil || !strings.Contains(string(b), has) {
			t.Errorf("%s: %v\n%.300s", ending, err, b)
		}
	}
	x.Press(":").Paste("export " + filepath.Join(dir, "report.doc")).Has("names no format; .json, .html")
	x.Press(":").Paste("export " + filepath.Join(dir, "report.md")).Has("exists")
	y := open(t, uitest.Options{Width: 140, Height: 30})
	y.Press(":").Paste("export x.md").Has("nobody has judged this capture")
}
