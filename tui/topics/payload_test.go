package topics

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFormOf(t *testing.T) {
	for _, x := range []struct {
		payload string
		want    form
	}{
		{`{"a":1}`, asJSON}, {` [1,2] `, asJSON}, {"21.5", asText}, {"", asText}, {`{"a":`, asText}, {"grün\n", asText},
		{"\x14\x05hello", asS7}, {"\x05\x05hello", asS7}, {"\x08\x05hello\x00\x00\x00", asS7}, {"\x41\x48\x00\x00", asS7}, {"\x00\x01", asS7},
		{"\x14\x06hello", asHex}, {"\x00\x01\x02", asHex}, {"a\u202eb", asHex},
		{strings.Repeat("[", 100) + strings.Repeat("]", 100), asText}, // too deep to be laid out
		{`["[[[[\"]]"]`, asJSON},
	} {
		if got := formOf([]byte(x.payload)); got != x.want {
			t.Errorf("%q is written as %s, want %s", x.payload, got, x.want)
		}
	}
}

func TestWrite(t *testing.T) {
	for _, x := range []struct {
		payload string
		as      form
		want    []string
	}{
		{`{"a":[1,"x"]}`, asJSON, []string{"{", `  "a": [`, "    1,", `    "x"`, "  ]", "}"}},
		{"a\r\nb", asText, []string{"a", "b"}},
		{"AB\x00 1234\xff", asHex, []string{"0000  41 42 00 20 31 32 33 34  AB· 1234", "0008  ff                       ·"}},
		{"", asHex, []string{"(empty)"}},
		{"\x01\xf4", asS7, []string{"WORD           16#01F4", "INT            500", "UINT           500", "DATE           D#1991-05-16"}},
		{"\x0a\x02ab", asS7, []string{"STRING         'ab'", "  its header   room for 10 characters, has 2", "DWORD          16#0A026162", "DINT           167928162",
			"UDINT          167928162", "REAL           6.277588e-33"}},
	} {
		got := write([]byte(x.payload), x.as)
		for i := range got {
			got[i] = strings.TrimRight(got[i], " ")
		}
		if x.as == asS7 { // which types there are is none of this test's business
			got = got[:min(len(got), len(x.want))]
		}
		if d := cmp.Diff(x.want, got); d != "" {
			t.Errorf("%q as %s: %s", x.payload, x.as, d)
		}
	}
}

func TestShort(t *testing.T) {
	for _, x := range []struct {
		payload string
		cut     bool
		want    string
	}{
		{"", false, "(empty)"}, {"{\n  \"a\": 1\n}", false, `{ "a": 1 }`}, {"\x14\x05hello", false, "STRING 'hello'"},
		{"\x00\x01", false, "0x 00 01"}, {"gr\xc3", true, "gr\xc3"}, {"gr\xc3", false, "0x 67 72 c3"}, {" \n", false, "(2 blanks)"},
	} {
		if got := short([]byte(x.payload), x.cut); got != x.want {
			t.Errorf("%q: %q, want %q", x.payload, got, x.want)
		}
	}
}

// FuzzPayload writes any payload in any form beside any other.
func FuzzPayload(f *testing.F) {
	for _, s := range []string{"", `{"a":[1,2,{"b":null}]}`, "\x14\x05hello", "\x41\x48\x00\x00", strings.Repeat("[", 200), "grün\xff\u202e", strings.Repeat("\n", 3000)} {
		f.Add([]byte(s), []byte("21.5"))
		f.Add([]byte("x"), []byte(s))
	}
	f.Add([]byte("000"), []byte("0")) // no type of STEP 7 has three bytes
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if got := formOf(a); got == automatic || got >= forms {
			t.Fatalf("form %d", got)
		}
		for _, as := range []form{asText, asJSON, asHex, asS7} {
			now := write(a, as)
			if len(now) == 0 || len(now) > maxLines+2 {
				t.Fatalf("%d lines as %s", len(now), as)
			}
			list, ok := compared(write(b, as), now)
			if !ok {
				continue
			}
			var back []string
			for _, x := range list {
				if x.sign != '-' {
					back = append(back, x.text)
				}
			}
			if strings.Join(back, "\n") != strings.Join(now, "\n") {
				t.Fatalf("compared as %s, %q has become %q", as, now, back)
			}
		}
		if as := write(a, asText); len(a) < maxShown && len(as) < maxLines && !bytes.Contains(a, []byte("\r")) && strings.Join(as, "\n") != string(a) {
			t.Fatalf("%q is written as %q", a, as)
		}
		if s := short(a[:min(len(a), glanceFrom)], len(a) > glanceFrom); s == "" {
			t.Fatalf("%q is nothing in short", a)
		}
	})
}
