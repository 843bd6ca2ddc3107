package pcaps

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
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
}

// ifaceKey is what makes an interface of its own in the file written: an
// interface of each file that the frames came from.
type ifaceKey struct {
	file  uint16
	iface uint32
	link  LinkType
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
	x := &Writer{w: w, ng: true, ifaces: map[ifaceKey]uint32{}}
	le := binary.LittleEndian
	b := le.AppendUint32(make([]byte, 0, writerBuffer), blockSection)
	b = le.AppendUint32(b, 0) // length, set by endBlock
	b = le.AppendUint32(b, byteOrderMagic)
	b = le.AppendUint16(b, 1)
	b = le.AppendUint16(b, 0)
	b = le.AppendUint64(b, math.MaxUint64) // length of the section: not known
	x.buf = appendOption(b, 4, []byte("plcscope"))
	x.endBlock(0, true)
	for n, i := range interfaces {
		x.addInterface(ifaceKey{0, uint32(n), i.Link}, i)
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
	for _, o := range []struct {
		code uint16
		text string
	}{{2, i.Name}, {3, i.Description}, {12, i.OS}} {
		if o.text != "" {
			b = appendOption(b, o.code, []byte(o.text))
		}
	}
	if i.Filter != "" {
		b = appendOption(b, 11, []byte("\x00"+i.Filter))
	}
	x.buf = appendOption(b, 9, []byte{9}) // nanoseconds
	x.endBlock(start, true)
	n := x.count
	x.ifaces[k] = n
	x.count++
	return n
}

// appendOption appends an option; the value must be shorter than 64 KiB.
func appendOption(b []byte, code uint16, v []byte) []byte {
	v = v[:min(len(v), math.MaxUint16)]
	b = binary.LittleEndian.AppendUint16(b, code)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(v)))
	return append(append(b, v...), make([]byte, -len(v)&3)...)
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
// interface. Its other fields are not used.
func (x *Writer) WriteFrame(f *Frame) error {
	if x.err != nil {
		return x.err
	}
	if len(x.buf)+len(f.Data) > writerBuffer {
		if err := x.Flush(); err != nil {
			return err
		}
	}
	if x.ng {
		x.writeNG(f)
		return nil
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

func (x *Writer) writeNG(f *Frame) {
	k := ifaceKey{f.File, f.Iface, f.Link}
	iface, known := x.ifaces[k]
	if !known {
		iface = x.addInterface(k, Interface{Link: f.Link, SnapLen: writerSnapLen})
	}
	start := len(x.buf)
	t := uint64(f.Time)
	le := binary.LittleEndian
	b := le.AppendUint32(x.buf, blockEnhanced)
	b = le.AppendUint32(b, 0)
	b = le.AppendUint32(b, iface)
	b = le.AppendUint32(b, uint32(t>>32))
	b = le.AppendUint32(b, uint32(t))
	b = le.AppendUint32(b, uint32(len(f.Data)))
	b = le.AppendUint32(b, f.Length)
	b = append(b, f.Data...)
	for len(b)&3 != start&3 {
		b = append(b, 0)
	}
	x.buf = b
	x.endBlock(start, false)
}

// Flush writes out what is buffered.
func (x *Writer) Flush() error {
	if x.err == nil && len(x.buf) > 0 {
		_, x.err = x.w.Write(x.buf)
		x.buf = x.buf[:0]
	}
	return x.err
}
