package siterules

import (
	"net/netip"
	"strings"
)

// fits reports whether one of the addresses holds addr.
func (s *Selector) fits(addr netip.Addr) bool {
	return len(s.Addresses) == 0 || within(s.Addresses, addr)
}

// names reports whether one of the globs fits a client identifier; nil is one that is
// not known, and fits none.
func (s *Selector) names(id []byte) bool {
	if len(s.ClientIDs) == 0 {
		return true
	}
	if id == nil {
		return false
	}
	for _, g := range s.ClientIDs {
		if glob(g, string(id)) {
			return true
		}
	}
	return false
}

func within(list []netip.Prefix, addr netip.Addr) bool {
	for _, p := range list {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// glob reports whether pattern fits the whole of s: * stands for any characters, ? for
// one, everything else for itself.
func glob(pattern, s string) bool {
	star, from := -1, 0 // the latest *, and where in s what it stands for ends
	p, i := 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, i
			p++
		case p < len(pattern) && pattern[p] == '?':
			p++
			i += width(s[i:])
		case p < len(pattern) && pattern[p] == s[i]:
			p++
			i++
		case star >= 0:
			from += width(s[from:])
			p, i = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// width is the length of the first character of s in bytes.
func width(s string) int {
	for i := range s {
		if i > 0 {
			return i
		}
	}
	return len(s)
}
