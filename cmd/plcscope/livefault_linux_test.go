package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"plcscope/pcaps/samples"
)

// newCables makes a network with cables, each with an end for traffic, a0, and one for the
// tap, b0.
func newCables(t testing.TB, n int) *plant {
	t.Helper()
	needRoot(t, "ip")
	p := &plant{t: t}
	p.names[tapped] = fmt.Sprintf("plcscope-%d-wire", os.Getpid())
	if out, err := exec.Command("ip", "netns", "add", p.names[tapped]).CombinedOutput(); err != nil {
		t.Skipf("no network namespaces here: %s", out)
	}
	t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", p.names[tapped]).Run() })
	p.run(tapped, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")
	for i := range n {
		p.cable(i)
	}
	return p
}

func (p *plant) cable(i int) {
	p.t.Helper()
	a, b := fmt.Sprintf("a%d", i), fmt.Sprintf("b%d", i)
	p.ip(tapped, "link", "add", a, "type", "veth", "peer", "name", b)
	p.ip(tapped, "link", "set", a, "up")
	p.ip(tapped, "link", "set", b, "up")
}

// replay sends a sample on an interface, so many times faster than it was captured.
func (p *plant) replay(dir, sample, iface, speed string) *exec.Cmd {
	p.t.Helper()
	name := filepath.Join(dir, sample)
	if err := os.WriteFile(name, samples.Bytes(sample), 0o666); err != nil {
		p.t.Fatal(err)
	}
	return p.start(tapped, program(p.t), "replay", "--speed", speed, "-i", iface, name)
}

// framesIn is how many frames a sample has.
func framesIn(t *testing.T, sample string) int {
	t.Helper()
	name := filepath.Join(t.TempDir(), sample)
	if err := os.WriteFile(name, samples.Bytes(sample), 0o666); err != nil {
		t.Fatal(err)
	}
	return framesKept(t, []string{name})
}

// TestLiveKilled kills it while it writes a ring: what had come two seconds before is
// readable, in files that were complete and in the one that was being written.
func TestLiveKilled(t *testing.T) {
	p, came := newCables(t, 1), framesIn(t, faulty)
	for _, name := range []string{"ring.pcapng", "ring.pcapng.zst"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			w := startLive(t, dir, p.on(tapped), "-i", "b0", "--profile", "none", "--stats-every", "1s", "-w", name, "-b", "packets:150")
			w.await("start")
			if err := p.replay(dir, faulty, "a0", "max").Wait(); err != nil {
				t.Fatal(err)
			}
			w.await("statistics", fmt.Sprintf(`"frames":%d`, came))
			time.Sleep(2500 * time.Millisecond)        // half a second for a machine that is busy
			more := p.replay(dir, healthy, "a0", "20") // for some seconds
			time.Sleep(200 * time.Millisecond)
			if code := w.end(syscall.SIGKILL); code != -1 {
				t.Fatalf("it ends with %d\n%s", code, w.stderr())
			}
			_ = more.Process.Kill()
			files, _ := filepath.Glob(filepath.Join(dir, "ring_*"))
			if n := framesKept(t, files); n < came || len(files) < 3 || !strings.HasSuffix(slices.MaxFunc(files, strings.Compare), ".part") {
				t.Errorf("%d frames are readable, %d had come two seconds before; %v", n, came, files)
			}
			if _, err := exec.LookPath("tshark"); err != nil || strings.HasSuffix(name, "zst") {
				return
			}
			n := 0
			for _, f := range files {
				out, _ := exec.Command("tshark", "-n", "-r", f, "-T", "fields", "-e", "frame.number").Output()
				n += bytes.Count(out, []byte("\n"))
			}
			if n < came {
				t.Errorf("tshark reads %d frames of %d", n, came)
			}
		})
	}
}

