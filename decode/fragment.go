package decode

import (
	"hash/crc32"
	"math/bits"
)

const (
	maxDatagram = 65535 // payload bytes; nothing longer can be addressed
	blocks      = (maxDatagram + 7) / 8
	// rememberFor is how long, in nanoseconds of capture time, the fragments of
	// a completed datagram are known again. A mirror that copies a frame twice
	// does it within milliseconds; an identification comes back later than that.
	rememberFor = 1e9
	// maxRemembered is how many completed datagrams are.
	maxRemembered = 256
	// pieceCost is what a held fragment takes beside its bytes.
	pieceCost = 64
	// datagramCost is what an incomplete datagram takes beside its fragments.
	datagramCost = 1400
)

// fragmentKey says which datagram a fragment belongs to.
type fragmentKey struct {
	src, dst Addr
	id       uint32
	proto    uint8 // 0 in IPv6
	version  uint8
}

// fragment is one fragment of an IP datagram.
type fragment struct {
	key   fragmentKey
	start int   // of its bytes in the datagram's payload
	more  bool  // not the last
	proto uint8 // what the payload is; the first fragment decides
}

// piece is a fragment as it is kept.
type piece struct {
	start, end int // on the wire
	last       bool
	crc        uint32 // of data
	data       []byte // captured bytes, our own copy; nil once the datagram is complete
}

// datagram is an IP datagram of which fragments have come.
type datagram struct {
	key        fragmentKey
	born       int64 // capture time of its first fragment; of its completion when complete
	complete   bool
	proto      uint8
	total      int // payload bytes, -1 until the last fragment has come
	reached    int // end of the furthest fragment
	have       int // blocks of eight bytes that have come
	seen       [(blocks + 63) / 64]uint64
	pieces     []piece // in order of arrival
	cost       int
	prev, next *datagram // by age, in the list of the incomplete or the complete
}

// ages is a list of datagrams, the oldest first.
type ages struct {
	head, tail *datagram
	n          int
}

func (l *ages) push(d *datagram) {
	d.prev, d.next = l.tail, nil
	if l.tail != nil {
		l.tail.next = d
	} else {
		l.head = d
	}
	l.tail = d
	l.n++
}

func (l *ages) remove(d *datagram) {
	if d.prev != nil {
		d.prev.next = d.next
	} else {
		l.head = d.next
	}
	if d.next != nil {
		d.next.prev = d.prev
	} else {
		l.tail = d.prev
	}
	d.prev, d.next = nil, nil
	l.n--
}

// fragments puts datagrams together. What it holds is bounded in number and in
// bytes; the oldest datagram goes when a bound is reached.
type fragments struct {
	maxDatagrams int
	maxBytes     int
	timeout      int64

	table    map[fragmentKey]*datagram
	open     ages // incomplete
	complete ages
	bytes    int
	stats    *FragmentStats
}

func (fs *fragments) init(opt Options, stats *FragmentStats) {
	fs.maxDatagrams, fs.maxBytes, fs.timeout = opt.MaxDatagrams, opt.MaxFragmentBytes, opt.FragmentTimeout
	if fs.maxDatagrams <= 0 {
		fs.maxDatagrams = 1024
	}
	if fs.maxBytes <= 0 {
		fs.maxBytes = 8 << 20
	}
	if fs.timeout <= 0 {
		fs.timeout = 30e9
	}
	fs.stats = stats
}

// fragment hands a fragment to the reassembly and goes on with the datagram that
// it completes.
func (w *walker) fragment(f fragment, p part) Reason {
	switch f.proto {
	case protoTCP, protoUDP, protoGRE, protoIPv4, protoIPv6, protoAH,
		protoHopByHop, protoRouting, protoOptions, protoMobility, protoHIP, protoShim6:
	default:
		return OtherProtocol // nothing in it for us
	}
	if w.tree != nil { // one frame alone is being looked at
		if f.start == 0 && len(p.b) < p.n {
			return w.transport(f.proto, p) // tshark gives up on cut fragments too
		}
		return FragmentHeld
	}
	if !w.deeper() {
		return TooDeep
	}
	whole, proto, r := w.d.frags.add(f, p.b, p.n, w.time)
	if r != accepted {
		return r
	}
	return w.transport(proto, whole)
}

