package flows

import (
	"encoding/binary"

	"plcscope/decode"
	"plcscope/flows/tcp"
	"plcscope/mqtt"
	"plcscope/mqtt/websocket"
)

// deframe takes the next bytes of direction d of a connection that began as HTTP;
// b is a part of s.Payload. What its frames hold goes on to feed.
func (t *Tracker) deframe(c *Connection, d tcp.Dir, b []byte, s *decode.Segment) {
	w, h := &c.upgrade.sides[d], &c.halves[d]
	for len(b) > 0 {
		switch {
		case w.phase == inHead:
			b = t.head(c, d, b, s)
		case w.phase == over:
			h.pos += uint64(len(b))
			return
		case w.phase == astray && w.mayBegin && &b[0] == &s.Payload[0] && looksLikeUpgrade(b) == mqtt.Yes:
			w.phase, h.searching = inHead, false
		case w.phase == astray:
			w.mayBegin = false
			if &b[0] != &s.Payload[0] || !t.framedAgain(c, d, w, b) {
				h.pos += uint64(len(b))
				c.Unframed[d] += uint64(len(b))
				return
			}
			w.phase, w.began, w.shared = inFrames, w.data+1, false
			h.searching = true // the packets in the frames are found, too, not counted
			t.carries(c)
		case w.left == 0:
			b = t.openFrame(c, d, w, b, s)
		default:
			n := int(min(w.left, uint64(len(b))))
			t.payload(c, d, w, b[:n:n], s)
			b = b[n:]
		}
	}
}

// openFrame reads the header of the next frame and returns the bytes behind it.
func (t *Tracker) openFrame(c *Connection, d tcp.Dir, w *carrier, b []byte, s *decode.Segment) []byte {
	h := &c.halves[d]
	had := len(w.buf)
	view := b
	if had > 0 {
		w.buf = append(w.buf, b[:min(len(b), websocket.MaxHeader)]...)
		view = w.buf
	}
	err := w.header.Parse(view)
	if o := w.header.Opcode; err == nil && !o.Control() && (o == websocket.Continuation) != w.goes {
		err = websocket.ErrFrame // it continues nothing, or begins amid another message
	}
	switch err {
	case websocket.ErrShort:
		if had == 0 {
			w.buf = append(w.buf, b...)
		}
		h.pos += uint64(len(b))
		return nil
	case websocket.ErrFrame:
		w.buf = w.buf[:0]
		h.pos += uint64(len(b))
		c.Unframed[d] += uint64(len(b) + had)
		t.unreadable(c, d, s)
		w.phase = astray
		return nil
	}
	n := w.header.Size - had
	w.buf = w.buf[:0]
	h.pos += uint64(n)
	w.left, w.at = w.header.Length, 0
	if t.mqttTrees {
		if len(w.new) == maxNewHeaders {
			w.new = append(w.new[:0], w.new[1:]...)
		}
		w.new = append(w.new, seenHeader{Header: w.header})
	}
	sent := &c.upgrade.Sent[d]
	if w.header.Opcode.Control() {
		sent.Control++
	} else {
		t.openData(c, d, w, sent, s)
	}
	if w.left == 0 {
		t.closeFrame(c, d, w, s)
	}
	return b[n:]
}

// openData takes note of a data frame whose header was read.
func (t *Tracker) openData(c *Connection, d tcp.Dir, w *carrier, sent *FrameInfo, s *decode.Segment) {
	sent.Data++
	if w.header.Opcode == websocket.Continuation {
		sent.Fragments++
	} else {
		w.opcode, w.packed = w.header.Opcode, false
	}
	w.goes = !w.header.Fin
	if w.opcode == websocket.Text {
		sent.Text++
	}
	if w.left > 0 {
		w.data++
		w.end = c.halves[d].pos + w.left
		w.open = FramePlace{c.halves[d].pos, w.left, w.header.Masked, w.header.Key}
		if w.opcode == websocket.Text {
			w.text = w.data
		}
	}
	if w.header.RSV != 0 {
		w.packed = true
	}
	if w.packed {
		sent.Unreadable++
		if c.Proto != MQTT {
			if !c.upgrade.named() {
				t.forget(c)
				return
			}
			t.carries(c)
		}
		if !w.told || !c.halves[d].searching {
			w.told = true
			t.unreadable(c, d, s)
		}
	}
}

