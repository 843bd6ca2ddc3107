// Package frames puts together what is known of one frame: its headers, its place in the
// capture and in its TCP connection, and the messages that it completes, all as fields
// under Wireshark's names. A Sieve holds that against a display filter, frame by frame,
// as tshark -Y does.
//
// It looks at the same events as every observer and keeps a little state per connection.
// Only fields that somebody asked for are made.
package frames
