// Package filter compiles display filters in Wireshark's language, as tshark 4 reads
// it, and matches them against the decoded fields of a frame:
//
//	mqtt.msgtype == 3 and mqtt.topic matches "^plant/" and not ip.addr == 10.0.0.0/8
//
// A field on its own asks whether it is there. A comparison holds when any value of the
// field fulfils it; `!=` holds when all values differ and there is one. `===` asks
// for all values, `!==` for any, and the words any and all before a comparison
// override both.
//
// A filter is compiled once and does not change; it names the fields that it needs, so
// that a caller decodes no more than these. Whoever matches takes a Matcher of their
// own, which holds the scratch space and allocates nothing in the steady state.
package filter
