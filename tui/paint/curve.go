package paint

import (
	"math"
	"strings"
)

// Curve draws values as bars of one column each, height lines high, where low is the
// lowest bar and high the highest. NaN leaves a column empty.
func Curve(values []float64, low, high float64, height int) []string {
	eighths := make([]int, len(values)) // of a line; 0 is nothing
	most := height * len(bars)
	for i, v := range values {
		switch {
		case math.IsNaN(v):
		case high > low:
			at := (v/2 - low/2) / (high/2 - low/2) // halves: their difference is finite
			eighths[i] = 1 + int(math.Round(min(max(at, 0), 1)*float64(most-1)))
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
