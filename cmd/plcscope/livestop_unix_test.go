//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"plcscope/pcaps/samples"
)

// TestLiveStops asks a live analysis that reads a pipe to end, as timeout does, which sends
// its signal twice at once: the report is written, whatever has come until then.
func TestLiveStops(t *testing.T) {
	capture := samples.Bytes(faulty)
	for _, c := range []struct {
		name   string
		feed   []byte
		signal os.Signal
		says   string
		exit   int
	}{
		{"nothing came", nil, syscall.SIGTERM, `"frames": 0`, exitClean},
		{"only a header came", capture[:24], os.Interrupt, `"frames": 0`, exitClean},
		{"in the middle", capture[:20_000], syscall.SIGTERM, `"verdict": "fail"`, exitFindings},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var dir string
			var w *watching
			code := -1
			for wait := 300 * time.Millisecond; code == -1 && wait < 10*time.Second; wait *= 4 { // a busy machine starts it late
				dir = t.TempDir()
				w = startLive(t, dir, nil, "-r", "-", "--profile", "none", "--output", "json=report.json", "-w", "kept.pcapng")
				w.feed(c.feed)
				switch {
				case c.exit == exitFindings:
					w.await("finding")
				case c.feed != nil:
					w.await("start")
				default:
					time.Sleep(wait) // it says nothing before its first byte
				}
				w.signal(c.signal)
				if code = w.end(c.signal); c.feed != nil {
					break
				}
			}
			if code != c.exit {
				t.Fatalf("it ends with %d, want %d\n%s", code, c.exit, w.stderr())
			}
			w.await("end", `"interrupted"`)
			if b, err := os.ReadFile(filepath.Join(dir, "report.json")); err != nil || !bytes.Contains(b, []byte(c.says)) {
				t.Errorf("the report does not say %s: %v\n%s", c.says, err, b)
			}
			if !strings.Contains(w.out.String(), "rules exercised") {
				t.Errorf("no report on standard output: %q", w.out.String())
			}
			if _, err := os.Stat(filepath.Join(dir, "kept.pcapng")); err != nil {
				t.Errorf("the file of frames is not complete: %v", err)
			}
		})
	}
}

// TestLiveStuckReader lets nobody read standard output, which a report fills: signals are
// heard all the same, and reports that go to files are written.
func TestLiveStuckReader(t *testing.T) {
	dir := t.TempDir()
	stuck, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stuck.Close()
	w := newLiveCommand(t, dir, nil, "-r", "-", "--profile", "none", "--format", "json", "--output", "json=report.json", "--report-every", "1s", "--stats-every", "1s")
	w.cmd.Stdout = out
	w.begin()
	out.Close()
	w.feed(samples.Bytes(faulty))
	w.await("notice", "still being written")
	w.await("finding")
	report := filepath.Join(dir, "report.json")
	if err := os.Remove(report); err != nil {
		t.Error(err)
	}
	w.signal(syscall.SIGTERM)
	for range 500 { // it waits for standard output, with everything else done
		if _, err = os.Stat(report); err == nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if b, err := os.ReadFile(report); err != nil || !bytes.Contains(b, []byte(`"verdict": "fail"`)) {
		t.Errorf("no report at the end: %v", err)
	}
	time.Sleep(sameSignal + 200*time.Millisecond)
	if code := w.end(syscall.SIGTERM); code != -1 {
		t.Errorf("the second signal does not end it at once: %d", code)
	}
}

// TestLiveTime plays a capture in its own time: it has not come to its end when it is asked to.
func TestLiveTime(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, faulty), samples.Bytes(faulty), 0o666); err != nil {
		t.Fatal(err)
	}
	w := startLive(t, dir, nil, "-r", faulty, "--speed", "1", "--profile", "none", "-a", "duration:1.5") // it lasts for minutes
	if code := w.end(nil); code != exitFindings && code != exitClean {
		t.Errorf("it ends with %d\n%s", code, w.stderr())
	}
	total := w.await("end", "its time is over")["total"].(map[string]any)
	if n := total["frames"].(float64); n < 1 || n > 100 {
		t.Errorf("%v frames within a second", n)
	}
}

// TestLivePipe writes several reports to a named pipe, which one reader reads to its end.
func TestLivePipe(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(name, 0o666); err != nil {
		t.Fatal(err)
	}
	opened := make(chan *os.File, 1)
	go func() {
		r, _ := os.Open(name) // which waits for who writes
		opened <- r
	}()
	w := startLive(t, dir, nil, "-r", "-", "--profile", "none", "--output", "json=pipe")
	w.feed(samples.Bytes(faulty))
	first := json.NewDecoder(<-opened)
	report := func(d *json.Decoder) {
		t.Helper()
		var r struct{ Subjects []any }
		if err := d.Decode(&r); err != nil || len(r.Subjects) == 0 {
			t.Errorf("no report: %v", err)
		}
	}
	w.await("finding")
	for n := range 2 {
		w.signal(syscall.SIGUSR1)
		report(first)
		w.awaitN("report", n+1) // and it is over
	}
	w.in.Close()
	report(first)
	if code := w.end(nil); code != exitFindings {
		t.Errorf("it ends with %d\n%s", code, w.stderr())
	}
}

// TestReportPipe writes to a named pipe whose reader goes, and to the one that comes then.
func TestReportPipe(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o666); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	f, err := newReportFile("text", name, nil)
	if err != nil {
		t.Fatal(err)
	}
	write := func() error {
		return f.write(func(w io.Writer) error { _, err := io.WriteString(w, "report\n"); return err })
	}
	has := func(want string) {
		t.Helper()
		b := make([]byte, 100)
		if n, err := reader.Read(b); string(b[:max(n, 0)]) != want {
			t.Errorf("%q, want %q, %v", b[:max(n, 0)], want, err)
		}
	}
	if err := errors.Join(write(), write()); err != nil {
		t.Error(err)
	}
	has("report\nreport\n")
	reader.Close()
	if err := write(); err == nil || !strings.Contains(err.Error(), "nobody reads it") {
		t.Errorf("without a reader: %v", err)
	}
	if reader, err = os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0); err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := write(); err != nil {
		t.Error(err)
	}
	has("report\n")
}
