package pcaps

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// The pcap format (draft-ietf-opsawg-pcap): a header of 24 bytes, then records
// with a header of 16 bytes each. Its numbers are in the byte order of the
// machine that wrote it.
const (
	magicMicro    = 0xa1b2c3d4
	magicNano     = 0xa1b23c4d
	magicModified = 0xa1b2cd34 // Kuznetzov's patched libpcap: longer record headers

	pcapHeaderLen = 24
	pcapRecordLen = 16
)

// pcapDecoder finds the records of a pcap file. It reads no data of its own.
type pcapDecoder struct {
	swap  bool  // the file is big-endian
	unit  int64 // nanoseconds in one unit of a record's fraction
	link  LinkType
	limit uint32 // longest record believed
}

// newPcapDecoder reads the file header, of which head holds pcapHeaderLen bytes.
func newPcapDecoder(head []byte, f *File, maxRecord int) (*pcapDecoder, error) {
	d := &pcapDecoder{}
	u32 := binary.LittleEndian.Uint32
	u16 := binary.LittleEndian.Uint16
	if head[0] == 0xa1 {
		d.swap = true
		u32, u16 = binary.BigEndian.Uint32, binary.BigEndian.Uint16
	}
	switch u32(head) {
	case magicMicro:
		d.unit = 1000
	case magicNano:
		d.unit = 1
	}
	if major, minor := u16(head[4:]), u16(head[6:]); major != 2 {
		return nil, fmt.Errorf("pcap of version %d.%d, but only 2.x is known; write it anew with a current libpcap, or try `editcap -F pcap IN OUT`", major, minor)
	}
	link, err := linkType(u32(head[20:]))
	if err != nil {
		return nil, err
	}
	d.link = link
	f.Format = "pcap"
	f.SnapLen = u32(head[16:])
	f.addLink(link)
	d.limit = recordLimit(f.SnapLen, maxRecord)
	return d, nil
}

// linkType takes the link type out of its field, whose upper bits tell of frame
// check sequences, and unifies the numbers that raw IP has had.
func linkType(field uint32) (LinkType, error) {
	v := field & 0x03ffffff
	switch {
	case v > 0xffff:
		return 0, fmt.Errorf("link type %d does not exist; the file header is damaged", v)
	case v == 12 || v == 14: // DLT_RAW of several systems, written without translation
		return LinkRaw, nil
	}
	return LinkType(v), nil
}

// recordLimit is the longest record believed in a file that announces snap: what
// the header says, but no less than every writer in use may reach and no more
// than the reader holds.
func recordLimit(snap uint32, maxRecord int) uint32 {
	const usual = 256 << 10
	if snap == 0 || int64(snap) > int64(maxRecord) {
		return uint32(maxRecord)
	}
	return uint32(max(int(snap), min(usual, maxRecord)))
}

func (d *pcapDecoder) decode(buf []byte, base int64, f *File, out []Frame) ([]Frame, int, string) {
	var (
		off    int
		bad    string
		number = f.Frames
		first  = f.First
		last   = f.Last
	)
	for len(buf)-off >= pcapRecordLen {
		h := buf[off : off+pcapRecordLen : off+pcapRecordLen]
		sec := binary.LittleEndian.Uint32(h)
		frac := binary.LittleEndian.Uint32(h[4:])
		caplen := binary.LittleEndian.Uint32(h[8:])
		wirelen := binary.LittleEndian.Uint32(h[12:])
		if d.swap {
			sec, frac = bits.ReverseBytes32(sec), bits.ReverseBytes32(frac)
			caplen, wirelen = bits.ReverseBytes32(caplen), bits.ReverseBytes32(wirelen)
		}
		if caplen > d.limit {
			bad = tooLong(caplen, d.limit)
			break
		}
		end := off + pcapRecordLen + int(caplen)
		if end > len(buf) {
			break
		}
		t := int64(sec)*1e9 + int64(frac)*d.unit
		if number == 0 {
			first, last = t, t
		}
		first, last = min(first, t), max(last, t)
		number++
		out = oneMore(out)
		fr := &out[len(out)-1] // filled in place: a frame is as large as a cache line
		fr.Number = number
		fr.Time = t
		fr.Offset = base + int64(off)
		fr.Length = wirelen
		fr.File = 0
		fr.Link = d.link
		fr.Iface = 0
		fr.Data = buf[off+pcapRecordLen : end : end]
		off = end
	}
	f.Frames, f.First, f.Last = number, first, last
	return out, off, bad
}

func (d *pcapDecoder) truncated(rest []byte) string {
	if len(rest) < pcapRecordLen {
		return fmt.Sprintf("a record header has %d bytes, the file has %d left", pcapRecordLen, len(rest))
	}
	n := binary.LittleEndian.Uint32(rest[8:])
	if d.swap {
		n = bits.ReverseBytes32(n)
	}
	return fmt.Sprintf("record says %d bytes, the file has %d left", n, len(rest)-pcapRecordLen)
}

func (d *pcapDecoder) discard() int64 { return 0 }

func tooLong(says, limit uint32) string {
	return fmt.Sprintf("record says %d bytes, but none here can have more than %d: the file is damaged from this byte on", says, limit)
}
