// Package filter compiles capture filters, in the language of pcap-filter(7), for the
// machine in the kernel that selects frames. An expression comes in, a program goes
// out; what it selects is what tcpdump selects, which the tests hold side by side.
//
// Understood are host, net, port, portrange, proto, ether host, vlan, less, greater,
// the names of protocols, src and dst, and, or, not, parentheses, and comparisons of
// arithmetic over bytes such as tcp[13] & 2 != 0. Addresses and numbers are given as
// such: no name is looked up. What is not understood is an error that shows the place,
// never a filter that selects something else.
//
// As in tcpdump, vlan moves what follows it behind the tag.
package filter
