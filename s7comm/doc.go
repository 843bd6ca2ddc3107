// Package s7comm decodes and encodes what programmable controllers of the SIMATIC
// family speak on TCP port 102: TPKT (RFC 1006), COTP class 0 (ISO 8073) and the S7
// protocol inside it, known by its first byte 0x32. S7comm-plus (0x72) is recognised
// and framed.
//
// Bytes come in and structs, and on request field trees, go out. Three readers stand
// on each other, one file each: tpkt.go cuts the stream, cotp.go reads one TPDU and
// assembler.go joins the fragments of a TSDU, header.go reads the S7 message in it and
// calls the file of its function. transactions.go joins answers to their requests.
//
// The contents of userdata messages lie in one file for each function group: szl.go and
// the tables beside it, diagnostic.go, message.go, alarm.go, blockinfo.go, testjob.go,
// cyclic.go, pbc.go, clock.go, ncprogram.go. Decode only joins their fragments; the
// methods of Userdata read a struct when somebody asks for it, and a tree shows every
// element. blocktransfer.go joins blocks that are loaded or read back.
//
// A PDU is reused from message to message and borrows the bytes that it was given;
// decoding allocates nothing once its slices have grown. The package does no I/O, reads
// no clock, keeps no global state and trusts no length field. A message that breaks a
// rule yields what could be read of it and a *Malformed; nothing is dropped.
//
// Offsets count from the first byte of the TPKT. In a message that was joined from
// several TPKTs (PDU.Reassembled) the offsets of S7 elements count from the first byte
// of the TSDU instead. Content that was joined from several userdata messages has nodes
// that lie in the last of them; those of bytes that came earlier have the length 0.
package s7comm
