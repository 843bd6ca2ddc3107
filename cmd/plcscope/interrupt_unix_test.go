//go:build unix

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plcscope/pcaps/samples"
)

// TestInterrupt: who waits for a pipe, before its first byte or in the middle of a
// capture, ends with 130 when interrupted or asked to end, reports what was seen until
// then, and leaves nothing else behind.
func TestInterrupt(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := t.TempDir() + "/plcscope" // TestMain runs the command of that name
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		begin  []byte
		signal os.Signal
		says   string
		files  []string
	}{
		{"nothing", nil, os.Interrupt, "", nil},
		{"nothing, asked to end", nil, syscall.SIGTERM, "", nil},
		{"some", samples.Bytes("mqtt31-plc-healthy.pcap"), os.Interrupt, "INTERRUPTED  no finding", []string{"r.json"}},
		{"some, asked to end", samples.Bytes("mqtt31-plc-faulty.pcap"), syscall.SIGTERM, "FAIL  findings", []string{"r.json"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var x stopped
			for wait := 200 * time.Millisecond; wait < 10*time.Second; wait *= 4 { // a busy machine starts it late
				x = interrupted(t, program, c.begin, c.signal, wait)
				if x.code == exitStopped && strings.Contains(x.out, c.says) {
					break
				}
			}
			if x.code != exitStopped || !strings.Contains(x.out, c.says) || c.says == "" && x.out != "" {
				t.Errorf("it ends with %d, want %d, and says %q:\n%s", x.code, exitStopped, c.says, x.out)
			}
			if d := cmp.Diff(c.files, x.files); d != "" {
				t.Error(d)
			}
		})
	}
}

// stopped is how a run has ended.
type stopped struct {
	code  int // -1 when the signal has killed it
	out   string
	files []string // in the folder of its report
}

// interrupted runs a check that reads begin from a pipe and gets a signal after a
// while.
func interrupted(t *testing.T, program string, begin []byte, signal os.Signal, after time.Duration) (x stopped) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	dir := t.TempDir()
	var out bytes.Buffer
	cmd := exec.Command(program, "check", "--profile", "none", "--output", "json="+dir+"/r.json", "-")
	cmd.Stdin, cmd.Stdout = r, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r.Close()
	if _, err := w.Write(begin); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	if err := cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	dead := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Signal(syscall.SIGKILL) })
	defer dead.Stop()
	var exit *exec.ExitError
	if err := cmd.Wait(); errors.As(err, &exit) {
		x.code = exit.ExitCode()
	}
	x.out = out.String()
	l, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range l {
		x.files = append(x.files, e.Name())
	}
	return x
}
