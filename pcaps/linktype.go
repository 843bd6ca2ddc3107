package pcaps

import "strconv"

var linkNames = map[LinkType]string{
	LinkNull:      "BSD loopback",
	LinkEthernet:  "Ethernet",
	LinkPPP:       "PPP",
	LinkPPPoE:     "PPP over Ethernet",
	LinkRaw:       "raw IP",
	LinkLoop:      "OpenBSD loopback",
	LinkLinuxSLL:  "Linux cooked v1",
	LinkIPv4:      "raw IPv4",
	LinkIPv6:      "raw IPv6",
	LinkLinuxSLL2: "Linux cooked v2",
}

// String names the link type, "link type 147" when it is none that is decoded.
func (l LinkType) String() string {
	if s, ok := linkNames[l]; ok {
		return s
	}
	return "link type " + strconv.Itoa(int(l))
}
