package rules

import (
	"cmp"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// quote puts a name from the wire between quotation marks with everything
// escaped that a terminal or a page could take for a command.
func quote(s string) string { return strconv.Quote(s) }

// Excerpt quotes what stands on the wire for a sentence, the beginning of it if it is
// long.
func Excerpt(b []byte) string {
	if len(b) > 64 {
		return quote(string(b[:60])) + "…"
	}
	return quote(string(b))
}

// Seconds prints a duration given in nanoseconds for people: "120 µs", "1.5 ms", "3.0 s".
func Seconds(ns int64) string {
	switch {
	case ns < 1_000_000:
		return fmt.Sprintf("%d µs", ns/1000)
	case ns < 1_000_000_000:
		return fmt.Sprintf("%.1f ms", float64(ns)/1e6)
	}
	return fmt.Sprintf("%.1f s", float64(ns)/1e9)
}

// compareAddress orders addresses by number, so that 10.0.0.9 stands before
// 10.0.0.10.
func compareAddress(a, b string) int {
	x, xok := splitAddress(a)
	y, yok := splitAddress(b)
	if xok && yok {
		return cmp.Or(x.Addr().Compare(y.Addr()), cmp.Compare(x.Port(), y.Port()))
	}
	return strings.Compare(a, b)
}

func splitAddress(s string) (netip.AddrPort, bool) {
	if p, err := netip.ParseAddrPort(s); err == nil {
		return p, true
	}
	a, err := netip.ParseAddr(s)
	return netip.AddrPortFrom(a, 0), err == nil
}
