package pcaps

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
)

// The pcapng format (draft-ietf-opsawg-pcapng): sections of blocks. Each block
// has a type, its total length, a body padded to four bytes, and the total length
// again. A section header block begins a section, which has a byte order and
// interfaces of its own.
const (
	blockSection    = 0x0a0d0d0a // the same in both byte orders
	blockInterface  = 1
	blockPacket     = 2 // obsolete
	blockSimple     = 3
	blockNames      = 4
	blockStatistics = 5
	blockEnhanced   = 6
	blockSecrets    = 10

	byteOrderMagic = 0x1a2b3c4d

	blockOverhead = 12 // type, length, length again
	enhancedFixed = 20 // of an enhanced or obsolete packet block's body, before the data

	// maxPlainBlock bounds the blocks that are no packets and are buffered whole;
	// longer ones are passed over, section headers and interfaces excepted, which
	// nobody can do without.
	maxPlainBlock = 1 << 20
	maxInterfaces = 1 << 16 // of one section
)

// ngDecoder walks the blocks of a pcapng file.
type ngDecoder struct {
	order      binary.ByteOrder
	swap       bool // the section is big-endian
	maxRecord  uint32
	interfaces []ngInterface // of this section
	firstIface uint32        // interfaces of the sections before it
	kept       int           // index in File.Interfaces of interfaces[0]
	time       int64         // of the last frame that had one
	toDiscard  int64
}

// ngInterface is what is needed of an interface to understand its packets.
type ngInterface struct {
	clock clock
	link  LinkType
	snap  uint32
	limit uint32
}

func newNGDecoder(maxRecord int) *ngDecoder {
	return &ngDecoder{maxRecord: uint32(maxRecord), order: binary.LittleEndian}
}

func (d *ngDecoder) discard() int64 {
	n := d.toDiscard
	d.toDiscard = 0
	return n
}

func (d *ngDecoder) decode(buf []byte, base int64, f *File, out []Frame) (frames []Frame, used int, bad string) {
	off := 0
	for {
		out, off = d.packets(buf, off, base, f, out)
		if len(buf)-off < blockOverhead {
			break
		}
		b := buf[off:]
		kind := binary.LittleEndian.Uint32(b)
		total := binary.LittleEndian.Uint32(b[4:])
		if kind == blockSection {
			if bad = d.byteOrder(b[8:]); bad != "" {
				break
			}
		}
		if d.swap {
			kind, total = bits.ReverseBytes32(kind), bits.ReverseBytes32(total)
		}
		if total < blockOverhead || total%4 != 0 {
			bad = fmt.Sprintf("block says it is %d bytes long, which no block can be: the file is damaged from this byte on", total)
			break
		}
		if uint64(total) > uint64(len(b)) {
			pass, why := d.long(kind, total)
			if why != "" {
				bad = why
			} else if pass {
				d.toDiscard = int64(total) - int64(len(b))
				off = len(buf)
			}
			break
		}
		b = b[:total:total]
		end := binary.LittleEndian.Uint32(b[total-4:])
		if d.swap {
			end = bits.ReverseBytes32(end)
		}
		if end != total {
			bad = fmt.Sprintf("block says it is %d bytes long at its beginning and %d at its end: the file is damaged here", total, end)
			break
		}
		body := b[8 : total-4 : total-4]
		switch kind {
		case blockEnhanced:
			out, bad = d.enhanced(body, base+int64(off), f, out)
		case blockSimple:
			out, bad = d.simple(body, base+int64(off), f, out)
		case blockPacket:
			out, bad = d.obsolete(body, base+int64(off), f, out)
		case blockInterface:
			bad = d.addInterface(body, f)
		case blockSection:
			bad = d.section(body, f)
		case blockNames:
			d.names(body, f)
		case blockStatistics:
			d.statistics(body, f)
		case blockSecrets:
			f.Secrets++
		}
		if bad != "" {
			break
		}
		off += int(total)
	}
	return out, off, bad
}

