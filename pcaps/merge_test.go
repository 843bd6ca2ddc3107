package pcaps

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"testing"
	"testing/iotest"
)

// at is a pcap file of frames at the given seconds, each with the file's letter
// and its place in the file as its data.
func at(letter string, seconds ...int64) []byte {
	file := pcapHead(le, magicMicro, 65535, 1)
	for i, s := range seconds {
		file = append(file, record(le, uint32(s), 0, 9, fmt.Sprintf("%s%d", letter, i))...)
	}
	return file
}

func TestSeveralFiles(t *testing.T) {
	long := func(from, to, step int64) (s []int64) {
		for ; from < to; from += step {
			s = append(s, from)
		}
		return s
	}
	type file struct {
		letter  string
		seconds []int64
	}
	for _, c := range []struct {
		name  string
		files []file
	}{
		{"one after the other", []file{{"a", []int64{1, 2}}, {"b", []int64{3, 4}}}},
		{"given in the wrong order", []file{{"b", []int64{3, 4}}, {"a", []int64{1, 2}}}},
		{"at the same time, the file that is first goes first", []file{{"a", []int64{1, 2, 2, 3}}, {"b", []int64{2, 2, 3}}, {"c", []int64{2, 9}}}},
		{"overlapping", []file{{"a", []int64{1, 4, 5, 9}}, {"b", []int64{2, 3, 6, 12}}, {"c", []int64{11, 13}}}},
		{"one inside the other", []file{{"a", []int64{1, 10}}, {"b", []int64{2, 3}}, {"c", []int64{4, 5}}}},
		{"time steps back within a file", []file{{"a", []int64{5, 1, 2, 8}}, {"b", []int64{6, 7}}}},
		{"a frame from the future", []file{{"a", []int64{1, 1000, 2}}, {"b", []int64{3, 4}}, {"c", []int64{2000}}}},
		{"files without frames", []file{{"a", nil}, {"b", []int64{1}}, {"c", nil}}},
		{"long files that overlap at the end", []file{{"a", long(0, 20000, 2)}, {"b", long(19001, 40000, 2)}, {"c", long(41000, 60000, 1)}}},
		{"long files side by side", []file{{"a", long(0, 20000, 3)}, {"b", long(1, 20000, 3)}, {"c", long(2, 20000, 3)}}},
		{"many files", func() (f []file) {
			for i := range int64(40) {
				f = append(f, file{fmt.Sprint(i, "-"), long(i*100, i*100+120, 1)})
			}
			return f
		}()},
	} {
		t.Run(c.name, func(t *testing.T) {
			// What is right is found the simple way: all frames, and always the
			// earliest of those that are next in their files.
			files := slices.Clone(c.files)
			slices.SortStableFunc(files, func(a, b file) int {
				switch {
				case len(a.seconds) == 0 || len(b.seconds) == 0:
					return len(b.seconds) - len(a.seconds)
				case a.seconds[0] != b.seconds[0]:
					return int(a.seconds[0] - b.seconds[0])
				}
				return 0
			})
			var want []string
			next := make([]int, len(files))
			for {
				best := -1
				for i, f := range files {
					if next[i] < len(f.seconds) && (best < 0 || f.seconds[next[i]] < files[best].seconds[next[best]]) {
						best = i
					}
				}
				if best < 0 {
					break
				}
				want = append(want, fmt.Sprintf("%d %s%d of %d at %d", len(want)+1, files[best].letter, next[best], best, files[best].seconds[next[best]]))
				next[best]++
			}

			dir := t.TempDir()
			var names []string
			var size int64
			for i, f := range c.files {
				b := at(f.letter, f.seconds...)
				if i%2 == 1 {
					b = gz(b)
				}
				size += int64(len(b))
				names = append(names, filepath.Join(dir, f.letter+".pcap"))
				write(t, names[i], b)
			}
			for _, batch := range []int{0, 100} {
				capture, err := Open(names, Options{BatchBytes: batch})
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, f := range readAll(t, capture) {
					got = append(got, fmt.Sprintf("%d %s of %d at %d", f.Number, f.Data, f.File, f.Time/1e9))
				}
				for i := range max(len(want), len(got)) {
					if i >= len(want) || i >= len(got) || want[i] != got[i] {
						t.Fatalf("frame %d of %d differs from that of %d:\n  got  %q\n  want %q", i+1, len(got), len(want), tail(got, i), tail(want, i))
					}
				}
				if done, total := capture.Progress(); done != size || total != size {
					t.Errorf("progress %d of %d, the files have %d", done, total, size)
				}
				var counted int
				for i, f := range capture.Files() {
					counted += int(f.Frames)
					if n := len(files[i].seconds); int(f.Frames) != n || n > 0 && f.First != slices.Min(files[i].seconds)*1e9 {
						t.Errorf("file %d: %+v, want %d frames", i, f, n)
					}
				}
				if counted != len(want) {
					t.Errorf("the files tell of %d frames, there are %d", counted, len(want))
				}
				capture.Close()
			}
		})
	}
}

