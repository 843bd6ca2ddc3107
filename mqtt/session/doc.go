// Package session follows what an MQTT client and a server have between them:
// which packet identifiers are in use, how far each exchange has come, and what
// of it outlives a broken connection.
//
// Decoded packets go in, in the order in which they were seen, with the side
// that sent them; out comes how each relates to the exchanges before it: new,
// sent again, answering, answering nothing. The package judges nothing, does no
// I/O and never asks what time it is. State is bounded: what is forgotten is
// counted, so that nobody is accused for what was not remembered.
package session