// packets is the hot path of the format: it takes enhanced packet blocks without
// options, as nearly all are, up to the first block that is something else or not
// sound, which is left to decode.
func (d *ngDecoder) packets(buf []byte, off int, base int64, f *File, out []Frame) ([]Frame, int) {
	const fixed = 8 + enhancedFixed // of a block, before the data
	number, first, last := f.Frames, f.First, f.Last
	for len(buf)-off >= fixed+4 {
		h := buf[off : off+fixed : off+fixed]
		kind := binary.LittleEndian.Uint32(h)
		total := binary.LittleEndian.Uint32(h[4:])
		iface := binary.LittleEndian.Uint32(h[8:])
		high := binary.LittleEndian.Uint32(h[12:])
		low := binary.LittleEndian.Uint32(h[16:])
		caplen := binary.LittleEndian.Uint32(h[20:])
		wirelen := binary.LittleEndian.Uint32(h[24:])
		if d.swap {
			kind, total, iface = bits.ReverseBytes32(kind), bits.ReverseBytes32(total), bits.ReverseBytes32(iface)
			high, low = bits.ReverseBytes32(high), bits.ReverseBytes32(low)
			caplen, wirelen = bits.ReverseBytes32(caplen), bits.ReverseBytes32(wirelen)
		}
		if kind != blockEnhanced || uint64(iface) >= uint64(len(d.interfaces)) || uint64(total) > uint64(len(buf)-off) {
			break
		}
		i := &d.interfaces[iface]
		if caplen > i.limit || total != fixed+(caplen+3)&^3+4 {
			break
		}
		next := off + int(total)
		end := binary.LittleEndian.Uint32(buf[next-4:])
		if d.swap {
			end = bits.ReverseBytes32(end)
		}
		if end != total {
			break
		}
		t := i.clock.nanoseconds(uint64(high)<<32 | uint64(low))
		d.time = t
		if number == 0 {
			first, last = t, t
		}
		first, last = min(first, t), max(last, t)
		number++
		out = oneMore(out)
		fr := &out[len(out)-1]
		fr.Number = number
		fr.Time = t
		fr.Offset = base + int64(off)
		fr.Length = wirelen
		fr.File = 0
		fr.Link = i.link
		fr.Iface = d.firstIface + iface
		fr.Data = buf[off+fixed : off+fixed+int(caplen) : off+fixed+int(caplen)]
		off = next
	}
	f.Frames, f.First, f.Last = number, first, last
	return out, off
}

// byteOrder takes the order of a section from its magic number.
func (d *ngDecoder) byteOrder(b []byte) (bad string) {
	switch binary.LittleEndian.Uint32(b) {
	case byteOrderMagic:
		d.swap, d.order = false, binary.LittleEndian
	case 0x4d3c2b1a:
		d.swap, d.order = true, binary.BigEndian
	default:
		return fmt.Sprintf("section header has the byte-order magic % x, which is none: the file is damaged here", b[:4])
	}
	return ""
}

// long judges a block that does not lie complete in the buffer: whether to pass
// over it without buffering it, or why it cannot be.
func (d *ngDecoder) long(kind, total uint32) (pass bool, bad string) {
	switch kind {
	case blockEnhanced, blockPacket, blockSimple:
		if most := uint64(d.maxRecord) + maxPlainBlock; uint64(total) > most {
			return false, fmt.Sprintf("packet block says it is %d bytes long, but none can have more than %d: the file is damaged from this byte on", total, most)
		}
		return false, ""
	case blockSection, blockInterface:
		if total > maxPlainBlock {
			return false, fmt.Sprintf("block of type %d says it is %d bytes long, but none of its kind can have more than %d: the file is damaged from this byte on", kind, total, maxPlainBlock)
		}
		return false, ""
	}
	return total > maxPlainBlock, ""
}

func (d *ngDecoder) truncated(rest []byte) string {
	if len(rest) < blockOverhead {
		return fmt.Sprintf("a block has at least %d bytes, the file has %d left", blockOverhead, len(rest))
	}
	return fmt.Sprintf("record says %d bytes, the file has %d left", d.order.Uint32(rest[4:]), len(rest))
}

// section begins a section: its interfaces count from 0 again.
func (d *ngDecoder) section(body []byte, f *File) (bad string) {
	if len(body) < 16 {
		return "section header is too short: the file is damaged here"
	}
	if major := d.order.Uint16(body[4:]); major != 1 {
		return fmt.Sprintf("section is of pcapng version %d.%d, but only 1.x is known; try `editcap -F pcapng IN OUT`", major, d.order.Uint16(body[6:]))
	}
	d.firstIface += uint32(len(d.interfaces))
	d.interfaces = d.interfaces[:0]
	d.kept = len(f.Interfaces)
	for o := (options{body[16:], d.order}); o.next(); {
		switch code, v := o.get(); code {
		case optComment:
			f.Comments = keep(f, f.Comments, Comment{Text: text(v)})
		case 2:
			setText(&f.Hardware, v)
		case 3:
			setText(&f.OS, v)
		case 4:
			setText(&f.Application, v)
		}
	}
	return ""
}

