package flows

import (
	"slices"
	"strings"

	"plcscope/decode"
	"plcscope/flows/tcp"
	"plcscope/mqtt"
	"plcscope/mqtt/websocket"
)

// WebSocket is what carries MQTT on a connection that began as HTTP (RFC 6455;
// MQTT 3.1.1 and 5.0 section 6).
type WebSocket struct {
	Request  Upgrade      // of the client; zero when its head is not in the capture
	Response Upgrade      // of the server, likewise
	Sent     [2]FrameInfo // what was sent in each direction
}

// Upgrade is what one side has said to make HTTP a WebSocket.
type Upgrade struct {
	Frame     uint64 // that completed its head; 0 when it was not captured
	Time      int64
	Protocols []string // subprotocols that the request offers or the response selects, at most 16
	More      bool     // there are further ones
	Deflate   bool     // permessage-deflate is offered or selected
}

// Names reports whether the subprotocol is offered or selected.
func (u *Upgrade) Names(protocol string) bool {
	return slices.Contains(u.Protocols, protocol)
}

// FrameInfo counts the frames of one direction.
type FrameInfo struct {
	Data       uint64 // that carry messages, of which
	Text       uint64 // belong to text messages,
	Fragments  uint64 // continue a message, and
	Unreadable uint64 // are compressed, or packed by another extension
	Control    uint64 // pings, pongs and close frames
	CloseCode  uint16 // status of the close frame (RFC 6455 7.4); 0 when none was sent, or without one
}

// Carrier tells of the WebSocket frames that an MQTT packet came in.
type Carrier struct {
	Frames int  // how many they are; 0 when there is no WebSocket
	Shared bool // one of them holds a part of another packet, too
	Text   bool // one of them is a text frame
}

// FramePlace tells where a WebSocket frame lies in its direction's stream, for who
// reads a packet in it again.
type FramePlace struct {
	Pos    uint64 // stream position of the first byte behind its header
	Length uint64 // bytes of data
	Masked bool
	Mask   [4]byte
}

// upgrade is the state of a connection that began as HTTP.
type upgrade struct {
	WebSocket
	sides [2]carrier
}

// carrier cuts one direction into WebSocket frames, in front of the half that
// cuts what they hold into messages.
type carrier struct {
	phase phase
	ended bool // a close frame was sent
	// mayBegin is set while the next bytes may be the head, though it is not
	// known whether they are the first of the connection.
	mayBegin bool
	buf      []byte     // of the head, of a frame header, or of a close frame
	probe    []byte     // of the first message, while it is not known whether it is MQTT
	from     uint64     // stream position of probe
	fromOpen FramePlace // and open then
	header   websocket.Header
	left     uint64 // bytes to come of the frame that is open
	at       uint64 // bytes that have come of it
	first    bool   // what is being fed begins it
	opcode   websocket.Opcode
	run      int        // segments of whole frames in a row, while no border is known
	goes     bool       // a message goes on in the next frame
	packed   bool       // the message cannot be read
	told     bool       // and that was told
	data     uint64     // frames with data so far; the present one has this number
	end      uint64     // stream position behind its data
	began    uint64     // number of the frame in which the next packet begins
	begins   FramePlace // in which the message begins that is collected, or was shown last
	open     FramePlace // of the data frame that came last
	shared   bool       // and not at the frame's start
	text     uint64     // number of the latest frame of a text message
	new      []seenHeader
}

// seenHeader is a header that no message tree shows yet.
type seenHeader struct {
	websocket.Header
	frame uint64 // of the capture, that completed it; 0 while it is open
}

// phase is where a direction stands.
type phase uint8

const (
	inHead   phase = iota // of HTTP
	inFrames              // of WebSocket
	astray                // no border of a frame is known
	over                  // behind the close frame, or nothing that concerns us
)

// maxNewHeaders bounds the headers that wait for a message.
const maxNewHeaders = 32

// looksLikeUpgrade recognises the head of an HTTP request or response.
func looksLikeUpgrade(b []byte) mqtt.Match {
	switch match, sure := websocket.Begins(b); {
	case !match:
		return mqtt.No
	case !sure:
		return mqtt.Maybe
	}
	return mqtt.Yes
}

