package replay

import (
	"errors"
	"io"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/pcaps"
)

// fake is a clock whose time passes only while somebody waits.
type fake struct {
	now   int64
	waits []int64
	stuck bool // waiting never ends
}

func (c *fake) Now() int64 { return c.now }

func (c *fake) Wait(until int64, stop <-chan struct{}) bool {
	if c.stuck {
		<-stop
		return false
	}
	c.waits = append(c.waits, until-c.now)
	c.now = until
	return true
}

// list yields frames in batches.
type list struct {
	frames []pcaps.Frame
	batch  int
}

func (l *list) Next(b *pcaps.Batch) error {
	if len(l.frames) == 0 {
		return io.EOF
	}
	b.Reset(1 << 10)
	n := min(l.batch, len(l.frames))
	for i := range l.frames[:n] {
		f := b.Add(len(l.frames[i].Data))
		data := f.Data
		copy(data, l.frames[i].Data)
		*f = l.frames[i]
		f.Data = data
	}
	l.frames = l.frames[n:]
	return nil
}

func at(times ...int64) (l []pcaps.Frame) {
	for i, t := range times {
		l = append(l, pcaps.Frame{Number: uint64(i + 1), Time: t, Length: 2, Link: pcaps.LinkEthernet, Data: []byte{byte(i), 7}})
	}
	return l
}

func TestFramesComeWhenTheyAreDue(t *testing.T) {
	const ms, s, h = 1_000_000, 1_000_000_000, 3_600_000_000_000
	for _, tt := range []struct {
		name  string
		speed float64
		pause int64
		times []int64
		waits []int64
		runs  []int // frames handed out at once
	}{
		{"as captured", 1, 0, []int64{5 * s, 6 * s, 6 * s, 8 * s}, []int64{s, 2 * s}, []int{1, 2, 1}},
		{"twice as fast", 2, 0, []int64{5 * s, 6 * s, 6*s + ms}, []int64{500 * ms, ms / 2}, []int{1, 1, 1}},
		{"a tenth as fast", 0.1, 0, []int64{0, s}, []int64{10 * s}, []int{1, 1}},
		{"earlier than the one before", 1, 0, []int64{5 * s, 6 * s, 6*s - ms, 7 * s}, []int64{s, s}, []int{1, 2, 1}},
		{"the clock is set back", 1, 0, []int64{5 * h, 5*h + s, h, h + s}, []int64{s, s}, []int{1, 2, 1}},
		{"no longer pauses", 1, 3 * s, []int64{0, h, h + s}, []int64{3 * s, s}, []int{1, 1, 1}},
		{"before 1970", 1, 0, []int64{-3 * s, -s, s}, []int64{2 * s, 2 * s}, []int{1, 1, 1}},
		{"far apart", 1e12, 0, []int64{math.MinInt64, math.MaxInt64}, []int64{18446744}, []int{1, 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, batch := range []int{1, 2, 100} {
				clock := &fake{now: 77}
				src, err := New(&list{at(tt.times...), batch}, Options{Speed: tt.speed, Pause: tt.pause, Clock: clock})
				if err != nil {
					t.Fatal(err)
				}
				var got []pcaps.Frame
				var runs []int
				for {
					var b pcaps.Batch
					if err := src.Next(&b); errors.Is(err, io.EOF) {
						break
					} else if err != nil {
						t.Fatal(err)
					}
					runs = append(runs, len(b.Frames))
					got = append(got, b.Frames...)
				}
				if diff := cmp.Diff(at(tt.times...), got); diff != "" {
					t.Errorf("batches of %d: frames have changed (-was +is):\n%s", batch, diff)
				}
				if diff := cmp.Diff(tt.waits, clock.waits); diff != "" {
					t.Errorf("batches of %d: waits (-want +got):\n%s", batch, diff)
				}
				if diff := cmp.Diff(tt.runs, runs); diff != "" && batch == 100 {
					t.Errorf("frames at once (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// At a rate, the times of the frames do not matter, and a wait that took too long is made up for.
func TestFramesComeAtARate(t *testing.T) {
	clock := &fake{now: 77}
	src, err := New(&list{at(9e9, 0, 0, 5e9, 5e9), 2}, Options{Rate: 1000, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	var runs []int
	for {
		var b pcaps.Batch
		if err := src.Next(&b); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, len(b.Frames))
		if len(runs) == 2 {
			clock.now += 2_500_000
		}
	}
	if diff := cmp.Diff([]int64{1e6, 500_000}, clock.waits); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{1, 1, 2, 1}, runs); diff != "" {
		t.Errorf("frames at once (-want +got):\n%s", diff)
	}
}

func TestWithoutSpeedNobodyWaits(t *testing.T) {
	src, err := New(&list{at(0, 1e9, 1e18), 100}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b pcaps.Batch
	if err := src.Next(&b); err != nil || len(b.Frames) != 3 {
		t.Errorf("%d frames, %v", len(b.Frames), err)
	}
}

func TestCloseEndsWaiting(t *testing.T) {
	src, err := New(&list{at(0, 1e18), 100}, Options{Speed: 1, Clock: &fake{stuck: true}})
	if err != nil {
		t.Fatal(err)
	}
	var b pcaps.Batch
	if err := src.Next(&b); err != nil || len(b.Frames) != 1 {
		t.Fatalf("%d frames, %v", len(b.Frames), err)
	}
	go src.Close()
	if err := src.Next(&b); !errors.Is(err, io.EOF) {
		t.Errorf("the error is %v", err)
	}
	if err := src.Next(&b); !errors.Is(err, io.EOF) {
		t.Errorf("behind Close, the error is %v", err)
	}
	src.Close()
}

func TestSpeedsThatMakeNoSense(t *testing.T) {
	for _, speed := range []float64{-1, math.NaN(), math.Inf(1)} {
		if _, err := New(&list{}, Options{Speed: speed}); err == nil {
			t.Errorf("speed %v is accepted", speed)
		}
		if _, err := New(&list{}, Options{Rate: speed}); err == nil {
			t.Errorf("%v frames a second are accepted", speed)
		}
	}
	if _, err := New(&list{}, Options{Speed: 1, Rate: 1}); err == nil {
		t.Error("a speed and a rate are accepted")
	}
}

func TestSteadyPathAllocatesNothing(t *testing.T) {
	times := make([]int64, 2000)
	for i := range times {
		times[i] = int64(i) * 1000
	}
	clock := &fake{}
	clock.waits = make([]int64, 0, 10*len(times))
	from := &list{at(times...), 10}
	src, err := New(from, Options{Speed: 1, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	var b pcaps.Batch
	for range 100 {
		_ = src.Next(&b)
	}
	if n := testing.AllocsPerRun(100, func() { _ = src.Next(&b) }); n > 0 {
		t.Errorf("%v allocations a batch", n)
	}
}
