package mqtt

import "testing"

var matches = []struct {
	filter, name string
	want         bool
}{
	{"sport/tennis/player1/#", "sport/tennis/player1", true},
	{"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
	{"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
	{"sport/tennis/player1/#", "sport/tennis/player10", false},
	{"sport/#", "sport", true},
	{"sport/#", "sport/", true},
	{"sport/#", "sports", false},
	{"sport/#", "spor", false},
	{"#", "a/b", true},
	{"#", "/", true},
	{"+", "a", true},
	{"+", "a/b", false},
	{"sport/tennis/+", "sport/tennis/player1", true},
	{"sport/tennis/+", "sport/tennis/player1/ranking", false},
	{"sport/+", "sport", false},
	{"sport/+", "sport/", true},
	{"+/+", "/finance", true},
	{"/+", "/finance", true},
	{"+", "/finance", false},
	{"+/#", "a", true},
	{"a/+/c", "a//c", true},
	{"a/+/c", "a/b/d", false},
	{"a/+/c", "a/b/c/d", false},
	{"a//b", "a//b", true},
	{"a", "a/", false},
	{"a/", "a", false},
	{"a/", "a/", true},
	{"A", "a", false},
	{"#", "$SYS/x", false},
	{"+/x", "$SYS/x", false},
	{"$SYS/#", "$SYS/x", true},
	{"$SYS/#", "$SYS", true},
	{"$SYS/+", "$SYS/x", true},
	{"a/#", "a/$b", true},
	{"äö/+", "äö/ü", true},
	{"", "a", false},
	{"a", "", false},
}

func TestMatchTopic(t *testing.T) {
	for _, tt := range matches {
		if got := MatchTopic([]byte(tt.filter), []byte(tt.name)); got != tt.want {
			t.Errorf("%q on %q: %t", tt.filter, tt.name, got)
		}
	}
}

func TestCheckFilter(t *testing.T) {
	for _, tt := range []struct {
		filter string
		offset int
		want   FilterProblem
	}{
		{"a", 0, FilterOK}, {"#", 0, FilterOK}, {"+", 0, FilterOK}, {"/", 0, FilterOK}, {"+/a/#", 0, FilterOK},
		{"$SYS/#", 0, FilterOK}, {"$share", 0, FilterOK}, {"$shared/a", 0, FilterOK},
		{"$share/g/a/+", 0, FilterOK}, {"$share/g/#", 0, FilterOK}, {"$share/g//", 0, FilterOK},
		{"", 0, FilterEmpty},
		{"a\x00b", 1, FilterNull},
		{"a#", 1, FilterMulti}, {"#/a", 0, FilterMulti}, {"a/#/b", 2, FilterMulti}, {"##", 0, FilterMulti}, {"a/#b", 2, FilterMulti},
		{"a+", 1, FilterSingle}, {"+a", 0, FilterSingle}, {"a/b+/c", 3, FilterSingle}, {"a/+b", 2, FilterSingle},
		{"$share/", 0, FilterShare}, {"$share/g", 0, FilterShare}, {"$share/g/", 0, FilterShare}, {"$share//a", 0, FilterShare},
		{"$share/g+/a", 0, FilterShare}, {"$share/#/a", 0, FilterShare},
		{"$share/g/a#", 10, FilterMulti},
	} {
		if at, got := CheckFilter([]byte(tt.filter)); got != tt.want || at != tt.offset {
			t.Errorf("%q: %s at %d, want %s at %d", tt.filter, got, at, tt.want, tt.offset)
		}
	}
}

func TestValidTopicName(t *testing.T) {
	for name, want := range map[string]bool{"a": true, "/": true, "$SYS/x": true, "": false, "a/#": false, "+": false, "a\x00": false} {
		if got := ValidTopicName([]byte(name)); got != want {
			t.Errorf("%q: %t", name, got)
		}
	}
}

func TestCheckString(t *testing.T) {
	for _, tt := range []struct {
		name, s string
		offset  int
		want    StringProblem
	}{
		{"empty", "", 0, StringOK},
		{"plain", "aä€𝄞\uFEFF\uFFFD", 0, StringOK},
		{"space and tilde", " ~", 0, StringOK},
		{"null", "a\x00b", 1, StringNull},
		{"control", "a\nb", 1, StringDiscouraged},
		{"delete", "\x7f", 0, StringDiscouraged},
		{"C1", "a\u0085", 1, StringDiscouraged},
		{"last C1", "\u009f\u00a0", 0, StringDiscouraged},
		{"non-character", "a\uFFFEb", 1, StringDiscouraged},
		{"non-character of the block", "\uFDD0", 0, StringDiscouraged},
		{"non-character of a higher plane", "\U0001FFFF", 0, StringDiscouraged},
		{"null is worse than control", "\n\x00", 1, StringNull},
		{"invalid is worse than null", "\x00\xff", 1, StringInvalid},
		{"lone continuation", "ab\x80", 2, StringInvalid},
		{"overlong slash", "\xc0\xaf", 0, StringInvalid},
		{"overlong null", "a\xc0\x80", 1, StringInvalid},
		{"surrogate", "\xed\xa0\x80", 0, StringInvalid},
		{"above U+10FFFF", "\xf4\x90\x80\x80", 0, StringInvalid},
		{"cut", "a\xe2\x82", 1, StringInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if at, got := CheckString([]byte(tt.s)); got != tt.want || at != tt.offset {
				t.Errorf("%s at %d, want %s at %d", got, at, tt.want, tt.offset)
			}
		})
	}
}
