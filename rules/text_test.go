package rules

import (
	"strings"
	"testing"
)

func TestExcerpt(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"plain", "plant/a", `"plant/a"`},
		{"empty", "", `""`},
		{"what a terminal would obey", "a\x1b[2J\xff\"", `"a\x1b[2J\xff\""`},
		{"just short enough", strings.Repeat("x", 64), `"` + strings.Repeat("x", 64) + `"`},
		{"too long", strings.Repeat("x", 65), `"` + strings.Repeat("x", 60) + `"…`},
	} {
		if got := Excerpt([]byte(tt.in)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestSeconds(t *testing.T) {
	for ns, want := range map[int64]string{
		0: "0 µs", 999_999: "999 µs", 1_000_000: "1.0 ms", 1_550_000: "1.6 ms", 1_000_000_000: "1.0 s", 75_000_000_000: "75.0 s",
	} {
		if got := Seconds(ns); got != want {
			t.Errorf("%d ns: %q, want %q", ns, got, want)
		}
	}
}
