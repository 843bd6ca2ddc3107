package pcaps

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
)

// diff returns how frames differ, "" when they do not. It asks go-cmp, which is
// slow, only for the first frame that is another.
func diff(want, got []Frame) string {
	for i := range min(len(want), len(got)) {
		a, b := want[i], got[i]
		if !bytes.Equal(a.Data, b.Data) || !sameButData(a, b) {
			return fmt.Sprintf("frame %d (-want +got):\n%s", i+1, cmp.Diff(a, b))
		}
	}
	if len(want) != len(got) {
		return fmt.Sprintf("%d frames, want %d", len(got), len(want))
	}
	return ""
}

func sameButData(a, b Frame) bool {
	a.Data, b.Data = nil, nil
	return reflect.DeepEqual(a, b)
}

// readAll reads the capture to its end; the frames own their bytes.
func readAll(t testing.TB, c *Capture) []Frame {
	t.Helper()
	frames, err := collect(c)
	if err != nil {
		t.Fatal(err)
	}
	return frames
}

func collect(c *Capture) ([]Frame, error) {
	var (
		all []Frame
		b   Batch
	)
	for {
		err := c.Next(&b)
		for _, f := range b.Frames {
			f.Data = bytes.Clone(f.Data)
			all = append(all, f)
		}
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
	}
}

// TestPieces reads files in pieces of all sizes: the frames must be the same.
func TestPieces(t *testing.T) {
	file, want := generated(t, 300, 700)
	for _, c := range []struct {
		name string
		wrap func(io.Reader) io.Reader
	}{
		{"one byte", iotest.OneByteReader},
		{"half of what is asked", iotest.HalfReader},
		{"end with the last bytes", iotest.DataErrReader},
		{"7 bytes", func(r io.Reader) io.Reader { return &pieces{r, 7} }},
		{"1000 bytes", func(r io.Reader) io.Reader { return &pieces{r, 1000} }},
		{"all", func(r io.Reader) io.Reader { return r }},
	} {
		for _, packed := range []struct {
			name string
			file []byte
		}{{"plain", file}, {"gzip", gz(file)}, {"zstd", zst(file)}} {
			for _, size := range []int{1, 100, 4096, 0} {
				t.Run(fmt.Sprintf("%s/%s/batch %d", c.name, packed.name, size), func(t *testing.T) {
					capture, err := NewReader(c.wrap(bytes.NewReader(packed.file)), "test", Options{BatchBytes: size})
					if err != nil {
						t.Fatal(err)
					}
					if d := diff(want, readAll(t, capture)); d != "" {
						t.Error(d)
					}
					if done, _ := capture.Progress(); done != int64(len(packed.file)) {
						t.Errorf("progress tells of %d bytes of %d", done, len(packed.file))
					}
				})
			}
		}
	}
}

// pieces gives at most n bytes at a time.
type pieces struct {
	r io.Reader
	n int
}

func (p *pieces) Read(b []byte) (int, error) { return p.r.Read(b[:min(len(b), p.n)]) }

