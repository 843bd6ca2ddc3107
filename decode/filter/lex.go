package filter

import (
	"strings"
	"unicode/utf8"
)

// kind is the kind of a token.
type kind uint8

const (
	tokEnd    kind = iota
	tokWord        // a field, a literal, a keyword: everything that stands without quotes
	tokString      // "text", with its escapes resolved
	tokRaw         // r"text"
	tokChar        // 'c'
	tokSymbol      // an operator or a bracket
)

// token is one word of a filter and where it stands.
type token struct {
	kind kind
	text string // resolved; for symbols as written
	off  int    // bytes from the start of the filter
	end  int
}

// symbols are the operators and brackets, longer ones before their beginnings.
var symbols = []string{
	"===", "!==", "==", "!=", "~=", "<=", ">=", "&&", "||", "^^", "..",
	"<", ">", "!", "~", "&", "+", "*", "/", "%", "(", ")", "{", "}", "[", "]", ",", "#",
}

// lexer cuts a filter into tokens. Where a minus, a dot or a colon stands, the context
// decides what it is: 00-11-22 is one word, and so is 2001:db8::1.
type lexer struct {
	text string
	pos  int
	// slice is set between brackets, where a colon and a minus separate numbers.
	slice bool
}

func (l *lexer) next() (token, *Error) {
	for l.pos < len(l.text) && strings.IndexByte(" \t\r\n", l.text[l.pos]) >= 0 {
		l.pos++
	}
	start := l.pos
	if start == len(l.text) {
		return token{kind: tokEnd, off: start, end: start}, nil
	}
	rest := l.text[start:]
	switch c := rest[0]; {
	case c == '"':
		return l.quoted(start, 1, '"', true, tokString)
	case (c == 'r' || c == 'R') && len(rest) > 1 && rest[1] == '"':
		return l.quoted(start, 2, '"', false, tokRaw)
	case c == '\'':
		t, err := l.quoted(start, 1, '\'', true, tokChar)
		if err == nil && len(t.text) != 1 {
			return t, failf(t.off, t.end, "a character literal holds one byte, such as 'A' or '\\x1b'")
		}
		return t, err
	}
	if l.slice && (rest[0] == ':' || rest[0] == '-') {
		l.pos++
		return token{tokSymbol, rest[:1], start, l.pos}, nil
	}
	if !wordByte(rest[0]) || rest[0] == '-' && (len(rest) < 2 || rest[1] < '0' || rest[1] > '9') || rest[0] == '.' {
		for _, s := range symbols {
			if strings.HasPrefix(rest, s) {
				l.pos += len(s)
				return token{tokSymbol, s, start, l.pos}, nil
			}
		}
		if rest[0] == '-' {
			l.pos++
			return token{tokSymbol, "-", start, l.pos}, nil
		}
		r, n := utf8.DecodeRuneInString(rest)
		return token{}, failf(start, start+n, "the character %q has no meaning here; text stands between quotation marks", r)
	}
	n := 0
	for n < len(rest) && (wordByte(rest[n]) || rest[n] == '/' && prefixFollows(rest[:n], rest[n+1:])) {
		if l.slice && (rest[n] == ':' || rest[n] == '-') {
			break
		}
		if rest[n] == '.' && strings.HasPrefix(rest[n:], "..") {
			break // a range: 1..5
		}
		n++
	}
	l.pos += n
	return token{tokWord, rest[:n], start, l.pos}, nil
}

// wordByte reports whether c may stand in a word without quotes.
func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == ':' || c == '-' || c >= 0x80
}

// prefixFollows reports whether a slash behind word and before rest belongs to an
// address, as in 10.0.0.0/8, rather than dividing.
func prefixFollows(word, rest string) bool {
	if rest == "" || rest[0] < '0' || rest[0] > '9' {
		return false
	}
	return strings.Count(word, ".") == 3 && word[0] >= '0' && word[0] <= '9' || strings.Count(word, ":") >= 2
}

// quoted reads up to the closing quote.
func (l *lexer) quoted(start, skip int, quote byte, escapes bool, k kind) (token, *Error) {
	var b strings.Builder
	for i := start + skip; i < len(l.text); i++ {
		c := l.text[i]
		switch {
		case c == quote:
			l.pos = i + 1
			return token{k, b.String(), start, l.pos}, nil
		case c == '\\' && !escapes && i+1 < len(l.text) && l.text[i+1] == quote:
			i++
			b.WriteByte('\\')
			b.WriteByte(quote)
		case c == '\\' && escapes:
			n, v := escape(l.text[i+1:])
			if n == 0 {
				return token{}, failf(i, min(i+2, len(l.text)), "this escape is not known; \\\" \\\\ \\n \\r \\t \\0 \\xHH and \\OOO are (a raw string r\"…\" keeps backslashes)")
			}
			b.WriteString(v)
			i += n
		default:
			b.WriteByte(c)
		}
	}
	return token{}, failf(start, len(l.text), "the closing quotation mark is missing")
}

// escape reads what follows a backslash: how many bytes of s it takes, and what it
// stands for. Escapes that only regular expressions know stay as they are, as in
// Wireshark, so that "\d+" need not be written twice escaped.
func escape(s string) (n int, v string) {
	if s == "" {
		return 0, ""
	}
	switch c := s[0]; c {
	case '"', '\'', '\\':
		return 1, s[:1]
	case 'a', 'b', 'f', 'n', 'r', 't', 'v':
		return 1, string("\a\b\f\n\r\t\v"[strings.IndexByte("abfnrtv", c)])
	case 'x':
		h, l := hexDigit(s, 1), hexDigit(s, 2)
		switch {
		case h < 0:
			return 0, ""
		case l < 0:
			return 2, string([]byte{byte(h)})
		}
		return 3, string([]byte{byte(h<<4 | l)})
	case '0', '1', '2', '3', '4', '5', '6', '7':
		x, i := 0, 0
		for i < 3 && i < len(s) && s[i] >= '0' && s[i] <= '7' && x*8+int(s[i]-'0') < 256 {
			x = x*8 + int(s[i]-'0')
			i++
		}
		return i, string([]byte{byte(x)})
	case 'd', 'D', 's', 'S', 'w', 'W', 'B', '.', '*', '+', '?', '(', ')', '[', ']', '{', '}', '^', '$', '|', '/', '-', 'A', 'z', 'p', 'P', 'Q', 'E':
		return 1, "\\" + s[:1]
	}
	return 0, ""
}

// hexDigit is the value of s[i] as a hexadecimal digit, or -1.
func hexDigit(s string, i int) int {
	if i >= len(s) {
		return -1
	}
	switch c := s[i]; {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
