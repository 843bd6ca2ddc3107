package filter

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Error says what is wrong with a filter, and where.
type Error struct {
	Text   string   // the whole filter
	Offset int      // of the fault, in bytes
	Length int      // of the fault, in bytes; at least 1
	Reason string   // in words
	Near   []string // names that may have been meant, the nearest first
}

// Column is where the fault begins, counted in characters from 1.
func (e *Error) Column() int { return utf8.RuneCountInString(e.Text[:min(e.Offset, len(e.Text))]) + 1 }

// Error gives the reason with its column on one line.
func (e *Error) Error() string {
	s := fmt.Sprintf("filter, column %d: %s", e.Column(), e.Reason)
	if len(e.Near) > 0 {
		s += "; near it: " + strings.Join(e.Near, ", ")
	}
	return s
}

// Pointer gives the filter and, on a second line, carets under the fault, for a
// terminal with a fixed width of characters.
func (e *Error) Pointer() string {
	fault := e.Text[min(e.Offset, len(e.Text)):min(e.Offset+e.Length, len(e.Text))]
	return e.Text + "\n" + strings.Repeat(" ", e.Column()-1) + strings.Repeat("^", max(1, utf8.RuneCountInString(fault)))
}

func failf(off, end int, format string, args ...any) *Error {
	return &Error{Offset: off, Length: max(1, end-off), Reason: fmt.Sprintf(format, args...)}
}
