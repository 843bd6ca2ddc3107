package index

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"plcscope/decode"
	"plcscope/internal/wire"
	"plcscope/mqtt"
	"plcscope/pcaps"
	"plcscope/s7comm"
)

// Reader reads the bytes that an Index leads to. It belongs to one goroutine; there may
// be many. What its methods return is borrowed until the next call.
type Reader struct {
	ix    *Index
	files map[uint16]*file
	used  []uint16 // the files that are open, the one used last at the end

	window []byte // bytes of source from at on
	source io.ReaderAt
	at     int64
	ahead  int // bytes that the next window has

	frame   pcaps.Frame
	dec     *decode.Decoder
	segment decode.Segment
	dissect *decode.Dissector

	buf    []byte // of a message in several pieces
	have   []bool // which of its bytes are there
	raw    []byte // of a message in WebSocket frames
	list   []uint32
	view   View
	packet mqtt.Packet
	pdu    s7comm.PDU
	asm    s7comm.Assembler
	early  s7comm.PDU
	tree   wire.Tree
	heads  wire.Tree

	glances map[uint32]*glance // by connection
	notes   wire.Tree
}

// file is a capture file that is open once more.
type file struct {
	f       *os.File
	records pcaps.Records
}

const (
	maxOpen     = 16 // files of one Reader
	firstWindow = 32 << 10
	lastWindow  = 1 << 20
)

// NewReader makes a reader.
func (ix *Index) NewReader() *Reader {
	return &Reader{
		ix: ix, files: map[uint16]*file{}, ahead: firstWindow,
		dec: decode.New(decode.Options{}), dissect: decode.NewDissector(),
	}
}

// Close closes the files that the reader has opened.
func (r *Reader) Close() {
	for _, f := range r.files {
		f.f.Close()
	}
	r.files, r.used, r.window, r.source = map[uint16]*file{}, nil, nil, nil
}

var errNoFrame = errors.New("the index has no such frame")

// Frame reads frame n again.
func (r *Reader) Frame(n uint32) (*pcaps.Frame, error) {
	if n == 0 || n > r.ix.frames.len() {
		return nil, errNoFrame
	}
	row := r.ix.frames.at(n - 1)
	f := &r.frame
	*f = pcaps.Frame{Number: uint64(n), Time: row.time}
	if row.place&markUnkept != 0 {
		return nil, fmt.Errorf("frame %d: %w", n, errGone)
	}
	o := r.ix.origins.at(uint32(row.place & 0xffff))
	f.File, f.Link, f.Iface, f.Offset = o.file, o.link, o.iface, int64(row.place>>20)
	var err error
	if o.spooled {
		f.Data, f.Length, err = r.spooled(f.Offset, int(row.size&maxSize))
	} else {
		f.Data, f.Length, err = r.recorded(o.file, f.Offset, int(row.size&maxSize))
	}
	if err != nil {
		return nil, fmt.Errorf("frame %d: %w", n, err)
	}
	return f, nil
}

func (r *Reader) spooled(at int64, size int) ([]byte, uint32, error) {
	b, err := r.load(r.ix.spool, at, spoolHead+size)
	if err == nil && len(b) >= spoolHead {
		n := int(binary.LittleEndian.Uint32(b))
		if n > size {
			b, err = r.load(r.ix.spool, at, spoolHead+n)
		}
		if err == nil && len(b) >= spoolHead+n {
			return b[spoolHead : spoolHead+n : spoolHead+n], binary.LittleEndian.Uint32(b[4:]), nil
		}
	}
	if err == nil {
		err = errGone
	}
	return nil, 0, err
}

var errShort = errors.New("the file is shorter than it was when it was read")

func (r *Reader) recorded(n uint16, at int64, size int) ([]byte, uint32, error) {
	f, err := r.open(n)
	if err != nil {
		return nil, 0, err
	}
	want := size + pcaps.RecordOverhead
	for {
		b, err := r.load(f.f, at, want)
		if err != nil {
			return nil, 0, err
		}
		data, length, need, err := f.records.Parse(b)
		switch {
		case err != nil:
			return nil, 0, err
		case data == nil && need > want:
			want = need
		case data == nil:
			return nil, 0, errShort
		default:
			if len(data) > size && size < maxSize { // padding
				data = data[:size:size]
			}
			return data, length, nil
		}
	}
}

// open opens file n of the capture once more.
func (r *Reader) open(n uint16) (*file, error) {
	if f := r.files[n]; f != nil {
		return f, nil
	}
	name := r.ix.capture.Files()[n].Name
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	var head [pcaps.RecordHead]byte
	var records pcaps.Records
	if _, err = f.ReadAt(head[:], 0); err == nil {
		records, err = pcaps.NewRecords(head[:])
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(r.used) == maxOpen {
		old := r.used[0]
		r.used = append(r.used[:0], r.used[1:]...)
		if r.source == r.files[old].f {
			r.source = nil
		}
		r.files[old].f.Close()
		delete(r.files, old)
	}
	r.used = append(r.used, n)
	r.files[n] = &file{f, records}
	return r.files[n], nil
}

// load returns the bytes of source from at on, need of them or up to its end, and more
// if they are there. It reads in windows that grow as long as they follow each other,
// so that a jump costs little and a search does not ask for each frame.
func (r *Reader) load(source io.ReaderAt, at int64, need int) ([]byte, error) {
	if source == r.source && at >= r.at && at+int64(need) <= r.at+int64(len(r.window)) {
		return r.window[at-r.at:], nil
	}
	from := at
	size := max(need, firstWindow)
	if source == r.source {
		end := r.at + int64(len(r.window))
		switch {
		case at >= r.at && at <= end+firstWindow: // onwards
			r.ahead = min(2*r.ahead, lastWindow)
			size = max(need, r.ahead)
		case at < r.at && at+int64(r.ahead) >= r.at && source != io.ReaderAt(r.ix.spool): // backwards
			r.ahead = min(2*r.ahead, lastWindow)
			size = max(need, r.ahead)
			from = max(0, at+int64(need)-int64(size))
		default:
			r.ahead = firstWindow
		}
	} else {
		r.ahead = firstWindow
	}
	if cap(r.window) < size {
		r.window = make([]byte, size)
	}
	r.source = nil
	n, err := source.ReadAt(r.window[:size], from)
	if err != nil && err != io.EOF {
		return nil, err
	}
	r.window, r.source, r.at = r.window[:n], source, from
	return r.window[min(int(at-from), n):], nil
}

// Headers dissects frame n: the tree of its headers, with offsets into the frame's
// bytes, which are returned with it.
func (r *Reader) Headers(n uint32) (*wire.Tree, *pcaps.Frame, error) {
	f, err := r.Frame(n)
	if err != nil {
		return nil, nil, err
	}
	r.heads.Reset()
	r.dissect.Dissect(f, &r.heads)
	return &r.heads, f, nil
}
