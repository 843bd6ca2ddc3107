// Package watch tells what happens on connections while it happens: that one begins
// or is over, that an MQTT client is accepted, refused, or gone. It counts messages by
// what they are.
//
// A Watcher is a flows.Observer. It keeps a few hundred bytes for each connection that
// is open and nothing for those that are over, and does not allocate for messages.
package watch
