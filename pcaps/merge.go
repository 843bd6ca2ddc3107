package pcaps

import (
	"errors"
	"io"
	"math"
)

// mergeBytes is the buffer of each of the files that are read at one time because
// they overlap.
const mergeBytes = 64 << 10

// probe finds the time of the stream's first frame. A regular file is closed
// again, so that a thousand files of a ring do not take a thousand descriptors;
// of another input, what was read is kept.
func (s *stream) probe(done func(int)) error {
	saved := *s.file
	err := s.open(func(int) {})
	switch {
	case errors.Is(err, errEmpty): // the last file of a ring, perhaps
		s.mu.Lock()
		s.tell(Problem{File: s.name, Text: errEmpty.Error()})
		s.mu.Unlock()
		s.over, s.first = true, math.MaxInt64
		return nil
	case err != nil:
		return err
	}
	s.first = math.MaxInt64
	tell := s.tell
	if s.seek {
		s.tell = func(Problem) {} // will be found again
	}
	err = s.fill(&s.pending, sniffLen)
	s.tell = tell
	if err != nil && err != io.EOF {
		s.close()
		return err
	}
	if len(s.pending.Frames) > 0 {
		s.first = s.pending.Frames[0].Time
	}
	if s.seek {
		s.close()
		saved.Size, saved.Format, saved.Compression = s.file.Size, s.file.Format, s.file.Compression
		*s.file = saved
		s.src, s.pending = nil, Batch{}
	} else {
		s.raw.add = done
	}
	return nil
}

// putAside copies frames to be merged later; pending must be used up.
func (s *stream) putAside(frames []Frame) {
	n := 0
	for i := range frames {
		n += len(frames[i].Data)
	}
	p := &s.pending
	if cap(p.buf) < n {
		p.buf = make([]byte, 0, n)
	}
	p.buf, p.Frames, s.pos = p.buf[:0], p.Frames[:0], 0
	for i := range frames {
		p.add(&frames[i])
	}
}

// add copies one frame into b, whose buffer must have room.
func (b *Batch) add(f *Frame) {
	n := len(b.buf)
	b.buf = append(b.buf, f.Data...)
	b.Frames = append(b.Frames, *f)
	b.Frames[len(b.Frames)-1].Data = b.buf[n:len(b.buf):len(b.buf)]
}

// merge fills b from the active files, always with the earliest frame that one of
// them has next; of two at the same time, that of the file which began first.
func (c *Capture) merge(b *Batch) error {
	b.Frames = b.Frames[:0]
	if cap(b.buf) == 0 {
		b.buf = make([]byte, 0, c.opt.batchBytes())
	}
	b.buf = b.buf[:0]
	for {
		best, until, err := c.choose()
		if err != nil || best == nil {
			return err
		}
		for best.pos < len(best.pending.Frames) {
			f := &best.pending.Frames[best.pos]
			if f.Time > until {
				break
			}
			if len(b.Frames) > 0 && len(b.buf)+len(f.Data) > cap(b.buf) {
				return nil
			}
			b.add(f)
			best.pos++
			c.number++
			last := &b.Frames[len(b.Frames)-1]
			last.Number, last.File = c.number, best.index
		}
		if best.pos == len(best.pending.Frames) && (len(c.active) == 1 || !best.seek) {
			return nil // nothing left to merge with, or what follows may be long in coming
		}
	}
}

// choose returns the active file that has the next frame and the time until which
// its frames come before those of every other file. It returns nil when no file
// has a frame left.
func (c *Capture) choose() (best *stream, until int64, err error) {
	for i := 0; ; i++ {
		if i == len(c.active) {
			// A file that begins before the frame found takes part, too.
			if best == nil || c.next == len(c.streams) || c.streams[c.next].first >= best.head() {
				break
			}
			if err := c.activate(); err != nil {
				return nil, 0, err
			}
		}
		s := c.active[i]
		if s.pos == len(s.pending.Frames) {
			s.pos = 0
			err := s.fill(&s.pending, mergeBytes)
			if err == io.EOF {
				c.active = append(c.active[:i], c.active[i+1:]...)
				i--
				continue
			}
			if err != nil {
				return nil, 0, err
			}
		}
		if best == nil || s.head() < best.head() {
			best = s
		}
	}
	until = math.MaxInt64
	seen := false
	for _, s := range c.active {
		switch {
		case s == best:
			seen = true
		case seen:
			until = min(until, s.head()) // best goes first at the same time
		default:
			until = min(until, s.head()-1)
		}
	}
	if c.next < len(c.streams) {
		until = min(until, c.streams[c.next].first)
	}
	return best, until, nil
}

func (s *stream) head() int64 { return s.pending.Frames[s.pos].Time }
