package prompt

import (
	"slices"
	"strings"
)

// MaxHistory is how many lines a History keeps.
const MaxHistory = 200

// History are lines that were typed, the oldest first, each once.
type History struct{ lines []string }

// Set replaces what is remembered.
func (h *History) Set(lines []string) {
	h.lines = nil
	for _, l := range lines {
		h.Add(l)
	}
}

// Add remembers a line as the latest.
func (h *History) Add(line string) {
	if strings.TrimSpace(line) == "" {
		return
	}
	h.lines = slices.DeleteFunc(h.lines, func(s string) bool { return s == line })
	if h.lines = append(h.lines, line); len(h.lines) > MaxHistory {
		h.lines = slices.Delete(h.lines, 0, len(h.lines)-MaxHistory)
	}
}

// All returns the lines. They are not to be changed.
func (h *History) All() []string { return h.lines }

// older returns the place of the next line before place i that begins with prefix, or -1.
// The place behind the last line is len(All()).
func (h *History) older(i int, prefix string) int {
	for i = min(i, len(h.lines)) - 1; i >= 0; i-- {
		if strings.HasPrefix(h.lines[i], prefix) && h.lines[i] != prefix {
			return i
		}
	}
	return -1
}

// newer is older in the other direction.
func (h *History) newer(i int, prefix string) int {
	for i++; i < len(h.lines); i++ {
		if strings.HasPrefix(h.lines[i], prefix) && h.lines[i] != prefix {
			return i
		}
	}
	return -1
}
