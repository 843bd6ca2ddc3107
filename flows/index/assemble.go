package index

import (
	"errors"
	"fmt"
	"hash/crc32"
	"slices"

	"plcscope/decode"
	"plcscope/flows/tcp"
	"plcscope/mqtt/websocket"
)

var (
	errNoMessage = errors.New("the index has no such message")
	errMissing   = errors.New("some of its bytes are no longer where they were")
	errDiffers   = errors.New("its bytes are not those that were there when the capture was read")
)

// maxPieces bounds the frames that are looked at for one message, which may have a byte
// each.
const maxPieces = 1 << 20

// Bytes reads the bytes of message n again, as they were observed. They are checked: an
// error says when the file has changed.
func (r *Reader) Bytes(n uint32) ([]byte, error) {
	if n == 0 || n > r.ix.messages.len() {
		return nil, errNoMessage
	}
	m := r.ix.messages.at(n - 1)
	b, err := r.assemble(m)
	if err == nil && crc32.Checksum(b, castagnoli) != m.sum {
		err = errDiffers
	}
	if err != nil {
		return nil, fmt.Errorf("message %d in frame %d: %w", n, m.frame, err)
	}
	return b, nil
}

func (r *Reader) assemble(m *messageRow) ([]byte, error) {
	seq := r.ix.sequence(m)
	if m.extra == 0 {
		s, err := r.segmentOf(m.frame)
		if err != nil {
			return nil, err
		}
		off := int64(int32(seq - s.PayloadSeq()))
		if off < 0 || off+int64(m.length) > int64(len(s.Payload)) {
			return nil, errMissing
		}
		return s.Payload[off : off+int64(m.length)], nil
	}
	x := r.ix.extras.at(m.extra - 1)
	n := m.length
	if m.flags&flagWebSocket != 0 {
		n = x.raw
	}
	r.pieces(m, x, 0)
	b, err := r.collect(m, x, seq, n, false)
	if x.more && (err != nil || crc32.Checksum(b, castagnoli) != m.sum) {
		// Some that are not named were captured earlier, or dropped for their checksums.
		r.pieces(m, x, maxEarlier)
		b, err = r.collect(m, x, seq, n, false)
		if err != nil || crc32.Checksum(b, castagnoli) != m.sum {
			return r.collect(m, x, seq, n, true)
		}
	}
	return b, err
}

// maxEarlier is how many frames of a direction before the first one that is named are
// looked at.
const maxEarlier = 1 << 10

// collect fills the message from the frames in the list.
func (r *Reader) collect(m *messageRow, x *extraRow, seq, n uint32, onlyGood bool) ([]byte, error) {
	complete, err := r.fill(seq, n, onlyGood)
	b := r.buf
	switch {
	case err != nil:
		return nil, err
	case m.flags&flagWebSocket != 0: // the end of one that was cut short is not there
		b = r.deframe(m, x)
		complete = uint32(len(b)) == m.length
	}
	if !complete {
		return nil, errMissing
	}
	return b, nil
}

// pieces lists the frames that hold parts of a message, in the order of capture. When
// not all are named these are those of the connection's direction, with some earlier ones.
func (r *Reader) pieces(m *messageRow, x *extraRow, earlier int) {
	r.list = r.list[:0]
	first := min(x.first, m.frame)
	for i := range uint32(x.count) {
		n := *r.ix.pieces.at(x.pieces + i)
		first = min(first, n)
		r.list = append(r.list, n)
	}
	if !x.more {
		return
	}
	dir, wide := tcp.Dir(m.flags&flagDir), earlier > 0
	r.list = r.list[:0]
	for n := m.frame; n > 0 && len(r.list) < maxPieces; {
		row := r.ix.frames.at(n - 1)
		if n < first {
			if earlier--; earlier < 0 {
				break
			}
		}
		if row.place&markPayload != 0 && row.dir() == dir {
			r.list = append(r.list, n)
		}
		n = row.prev
	}
	slices.Reverse(r.list)
	if !wide || m.flags&flagWebSocket == 0 {
		return
	}
	// Headers of WebSocket may have been captured behind the data of their frames.
	for n := m.frame; n < min(m.frame+maxLater, r.ix.frames.len()); n++ {
		row := r.ix.frames.at(n)
		if row.conn == m.conn && row.place&markPayload != 0 && row.dir() == dir {
			r.list = append(r.list, n+1)
		}
	}
}

// maxLater is how many frames behind a packet's last one are looked at.
const maxLater = 1 << 12

// fill collects n bytes of the stream from seq on out of the frames in the list. Of
// bytes that were captured twice, the first copy counts.
func (r *Reader) fill(seq, n uint32, onlyGood bool) (complete bool, err error) {
	if cap(r.buf) < int(n) {
		r.buf, r.have = make([]byte, n), make([]bool, n)
	}
	r.buf, r.have = r.buf[:n], r.have[:n]
	clear(r.have)
	missing := int(n)
	for _, f := range r.list {
		s, err := r.segmentOf(f)
		if err != nil {
			return false, err
		}
		if onlyGood && s.Checksum == decode.ChecksumBad {
			continue
		}
		off := int64(int32(seq - s.PayloadSeq())) // of the message in the payload
		from, to := max(off, 0), min(off+int64(n), int64(len(s.Payload)))
		for i := from; i < to; i++ {
			if k := i - off; !r.have[k] {
				r.have[k] = true
				r.buf[k] = s.Payload[i]
				missing--
			}
		}
	}
	return missing == 0, nil
}

// maxBefore is how many frames before the last fragment of a datagram the others are
// looked for.
const maxBefore = 2048

// segmentOf decodes frame n once more.
func (r *Reader) segmentOf(n uint32) (*decode.Segment, error) {
	f, err := r.Frame(n)
	if err != nil {
		return nil, err
	}
	if r.dec.Decode(f, &r.segment) {
		return &r.segment, nil
	}
	r.dec = decode.New(decode.Options{})           // of which the frame held a fragment
	for i := n - min(n-1, maxBefore); i < n; i++ { // all, as an identification is used again
		if f, err = r.Frame(i); err != nil {
			return nil, err
		}
		r.dec.Decode(f, &r.segment)
	}
	if f, err = r.Frame(n); err != nil {
		return nil, err
	}
	ok := r.dec.Decode(f, &r.segment)
	r.dec = decode.New(decode.Options{})
	if !ok {
		return nil, errMissing
	}
	return &r.segment, nil
}

// deframe takes the message out of the WebSocket frames in buf.
func (r *Reader) deframe(m *messageRow, x *extraRow) []byte {
	out, b := r.raw[:0], r.buf
	h := websocket.Header{Masked: x.place.Masked, Key: x.place.Mask}
	at := m.position() - min(x.place.Pos, m.position())
	left := x.place.Length - min(at, x.place.Length)
	for {
		k := min(left, uint64(len(b)), uint64(m.length)-uint64(len(out)))
		part := b[:k]
		switch {
		case h.Opcode.Control():
			k = min(left, uint64(len(b)))
		case h.Masked:
			out = h.Unmask(out, part, at)
		default:
			out = append(out, part...)
		}
		b, left = b[k:], 0
		if len(out) == int(m.length) || h.Parse(b) != nil {
			r.raw = out
			return out
		}
		b, at, left = b[h.Size:], 0, h.Length
	}
}
