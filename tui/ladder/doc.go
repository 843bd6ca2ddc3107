// Package ladder draws what sessions have said to each other as a sequence diagram, one
// column for each endpoint, and sets two messages side by side.
//
// A script (script.go) is the order of what is shown: four bytes for each message of the
// sessions, and events between them. It grows with the capture and is made beside the
// interface where it is long. Everything else is read when a row is drawn: the message is
// decoded from its bytes (caption.go), its place in the exchange asked of the index
// (exchange.go), what was found about it looked up (evidence.go).
package ladder
