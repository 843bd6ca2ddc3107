package pcaps

import (
	"bufio"
	"bytes"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// corpus returns the captures beside the project, which its repository does not hold.
func corpus(t testing.TB) []string {
	t.Helper()
	var files []string
	filepath.WalkDir(filepath.Join("..", "..", "shared", "pcaps"), func(path string, e fs.DirEntry, err error) error {
		if err == nil && strings.Contains(filepath.Ext(path), ".pcap") {
			files = append(files, path)
		}
		return nil
	})
	if len(files) == 0 {
		t.Skip("no captures in ../../shared/pcaps")
	}
	return files
}

func tshark(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	if testing.Short() {
		t.Skip("tshark takes its time")
	}
	return path
}

// tsharkFrames is one line a frame: number, time, captured length, length.
func tsharkFrames(t testing.TB, file string) []string {
	t.Helper()
	out, err := exec.Command(tshark(t), "-n", "-r", file, "-T", "fields",
		"-e", "frame.number", "-e", "frame.time_epoch", "-e", "frame.cap_len", "-e", "frame.len",
		"--disable-protocol", "eth", "--disable-protocol", "ip").Output()
	if err != nil && len(out) == 0 {
		t.Fatalf("tshark: %v", err)
	}
	var lines []string
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		lines = append(lines, s.Text())
	}
	return lines
}

func frameLine(f *Frame) string {
	return fmt.Sprintf("%d\t%d.%09d\t%d\t%d", f.Number, f.Time/1e9, f.Time%1e9, len(f.Data), f.Length)
}

// TestFramesAsTsharkSeesThem joins all captures into one with mergecap, so that
// tshark, which is slow to start, is asked only once, and compares number, time
// and lengths of every frame.
func TestFramesAsTsharkSeesThem(t *testing.T) {
	tshark(t)
	files := corpus(t)
	mergecap, err := exec.LookPath("mergecap")
	if err != nil {
		t.Skip("mergecap is not installed")
	}
	joined := filepath.Join(t.TempDir(), "joined.pcapng")
	if out, err := exec.Command(mergecap, append([]string{"-a", "-w", joined}, files...)...).CombinedOutput(); err != nil {
		t.Fatalf("mergecap: %v\n%s", err, out)
	}
	want := tsharkFrames(t, joined)
	n := 0
	for _, file := range files {
		c, err := Open([]string{file}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		frames := readAll(t, c)
		if len(frames) == 0 {
			t.Errorf("%s: no frame", file)
		}
		for i := range frames {
			f := frames[i]
			f.Number = uint64(n) + 1
			if n >= len(want) || frameLine(&f) != want[n] {
				t.Fatalf("%s: frame %d:\n  got  %s\n  want %s", file, i+1, frameLine(&f), want[min(n, len(want)-1)])
			}
			n++
		}
		if p := c.Problems(); len(p) > 0 {
			t.Errorf("problems: %v", p)
		}
		c.Close()
	}
	if n != len(want) {
		t.Errorf("%d frames, tshark has %d", n, len(want))
	}
	t.Logf("%d frames of %d captures", n, len(files))
}
