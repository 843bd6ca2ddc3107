// Package write keeps captures: as one file or a ring of files in pcapng, plain or
// packed with zstd, and, with a Window, only what surrounds an event.
//
// Frames come in, borrowed and unaltered, files go out. A file is called NAME.part
// while it is written; it is synchronised with the disk and renamed once complete. It
// always ends in a whole block, so that it can be read while it grows and after its
// writer was killed. Trouble with the disk is counted and told, and never stops who
// captures. The package asks nobody for the time: frames and Tick bring it.
package write
