package index_test

import (
	"context"
	"regexp"
	"slices"
	"testing"

	"plcscope/decode"
	"plcscope/decode/filter"
	"plcscope/flows"
	"plcscope/flows/frames"
	"plcscope/flows/index"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/pcaps/samples"
)

// expressions are filters of all kinds, and whether Filter knows their fields.
var expressions = []struct {
	text   string
	simple bool
}{
	{"mqtt", true},
	{"s7comm", true},
	{"mqtt.msgtype == 3 and mqtt.qos > 0", true},
	{`mqtt.topic contains "level" or s7comm.param.func == 4`, true},
	{"tcp.port == 1883 and not mqtt", true},
	{"not tcp", true},
	{"frame.number > 20 && frame.len < 90", true},
	{"mqtt.msgid and ip.src == 10.0.0.0/8", true},
	{"", true},
	{"tcp.stream == 1", false},
	{"tcp.analysis.retransmission and mqtt", false},
	{`plcscope.client == "press" and mqtt.msgtype == 3`, false},
}

func compiled(t testing.TB, text string) *filter.Filter {
	t.Helper()
	f, err := filter.Compile(text, filter.NewFields(frames.All()))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func chosen(s *index.Selection) []uint32 {
	var l []uint32
	for i := range s.Len() {
		l = append(l, s.At(i))
	}
	return l
}

// TestFilterIsTheSieve: what Filter finds by rows is what an analysis of the whole
// capture with a sieve finds.
func TestFilterIsTheSieve(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	src, err := samples.Open("mixed-plant.pcapng.zst")
	if err != nil {
		t.Fatal(err)
	}
	mixed := framesOf(t, src)
	for name, of := range map[string][]pcaps.Frame{"plant": plant(60), "mixed": mixed} {
		for _, h := range craft.Hazards() {
			if h.Name == "resegment 1" {
				continue
			}
			all := h.Apply(of)
			c := capture{open: func(testing.TB) *pcaps.Capture { return craft.Open(all) }}
			ix := c.index(t, nil, index.Options{})
			found := 0
			for _, x := range expressions {
				f := compiled(t, x.text)
				want := index.NewSelection()
				if err := ix.Select(context.Background(), flows.Config{}, frames.Options{Filter: f}, nil, want, true); err != nil {
					t.Fatal(err)
				}
				found += want.Len()
				if !slices.IsSorted(chosen(want)) || !want.Done() || want.Seen() != ix.Frames() {
					t.Errorf("%s, %s, %s: selected %v, done %t", name, h.Name, x.text, chosen(want), want.Done())
				}
				if index.Simple(f) != x.simple {
					t.Errorf("%s: simple is %t", x.text, !x.simple)
				}
				if !x.simple {
					continue
				}
				got := index.NewSelection()
				if err := ix.Filter(context.Background(), f, nil, got, true); err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(chosen(got), chosen(want)) || !got.Done() {
					t.Errorf("%s, %s, %s: by rows %v, by analysis %v", name, h.Name, x.text, chosen(got), chosen(want))
				}
			}
			if found == 0 {
				t.Errorf("%s, %s: no filter finds anything", name, h.Name)
			}
		}
	}
}

// TestFilterWhileGrowing follows an index until it is complete, and can be stopped.
func TestFilterWhileGrowing(t *testing.T) {
	src := onDisk(plant(2000))(t)
	defer src.Close()
	ix, b := index.New(src, index.Options{})
	defer ix.Close()
	f := compiled(t, "mqtt.msgtype == 4 or !tcp")
	rows, pass := index.NewSelection(), index.NewSelection()
	done := make(chan error, 2)
	go func() { done <- ix.Filter(context.Background(), f, nil, rows, true) }()
	go func() {
		done <- ix.Select(context.Background(), flows.Config{}, frames.Options{Filter: f}, nil, pass, true)
	}()
	if _, err := b.Build(context.Background(), flows.Config{}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if rows.Len() != 4250 || !slices.Equal(chosen(rows), chosen(pass)) {
		t.Errorf("%d frames by rows, %d by analysis", rows.Len(), pass.Len())
	}
	if i := rows.Search(rows.At(100)); i != 100 || rows.Search(1<<31) != rows.Len() || rows.Search(0) != 0 {
		t.Errorf("frame %d is at %d", rows.At(100), i)
	}
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	if err := ix.Filter(stopped, f, nil, index.NewSelection(), true); err != context.Canceled {
		t.Errorf("a filter that was stopped ends with %v", err)
	}
}

// TestFramesComeWithTheirMessages: who sees a frame sees what it completes.
func TestFramesComeWithTheirMessages(t *testing.T) {
	for range 10 {
		src := onDisk(plant(2000))(t)
		ix, b := index.New(src, index.Options{})
		over := make(chan error)
		go func() {
			_, err := b.Build(context.Background(), flows.Config{})
			over <- err
		}()
		seen, n, l := 0, uint32(0), []uint32(nil)
		for complete := false; !complete; {
			complete = ix.Progress().Done
			for ; n < ix.Frames(); n++ {
				l = ix.MessagesIn(n+1, l[:0])
				seen += len(l)
			}
		}
		if err := <-over; err != nil {
			t.Fatal(err)
		}
		if want := int(ix.Messages()); seen != want || want == 0 {
			t.Errorf("%d of %d messages were seen with their frames", seen, want)
		}
		ix.Close()
		src.Close()
	}
}

// TestReplay: an analysis of the index is that of the capture.
func TestReplay(t *testing.T) {
	for name, frames := range map[string][]pcaps.Frame{"plant": plant(100), "large": large()} {
		c := capture{open: onDisk(frames)}
		ix := c.index(t, nil, index.Options{})
		a, b := new(witness), new(witness)
		look := func(w *witness, src flows.Source) {
			cfg := flows.Config{Frame: func(f *pcaps.Frame, _ *decode.Segment) { w.frame(f) }, Other: w.frame}
			if _, err := flows.Analyse(context.Background(), src, cfg, w); err != nil {
				t.Fatal(err)
			}
		}
		look(a, c.open(t))
		look(b, ix.Source(context.Background(), true))
		if len(a.frames) != len(b.frames) || !slices.Equal(a.messages, b.messages) {
			t.Errorf("%s: %d frames and %d messages, again %d and %d", name, len(a.frames), len(a.messages), len(b.frames), len(b.messages))
		}
	}
}

func TestSearch(t *testing.T) {
	c := capture{open: onDisk(plant(40))}
	ix := c.index(t, nil, index.Options{})
	r := ix.NewReader()
	defer r.Close()
	puback, err := index.Hex("40 02:00 05")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"xyz", "4", ""} {
		if _, err := index.Hex(s); err == nil {
			t.Errorf("%q are bytes", s)
		}
	}
	find := func(in index.Rows, from, to uint32, f index.Finder, most int) (l []uint32) {
		if unread, err := r.Search(context.Background(), in, from, to, f, func(n uint32, at int) bool {
			l = append(l, n)
			return len(l) < most
		}); err != nil || unread > 0 {
			t.Fatal(unread, err)
		}
		return l
	}
	level := index.Text("plant/8/level")
	messages := find(index.InMessages, 1, ix.Messages(), level, 1000)
	if len(messages) != 41 {
		t.Errorf("%d messages name the topic, want 41", len(messages))
	}
	if l := find(index.InMessages, 1, ix.Messages(), puback, 1000); len(l) != 2 {
		t.Errorf("messages %v acknowledge number 5, want two", l)
	}
	backwards := find(index.InMessages, ix.Messages(), 1, level, 1000)
	slices.Reverse(backwards)
	if !slices.Equal(messages, backwards) {
		t.Errorf("forwards %v, backwards %v", messages, backwards)
	}
	if l := find(index.InFrames, 1, 1<<31, index.Regexp(regexp.MustCompile(`no segm.nt`)), 2); len(l) != 2 {
		t.Errorf("found in frames %v", l)
	}
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.Search(stopped, index.InFrames, 1, ix.Frames(), level, nil); err != context.Canceled {
		t.Errorf("a search that was stopped ends with %v", err)
	}
}
