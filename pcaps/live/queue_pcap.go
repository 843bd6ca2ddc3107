//go:build windows || (libpcap && cgo)

package live

import (
	"sync"

	"plcscope/pcaps"
)

// queueBytes is the size of each of the two batches of a queue. Frames of a busy
// interface wait here while a quiet one is given time to show earlier ones.
const queueBytes = 4 << 20

// packet is a frame as the library shows it. Its data are valid until the next one.
type packet struct {
	time   int64 // nanoseconds since 1970-01-01 UTC
	length uint32
	data   []byte
}

// queue holds the frames of one interface that wait to be handed out, oldest first.
// One goroutine puts them in, and waits while there is no room, so that what does not
// fit is dropped and counted by the kernel. Next takes them out.
type queue struct {
	mu   sync.Mutex    // guards in
	in   *pcaps.Batch  // is being filled
	room chan struct{} // in has been emptied

	// These belong to who holds Capture.mu.
	out   *pcaps.Batch // is handed out
	next  int          // index into out.Frames
	taken int          // frames handed out so far
	limit int          // frames before this count may be handed out whatever their times are
	found int          // frames that settle has found
}

func newQueue() *queue {
	q := &queue{in: new(pcaps.Batch), out: new(pcaps.Batch), room: make(chan struct{}, 1)}
	q.in.Reset(queueBytes)
	q.out.Reset(queueBytes)
	return q
}

// put appends a copy of p, of which at most snap bytes are kept. It reports whether
// the queue was empty, and false for ok when done was closed before there was room.
func (q *queue) put(p packet, snap int, done <-chan struct{}) (first, ok bool) {
	n := min(len(p.data), snap)
	q.mu.Lock()
	f := q.in.Add(n)
	for f == nil {
		q.mu.Unlock()
		select {
		case <-q.room:
		case <-done:
			return false, false
		}
		q.mu.Lock()
		f = q.in.Add(n)
	}
	copy(f.Data, p.data)
	f.Time, f.Length = p.time, p.length
	first = len(q.in.Frames) == 1
	q.mu.Unlock()
	return first, true
}

// head returns the next frame, or nil.
func (q *queue) head() *pcaps.Frame {
	if q.next == len(q.out.Frames) {
		q.swap()
		if len(q.out.Frames) == 0 {
			return nil
		}
	}
	return &q.out.Frames[q.next]
}

// swap makes what has been put in what is handed out.
func (q *queue) swap() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.out.Reset(queueBytes)
	q.next = 0
	if len(q.in.Frames) == 0 {
		return
	}
	q.in, q.out = q.out, q.in
	select {
	case q.room <- struct{}{}:
	default:
	}
}

// skip goes on to the frame after the head.
func (q *queue) skip() {
	q.next++
	q.taken++
}

// ready returns how many frames are here, and the time of the last.
func (q *queue) ready() (n int, last int64) {
	n = len(q.out.Frames) - q.next
	if n > 0 {
		last = q.out.Frames[len(q.out.Frames)-1].Time
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if k := len(q.in.Frames); k > 0 {
		n, last = n+k, q.in.Frames[k-1].Time
	}
	return n, last
}
