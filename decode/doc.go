// Package decode turns frames into TCP segments: link layers, VLAN tags,
// tunnels that mirror ports use, IPv4 and IPv6 with fragments, TCP.
//
// Common frames take a fast path; the rest is walked header by header, links and
// tunnels with gopacket's layers, IP and TCP with our own readers, because
// gopacket refuses headers that a snap length cut. Dissect is the same walk with
// a tree that collects fields under Wireshark's names. Neither path of Decode
// allocates, but for datagrams that came in fragments. Every length is checked;
// what cannot be decoded is counted by reason and never panics. Payloads are
// borrowed from the frame. The package does no I/O and keeps no global state.
package decode
