package pcaps

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"unicode/utf8"
)

// Writer writes frames as a capture file, pcap or pcapng, with nanosecond times.
// It buffers: call Flush when the file is complete, or after each frame of a live
// capture.
type Writer struct {
	w   io.Writer
	buf []byte
	err error // of the first write that failed: the file is worth nothing behind it

	ng     bool
	link   LinkType // of a pcap file
	ifaces map[ifaceKey]uint32
	count  uint32
	tell   func(file uint16, iface uint32) Interface // describes interfaces as they come; may be nil
}

// ifaceKey is what makes an interface of its own in the file written: an
// interface of each file that the frames came from.
type ifaceKey struct {
	file  uint16
	iface uint32
	link  LinkType
	early bool // its times lie before 1970
}

// Section is what a pcapng file says of itself.
type Section struct {
	Hardware    string
	OS          string
	Application string // "" means plcscope
	Comment     string
}

const (
	writerBuffer  = 64 << 10
	writerSnapLen = 256 << 10 // announced; what Wireshark writes, too
)

// NewWriter begins a pcap file, whose frames all have the same link type.
func NewWriter(w io.Writer, link LinkType) *Writer {
	b := make([]byte, 0, writerBuffer)
	le := binary.LittleEndian
	b = le.AppendUint32(b, magicNano)
	b = le.AppendUint16(b, 2)
	b = le.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...) // time zone and accuracy: always 0
	b = le.AppendUint32(b, writerSnapLen)
	b = le.AppendUint32(b, uint32(link))
	return &Writer{w: w, buf: b, link: link}
}

// NewNGWriter begins a pcapng file. The interfaces are described at its
// beginning and are those of frames with File 0 and an Iface that counts them; a
// frame of another one adds its interface to the file, so none need be given.
func NewNGWriter(w io.Writer, interfaces ...Interface) *Writer {
	return NewNGSection(w, Section{}, nil, interfaces...)
}

// NewNGSection is NewNGWriter for a file that tells more. What is written may also be
// appended to a pcapng file. When a frame of an interface comes that is not among
// interfaces, tell describes it by Frame.File and Frame.Iface; its link type is the
// frame's. Without tell, nothing is said of it.
func NewNGSection(w io.Writer, s Section, tell func(file uint16, iface uint32) Interface, interfaces ...Interface) *Writer {
	x := &Writer{w: w, ng: true, ifaces: map[ifaceKey]uint32{}, tell: tell}
	le := binary.LittleEndian
	b := le.AppendUint32(make([]byte, 0, writerBuffer), blockSection)
	b = le.AppendUint32(b, 0) // length, set by endBlock
	b = le.AppendUint32(b, byteOrderMagic)
	b = le.AppendUint16(b, 1)
	b = le.AppendUint16(b, 0)
	b = le.AppendUint64(b, math.MaxUint64) // length of the section: not known
	if s.Application == "" {
		s.Application = "plcscope"
	}
	b = appendText(b, optComment, s.Comment)
	b = appendText(b, 2, s.Hardware)
	b = appendText(b, 3, s.OS)
	x.buf = appendText(b, 4, s.Application)
	x.endBlock(0, true)
	for n, i := range interfaces {
		x.addInterface(ifaceKey{file: 0, iface: uint32(n), link: i.Link}, i)
	}
	return x
}

func (x *Writer) addInterface(k ifaceKey, i Interface) uint32 {
	start := len(x.buf)
	le := binary.LittleEndian
	b := le.AppendUint32(x.buf, blockInterface)
	b = le.AppendUint32(b, 0)
	b = le.AppendUint16(b, uint16(i.Link))
	b = le.AppendUint16(b, 0)
	b = le.AppendUint32(b, i.SnapLen)
	b = appendText(b, 2, i.Name)
	b = appendText(b, 3, i.Description)
	b = appendText(b, 12, i.OS)
	if i.Filter != "" {
		b = appendOption(b, 11, []byte("\x00"+i.Filter))
	}
	b = appendOption(b, 9, []byte{9}) // nanoseconds
	if k.early {
		b = appendOption(b, 14, binary.LittleEndian.AppendUint64(nil, earlyOffset))
	}
	x.buf = b
	x.endBlock(start, true)
	n := x.count
	x.ifaces[k] = n
	x.count++
	return n
}

// earlyOffset is what interfaces with times before 1970 count from, in seconds: 1678.
const (
	earlySeconds = -9_223_372_036
	earlyOffset  = 1<<64 + earlySeconds // as the option holds it
)

// appendText appends an option unless its text is empty. It cuts what is too long.
func appendText(b []byte, code uint16, s string) []byte {
	if s == "" {
		return b
	}
	if len(s) > math.MaxUint16 {
		n := math.MaxUint16
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n]
	}
	le := binary.LittleEndian
	b = le.AppendUint16(b, code)
	b = le.AppendUint16(b, uint16(len(s)))
	return pad(append(b, s...), len(s))
}

// pad fills what has n bytes up to a multiple of four.
func pad(b []byte, n int) []byte { return append(b, "\x00\x00\x00"[:-n&3]...) }

// appendOption appends an option; the value must be shorter than 64 KiB.
func appendOption(b []byte, code uint16, v []byte) []byte {
	v = v[:min(len(v), math.MaxUint16)]
	b = binary.LittleEndian.AppendUint16(b, code)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(v)))
	return pad(append(b, v...), len(v))
}

// endBlock completes the block that begins at start of the buffer.
func (x *Writer) endBlock(start int, options bool) {
	if options {
		x.buf = append(x.buf, 0, 0, 0, 0) // end of options
	}
	n := uint32(len(x.buf) - start + 4)
	binary.LittleEndian.PutUint32(x.buf[start+4:], n)
	x.buf = binary.LittleEndian.AppendUint32(x.buf, n)
}

