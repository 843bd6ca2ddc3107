package report

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Style colours words for a terminal; without colour it leaves them as they are.
// Colour never carries meaning alone.
type Style bool

func (s Style) paint(code, text string) string {
	if !s {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s Style) Bold(text string) string   { return s.paint("1", text) }
func (s Style) Dim(text string) string    { return s.paint("2", text) }
func (s Style) Red(text string) string    { return s.paint("1;31", text) }
func (s Style) Yellow(text string) string { return s.paint("33", text) }
func (s Style) Green(text string) string  { return s.paint("32", text) }
func (s Style) Cyan(text string) string   { return s.paint("36", text) }

// Clean makes text from the wire harmless on a terminal: control characters,
// escape sequences and invisible marks that turn the writing direction become
// visible escapes.
func Clean(s string) string {
	harmless := true
	for _, r := range s {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			harmless = false
			break
		}
	}
	if harmless {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		_, n := utf8.DecodeRuneInString(s[i:])
		if unicode.IsPrint(r) && !(r == utf8.RuneError && n == 1) {
			b.WriteRune(r)
			continue
		}
		q := strconv.Quote(s[i : i+n])
		b.WriteString(q[1 : len(q)-1])
	}
	return b.String()
}

// clock prints a capture time for people: UTC, milliseconds.
func clock(ns int64) string {
	return time.Unix(0, ns).UTC().Format("2006-01-02 15:04:05.000")
}

// stamp prints a capture time for programs: RFC 3339, UTC, nanoseconds.
func stamp(ns int64) string { return time.Unix(0, ns).UTC().Format(time.RFC3339Nano) }

// plural counts things: "1 frame", "2 frames".
func plural[N int | int64 | uint64](n N, word string) string {
	s := strconv.FormatInt(int64(n), 10) + " " + word
	switch {
	case n == 1:
		return s
	case strings.HasSuffix(word, "y"):
		return s[:len(s)-1] + "ies"
	}
	return s + "s"
}
