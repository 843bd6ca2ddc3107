package index_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/flows/index"
	"plcscope/internal/wire"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/pcaps/samples"
)

// observed is what the tracker told of a message.
type observed struct {
	Frame, First uint64
	Pos          uint64
	Time         int64
	Stream       uint64
	Dir          uint8
	Client       bool
	Skipped      int
	Found, After bool
	Err          string
	What         string
	Bytes        string
	Tree         string
	frames       int
	websocket    bool
}

// witness notes everything that the tracker tells, in its order.
type witness struct {
	flows.Ignore
	messages []observed
	gaps     int
	frames   []pcaps.Frame
	stream   []int64
}

func (w *witness) Gap(*flows.Gap) { w.gaps++ }

func (w *witness) Message(m *flows.Message) {
	o := observed{
		Frame: m.Frame, First: m.FirstFrame, Pos: m.Pos, Time: m.Time, Stream: m.Conn.TCP.Stream, Dir: uint8(m.Dir),
		Client: m.FromClient, Skipped: m.Skipped, Found: m.Framing == flows.Found, After: m.AfterError,
		Err: text(m.Err), Bytes: string(m.Bytes), frames: len(m.Frames), websocket: m.Carrier.Frames > 0,
	}
	switch {
	case m.Packet != nil:
		o.What = fmt.Sprint(m.Packet.Type, m.Packet.QoS, m.Packet.Dup, m.Packet.Retain, m.Packet.ID, m.Packet.HasID, m.Version)
	case m.PDU != nil && m.Tree != nil && len(m.Tree.Nodes) > 0:
		o.What = fmt.Sprint(m.PDU.COTP.Type, m.PDU.Kind, m.PDU.S7.ROSCTR, m.PDU.Function, m.PDU.S7.PDURef)
	}
	if m.Tree != nil && !o.websocket {
		o.Tree = nodes(m.Tree)
	}
	w.messages = append(w.messages, o)
}

