package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"plcscope/pcaps/samples"
)

// TestLiveSyslogGone gives it a system's log of its own, which takes its first lines and is
// then gone: it goes on, says so, and counts what it could not tell.
func TestLiveSyslogGone(t *testing.T) {
	needRoot(t, "mount")
	if _, err := os.Stat("/dev/log"); err == nil {
		t.Skip("there is a system's log here, which is not to be written to")
	}
	run, dir := t.TempDir(), t.TempDir()
	log, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(run, "log"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	w := newLiveCommand(t, dir, []string{"sh", "-c", `mount --bind "$0" /run && exec "$@"`, run}, "-r", "-", "--profile", "none", "--events", "syslog", "--output", "json=report.json", "--stats-every", "1s")
	w.cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	w.begin()
	capture := samples.Bytes(faulty)
	w.feed(capture[:1000])
	line := make([]byte, 4096)
	_ = log.SetReadDeadline(time.Now().Add(20 * time.Second))
	if n, err := log.Read(line); err != nil || !strings.Contains(string(line[:n]), `"event":"start"`) {
		t.Fatalf("%v: %q\n%s", err, line[:max(n, 0)], w.stderr())
	}
	log.Close()
	w.feed(capture[1000:])
	w.await("notice", "events to syslog are dropped")
	w.in.Close()
	if code := w.end(nil); code != exitFindings {
		t.Errorf("it ends with %d\n%s", code, w.stderr())
	}
	if !strings.Contains(w.stderr(), "syslog did not take ") {
		t.Errorf("what was dropped is not said\n%s", w.stderr())
	}
	if _, err := os.Stat(filepath.Join(dir, "report.json")); err != nil {
		t.Error(err)
	}
}
