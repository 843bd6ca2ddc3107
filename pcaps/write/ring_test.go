package write

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plcscope/pcaps"
)

const start = 1_700_000_000_123_456_789 // 2023-11-14 22:13:20

// crowd makes frames of two interfaces, every fourth with a VLAN tag, a tenth of a
// second apart.
func crowd(n int) []pcaps.Frame {
	r := rand.New(rand.NewPCG(1, 2))
	l := make([]pcaps.Frame, n)
	for i := range l {
		b := make([]byte, 60+r.IntN(900))
		for k := range b {
			b[k] = byte(r.Uint32())
		}
		copy(b[12:], []byte{8, 0})
		if i%4 == 0 {
			copy(b[12:], []byte{0x81, 0, 0, 7, 8, 0})
		}
		l[i] = pcaps.Frame{Number: uint64(i) + 1, Time: start + int64(i)*1e8, Link: pcaps.LinkEthernet, Length: uint32(len(b) + i%3*100), Data: b}
		if i%5 == 0 {
			l[i].Iface, l[i].Link = 1, pcaps.LinkLinuxSLL
		}
	}
	return l
}

var twoInterfaces = []pcaps.Interface{
	{Name: "eth0", Link: pcaps.LinkEthernet, SnapLen: 2000, Filter: "tcp port 102"},
	{Name: "any", Link: pcaps.LinkLinuxSLL},
}

// read reads files as one capture; problems fail the test unless cut is allowed.
func read(t testing.TB, cut bool, names ...string) ([]pcaps.Frame, []pcaps.File) {
	t.Helper()
	c, err := pcaps.Open(names, pcaps.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	l := frames(t, c)
	if p := c.Problems(); !cut && len(p) > 0 {
		t.Errorf("problems: %v", p)
	}
	return l, c.Files()
}

func frames(t testing.TB, c *pcaps.Capture) (l []pcaps.Frame) {
	t.Helper()
	for b := new(pcaps.Batch); ; {
		err := c.Next(b)
		if err == io.EOF {
			return l
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range b.Frames {
			f.Data = bytes.Clone(f.Data)
			l = append(l, f)
		}
	}
}

// same compares what a frame is, wherever it lies, and describes the first difference.
func same(want, got []pcaps.Frame) string {
	for i := range min(len(want), len(got)) {
		w, g := want[i], got[i]
		if w.Time != g.Time || w.Length != g.Length || w.Link != g.Link || w.Iface != g.Iface || !bytes.Equal(w.Data, g.Data) {
			return fmt.Sprintf("frame %d is %+v, want %+v", i, g, w)
		}
	}
	if len(want) != len(got) {
		return fmt.Sprintf("%d frames, want %d", len(got), len(want))
	}
	return ""
}

func ring(t testing.TB, o Options) *Ring {
	t.Helper()
	o.Zone = time.UTC
	r, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func names(t testing.TB, dir string) (l []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		l = append(l, e.Name())
	}
	return l
}

func TestOneFile(t *testing.T) {
	all := crowd(500)
	for _, name := range []string{"a.pcapng", "a.pcapng.zst"} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), name)
			r := ring(t, Options{Name: file, Interfaces: twoInterfaces, Statistics: func(n int, s *pcaps.Statistics) { s.Received, s.OSDrop = uint64(n)+1000, 7 }})
			for i := range all {
				r.WriteFrame(&all[i])
				if i == 250 {
					r.Flush()
					got, _ := read(t, false, file+partial)
					if d := same(all[:251], got); d != "" {
						t.Errorf("while it is written: %s", d)
					}
				}
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			got, files := read(t, false, file)
			if d := same(all, got); d != "" {
				t.Error(d)
			}
			for n, i := range files[0].Interfaces {
				if i.Received != uint64(n)+1000 || i.OSDrop != 7 || i.Name != twoInterfaces[n].Name {
					t.Errorf("interface %d: %+v", n, i)
				}
			}
			if c := r.Counts(); c != (Counts{Written: 500, Files: 1}) {
				t.Errorf("counts: %+v", c)
			}
			if l := names(t, filepath.Dir(file)); len(l) != 1 {
				t.Errorf("left in the folder: %v", l)
			}
			if name == "a.pcapng" { // 4.0 gets lost at the borders of zstd frames
				tsharkAgrees(t, file, all)
				return
			}
			zstd, err := exec.LookPath("zstd")
			if err != nil {
				t.Skip("zstd is not installed")
			}
			if out, err := exec.Command(zstd, "-q", "-d", file).CombinedOutput(); err != nil {
				t.Fatalf("zstd: %v\n%s", err, out)
			}
			tsharkAgrees(t, strings.TrimSuffix(file, ".zst"), all)
		})
	}
}

