// Package packets lists every frame with its fields and its bytes, which highlight each other, and follows
// streams as messages.
package packets
