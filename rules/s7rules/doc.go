// Package s7rules is the catalogue of rules for ISO-on-TCP and S7 communication, and
// the engine that runs them over the events of package flows. TPKT and COTP have
// standards (RFC 1006, ISO 8073); what holds in the S7 protocol is known by
// observation of controllers and of what their partners stumble over.
//
// It is built as package mqttrules is: a rule is one value, state that several rules
// need is kept once, in Conn, and the engine decides whether the capture allows a
// violation to be certain. A message is shown to the rules of its shape (index.go),
// and to most of them only when something about it is out of the ordinary (oddity.go).
//
// To add a rule: write the value in the file of its chapter, name it in All, and
// give it conversations in the test beside it, one that breaks it and one that
// keeps it.
package s7rules
