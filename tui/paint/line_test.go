package paint

import (
	"strings"
	"testing"
	"unicode"

	"github.com/rivo/tview"
)

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain text":       "plain text",
		"\x1b]0;x\x07":     `\x1b]0;x\x07`,
		"a\xffb":           `a\xffb`,
		"naïve 日本 €":       "naïve 日本 €",
		"\u202eevil\u2066": `\u202eevil\u2066`,
		"\u0085\u009b":     `\u0085\u009b`,
		"tab\tnl\n":        `tab\x09nl\x0a`,
		"\u200e\ufeff":     `\u200e\ufeff`,
		"\U000e0001":       `\U000e0001`,
		"":                 "",
	} {
		if got := Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFit(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		right bool
		want  string
	}{
		{"abc", 5, false, "abc  "},
		{"abc", 5, true, "  abc"},
		{"abcdef", 4, false, "abc…"},
		{"日本語", 4, false, "日… "},
		{"日本", 4, false, "日本"},
		{"abc", 0, false, ""},
		{"\x1babc", 4, false, `\x1…`},
	} {
		if got := Text(c.in).Fit(c.width, c.right).String(); got != c.want {
			t.Errorf("%q in %d columns is %q, want %q", c.in, c.width, got, c.want)
		}
	}
	l := In(Bad, "error").And(Plain, " and more text").Fit(9, false)
	if l.String() != "error an…" || l[0].Role != Bad || l[1].Role != Plain {
		t.Errorf("%+v", l)
	}
}

func TestSpark(t *testing.T) {
	if got := Spark([]uint32{0, 1, 4, 8, 0, 8}, 6); got != " ▂▅█ █" {
		t.Errorf("%q", got)
	}
	if got := Spark([]uint32{1, 1, 8, 8}, 2); got != "▂█" {
		t.Errorf("%q", got)
	}
	for _, c := range []struct {
		part, whole uint64
		want        string
	}{{0, 10, "    "}, {1, 1000, "▏   "}, {5, 10, "██  "}, {10, 10, "████"}, {20, 10, "████"}, {3, 0, "    "}} {
		if got := Share(c.part, c.whole, 4); got != c.want {
			t.Errorf("%d of %d is %q, want %q", c.part, c.whole, got, c.want)
		}
	}
}

// Whatever comes from a wire, what stands on the screen is what Clean makes of it, as wide
// as was asked for, and no tag is obeyed.
func FuzzLine(f *testing.F) {
	f.Add("[red]x[-:-:-]", uint8(10))
	f.Add("\x1b[2J日本\u202e", uint8(3))
	f.Add("a[b]c[", uint8(5))
	f.Add("👩‍👩‍👧 e\u0301", uint8(4))
	f.Fuzz(func(t *testing.T, s string, width uint8) {
		w := int(width)
		l := In(Bad, s).And(Plain, " "+s)
		fit := l.Fit(w, false)
		if got := fit.Width(); got != w {
			t.Fatalf("%q fits %d columns, want %d: %q", s, got, w, fit.String())
		}
		for _, r := range fit.String() {
			if !unicode.IsPrint(r) {
				t.Fatalf("%q keeps %q", s, r)
			}
		}
		v := tview.NewTextView().SetDynamicColors(true)
		v.SetText(l.Tagged(&Look{Theme: dark}))
		if got, want := strings.TrimRight(v.GetText(true), "\n"), l.String(); got != want {
			t.Fatalf("%q is shown as %q, want %q", s, got, want)
		}
	})
}
