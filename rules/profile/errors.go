package profile

import (
	"fmt"
	"strings"
	"unicode"
)

// Error is something wrong at one place of a profile.
type Error struct {
	File         string
	Line, Column int    // from 1; 0 when it is about the file as a whole
	Text         string // what is wrong
	Source       string // the line
}

// Error is the place and what is wrong there, and below it the line with a mark.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Text
	}
	number := fmt.Sprintf("%5d", e.Line)
	before := []rune(e.Source)
	before = before[:min(max(e.Column-1, 0), len(before))]
	for i, r := range before {
		if r != '\t' { // a tab moves the mark as it moves the line
			before[i] = ' '
		}
	}
	return fmt.Sprintf("%s:%d:%d: %s\n%s | %s\n%s   %s^", e.File, e.Line, e.Column, e.Text, number, e.Source, strings.Repeat(" ", len(number)), string(before))
}

// Errors are all that is wrong with a profile, in the order of the file.
type Errors []*Error

func (l Errors) Error() string {
	var s []string
	for _, e := range l {
		s = append(s, e.Error())
	}
	return strings.Join(s, "\n")
}

// source is line n of a text, printable.
func source(text string, n int) string {
	lines := strings.Split(text, "\n")
	if n < 1 || n > len(lines) {
		return ""
	}
	line := strings.Map(func(r rune) rune {
		if r != '\t' && !unicode.IsPrint(r) {
			return '.'
		}
		return r
	}, lines[n-1])
	if r := []rune(line); len(r) > 160 {
		line = string(r[:160])
	}
	return line
}
