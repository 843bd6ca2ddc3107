package decode

import (
	"plcscope/pcaps"
)

// Options of a Decoder. The zero value is what captures usually want.
type Options struct {
	SkipChecksums bool // leave Segment.Checksum unknown

	// What incomplete IP datagrams may occupy, per decoder. Zero means the
	// default: 1024 datagrams, 8 MiB, 30 seconds of capture time.
	MaxDatagrams     int
	MaxFragmentBytes int
	FragmentTimeout  int64 // nanoseconds
}

// Decoder turns frames into TCP segments. It holds the fragments of datagrams
// that are not complete yet; everything else is forgotten from frame to frame.
// One goroutine at a time may use it, and fragments of one datagram must come to
// the same decoder.
type Decoder struct {
	opt   Options
	stats Stats
	walk  walker
	frags fragments
}

// New returns a decoder.
func New(opt Options) *Decoder {
	d := &Decoder{opt: opt}
	d.walk.d = d
	d.frags.init(opt, &d.stats.Fragments)
	return d
}

// Decode reads frame f into s and reports whether the frame holds, or completes,
// a TCP segment. Otherwise s is undefined and the frame was counted by reason.
//
// The slices of s are borrowed from f.Data; only the payload of a datagram that
// came in fragments is memory of its own.
func (d *Decoder) Decode(f *pcaps.Frame, s *Segment) bool {
	r, done := d.fast(f, s)
	if !done {
		r = d.walk.frame(f, s)
	}
	if r != accepted {
		d.stats.Skipped[r]++
		return false
	}
	d.stats.Checksums[s.Checksum]++
	return true
}

// Stats returns the counts so far.
func (d *Decoder) Stats() Stats {
	s := d.stats
	for _, n := range s.Checksums { // one counter a segment is enough on the way
		s.Segments += n
	}
	s.Frames = s.Segments
	for _, n := range s.Skipped {
		s.Frames += n
	}
	return s
}
