// Package tcp puts the segments of a capture back into the byte streams that
// the two ends of each connection exchanged. Segments go in through Table.Add
// in the order of the capture; bytes, gaps and ends come out as calls on a Sink.
//
// It knows no application protocol and never reads a clock: time is that of the
// segments, and the same segments give the same calls.
//
// Three promises shape the code. Each byte of a stream is delivered at most once
// and in order, and what is missing is said to be missing. What one side sent
// after it had received something is delivered after that something, even where
// the capture shows them the other way round. Every buffer has a bound, and
// reaching one is told to the sink and counted.
//
// In-order segments are delivered without a copy and without an allocation;
// others wait in pooled buffers. A Table is not safe for concurrent use.
package tcp