// payload takes bytes of the open frame.
func (t *Tracker) payload(c *Connection, d tcp.Dir, w *carrier, b []byte, s *decode.Segment) {
	h := &c.halves[d]
	at := w.at
	w.at += uint64(len(b))
	w.left -= uint64(len(b))
	w.first = at == 0
	switch {
	case w.header.Opcode.Control():
		h.pos += uint64(len(b))
		if w.header.Opcode == websocket.Close && at < 2 {
			w.buf = w.header.Unmask(w.buf, b[:min(len(b), int(2-at))], at)
		}
	case w.packed:
		h.pos += uint64(len(b))
		c.Unframed[d] += uint64(len(b))
	default:
		if w.header.Masked {
			t.plain = w.header.Unmask(t.plain[:0], b, at)
			b = t.plain
		}
		t.data(c, d, w, b, s)
	}
	if w.left == 0 && w.phase == inFrames {
		t.closeFrame(c, d, w, s)
	}
}

// data takes data of the open frame, unmasked.
func (t *Tracker) data(c *Connection, d tcp.Dir, w *carrier, b []byte, s *decode.Segment) {
	h := &c.halves[d]
	if c.Proto != MQTT && !t.isMQTT(c, d, w, b, s) {
		return
	}
	if t.opt.Only != Undecided && t.opt.Only != MQTT {
		h.pos += uint64(len(b))
		return
	}
	if h.searching && h.partial == nil && w.first {
		w.began, w.shared = w.data, false
	}
	t.feed(c, d, b, s)
}

// isMQTT looks at the first data of a connection whose subprotocol does not tell
// what it carries, until it begins with a CONNECT. When it does, b is still to be
// fed.
func (t *Tracker) isMQTT(c *Connection, d tcp.Dir, w *carrier, b []byte, s *decode.Segment) bool {
	h := &c.halves[d]
	if c.upgrade.named() {
		t.carries(c)
		return true
	}
	match := mqtt.No
	had := len(w.probe)
	if d == c.client { // else the server speaks first
		w.probe = append(w.probe, b...)
		match = mqtt.LooksLikeConnect(w.probe)
		w.probe = w.probe[:had]
	}
	switch match {
	case mqtt.No:
		t.forget(c)
		return false
	case mqtt.Maybe: // a handful of bytes
		if had == 0 {
			w.from, w.fromOpen = h.pos, w.open
		}
		w.probe = append(w.probe, b...)
		h.pos += uint64(len(b))
		return false
	}
	t.carries(c)
	if had > 0 {
		pos, open := h.pos, w.open
		h.pos, w.open = w.from, w.fromOpen
		t.feed(c, d, w.probe, s)
		h.pos, w.open = pos, open
		w.probe = w.probe[:0]
	}
	return true
}

// closeFrame is called when the open frame has come whole.
func (t *Tracker) closeFrame(c *Connection, d tcp.Dir, w *carrier, s *decode.Segment) {
	if n := len(w.new); n > 0 && w.new[n-1].frame == 0 {
		w.new[n-1].frame = s.Frame
	}
	if w.header.Opcode != websocket.Close {
		return
	}
	if len(w.buf) >= 2 {
		c.upgrade.Sent[d].CloseCode = binary.BigEndian.Uint16(w.buf)
	}
	w.buf = w.buf[:0]
	w.phase, w.ended = over, true
	e := End{Conn: c, Dir: d, FromClient: d == c.client, WebSocket: true, Frame: s.Frame, Time: s.Time}
	for _, o := range t.observers {
		o.Ended(&e)
	}
}

// atStart reports whether what is being fed begins a message of WebSocket.
func (w *carrier) atStart() bool {
	return w.first && w.header.Opcode != websocket.Continuation
}

// carry tells in which frames the packet has come that ends at position end, and
// where the next one begins.
func (w *carrier) carry(end uint64) Carrier {
	k := Carrier{Frames: int(w.data - min(w.began, w.data) + 1), Shared: w.shared || end < w.end, Text: w.text > 0 && w.text >= w.began}
	w.began, w.shared = w.data+1, false
	if end < w.end {
		w.began, w.shared = w.data, true
	}
	return k
}

// dissect adds to m the header of the frame that completes it and those of the
// WebSocket frames before it that were complete in the same frame of the capture,
// which is where Wireshark shows them.
func (w *carrier) dissect(m *Message) {
	for i := range w.new {
		if x := &w.new[i]; x.frame == 0 || x.frame == m.Frame {
			x.Dissect(m.Tree)
		}
	}
	w.new = w.new[:0]
}
