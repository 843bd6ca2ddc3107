package main

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"plcscope/rules"
	"plcscope/s7comm"
	"plcscope/s7comm/symbol"
)

// dataAddress matches the addresses of S7 data in what a finding says: a pointer with
// type and count, P#DB10.DBX4.0 BYTE 20, or one variable, DB10.DBW4, MB20, I1.3.
var dataAddress = regexp.MustCompile(`P#([A-Z][A-Z0-9.]*) ([A-Z_]+) ([0-9]+)|\b(DB[0-9]+\.DB[XBWD][0-9]+(?:\.[0-7])?|[IQM](?:[BWD][0-9]+|[0-9]+\.[0-7]))\b`)

// Bounds of what is said beside one finding.
const (
	namedAddresses = 3
	namesOfAddress = 3
)

// ofFinding says what the data are called of which a finding speaks: "DB10.DBD0 is
// Oven.temperature"; "" when it speaks of none that have a name.
func (n *naming) ofFinding(f *rules.Finding) string {
	server, err := netip.ParseAddrPort(f.Server)
	if err != nil || f.Subject.Protocol != rules.S7comm {
		return ""
	}
	t := n.of(server.Addr())
	if t == nil {
		return ""
	}
	var said []string
	for _, m := range dataAddress.FindAllStringSubmatch(f.Detail, namedAddresses) {
		if s := namesAt(t, m); s != "" {
			said = append(said, s)
		}
	}
	return strings.Join(said, "; ")
}

// namesAt names what lies at a match of dataAddress. Of an address without a name it
// says what its data block is called.
func namesAt(t *symbol.Table, m []string) string {
	text, start := m[0], m[4]
	if start == "" {
		start = m[1]
	}
	a, err := symbol.ParseAddress(start)
	if err != nil {
		return ""
	}
	if m[1] != "" {
		count, err := strconv.ParseUint(m[3], 10, 16)
		if err != nil {
			return ""
		}
		a.Bits = count * elementBits(m[2])
	}
	hits, more := t.At(a.Area, a.DB, a.Bit, a.Bits, nil, namesOfAddress)
	if len(hits) == 0 {
		b := t.Block(a.DB)
		if a.Area != s7comm.AreaDB || b == nil || b.Name == "" {
			return ""
		}
		optimised := ""
		if b.Optimised {
			optimised = ", with optimised access"
		}
		return fmt.Sprintf("DB%d is %s%s", a.DB, b.Name, optimised)
	}
	var names []string
	for _, h := range hits {
		names = append(names, h.Path)
	}
	if more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return text + " is " + strings.Join(names, ", ")
}

// elementBits is the size of one element of a type that an item may have.
func elementBits(name string) uint64 {
	for s := range s7comm.TransportSize(255) {
		if s.String() == name {
			if s == s7comm.SizeBit {
				return 1
			}
			return uint64(s.Size()) * 8
		}
	}
	return 0
}
