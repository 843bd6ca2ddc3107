package pcaps

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWriteAndRead(t *testing.T) {
	_, frames := generated(t, 3000, 200)
	t.Run("pcap", func(t *testing.T) {
		var b bytes.Buffer
		w := NewWriter(&b, LinkEthernet)
		for i := range frames {
			if err := w.WriteFrame(&frames[i]); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		got, c := read(t, b.Bytes())
		if d := diff(frames, got); d != "" {
			t.Error(d)
		}
		if f := c.Files()[0]; f.Format != "pcap" || f.SnapLen != writerSnapLen {
			t.Errorf("file: %+v", f)
		}
	})
	t.Run("pcapng of several interfaces", func(t *testing.T) {
		mixed := make([]Frame, len(frames))
		var b bytes.Buffer
		w := NewNGWriter(&b,
			Interface{Name: "eth0", Link: LinkEthernet, SnapLen: 1000, Filter: "tcp port 102", Description: "mirror", OS: "Linux"},
			Interface{Name: "any", Link: LinkLinuxSLL})
		for i := range frames {
			f := frames[i]
			want := uint32(0)
			switch i % 3 {
			case 1:
				f.Iface, f.Link, want = 1, LinkLinuxSLL, 1
			case 2:
				f.File, f.Link, want = 4, LinkRaw, 2 // an interface that is not declared
			}
			if err := w.WriteFrame(&f); err != nil {
				t.Fatal(err)
			}
			f.File, f.Iface = 0, want
			mixed[i] = f
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		got, c := read(t, b.Bytes())
		for i := range got {
			mixed[i].Offset = got[i].Offset // another format, other offsets
		}
		if d := diff(mixed, got); d != "" {
			t.Error(d)
		}
		want := []Interface{
			{Name: "eth0", Link: LinkEthernet, SnapLen: 1000, Filter: "tcp port 102", Description: "mirror", OS: "Linux"},
			{Name: "any", Link: LinkLinuxSLL},
			{Link: LinkRaw, SnapLen: writerSnapLen},
		}
		if d := cmp.Diff(want, c.Files()[0].Interfaces); d != "" {
			t.Errorf("interfaces differ (-want +got):\n%s", d)
		}
	})
}

// TestTsharkReadsWhatIsWritten lets tshark read both formats.
func TestTsharkReadsWhatIsWritten(t *testing.T) {
	pcap, frames := generated(t, 100, 100)
	for i := range frames {
		frames[i].Length = max(frames[i].Length, uint32(len(frames[i].Data)))
	}
	for _, c := range []struct {
		name string
		file []byte
	}{{"pcap", pcap}, {"pcapng", ngOf(t, frames)}} {
		name := filepath.Join(t.TempDir(), c.name)
		if err := os.WriteFile(name, c.file, 0o666); err != nil {
			t.Fatal(err)
		}
		lines := tsharkFrames(t, name)
		for i := range frames {
			if want := frameLine(&frames[i]); i >= len(lines) || lines[i] != want {
				t.Fatalf("%s: frame %d:\n  want %s\n  got  %q", c.name, i+1, want, lines[min(i, len(lines)-1)])
			}
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestWriterErrors(t *testing.T) {
	w := NewWriter(fullDisk{}, LinkEthernet)
	if err := w.WriteFrame(&Frame{Number: 5, Link: LinkRaw}); err == nil || !strings.Contains(err.Error(), "pcapng file can hold both") {
		t.Errorf("another link type: %v", err)
	}
	if err := w.WriteFrame(&Frame{Link: LinkEthernet, Time: -1}); err == nil {
		t.Error("a time before 1970 was written")
	}
	if err := w.WriteFrame(&Frame{Link: LinkEthernet, Time: 1 << 62}); err == nil {
		t.Error("a time after 2106 was written")
	}
	if err := w.Flush(); err == nil || err.Error() != "no space left" {
		t.Errorf("full disk: %v", err)
	}
	if err := w.WriteFrame(&Frame{Link: LinkEthernet}); err == nil {
		t.Error("a writer that failed goes on")
	}
}

func TestWriterAllocatesNothing(t *testing.T) {
	f := Frame{Link: LinkEthernet, Data: make([]byte, 100)}
	for _, w := range []*Writer{NewWriter(&sink{}, LinkEthernet), NewNGWriter(&sink{})} {
		w.WriteFrame(&f)
		if n := testing.AllocsPerRun(5000, func() { w.WriteFrame(&f) }); n > 0 {
			t.Errorf("%v allocations per frame", n)
		}
		if n := testing.AllocsPerRun(5000, func() { w.WriteComment(&f, "look here") }); n > 0 {
			t.Errorf("%v allocations per frame with a comment", n)
		}
	}
}

type sink struct{}

func (*sink) Write(b []byte) (int, error) { return len(b), nil }