func (d *ngDecoder) addInterface(body []byte, f *File) (bad string) {
	if len(body) < 8 {
		return "interface description is too short: the file is damaged here"
	}
	if len(d.interfaces) >= maxInterfaces {
		return fmt.Sprintf("more than %d interfaces in one section", maxInterfaces)
	}
	link, err := linkType(uint32(d.order.Uint16(body)))
	if err != nil {
		return err.Error()
	}
	i := ngInterface{link: link, snap: d.order.Uint32(body[4:]), clock: newClock(6)}
	i.limit = recordLimit(i.snap, int(d.maxRecord))
	info := Interface{Link: i.link, SnapLen: i.snap}
	var offset int64
	for o := (options{body[8:], d.order}); o.next(); {
		switch code, v := o.get(); {
		case code == 2:
			info.Name = text(v)
		case code == 3:
			info.Description = text(v)
		case code == 9 && len(v) >= 1:
			i.clock = newClock(v[0])
		case code == 11 && len(v) >= 1 && v[0] == 0: // kind 0 is text; others are BPF code
			info.Filter = text(v[1:])
		case code == 12:
			info.OS = text(v)
		case code == 14 && len(v) >= 8:
			offset = int64(d.order.Uint64(v))
		}
	}
	i.clock.setOffset(offset)
	d.interfaces = append(d.interfaces, i)
	f.SnapLen = max(f.SnapLen, i.snap)
	f.addLink(i.link)
	f.Interfaces = keep(f, f.Interfaces, info)
	return ""
}

// enhanced takes the packet out of an enhanced packet block that packets left.
func (d *ngDecoder) enhanced(body []byte, at int64, f *File, out []Frame) ([]Frame, string) {
	if len(body) < enhancedFixed {
		return out, shortPacketBlock
	}
	u32 := d.order.Uint32
	return d.packet(body, u32(body), u32(body[4:]), u32(body[8:]), u32(body[12:]), u32(body[16:]), at, f, out)
}

// obsolete takes the packet out of the block that the enhanced one replaced.
func (d *ngDecoder) obsolete(body []byte, at int64, f *File, out []Frame) ([]Frame, string) {
	if len(body) < enhancedFixed {
		return out, shortPacketBlock
	}
	u32 := d.order.Uint32
	return d.packet(body, uint32(d.order.Uint16(body)), u32(body[4:]), u32(body[8:]), u32(body[12:]), u32(body[16:]), at, f, out)
}

const shortPacketBlock = "packet block is too short for its own fields: the file is damaged here"

func (d *ngDecoder) packet(body []byte, iface, high, low, caplen, wirelen uint32, at int64, f *File, out []Frame) ([]Frame, string) {
	if uint64(iface) >= uint64(len(d.interfaces)) {
		return out, fmt.Sprintf("packet is of interface %d, but its section describes %d interfaces: the file is damaged here", iface, len(d.interfaces))
	}
	i := &d.interfaces[iface]
	if uint64(caplen) > uint64(len(body)-enhancedFixed) {
		return out, fmt.Sprintf("packet says %d bytes, its block has %d: the file is damaged here", caplen, len(body)-enhancedFixed)
	}
	if caplen > i.limit {
		return out, tooLong(caplen, i.limit)
	}
	t := i.clock.nanoseconds(uint64(high)<<32 | uint64(low))
	d.time = t
	end := enhancedFixed + int(caplen)
	f.addFrame(t)
	out = append(out, Frame{
		Number: f.Frames,
		Time:   t,
		Offset: at,
		Length: wirelen,
		Link:   i.link,
		Iface:  d.firstIface + iface,
		Data:   body[enhancedFixed:end:end],
	})
	if rest := body[min((end+3)&^3, len(body)):]; len(rest) > 4 {
		d.comments(rest, f)
	}
	return out, ""
}

