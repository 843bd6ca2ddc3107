package report

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// unsafe are the characters that change what a reader sees: controls of a terminal
// (C0, DELETE, C1) and marks that turn the writing direction.
var unsafe = func() (l []rune) {
	for r := rune(0); r < 0x20; r++ {
		l = append(l, r)
	}
	for r := rune(0x7F); r <= 0x9F; r++ {
		l = append(l, r)
	}
	return append(l, 0x061C, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2060,
		0x2066, 0x2067, 0x2068, 0x2069, 0xFEFF, 0xFFF9, 0xE0001, 0xE0041)
}()

// TestUnsafeCharacters: each of them, between letters, at both ends and alone, becomes
// visible in text and an escape with the same value in JSON; letters of any script stay.
func TestUnsafeCharacters(t *testing.T) {
	for _, r := range unsafe {
		c := string(r)
		for _, s := range []string{c, "a" + c, c + "b", "a" + c + "é" + c + "b"} {
			clean := Clean(s)
			if strings.ContainsRune(clean, r) || !strings.Contains(clean, `\`) {
				t.Errorf("Clean(%q) = %q", s, clean)
			}
			for name, markup := range map[string]string{"Markdown": mdText(s), "XML": xmlText(s)} {
				if strings.ContainsRune(markup, r) && r != '\n' { // a line break is one in XML
					t.Errorf("%s: %U is still in %q", name, r, markup)
				}
			}
			text, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			got := escapeJSON(text)
			var back string
			if err := json.Unmarshal(got, &back); err != nil || back != s {
				t.Errorf("%s is read as %q, %v; want %q", got, back, err, s)
			}
			if strings.ContainsRune(string(got), r) {
				t.Errorf("%U stands as it is in %s", r, got)
			}
		}
	}
	for _, s := range []string{"", "plc/7", "Ofen 3 – Wärme", "温度", "حرارة", "טמפרטורה", "🏭", "\ufffd"} {
		if got := Clean(s); got != s {
			t.Errorf("Clean(%q) = %q", s, got)
		}
		if got := string(escapeJSON([]byte(s))); got != s {
			t.Errorf("escapeJSON(%q) = %q", s, got)
		}
	}
}

// TestCleanInvalidBytes: a byte that is no UTF-8 is one of C1 to an old terminal.
func TestCleanInvalidBytes(t *testing.T) {
	for c := 0x80; c <= 0xFF; c++ {
		if got := Clean("a" + string([]byte{byte(c)})); len(got) != len(`a\x9b`) || !utf8.ValidString(got) {
			t.Errorf("byte %02x becomes %q", c, got)
		}
	}
}

// FuzzEscapeJSON: any string comes back as it was, and nothing invisible is left.
func FuzzEscapeJSON(f *testing.F) {
	f.Add(hostile)
	f.Add("\u009b2J\U000E0041\u202e")
	f.Fuzz(func(t *testing.T, s string) {
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var want, got string
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		escaped := escapeJSON(text)
		if err := json.Unmarshal(escaped, &got); err != nil || got != want {
			t.Errorf("%q: %s is read as %q, %v", want, escaped, got, err)
		}
		for _, r := range string(escaped) {
			if !unicode.IsPrint(r) {
				t.Errorf("%q: %U is left in %s", want, r, escaped)
			}
		}
	})
}
