package index

import (
	"plcscope/flows"
	"plcscope/flows/tcp"
)

// Gap is a hole in one direction of a connection.
type Gap struct {
	Conn       uint32
	Dir        tcp.Dir
	FromClient bool
	Why        tcp.GapReason
	Framed     bool   // the next message was found for certain
	Bytes      int64  // or -1 when their number is not known
	Frame      uint64 // at which it was noticed; 0 at the end of the capture
	Time       int64
	// Behind is the number of the last message that was delivered before it, on any
	// connection.
	Behind uint32
}

// Gaps is how many holes the index holds.
func (ix *Index) Gaps() uint32 { return ix.gaps.len() }

// Gap returns hole i, from 0; i must be below Gaps.
func (ix *Index) Gap(i uint32) Gap { return *ix.gaps.at(i) }

func (b *Builder) Gap(g *flows.Gap) {
	s := b.state(g.Conn)
	if s == nil {
		return
	}
	b.touch(s)
	if !g.Framed {
		s.fresh[g.Dir] = true
	}
	if b.ix.gaps.rows >= b.opt.maxGaps() {
		b.lost.Gaps++
		return
	}
	*b.ix.gaps.push() = Gap{
		Conn: s.conn, Dir: g.Dir, FromClient: g.FromClient, Why: g.Why, Framed: g.Framed,
		Bytes: g.Bytes, Frame: g.Frame, Time: g.Time, Behind: b.ix.messages.rows,
	}
}
