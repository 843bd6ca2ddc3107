package pcaps

// Reset empties b so that it can be filled by another source than a Capture: a live
// one. The buffer is at least size bytes; one that is large enough is used again.
func (b *Batch) Reset(size int) {
	if cap(b.buf) < size {
		b.buf = make([]byte, 0, size)
	}
	b.buf, b.Frames = b.buf[:0], b.Frames[:0]
}

// Add appends a frame of n captured bytes and returns it. Its Data are the bytes of
// the buffer that the caller fills in; all other fields are left over from earlier
// use and must be set. It returns nil when the buffer is full; an empty batch takes
// a frame of any length.
func (b *Batch) Add(n int) *Frame {
	start := len(b.buf)
	if n > cap(b.buf)-start {
		if len(b.Frames) > 0 {
			return nil
		}
		b.buf, start = make([]byte, 0, n), 0
	}
	b.buf = b.buf[:start+n]
	b.Frames = oneMore(b.Frames)
	f := &b.Frames[len(b.Frames)-1]
	f.Data = b.buf[start : start+n : start+n]
	return f
}
