package pcaps

import (
	"cmp"
	"errors"
	"io"
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

// Options of a Capture. The zero value is the usual choice.
type Options struct {
	BatchBytes int // size of the buffer that a batch is read into; 0 means 128 KiB
	MaxRecord  int // longest frame accepted, in bytes; 0 means 16 MiB
}

func (o Options) batchBytes() int {
	if o.BatchBytes <= 0 {
		return 128 << 10
	}
	return o.BatchBytes
}

func (o Options) maxRecord() int {
	if o.MaxRecord <= 0 {
		return 16 << 20
	}
	return min(o.MaxRecord, 1<<30)
}

var errClosed = errors.New("the capture is closed")

// Capture is one or several capture files read as one, in time order.
//
// Next and Close aside, the methods may be called from any goroutine at any
// time; Close may be called while another goroutine waits in Next.
type Capture struct {
	opt     Options
	streams []*stream // in order of their first frame
	next    int       // the first stream that is not begun
	active  []*stream // begun and not at their end, in the order of streams
	number  uint64    // of the last frame delivered

	mu       sync.Mutex // guards files and problems
	files    []File
	problems []Problem

	read   atomic.Int64
	total  int64
	closed atomic.Bool
}

// maxProblems bounds what is kept of a capture of many broken files.
const maxProblems = 10000

// Open opens capture files: pcap or pcapng, plain or compressed with gzip or
// zstd, told by their content. The name "-" is standard input. Several files
// become one capture in the order of their first frames; where files overlap in
// time their frames are merged, where they do not they are read one after the
// other. Within one file, frames keep the file's order even when time steps back.
//
// A file that cannot be read at all is an error. One that ends in the middle of
// a record is not: see Problems.
func Open(names []string, opt Options) (*Capture, error) {
	if len(names) == 0 {
		return nil, errors.New("no capture file is given")
	}
	if len(names) > math.MaxUint16 {
		return nil, errors.New("more than 65535 capture files are given")
	}
	c := newCapture(len(names), opt)
	for i, name := range names {
		c.streams = append(c.streams, c.newStream(i, name, nil))
	}
	if err := c.begin(); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// NewReader reads one capture from r, of any kind that Open reads. The name
// stands in messages. Closing the capture does not close r.
func NewReader(r io.Reader, name string, opt Options) (*Capture, error) {
	c := newCapture(1, opt)
	c.streams = append(c.streams, c.newStream(0, name, r))
	if err := c.begin(); err != nil {
		return nil, err
	}
	return c, nil
}

func newCapture(files int, opt Options) *Capture {
	return &Capture{opt: opt, files: make([]File, files)}
}

func (c *Capture) newStream(i int, name string, r io.Reader) *stream {
	c.files[i].Name = name
	return &stream{
		name: name, index: uint16(i), opt: c.opt, given: r,
		mu: &c.mu, file: &c.files[i], tell: c.tell,
	}
}

func (c *Capture) tell(p Problem) {
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, p)
	}
}

func (c *Capture) count(n int) { c.read.Add(int64(n)) }

// begin opens the files and puts them in order. Of a single one only the header
// is read, so that a live capture without a frame yet can be opened.
func (c *Capture) begin() error {
	if len(c.streams) == 1 {
		s := c.streams[0]
		if err := s.open(c.count); err != nil {
			return err
		}
		c.total = s.file.Size
		return nil
	}
	for _, s := range c.streams {
		if err := s.probe(c.count); err != nil {
			return err
		}
		if s.file.Size == 0 || c.total < 0 {
			c.total = -1
			continue
		}
		c.total += s.file.Size
	}
	c.total = max(c.total, 0)
	slices.SortStableFunc(c.streams, func(a, b *stream) int { return cmp.Compare(a.first, b.first) })
	files := make([]File, len(c.files))
	for i, s := range c.streams {
		files[i] = *s.file
		s.file, s.index = &files[i], uint16(i)
	}
	c.files = files
	return nil
}

// Next fills b with the next frames, at least one: some thousands of a file, or
// what has come of a live capture. It returns io.EOF after the last frame. Frames
// are numbered from 1 over the whole capture and stay valid until b is filled
// again. Any other error is an input that could not be read on; the frames before
// it have been delivered.
func (c *Capture) Next(b *Batch) error {
	b.Frames = b.Frames[:0]
	for {
		if c.closed.Load() {
			return errClosed
		}
		if len(c.active) == 0 {
			if c.next == len(c.streams) {
				return io.EOF
			}
			if err := c.activate(); err != nil {
				return err
			}
		}
		var err error
		if s := c.active[0]; len(c.active) == 1 && s.pos == len(s.pending.Frames) {
			err = c.straight(s, b)
		} else {
			err = c.merge(b)
		}
		if err != nil || len(b.Frames) > 0 {
			return err
		}
	}
}

// activate begins the next file.
func (c *Capture) activate() error {
	s := c.streams[c.next]
	if s.src == nil {
		if err := s.open(c.count); err != nil {
			return err
		}
	}
	c.next++
	c.active = append(c.active, s)
	if c.closed.Load() { // meanwhile, by another goroutine, which did not see the file
		s.close()
		return errClosed
	}
	return nil
}

// straight reads the only active file right into b. Its frames that belong behind
// the beginning of the next file are put aside to be merged.
func (c *Capture) straight(s *stream, b *Batch) error {
	err := s.fill(b, c.opt.batchBytes())
	if err == io.EOF {
		c.active = c.active[:0]
		return nil
	}
	if err != nil {
		return err
	}
	if c.next < len(c.streams) {
		if i := firstAfter(b.Frames, c.streams[c.next].first); i < len(b.Frames) {
			s.putAside(b.Frames[i:])
			b.Frames = b.Frames[:i]
			if err := c.activate(); err != nil {
				return err
			}
		}
	}
	if len(c.streams) > 1 {
		for i := range b.Frames {
			b.Frames[i].Number, b.Frames[i].File = c.number+uint64(i)+1, s.index
		}
	}
	c.number += uint64(len(b.Frames))
	return nil
}

// firstAfter returns the index of the first frame that is later than t.
func firstAfter(frames []Frame, t int64) int {
	for i := range frames {
		if frames[i].Time > t {
			return i
		}
	}
	return len(frames)
}

// Files describes the files of the capture in the order of Frame.File, as far as
// they have been read.
func (c *Capture) Files() []File {
	c.mu.Lock()
	defer c.mu.Unlock()
	files := make([]File, len(c.files))
	for i := range c.files {
		files[i] = c.files[i].clone()
	}
	return files
}

// Problems returns what has been found wrong with the files so far: a last record
// cut off, a record of impossible length behind which a file could not be read.
func (c *Capture) Problems() []Problem {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.problems)
}

// Progress returns how many bytes of the files, as they lie on disk, have been
// read of how many; total is 0 when an input is not a regular file.
func (c *Capture) Progress() (done, total int64) { return c.read.Load(), c.total }

// Close ends the capture and closes the files that Open opened. Standard input is
// left open.
func (c *Capture) Close() error {
	c.closed.Store(true)
	for _, s := range c.streams {
		s.close()
	}
	return nil
}
