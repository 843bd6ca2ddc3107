package ladder

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plcscope/flows"
	"plcscope/flows/index"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/pcaps/samples"
)

// tap yields frames a few at a time, when it is told to.
type tap struct {
	frames []pcaps.Frame
	more   chan int
}

func (t *tap) Next(b *pcaps.Batch) error {
	n, ok := <-t.more
	if !ok || len(t.frames) == 0 {
		return io.EOF
	}
	n = min(n, len(t.frames))
	b.Reset(1 << 16)
	for i := range t.frames[:n] {
		f := b.Add(len(t.frames[i].Data))
		data := f.Data
		*f = t.frames[i]
		f.Data = data[:copy(data, t.frames[i].Data)]
	}
	t.frames = t.frames[n:]
	return nil
}

func framesOf(t *testing.T, name string) (list []pcaps.Frame) {
	t.Helper()
	c, err := samples.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for {
		var b pcaps.Batch
		err := c.Next(&b)
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range b.Frames {
			f.Data = append([]byte(nil), f.Data...)
			list = append(list, f)
		}
	}
}

// row is a row without the way to it.
type row struct {
	Message uint32
	Event   event
}

// rowsOf are the rows of a script. While frames come in, the end of a connection is not
// settled: the last of its frames is still to come.
func rowsOf(s *script) (l []row) {
	for i, x := range s.rows {
		if e := s.event(i); e != nil {
			if s.done || e.kind == opened || e.kind == gap {
				l = append(l, row{Event: *e})
			}
		} else {
			l = append(l, row{Message: uint32(x)})
		}
	}
	return l
}

// TestGrowth lets a capture come in bit by bit: a script that grows with it says at each
// time what one says that is written anew, and in the end has each message once, in
// order.
func TestGrowth(t *testing.T) {
	hazards := map[string]craft.Change{
		"as it is":      func(f []pcaps.Frame) []pcaps.Frame { return f },
		"lost":          craft.Lose(0.1, 1),
		"reordered":     craft.Reorder(0.3, 2),
		"mid-stream":    craft.MidStreamAt(20),
		"one direction": craft.OneDirection(true),
		"retransmitted": craft.Retransmit(0.2, 3),
	}
	for _, name := range samples.Names() {
		frames := framesOf(t, name)
		for hazard, change := range hazards {
			t.Run(name+"/"+hazard, func(t *testing.T) {
				t.Parallel()
				grow(t, change(frames))
			})
		}
	}
}

func grow(t *testing.T, frames []pcaps.Frame) {
	total := uint32(len(frames))
	source := &tap{frames, make(chan int)}
	ix, b := index.New(nil, index.Options{SpoolDir: t.TempDir()})
	defer ix.Close()
	ix.Sessions(nil) // somebody asks from the start
	var cfg flows.Config
	b.Wire(&cfg)
	over := make(chan struct{})
	go func() {
		defer close(over)
		totals, err := flows.Analyse(context.Background(), source, cfg, b)
		b.Done(totals, err)
	}()
	check := func(before *script) *script {
		var all []uint32
		for _, x := range ix.Sessions(nil) {
			all = append(all, x.Number)
		}
		k := key{sessions: numbers(all)}
		grown, err := write(context.Background(), ix, all, k, before)
		if errors.Is(err, errLate) {
			grown, err = write(context.Background(), ix, all, k, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		fresh, err := write(context.Background(), ix, all, k, nil)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(rowsOf(fresh), rowsOf(grown), cmp.AllowUnexported(event{})); d != "" {
			t.Fatalf("with %d of %d frames the script that has grown is another one (-fresh +grown):\n%s", ix.Frames(), total, d)
		}
		return grown
	}
	var s *script
	for i := uint32(0); i < total; {
		const step = 13
		source.more <- step
		i = min(i+step, total)
		for end := time.Now().Add(10 * time.Second); ix.Frames() < i && time.Now().Before(end); {
			time.Sleep(100 * time.Microsecond)
		}
		s = check(s)
	}
	close(source.more)
	<-over
	s = check(s)
	last, n := uint64(0), uint32(0)
	for i, l := range s.rows {
		if at := s.order(l); at < last {
			t.Fatalf("row %d is out of order", i)
		} else {
			last = at
		}
		if s.event(i) == nil {
			n++
			if row, ok := s.find(uint32(l)); !ok || row != i {
				t.Fatalf("message %d of row %d is found in row %d", l, i, row)
			}
		}
	}
	if n != ix.Messages() {
		t.Errorf("%d messages are shown of %d", n, ix.Messages())
	}
}

// TestLateConnection lets a connection turn out to belong to a session when messages
// behind its own are laid out already.
func TestLateConnection(t *testing.T) {
	c, err := samples.Open("mqtt31-plc-faulty.pcap")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ix, b := index.New(c, index.Options{SpoolDir: t.TempDir()})
	defer ix.Close()
	if _, err := b.Build(context.Background(), flows.Config{}); err != nil {
		t.Fatal(err)
	}
	k := key{sessions: numbers([]uint32{1})}
	whole, err := write(context.Background(), ix, []uint32{1}, k, nil)
	if err != nil {
		t.Fatal(err)
	}
	conns := ix.ConnsOf(1, nil)
	late := conns[len(conns)/2]
	before := *whole
	before.stages, before.known, before.ended = clone(whole.stages), map[uint32]uint32{1: whole.known[1] - 1}, clone(whole.ended)
	delete(before.stages, late)
	delete(before.ended, late)
	before.rows = nil
	for i, l := range whole.rows {
		m, _ := ix.Message(uint32(l))
		if e := whole.event(i); e == nil && m.Conn != late || e != nil && (e.kind == jump || e.n != late) {
			before.rows = append(before.rows, l)
		}
	}
	if len(before.rows) == len(whole.rows) {
		t.Fatal("the connection has no rows")
	}
	if _, err := write(context.Background(), ix, []uint32{1}, k, &before); !errors.Is(err, errLate) {
		t.Errorf("the connection is put behind the others: %v", err)
	}
}
