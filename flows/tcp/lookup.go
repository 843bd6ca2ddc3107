package tcp

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"

	"plcscope/decode"
)

// index finds connections by their endpoints: open addressing with linear
// probing, at most three quarters full. Its hash is the same for both directions
// and keyed, so that nobody can craft addresses that collide; the order of slots
// never shows in what a Table does.
type index struct {
	slots []slot // a power of two
	used  int
	key   [2]uint64
	vlans bool // Options.KeyVLAN
}

type slot struct {
	hash uint64
	c    *Conn // nil: free
}

func newIndex(vlans bool) index {
	return index{slots: make([]slot, 256), key: [2]uint64{rand.Uint64(), rand.Uint64()}, vlans: vlans}
}

// hash of the connection that s belongs to.
func (x *index) hash(s *decode.Segment) uint64 {
	return x.mix(x.end(&s.Src, s.SrcPort)+x.end(&s.Dst, s.DstPort), s.VLAN)
}

func (x *index) hashOf(c *Conn) uint64 {
	return x.mix(x.end(&c.End[0].Addr, c.End[0].Port)+x.end(&c.End[1].Addr, c.End[1].Port), c.VLAN)
}

func (x *index) mix(h uint64, vlan uint16) uint64 {
	if x.vlans {
		h += uint64(vlan)
	}
	hi, lo := bits.Mul64(h^x.key[0], x.key[1]|1)
	return hi ^ lo
}

func (x *index) end(a *decode.Addr, port uint16) uint64 {
	hi, lo := bits.Mul64(
		binary.LittleEndian.Uint64(a[:8])^x.key[0]^uint64(port),
		binary.LittleEndian.Uint64(a[8:])^x.key[1])
	return hi ^ lo
}

// direction tells in which direction of c the segment goes, and whether it
// belongs to c at all.
func (c *Conn) direction(s *decode.Segment) (Dir, bool) {
	a, b := &c.End[0], &c.End[1]
	if a.Port == s.SrcPort && b.Port == s.DstPort && a.Addr == s.Src && b.Addr == s.Dst {
		return 0, true
	}
	return 1, b.Port == s.SrcPort && a.Port == s.DstPort && b.Addr == s.Src && a.Addr == s.Dst
}

// find returns the connection of s, or nil.
func (x *index) find(hash uint64, s *decode.Segment) (*Conn, Dir) {
	mask := uint64(len(x.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		at := &x.slots[i]
		if at.c == nil {
			return nil, 0
		}
		if at.hash != hash {
			continue
		}
		if d, ok := at.c.direction(s); ok && (!x.vlans || at.c.VLAN == s.VLAN) {
			return at.c, d
		}
	}
}

// add enters a connection that find did not find by its hash.
func (x *index) add(hash uint64, c *Conn) {
	if 4*x.used >= 3*len(x.slots) {
		old := x.slots
		x.slots = make([]slot, 2*len(old))
		for _, at := range old {
			if at.c != nil {
				x.put(at)
			}
		}
	}
	x.put(slot{hash, c})
	x.used++
}

func (x *index) put(s slot) {
	mask := uint64(len(x.slots) - 1)
	i := s.hash & mask
	for x.slots[i].c != nil {
		i = (i + 1) & mask
	}
	x.slots[i] = s
}

// remove takes c out and moves up the entries that had to be placed behind it.
func (x *index) remove(c *Conn) {
	mask := uint64(len(x.slots) - 1)
	i := x.hashOf(c) & mask
	for x.slots[i].c != c {
		i = (i + 1) & mask
	}
	x.used--
	for j := i; ; {
		j = (j + 1) & mask
		if x.slots[j].c == nil {
			break
		}
		// The entry may move to i unless its own place lies between i and j.
		if home := x.slots[j].hash & mask; (j-home)&mask >= (j-i)&mask {
			x.slots[i] = x.slots[j]
			i = j
		}
	}
	x.slots[i] = slot{}
}
