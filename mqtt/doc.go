// Package mqtt decodes and encodes the control packets of MQTT 3.1, 3.1.1 and
// 5.0.
//
// Bytes of a TCP stream come in, Next says where a control packet ends, and
// Packet.Decode fills a reused struct whose slices point into those bytes;
// Packet.Dissect also fills a tree with every field under the name that
// Wireshark's users know. Packet.Append writes a packet back, right or wrong on
// purpose. LooksLikeConnect, Plausible and GuessVersion find MQTT where nobody
// announced it.
//
// Decoding assigns bytes to fields and stops where that cannot be done, with a
// Malformed that names the offset and the clause. It does not judge: a PUBLISH
// with QoS 3, an identifier of zero or bytes behind the last field decode, and
// conformance rules decide what they mean.
//
// The package does no I/O, keeps no state between packets beyond the Packet
// that the caller reuses, allocates nothing once that has grown, and imports
// only the standard library and internal/wire.
//
// Clauses are written as the standards number them, "MQTT-3.1.3-3", read for the
// version by which the packet was decoded (the same number may be another
// statement in the other version); what has no number is named by its section,
// "3.1 §2.1".
package mqtt
