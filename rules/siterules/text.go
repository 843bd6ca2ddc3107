package siterules

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"plcscope/mqtt"
)

// of names the part of the profile that s selects for.
func (s *Selector) of() string {
	if s.Name == "" {
		return "the profile"
	}
	return fmt.Sprintf("the profile for %q", s.Name)
}

// where names the entry of the profile for a topic.
func where(p *MQTT, x *Publish) string {
	return fmt.Sprintf("entry %q of %s", x.Topic, p.For.of())
}

// String says what the span allows: "1 s or more", "at most 5 s", "1 s to 5 s".
func (s Span) String() string {
	switch {
	case s.Max <= 0:
		return duration(int64(s.Min)) + " or more"
	case s.Min <= 0:
		return "at most " + duration(int64(s.Max))
	}
	return duration(int64(s.Min)) + " to " + duration(int64(s.Max))
}

// holds reports whether d lies in the span.
func (s Span) holds(d time.Duration) bool { return d >= s.Min && (s.Max <= 0 || d <= s.Max) }

// String says what the range allows, in bytes.
func (l Length) String() string {
	switch {
	case l.Max <= 0:
		return strconv.Itoa(l.Min) + " bytes or more"
	case l.Min <= 0:
		return "at most " + plural(int64(l.Max), "byte")
	case l.Min == l.Max:
		return plural(int64(l.Max), "byte")
	}
	return fmt.Sprintf("%d to %d bytes", l.Min, l.Max)
}

// duration prints nanoseconds for people, with three digits: "120 ms", "1.5 s", "2 min".
func duration(ns int64) string {
	switch d := float64(ns); {
	case ns < 1_000_000:
		return number(d/1e3) + " µs"
	case ns < second:
		return number(d/1e6) + " ms"
	case ns < 120*second:
		return number(d/1e9) + " s"
	case ns < 120*60*second:
		return number(d/60e9) + " min"
	}
	return number(float64(ns)/3600e9) + " h"
}

func number(v float64) string {
	digits := 0
	for limit := 100.0; v < limit && digits < 2 && v != 0; limit /= 10 {
		digits++
	}
	s := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

func plural(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.FormatInt(n, 10) + " " + what + "s"
}

// list joins what is allowed: "a, b or c"; "nothing" when that is all.
func list[T any](l []T) string {
	if len(l) == 0 {
		return "nothing"
	}
	var b strings.Builder
	for i, x := range l {
		switch {
		case i == 8 && len(l) > 9:
			fmt.Fprintf(&b, " or %d more", len(l)-i)
			return b.String()
		case i > 0 && i == len(l)-1:
			b.WriteString(" or ")
		case i > 0:
			b.WriteString(", ")
		}
		if p, ok := any(x).(netip.Prefix); ok && p.IsSingleIP() {
			fmt.Fprint(&b, p.Addr())
			continue
		}
		fmt.Fprint(&b, x)
	}
	return b.String()
}

// quoted is list for names.
func quoted(l []string) string {
	q := make([]string, len(l))
	for i, s := range l {
		q[i] = strconv.Quote(s)
	}
	return list(q)
}

// qualities is list for QoS, by number.
func qualities(l []mqtt.QoS) string {
	n := make([]string, len(l))
	for i, q := range l {
		n[i] = fmt.Sprintf("QoS %d", uint8(q))
	}
	return list(n)
}
