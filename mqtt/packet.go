package mqtt

import "plcscope/internal/wire"

// Packet is one control packet. It is meant to be reused: Decode overwrites it
// and keeps its storage. Slices point into the bytes that were decoded and are
// nil when the field is not in the packet; an empty field is empty, not nil.
//
// A field is meaningful for the packet types that its comment names and zero for
// all others, except Connect, which keeps what the last CONNECT left.
type Packet struct {
	Type   PacketType
	Flags  uint8 // lower half of the first byte
	Dup    bool  // bit 3 of Flags, whatever it means for Type
	QoS    QoS   // bits 2 and 1 of Flags
	Retain bool  // bit 0 of Flags

	Version   Version // by which it was decoded; of a CONNECT its own, 0 when the level is unknown
	Remaining int     // Remaining Length, 0 to MaxRemaining
	HeaderLen int     // bytes of the fixed header, 2 to 5; more than Remaining needs is padding

	ID    uint16 // packet identifier, when HasID
	HasID bool

	Topic   []byte // PUBLISH; empty in 5.0 when an alias stands for it
	Payload []byte // PUBLISH; empty, not nil, when there is none

	Connect Connect // CONNECT

	AckFlags       uint8      // CONNACK: first byte, reserved in 3.1
	SessionPresent bool       // CONNACK since 3.1.1: bit 0 of AckFlags
	Code           ReasonCode // CONNACK: return code, in 5.0 reason code

	Reason    ReasonCode // 5.0 PUBACK, PUBREC, PUBREL, PUBCOMP, DISCONNECT, AUTH; 0 when omitted
	HasReason bool       // Reason stands in the packet

	Codes   []byte   // SUBACK, 5.0 UNSUBACK: a code for each filter, in order
	Filters []Filter // SUBSCRIBE, UNSUBSCRIBE

	Props    Properties // 5.0, all types but PINGREQ and PINGRESP
	HasProps bool       // a Property Length stands in the packet

	// Surplus are bytes behind the last field that the type, the flags and the
	// version announce, nil when there are none. They are no error here.
	Surplus       []byte
	SurplusOffset int // of Surplus from the packet's first byte

	broken bool // bad holds why
	bad    Malformed
}

// Filter is one topic filter of a SUBSCRIBE or UNSUBSCRIBE.
type Filter struct {
	Filter  []byte // borrowed
	Options byte   // SUBSCRIBE: requested QoS, in 5.0 the subscription options
	Offset  int    // of the filter's length, from the packet's first byte
}

// QoS is the requested or, in 5.0, maximum QoS.
func (f *Filter) QoS() QoS { return QoS(f.Options & 3) }

// NoLocal is the 5.0 option not to get one's own messages.
func (f *Filter) NoLocal() bool { return f.Options&4 != 0 }

// RetainAsPublished is the 5.0 option to keep the retain flag.
func (f *Filter) RetainAsPublished() bool { return f.Options&8 != 0 }

// RetainHandling is the 5.0 option, 0 to 2; 3 is forbidden.
func (f *Filter) RetainHandling() uint8 { return f.Options >> 4 & 3 }

// SetFlags sets the lower half of the first byte and the fields that repeat it.
func (p *Packet) SetFlags(flags uint8) {
	p.Flags = flags & 15
	p.Dup, p.QoS, p.Retain = flags&8 != 0, QoS(flags>>1&3), flags&1 != 0
}

// Decode reads the control packet at the start of b, which Next has found to be
// complete, by the rules of version v; a CONNECT goes by its own level.
//
// The error is ErrShort when b ends before the packet does, or else a *Malformed
// that lives in p. What stands before the field that it names is decoded. Where
// the boundary of a broken field is known, as of a property block, decoding goes
// on behind it and the first problem is returned.
func (p *Packet) Decode(b []byte, v Version) error {
	total, header, err := Next(b)
	if err != nil {
		return p.unframed(b, err, v)
	}
	b = b[:total:total]
	p.reset(b[0], v, header, total-header)
	if p.simple(b, header) {
		return nil
	}
	return p.decode(b, nil)
}

// Dissect is Decode that also adds every field to t, in wire order and under
// Wireshark's names, beneath a heading "mqtt". Offsets count from b[0].
func (p *Packet) Dissect(b []byte, v Version, t *wire.Tree) error {
	total, header, err := Next(b)
	if err != nil {
		return p.unframed(b, err, v)
	}
	b = b[:total:total]
	p.reset(b[0], v, header, total-header)
	return p.decode(b, t)
}

// unframed is Decode of what Next refuses.
func (p *Packet) unframed(b []byte, err error, v Version) error {
	first := byte(0)
	if len(b) > 0 {
		first = b[0]
	}
	p.reset(first, v, 0, 0)
	if p.Type == CONNECT {
		p.Connect = Connect{}
	}
	if err == ErrShort {
		return err
	}
	p.broken, p.bad = true, lengthTooLong
	p.bad.Clause = clauseVarint.in(v)
	return &p.bad
}

