package outlet

import (
	"io"
	"os"
	"sync/atomic"
)

// File appends lines to a file.
type File struct {
	path  string
	file  *os.File
	again atomic.Bool
	lines lines
}

// NewFile opens the file, which is made when it is not there.
func NewFile(path string) (*File, error) {
	f := &File{path: path}
	return f, f.open()
}

func (f *File) open() (err error) {
	f.file, err = os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o640)
	return err
}

// Reopen makes the next line go to the file that has the name then, as is usual when
// logs are rotated. It may be called from any goroutine.
func (f *File) Reopen() { f.again.Store(true) }

// Deliver implements Sink. A line is written whole or, when the disk is full, cut off by
// a newline before the next one.
func (f *File) Deliver(items []Item) (int, error) {
	if f.again.Swap(false) || f.file == nil {
		if f.file != nil {
			_ = f.file.Close() // its lines were written without a buffer
			f.file = nil
		}
		if err := f.open(); err != nil {
			f.file = nil
			return 0, err
		}
	}
	return f.lines.write(f.file, items)
}

// Close implements Sink.
func (f *File) Close() error {
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}

// Stream writes lines to a stream, which it does not close.
type Stream struct {
	W     io.Writer
	lines lines
}

// Deliver implements Sink.
func (s *Stream) Deliver(items []Item) (int, error) { return s.lines.write(s.W, items) }

// Close implements Sink.
func (s *Stream) Close() error { return nil }

// lines gathers lines so that many are written at once.
type lines struct {
	buf []byte
	cut bool // the last write has ended inside a line
}

// write writes items to w and returns how many of them were written whole.
func (l *lines) write(w io.Writer, items []Item) (int, error) {
	l.buf = l.buf[:0]
	if l.cut {
		l.buf = append(l.buf, '\n')
	}
	end := len(l.buf)
	for _, x := range items {
		l.buf = append(l.buf, x.Line...)
	}
	n, err := w.Write(l.buf)
	if n > 0 {
		l.cut = l.buf[n-1] != '\n'
	}
	whole := 0
	for _, x := range items {
		if end += len(x.Line); end > n {
			break
		}
		whole++
	}
	return whole, err
}
