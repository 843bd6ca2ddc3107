package index

import (
	"errors"
	"hash/crc32"
	"math"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/s7comm"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Message adds a row.
func (b *Builder) Message(m *flows.Message) {
	s := b.state(m.Conn)
	if s == nil {
		return
	}
	s.info.Note(m)
	s.rate.add(m.Time)
	if m.Conn.Proto == flows.MQTT {
		b.rate.add(m.Time)
	} else {
		b.rateISO.add(m.Time)
	}
	b.touch(s)
	if s.session == nil {
		b.join(s, m)
	}
	if s.session != nil {
		b.session.note(s.session, m)
	}
	ix := b.ix
	if ix.messages.rows >= b.opt.maxMessages() || m.Frame == 0 || m.Frame > uint64(b.number) {
		b.lost.Messages++
		return
	}
	number := ix.messages.rows + 1
	r := ix.messages.push()
	r.frame, r.conn, r.prev = uint32(m.Frame), s.conn, s.lastMessage
	s.lastMessage = number
	pos := min(m.Pos, 1<<40-1)
	r.pos, r.high = uint32(pos), uint8(pos>>32)
	r.length = uint32(min(len(m.Bytes), math.MaxUint32))
	r.sum = crc32.Checksum(m.Bytes, castagnoli)
	r.flags = marks(m)
	if s.fresh[m.Dir] {
		r.flags |= flagFresh
		s.fresh[m.Dir] = false
	}
	if m.Packet != nil {
		b.packet(r, s, m, number)
	} else if m.PDU != nil && !r.has(flagUnframed) {
		r.pdu(m)
	}
	b.locate(r, s, m, number)
}

// marks are the flags that any message has.
func marks(m *flows.Message) uint16 {
	f := uint16(m.Dir) & flagDir
	if m.FromClient {
		f |= flagFromClient
	}
	if m.Conn.Proto == flows.ISO {
		f |= flagISO
	}
	if m.Err != nil {
		f |= flagMalformed
		if unframed(m) {
			f |= flagUnframed
		}
	}
	if m.Framing == flows.Found {
		f |= flagFound
	}
	if m.AfterError {
		f |= flagAfterError
	}
	return f
}

// unframed reports whether m could not be delimited. What was decoded of an ISO-on-TCP
// message is then that of another.
func unframed(m *flows.Message) bool {
	if m.Conn.Proto == flows.MQTT {
		return m.Packet == nil
	}
	_, err := s7comm.Next(m.Bytes)
	var bad *s7comm.Malformed
	return errors.As(err, &bad)
}

// packet notes what an MQTT packet is.
func (b *Builder) packet(r *messageRow, s *connState, m *flows.Message, number uint32) {
	p := m.Packet
	r.first = uint8(p.Type)<<4 | p.Flags
	r.how = uint8(m.Version) & howVersion
	if m.Conn.VersionGuessed {
		r.how |= howGuessed
	}
	if p.HasID {
		r.id = p.ID
		r.flags |= flagID
	}
	switch {
	case p.Type == mqtt.PUBLISH && m.Err == nil:
		t := b.topicOf(s, m)
		r.what = t.Number
		b.topic.note(t, s, m, number)
	case p.Type == mqtt.CONNACK:
		r.code = uint8(p.Code)
		r.how |= howReason
	case p.HasReason:
		r.code = uint8(p.Reason)
		r.how |= howReason
	}
}

func aliasOf(p *mqtt.Packet) (uint16, bool) {
	x, ok := p.Props.Find(mqtt.TopicAlias)
	return uint16(x.Num), ok
}

// pdu notes what an ISO-on-TCP PDU is.
func (r *messageRow) pdu(m *flows.Message) {
	p := m.PDU
	r.first = uint8(p.COTP.Type)
	r.code = uint8(p.Function)
	r.what = uint32(p.Kind) << 24
	if p.Kind == s7comm.KindS7 {
		r.what |= uint32(p.S7.ROSCTR) << 16
		r.id = p.S7.PDURef
		r.flags |= flagID
		if p.S7.ROSCTR == s7comm.ROSCTRUserdata {
			u := &p.Userdata
			r.what |= uint32(u.Group)<<8 | uint32(u.Subfunction)
			if u.Type == s7comm.UserdataResponse {
				r.how |= howResponse
			}
			if u.More() || u.DataUnitRef != 0 || u.Content != nil && len(u.Content) != len(u.Payload) {
				r.flags |= flagJoined
			}
		}
	}
	if p.Kind == s7comm.KindS7Plus || p.COTP.Type == s7comm.DT && (!p.COTP.EOT || p.Fragments > 1) {
		r.flags |= flagJoined
	}
}

// locate notes how to find the bytes of a message again.
func (b *Builder) locate(r *messageRow, s *connState, m *flows.Message, number uint32) {
	ix := b.ix
	var prev uint32 // message of the same frame
	if number > 1 && ix.messages.at(number-2).frame == r.frame {
		r.flags |= flagSameFrame
	} else {
		prev = b.lastOf(r.frame, number)
	}
	base := &ix.hot.at(s.conn).base[m.Dir]
	if !s.based[m.Dir] {
		s.based[m.Dir] = true
		base.Store(m.Seq - uint32(m.Pos))
	}
	simple := m.FirstFrame == m.Frame && len(m.Frames) == 1 && m.Skipped == 0 && m.Carrier.Frames == 0 &&
		prev == 0 && base.Load()+uint32(m.Pos) == m.Seq
	if simple {
		return
	}
	r.extra = ix.extras.rows + 1
	x := ix.extras.push()
	x.seq, x.first, x.prev = m.Seq, uint32(m.FirstFrame), prev
	x.skipped = uint32(min(m.Skipped, math.MaxUint32))
	x.pieces, x.count = ix.pieces.rows, uint16(len(m.Frames))
	// Frames of the capture that hold nothing but headers of WebSocket are not named.
	x.more = len(m.Frames) >= maxNamed || m.Carrier.Frames > 0 && len(m.Frames) > 1
	for _, n := range m.Frames {
		*ix.pieces.push() = uint32(n)
	}
	if m.Carrier.Frames > 0 {
		r.flags |= flagWebSocket
		// Beside its data there are headers, of each byte one if it must be.
		x.place, x.raw = m.Begins, uint32(min(m.End-m.Pos, 16*uint64(len(m.Bytes))+maxControl, math.MaxUint32))
	}
}

// maxControl bounds the bytes of control frames that are looked through for the rest of a
// packet.
const maxControl = 64 << 10

// maxNamed is how many frames a flows.Message names at most.
const maxNamed = 64

// lastOf returns the latest message before number that frame n completes, 0 if there is
// none. It is not the one right before.
func (b *Builder) lastOf(n, number uint32) uint32 {
	from := b.shown
	if n == b.number && b.segment != nil { // none can have come before this segment
		from = b.before
	}
	for i := number - 1; i > from; i-- {
		if b.ix.messages.at(i-1).frame == n {
			return i
		}
	}
	if n > b.ix.frames.rows { // it is not complete
		return 0
	}
	return b.ix.frames.at(n - 1).last
}
