package pcaps

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// decoder finds the frames in the bytes of one capture format.
type decoder interface {
	// decode appends to out the frames that lie complete in buf, whose first
	// byte is byte base of the file, and returns how many bytes of buf it is done
	// with. What it learns goes into f. A non-empty bad says why the bytes behind
	// used cannot be a record: decoding ends there.
	decode(buf []byte, base int64, f *File, out []Frame) (frames []Frame, used int, bad string)

	// truncated says what is wrong when the file ends with rest, the non-empty
	// beginning of a record.
	truncated(rest []byte) string

	// discard returns how many bytes behind those that decode is done with are of
	// no interest, and need not be buffered.
	discard() int64
}

// stream reads one file: bytes from src go into the buffer of a batch, and the
// decoder lays frames over them. What is left of a record that the buffer cut
// waits in carry.
type stream struct {
	name  string
	index uint16
	opt   Options
	given io.Reader // what to read when it is not to be opened by name

	hold   sync.Mutex // guards closer and ahead
	closer io.Closer  // nil when closed or not ours
	ahead  *readAhead // nil when not compressed
	src    io.Reader  // decompressed; nil before open
	raw    *counter
	dec    decoder
	seek   bool // a regular file: may be opened again

	carry []byte // read, not decoded
	off   int64  // offset of carry in the file
	skip  int64  // bytes of src to throw away before the next is decoded
	fresh bool   // carry may hold whole records: decode it before reading
	err   error  // of the last read: nothing follows what is in carry
	over  bool   // nothing more will come

	mu   *sync.Mutex // guards what other goroutines may ask for: file, problems
	file *File
	tell func(Problem) // called with mu held

	first   int64 // time of the first frame, by which files are ordered
	pending Batch // frames waiting to be merged
	pos     int   // the first of them that is left
}

var errNoProgress = errors.New("the input keeps giving no bytes and no end")

// fill puts the next frames into b, at least one, or returns io.EOF.
func (s *stream) fill(b *Batch, size int) error {
	b.Frames = b.Frames[:0]
	if s.over {
		return io.EOF
	}
	size = max(size, len(s.carry)+1)
	if cap(b.buf) < size {
		b.buf = make([]byte, size)
	}
	b.buf = b.buf[:cap(b.buf)]
	n := copy(b.buf, s.carry)
	s.carry = s.carry[:0]
	for idle := 0; ; {
		if s.fresh {
			s.fresh = false
			used, bad := s.decode(b, n)
			if bad {
				s.over = true
				s.close()
			}
			if len(b.Frames) > 0 {
				s.carry = append(s.carry, b.buf[used:n]...)
				return nil
			}
			n = copy(b.buf, b.buf[used:n])
		}
		if s.over {
			return io.EOF
		}
		if s.err != nil {
			s.over = true
			s.close()
			return s.end(b.buf[:n])
		}
		if n == len(b.buf) { // one record is longer than the buffer, and so far its bytes do come
			b.buf = append(b.buf, make([]byte, n)...)
			b.buf = b.buf[:cap(b.buf)]
		}
		var m int
		m, s.err = s.src.Read(b.buf[n:])
		n += m
		s.fresh = m > 0
		if idle++; m > 0 {
			idle = 0
		} else if s.err == nil && idle > 100 {
			s.err = errNoProgress
		}
	}
}

// decode lays frames over the first n bytes of b's buffer and returns how many of
// these are done with, and whether the rest is beyond reading.
func (s *stream) decode(b *Batch, n int) (used int, bad bool) {
	k := int(min(s.skip, int64(n)))
	s.skip -= int64(k)
	s.off += int64(k)
	if k == n {
		return k, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	frames, used, why := s.dec.decode(b.buf[k:n], s.off, s.file, b.Frames)
	b.Frames = frames
	s.off += int64(used)
	s.skip = s.dec.discard()
	if why != "" {
		s.report(s.off, why)
		return n, true
	}
	return k + used, false
}

// end handles the end of the input, with rest not decoded.
func (s *stream) end(rest []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.err
	var packed *packedError
	switch {
	case err == io.EOF && len(rest) == 0 && s.skip == 0:
		if s.file.Frames == 0 {
			s.tell(Problem{File: s.name, Offset: s.off, Text: "the file holds no frame, only a header"})
		}
	case err == io.EOF && s.skip > 0:
		s.report(s.off, fmt.Sprintf("a block is longer than the file by %d bytes", s.skip))
	case err == io.EOF:
		s.report(s.off, s.dec.truncated(rest))
	case errors.As(err, &packed):
		s.report(s.off, packed.Error())
	case errors.Is(err, os.ErrClosed):
		return errClosed
	default:
		return fmt.Errorf("%s: frame %d at byte %d: %w", s.name, s.file.Frames+1, s.off+int64(len(rest)), err)
	}
	return io.EOF
}

// report tells of a problem with the record at off, behind which nothing of the
// file is read.
func (s *stream) report(off int64, text string) {
	n := s.file.Frames
	s.tell(Problem{File: s.name, Frame: n + 1, Offset: off, Text: text + "; " + before(n)})
}

// open opens the file, finds out its format and reads its header.
func (s *stream) open(done func(int)) error {
	r := s.given
	if r == nil {
		if s.name == "-" {
			r = os.Stdin
		} else {
			f, err := os.Open(s.name)
			if err != nil {
				return openError(s.name, err)
			}
			info, err := f.Stat()
			if err != nil {
				f.Close()
				return openError(s.name, err)
			}
			if info.IsDir() {
				f.Close()
				return fmt.Errorf("%s: is a directory; name the capture files in it", s.name)
			}
			if s.seek = info.Mode().IsRegular(); s.seek {
				s.learn(func(f *File) { f.Size = info.Size() })
			}
			s.hold.Lock()
			r, s.closer = f, f
			s.hold.Unlock()
		}
	}
	s.raw = &counter{r: r, add: done}
	s.src, s.carry, s.off, s.skip = s.raw, s.carry[:0], 0, 0
	s.fresh, s.err, s.over = true, nil, false
	if err := s.detect(); err != nil {
		s.close()
		return fmt.Errorf("%s: %w", s.name, err)
	}
	return nil
}

// learn writes down what opening the file has told of it, while others may ask for it.
func (s *stream) learn(write func(f *File)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	write(s.file)
}

func openError(name string, err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("%s: %w", name, err)
}

// close releases the file; what fill has read stays usable. It may be called from
// another goroutine to end a read that waits for input.
func (s *stream) close() {
	s.hold.Lock()
	defer s.hold.Unlock()
	if s.ahead != nil {
		s.ahead.stop()
	}
	if s.closer != nil {
		s.closer.Close()
	}
	if s.ahead != nil && s.seek {
		s.ahead.wait()
	}
	s.ahead, s.closer = nil, nil
}

// counter counts the bytes that are read of a file as it lies on disk, and keeps
// the error that a decompressor might hide.
type counter struct {
	r   io.Reader
	add func(int)
	err error
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.add(n)
	if err != nil {
		c.err = err
	}
	return n, err
}