// WriteFrame appends a frame: its Time, Length, Link and Data, in pcapng also its
// interface. Its other fields are not used. Data is copied and must fit a block: at most
// 1 GiB.
func (x *Writer) WriteFrame(f *Frame) error { return x.WriteComment(f, "") }

// WriteComment is WriteFrame with a comment on the frame, which a pcap file cannot
// hold and which an empty text is not.
func (x *Writer) WriteComment(f *Frame, comment string) error {
	if x.err != nil {
		return x.err
	}
	if len(x.buf)+len(f.Data) > writerBuffer {
		if err := x.Flush(); err != nil {
			return err
		}
	}
	if x.ng {
		return x.writeNG(f, comment)
	}
	if f.Link != x.link {
		return fmt.Errorf("frame %d has link type %d, the pcap file written has %d: a pcapng file can hold both", f.Number, f.Link, x.link)
	}
	sec, nano := f.Time/1e9, f.Time%1e9
	if sec < 0 || nano < 0 || sec > math.MaxUint32 {
		return fmt.Errorf("frame %d has a time that a pcap file cannot hold: write pcapng", f.Number)
	}
	le := binary.LittleEndian
	b := le.AppendUint32(x.buf, uint32(sec))
	b = le.AppendUint32(b, uint32(nano))
	b = le.AppendUint32(b, uint32(len(f.Data)))
	b = le.AppendUint32(b, f.Length)
	x.buf = append(b, f.Data...)
	return nil
}

func (x *Writer) writeNG(f *Frame, comment string) error {
	k := ifaceKey{f.File, f.Iface, f.Link, f.Time < 0}
	iface, known := x.ifaces[k]
	if !known {
		if x.count >= maxInterfaces {
			return fmt.Errorf("frame %d is of one interface more than the %d that are written to one file", f.Number, maxInterfaces)
		}
		iface = x.addInterface(k, x.describe(f))
	}
	start := len(x.buf)
	t := uint64(f.Time)
	if k.early { // the offset is whole seconds: what lies before it, in 1677, moves up to it
		t = uint64(max(f.Time-earlySeconds*1e9, 0))
	}
	le := binary.LittleEndian
	b := le.AppendUint32(x.buf, blockEnhanced)
	b = le.AppendUint32(b, 0)
	b = le.AppendUint32(b, iface)
	b = le.AppendUint32(b, uint32(t>>32))
	b = le.AppendUint32(b, uint32(t))
	b = le.AppendUint32(b, uint32(len(f.Data)))
	b = le.AppendUint32(b, f.Length)
	x.buf = appendText(pad(append(b, f.Data...), len(f.Data)), optComment, comment)
	x.endBlock(start, comment != "")
	return nil
}

// describe is what is known of the interface of a frame that nobody has announced.
func (x *Writer) describe(f *Frame) Interface {
	i := Interface{SnapLen: writerSnapLen}
	if x.tell != nil {
		i = x.tell(f.File, f.Iface)
	}
	i.Link = f.Link
	return i
}

// Statistics are the counters of an interface since its capture began.
type Statistics struct {
	Time       int64  // when they were read, nanoseconds since 1970-01-01 UTC
	Start, End int64  // of the capture; 0 when not known
	Received   uint64 // packets that the interface saw
	Dropped    uint64 // packets lost by the interface for want of resources
	OSDrop     uint64 // packets lost by the operating system
	Delivered  uint64 // packets handed to the program
	Lost       uint64 // packets of these that are not in the file though they should be
}

// WriteStatistics appends the counters of the interface that was described as number n
// of the file, from 0. Lost, which the format does not know, stands in a comment.
func (x *Writer) WriteStatistics(n int, s *Statistics) error {
	if x.err != nil {
		return x.err
	}
	if !x.ng || n < 0 || n >= int(x.count) {
		return fmt.Errorf("the file has no interface %d to write statistics of", n)
	}
	start := len(x.buf)
	le := binary.LittleEndian
	b := le.AppendUint32(x.buf, blockStatistics)
	b = le.AppendUint32(b, 0)
	b = le.AppendUint32(b, uint32(n))
	b = appendTime(b, s.Time)
	for _, o := range []struct {
		code uint16
		time int64
	}{{2, s.Start}, {3, s.End}} {
		if o.time != 0 {
			b = le.AppendUint16(b, o.code)
			b = le.AppendUint16(b, 8)
			b = appendTime(b, o.time)
		}
	}
	for _, o := range []struct {
		code  uint16
		count uint64
	}{{4, s.Received}, {5, s.Dropped}, {7, s.OSDrop}, {8, s.Delivered}} {
		b = le.AppendUint16(b, o.code)
		b = le.AppendUint16(b, 8)
		b = le.AppendUint64(b, o.count)
	}
	if s.Lost > 0 {
		b = appendText(b, optComment, fmt.Sprintf("%d packets were captured and could not be written", s.Lost))
	}
	x.buf = b
	x.endBlock(start, true)
	return nil
}

// appendTime appends a time stamp as blocks hold it, the upper half first.
func appendTime(b []byte, t int64) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(uint64(t)>>32))
	return binary.LittleEndian.AppendUint32(b, uint32(t))
}

// Buffered is how many bytes are written but not out yet.
func (x *Writer) Buffered() int { return len(x.buf) }

// Flush writes out what is buffered: whole blocks, or records, in one call.
func (x *Writer) Flush() error {
	if x.err == nil && len(x.buf) > 0 {
		_, x.err = x.w.Write(x.buf)
		x.buf = x.buf[:0]
	}
	return x.err
}