func (p *Packet) reset(first byte, v Version, header, remaining int) {
	p.Type = PacketType(first >> 4)
	p.Flags = first & 15
	p.Dup = first&8 != 0
	p.QoS = QoS(first >> 1 & 3)
	p.Retain = first&1 != 0
	p.Version = v
	p.Remaining = remaining
	p.HeaderLen = header
	p.ID = 0
	p.HasID = false
	p.Topic = nil
	p.Payload = nil
	p.AckFlags = 0
	p.SessionPresent = false
	p.Code = 0
	p.Reason = 0
	p.HasReason = false
	p.Codes = nil
	p.Filters = p.Filters[:0]
	p.Props = Properties{}
	p.HasProps = false
	p.Surplus = nil
	p.SurplusOffset = 0
	p.broken = false
}

// simple decodes without a cursor the packets that make up nearly all traffic.
// It reports false, having decided nothing, for every other packet and for
// every one that is not exactly as long as its fields.
func (p *Packet) simple(b []byte, o int) bool {
	switch p.Type {
	case PUBLISH:
		if len(b)-o < 2 {
			return false
		}
		n := o + 2 + (int(b[o])<<8 | int(b[o+1]))
		if n > len(b) {
			return false
		}
		topic := b[o+2 : n : n]
		if p.QoS != 0 {
			if len(b)-n < 2 {
				return false
			}
			p.ID = uint16(b[n])<<8 | uint16(b[n+1])
			p.HasID = true
			n += 2
		}
		if p.Version == V5 {
			if n >= len(b) || b[n] >= 0x80 || int(b[n]) > len(b)-n-1 || b[n] != 0 && !wellFormed(b[n+1:n+1+int(b[n])]) {
				p.ID, p.HasID = 0, false
				return false
			}
			end := n + 1 + int(b[n])
			p.HasProps = true
			p.Props = Properties{Raw: b[n+1 : end : end], Offset: n + 1, LengthBytes: 1}
			n = end
		}
		p.Topic = topic
		p.Payload = b[n:]
		return true
	case PUBACK, PUBREC, PUBREL, PUBCOMP:
		switch {
		case len(b)-o == 3 && p.Version == V5:
			p.Reason = ReasonCode(b[o+2])
			p.HasReason = true
		case len(b)-o != 2:
			return false
		}
		p.ID = uint16(b[o])<<8 | uint16(b[o+1])
		p.HasID = true
		return true
	case PINGREQ, PINGRESP:
		return len(b) == o
	}
	return false
}

// decoder is the cursor that one packet is decoded with.
type decoder struct {
	wire.Cursor
	t *wire.Tree
	p *Packet
}

// decode decodes a framed packet for which reset was called.
func (p *Packet) decode(b []byte, t *wire.Tree) error {
	d := decoder{Cursor: wire.NewCursor(b, t), t: t, p: p}
	root := t.Open(fMQTT, 0)
	if p.Version == 0 && p.Type != CONNECT {
		t.Close(t.Open(fUnknownVersion, 0), 0)
	}
	d.fixedHeader()
	switch p.Type {
	case CONNECT:
		d.connect(&p.Connect)
	case CONNACK:
		d.connack()
	case PUBLISH:
		d.publish()
	case PUBACK, PUBREC, PUBREL, PUBCOMP:
		d.ack()
	case SUBSCRIBE, UNSUBSCRIBE:
		d.filters()
	case SUBACK:
		d.suback()
	case UNSUBACK:
		d.unsuback()
	case DISCONNECT:
		if p.Version == V5 {
			d.reason()
		}
	case AUTH:
		if p.Version == V5 {
			d.reason()
			break
		}
		d.malformed(0, fMsgType, "does not exist before 5.0", &clauseType)
	case Reserved0:
		d.malformed(0, fMsgType, "is the forbidden packet type 0", &clauseType)
	}
	if d.OK() && d.Len() > 0 {
		p.Surplus, p.SurplusOffset = d.Rest(), d.Off()
	}
	t.Close(root, len(b))
	return d.err()
}

