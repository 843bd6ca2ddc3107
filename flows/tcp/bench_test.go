package tcp

import (
	"encoding/binary"
	"fmt"
	"testing"
	"unsafe"

	"plcscope/decode"
)

// nobody is a sink that only looks at what it is handed.
type nobody struct {
	bytes, gaps, closed uint64
}

func (n *nobody) Opened(*Conn, *decode.Segment)                     {}
func (n *nobody) Data(_ *Conn, _ Dir, b []byte, _ *decode.Segment)  { n.bytes += uint64(len(b)) }
func (n *nobody) Gap(*Conn, Dir, int64, GapReason, *decode.Segment) { n.gaps++ }
func (n *nobody) End(_ *Conn, _ Dir, _ *decode.Segment, _ bool)     {}
func (n *nobody) Closed(*Conn)                                      { n.closed++ }

// load is endless traffic on many connections: a request, its answer, the
// acknowledgement, one connection after the other. With swap, each request is two
// segments in the wrong order in so many of 100 rounds.
type load struct {
	tab   *Table
	conns []loadConn
	swap  int
	at    int
	round int
	seg   decode.Segment
	bytes [64]byte
	now   int64
}

type loadConn struct {
	addr [2]decode.Addr
	port [2]uint16
	next [2]uint32
	id   uint16
}

func newLoad(conns, swap int) *load {
	l := &load{tab: New(Options{}, &nobody{}), conns: make([]loadConn, conns), swap: swap, now: 1_700_000_000 * second}
	for i := range l.conns {
		c := &l.conns[i]
		for d := range c.addr {
			c.addr[d] = decode.Addr{10: 255, 11: 255, 12: 10}
		}
		binary.BigEndian.PutUint16(c.addr[0][14:], uint16(i))
		c.addr[1][15] = 250
		c.port = [2]uint16{uint16(20000 + i/65536), 1883}
		c.next = [2]uint32{uint32(i) * 7919, uint32(i) * 104729}
		l.send(c, 0, decode.SYN, 0, 0)
		l.send(c, 1, decode.SYN|decode.ACK, 0, 0)
		c.next[0]++
		c.next[1]++
		l.send(c, 0, decode.ACK, 0, 0)
	}
	return l
}

func (l *load) send(c *loadConn, d Dir, f decode.Flags, off uint32, n int) {
	l.now += 1000
	c.id++
	s := &l.seg
	s.Frame++
	s.Time, s.IPID, s.Flags, s.Version, s.Window, s.Checksum = l.now, c.id, f, 4, 8192, decode.ChecksumGood
	s.Src, s.Dst, s.SrcPort, s.DstPort = c.addr[d], c.addr[d^1], c.port[d], c.port[d^1]
	s.Seq, s.Ack, s.Payload = c.next[d]+off, c.next[d^1], l.bytes[:n]
	l.tab.Add(s)
}

// segments is what a turn adds.
const segments = 4

func (l *load) turn() {
	c := &l.conns[l.at]
	if l.at++; l.at == len(l.conns) {
		l.at = 0
		l.round++
	}
	if (l.at+l.round)%100 < l.swap {
		l.send(c, 0, decode.ACK|decode.PSH, 30, 30)
		l.send(c, 0, decode.ACK|decode.PSH, 0, 30)
	} else {
		l.send(c, 0, decode.ACK|decode.PSH, 0, 30)
		l.send(c, 0, decode.ACK|decode.PSH, 30, 30)
	}
	c.next[0] += 60
	l.send(c, 1, decode.ACK|decode.PSH, 0, 20)
	c.next[1] += 20
	l.send(c, 0, decode.ACK, 0, 0)
}

func BenchmarkAdd(b *testing.B) {
	for _, x := range []struct {
		name        string
		conns, swap int
	}{
		{"in order, 1 connection", 1, 0},
		{"in order, 200 connections", 200, 0},
		{"in order, 1000 connections", 1000, 0},
		{"in order, 100000 connections", 100_000, 0},
		{"10% reordered, 200 connections", 200, 20},
	} {
		b.Run(x.name, func(b *testing.B) {
			l := newLoad(x.conns, x.swap)
			b.ReportAllocs()
			b.ResetTimer()
			for range (b.N + segments - 1) / segments {
				l.turn()
			}
		})
	}
}

// A hundred thousand idle connections are to fit into 70 MB.
func TestSize(t *testing.T) {
	if n := unsafe.Sizeof(Conn{}); n > 648 {
		t.Errorf("a connection takes %d bytes, want at most 648", n)
	}
}

// The steady path does not allocate, and neither does reordering once the pools
// are filled.
func TestNoAllocations(t *testing.T) {
	for _, swap := range []int{0, 20, 100} {
		t.Run(fmt.Sprintf("%d%% reordered", swap), func(t *testing.T) {
			l := newLoad(100, swap)
			for range 1000 {
				l.turn()
			}
			if n := testing.AllocsPerRun(1000, l.turn); n != 0 {
				t.Errorf("%v allocations for %d segments, want 0", n, segments)
			}
			if got := l.tab.sink.(*nobody); got.gaps != 0 || got.bytes == 0 {
				t.Errorf("%+v", got)
			}
			l.tab.Flush()
		})
	}

	// Connections that come and go take their memory from those that went.
	l := newLoad(1, 0)
	l.tab.opt.Linger = 1
	short := func() {
		c := &l.conns[0]
		c.port[0]++
		l.send(c, 0, decode.SYN, 0, 0)
		c.next[0]++
		l.send(c, 1, decode.SYN|decode.ACK, 0, 0)
		c.next[1]++
		l.send(c, 0, decode.ACK, 10, 10)
		l.send(c, 0, decode.RST|decode.ACK, 20, 0)
		l.now += 2 * second
	}
	for range 100 {
		short()
	}
	if n := testing.AllocsPerRun(1000, short); n != 0 {
		t.Errorf("%v allocations for a short connection, want 0", n)
	}
}
