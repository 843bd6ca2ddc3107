package pcaps

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow bounds the memory that the header of a zstd file may ask for. All levels
// of the zstd program up to 20 stay within it; those beyond and --long do not.
const maxWindow = 32 << 20

// packedError is damage in the compressed form of a file.
type packedError struct {
	kind string
	err  error
}

func (e *packedError) Error() string {
	switch {
	case errors.Is(e.err, io.ErrUnexpectedEOF):
		return fmt.Sprintf("the %s data ends in the middle: the file was cut off", e.kind)
	case errors.Is(e.err, zstd.ErrWindowSizeExceeded):
		return fmt.Sprintf("the zstd data needs more than %d MiB of memory to unpack; unpack it first: `zstd -d --long=31 FILE`", maxWindow>>20)
	}
	return fmt.Sprintf("the %s data is damaged (%v)", e.kind, e.err)
}

func (e *packedError) Unwrap() error { return e.err }

// unpack returns a reader of the decompressed form of r.
func unpack(kind string, r io.Reader, raw *counter) (*unpacker, error) {
	u := &unpacker{kind: kind, raw: raw}
	switch kind {
	case "gzip":
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, u.wrap(err)
		}
		u.r, u.close = z, func() { z.Close() }
	case "zstd":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, u.wrap(err)
		}
		u.r, u.close = z, z.Close
	}
	return u, nil
}

type unpacker struct {
	kind  string
	r     io.Reader
	raw   *counter
	close func()
}

func (u *unpacker) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	if err != nil && err != io.EOF {
		err = u.wrap(err)
	}
	return n, err
}

// wrap tells damage in the data from an error of the reader below.
func (u *unpacker) wrap(err error) error {
	if e := u.raw.err; e != nil && e != io.EOF {
		return e
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return &packedError{u.kind, err}
}

// readAhead decompresses in its own goroutine, so that the analysis has a
// processor to itself. It hands over a chunk when the chunk is full or as soon as
// there is room for it, so that a slow pipe is not held up.
type readAhead struct {
	full  chan chunk
	empty chan []byte
	quit  chan struct{}
	gone  chan struct{}
	once  sync.Once

	cur chunk // being read
	pos int
}

type chunk struct {
	b   []byte
	err error
}

const (
	chunkSize  = 256 << 10
	chunkCount = 3 // one being filled, one waiting, one being read
)

func newReadAhead(u *unpacker) *readAhead {
	r := &readAhead{
		full:  make(chan chunk, 1),
		empty: make(chan []byte, chunkCount),
		quit:  make(chan struct{}),
		gone:  make(chan struct{}),
	}
	for range chunkCount {
		r.empty <- nil // made when first used
	}
	go r.run(u)
	return r
}

func (r *readAhead) run(u *unpacker) {
	defer close(r.gone)
	defer u.close()
	for {
		var b []byte
		select {
		case b = <-r.empty:
		case <-r.quit:
			return
		}
		if b == nil {
			b = make([]byte, chunkSize)
		}
		c := chunk{b: b[:0]}
		for sent := false; !sent; {
			n, err := u.Read(c.b[len(c.b):cap(c.b)])
			c.b = c.b[:len(c.b)+n]
			c.err = err
			if err != nil || len(c.b) == cap(c.b) {
				select {
				case r.full <- c:
					sent = true
				case <-r.quit:
					return
				}
				continue
			}
			out := r.full
			if len(c.b) == 0 {
				out = nil
			}
			select {
			case out <- c:
				sent = true
			case <-r.quit:
				return
			default: // the reader is busy: fill the chunk up meanwhile
			}
		}
		if c.err != nil {
			return
		}
	}
}

func (r *readAhead) Read(p []byte) (int, error) {
	for r.pos == len(r.cur.b) {
		if r.cur.err != nil {
			return 0, r.cur.err
		}
		if r.cur.b != nil {
			r.empty <- r.cur.b // never blocks: there are chunkCount of them
		}
		select {
		case r.cur = <-r.full:
			r.pos = 0
		case <-r.quit:
			r.cur, r.pos = chunk{err: errClosed}, 0
		}
	}
	n := copy(p, r.cur.b[r.pos:])
	r.pos += n
	return n, nil
}

// stop tells the goroutine to end; wait waits until it has.
func (r *readAhead) stop() { r.once.Do(func() { close(r.quit) }) }
func (r *readAhead) wait() { <-r.gone }