// simple takes the packet out of a simple packet block. It belongs to interface 0
// and has no time: it gets that of the frame before it.
func (d *ngDecoder) simple(body []byte, at int64, f *File, out []Frame) ([]Frame, string) {
	if len(body) < 4 {
		return out, shortPacketBlock
	}
	if len(d.interfaces) == 0 {
		return out, "packet without an interface description before it: the file is damaged here"
	}
	i := &d.interfaces[0]
	wirelen := d.order.Uint32(body)
	caplen := wirelen
	if i.snap > 0 {
		caplen = min(caplen, i.snap)
	}
	if uint64(caplen) > uint64(len(body)-4) {
		return out, fmt.Sprintf("packet says %d bytes, its block has %d: the file is damaged here", caplen, len(body)-4)
	}
	if caplen > i.limit {
		return out, tooLong(caplen, i.limit)
	}
	end := 4 + int(caplen)
	out = append(out, Frame{
		Number: f.Frames + 1,
		Time:   d.time,
		Offset: at,
		Length: wirelen,
		Link:   i.link,
		Iface:  d.firstIface,
		Data:   body[4:end:end],
	})
	f.addFrame(d.time)
	f.Timeless++
	return out, ""
}

// addFrame counts a frame.
func (f *File) addFrame(t int64) {
	if f.Frames == 0 {
		f.First, f.Last = t, t
	}
	f.Frames++
	f.First, f.Last = min(f.First, t), max(f.Last, t)
}

// comments keeps what people wrote at the frame just added.
func (d *ngDecoder) comments(opts []byte, f *File) {
	for o := (options{opts, d.order}); o.next(); {
		if code, v := o.get(); code == optComment {
			f.Comments = keep(f, f.Comments, Comment{Frame: f.Frames, Text: text(v)})
		}
	}
}

// statistics keeps the counters of an interface.
func (d *ngDecoder) statistics(body []byte, f *File) {
	if len(body) < 12 {
		return
	}
	n := d.order.Uint32(body)
	k := uint64(d.kept) + uint64(n)
	if uint64(n) >= uint64(len(d.interfaces)) || k >= uint64(len(f.Interfaces)) {
		return
	}
	i := &f.Interfaces[k]
	for o := (options{body[12:], d.order}); o.next(); {
		code, v := o.get()
		if len(v) < 8 {
			continue
		}
		switch c := d.order.Uint64(v); code {
		case 4:
			i.Received, i.Counted = c, true
		case 5:
			i.Dropped, i.Counted = c, true
		case 7:
			i.OSDrop, i.Counted = c, true
		}
	}
}

// clock turns the time stamps of an interface into nanoseconds.
type clock struct {
	mul    uint64 // stamp * mul, when a unit is a whole number of nanoseconds
	div    uint64 // else stamp / div, when div is not 0
	shift  uint8  // else stamp / 2^shift seconds
	limit  uint64 // stamps above it are beyond what Frame.Time holds
	offset int64  // nanoseconds
}

// newClock understands if_tsresol: a negative power of 10, or of 2 when the
// highest bit is set.
func newClock(resolution byte) clock {
	n := resolution & 0x7f
	switch {
	case resolution&0x80 != 0 && n >= 64, resolution&0x80 == 0 && n > 9+19:
		return clock{div: math.MaxUint64, limit: math.MaxUint64} // all stamps are within the first second
	case resolution&0x80 != 0:
		c := clock{shift: n, limit: math.MaxUint64}
		if n < 31 {
			c.limit = uint64(math.MaxInt64/1_000_000_000-1) << n
		}
		return c
	case n > 9:
		return clock{div: pow10(n - 9), limit: math.MaxUint64}
	}
	mul := pow10(9 - n)
	return clock{mul: mul, limit: math.MaxInt64 / mul}
}

func pow10(n uint8) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}

func (c *clock) setOffset(seconds int64) {
	const most = math.MaxInt64 / 1_000_000_000
	c.offset = max(min(seconds, most), -most) * 1e9
}

func (c *clock) nanoseconds(stamp uint64) int64 {
	if stamp > c.limit {
		return math.MaxInt64
	}
	var t int64
	switch {
	case c.mul != 0:
		t = int64(stamp * c.mul)
	case c.div != 0:
		t = int64(min(stamp/c.div, math.MaxInt64))
	default:
		high, low := bits.Mul64(stamp, 1e9)
		t = int64(low>>c.shift | high<<(64-c.shift))
	}
	if c.offset != 0 {
		return addTime(t, c.offset)
	}
	return t
}

// addTime adds without passing the ends of what an int64 holds.
func addTime(a, b int64) int64 {
	s := a + b
	switch {
	case b > 0 && s < a:
		return math.MaxInt64
	case b < 0 && s > a:
		return math.MinInt64
	}
	return s
}
