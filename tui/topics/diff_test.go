package topics

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCompared(t *testing.T) {
	for _, x := range []struct{ name, before, now, want string }{
		{"the same", "a b", "a b", " a  b"},
		{"one value", "1", "2", "-1 +2"},
		{"one line of three", "a 1 c", "a 2 c", " a -1 +2  c"},
		{"one more", "a c", "a b c", " a +b  c"},
		{"moved", "a b c d", "b c d a", "-a  b  c  d +a"},
		{"nothing before", "", "a", "- +a"},
	} {
		t.Run(x.name, func(t *testing.T) {
			var l []string
			list, _ := compared(strings.Split(x.before, " "), strings.Split(x.now, " "))
			for _, c := range list {
				l = append(l, string(c.sign)+c.text)
			}
			if d := cmp.Diff(x.want, strings.Join(l, " ")); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestComparedHoldsBoth: without the lines of the one, the other is left.
func TestComparedHoldsBoth(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	draw := func() []string {
		l := make([]string, r.IntN(12))
		for i := range l {
			l[i] = string("abc"[r.IntN(3)])
		}
		return l
	}
	for range 5000 {
		before, now := draw(), draw()
		list, _ := compared(before, now)
		var was, is []string
		for _, x := range list {
			if x.sign != '+' {
				was = append(was, x.text)
			}
			if x.sign != '-' {
				is = append(is, x.text)
			}
		}
		if strings.Join(was, "") != strings.Join(before, "") || strings.Join(is, "") != strings.Join(now, "") {
			t.Fatalf("%v and %v: %v", before, now, list)
		}
	}
	if _, ok := compared([]string{"a"}, strings.Split(strings.Repeat("b ", 500), " ")); ok {
		t.Error("500 lines were compared")
	}
}