// nodes writes a tree down.
func nodes(t *wire.Tree) string {
	var b []byte
	for i := range t.Nodes {
		n := &t.Nodes[i]
		b = fmt.Appendf(b, "%*s%s %d+%d %v ", n.Depth, "", n.Field.Name, n.Off, n.Len, n.Hidden)
		b = append(n.Append(b), '\n')
	}
	return string(b)
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// capture is where an index comes from.
type capture struct {
	name string
	open func(t testing.TB) *pcaps.Capture
	cfg  flows.Config
}

func (c *capture) index(t testing.TB, w *witness, opt index.Options) *index.Index {
	t.Helper()
	src := c.open(t)
	t.Cleanup(func() { src.Close() })
	ix, b := index.New(src, opt)
	t.Cleanup(func() { ix.Close() })
	cfg := c.cfg
	var observers []flows.Observer
	if w != nil {
		cfg.Tracker.Trees = wire.Everything
		cfg.Frame = func(f *pcaps.Frame, _ *decode.Segment) { w.frame(f) }
		cfg.Other = w.frame
		cfg.Done = func(_ *pcaps.Frame, c *flows.Connection) { w.stream[len(w.stream)-1] = int64(c.TCP.Stream) }
		observers = append(observers, w)
	}
	if _, err := b.Build(context.Background(), cfg, observers...); err != nil {
		t.Fatal(err)
	}
	return ix
}

func (w *witness) frame(f *pcaps.Frame) {
	k := *f
	k.Data = bytes.Clone(f.Data)
	w.frames = append(w.frames, k)
	w.stream = append(w.stream, -1)
}

// held compares an index with what was observed, frame by frame and message by message.
func held(t *testing.T, ix *index.Index, w *witness) {
	t.Helper()
	r := ix.NewReader()
	defer r.Close()
	if int(ix.Frames()) != len(w.frames) || int(ix.Messages()) != len(w.messages) || int(ix.Gaps()) != w.gaps {
		t.Fatalf("the index holds %d frames, %d messages and %d gaps; there were %d, %d and %d",
			ix.Frames(), ix.Messages(), ix.Gaps(), len(w.frames), len(w.messages), w.gaps)
	}
	for i := range w.frames {
		n := uint32(i + 1)
		f, err := r.Frame(n)
		if err != nil {
			t.Fatal(err)
		}
		want := w.frames[i]
		got := *f
		if !bytes.Equal(want.Data, got.Data) || got.Number != want.Number || got.Time != want.Time ||
			got.Length != want.Length || got.File != want.File || got.Link != want.Link || got.Iface != want.Iface {
			t.Fatalf("frame %d (-read +read again):\n%s", n, cmp.Diff(want, got))
		}
		row, _ := ix.Frame(n)
		stream := int64(-1)
		if c, ok := ix.Conn(row.Conn); ok {
			stream = int64(c.Stream)
		}
		if row.Time != want.Time || row.Captured != len(want.Data) || stream != w.stream[i] {
			t.Fatalf("frame %d: row is %+v of stream %d, want stream %d", n, row, stream, w.stream[i])
		}
	}
	of := map[uint64][]uint32{}
	byConn := map[uint32][]uint32{}
	for i := range w.messages {
		n := uint32(i + 1)
		want := &w.messages[i]
		m, _ := ix.Message(n)
		of[want.Frame] = append(of[want.Frame], n)
		byConn[m.Conn] = append(byConn[m.Conn], n)
		v, err := r.Message(n)
		if err != nil {
			t.Fatalf("message %d (%s, %d frames): %v", n, want.What, want.frames, err)
		}
		c, _ := ix.Conn(v.Conn)
		got := observed{
			Frame: v.Frame, First: v.FirstFrame, Pos: v.Pos, Time: v.Time, Stream: c.Stream, Dir: uint8(v.Dir),
			Client: v.FromClient, Skipped: v.Skipped, Found: v.Framing == flows.Found, After: v.AfterError,
			Err: text(v.Err), Bytes: string(v.Bytes), frames: want.frames, websocket: v.WebSocket,
		}
		switch {
		case v.Packet != nil:
			got.What = fmt.Sprint(v.Type, v.QoS, v.Dup, v.Retain, v.ID, v.HasID, v.Version)
		case v.PDU != nil && len(v.Tree.Nodes) > 0:
			got.What = fmt.Sprint(v.COTP, v.Kind, v.ROSCTR, v.Function, v.ID)
		}
		if !v.WebSocket {
			got.Tree = nodes(v.Tree)
		}
		if got != *want {
			t.Fatalf("message %d (-observed +read again):\n%s", n, cmp.Diff(want, &got, cmp.AllowUnexported(observed{})))
		}
	}
	var list []uint32
	for i := range w.frames {
		list = ix.MessagesIn(uint32(i+1), list[:0])
		if !slices.Equal(list, of[uint64(i+1)]) {
			t.Fatalf("frame %d completes messages %v, want %v", i+1, list, of[uint64(i+1)])
		}
	}
	frames := 0
	for c := range uint32(len(ix.Conns(nil))) {
		if list = ix.MessagesOf(c, list[:0], 0); !slices.Equal(list, byConn[c]) {
			t.Fatalf("connection %d has messages %v, want %v", c, list, byConn[c])
		}
		frames += len(ix.FramesOf(c, nil, 0))
	}
	segments := 0
	for _, s := range w.stream {
		if s >= 0 {
			segments++
		}
	}
	if frames != segments {
		t.Errorf("the connections have %d frames, want %d", frames, segments)
	}
}

// framesOf reads a capture whole.
func framesOf(t testing.TB, src *pcaps.Capture) []pcaps.Frame {
	t.Helper()
	defer src.Close()
	var all []pcaps.Frame
	var b pcaps.Batch
	for {
		err := src.Next(&b)
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range b.Frames {
			f.Data = bytes.Clone(f.Data)
			all = append(all, f)
		}
	}
}

// onDisk opens frames as a file.
func onDisk(frames []pcaps.Frame) func(testing.TB) *pcaps.Capture {
	return func(t testing.TB) *pcaps.Capture { return opened(t, onDiskAt(t, frames)) }
}

// onDiskAt writes frames to a file and returns its name.
func onDiskAt(t testing.TB, frames []pcaps.Frame) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "x.pcap")
	if err := craft.WriteFile(name, frames); err != nil {
		t.Fatal(err)
	}
	return name
}

