package flows

import (
	"errors"
	"slices"

	"plcscope/decode"
	"plcscope/flows/tcp"
	"plcscope/mqtt"
	"plcscope/s7comm"
)

// maxFrames bounds the list of frames that a message names.
const maxFrames = 64

// half cuts one direction of a connection into messages.
type half struct {
	partial   *partial // the message that has begun, or nil
	pos       uint64   // stream position of the next byte
	base      uint32   // what a position is to be added to for its sequence number
	serial    uint64   // messages so far
	skip      int64    // bytes to pass over: the rest of a message that is damaged or too large to keep
	searching bool     // the next message border is not known
	found     bool     // framing was found in mid-stream rather than counted from the start
	broken    bool     // a malformed message came before
}

// partial is a message whose end has not come yet.
type partial struct {
	buf    []byte
	need   int    // its whole length, 0 until the length field is complete
	probed int    // while a border is searched: the length at which it was last looked at
	pos    uint64 // stream position of its first byte
	frame  uint64 // frame and time of its first byte
	time   int64
	frames []uint64
	latest place // where the frame is that was captured last of them
}

// place is a frame in the capture.
type place struct {
	frame  uint64
	time   int64
	offset int64
	file   uint16
}

func (p *partial) add(b []byte, s *decode.Segment) {
	p.buf = append(p.buf, b...)
	n := len(p.frames)
	if n > 0 && p.frames[n-1] == s.Frame {
		return
	}
	if n < maxFrames {
		p.frames = append(p.frames, s.Frame)
	}
	if s.Frame > p.latest.frame {
		p.latest = place{s.Frame, s.Time, s.Offset, s.File}
	}
}

// next returns the length of the message at the start of b. need is 0 when b is
// too short to tell; bad is set when no message can begin like this.
func next(p Protocol, b []byte) (need int, bad error) {
	var err error
	if p == MQTT {
		need, _, err = mqtt.Next(b)
		if err == nil || errors.Is(err, mqtt.ErrShort) {
			return need, nil
		}
		return 0, err
	}
	need, err = s7comm.Next(b)
	if err == nil || errors.Is(err, s7comm.ErrShort) {
		return need, nil
	}
	return 0, err
}

// feed takes the next bytes of direction d; b is a part of s.Payload, or what a
// WebSocket frame in it holds.
func (t *Tracker) feed(c *Connection, d tcp.Dir, b []byte, s *decode.Segment) {
	h := &c.halves[d]
	for len(b) > 0 {
		switch {
		case h.skip > 0:
			n := min(h.skip, int64(len(b)))
			h.skip -= n
			h.pos += uint64(n)
			b = b[n:]
		case h.searching:
			if !t.search(c, d, h, b, s) {
				return
			}
		case h.partial != nil:
			b = t.extend(c, d, h, b, s)
		default:
			c.begin(d)
			need, bad := next(c.Proto, b)
			switch {
			case bad != nil:
				h.pos += uint64(len(b))
				t.unframable(c, d, h, b, h.pos-uint64(len(b)), nil, s, bad)
				return
			case need == 0 || need > len(b):
				p := t.newPartial(h.pos, s)
				p.need = need
				h.partial = p
				b = t.extend(c, d, h, b, s)
			default:
				t.frames = append(t.frames[:0], s.Frame)
				pos := h.pos
				h.pos += uint64(need)
				t.emit(c, d, h, b[:need:need], 0, pos, s.Frame, s.Time, s, nil)
				b = b[need:]
			}
		}
	}
}

// begin takes note of the WebSocket frame in which a message of direction d begins.
func (c *Connection) begin(d tcp.Dir) {
	if c.upgrade != nil {
		w := &c.upgrade.sides[d]
		w.begins = w.open
	}
}

// extend adds bytes to the message that has begun, delivers it when it is
// complete, and returns the bytes behind it.
func (t *Tracker) extend(c *Connection, d tcp.Dir, h *half, b []byte, s *decode.Segment) []byte {
	p := h.partial
	for p.need == 0 && len(b) > 0 { // byte by byte until the length is known: at most five
		p.add(b[:1], s)
		b = b[1:]
		h.pos++
		need, bad := next(c.Proto, p.buf)
		if bad != nil {
			h.partial = nil
			t.unframable(c, d, h, p.buf, p.pos, p, s, bad)
			t.freePartial(p)
			h.pos += uint64(len(b))
			c.Unframed[d] += uint64(len(b))
			return nil
		}
		p.need = need
	}
	if p.need == 0 {
		return nil
	}
	keep := min(p.need, t.opt.MaxMessage)
	n := min(max(keep-len(p.buf), 0), len(b))
	p.add(b[:n], s)
	h.pos += uint64(n)
	b = b[n:]
	if len(p.buf) < keep {
		return nil
	}
	h.skip = int64(p.need - len(p.buf))
	if h.skip > 0 {
		t.stats.Oversized++
	}
	h.partial = nil
	t.deliver(c, d, h, p, int(h.skip), s)
	return b
}

// deliver emits a message that was collected and recycles its buffer.
func (t *Tracker) deliver(c *Connection, d tcp.Dir, h *half, p *partial, skipped int, s *decode.Segment) {
	t.frames = append(t.frames[:0], p.frames...)
	if s == nil {
		t.late = decode.Segment{Frame: p.latest.frame, Time: p.latest.time}
	} else if p.latest.frame > s.Frame {
		// The end of the message was captured before an earlier part of it,
		// and it is complete when that part has come.
		slices.Sort(t.frames)
		t.late = *s
		t.late.Frame, t.late.Time = p.latest.frame, p.latest.time
		t.late.Offset, t.late.File = p.latest.offset, p.latest.file
		t.late.Raw = nil
		s = &t.late
	}
	t.emit(c, d, h, p.buf, skipped, p.pos, p.frame, p.time, s, nil)
	t.freePartial(p)
}

