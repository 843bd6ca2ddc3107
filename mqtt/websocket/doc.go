// Package websocket reads what carries MQTT through an HTTP port: the two heads
// of the upgrade (RFC 6455 section 4) and the frames behind them (section 5).
//
// Bytes go in, values come out: the package keeps no stream, does no input or
// output and never waits. It does not know MQTT; flows joins the two. Nothing is
// allocated for a frame, and every length is bounded before it is used.
package websocket
