// Package pcaps is where frames come from and go to: capture files in pcap and
// pcapng, plain or compressed, from disk or from a pipe, one or several read as
// one capture in time order; and a writer.
//
// Bytes of a file come in, batches of frames go out. The package knows nothing
// of what a frame holds and imports no other package of plcscope. Frames borrow
// the bytes of their batch; nothing is allocated per frame.
package pcaps