// add keeps the fragment f whose n bytes on the wire were captured as far as b
// has them. When that completes the datagram, add returns its payload, newly
// allocated, and the protocol of it; otherwise the reason is not accepted.
func (fs *fragments) add(f fragment, b []byte, n int, now int64) (whole part, proto uint8, r Reason) {
	end := f.start + n
	if n == 0 || end > maxDatagram || f.more && n%8 != 0 {
		return part{}, 0, FragmentMalformed
	}
	fs.expire(now)
	crc := crc32.ChecksumIEEE(b)
	d := fs.table[f.key]
	if d != nil && (d.complete && !d.knows(f.start, end, crc) || now-d.born > fs.timeout) {
		fs.drop(d, &fs.stats.Expired)
		d = nil
	}
	if d != nil && d.complete {
		return part{}, 0, FragmentDuplicate
	}
	if d == nil {
		d = &datagram{key: f.key, born: now, total: -1, proto: f.proto, cost: datagramCost}
		if fs.table == nil {
			fs.table = make(map[fragmentKey]*datagram)
		}
		fs.table[f.key] = d
		fs.open.push(d)
		fs.bytes += d.cost
	}
	if !f.more {
		if d.total >= 0 && d.total != end || end < d.reached {
			return part{}, 0, FragmentMalformed // two ends: the first that came stands
		}
		d.total = end
	} else if d.total >= 0 && end > d.total {
		return part{}, 0, FragmentMalformed
	}
	added := d.cover(f.start, end)
	if added == 0 {
		return part{}, 0, FragmentDuplicate
	}
	if added < (n+7)/8 {
		fs.stats.Overlaps++
	}
	if f.start == 0 {
		d.proto = f.proto
	}
	d.have += added
	d.reached = max(d.reached, end)
	p := piece{start: f.start, end: end, last: !f.more, crc: crc, data: append([]byte(nil), b...)}
	d.pieces = append(d.pieces, p)
	d.cost += len(b) + pieceCost
	fs.bytes += len(b) + pieceCost
	fs.stats.Pending++

	if d.total >= 0 && d.have == (d.total+7)/8 {
		whole = d.assemble()
		fs.finish(d, now)
		return whole, d.proto, accepted
	}
	for fs.open.n > fs.maxDatagrams || fs.bytes > fs.maxBytes {
		if oldest := fs.complete.head; oldest != nil {
			fs.drop(oldest, nil)
			continue
		}
		fs.drop(fs.open.head, &fs.stats.Evicted)
	}
	return part{}, 0, FragmentHeld
}

// cover marks the blocks from start to end and counts those that are new.
func (d *datagram) cover(start, end int) (added int) {
	for first, last := start/8, (end+7)/8; first < last; {
		word, bit := first/64, first%64
		n := min(64-bit, last-first)
		mask := (^uint64(0) >> (64 - n)) << bit
		added += bits.OnesCount64(mask &^ d.seen[word])
		d.seen[word] |= mask
		first += n
	}
	return added
}

// knows reports whether the complete datagram d had exactly this fragment.
func (d *datagram) knows(start, end int, crc uint32) bool {
	for i := range d.pieces {
		if p := &d.pieces[i]; p.start == start && p.end == end && p.crc == crc {
			return true
		}
	}
	return false
}

// assemble copies the fragments together. They go in from the latest to the
// earliest, so that where two overlap the one that came first stands. When the
// snap length cut fragments, the payload ends before the first missing byte.
func (d *datagram) assemble() part {
	b := make([]byte, d.total)
	captured := new(datagram) // for its bitmap
	whole := true
	for i := len(d.pieces) - 1; i >= 0; i-- {
		p := &d.pieces[i]
		copy(b[p.start:], p.data)
		whole = whole && len(p.data) == p.end-p.start
	}
	if whole {
		return part{b, d.total, 0}
	}
	for i := range d.pieces {
		p := &d.pieces[i]
		e := p.start + len(p.data)
		if e < p.end {
			e &^= 7 // a block counts only when it is whole
		}
		if e > p.start {
			captured.cover(p.start, e)
		}
	}
	n := 0
	for n < d.total && captured.seen[n/8/64]>>(n/8%64)&1 != 0 {
		n += 8
	}
	n = min(n, d.total)
	return part{b[:n:n], d.total, 0}
}

// finish keeps of a completed datagram only what is needed to know its
// fragments again.
func (fs *fragments) finish(d *datagram, now int64) {
	fs.stats.Datagrams++
	fs.stats.Reassembled += uint64(len(d.pieces))
	fs.stats.Pending -= uint64(len(d.pieces))
	fs.open.remove(d)
	fs.bytes -= d.cost
	d.complete, d.born = true, now
	d.cost = datagramCost + pieceCost*len(d.pieces)
	for i := range d.pieces {
		d.pieces[i].data = nil
	}
	fs.bytes += d.cost
	fs.complete.push(d)
	for fs.complete.n > maxRemembered || fs.bytes > fs.maxBytes && fs.complete.n > 0 {
		fs.drop(fs.complete.head, nil)
	}
}

// expire gives up the datagrams that have been incomplete for too long and
// forgets those that were completed some time ago.
func (fs *fragments) expire(now int64) {
	for d := fs.open.head; d != nil && now-d.born > fs.timeout; d = fs.open.head {
		fs.drop(d, &fs.stats.Expired)
	}
	for d := fs.complete.head; d != nil && now-d.born > rememberFor; d = fs.complete.head {
		fs.drop(d, nil)
	}
}

// drop forgets a datagram; the fragments of an incomplete one are counted in lost.
func (fs *fragments) drop(d *datagram, lost *uint64) {
	delete(fs.table, d.key)
	fs.bytes -= d.cost
	if d.complete {
		fs.complete.remove(d)
		return
	}
	fs.open.remove(d)
	fs.stats.Pending -= uint64(len(d.pieces))
	*lost += uint64(len(d.pieces))
}