func opened(t testing.TB, names ...string) *pcaps.Capture {
	c, err := pcaps.Open(names, pcaps.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEveryMessageIsReadAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	for _, name := range samples.Names() {
		src, err := samples.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		whole := framesOf(t, src)
		for _, h := range craft.Hazards() {
			t.Run(name+"/"+h.Name, func(t *testing.T) {
				frames := h.Apply(whole)
				links := map[pcaps.LinkType]bool{}
				for i := range frames {
					links[frames[i].Link] = true
				}
				c := capture{open: onDisk(frames)}
				if len(links) > 1 { // no pcap file holds them
					c.open = func(testing.TB) *pcaps.Capture { return craft.Open(frames) }
				}
				w := new(witness)
				held(t, c.index(t, w, index.Options{}), w)
			})
		}
	}
}

func TestSharedCapturesAreReadAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	names, _ := filepath.Glob(filepath.FromSlash("../../../shared/pcaps/*/*.pcap*"))
	if len(names) == 0 {
		t.Skip("the shared captures are not here")
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			c := capture{open: func(t testing.TB) *pcaps.Capture { return opened(t, name) }}
			w := new(witness)
			held(t, c.index(t, w, index.Options{}), w)
			if testing.Short() {
				return
			}
			frames := framesOf(t, opened(t, name))
			if len(frames) > 100 {
				frames = frames[:100]
			}
			for _, h := range craft.Hazards() {
				c := capture{open: func(testing.TB) *pcaps.Capture { return craft.Open(h.Apply(frames)) }}
				w := new(witness)
				held(t, c.index(t, w, index.Options{}), w)
			}
		})
	}
}

// TestSeveralFiles reads files of several kinds again that were merged by time.
func TestSeveralFiles(t *testing.T) {
	dir := t.TempDir()
	var names []string
	for _, name := range []string{"mqtt31-plc-healthy.pcap", "s7-poll.pcapng", "mqtt31-plc-faulty.pcap", "mixed-plant.pcapng.zst"} {
		names = append(names, filepath.Join(dir, name))
		if err := os.WriteFile(names[len(names)-1], samples.Bytes(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 20 { // more than a reader keeps open
		names = append(names, filepath.Join(dir, fmt.Sprint(i, ".pcap")))
		if err := craft.WriteFile(names[len(names)-1], plant(i+1)); err != nil {
			t.Fatal(err)
		}
	}
	c := capture{open: func(t testing.TB) *pcaps.Capture { return opened(t, names...) }}
	w := new(witness)
	held(t, c.index(t, w, index.Options{SpoolDir: dir}), w)
}

// TestPipesAndPackedFiles reads what cannot be read twice.
func TestPipesAndPackedFiles(t *testing.T) {
	dir := t.TempDir()
	packed := filepath.Join(dir, "x.pcapng.zst")
	if err := os.WriteFile(packed, samples.Bytes("mixed-plant.pcapng.zst"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []capture{
		{name: "zstd", open: func(t testing.TB) *pcaps.Capture { return opened(t, packed) }},
		{name: "pipe", open: func(t testing.TB) *pcaps.Capture {
			c, err := samples.Open("s7-poll.pcapng")
			if err != nil {
				t.Fatal(err)
			}
			return c
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := new(witness)
			held(t, c.index(t, w, index.Options{SpoolDir: dir}), w)
		})
	}
}
