package filter

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Error says what is wrong with a filter, and where.
type Error struct {
	Text   string // the whole filter
	Offset int    // of the fault, in bytes
	Reason string
}

// Column is where the fault begins, counted in characters from 1.
func (e *Error) Column() int { return utf8.RuneCountInString(e.Text[:e.Offset]) + 1 }

// Error gives the reason with its column on one line.
func (e *Error) Error() string {
	return fmt.Sprintf("capture filter, column %d: %s", e.Column(), e.Reason)
}

// Pointer gives the filter and, below it, a caret at the fault.
func (e *Error) Pointer() string {
	return e.Text + "\n" + strings.Repeat(" ", e.Column()-1) + "^"
}

type token struct {
	text string
	at   int
}

const operators = "()[]!=<>&|+-*/%^:"

// lex cuts a filter into words and operators. A colon belongs to an address outside
// of brackets, and a hyphen to a name.
func lex(text string) ([]token, error) {
	var all []token
	depth := 0
	for i := 0; i < len(text); {
		c := text[i]
		start := i
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
			continue
		case isWord(c) || c == ':' && depth == 0:
			for i < len(text) && inWord(text[start:i], text[i], depth) {
				i++
			}
		case strings.IndexByte(operators, c) >= 0:
			i++
			switch c {
			case '[':
				depth++
			case ']':
				depth--
			}
			if i < len(text) && strings.Contains(" && || == != >= <= >> << ", " "+text[start:i+1]+" ") {
				i++
			}
		default:
			_, n := utf8.DecodeRuneInString(text[i:])
			return nil, &Error{text, i, fmt.Sprintf("%q has no meaning here", text[i:i+n])}
		}
		all = append(all, token{text[start:i], start})
	}
	return append(all, token{"", len(text)}), nil
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '.'
}

func inWord(word string, c byte, depth int) bool {
	switch {
	case isWord(c):
		return true
	case c == ':':
		return depth == 0
	case c == '-':
		return word != "" && word != "len" && word[0] >= 'a' && !strings.Contains(word, ":")
	case c == '/':
		return depth == 0 && strings.ContainsAny(word, ".:")
	}
	return false
}
