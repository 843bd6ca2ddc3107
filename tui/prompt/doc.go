// Package prompt is a line of the screen that the user types into: a display filter, a
// command, what to search for. It edits, remembers, proposes what may follow, and says
// what is wrong while it is typed. What a line means is told by whoever asks for it.
package prompt
