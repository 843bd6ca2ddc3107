package main

import (
	"io"
	"sync"

	"plcscope/pcaps"
)

// recorded are frames of files in place of those of interfaces. Unlike a capture, it ends
// when it is closed, whatever it waits for.
type recorded struct {
	*pcaps.Capture

	next pcaps.Batch // is filled by the goroutine that reads
	done chan error  // which it ends with
	quit chan struct{}
	once sync.Once
}

func newRecorded(c *pcaps.Capture) *recorded {
	return &recorded{Capture: c, done: make(chan error, 1), quit: make(chan struct{})}
}

// Next implements flows.Source.
func (r *recorded) Next(b *pcaps.Batch) error {
	select {
	case <-r.quit: // somebody may still read into r.next
		return io.EOF
	default:
	}
	go func() { r.done <- r.Capture.Next(&r.next) }()
	select {
	case err := <-r.done:
		*b, r.next = r.next, *b
		return err
	case <-r.quit:
		return io.EOF
	}
}

// Close ends it. What Next has handed out stays valid.
func (r *recorded) Close() error {
	r.once.Do(func() { close(r.quit) })
	return r.Capture.Close()
}

// mute is a source from which nothing comes.
type mute struct{}

func (mute) Next(*pcaps.Batch) error { return io.EOF }
func (mute) Close() error            { return nil }
