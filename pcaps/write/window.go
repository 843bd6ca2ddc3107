package write

import "plcscope/pcaps"

// Sink takes frames; a Ring is one.
type Sink interface {
	WriteComment(f *pcaps.Frame, comment string)
}

// Around says how much a Window keeps. Times are in nanoseconds.
type Around struct {
	Before, After int64
	Bytes         int // most memory for what may still be wanted; 0 means 64 MiB
}

// Window passes on only the frames around events: those of some time before, which it
// holds in memory until then, and those of some time after. Frames come in the order
// of capture. It belongs to one goroutine.
type Window struct {
	opt    Around
	sink   Sink
	until  int64 // frames up to this time are passed on; meaningless unless open
	open   bool
	chunks []*chunk // the oldest first
	spare  *chunk
	bytes  int    // of all chunks
	crowd  uint64 // frames given up for want of memory within their time
	notes  []note // of frames to come
}

// chunk holds frames and their bytes.
type chunk struct {
	frames []pcaps.Frame
	first  int // those before it were given up
	buf    []byte
}

// note is the comment that waits for a frame.
type note struct {
	frame uint64
	text  string
}

const (
	chunkBytes  = 64 << 10
	chunkFrames = 512
	frameSize   = 64 // of a pcaps.Frame
	maxNotes    = 1024
)

// cost is the memory of a chunk.
func (c *chunk) cost() int { return cap(c.buf) + cap(c.frames)*frameSize }

// NewWindow makes a window that passes frames on to sink.
func NewWindow(opt Around, sink Sink) *Window {
	if opt.Bytes <= 0 {
		opt.Bytes = 64 << 20
	}
	return &Window{opt: opt, sink: sink}
}

// WriteFrame takes a frame: it is passed on now, when an event is near before it, or
// copied for the case that one is near behind it.
func (w *Window) WriteFrame(f *pcaps.Frame) {
	if w.open && f.Time <= w.until {
		w.pass(f)
		return
	}
	w.open = false
	w.age(f.Time)
	w.hold(f)
}

// Trigger tells of an event at a time. What is held of the time before it is passed on,
// and what comes goes the same way until After has gone by. The comment, unless empty,
// stands at the frame with that number; it is not written when that frame was passed on
// before. Trigger before WriteFrame of the frame for the comment to be sure of it.
func (w *Window) Trigger(at int64, frame uint64, comment string) {
	if comment != "" && len(w.notes) < maxNotes {
		w.notes = append(w.notes, note{frame, comment})
	}
	for _, c := range w.chunks {
		for i := c.first; i < len(c.frames); i++ {
			if f := &c.frames[i]; at-f.Time <= w.opt.Before {
				w.pass(f)
			}
		}
		w.release(c)
	}
	clear(w.chunks)
	w.chunks = w.chunks[:0]
	if until := at + w.opt.After; !w.open || until > w.until {
		w.until = until
	}
	w.open = true
}

// Crowded is how many frames were given up, because there was no memory for them, that
// an event could still have asked for.
func (w *Window) Crowded() uint64 { return w.crowd }

// pass hands a frame on, with what is noted about it.
func (w *Window) pass(f *pcaps.Frame) {
	comment := ""
	if len(w.notes) > 0 {
		left := w.notes[:0]
		for _, n := range w.notes {
			switch {
			case n.frame > f.Number:
				left = append(left, n)
			case n.frame == f.Number && comment != "":
				comment += "\n" + n.text
			case n.frame == f.Number:
				comment = n.text
			}
		}
		clear(w.notes[len(left):])
		w.notes = left
	}
	w.sink.WriteComment(f, comment)
}

// hold copies a frame.
func (w *Window) hold(f *pcaps.Frame) {
	c := w.last(len(f.Data))
	if c == nil {
		w.crowd++
		return
	}
	start := len(c.buf)
	c.buf = append(c.buf, f.Data...)
	c.frames = append(c.frames, *f)
	c.frames[len(c.frames)-1].Data = c.buf[start:len(c.buf):len(c.buf)]
}

// last returns a chunk with room for n bytes, nil when memory does not allow one.
func (w *Window) last(n int) *chunk {
	if k := len(w.chunks); k > 0 {
		if c := w.chunks[k-1]; len(c.frames) < cap(c.frames) && n <= cap(c.buf)-len(c.buf) {
			return c
		}
	}
	cost := max(n, chunkBytes) + chunkFrames*frameSize
	for len(w.chunks) > 0 && w.bytes+cost > w.opt.Bytes {
		w.crowd += uint64(len(w.chunks[0].frames) - w.chunks[0].first)
		w.drop()
	}
	c := w.spare
	if c != nil && n <= cap(c.buf) {
		w.spare = nil
	} else if w.bytes+cost <= w.opt.Bytes {
		c = &chunk{frames: make([]pcaps.Frame, 0, chunkFrames), buf: make([]byte, 0, max(n, chunkBytes))}
	} else {
		return nil
	}
	w.bytes += c.cost()
	w.chunks = append(w.chunks, c)
	return c
}

// age gives up the frames that are too old for an event at now.
func (w *Window) age(now int64) {
	for len(w.chunks) > 0 {
		c := w.chunks[0]
		for c.first < len(c.frames) && now-c.frames[c.first].Time > w.opt.Before {
			c.first++
		}
		if c.first < len(c.frames) {
			return
		}
		w.drop()
	}
}

// drop gives up the oldest chunk.
func (w *Window) drop() {
	c := w.chunks[0]
	k := copy(w.chunks, w.chunks[1:])
	w.chunks[k] = nil
	w.chunks = w.chunks[:k]
	w.release(c)
}

// release keeps an emptied chunk for the next one that is needed.
func (w *Window) release(c *chunk) {
	w.bytes -= c.cost()
	c.frames, c.first, c.buf = c.frames[:0], 0, c.buf[:0]
	if cap(c.buf) == chunkBytes {
		w.spare = c
	}
}
