package flows

import (
	"plcscope/decode"
	"plcscope/flows/tcp"
	"plcscope/mqtt"
	"plcscope/mqtt/websocket"
)

// unreadable tells that what follows in direction d cannot be read, as if it were
// missing.
func (t *Tracker) unreadable(c *Connection, d tcp.Dir, s *decode.Segment) {
	t.hole(c, d, -1, s)
	g := Gap{Conn: c, Dir: d, FromClient: d == c.client, Bytes: -1, Why: tcp.Unreadable, Frame: s.Frame, Time: s.Time}
	for _, o := range t.observers {
		o.Gap(&g)
	}
}

// frameHole takes note of n missing bytes (-1: unknown) in direction d. It reports
// whether the border of the next message is still known.
func (t *Tracker) frameHole(c *Connection, d tcp.Dir, n int64, s *decode.Segment) (framed bool) {
	w, h := &c.upgrade.sides[d], &c.halves[d]
	switch {
	case w.phase == over:
		h.pos += uint64(max(n, 0))
		return true
	case n == 0:
		return w.phase == inFrames && !h.searching
	case w.phase == inFrames && n > 0 && w.left > 0 && uint64(n) <= w.left:
		// The hole lies inside one frame, and the next begins where it must.
		w.left -= uint64(n)
		w.at += uint64(n)
		if w.header.Opcode == websocket.Close && w.left == 0 && s != nil {
			t.closeFrame(c, d, w, s)
		}
		if w.header.Opcode.Control() {
			h.pos += uint64(n)
			return true
		}
		return t.hole(c, d, n, s)
	}
	w.mayBegin = w.mayBegin || w.phase == inHead && len(w.buf) == 0
	w.buf, w.probe, w.left, w.goes = w.buf[:0], w.probe[:0], 0, false
	w.phase, w.began, w.shared = astray, w.data+1, false
	t.hole(c, d, -1, s)
	h.pos += uint64(max(n, 0))
	return false
}

// enough is how many segments in a row must be made of whole frames before it is
// taken for certain that they are: for each, chance would have to guess an opcode
// and a length.
const enough = 4

// framedAgain reports whether a frame is sure to begin where the segment b does,
// though what comes before is not known.
func (t *Tracker) framedAgain(c *Connection, d tcp.Dir, w *carrier, b []byte) bool {
	frames, packets := t.whole(c, d, b)
	w.run++
	if !frames {
		w.run = 0
	}
	if !packets && (w.run < enough || c.Proto != MQTT && !c.upgrade.named()) {
		return false // or frames of something else
	}
	w.run = 0
	return true
}

// carried reports whether b shows that frames with MQTT packets begin in it, and
// by them who the client is.
func (t *Tracker) carried(c *Connection, d tcp.Dir, b []byte) bool {
	if _, packets := t.whole(c, d, b); !packets {
		return false
	}
	if b[1]&0x80 != 0 { // masked
		t.clientIs(c, d)
	} else {
		t.clientIs(c, d.Peer())
	}
	return true
}

// whole reports whether b is made of whole WebSocket frames, and whether the data
// in each are whole MQTT packets that are plausible as far as can be told.
func (t *Tracker) whole(c *Connection, d tcp.Dir, b []byte) (frames, packets bool) {
	var h websocket.Header
	masked := len(b) > 1 && b[1]&0x80 != 0
	if c.clientCertain && masked != (d == c.client) {
		return false, false
	}
	packets = true
	for len(b) > 0 {
		if h.Parse(b) != nil || !h.Fin || h.RSV != 0 || h.Masked != masked || h.Length > uint64(len(b)-h.Size) {
			return false, false
		}
		end := h.Size + int(h.Length)
		if !h.Opcode.Control() {
			if h.Opcode != websocket.Binary {
				return false, false
			}
			t.plain = h.Unmask(t.plain[:0], b[h.Size:end], 0)
			packets = packets && wholePackets(t.plain)
			frames = true
		}
		b = b[end:]
	}
	return frames, frames && packets
}

func wholePackets(b []byte) bool {
	if mqtt.Plausible(b) != mqtt.Yes {
		return false
	}
	for len(b) > 0 {
		n, _, err := mqtt.Next(b)
		if err != nil {
			return false
		}
		b = b[n:]
	}
	return true
}
