package gen

import "encoding/binary"

// Flags of TCP.
const (
	fin = 1 << iota
	syn
	_
	psh
	ack
)

// handshake opens the TCP connection.
func (g *generator) handshake(c *conn) {
	g.truth.Connections++
	c.seq = [2]uint32{g.rand.Uint32(), g.rand.Uint32()}
	g.segment(c, 0, syn, nil)
	c.seq[0]++
	g.segment(c, 1, syn|ack, nil)
	c.seq[1]++
	g.segment(c, 0, ack, nil)
}

// close ends it, the client first.
func (g *generator) close(c *conn) {
	g.segment(c, 0, fin|ack, nil)
	c.seq[0]++
	g.segment(c, 1, fin|ack, nil)
	c.seq[1]++
	g.segment(c, 0, ack, nil)
}

// say sends one message from a side, in one segment.
func (g *generator) say(c *conn, side int, b []byte) {
	g.segment(c, side, psh|ack, b)
	c.seq[side] += uint32(len(b))
}

// sayThrough is say over a network on which segments are lost and overtaken, and sent
// again. It reports whether the capture has the message.
func (g *generator) sayThrough(c *conn, side int, b []byte) bool {
	captured := true
	switch x, p := g.rand.Float64(), &g.plan; {
	case x < p.Lost:
		g.truth.Lost++
		captured = false
		c.seq[side] += uint32(len(b))
	case x < p.Lost+p.Retransmitted:
		g.truth.Retransmitted++
		g.segment(c, side, psh|ack, b)
		g.segment(c, side, psh|ack, b)
		c.seq[side] += uint32(len(b))
	case x < p.Lost+p.Retransmitted+p.Reordered && len(b) > 1:
		g.truth.Reordered++
		half := len(b) / 2
		c.seq[side] += uint32(half)
		g.segment(c, side, psh|ack, b[half:])
		c.seq[side] -= uint32(half)
		g.segment(c, side, ack, b[:half])
		c.seq[side] += uint32(len(b))
	default:
		g.say(c, side, b)
	}
	return captured
}

// segment writes one frame, which acknowledges all that the other side has said.
func (g *generator) segment(c *conn, side int, flags byte, data []byte) {
	src, dst := &c.end[side], &c.end[side^1]
	b := g.frame[:0]
	b = append(b, 2, 0, dst.addr[0], dst.addr[1], dst.addr[2], dst.addr[3], 2, 0, src.addr[0], src.addr[1], src.addr[2], src.addr[3])
	if v := g.plan.VLAN; v != 0 {
		b = append(b, 0x81, 0, byte(v>>8), byte(v))
	}
	b = append(b, 8, 0)

	ip := len(b)
	b = append(b, 0x45, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(40+len(data)))
	c.ipid[side]++
	b = binary.BigEndian.AppendUint16(b, c.ipid[side])
	b = append(b, 0x40, 0, 64, 6, 0, 0)
	b = append(append(b, src.addr[:]...), dst.addr[:]...)
	binary.BigEndian.PutUint16(b[ip+10:], ^fold(sum(b[ip:])))

	tcp := len(b)
	b = binary.BigEndian.AppendUint16(b, src.port)
	b = binary.BigEndian.AppendUint16(b, dst.port)
	b = binary.BigEndian.AppendUint32(b, c.seq[side])
	acked := c.seq[side^1]
	if flags&ack == 0 {
		acked = 0
	}
	b = binary.BigEndian.AppendUint32(b, acked)
	b = append(b, 0x50, flags, 0xfa, 0xf0, 0, 0, 0, 0)
	b = append(b, data...)
	pseudo := sum(b[ip+12:ip+20]) + 6 + uint64(20+len(data))
	binary.BigEndian.PutUint16(b[tcp+16:], ^fold(pseudo+sum(b[tcp:])))

	g.frame = b
	g.now += apart
	var record [16]byte
	binary.LittleEndian.PutUint32(record[0:], uint32(g.now/1e9))
	binary.LittleEndian.PutUint32(record[4:], uint32(g.now%1e9))
	binary.LittleEndian.PutUint32(record[8:], uint32(len(b)))
	binary.LittleEndian.PutUint32(record[12:], uint32(len(b)))
	g.out.Write(record[:])
	g.out.Write(b)
	g.truth.Frames++
	g.truth.Bytes += int64(len(record) + len(b))
}

// sum adds words of 16 bits.
func sum(b []byte) uint64 {
	var n uint64
	for ; len(b) >= 2; b = b[2:] {
		n += uint64(binary.BigEndian.Uint16(b))
	}
	if len(b) > 0 {
		n += uint64(b[0]) << 8
	}
	return n
}

func fold(n uint64) uint16 {
	for n > 0xffff {
		n = n>>16 + n&0xffff
	}
	return uint16(n)
}
