package mqtt

import "unicode/utf8"

// StringProblem is what CheckString finds.
type StringProblem uint8

const (
	StringOK          StringProblem = iota
	StringDiscouraged               // a control character or a Unicode non-character: should not be sent
	StringNull                      // U+0000, forbidden since 3.1.1
	StringInvalid                   // no UTF-8: stray bytes, an overlong form, an encoded surrogate, above U+10FFFF
)

func (p StringProblem) String() string {
	switch p {
	case StringDiscouraged:
		return "contains a control or non-character"
	case StringNull:
		return "contains U+0000"
	case StringInvalid:
		return "is not valid UTF-8"
	}
	return "ok"
}

// CheckString finds the worst problem of a string and the offset at which it
// first occurs in b (0 when there is none).
func CheckString(b []byte) (offset int, problem StringProblem) {
	for i := 0; i < len(b); {
		r, size := rune(b[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(b[i:])
			if r == utf8.RuneError && size == 1 {
				return i, StringInvalid
			}
		}
		if r < 0x20 || r >= 0x7f {
			if found := checkRune(r); found > problem {
				offset, problem = i, found
			}
		}
		i += size
	}
	return offset, problem
}

func checkRune(r rune) StringProblem {
	switch {
	case r == 0:
		return StringNull
	case r < 0x20, r >= 0x7f && r <= 0x9f,
		r >= 0xfdd0 && r <= 0xfdef, r&0xfffe == 0xfffe:
		return StringDiscouraged
	}
	return StringOK
}
