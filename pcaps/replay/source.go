package replay

import (
	"fmt"
	"io"
	"math"
	"sync"

	"plcscope/pcaps"
)

// Frames is where frames come from: a *pcaps.Capture.
type Frames interface {
	Next(b *pcaps.Batch) error
}

// Clock tells the time, in nanoseconds from any origin, and waits.
type Clock interface {
	Now() int64
	// Wait returns true at that time, or false as soon as stop is closed.
	Wait(until int64, stop <-chan struct{}) bool
}

// Options of a Source.
type Options struct {
	Speed      float64 // 1 is as captured, 2 twice as fast; 0 does not wait at all
	Rate       float64 // frames a second, evenly; then Speed must be 0
	Pause      int64   // longest wait between two frames, in nanoseconds; 0 is no bound
	Clock      Clock   // not needed where Speed and Rate are 0
	BatchBytes int     // of frames that are handed out at once; 0 means 256 KiB
}

// Source hands out frames when they are due. Next belongs to one goroutine; Close may be
// called from any.
type Source struct {
	from  Frames
	opt   Options
	pace  pace
	in    pcaps.Batch
	pos   int   // of the next frame in it
	known bool  // due is that of the next frame
	due   int64 // by the clock
	start int64 // when the first frame was due, by the clock
	now   int64 // what the clock has told last
	stop  chan struct{}
	once  sync.Once
}

// New makes a source of the frames of another.
func New(from Frames, opt Options) (*Source, error) {
	if !(opt.Speed >= 0) || math.IsInf(opt.Speed, 1) || opt.Pause < 0 {
		return nil, fmt.Errorf("speed %g: want a number above 0, such as 2 for twice as fast", opt.Speed)
	}
	if !(opt.Rate >= 0) || math.IsInf(opt.Rate, 1) || opt.Rate > 0 && opt.Speed > 0 {
		return nil, fmt.Errorf("%g frames a second: want a number above 0, and no speed beside it", opt.Rate)
	}
	if opt.BatchBytes <= 0 {
		opt.BatchBytes = 256 << 10
	}
	return &Source{from: from, opt: opt, pace: pace{rate: opt.Rate, speed: opt.Speed, pause: float64(opt.Pause)}, stop: make(chan struct{})}, nil
}

// Next fills b with the frames that are due, at least one; it waits for it. After the last
// frame, and after Close, it returns io.EOF. Frames are valid until b is filled again.
func (s *Source) Next(b *pcaps.Batch) error {
	select {
	case <-s.stop:
		return io.EOF
	default:
	}
	if s.opt.Speed == 0 && s.opt.Rate == 0 {
		return s.from.Next(b)
	}
	b.Reset(s.opt.BatchBytes)
	for {
		if s.pos == len(s.in.Frames) {
			if len(b.Frames) > 0 {
				return nil
			}
			if err := s.from.Next(&s.in); err != nil {
				return err
			}
			s.pos = 0
			continue
		}
		f := &s.in.Frames[s.pos]
		if !s.isDue(f) {
			if len(b.Frames) > 0 {
				return nil
			}
			if !s.opt.Clock.Wait(s.due, s.stop) {
				return io.EOF
			}
		}
		g := b.Add(len(f.Data))
		if g == nil {
			return nil
		}
		data := g.Data
		copy(data, f.Data)
		*g = *f
		g.Data = data
		s.pos++
		s.known = false
	}
}

// isDue reports whether it is time for f, the next frame.
func (s *Source) isDue(f *pcaps.Frame) bool {
	if !s.known {
		if !s.pace.begun {
			s.start = s.opt.Clock.Now()
			s.now = s.start
		}
		s.due, s.known = s.start+s.pace.due(f.Time), true
	}
	if s.due > s.now {
		s.now = s.opt.Clock.Now()
	}
	return s.due <= s.now
}

// Close ends what Next waits for. It does not close what the frames come from.
func (s *Source) Close() error {
	s.once.Do(func() { close(s.stop) })
	return nil
}
