package symbol

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind is the kind of a token of a source.
type kind uint8

const (
	tokEnd    kind = iota
	tokName        // an identifier or keyword
	tokQuoted      // "a name in quotation marks"
	tokText        // 'text'
	tokNumber      // digits
	tokSymbol
)

type token struct {
	kind kind
	text string
	line int
}

// lexer cuts a source (AWL, SCL) into tokens, leaving out comments and attributes.
type lexer struct {
	text string
	pos  int
	line int
	// optimised is set by an attribute S7_Optimized_Access := 'TRUE'.
	optimised bool
	// remark is the last comment, and where it stood.
	remark     string
	remarkLine int
}

func (l *lexer) next() (token, error) {
	for l.pos < len(l.text) {
		rest := l.text[l.pos:]
		switch {
		case rest[0] == '\n':
			l.line++
			l.pos++
		case rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\r':
			l.pos++
		case strings.HasPrefix(rest, "//"):
			text := rest[2:]
			if i := strings.IndexByte(text, '\n'); i >= 0 {
				text = text[:i]
			}
			l.pos += 2 + len(text)
			l.remark, l.remarkLine = strings.TrimSpace(text), l.line
		case strings.HasPrefix(rest, "(*"):
			if err := l.skip("*)", "a comment"); err != nil {
				return token{}, err
			}
		case strings.HasPrefix(rest, "(/*"): // in several languages
			if err := l.skip("*/)", "a comment"); err != nil {
				return token{}, err
			}
		case rest[0] == '{':
			start := l.pos
			if err := l.skip("}", "an attribute"); err != nil {
				return token{}, err
			}
			a := strings.ToUpper(strings.Join(strings.Fields(l.text[start:l.pos]), ""))
			if strings.Contains(a, "S7_OPTIMIZED_ACCESS:='TRUE'") {
				l.optimised = true
			}
		default:
			return l.token(rest)
		}
	}
	return token{kind: tokEnd, line: l.line}, nil
}

// skip goes behind the next end.
func (l *lexer) skip(end, what string) error {
	i := strings.Index(l.text[l.pos:], end)
	if i < 0 {
		return fmt.Errorf("line %d: %s does not end", l.line, what)
	}
	l.line += strings.Count(l.text[l.pos:l.pos+i], "\n")
	l.pos += i + len(end)
	return nil
}

func (l *lexer) token(rest string) (token, error) {
	t := token{line: l.line}
	n := 1
	switch c := rest[0]; {
	case c == '"' || c == '\'':
		end := closing(rest[1:], c)
		if end < 0 {
			return t, fmt.Errorf("line %d: the closing %c is missing", l.line, c)
		}
		t.kind, t.text, n = tokQuoted, rest[1:1+end], end+2
		if c == '\'' {
			t.kind = tokText
		}
	case c >= '0' && c <= '9':
		for n < len(rest) && (rest[n] >= '0' && rest[n] <= '9' || rest[n] == '_') {
			n++
		}
		t.kind, t.text = tokNumber, rest[:n]
	default:
		r, size := utf8.DecodeRuneInString(rest)
		if r == '_' || unicode.IsLetter(r) {
			n = size
			for n < len(rest) {
				r, size := utf8.DecodeRuneInString(rest[n:])
				if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
					break
				}
				n += size
			}
			t.kind, t.text = tokName, rest[:n]
			break
		}
		for _, s := range []string{":=", ".."} {
			if strings.HasPrefix(rest, s) {
				size = 2
			}
		}
		n = size
		t.kind, t.text = tokSymbol, rest[:n]
	}
	l.pos += n
	return t, nil
}

// closing is where the quote ends that c has begun, on the same line; -1 when it does
// not. In texts, $' is no end.
func closing(s string, c byte) int {
	for i := 0; i < len(s) && s[i] != '\n'; i++ {
		switch {
		case s[i] == c:
			return i
		case s[i] == '$' && c == '\'':
			i++
		}
	}
	return -1
}

// skipLine goes to the end of the line.
func (l *lexer) skipLine() {
	if i := strings.IndexByte(l.text[l.pos:], '\n'); i >= 0 {
		l.pos += i
	} else {
		l.pos = len(l.text)
	}
}