// decideUpgrade begins an upgrade if the first bytes of a direction, of which b
// are the latest, are the head of one; or frames with MQTT packets where the
// capture has missed it.
func (t *Tracker) decideUpgrade(c *Connection, d tcp.Dir, b, probe []byte, s *decode.Segment) bool {
	h := &c.halves[d]
	switch {
	case looksLikeUpgrade(probe) == mqtt.Yes:
		u := t.newUpgrade(c)
		u.sides[d].buf = append(u.sides[d].buf, probe[:len(probe)-len(b)]...)
		for i := range c.halves {
			if p := c.halves[i].partial; p != nil {
				c.halves[i].partial = nil
				t.freePartial(p)
			}
		}
		h.searching = false
		if c.halves[d.Peer()].searching { // its head was lost, or it is still to come
			w := &u.sides[d.Peer()]
			w.phase, w.mayBegin = astray, true
		}
	case h.searching && h.partial == nil && t.carried(c, d, b):
		u := t.newUpgrade(c)
		u.sides[0].phase, u.sides[1].phase = astray, astray
		c.halves[d.Peer()].searching = true
	default:
		return false
	}
	t.deframe(c, d, b, s)
	return true
}

func (t *Tracker) newUpgrade(c *Connection) *upgrade {
	if n := len(t.upgrades); n > 0 {
		c.upgrade, t.upgrades = t.upgrades[n-1], t.upgrades[:n-1]
	} else {
		c.upgrade = new(upgrade)
	}
	for i := range c.upgrade.sides {
		c.upgrade.sides[i].began = 1
	}
	return c.upgrade
}

// freeUpgrade keeps the state of a closed connection for another.
func (t *Tracker) freeUpgrade(u *upgrade) {
	if len(t.upgrades) >= 64 {
		return
	}
	for i := range u.sides {
		w := &u.sides[i]
		*w = carrier{buf: w.buf[:0], probe: w.probe[:0], new: w.new[:0]}
	}
	u.WebSocket = WebSocket{}
	t.upgrades = append(t.upgrades, u)
}

// forget gives the connection up: it is not what we are after.
func (t *Tracker) forget(c *Connection) {
	c.Proto, c.WebSocket = Other, nil
	if c.Evidence != ByUser {
		c.Evidence = ByContent
	}
	for i := range c.upgrade.sides {
		c.upgrade.sides[i].phase = over
	}
}

// carries settles that the connection carries MQTT.
func (t *Tracker) carries(c *Connection) {
	c.Proto, c.WebSocket = MQTT, &c.upgrade.WebSocket
	if c.Evidence != ByUser {
		c.Evidence = ByContent
	}
}

// head takes bytes of the HTTP head of direction d and returns those behind it.
func (t *Tracker) head(c *Connection, d tcp.Dir, b []byte, s *decode.Segment) []byte {
	u := c.upgrade
	w := &u.sides[d]
	had := len(w.buf)
	n := min(len(b), websocket.MaxHead-had)
	w.buf = append(w.buf, b[:n]...)
	switch err := t.httpHead.Parse(w.buf); {
	case err == websocket.ErrShort:
		c.halves[d].pos += uint64(n)
		return b[n:]
	case err != nil, !t.httpHead.Upgrade:
		t.forget(c)
		return nil
	}
	n = t.httpHead.Size - had
	c.halves[d].pos += uint64(n)
	side, client := &u.Response, d.Peer()
	if t.httpHead.Request {
		side, client = &u.Request, d
	}
	if side.Frame != 0 { // both sides ask, or both answer
		t.forget(c)
		return nil
	}
	*side = Upgrade{Frame: s.Frame, Time: s.Time, More: t.httpHead.More, Deflate: t.httpHead.Deflate}
	for _, p := range t.httpHead.Protocols {
		side.Protocols = append(side.Protocols, string(p[:min(len(p), maxProtocol)]))
	}
	t.clientIs(c, client)
	w.buf, w.phase = w.buf[:0], inFrames
	if cap(w.buf) > 1<<10 {
		w.buf = nil // what follows needs a few bytes
	}
	if u.Response.Frame != 0 && u.named() {
		t.carries(c)
	}
	return b[n:]
}

// maxProtocol bounds what is kept of the name of a subprotocol, in bytes.
const maxProtocol = 64

// named reports whether the subprotocol tells that the connection carries MQTT.
func (u *upgrade) named() bool {
	list := u.Response.Protocols
	if len(list) == 0 {
		list = u.Request.Protocols
	}
	for _, p := range list {
		if !strings.HasPrefix(strings.ToLower(p), "mqtt") {
			return false
		}
	}
	return len(list) > 0
}