// TestFramesOfAnEarlierBatchStay fills two batches in turn, as a reader beside an
// analysis does: the frames of the one must outlast the filling of the other.
func TestFramesOfAnEarlierBatchStay(t *testing.T) {
	file, want := generated(t, 500, 300)
	c, err := NewReader(bytes.NewReader(file), "test", Options{BatchBytes: 1000})
	if err != nil {
		t.Fatal(err)
	}
	var batches [2]Batch
	var got []Frame
	for i := 0; ; i++ {
		err := c.Next(&batches[i&1])
		for _, f := range batches[(i+1)&1].Frames { // those of the round before
			f.Data = bytes.Clone(f.Data)
			got = append(got, f)
		}
		if err == io.EOF {
			break
		}
	}
	if d := diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestLiveFramesComeAtOnce writes a frame at a time into a pipe, as tcpdump -U
// does, and expects each before the next is written.
func TestLiveFramesComeAtOnce(t *testing.T) {
	file, want := generated(t, 20, 100)
	for _, kind := range []string{"plain", "gzip"} {
		t.Run(kind, func(t *testing.T) {
			r, w := io.Pipe()
			feed := make(chan []byte)
			go func() {
				var out io.Writer = w
				flush := func() {}
				if kind == "gzip" {
					z := gzip.NewWriter(w)
					out, flush = z, func() { z.Flush() }
				}
				for b := range feed {
					out.Write(b)
					flush()
				}
				if z, ok := out.(*gzip.Writer); ok {
					z.Close()
				}
				w.Close()
			}()
			go func() { feed <- file[:pcapHeaderLen] }()
			c, err := NewReader(r, "live", Options{})
			if err != nil {
				t.Fatal(err)
			}
			var b Batch
			for i, f := range want {
				end := int(f.Offset) + pcapRecordLen + len(f.Data)
				feed <- file[f.Offset:end]
				if err := c.Next(&b); err != nil {
					t.Fatal(err)
				}
				if len(b.Frames) != 1 || !cmp.Equal(b.Frames[0], f) {
					t.Fatalf("frame %d: got %v", i+1, b.Frames)
				}
			}
			close(feed)
			if err := c.Next(&b); err != io.EOF {
				t.Errorf("after the last frame: %v", err)
			}
			if err := c.Next(&b); err != io.EOF {
				t.Errorf("once more: %v", err)
			}
		})
	}
}

func TestInputThatBreaks(t *testing.T) {
	file, want := generated(t, 5, 50)
	boom := errors.New("the probe is gone")
	for _, packed := range []struct {
		name string
		file []byte
	}{{"plain", file}, {"gzip", gz(file)}} {
		cut := packed.file[:len(packed.file)-8] // gzip: within its trailer
		c, err := NewReader(io.MultiReader(bytes.NewReader(cut), iotest.ErrReader(boom)), "live", Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := collect(c)
		if !errors.Is(err, boom) || !strings.HasPrefix(err.Error(), "live: frame ") {
			t.Errorf("%s: error %v", packed.name, err)
		}
		if d := diff(want[:len(got)], got); d != "" || len(got) < len(want)-1 {
			t.Errorf("%s: %d frames:\n%s", packed.name, len(got), d)
		}
	}
	c, err := NewReader(io.MultiReader(bytes.NewReader(file), stuck{}), "live", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := collect(c); !errors.Is(err, errNoProgress) {
		t.Errorf("a reader that gives nothing for ever: %v", err)
	}
}

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty.pcap")
	write(t, empty, nil)
	missing := filepath.Join(dir, "missing.pcap")
	for _, c := range []struct {
		name  string
		names []string
		want  string
	}{
		{"none", nil, "no capture file is given"},
		{"missing", []string{missing}, missing + ": no such file or directory"},
		{"directory", []string{dir}, dir + ": is a directory; name the capture files in it"},
		{"empty", []string{empty}, empty + ": is empty (0 bytes): nothing was captured, or the capture was not written"},
		{"missing among several", []string{empty, missing}, missing + ": no such file or directory"},
	} {
		if _, err := Open(c.names, Options{}); err == nil || err.Error() != c.want {
			t.Errorf("%s:\n  got  %v\n  want %s", c.name, err, c.want)
		}
	}
}

func write(t testing.TB, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestClose(t *testing.T) {
	dir := t.TempDir()
	file, _ := generated(t, 20000, 200)
	for _, packed := range []struct {
		name string
		file []byte
	}{{"plain", file}, {"gzip", gz(file)}, {"zstd", zst(file)}} {
		before := runtime.NumGoroutine()
		name := filepath.Join(dir, packed.name)
		write(t, name, packed.file)
		c, err := Open([]string{name}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var b Batch
		if err := c.Next(&b); err != nil {
			t.Fatal(err)
		}
		if done, total := c.Progress(); done == 0 || total != int64(len(packed.file)) {
			t.Errorf("%s: progress %d of %d", packed.name, done, total)
		}
		c.Close()
		if err := c.Next(&b); err != errClosed {
			t.Errorf("%s: after Close: %v", packed.name, err)
		}
		c.Close()
		n := runtime.NumGoroutine()
		for wait := 0; n > before && wait < 100; wait++ { // one that has said that it is done may still be there
			time.Sleep(10 * time.Millisecond)
			n = runtime.NumGoroutine()
		}
		if n > before {
			t.Errorf("%s: %d goroutines, %d before", packed.name, n, before)
		}
	}
}

// TestNoAllocationPerFrame reads a file of many frames: what is allocated must
// not depend on their number.
func TestNoAllocationPerFrame(t *testing.T) {
	file, frames := generated(t, 50000, 100)
	ng := ngOf(t, frames)
	for _, c := range []struct {
		name string
		file []byte
	}{{"pcap", file}, {"pcapng", ng}} {
		var batches [2]Batch
		r := bytes.NewReader(nil)
		allocs := testing.AllocsPerRun(5, func() {
			r.Reset(c.file)
			capture, err := NewReader(r, "test", Options{})
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; capture.Next(&batches[i&1]) == nil; i++ {
			}
			if n := capture.Files()[0].Frames; n != uint64(len(frames)) {
				t.Fatalf("%d frames", n)
			}
		})
		if allocs > 40 {
			t.Errorf("%s: %v allocations for a file of %d frames", c.name, allocs, len(frames))
		}
	}
}

// ngOf is the pcapng file of frames.
func ngOf(t testing.TB, frames []Frame) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewNGWriter(&b)
	for i := range frames {
		if err := w.WriteFrame(&frames[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestHostileLengthsAllocateNothing gives headers that claim what is not there.
func TestHostileLengthsAllocateNothing(t *testing.T) {
	for _, c := range []struct {
		name string
		file []byte
	}{
		{"pcap", join(pcapHead(le, magicMicro, 0, 1), u(le, uint32(0), uint32(0), uint32(16<<20), uint32(0)))},
		{"pcapng", join(section(le), iface(le, 1, 0), u(le, uint32(6), uint32(16<<20), uint32(0)))},
		{"pcapng, skipped", join(section(le), u(le, uint32(99), uint32(0xfffffff0), uint32(0)))},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		read(t, c.file)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%s: %d bytes allocated", c.name, n)
		}
	}
}

func TestLongFrames(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789abcdef"), 3<<20/16)
	frames := []Frame{
		{Number: 1, Offset: 24, Length: 1, Link: LinkEthernet, Data: []byte("a")},
		{Number: 2, Offset: 41, Length: 3 << 20, Link: LinkEthernet, Data: data},
		{Number: 3, Offset: 57 + 3<<20, Length: 1, Link: LinkEthernet, Data: []byte("b")},
	}
	var b bytes.Buffer
	w := NewWriter(&b, LinkEthernet)
	for i := range frames {
		if err := w.WriteFrame(&frames[i]); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	file := b.Bytes()
	le.PutUint32(file[16:], 0) // no snap length: long frames are believed
	got, _ := read(t, file)
	if d := diff(frames, got); d != "" {
		t.Error(d[:min(len(d), 1000)])
	}
	c, err := NewReader(bytes.NewReader(file), "test", Options{MaxRecord: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	want := "test: frame 2 at byte 41: record says 3145728 bytes, but none here can have more than 1048576: the file is damaged from this byte on; the 1 frame before it was analysed"
	if got := readAll(t, c); len(got) != 1 || len(c.Problems()) != 1 || c.Problems()[0].String() != want {
		t.Errorf("%d frames, problems %v", len(got), c.Problems())
	}
}
