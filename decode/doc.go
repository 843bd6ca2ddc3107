// Package decode turns frames into TCP segments: link layers, VLAN tags,
// tunnels that mirror ports use, IPv4 and IPv6 with fragments, TCP.
//
// Common frames take a fast path of our own that allocates nothing; the rest is
// decoded with gopacket's layers. Every length is checked; what cannot be
// decoded is counted by reason and never panics. Payloads are borrowed from the
// frame.
package decode
