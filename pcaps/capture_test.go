package pcaps

import (
	"bytes"
	"io"
	"testing"
)

// readAll reads the capture to its end; the frames own their bytes.
func readAll(t testing.TB, c *Capture) []Frame {
	t.Helper()
	frames, err := collect(c)
	if err != nil {
		t.Fatal(err)
	}
	return frames
}

func collect(c *Capture) ([]Frame, error) {
	var (
		all []Frame
		b   Batch
	)
	for {
		err := c.Next(&b)
		for _, f := range b.Frames {
			f.Data = bytes.Clone(f.Data)
			all = append(all, f)
		}
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
	}
}
