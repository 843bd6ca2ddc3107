package topics

import "plcscope/flows/index"

// parts is into how many equal parts the time of the capture is divided.
const parts = 24

// counts are numbers of messages in these parts, in sixteenths.
type counts [parts]uint32

// span is the time that the capture takes, nanoseconds since 1970-01-01 UTC.
type span struct{ from, to int64 }

// spanOf is that of the frames that the index has.
func spanOf(ix *index.Index) span {
	first, _ := ix.Frame(1)
	last, _ := ix.Frame(ix.Frames())
	return span{first.Time, last.Time}
}

// spread adds the messages of a topic to the parts of the span in which they came. All
// rows then share one axis, so that what happened together stands together. The topic
// knows its messages by steps of its own, each of which is shared out to the parts that
// it touches.
func (s span) spread(x *index.Topic, c *counts) {
	width := float64(max(s.to-s.from, 1)) / parts
	for i, n := range x.Rate.Counts {
		if n == 0 {
			continue
		}
		start := x.Rate.Start + int64(i)*x.Rate.Width()
		end := min(start+x.Rate.Width(), max(x.LastTime, start)+1)
		from, to := float64(start-s.from)/width, float64(end-s.from)/width
		first, last := part(from), part(to)
		for p := first; p <= last; p++ {
			share := 1.0
			if first < last {
				share = (min(to, float64(p+1)) - max(from, float64(p))) / (to - from)
			}
			c[p] += uint32(share*float64(n)*16 + 0.5)
		}
	}
}

func part(at float64) int { return min(max(int(at), 0), parts-1) }