// TestLiveDiskFull gives the file of frames a disk that is too small: that is told, the
// analysis goes on, and what was written can be read.
func TestLiveDiskFull(t *testing.T) {
	p := newCables(t, 1)
	dir := t.TempDir()
	disk := filepath.Join(dir, "disk")
	if err := os.Mkdir(disk, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("none", disk, "tmpfs", 0, "size=32k"); err != nil {
		t.Skip("no small disk: ", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	w := startLive(t, dir, p.on(tapped), "-i", "b0", "--profile", "none", "--stats-every", "1s", "-w", "disk/kept.pcapng", "--output", "json=report.json")
	w.await("start")
	for i, sample := range []string{healthy, healthy, faulty} {
		if err := p.replay(dir, sample, "a0", "max").Wait(); err != nil {
			t.Fatal(err)
		}
		switch i {
		case 0:
			w.await("statistics", fmt.Sprintf(`"kept":{"files":1,"frames":%d,"lost":0}`, framesIn(t, healthy)))
		case 1:
			w.await("notice", "kept.pcapng", "no space left on device")
		}
	}
	frames := 2*framesIn(t, healthy) + framesIn(t, faulty)
	w.await("statistics", fmt.Sprintf(`"frames":%d`, frames))
	if code := w.end(syscall.SIGTERM); code != exitFindings {
		t.Errorf("it ends with %d\n%s", code, w.stderr())
	}
	total := w.await("end")["total"].(map[string]any)
	kept := total["kept"].(map[string]any)
	written, lost := int(kept["frames"].(float64)), int(kept["lost"].(float64))
	if total["frames"] != float64(frames) || lost == 0 || written+lost != frames {
		t.Errorf("%d written, %d lost of %d; %v", written, lost, frames, total)
	}
	if !strings.Contains(w.stderr(), "no space left on device") {
		t.Errorf("standard error: %s", w.stderr())
	}
	if n := framesKept(t, []string{filepath.Join(disk, "kept.pcapng")}); n != written || n < 50 {
		t.Errorf("%d frames are readable, %d were written", n, written)
	}
	b, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil || !bytes.Contains(b, []byte(fmt.Sprintf("%d frames could not be written", lost))) || !bytes.Contains(b, []byte("mqtt-packet-id-nonzero")) {
		t.Errorf("the report is not complete: %v", err)
	}
}

// TestLiveInterfaces takes one of two interfaces down and up again, and removes it and
// brings it back: that is told, the other one goes on, and it is captured from again.
func TestLiveInterfaces(t *testing.T) {
	p := newCables(t, 2)
	dir := t.TempDir()
	w := startLive(t, dir, p.on(tapped), "-i", "b0", "-i", "b1", "--profile", "none", "--stats-every", "1s", "--output", "json=report.json", "-w", "kept.pcapng")
	w.await("start")
	frames, each := 0, framesIn(t, healthy)
	come := func(iface string) {
		t.Helper()
		if err := p.replay(dir, healthy, iface, "max").Wait(); err != nil {
			t.Fatal(err)
		}
		frames += each
		w.await("statistics", fmt.Sprintf(`"frames":%d`, frames))
	}
	come("a0")
	p.ip(tapped, "link", "set", "b0", "down")
	w.await("notice", "b0 went down")
	come("a1")
	p.ip(tapped, "link", "set", "b0", "up")
	come("a0")
	p.ip(tapped, "link", "del", "b0")
	w.await("notice", "b0 has vanished", "waited for")
	come("a1")
	p.cable(0)
	w.await("notice", "b0 is there again")
	come("a0")
	p.ip(tapped, "link", "del", "b0") // and stays away
	p.ip(tapped, "link", "del", "b1")
	if code := w.end(syscall.SIGTERM); code != exitClean {
		t.Errorf("it ends with %d\n%s", code, w.stderr())
	}
	total := w.await("end", `"interrupted"`)["total"].(map[string]any)
	if total["frames"] != float64(frames) || total["kept"].(map[string]any)["frames"] != float64(frames) {
		t.Errorf("%d frames, %v", frames, total)
	}
	if _, err := os.Stat(filepath.Join(dir, "report.json")); err != nil {
		t.Error(err)
	}
}
