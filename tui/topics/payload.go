package topics

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// form is how a payload is written.
type form uint8

const (
	automatic form = iota
	asText
	asJSON
	asHex
	asS7
	forms
)

func (f form) String() string {
	return [...]string{"automatic", "text", "JSON", "hex", "S7 types"}[min(f, forms-1)]
}

const (
	maxShown = 64 << 10 // bytes of a payload that are shown
	maxLines = 2000
	maxDepth = 64 // of JSON that is indented
)

// formOf is the form that suits a payload best.
func formOf(b []byte) form {
	t := bytes.TrimSpace(b)
	switch {
	case len(t) > 1 && (t[0] == '{' || t[0] == '[') && shallow(t) && json.Valid(t):
		return asJSON
	case printable(b):
		return asText
	case isString(b), len(b) == 1, len(b) == 2, len(b) == 4, len(b) == 8:
		return asS7
	}
	return asHex
}

// printable reports whether all of b is text.
func printable(b []byte) bool {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 || !unicode.IsPrint(r) && r != '\n' && r != '\r' && r != '\t' {
			return false
		}
		i += n
	}
	return true
}

// shallow reports whether JSON is nested so little that it can be indented: what is
// deeper would take the square of its length.
func shallow(b []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return false
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return true
}

// write writes a payload in lines. f is not automatic.
func write(b []byte, f form) []string {
	more := 0
	if len(b) > maxShown {
		more = len(b) - maxShown
	}
	var lines []string
	switch f {
	case asJSON:
		lines = jsonLines(b)
	case asHex:
		lines = hexLines(b[:len(b)-more])
	case asS7:
		lines = s7Lines(b[:len(b)-more])
	default:
		lines = strings.Split(strings.ReplaceAll(string(b[:len(b)-more]), "\r\n", "\n"), "\n")
	}
	if len(lines) > maxLines {
		lines = append(lines[:maxLines], "…")
	} else if more > 0 {
		lines = append(lines, fmt.Sprintf("… and %d bytes more", more))
	}
	return lines
}

// jsonLines indents JSON; what is none is told of and written as it is.
func jsonLines(b []byte) []string {
	var out bytes.Buffer
	switch {
	case len(b) > maxShown:
		return append([]string{"(too long to be laid out)"}, write(b, asText)...)
	case !shallow(b):
		return append([]string{"(nested too deep to be laid out)"}, write(b, asText)...)
	}
	if err := json.Indent(&out, bytes.TrimSpace(b), "", "  "); err != nil {
		return append([]string{"(no JSON: " + err.Error() + ")"}, write(b, asText)...)
	}
	return strings.Split(out.String(), "\n")
}

// hexLines are offset, bytes and characters, eight or sixteen bytes a line.
func hexLines(b []byte) []string {
	const width = 8
	var lines []string
	for at := 0; at < len(b); at += width {
		part := b[at:min(at+width, len(b))]
		text := strings.Map(func(r rune) rune {
			if r < ' ' || r > '~' {
				return '·'
			}
			return r
		}, latin(part))
		lines = append(lines, fmt.Sprintf("%04x  %-*s  %s", at, 3*width-1, spaced(part), text))
	}
	if len(b) == 0 {
		lines = append(lines, "(empty)")
	}
	return lines
}

func latin(b []byte) string {
	r := make([]rune, len(b))
	for i, c := range b {
		r[i] = rune(c)
	}
	return string(r)
}

// spaced is bytes as hexadecimal digits with blanks between them.
func spaced(b []byte) string {
	var s strings.Builder
	for i, c := range b {
		if i > 0 {
			s.WriteByte(' ')
		}
		s.WriteString(hex.EncodeToString([]byte{c}))
	}
	return s.String()
}

// short is a payload in one line: text with its blanks run together, else what the bytes
// begin with.
func short(b []byte, cut bool) string {
	text, ok := stringOf(b)
	switch {
	case len(b) == 0:
		return "(empty)"
	case printable(b) || cut && printable(trimRune(b)):
		if words := strings.Fields(string(b)); len(words) > 0 {
			return strings.Join(words, " ")
		}
		return fmt.Sprintf("(%d blanks)", len(b))
	case ok:
		return "STRING " + text
	}
	return "0x " + spaced(b[:min(len(b), 16)])
}

// trimRune leaves out a character of which only the beginning is there.
func trimRune(b []byte) []byte {
	for i := 1; i <= min(len(b), utf8.UTFMax-1); i++ {
		if utf8.RuneStart(b[len(b)-i]) && !utf8.FullRune(b[len(b)-i:]) {
			return b[:len(b)-i]
		}
	}
	return b
}
