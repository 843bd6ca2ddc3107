package pcaps

// LinkType is the kind of link-layer header that a frame begins with, as
// numbered in the registry of link-layer header types (LINKTYPE_ values).
type LinkType uint16

const (
	LinkNull      LinkType = 0 // BSD loopback, address family in the host's byte order
	LinkEthernet  LinkType = 1
	LinkPPP       LinkType = 9
	LinkPPPoE     LinkType = 51  // PPP over Ethernet, session stage
	LinkRaw       LinkType = 101 // an IPv4 or IPv6 packet
	LinkLoop      LinkType = 108 // OpenBSD loopback, address family in network byte order
	LinkLinuxSLL  LinkType = 113
	LinkIPv4      LinkType = 228
	LinkIPv6      LinkType = 229
	LinkLinuxSLL2 LinkType = 276
)

// Frame is one captured frame.
type Frame struct {
	Number uint64   // position in the whole capture, from 1, over all its files
	Time   int64    // nanoseconds since 1970-01-01 UTC, by the capturing clock
	Offset int64    // of the record's first byte in its (decompressed) file
	Length uint32   // bytes that the frame had on the wire; len(Data) is what was captured of it
	File   uint16   // index into Capture.Files
	Link   LinkType // what Data begins with
	Iface  uint32   // pcapng interface, counted over the sections of the file; 0 in pcap
	Data   []byte   // captured bytes, borrowed from the Batch
}

// Batch is a run of consecutive frames and the buffer that their bytes lie in.
// The zero value is ready to be filled. Frames are valid until the batch is
// filled again; two or more batches in turn let one goroutine read while
// another analyses.
type Batch struct {
	Frames []Frame
	buf    []byte
}