func tail(s []string, i int) []string { return s[min(i, len(s)):min(i+3, len(s))] }

// TestOneBrokenFileOfSeveral reads on in the others.
func TestOneBrokenFileOfSeveral(t *testing.T) {
	dir := t.TempDir()
	whole := at("b", 3, 4)
	files := map[string][]byte{
		"a.pcap":     at("a", 1, 2),
		"b.pcap":     whole[:len(whole)-1],
		"c.pcap":     at("c", 5),
		"empty.pcap": nil,
	}
	var names []string
	for _, n := range []string{"empty.pcap", "c.pcap", "b.pcap", "a.pcap"} {
		names = append(names, filepath.Join(dir, n))
		write(t, filepath.Join(dir, n), files[n])
	}
	c, err := Open(names, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range readAll(t, c) {
		got = append(got, string(f.Data))
	}
	if want := []string{"a0", "a1", "b0", "c0"}; !slices.Equal(got, want) {
		t.Errorf("frames %q, want %q", got, want)
	}
	var problems []string
	for _, p := range c.Problems() {
		problems = append(problems, p.String())
	}
	want := []string{
		names[0] + ": is empty (0 bytes): nothing was captured, or the capture was not written",
		names[2] + ": frame 2 at byte 42: record says 2 bytes, the file has 1 left; the 1 frame before it was analysed",
	}
	if !slices.Equal(problems, want) {
		t.Errorf("problems:\n  got  %q\n  want %q", problems, want)
	}
}

// TestMergingAllocatesNothingPerFrame merges two long files: allocations must not
// depend on the number of frames.
func TestMergingAllocatesNothingPerFrame(t *testing.T) {
	file, frames := generated(t, 20000, 100)
	dir := t.TempDir()
	names := []string{filepath.Join(dir, "a.pcap"), filepath.Join(dir, "b.pcap")}
	for _, n := range names {
		write(t, n, file)
	}
	var b Batch
	allocs := testing.AllocsPerRun(3, func() {
		c, err := Open(names, Options{})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for c.Next(&b) == nil {
			n += len(b.Frames)
		}
		if n != 2*len(frames) {
			t.Fatalf("%d frames", n)
		}
		c.Close()
	})
	if allocs > 200 {
		t.Errorf("%v allocations for %d frames", allocs, 2*len(frames))
	}
}

// TestMergedPipes merges an input that cannot be opened twice.
func TestMergedPipes(t *testing.T) {
	c := newCapture(2, Options{})
	for i, file := range [][]byte{at("a", 1, 3, 5), at("b", 2, 4)} {
		c.streams = append(c.streams, c.newStream(i, fmt.Sprint("pipe", i), io.Reader(iotest.HalfReader(bytes.NewReader(file)))))
	}
	if err := c.begin(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range readAll(t, c) {
		got = append(got, string(f.Data))
	}
	if want := []string{"a0", "b0", "a1", "b1", "a2"}; !slices.Equal(got, want) {
		t.Errorf("frames %q, want %q", got, want)
	}
}

// Whoever shows a capture asks for its files while they are opened one after the other.
func TestFilesWhileReading(t *testing.T) {
	dir := t.TempDir()
	var names []string
	for i := range int64(20) {
		names = append(names, filepath.Join(dir, fmt.Sprint(i)))
		write(t, names[i], at("a", 10*i, 10*i+1))
	}
	c, err := Open(names, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	done := make(chan error, 1)
	go func() {
		_, err := collect(c)
		done <- err
	}()
	for {
		for _, f := range c.Files() {
			if f.Format != "pcap" || f.Size == 0 || f.Frames > 2 {
				t.Fatalf("a file as it is opened: %+v", f)
			}
		}
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			return
		default:
		}
	}
}
