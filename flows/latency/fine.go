package latency

import (
	"slices"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// FineBars is how many bars Summary.Fine has at most.
const FineBars = 20

// scales are bounds of bars within a power of ten, in thousandths of it, the finest scale
// first: preferred numbers.
var scales = [][]int64{
	{1000, 1250, 1600, 2000, 2500, 3150, 4000, 5000, 6300, 8000},
	{1000, 1600, 2500, 4000, 6300},
	{1000, 2000, 5000},
	{1000},
}

// fine puts a distribution of µs into the finest scale that needs no more than FineBars.
func fine(all []hdrhistogram.Bar) []Bar {
	all = slices.DeleteFunc(all, func(b hdrhistogram.Bar) bool { return b.Count == 0 })
	if len(all) == 0 {
		return nil
	}
	bars := make([]Bar, 0, FineBars)
	for _, scale := range scales {
		if bars = into(bars[:0], all, scale); len(bars) <= FineBars {
			break
		}
	}
	return bars
}

// into counts a distribution in the bars of a scale, and stops where there are too many.
func into(bars []Bar, all []hdrhistogram.Bar, scale []int64) []Bar {
	at := 0 // of the bound among all of the scale
	for decade := int64(1); ; decade *= 10 {
		for _, step := range scale {
			up := decade * step // ns
			n := uint64(0)
			for at < len(all) && all[at].To*1000 <= up {
				n += uint64(all[at].Count)
				at++
			}
			if n > 0 || len(bars) > 0 {
				bars = append(bars, Bar{up, n})
			}
			if at == len(all) || len(bars) > FineBars {
				return bars
			}
		}
	}
}
