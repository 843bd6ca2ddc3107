package flows_test

import (
	"context"
	"io"
	"testing"

	"plcscope/flows"
	"plcscope/pcaps"
	"plcscope/pcaps/samples"
)

// few yields the frames of a source a few at a time, when it is its turn.
type few struct {
	from *pcaps.Capture
	turn chan struct{}
	in   pcaps.Batch
	pos  int
}

func (s *few) Next(b *pcaps.Batch) error {
	<-s.turn
	if s.pos == len(s.in.Frames) {
		if err := s.from.Next(&s.in); err != nil {
			return err
		}
		s.pos = 0
	}
	b.Reset(1 << 10)
	for ; s.pos < len(s.in.Frames); s.pos++ {
		f := &s.in.Frames[s.pos]
		g := b.Add(len(f.Data))
		if g == nil {
			return nil
		}
		data := g.Data
		copy(data, f.Data)
		*g = *f
		g.Data = data
	}
	return nil
}

// seen counts messages.
type seen struct {
	flows.Ignore
	messages int
}

func (s *seen) Message(*flows.Message) { s.messages++ }

// A call between two batches finds that Aside has gone through the same ones, and may touch
// what it works on.
func TestCallsFindAsideAtRest(t *testing.T) {
	from, err := samples.Open("mixed-plant.pcapng.zst")
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	var own, aside seen
	calls, over := make(chan func(*flows.Totals)), make(chan struct{})
	src := &few{from: from, turn: make(chan struct{})}
	counted := make(chan int)
	go func() {
		n := 0
		defer func() { counted <- n }()
		for {
			select {
			case calls <- func(*flows.Totals) {
				if own.messages != aside.messages {
					t.Errorf("%d messages were seen, %d aside", own.messages, aside.messages)
				}
				n++
			}:
			case <-over:
				return
			}
			select {
			case src.turn <- struct{}{}:
			case <-over:
				return
			}
		}
	}()
	totals, err := flows.Analyse(context.Background(), src, flows.Config{Calls: calls, Aside: []flows.Observer{&aside}}, &own)
	close(over)
	if err != nil && err != io.EOF {
		t.Fatal(err)
	}
	if n := <-counted; n < 10 || own.messages == 0 || own.messages != aside.messages {
		t.Errorf("%d calls, %d messages, %d aside, %d frames", n, own.messages, aside.messages, totals.Frames)
	}
}
