package topics

import "plcscope/flows/index"

// counts are numbers of messages in equal parts of the capture's time.
type counts [index.Buckets]uint32

// span is the time that the capture takes, nanoseconds since 1970-01-01 UTC.
type span struct{ from, to int64 }

// spanOf is that of the frames that the index has.
func spanOf(ix *index.Index) span {
	first, _ := ix.Frame(1)
	last, _ := ix.Frame(ix.Frames())
	return span{first.Time, last.Time}
}

// spread adds the messages of a topic to the parts of the span in which they came. All
// rows then share one axis, so that what happened together stands together.
func (s span) spread(r *index.Rate, c *counts) {
	whole := float64(max(s.to-s.from, 1))
	for i, n := range r.Counts {
		if n == 0 {
			continue
		}
		middle := r.Start - s.from + int64(i)*r.Width() + r.Width()/2
		at := int(float64(middle) / whole * float64(len(c)))
		c[min(max(at, 0), len(c)-1)] += n
	}
}
