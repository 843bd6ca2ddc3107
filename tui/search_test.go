package tui

import (
	"regexp"
	"strings"
	"testing"
)

func TestParseSearch(t *testing.T) {
	for _, c := range []struct {
		text, kind string
		in         string
		at         int
	}{
		{"plant", "text", "a PLANT", 2},
		{"PlAnT", "text", "plplant", 2},
		{"aab", "text", "aaAAb", 2},
		{"plant", "text", "plan", -1},
		{"x", "text", "", -1},
		{"1", "text", "a1", 1},
		{"größe", "text", "die GRÖSSE GRÖßE", 12},
		{`"Plant"`, "exact text", "plant Plant", 6},
		{`"Plant`, "exact text", "Plant", 0},
		{"/p.ant/", "regex", "a PXANT", 2},
		{"/p.ant", "regex", "a pxant", 2},
		{"/(?-i)p/", "regex", "Pp", 1},
		{"0x0a1b", "hex", "\x00\x0a\x1b", 1},
		{"0x0a 1b", "hex", "\x0a\x1b", 0},
		{"/", "text", "a/", 1},
	} {
		kind, find, err := parseSearch(c.text)
		if err != nil || kind != c.kind {
			t.Errorf("%s: %s, %v", c.text, kind, err)
			continue
		}
		if at := find([]byte(c.in)); at != c.at {
			t.Errorf("%s in %q: %d, want %d", c.text, c.in, at, c.at)
		}
	}
	for _, text := range []string{"/(/", "0xabc", "0xzz", "/a*/"} {
		if _, _, err := parseSearch(text); err == nil {
			t.Errorf("%s is accepted", text)
		}
	}
}

func FuzzFolded(f *testing.F) {
	f.Add("ab", "xaAB")
	f.Add("k", "\u212a")
	f.Fuzz(func(t *testing.T, text, in string) {
		if text == "" {
			return
		}
		for _, s := range []string{text, in} {
			for i := range len(s) {
				if s[i] >= 0x80 {
					return
				}
			}
		}
		want := -1
		if at := regexp.MustCompile("(?i)" + regexp.QuoteMeta(text)).FindStringIndex(in); at != nil {
			want = at[0]
		}
		if got := folded(text)([]byte(in)); got != want {
			t.Errorf("%q in %q: %d, want %d", text, in, got, want)
		}
	})
}

func BenchmarkFolded(b *testing.B) {
	in := []byte(strings.Repeat("plan/level/12.5 PLAN", 1000) + "plant")
	find := folded("plant")
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		if find(in) < 0 {
			b.Fatal("not found")
		}
	}
}
