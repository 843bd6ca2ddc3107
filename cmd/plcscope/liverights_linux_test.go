package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestLiveRights looks at what rights a live capture has while it runs, in all its threads:
// what a capture needs, and of root's what its files need; and none can be gained any more.
func TestLiveRights(t *testing.T) {
	needRoot(t)
	const nobody = 65534
	for _, c := range []struct {
		name string
		attr syscall.SysProcAttr
		args []string
		want string // capabilities, as the kernel tells them
		any  bool   // whatever the bounding set is

		waits bool // it is looked at while it reads its profile: that there are no such stamps ends it
	}{
		{name: "root", want: "000000000000200a"},
		{name: "root, hardware time", args: []string{"--hardware-time"}, want: "000000000000300a", waits: true},
		{
			name: "a user with the right to capture, and others", want: "0000000000002000", any: true,
			attr: syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}, AmbientCaps: []uintptr{unix.CAP_NET_RAW, unix.CAP_SYS_TIME}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, self := t.TempDir(), program(t)
			if c.any { // it must find the program, too
				self = copyOf(t, self, filepath.Join(dir, "plcscope"))
				if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			mine := filepath.Join(dir, "mine")
			if err := os.Mkdir(mine, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.Chown(mine, nobody, nobody); err != nil {
				t.Fatal(err)
			}
			c.attr.Cloneflags = syscall.CLONE_NEWNET
			profile := "none"
			if c.waits {
				profile = fifo(t, dir)
			}
			w := newLiveCommand(t, mine, nil, append(c.args, "--profile", profile, "-i", "lo", "-w", "ring.pcapng", "-b", "packets:1000", "--output", "json=report.json")...)
			w.cmd.Path, w.cmd.Args[0], w.cmd.SysProcAttr = self, self, &c.attr
			w.begin()
			if c.waits {
				f, err := os.OpenFile(profile, os.O_WRONLY, 0) // which waits until it reads its profile
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
			} else {
				w.await("start")
			}
			tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", w.cmd.Process.Pid))
			if len(tasks) < 2 {
				t.Errorf("%d threads", len(tasks))
			}
			for _, name := range tasks {
				got := statusOf(t, name)
				if got["NoNewPrivs"] != "1" || got["CapEff"] != c.want || got["CapPrm"] != c.want || !c.any && got["CapBnd"] != c.want {
					t.Errorf("%s: %v, want %s", name, got, c.want)
				}
			}
			if strings.Contains(w.stderr(), "rights") {
				t.Errorf("it says: %s", w.stderr())
			}
			if c.waits {
				return
			}
			if code := w.end(syscall.SIGTERM); code != exitClean {
				t.Errorf("it ends with %d\n%s", code, w.stderr())
			}
			if _, err := os.Stat(filepath.Join(mine, "report.json")); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestLiveKeepsRights runs it where rights cannot be given up: it says so and goes on.
func TestLiveKeepsRights(t *testing.T) {
	needRoot(t)
	w := newLiveCommand(t, t.TempDir(), nil, "-i", "lo", "--profile", "none")
	w.cmd.Env = append(os.Environ(), "PLCSCOPE_CONFINED=1") // as if it had been started anew in vain
	w.cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	w.begin()
	w.await("start")
	if code := w.end(syscall.SIGTERM); code != exitClean || !strings.Contains(w.stderr(), "it goes on with rights that it does not need") {
		t.Errorf("it ends with %d\n%s", code, w.stderr())
	}
}

// statusOf are the lines of a status file below /proc.
func statusOf(t *testing.T, name string) map[string]string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]string{}
	for s := bufio.NewScanner(bytes.NewReader(b)); s.Scan(); {
		if k, v, ok := strings.Cut(s.Text(), ":"); ok && (strings.HasPrefix(k, "Cap") || k == "NoNewPrivs") {
			lines[k] = strings.TrimSpace(v)
		}
	}
	return lines
}

func fifo(t *testing.T, dir string) string {
	t.Helper()
	name := filepath.Join(dir, "fifo")
	if err := unix.Mkfifo(name, 0o666); err != nil {
		t.Fatal(err)
	}
	return name
}

// copyOf copies a program.
func copyOf(t *testing.T, from, to string) string {
	t.Helper()
	if out, err := exec.Command("cp", "-L", from, to).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return to
}

// TestLiveHardwareTime asks an interface without a clock for its time stamps: it says so,
// before anything is written.
func TestLiveHardwareTime(t *testing.T) {
	p := newCables(t, 1)
	dir := t.TempDir()
	w := startLive(t, dir, p.on(tapped), "-i", "b0", "--hardware-time", "--profile", "none", "-w", "kept.pcapng")
	if code := w.end(nil); code != exitUnreadable || !strings.Contains(w.stderr(), "b0: the interface has no hardware time stamps") {
		t.Errorf("it ends with %d\n%s", code, w.stderr())
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "kept*")); len(files) > 0 {
		t.Errorf("it leaves %v", files)
	}
}
