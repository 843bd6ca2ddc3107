package index

import (
	"slices"
	"sync/atomic"

	"plcscope/decode"
	"plcscope/flows/tcp"
)

// NoConn stands where a frame belongs to no TCP connection that the index keeps.
const NoConn = ^uint32(0)

// Frame is what the index knows of a frame without reading it.
type Frame struct {
	Number   uint64 // as tshark assigns it, from 1
	Time     int64  // nanoseconds since 1970-01-01 UTC
	Captured int    // bytes; what it had on the wire is read with it

	Conn    uint32       // of its TCP connection, or NoConn
	Segment bool         // it holds a TCP segment, or completes one that came in fragments
	Dir     tcp.Dir      // of the segment in its connection
	Flags   decode.Flags // of the segment
	Payload bool         // the segment has data
}

// frameRow is a Frame in 32 bytes.
type frameRow struct {
	time  int64
	place uint64 // offset<<20 | marks<<16 | origin
	conn  uint32
	prev  uint32 // number of the frame before it in its connection, 0 for none
	size  uint32 // flags<<24 | captured bytes
	last  uint32 // number of the last message that it completes; atomic, all else is constant

}

const (
	markSegment = 1 << (16 + iota)
	markDir
	markPayload
	markUnkept // its bytes cannot be read again

	maxOffset = 1<<44 - 1
	maxSize   = 1<<24 - 1
)

func (r *frameRow) dir() tcp.Dir { return tcp.Dir(r.place / markDir & 1) }

func (r *frameRow) view(number uint32) Frame {
	return Frame{
		Number: uint64(number), Time: r.time, Captured: int(r.size & maxSize),
		Conn: r.conn, Segment: r.place&markSegment != 0, Dir: r.dir(),
		Flags: decode.Flags(r.size >> 24), Payload: r.place&markPayload != 0,
	}
}

// Frames is how many frames the index holds; they are numbered from 1.
func (ix *Index) Frames() uint32 { return ix.frames.len() }

// Frame returns what the index knows of frame number n, and false when there is none.
func (ix *Index) Frame(n uint32) (Frame, bool) {
	if n == 0 || n > ix.frames.len() {
		return Frame{}, false
	}
	return ix.frames.at(n - 1).view(n), true
}

// FramesOf appends the numbers of the frames of a connection behind frame after, in
// ascending order.
func (ix *Index) FramesOf(conn uint32, list []uint32, after uint32) []uint32 {
	if conn >= ix.hot.len() {
		return list
	}
	from := len(list)
	for n := ix.hot.at(conn).lastFrame.Load(); n > after; n = ix.frames.at(n - 1).prev {
		list = append(list, n)
	}
	slices.Reverse(list[from:])
	return list
}

// MessagesIn appends the numbers of the messages that frame n completes, in the order of
// delivery.
func (ix *Index) MessagesIn(n uint32, list []uint32) []uint32 {
	if n == 0 || n > ix.frames.len() {
		return list
	}
	from := len(list)
	for m := atomic.LoadUint32(&ix.frames.at(n - 1).last); m != 0; {
		list = append(list, m)
		r := ix.messages.at(m - 1)
		switch {
		case r.flags&flagSameFrame != 0:
			m--
		case r.extra != 0:
			m = ix.extras.at(r.extra - 1).prev
		default:
			m = 0
		}
	}
	slices.Reverse(list[from:])
	return list
}
