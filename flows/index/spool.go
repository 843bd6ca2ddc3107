package index

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"sync"

	"plcscope/pcaps"
)

// spool keeps the bytes of frames that cannot be read a second time, in temporary files
// of which the oldest is given up when they are too many. A frame is stored as its
// captured length, its length on the wire, and its bytes.
type spool struct {
	dir   string
	parts int // that are kept at most

	mu    sync.Mutex
	files []*os.File // by number; nil for those that were given up
	first int        // the first that is kept
	buf   []byte     // not written yet
	at    int64      // where buf belongs: file number times spoolPart, and offset
	err   error      // why nothing more is kept
}

const (
	spoolPart   = 64 << 20 // bytes of one file, more than any frame has
	spoolBuffer = 256 << 10
	spoolHead   = 8
)

var errGone = errors.New("the bytes of this frame were given up to stay within the bound of temporary files")

func newSpool(dir string, limit int64) *spool {
	if limit <= 0 {
		limit = 4 << 30
	}
	return &spool{dir: dir, parts: int(max(limit/spoolPart, 1)) + 1}
}

// add keeps a frame and returns where, or -1 when it cannot.
func (s *spool) add(f *pcaps.Frame) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := int64(len(f.Data)) + spoolHead
	end := s.at + int64(len(s.buf))
	if len(s.files) == 0 || end%spoolPart+n > spoolPart || end/spoolPart >= int64(len(s.files)) {
		s.write()
		if !s.next() {
			return -1
		}
		end = s.at
	}
	if len(s.buf) > 0 && len(s.buf)+int(n) > spoolBuffer {
		s.write()
	}
	if s.err != nil {
		return -1
	}
	s.buf = binary.LittleEndian.AppendUint32(s.buf, uint32(len(f.Data)))
	s.buf = binary.LittleEndian.AppendUint32(s.buf, f.Length)
	s.buf = append(s.buf, f.Data...)
	return end
}

// next begins another file.
func (s *spool) next() bool {
	if s.err != nil {
		return false
	}
	f, err := os.CreateTemp(s.dir, "plcscope-*.spool")
	if err != nil {
		s.err = err
		return false
	}
	os.Remove(f.Name()) // where an open file cannot be removed, close does it
	s.at = int64(len(s.files)) * spoolPart
	s.files = append(s.files, f)
	if len(s.files)-s.first > s.parts {
		drop(s.files[s.first])
		s.files[s.first] = nil
		s.first++
	}
	return true
}

func drop(f *os.File) {
	f.Close()
	os.Remove(f.Name())
}

// write empties the buffer.
func (s *spool) write() {
	if len(s.buf) == 0 || s.err != nil {
		return
	}
	if _, err := s.files[s.at/spoolPart].WriteAt(s.buf, s.at%spoolPart); err != nil {
		s.err = err
		return
	}
	s.at += int64(len(s.buf))
	s.buf = s.buf[:0]
}

// ReadAt reads what is there from a place on, of one file only; it returns io.EOF where
// the file ends.
func (s *spool) ReadAt(p []byte, at int64) (int, error) {
	s.mu.Lock()
	part := int(at / spoolPart)
	if part < s.first || part >= len(s.files) {
		s.mu.Unlock()
		return 0, errGone
	}
	if at >= s.at {
		n := copy(p, s.buf[min(int(at-s.at), len(s.buf)):])
		s.mu.Unlock()
		return n, io.EOF
	}
	f := s.files[part]
	end := int64(part+1) * spoolPart
	if part == len(s.files)-1 {
		end = s.at
	}
	s.mu.Unlock()
	n, err := f.ReadAt(p[:min(int64(len(p)), end-at)], at%spoolPart)
	if errors.Is(err, os.ErrClosed) {
		err = errGone
	}
	if err == nil && n < len(p) {
		err = io.EOF
	}
	return n, err
}

func (s *spool) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.files[s.first:] {
		drop(f)
	}
	s.files, s.first, s.buf = nil, 0, nil
	s.err = errGone
	return nil
}
