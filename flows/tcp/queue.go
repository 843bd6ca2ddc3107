package tcp

import (
	"math/bits"
	"slices"
	"unsafe"

	"plcscope/decode"
)

// item is a stretch of a stream that waits for delivery.
type item struct {
	seg   decode.Segment // its Payload is a copy of the stretch's captured bytes
	seq   uint32
	size  uint32 // bytes of sequence space: the payload and what the snap length cut off
	order uint64 // the connection's count of segments when it arrived
	time  int64  // when it arrived
	fin   bool   // the FIN at seq; size is 0
	rst   bool   // an RST; size is 0
	buf   []byte // what Payload lies in
	next  *item  // in the list of free ones
}

func (i *item) end() uint32 { return i.seq + i.size }

// before compares sequence numbers, which wrap, by their distance.
func before(a, b uint32) bool { return int32(a-b) < 0 }

// queue holds items in the order of their sequence numbers, without overlap.
type queue struct {
	items []*item
	head  int // items before it are gone
	bytes int // of sequence space
}

func (q *queue) len() int { return len(q.items) - q.head }

func (q *queue) first() *item {
	if q.head == len(q.items) {
		return nil
	}
	return q.items[q.head]
}

func (q *queue) last() *item {
	if q.head == len(q.items) {
		return nil
	}
	return q.items[len(q.items)-1]
}

// search returns the index of the first item that ends behind seq, or that lies
// at seq or behind it.
func (q *queue) search(seq uint32) int {
	if l := q.last(); l == nil || before(l.seq, seq) && !before(seq, l.end()) {
		return len(q.items)
	}
	lo, hi := q.head, len(q.items)
	for lo < hi {
		m := int(uint(lo+hi) / 2)
		if it := q.items[m]; before(it.seq, seq) && !before(seq, it.end()) {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return lo
}

// at returns the first item that search finds, or nil.
func (q *queue) at(seq uint32) *item {
	if i := q.search(seq); i < len(q.items) {
		return q.items[i]
	}
	return nil
}

func (q *queue) insert(i int, it *item) int {
	if len(q.items) == cap(q.items) && q.head > 0 {
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items = q.items[:n]
		i -= q.head
		q.head = 0
	}
	q.items = slices.Insert(q.items, i, it)
	q.bytes += int(it.size)
	return i
}

func (q *queue) pop() *item {
	it := q.items[q.head]
	q.items[q.head] = nil
	q.head++
	if q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
	}
	q.bytes -= int(it.size)
	return it
}

// pending is what waits on one connection. Only connections on which something
// waits have one.
type pending struct {
	c            *Conn
	q            [2]queue
	due          int64 // when patience runs out
	older, newer *pending
	earlier      *pending
	later        *pending
	waiting      bool
}

// ages lists the pendings of a table, the oldest first.
type ages struct{ first, last *pending }

func (l *ages) push(p *pending) {
	p.older, p.newer = l.last, nil
	if l.last != nil {
		l.last.newer = p
	} else {
		l.first = p
	}
	l.last = p
}

func (l *ages) remove(p *pending) {
	if p.older != nil {
		p.older.newer = p.newer
	} else {
		l.first = p.newer
	}
	if p.newer != nil {
		p.newer.older = p.older
	} else {
		l.last = p.older
	}
}

// waiters lists the pendings that the clock can release, roughly in the order of
// due.
type waiters struct{ first, last *pending }

func (l *waiters) push(p *pending) {
	p.waiting = true
	p.earlier, p.later = l.last, nil
	if l.last != nil {
		l.last.later = p
	} else {
		l.first = p
	}
	l.last = p
}

func (l *waiters) remove(p *pending) {
	p.waiting = false
	if p.earlier != nil {
		p.earlier.later = p.later
	} else {
		l.first = p.later
	}
	if p.later != nil {
		p.later.earlier = p.earlier
	} else {
		l.last = p.earlier
	}
}

// Memory that an item and a pending cost beside the bytes.
const (
	itemCost    = int64(unsafe.Sizeof(item{}))
	pendingCost = int64(unsafe.Sizeof(pending{})) + 64
)

// pool keeps items, buffers and pendings for reuse.
type pool struct {
	items    *item
	pendings []*pending
	buffers  [bufferClasses][][]byte // class n holds buffers of 64<<n bytes
	kept     int64                   // bytes in buffers
	limit    int64                   // for kept
}

const bufferClasses = 12 // up to 128 KiB

func bufferClass(n int) int { return max(bits.Len(uint(n-1))-6, 0) }

func (p *pool) buffer(n int) []byte {
	if n == 0 {
		return nil
	}
	class := bufferClass(n)
	if class >= bufferClasses {
		return make([]byte, n)
	}
	if l := p.buffers[class]; len(l) > 0 {
		b := l[len(l)-1]
		p.buffers[class] = l[:len(l)-1]
		p.kept -= int64(cap(b))
		return b[:n]
	}
	return make([]byte, n, 64<<class)
}

func (p *pool) item(n int) *item {
	it := p.items
	if it == nil {
		it = new(item)
	} else {
		p.items = it.next
	}
	it.next, it.buf = nil, p.buffer(n)
	return it
}

func (p *pool) free(it *item) {
	if b := it.buf; b != nil {
		class := bufferClass(cap(b))
		if class < bufferClasses && p.kept+int64(cap(b)) <= p.limit {
			p.buffers[class] = append(p.buffers[class], b)
			p.kept += int64(cap(b))
		}
	}
	*it = item{next: p.items}
	p.items = it
}

func (p *pool) pending() *pending {
	if n := len(p.pendings); n > 0 {
		x := p.pendings[n-1]
		p.pendings = p.pendings[:n-1]
		return x
	}
	return new(pending)
}

func (p *pool) freePending(x *pending) {
	for d := range x.q {
		if cap(x.q[d].items) > 256 {
			x.q[d].items = nil
		}
	}
	*x = pending{q: [2]queue{{items: x.q[0].items[:0]}, {items: x.q[1].items[:0]}}}
	p.pendings = append(p.pendings, x)
}
