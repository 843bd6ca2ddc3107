// Package outlet hands lines to those who want them: a file, a stream, syslog, an MQTT
// broker. Nobody is ever waited for: each outlet has a queue of its own with a bound,
// and what finds no room in it, or cannot be delivered, is dropped and counted.
package outlet
