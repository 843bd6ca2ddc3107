package rules

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"
)

// quote puts a name from the wire between quotation marks with everything
// escaped that a terminal or a page could take for a command.
func quote(s string) string { return strconv.Quote(s) }

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
