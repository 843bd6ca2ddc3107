//go:build unix

package main

import (
	"bytes"
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
			dir := t.TempDir()
			w := startLive(t, dir, nil, "-r", "-", "--profile", "none", "--output", "json=report.json", "-w", "kept.pcapng")
			w.feed(c.feed)
			switch {
			case c.exit == exitFindings:
				w.await("finding")
			case c.feed != nil:
				w.await("start")
			default:
				time.Sleep(500 * time.Millisecond) // it says nothing before its first byte
			}
			w.signal(c.signal)
			if code := w.end(c.signal); code != c.exit {
				t.Errorf("it ends with %d, want %d\n%s", code, c.exit, w.stderr())
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
