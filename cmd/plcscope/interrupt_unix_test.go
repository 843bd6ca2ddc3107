//go:build unix

package main

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"plcscope/pcaps/samples"
)

// TestInterrupt: who waits for a pipe, before its first byte or in the middle of a
// capture, ends with 130 when interrupted.
func TestInterrupt(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	program := dir + "/plcscope" // TestMain runs the command of that name
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	for name, begin := range map[string][]byte{"nothing": nil, "some": samples.Bytes("mqtt31-plc-healthy.pcap")} {
		t.Run(name, func(t *testing.T) {
			var code int
			for wait := 200 * time.Millisecond; wait < 10*time.Second; wait *= 4 { // a busy machine starts it late
				if code = interrupted(t, program, begin, wait); code == exitStopped {
					return
				}
			}
			t.Errorf("it ends with %d, want %d", code, exitStopped)
		})
	}
}

// interrupted is the exit code of a check that reads begin from a pipe and is
// interrupted after a while; -1 when the signal has killed it.
func interrupted(t *testing.T, program string, begin []byte, after time.Duration) int {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	cmd := exec.Command(program, "check", "--profile", "none", "-")
	cmd.Stdin = r
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r.Close()
	if _, err := w.Write(begin); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	dead := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Signal(syscall.SIGKILL) })
	defer dead.Stop()
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) {
		return 0
	}
	return exit.ExitCode()
}