// unframable reports bytes at which no message can begin, which h has taken
// already, and p has collected unless it is nil; the border of the next message is
// unknown from here on.
func (t *Tracker) unframable(c *Connection, d tcp.Dir, h *half, b []byte, pos uint64, p *partial, s *decode.Segment, bad error) {
	t.frames = append(t.frames[:0], s.Frame)
	first, at := s.Frame, s.Time
	if p != nil {
		t.frames = append(t.frames[:0], p.frames...)
		slices.Sort(t.frames)
		first, at = p.frame, p.time
	}
	t.emit(c, d, h, b, 0, pos, first, at, s, bad)
	c.Unframed[d] += uint64(len(b))
	h.searching, h.broken = true, true
}

// maxSearch bounds the bytes that are collected to tell whether a message begins
// where a segment does.
const maxSearch = 128 << 10

// search looks for a message border in a stream whose framing is not known. A
// border can only be told where a sender began to write, which is where segments
// begin, or messages of WebSocket. Bytes that may begin a message are collected until they show. search
// reports whether the border was found; b then goes through feed, behind what
// was collected.
func (t *Tracker) search(c *Connection, d tcp.Dir, h *half, b []byte, s *decode.Segment) bool {
	atStart := &b[0] == &s.Payload[0]
	if c.upgrade != nil {
		atStart = c.upgrade.sides[d].atStart()
	}
	if p := h.partial; p != nil {
		n := len(p.buf)
		p.buf = append(p.buf, b...)
		match := mqtt.Maybe
		// Looking again at all of it for every segment would cost the square
		// of its length: only when it has doubled, or may be complete.
		whole, _ := next(c.Proto, p.buf)
		if len(p.buf) >= 2*p.probed || whole > 0 && len(p.buf) >= whole {
			match = t.plausible(c, p.buf)
			p.probed = len(p.buf)
		}
		p.buf = p.buf[:n]
		switch {
		case match == mqtt.Yes:
			p.need, _ = next(c.Proto, p.buf)
			if p.need > 0 && p.need <= n {
				break // it was complete before and did not convince
			}
			h.searching, h.found = false, true
			return true
		case match == mqtt.Maybe && n+len(b) <= maxSearch && !(atStart && t.plausible(c, b) == mqtt.Yes):
			p.add(b, s)
			h.pos += uint64(len(b))
			return false
		}
		t.discard(c, d, h)
	}
	if atStart {
		switch t.plausible(c, b) {
		case mqtt.Yes:
			h.searching, h.found = false, true
			return true
		case mqtt.Maybe:
			c.begin(d)
			h.partial = t.newPartial(h.pos, s)
			h.partial.add(b, s)
			h.pos += uint64(len(b))
			return false
		}
	}
	h.pos += uint64(len(b))
	c.Unframed[d] += uint64(len(b))
	return false
}

// discard gives up what was collected of a message.
func (t *Tracker) discard(c *Connection, d tcp.Dir, h *half) {
	if p := h.partial; p != nil {
		c.Unframed[d] += uint64(len(p.buf))
		h.partial = nil
		t.freePartial(p)
	}
}

// plausible tells whether a message of c's protocol may begin at b.
func (t *Tracker) plausible(c *Connection, b []byte) mqtt.Match {
	if c.Proto == MQTT {
		return mqtt.Plausible(b)
	}
	return mqtt.Match(s7comm.LooksLikeTPKT(b))
}

// hole takes note of n missing bytes (-1: unknown) in direction d. It reports
// whether the border of the next message is still known.
func (t *Tracker) hole(c *Connection, d tcp.Dir, n int64, s *decode.Segment) (framed bool) {
	h := &c.halves[d]
	if n >= 0 {
		h.pos += uint64(n)
	}
	if h.searching {
		t.discard(c, d, h)
		return false
	}
	p := h.partial
	switch {
	case p != nil && p.need > 0 && n >= 0 && n <= int64(p.need-len(p.buf)):
		// The hole lies inside one message of known length: what came of the
		// message is shown, the rest of it is passed over, and the next
		// message begins where it must.
		rest := p.need - len(p.buf)
		h.partial = nil
		h.skip = int64(rest) - n
		t.deliver(c, d, h, p, rest, s)
		return true
	case p == nil && h.skip > 0 && n >= 0 && n <= h.skip:
		h.skip -= n
		return true
	case n == 0:
		return true
	}
	t.discard(c, d, h)
	h.skip = 0
	h.searching = true
	if c.iso != nil {
		c.iso.assembler[d].Reset()
	}
	return false
}

func (t *Tracker) newPartial(pos uint64, s *decode.Segment) *partial {
	var p *partial
	if n := len(t.partials); n > 0 {
		p, t.partials = t.partials[n-1], t.partials[:n-1]
	} else {
		p = new(partial)
	}
	p.pos, p.frame, p.time = pos, s.Frame, s.Time
	return p
}

// freePartial keeps p for the next message. Large buffers and more than a
// handful go back to the collector: what one burst needed is not kept for ever.
func (t *Tracker) freePartial(p *partial) {
	if len(t.partials) >= 256 || cap(p.buf) > 64<<10 {
		return
	}
	p.buf, p.frames, p.need, p.latest = p.buf[:0], p.frames[:0], 0, place{}
	t.partials = append(t.partials, p)
}
