package report

import (
	"fmt"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// escapeJSON writes what Clean makes visible as \u escapes into a JSON text: the same
// values for programs, and nothing that a terminal or a reader's eye could take for
// something else. Such characters stand only within strings. It returns text itself
// when there are none.
func escapeJSON(text []byte) []byte {
	var out []byte
	done := 0 // of text, in out
	for i := 0; i < len(text); {
		if text[i] < 0x7F {
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		if !unicode.IsPrint(r) {
			out = append(out, text[done:i]...)
			if hi, lo := utf16.EncodeRune(r); hi != unicode.ReplacementChar {
				out = fmt.Appendf(out, `\u%04x\u%04x`, hi, lo)
			} else {
				out = fmt.Appendf(out, `\u%04x`, r)
			}
			done = i + n
		}
		i += n
	}
	if done == 0 {
		return text
	}
	return append(out, text[done:]...)
}
