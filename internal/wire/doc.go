// Package wire holds what every protocol decoder of plcscope shares: a cursor
// that reads borrowed bytes and cannot run past their end, the description of a
// field under the name that Wireshark's users know, and the tree of decoded
// fields that one message yields.
//
// Bytes come in, numbers, slices of those bytes and (only when somebody asks for
// them) field nodes go out. The package allocates nothing per message once a
// tree has grown, does no I/O, keeps no state and imports only the standard
// library.
package wire
