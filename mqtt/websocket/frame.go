package websocket

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Opcode says what a frame holds (RFC 6455 5.2).
type Opcode uint8

const (
	Continuation Opcode = 0 // more of the message that has begun
	Text         Opcode = 1
	Binary       Opcode = 2
	Close        Opcode = 8
	Ping         Opcode = 9
	Pong         Opcode = 10
)

func (o Opcode) String() string {
	switch o {
	case Continuation:
		return "continuation"
	case Text:
		return "text"
	case Binary:
		return "binary"
	case Close:
		return "close"
	case Ping:
		return "ping"
	case Pong:
		return "pong"
	}
	return fmt.Sprintf("opcode %d", uint8(o))
}

// Control reports whether frames of that opcode stand apart from messages.
func (o Opcode) Control() bool { return o >= Close }

// MaxHeader is the length of the longest frame header, in bytes.
const MaxHeader = 14

// maxControl bounds the payload of a control frame (RFC 6455 5.5).
const maxControl = 125

// Header is what stands in front of a frame's payload.
type Header struct {
	Fin    bool
	RSV    uint8 // the three reserved bits, 0 to 7; RSV1, which marks a compressed message, is 4
	Opcode Opcode
	Masked bool
	Key    [4]byte // when Masked
	Length uint64  // of the payload, bytes
	Size   int     // of the header itself, 2 to MaxHeader bytes
}

// Compressed is the reserved bit that permessage-deflate uses (RFC 7692).
const Compressed = 4

var (
	// ErrShort means that the bytes end before the header or the head does.
	ErrShort = errors.New("websocket: cut short")
	// ErrFrame means that no frame can begin like this.
	ErrFrame = errors.New("websocket: not a frame")
)

// Parse reads the header of the frame that begins at b[0]. ErrShort means that
// more bytes are needed. ErrFrame means an opcode that does not exist, a control
// frame that is fragmented or longer than 125 bytes, or a length that was not
// written in the fewest bytes or has its highest bit set: after it, nobody knows
// where the next frame begins.
func (h *Header) Parse(b []byte) error {
	if len(b) < 2 {
		return ErrShort
	}
	*h = Header{
		Fin: b[0]&0x80 != 0, RSV: b[0] >> 4 & 7, Opcode: Opcode(b[0] & 15),
		Masked: b[1]&0x80 != 0, Length: uint64(b[1] & 0x7f), Size: 2,
	}
	if h.Opcode > Binary && h.Opcode < Close || h.Opcode > Pong {
		return ErrFrame
	}
	if h.Opcode.Control() && (!h.Fin || h.Length > maxControl) {
		return ErrFrame
	}
	switch h.Length {
	case 126:
		if len(b) < 4 {
			return ErrShort
		}
		h.Length, h.Size = uint64(binary.BigEndian.Uint16(b[2:])), 4
		if h.Length < 126 {
			return ErrFrame
		}
	case 127:
		if len(b) < 10 {
			return ErrShort
		}
		h.Length, h.Size = binary.BigEndian.Uint64(b[2:]), 10
		if h.Length < 1<<16 || h.Length >= 1<<63 {
			return ErrFrame
		}
	}
	if h.Masked {
		if len(b) < h.Size+4 {
			return ErrShort
		}
		h.Size += copy(h.Key[:], b[h.Size:h.Size+4])
	}
	return nil
}

// Append adds the header in its shortest form; Size is not looked at.
func (h *Header) Append(b []byte) []byte {
	first, second := h.RSV&7<<4|uint8(h.Opcode)&15, uint8(0)
	if h.Fin {
		first |= 0x80
	}
	if h.Masked {
		second = 0x80
	}
	switch {
	case h.Length < 126:
		b = append(b, first, second|uint8(h.Length))
	case h.Length < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, first, second|126), uint16(h.Length))
	default:
		b = binary.BigEndian.AppendUint64(append(b, first, second|127), h.Length)
	}
	if h.Masked {
		b = append(b, h.Key[:]...)
	}
	return b
}

// Unmask adds the part b of a payload to dst, unmasked (RFC 6455 5.3). at is the
// position of b[0] in the payload. A payload that is not masked is added as it is.
func (h *Header) Unmask(dst, b []byte, at uint64) []byte {
	n := len(dst)
	dst = append(dst, b...)
	if !h.Masked {
		return dst
	}
	p := dst[n:]
	var key [8]byte
	for i := range key {
		key[i] = h.Key[(at+uint64(i))&3]
	}
	k := binary.LittleEndian.Uint64(key[:])
	for len(p) >= 8 {
		binary.LittleEndian.PutUint64(p, binary.LittleEndian.Uint64(p)^k)
		p = p[8:]
	}
	for i := range p {
		p[i] ^= key[i&7]
	}
	return dst
}
