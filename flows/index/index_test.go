package index_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plcscope/flows"
	"plcscope/flows/index"
	"plcscope/mqtt"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/pcaps/samples"
)

func TestOddMessagesAreReadAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	for name, frames := range map[string][]pcaps.Frame{"websocket": overWebSocket(), "large": large(), "plant": plant(40)} {
		for _, h := range craft.Hazards() {
			if name == "large" && (testing.Short() || strings.HasPrefix(h.Name, "resegment 1")) {
				continue // of a minute
			}
			t.Run(name+"/"+h.Name, func(t *testing.T) {
				c := capture{open: onDisk(h.Apply(frames))}
				w := new(witness)
				held(t, c.index(t, w, index.Options{}), w)
				if len(w.messages) == 0 && !h.Lossy {
					t.Error("there is nothing to look at")
				}
			})
		}
	}
}

func TestSummaries(t *testing.T) {
	c := capture{open: onDisk(plant(50))}
	ix := c.index(t, nil, index.Options{})
	topics := ix.Topics(nil)
	if len(topics) != 1 {
		t.Fatalf("there are %d topics, want one", len(topics))
	}
	x := topics[0]
	if string(x.Name) != "plant/8/level" || x.Count != 101 || x.QoS != [4]uint64{1, 100} || x.Bytes != 2*90+1 {
		t.Errorf("topic is %s, %d times with %d bytes, by QoS %v", x.Name, x.Count, x.Bytes, x.QoS)
	}
	sessions := ix.Sessions(nil)
	if len(sessions) != 2 || string(sessions[0].ClientID) != "panel" || string(sessions[1].ClientID) != "press" {
		t.Fatalf("sessions are %+v", sessions)
	}
	if got := ix.ConnsOf(1, nil); !slices.Equal(got, []uint32{0, 1}) {
		t.Errorf("the panel has connections %v", got)
	}
	if !slices.Equal(x.Publishers, []uint32{2}) || !slices.Equal(x.Receivers, []uint32{1}) {
		t.Errorf("published by %v, received by %v", x.Publishers, x.Receivers)
	}
	if p := &sessions[0]; !p.Subscribes(x.Name) || p.Subscribes([]byte("plant/8")) || p.Sent != [2]uint64{53, 53} {
		t.Errorf("the panel's session is %+v", p)
	}
	var n uint32
	for _, k := range x.Rate.Counts {
		n += k
	}
	if n != 101 || x.Rate.Width()*index.Buckets < x.LastTime-x.FirstTime {
		t.Errorf("the rate counts %d messages in buckets of %d ns", n, x.Rate.Width())
	}
	if m, ok := ix.Message(x.Last); !ok || m.Topic != x.Number || m.Type != mqtt.PUBLISH || m.Time != x.LastTime {
		t.Errorf("the last message of the topic is %+v", m)
	}
	answered := 0
	for i := range ix.Messages() {
		m, _ := ix.Message(i + 1)
		if q, ok := ix.Answers(i + 1); ok {
			answered++
			r, _ := ix.Message(q)
			if r.Dir == m.Dir || r.Conn != m.Conn || r.HasID && r.ID != m.ID || q > i {
				t.Errorf("message %d (%v %d) answers %d (%v %d)", i+1, m.Type, m.ID, q, r.Type, r.ID)
			}
		}
	}
	if answered != 3+1+100 {
		t.Errorf("%d messages answer one, want 104", answered)
	}
}

// TestListIsThatOfFlows compares the connections and hosts with flows.Lister's.
func TestListIsThatOfFlows(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	for _, name := range samples.Names() {
		src, err := samples.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		frames := framesOf(t, src)
		for _, h := range craft.Hazards() {
			l := new(flows.Lister)
			if _, err := flows.Analyse(context.Background(), craft.Open(h.Apply(frames)), flows.Config{}, l); err != nil {
				t.Fatal(err)
			}
			c := capture{open: func(testing.TB) *pcaps.Capture { return craft.Open(h.Apply(frames)) }}
			ix := c.index(t, nil, index.Options{})
			want := slices.Clone(l.Rows())
			got := ix.Infos(nil)
			slices.SortStableFunc(got, func(a, b flows.ConnInfo) int { return int(a.FirstFrame) - int(b.FirstFrame) })
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s, %s: connections (-flows +index):\n%s", name, h.Name, d)
			}
			if d := cmp.Diff(flows.Hosts(want), ix.Hosts()); d != "" {
				t.Errorf("%s, %s: hosts (-flows +index):\n%s", name, h.Name, d)
			}
		}
	}
}

