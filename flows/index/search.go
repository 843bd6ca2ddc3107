package index

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"regexp"
	"strings"
)

// Finder returns where what is searched for begins in b, or -1.
type Finder func(b []byte) int

// Text finds text as it is.
func Text(s string) Finder {
	want := []byte(s)
	return func(b []byte) int { return bytes.Index(b, want) }
}

// Hex finds bytes, written as two hexadecimal digits each: "0a 1b", "0a:1b" or "0a1b".
func Hex(s string) (Finder, error) {
	want, err := hex.DecodeString(strings.NewReplacer(" ", "", ":", "", "-", "").Replace(s))
	if err != nil || len(want) == 0 {
		return nil, errors.New("bytes are written as pairs of hexadecimal digits, as in 0a 1b")
	}
	return func(b []byte) int { return bytes.Index(b, want) }, nil
}

// Regexp finds the first match of an expression.
func Regexp(re *regexp.Regexp) Finder {
	return func(b []byte) int {
		if at := re.FindIndex(b); at != nil {
			return at[0]
		}
		return -1
	}
}

// Rows says what is gone through.
type Rows uint8

const (
	InFrames   Rows = iota // the captured bytes of frames
	InMessages             // the bytes of messages
)

// Search goes through frames or messages from number from to number to, both included,
// backwards when from is the greater, and calls hit for each in which find finds
// something, with its number and the place. It ends when hit returns false, when ctx is
// cancelled, or behind the last. Those that could not be read are counted.
func (r *Reader) Search(ctx context.Context, in Rows, from, to uint32, find Finder, hit func(n uint32, at int) bool) (unread int, err error) {
	last := r.ix.Frames()
	if in == InMessages {
		last = r.ix.Messages()
	}
	from, to = min(max(from, 1), last), min(max(to, 1), last)
	if last == 0 {
		return 0, nil
	}
	step := uint32(1)
	if from > to {
		step = ^uint32(0)
	}
	for n, i := from, 0; ; n, i = n+step, i+1 {
		if i&255 == 0 && ctx.Err() != nil {
			return unread, ctx.Err()
		}
		b, err := r.bytesOf(in, n)
		if err != nil {
			unread++
		} else if at := find(b); at >= 0 && !hit(n, at) {
			return unread, nil
		}
		if n == to {
			return unread, nil
		}
	}
}

func (r *Reader) bytesOf(in Rows, n uint32) ([]byte, error) {
	if in == InMessages {
		return r.Bytes(n)
	}
	f, err := r.Frame(n)
	if err != nil {
		return nil, err
	}
	return f.Data, nil
}
