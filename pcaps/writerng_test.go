package pcaps

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSectionsTellOfThemselves(t *testing.T) {
	var b bytes.Buffer
	tell := func(file uint16, iface uint32) Interface {
		if file != 3 || iface != 7 {
			t.Errorf("asked for interface %d of file %d", iface, file)
		}
		return Interface{Name: "told", Description: "later", Link: LinkNull}
	}
	w := NewNGSection(&b, Section{Hardware: "gate", OS: "Linux", Comment: "line 4"}, tell, Interface{Name: "eth0", Link: LinkEthernet})
	frames := []Frame{
		{Time: 5, Link: LinkEthernet, Data: []byte("one"), Length: 60},
		{Time: -1, Link: LinkEthernet, Data: []byte("before 1970")},
		{Time: 6, File: 3, Iface: 7, Link: LinkRaw, Data: nil},
	}
	w.WriteFrame(&frames[0])
	w.tell = nil
	w.WriteFrame(&frames[1])
	w.tell = tell
	if err := w.WriteComment(&frames[2], "täglich"); err != nil {
		t.Fatal(err)
	}
	if err := w.WriteStatistics(0, &Statistics{Time: 9, Start: 1, End: 8, Received: 10, Dropped: 2, OSDrop: 3, Delivered: 5, Lost: 4}); err != nil {
		t.Fatal(err)
	}
	if err := w.WriteStatistics(3, &Statistics{}); err == nil {
		t.Error("statistics of no interface were written")
	}
	w.Flush()
	got, c := read(t, b.Bytes())
	for i, f := range frames {
		if g := got[i]; g.Time != f.Time || g.Length != f.Length || g.Link != f.Link || !bytes.Equal(g.Data, f.Data) {
			t.Errorf("frame %d: got %+v, want %+v", i, g, f)
		}
	}
	info := c.Files()[0]
	want := []Interface{
		{Name: "eth0", Link: LinkEthernet, Counted: true, Received: 10, Dropped: 2, OSDrop: 3},
		{Link: LinkEthernet, SnapLen: writerSnapLen},
		{Name: "told", Description: "later", Link: LinkRaw},
	}
	if d := cmp.Diff(want, info.Interfaces); d != "" {
		t.Errorf("interfaces (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]Comment{{Text: "line 4"}, {Frame: 3, Text: "täglich"}}, info.Comments); d != "" {
		t.Errorf("comments (-want +got):\n%s", d)
	}
	if info.Hardware != "gate" || info.OS != "Linux" || info.Application != "plcscope" {
		t.Errorf("section: %+v", info)
	}
}

func TestLongCommentsAreCutAtARune(t *testing.T) {
	var b bytes.Buffer
	w := NewNGWriter(&b)
	if err := w.WriteComment(&Frame{Link: LinkEthernet}, "x"+strings.Repeat("ä", 40000)); err != nil {
		t.Fatal(err)
	}
	w.Flush()
	if frames, c := read(t, b.Bytes()); len(frames) != 1 || len(c.Problems()) > 0 {
		t.Errorf("%d frames, %v", len(frames), c.Problems())
	}
}

// TestCapinfosCounts lets capinfos count what statistics and comments are written.
func TestCapinfosCounts(t *testing.T) {
	capinfos, err := exec.LookPath("capinfos")
	if err != nil {
		t.Skip("capinfos is not installed")
	}
	var b bytes.Buffer
	w := NewNGSection(&b, Section{Comment: "line 4"}, nil, Interface{Name: "eth0", Link: LinkEthernet, SnapLen: 99, Filter: "tcp port 102"})
	w.WriteComment(&Frame{Time: 1e18, Link: LinkEthernet, Data: make([]byte, 60), Length: 60}, "look")
	w.WriteStatistics(0, &Statistics{Time: 1e18, Received: 10, Dropped: 7})
	w.Flush()
	name := filepath.Join(t.TempDir(), "x.pcapng")
	if err := os.WriteFile(name, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(capinfos, name).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"Name = eth0", "Number of stat entries = 1", "Filter string = tcp port 102", "Time precision = nanoseconds (9)", "line 4", "plcscope", "Number of packets:   1"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}
