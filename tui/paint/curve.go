package paint

import (
	"math"
	"strings"
)

// Curve draws values as bars of one column each, height lines high, between the lowest
// and the highest of them. NaN leaves a column empty. Where all values are the same, they
// are low bars.
func Curve(values []float64, height int) []string {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if !math.IsNaN(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	eighths := make([]int, len(values)) // of a line; 0 is nothing
	most := height * len(bars)
	for i, v := range values {
		switch {
		case math.IsNaN(v):
		case high > low:
			eighths[i] = 1 + int(math.Round((v/2-low/2)/(high/2-low/2)*float64(most-1))) // halves: their difference is finite
		default:
			eighths[i] = 1
		}
	}
	lines := make([]string, height)
	for line := range lines {
		var b strings.Builder
		floor := (height - 1 - line) * len(bars)
		for _, n := range eighths {
			switch n -= floor; {
			case n <= 0:
				b.WriteByte(' ')
			default:
				b.WriteRune(bars[min(n, len(bars))-1])
			}
		}
		lines[line] = b.String()
	}
	return lines
}
