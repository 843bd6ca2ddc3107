package paint

import "strings"

// bars are the eighths of a line's height.
var bars = []rune("▁▂▃▄▅▆▇█")

// Spark draws counts over time as bars, width columns wide. The highest is a full bar,
// and what is more than nothing is never drawn as nothing. Where there are more counts
// than columns, neighbours are added up.
func Spark(counts []uint32, width int) string {
	if width <= 0 || len(counts) == 0 {
		return ""
	}
	width = min(width, len(counts))
	sums := make([]uint64, width)
	var most uint64
	for i, n := range counts {
		at := i * width / len(counts)
		sums[at] += uint64(n)
		most = max(most, sums[at])
	}
	var b strings.Builder
	for _, n := range sums {
		if n == 0 {
			b.WriteByte(' ')
			continue
		}
		b.WriteRune(bars[min(n*uint64(len(bars))/most, uint64(len(bars)-1))])
	}
	return b.String()
}

// Share draws part of whole as a horizontal bar of width columns.
func Share(part, whole uint64, width int) string {
	if whole == 0 || width <= 0 {
		return strings.Repeat(" ", max(width, 0))
	}
	part = min(part, whole)
	eighths := int(float64(part) / float64(whole) * float64(width) * 8)
	if part > 0 {
		eighths = max(eighths, 1)
	}
	s := strings.Repeat("█", eighths/8)
	n := eighths / 8
	if r := eighths % 8; r > 0 {
		s += string([]rune("▏▎▍▌▋▊▉")[r-1])
		n++
	}
	return s + strings.Repeat(" ", width-n)
}
