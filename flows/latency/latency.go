package latency

import (
	"slices"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Summary sums up times, in nanoseconds. Of more than a few dozen values it
// knows the percentiles within 1 %; Max is exact.
type Summary struct {
	Count                   uint64
	P50, P90, P95, P99, Max int64
	// Partial is set when the percentiles rest on the first values only.
	Partial bool
	// Bars are the values by size: how many are at most UpTo and above the bar
	// before. What took more than an hour counts as an hour. Empty when there are no
	// values.
	Bars []Bar
	// Fine are the same values in at most FineBars bars, from the one with the least value
	// to the one with the greatest, as fine as that allows: up to ten for a power of ten.
	// Nil where a few dozen values or less are all that is known.
	Fine []Bar
}

// Bar is a bar of a plot of latencies.
type Bar struct {
	UpTo  int64 // nanoseconds
	Count uint64
}

// fewTimes is how many times are kept as they are.
const fewTimes = 48

// longest is the longest time that a histogram tells from longer ones, in µs.
const longest = 3600 * 1_000_000

// Times collects times: the first few as they are, because most collections have
// no more, and the others through the same few places into a histogram, whose
// memory is touched only now and then. The zero value is ready.
type Times struct {
	few     []int64
	hist    *hdrhistogram.Histogram
	count   uint64
	max     int64
	partial bool
}

// Pool hands out histograms until there are too many.
type Pool struct {
	Left    int    // histograms that may still be made
	Refused uint64 // collections that got none: their summaries are partial
}

func (p *Pool) take() *hdrhistogram.Histogram {
	if p.Left <= 0 {
		p.Refused++
		return nil
	}
	p.Left--
	return newHistogram()
}

func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(1, longest, 2) }

func micros(ns int64) int64 { return min(max(ns/1000, 0), longest) }

// Record adds a time in nanoseconds; one below 0 counts as 0. When the few places
// are full, a histogram is taken from the pool.
func (l *Times) Record(ns int64, from *Pool) {
	ns = max(ns, 0)
	l.count++
	l.max = max(l.max, ns)
	if len(l.few) == fewTimes {
		if l.hist == nil && !l.partial {
			l.hist = from.take()
			l.partial = l.hist == nil
		}
		if l.partial {
			return
		}
		l.flush()
	}
	l.few = append(l.few, ns)
}

// flush moves the few values into the histogram.
func (l *Times) flush() {
	for _, v := range l.few {
		_ = l.hist.RecordValue(micros(v)) // which is in range
	}
	l.few = l.few[:0]
}

// Count is the number of times that were recorded.
func (l *Times) Count() uint64 { return l.count }

// Summary sums up what was recorded so far.
func (l *Times) Summary() Summary {
	s := Summary{Count: l.count, Max: l.max, Partial: l.partial}
	switch {
	case l.hist != nil:
		l.flush()
		p := func(q float64) int64 { return min(l.hist.ValueAtQuantile(q)*1000, l.max) }
		s.P50, s.P90, s.P95, s.P99 = p(50), p(90), p(95), p(99)
		all := l.hist.Distribution()
		for _, b := range all {
			if b.Count > 0 {
				s.bar(b.To*1000, uint64(b.Count))
			}
		}
		s.Fine = fine(all)
	case len(l.few) > 0:
		sorted := slices.Clone(l.few)
		slices.Sort(sorted)
		n := len(sorted)
		p := func(q int) int64 { return sorted[(n*q+99)/100-1] } // nearest rank
		s.P50, s.P90, s.P95, s.P99 = p(50), p(90), p(95), p(99)
		for _, v := range sorted {
			s.bar(v, 1)
		}
	}
	return s
}

// bar counts n values of v, which is not below any before, in bars of 1, 2, 5,
// 10 … µs.
func (s *Summary) bar(v int64, n uint64) {
	v = min(v, longest*1000)
	up := int64(1000)
	for i := 0; up < v; i++ {
		up = int64([...]float64{2, 2.5, 2}[i%3] * float64(up))
	}
	if k := len(s.Bars); k > 0 && s.Bars[k-1].UpTo == up {
		s.Bars[k-1].Count += n
		return
	}
	s.Bars = append(s.Bars, Bar{up, n})
}

// Add merges what o has collected.
func (l *Times) Add(o *Times) {
	if o.count == 0 {
		return
	}
	l.count += o.count
	l.max = max(l.max, o.max)
	l.partial = l.partial || o.partial
	if l.hist == nil && o.hist == nil && len(l.few)+len(o.few) <= fewTimes {
		l.few = append(l.few, o.few...)
		return
	}
	if l.hist == nil { // a sum, of which there are few
		l.hist = newHistogram()
	}
	l.flush()
	if o.hist != nil {
		l.hist.Merge(o.hist)
	}
	for _, v := range o.few {
		_ = l.hist.RecordValue(micros(v))
	}
}