// TestReadersLookOn reads everything while the index grows; the race detector judges.
func TestReadersLookOn(t *testing.T) {
	src := onDisk(plant(3000))(t)
	defer src.Close()
	ix, b := index.New(src, index.Options{})
	defer ix.Close()
	done := make(chan error, 3)
	for i := range 3 {
		go func() { done <- watch(ix, i) }()
	}
	if _, err := b.Build(context.Background(), flows.Config{}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if p := ix.Progress(); !p.Done || p.Read != p.Size || p.Lost != (index.Lost{}) {
		t.Errorf("progress is %+v", p)
	}
}

// watch reads what is there until the index is complete.
func watch(ix *index.Index, i int) error {
	r := ix.NewReader()
	defer r.Close()
	var frame, message uint32
	var list []uint32
	for {
		news := ix.Changed()
		done := ix.Progress().Done
		for end := ix.Frames(); frame < end; {
			frame++
			f, _ := ix.Frame(frame)
			list = ix.MessagesIn(frame, list[:0])
			if i == 0 {
				if _, _, err := r.Headers(frame); err != nil {
					return err
				}
				ix.Conn(f.Conn)
			}
		}
		for end := ix.Messages(); message < end; {
			message++
			if m, ok := ix.Message(message); ok && i == 1 {
				list = ix.MessagesOf(m.Conn, list[:0], message-1)
				if len(list) > 0 && list[0] != message {
					return os.ErrInvalid
				}
				if _, err := r.Message(message); err != nil {
					return err
				}
			}
		}
		if i == 2 {
			ix.Conns(nil)
			ix.Sessions(nil)
			ix.Topics(nil)
			ix.Hosts()
			ix.Total()
		}
		if done {
			return nil
		}
		<-news
	}
}

// TestAllocations: what the builder allocates does not depend on the number of frames,
// chunks excepted.
func TestAllocations(t *testing.T) {
	count := func(rounds int) (allocs uint64, frames uint32) {
		src := onDisk(plant(rounds))(t)
		defer src.Close()
		ix, b := index.New(src, index.Options{})
		defer ix.Close()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := b.Build(context.Background(), flows.Config{}); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return after.Mallocs - before.Mallocs, ix.Frames()
	}
	count(500)
	few, n := count(500)
	many, m := count(8000)
	if per := float64(many-few) / float64(m-n); per > 0.002 {
		t.Errorf("%d more frames take %d more allocations", m-n, many-few)
	}
}

// TestLivePipe: what a pipe has brought is there while the pipe is silent.
func TestLivePipe(t *testing.T) {
	whole := craft.Bytes(plant(50))
	in, out := io.Pipe()
	go out.Write(whole[:len(whole)/2])
	src, err := pcaps.NewReader(in, "pipe", pcaps.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ix, b := index.New(src, index.Options{SpoolDir: t.TempDir()})
	defer ix.Close()
	done := make(chan error)
	go func() {
		_, err := b.Build(context.Background(), flows.Config{})
		done <- err
	}()
	wait := func(enough func() bool) {
		t.Helper()
		for late := time.After(10 * time.Second); ; {
			news := ix.Changed()
			if enough() {
				return
			}
			select {
			case <-news:
			case <-late:
				t.Fatalf("there are %d frames, progress %+v", ix.Frames(), ix.Progress())
			}
		}
	}
	wait(func() bool { return ix.Frames() > 100 && len(ix.Conns(nil)) == 3 && len(ix.Topics(nil)) == 1 })
	first := ix.Frames()
	r := ix.NewReader()
	defer r.Close()
	if _, err := r.Message(ix.Messages()); err != nil {
		t.Error(err)
	}
	if c, ok := ix.Conn(1); !ok || !c.Open || c.Sent[0].Messages == 0 {
		t.Errorf("the open connection is %+v", c)
	}
	out.Write(whole[len(whole)/2:])
	wait(func() bool { return ix.Frames() > first })
	out.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if c, _ := ix.Conn(1); c.Open || !ix.Progress().Done {
		t.Error("the capture has ended and the connection has not")
	}
}

// TestRequest: an answer is summed up with what was asked.
func TestRequest(t *testing.T) {
	src, err := samples.Open("s7-poll.pcapng")
	if err != nil {
		t.Fatal(err)
	}
	frames := framesOf(t, src)
	var want []string
	see := summaries{&want}
	if _, err := flows.Analyse(context.Background(), craft.Open(frames), flows.Config{}, see); err != nil {
		t.Fatal(err)
	}
	c := capture{open: func(testing.TB) *pcaps.Capture { return craft.Open(frames) }}
	ix := c.index(t, nil, index.Options{})
	r := ix.NewReader()
	defer r.Close()
	var got []string
	for i := range ix.Messages() {
		q := r.Request(i + 1)
		v, err := r.Message(i + 1)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, v.PDU.Summary(q))
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("summaries (-observed +read again):\n%s", d)
	}
}

type summaries struct{ list *[]string }

func (summaries) Opened(*flows.Connection) {}
func (summaries) Gap(*flows.Gap)           {}
func (summaries) Ended(*flows.End)         {}
func (summaries) Closed(*flows.Connection) {}
func (s summaries) Message(m *flows.Message) {
	*s.list = append(*s.list, m.PDU.Summary(m.Request))
}

// TestBounds: what comes beyond a bound is counted and does no harm.
func TestBounds(t *testing.T) {
	c := capture{open: onDisk(plant(100))}
	all := c.index(t, nil, index.Options{})
	opt := index.Options{MaxFrames: 100, MaxMessages: 20, MaxConns: 2, MaxSessions: 1, MaxTopics: 0}
	ix := c.index(t, nil, opt)
	p := ix.Progress()
	if ix.Frames() != 100 || ix.Messages() != 20 || len(ix.Conns(nil)) != 2 || len(ix.Sessions(nil)) != 1 ||
		p.Lost.Frames != uint64(all.Frames()-100) || p.Lost.Conns != 1 || p.Lost.Messages == 0 {
		t.Errorf("%d frames, %d messages, %d connections, %d sessions, lost %+v",
			ix.Frames(), ix.Messages(), len(ix.Conns(nil)), len(ix.Sessions(nil)), p.Lost)
	}
	r := ix.NewReader()
	defer r.Close()
	for i := range ix.Messages() {
		if _, err := r.Message(i + 1); err != nil {
			t.Error(err)
		}
	}
	for _, n := range []uint32{0, 101, 1 << 31, ^uint32(0)} {
		if _, err := r.Frame(n); err == nil {
			t.Errorf("there is a frame %d", n)
		}
		if _, err := r.Message(n); err == nil {
			t.Errorf("there is a message %d", n)
		}
		if len(ix.MessagesIn(n, nil)) > 0 {
			t.Errorf("frame %d has messages", n)
		}
	}
	if len(ix.MessagesOf(index.NoConn, nil, 0))+len(ix.FramesOf(index.NoConn, nil, 0)) > 0 {
		t.Error("a connection that is none has rows")
	}
}

// TestChangedFile: a file that was changed since gives errors, never other bytes.
func TestChangedFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.pcap")
	whole := craft.Bytes(plant(20))
	if err := os.WriteFile(name, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	c := capture{open: func(t testing.TB) *pcaps.Capture { return opened(t, name) }}
	ix := c.index(t, nil, index.Options{})
	changed := slices.Clone(whole)
	for i := len(changed) / 2; i < len(changed); i++ {
		changed[i] ^= 0x55
	}
	for _, b := range [][]byte{changed, whole[:len(whole)/2], whole[:30], nil} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		r := ix.NewReader()
		failed := 0
		for i := range ix.Messages() {
			if _, err := r.Bytes(i + 1); err != nil {
				failed++
			}
		}
		r.Close()
		if failed < int(ix.Messages())/3 {
			t.Errorf("%d bytes left: %d of %d messages could not be read", len(b), failed, ix.Messages())
		}
	}
}

// TestSpoolGivesUpTheOldest keeps no more than it may of a pipe.
func TestSpoolGivesUpTheOldest(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	payload := make([]byte, 60_000)
	c := craft.New()
	for range 4000 { // 240 MB
		c.Frame(payload)
	}
	src := capture{open: func(testing.TB) *pcaps.Capture { return c.Capture() }}
	ix := src.index(t, nil, index.Options{SpoolBytes: 1, SpoolDir: t.TempDir()})
	r := ix.NewReader()
	defer r.Close()
	if _, err := r.Frame(1); err == nil {
		t.Error("the first frame is still there")
	}
	for n := ix.Frames() - 1000; n < ix.Frames(); n++ {
		if f, err := r.Frame(n + 1); err != nil || len(f.Data) != len(payload) {
			t.Fatal(n, err)
		}
	}
}