// fixedHeader passes over the fixed header, which reset has decoded.
func (d *decoder) fixedHeader() {
	p, t := d.p, d.t
	d.Seek(p.HeaderLen)
	if t == nil {
		return
	}
	flags := d.open(fHdrFlags, 0, uint64(p.Type)<<4|uint64(p.Flags))
	t.Uint(fMsgType, 0, 1, uint64(p.Type))
	switch {
	case p.Type == PUBLISH:
		t.Bool(fDup, 0, p.Dup)
		t.Uint(fQoS, 0, 1, uint64(p.QoS))
		t.Bool(fRetain, 0, p.Retain)
	case p.Version == V31 && p.Type.FixedFlags() != 0: // these carry a real QoS in 3.1
		t.Bool(fDup, 0, p.Dup)
		t.Uint(fQoS, 0, 1, uint64(p.QoS))
		t.Uint(fRetainReserved, 0, 1, uint64(p.Flags&1))
	default:
		t.Uint(fHdrReserved, 0, 1, uint64(p.Flags))
	}
	t.Close(flags, 1)
	t.Uint(fLen, 1, p.HeaderLen-1, uint64(p.Remaining))
}

// open adds a number that has its bit fields beneath it.
func (d *decoder) open(f *wire.Field, off int, v uint64) int {
	h := d.t.Open(f, off)
	d.t.SetNum(h, v)
	return h
}

// text reads a two-byte length and as many bytes.
func (d *decoder) text(length, f *wire.Field) []byte {
	n := d.U16(length)
	return d.Bytes(f, int(n))
}

// topic is text for a topic name or filter, which has no node of its own when
// it is empty.
func (d *decoder) topic(length, f *wire.Field) []byte {
	n := int(d.U16(length))
	if n == 0 && d.OK() {
		return d.Rest()[:0:0]
	}
	return d.Bytes(f, n)
}

// emptyTopic notes that the topic whose length stands at off is empty.
func (d *decoder) emptyTopic(off int) {
	if d.t != nil && d.OK() {
		d.t.Close(d.t.Open(fIllegalTopicLen, off), off)
	}
}

// properties reads a property block into ps.
func (d *decoder) properties(heading *wire.Field, ps *Properties) {
	if !d.OK() {
		return
	}
	at := d.Off()
	n, size := varint(d.Rest())
	if size <= 0 {
		reason, clause := "is missing", &clauseHasProps
		if size < 0 {
			reason, clause = varintLong, &clauseVarint
		} else if d.Len() > 0 {
			reason, clause = pastEnd, &clauseLength
		}
		d.malformed(at, fPropertyLen, reason, clause)
		stop(&d.Cursor, fPropertyLen)
		return
	}
	h := d.t.Open(heading, at)
	d.t.Uint(fPropertyLen, at, size, uint64(n))
	d.Skip(fPropertyLen, size)

	end := d.Off() + int(n)
	if int(n) > d.Len() {
		d.malformed(at, fPropertyLen, pastEnd, &clausePropsFit)
		d.p.bad.Need, d.p.bad.Have = int(n), d.Len()
	}
	*ps = Properties{Raw: d.Rest(), Offset: d.Off(), LengthBytes: uint8(size)}
	ps.Raw = ps.Raw[:min(len(ps.Raw), int(n)):min(len(ps.Raw), int(n))]
	if d.t == nil && int(n) <= d.Len() && wellFormed(ps.Raw) {
		d.Seek(end)
	}
	for d.OK() && d.Off() < end {
		p, problem := readProperty(&d.Cursor, end)
		switch {
		case problem == propertyUnknown:
			d.malformed(p.Offset, fPropertyID, "is no defined property", &clausePropKnown)
		case problem == propertyLong:
			d.malformed(p.Offset+1, fPropNumber, varintLong, &clauseVarint)
		case problem == propertyOK && d.Off() > end:
			d.malformed(p.Offset, fPropertyID, "begins a property that runs past the end of the properties", &clausePropsFit)
			d.p.bad.Need, d.p.bad.Have = p.Size, end-p.Offset
		}
	}
	if d.OK() {
		d.Seek(end)
	}
	d.t.Close(h, min(end, d.Off()))
}

// props reads the properties that stand in the variable header of 5.0.
func (d *decoder) props() {
	d.properties(fProperties, &d.p.Props)
	d.p.HasProps = d.p.Props.LengthBytes > 0
}

// malformed notes a problem unless there is one already.
func (d *decoder) malformed(off int, f *wire.Field, reason string, c *clauses) {
	if !d.p.broken {
		d.p.broken = true
		d.p.bad = Malformed{Offset: off, Field: f.Name, Reason: reason, Clause: c.in(d.p.Version)}
	}
}

// missing is malformed for a field that flags announce and that cannot be read:
// it is called after reading it and does nothing if that succeeded.
func (d *decoder) missing(c *clauses) {
	if d.OK() {
		return
	}
	f, off, need, have := d.Failed()
	if !d.p.broken {
		d.malformed(off, f, pastEnd, c)
		d.p.bad.Need, d.p.bad.Have = need, have
	}
}

// err is the result of Decode.
func (d *decoder) err() error {
	d.missing(&clauseLength)
	if d.p.broken {
		return &d.p.bad
	}
	return nil
}
