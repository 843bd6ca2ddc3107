// Package replay hands out the frames of a capture in the time in which they came, or
// any number of times as fast, as a live capture would, and puts them onto an interface.
//
// A source of frames goes in, a source of frames comes out. The frames keep their own
// times and numbers. What time it is, and waiting, is the business of a Clock that the
// caller brings along.
package replay
