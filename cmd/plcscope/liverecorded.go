package main

import (
	"io"
	"sync"

	"plcscope/pcaps"
	"plcscope/pcaps/replay"
)

// recorded are frames of files in place of those of interfaces. Unlike a capture, it ends
// when it is closed, whatever it waits for.
type recorded struct {
	*pcaps.Capture
	paced *replay.Source // the same frames when they are due

	next pcaps.Batch // is filled by the goroutine that reads
	done chan error  // which it ends with
	quit chan struct{}
	once sync.Once
}

// newRecorded plays c so many times faster than it was captured; 0 does not wait at all.
func newRecorded(c *pcaps.Capture, speed float64) (*recorded, error) {
	paced, err := replay.New(c, replay.Options{Speed: speed, Clock: wallClock{}})
	return &recorded{Capture: c, paced: paced, done: make(chan error, 1), quit: make(chan struct{})}, err
}

// Next implements flows.Source.
func (r *recorded) Next(b *pcaps.Batch) error {
	select {
	case <-r.quit: // somebody may still read into r.next
		return io.EOF
	default:
	}
	go func() { r.done <- r.paced.Next(&r.next) }()
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
	r.paced.Close()
	return r.Capture.Close()
}

// mute is a source from which nothing comes.
type mute struct{}

func (mute) Next(*pcaps.Batch) error { return io.EOF }
func (mute) Close() error            { return nil }