// tsharkAgrees compares times, lengths and link types with what tshark reads, and the
// sum of the bytes with capinfos' idea of it.
func tsharkAgrees(t *testing.T, file string, all []pcaps.Frame) {
	t.Helper()
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	out, err := exec.Command(tshark, "-n", "-r", file, "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.cap_len", "-e", "frame.len", "-e", "frame.interface_name", "-e", "vlan.id").Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("%v: %s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(string(out), "\n"), "\n")
	if len(lines) != len(all) {
		t.Fatalf("tshark has %d frames of %d", len(lines), len(all))
	}
	for i := range all {
		f := &all[i]
		vlan := ""
		if i%4 == 0 && f.Link == pcaps.LinkEthernet {
			vlan = "7"
		}
		want := fmt.Sprintf("%d.%09d\t%d\t%d\t%s\t%s", f.Time/1e9, f.Time%1e9, len(f.Data), f.Length, twoInterfaces[f.Iface].Name, vlan)
		if f.Link == pcaps.LinkLinuxSLL { // random bytes below it may say anything
			want, lines[i] = want[:strings.LastIndex(want, "\t")], lines[i][:strings.LastIndex(lines[i], "\t")]
		}
		if lines[i] != want {
			t.Fatalf("frame %d: tshark has %q, want %q", i+1, lines[i], want)
		}
	}
}

func TestTcpdumpReadsIt(t *testing.T) {
	tcpdump, err := exec.LookPath("tcpdump")
	if err != nil {
		t.Skip("tcpdump is not installed")
	}
	file := filepath.Join(t.TempDir(), "a.pcapng")
	r := ring(t, Options{Name: file, Interfaces: twoInterfaces[:1]})
	n := 0
	for _, f := range crowd(100) {
		if f.Link == pcaps.LinkEthernet { // tcpdump takes one link type only
			r.WriteFrame(&f)
			n++
		}
	}
	r.Close()
	out, err := exec.Command(tcpdump, "-n", "-tt", "--nano", "-r", file).Output()
	if err != nil || bytes.Count(out, []byte("\n1700000")) != n-1 {
		t.Errorf("%d lines of %d, %v\n%.300s", bytes.Count(out, []byte("\n1700000"))+1, n, err, out)
	}
}

func TestRotation(t *testing.T) {
	all := crowd(100) // ten seconds
	for _, c := range []struct {
		limits []string
		packed bool
		files  int // that are there in the end
		first  int // frame that they begin with
		name   string
	}{
		{limits: []string{"packets:30"}, files: 4, name: "t_00001_20231114221320.pcapng"},
		{limits: []string{"packets:100"}, files: 1, name: "t_00001_20231114221320.pcapng"},
		{limits: []string{"packets:30", "files:2"}, files: 2, first: 60, name: "t_00003_20231114221326.pcapng"},
		{limits: []string{"duration:2.5"}, files: 4, name: "t_00001_20231114221320.pcapng"},
		{limits: []string{"interval:5"}, files: 3, name: "t_00001_20231114221320.pcapng"},
		{limits: []string{"filesize:20", "files:1"}, files: 1, first: -1},
		{limits: []string{"packets:30"}, packed: true, files: 4, name: "t_00001_20231114221320.pcapng.zst"},
	} {
		t.Run(fmt.Sprint(c.limits, c.packed), func(t *testing.T) {
			dir := t.TempDir()
			o := Options{Name: filepath.Join(dir, "t.pcapng"), Interfaces: twoInterfaces, Compress: c.packed}
			for _, l := range c.limits {
				if err := o.Limits.Set(l); err != nil {
					t.Fatal(err)
				}
			}
			r := ring(t, o)
			for i := range all {
				r.WriteFrame(&all[i])
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			l := names(t, dir)
			if len(l) != c.files || c.name != "" && l[0] != c.name {
				t.Fatalf("files: %v", l)
			}
			var got []pcaps.Frame
			for _, name := range l {
				f, _ := read(t, false, filepath.Join(dir, name))
				got = append(got, f...)
				if st, _ := os.Stat(filepath.Join(dir, name)); o.Limits.Bytes > 0 && st.Size() > o.Limits.Bytes+1200 {
					t.Errorf("%s has %d bytes", name, st.Size())
				}
			}
			want := all[max(c.first, 0):]
			if c.first < 0 {
				want = all[len(all)-len(got):]
			}
			if d := same(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestContinue(t *testing.T) {
	dir, all := t.TempDir(), crowd(40)
	o := Options{Name: filepath.Join(dir, "t.pcapng"), Limits: Limits{Packets: 10, Files: 3}, Continue: true}
	r := ring(t, o)
	for i := range all[:15] {
		r.WriteFrame(&all[i])
	}
	r.Close()
	left := filepath.Join(dir, names(t, dir)[1])
	if err := os.Rename(left, left+partial); err != nil { // as after a kill
		t.Fatal(err)
	}
	os.WriteFile(filepath.Join(dir, "t_00009_notes.pcapng"), nil, 0o666)
	r = ring(t, o)
	for i := range all[15:] {
		r.WriteFrame(&all[15+i])
	}
	r.Close()
	want := []string{"t_00003_20231114221321.pcapng", "t_00004_20231114221322.pcapng", "t_00005_20231114221323.pcapng", "t_00009_notes.pcapng"}
	if d := cmp.Diff(want, names(t, dir)); d != "" {
		t.Error(d)
	}
	if c := r.Counts(); c.Deleted != 2 {
		t.Errorf("counts: %+v", c)
	}
}

func TestLimitsAreRefused(t *testing.T) {
	for _, s := range []string{"", "packets", "packets:0", "packets:x", "files:100000", "duration:-1", "duration:NaN", "filesize:99999999999999999999", "size:1"} {
		if err := new(Limits).Set(s); err == nil {
			t.Errorf("%q was taken", s)
		}
	}
	if _, err := New(Options{Name: "x", Limits: Limits{Files: 3}}); err == nil {
		t.Error("files alone were taken")
	}
	if _, err := New(Options{Name: filepath.Join(t.TempDir(), "none", "x.pcapng")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

func TestNothingIsAllocatedPerFrame(t *testing.T) {
	for _, packed := range []bool{false, true} {
		r := ring(t, Options{Out: io.Discard, Compress: packed, Interfaces: twoInterfaces})
		all := crowd(1)
		for range 10_000 {
			r.WriteFrame(&all[0])
		}
		if n := testing.AllocsPerRun(10_000, func() { all[0].Time += 1e6; r.WriteFrame(&all[0]) }); n > 0 {
			t.Errorf("packed %v: %v allocations per frame", packed, n)
		}
		r.Close()
	}
}

// TestKilled kills a writer in the middle of its work.
func TestKilled(t *testing.T) {
	if dir := os.Getenv("PLCSCOPE_TEST_KILL"); dir != "" {
		all := crowd(1000)
		r := ring(t, Options{Name: filepath.Join(dir, "t.pcapng"), Compress: os.Getenv("PLCSCOPE_TEST_PACKED") != "", Interfaces: twoInterfaces, Limits: Limits{Packets: 400}})
		for i := range all {
			r.WriteFrame(&all[i])
			if i == 900 {
				r.Flush()
				fmt.Println("flushed")
			}
		}
		time.Sleep(time.Minute)
		return
	}
	for _, packed := range []string{"", "1"} {
		dir := t.TempDir()
		c := exec.Command(os.Args[0], "-test.run=^TestKilled$")
		c.Env = append(os.Environ(), "PLCSCOPE_TEST_KILL="+dir, "PLCSCOPE_TEST_PACKED="+packed)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		out.Read(make([]byte, 8))
		c.Process.Kill()
		c.Wait()
		var got []pcaps.Frame
		for _, name := range names(t, dir) {
			f, _ := read(t, true, filepath.Join(dir, name))
			got = append(got, f...)
		}
		if len(got) < 901 {
			t.Fatalf("%d frames of 901 are left in %v", len(got), names(t, dir))
		}
		if d := same(crowd(1000)[:len(got)], got); d != "" {
			t.Error(d)
		}
	}
}
