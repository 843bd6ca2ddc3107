// Package keep remembers, from one session of the terminal interface to the next, what
// the user had set for a capture (view, filter, marks, sessions) and what was typed. It
// keeps small files in the user's folder for such things, never beside a capture, and
// only so many of them.
package keep
