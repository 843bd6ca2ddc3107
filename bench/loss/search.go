//go:build linux

package main

import "fmt"

// search halves the distance between a rate without and one with loss.
type search struct {
	good, bad float64 // 0: none is known
	done      bool
}

const (
	near   = 0.05 // of the rate with loss: then the search is over
	lowest = 1000 // frames a second, below which nothing is looked for
)

// next is the rate to be tried, 0 for as fast as the sender can.
func (s *search) next() float64 {
	switch {
	case s.bad == 0:
		return 0
	case s.good == 0:
		return s.bad / 2
	}
	return (s.good + s.bad) / 2
}

// learn takes note of a rate that was tried.
func (s *search) learn(rate float64, lossFree bool) {
	switch {
	case lossFree && s.bad == 0: // at full speed
		s.good, s.done = rate, true
		return
	case lossFree:
		s.good = max(s.good, rate)
	case s.bad == 0:
		s.bad = rate
	default:
		s.bad = min(s.bad, rate)
	}
	s.done = s.bad < lowest || s.bad-s.good < near*s.bad
}

// String is the highest rate that went well.
func (s *search) String() string {
	if s.bad == 0 {
		return fmt.Sprintf(">%.0f", s.good)
	}
	return fmt.Sprintf("%.0f", s.good)
}
