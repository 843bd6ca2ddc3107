package pcaps

import (
	"fmt"
	"net/netip"
	"slices"
)

// File describes one file of a capture, as far as it has been read.
type File struct {
	Name        string     // as it was given to Open; "-" is standard input
	Format      string     // "pcap" or "pcapng"
	Compression string     // "gzip", "zstd" or "" when the file is plain
	Size        int64      // bytes on disk, as compressed as they lie there; 0 when unknown
	Frames      uint64     // frames read so far
	First, Last int64      // earliest and latest frame time, nanoseconds since 1970-01-01 UTC; 0 without frames
	Links       []LinkType // of pcap's header or pcapng's interfaces, each once
	SnapLen     uint32     // largest snap length announced, 0 for none
	Timeless    uint64     // frames of pcapng's simple packet blocks, which have no time: each got that of the frame before it

	// The rest is what pcapng can tell beside frames. Each list is bounded;
	// Omitted counts the entries that did not fit.
	Hardware, OS, Application string // of the first section that says it
	Interfaces                []Interface
	Comments                  []Comment
	Names                     []Name
	Secrets                   int // decryption secrets blocks, which are not used
	Omitted                   int
}

// Interface is one capturing interface of a pcapng file.
type Interface struct {
	Name        string
	Description string
	Filter      string // capture filter as text
	OS          string
	Link        LinkType
	SnapLen     uint32 // 0 for none

	// From the last interface statistics block, when Counted is true. A counter
	// that the block does not hold is 0.
	Counted  bool
	Received uint64 // packets that the interface saw
	Dropped  uint64 // packets lost by the interface for want of resources
	OSDrop   uint64 // packets lost by the operating system
}

// Comment is a comment written into a pcapng file.
type Comment struct {
	Frame uint64 // frame of the file, from 1, that the comment is about; 0 for the file itself
	Text  string // as in the file: escape it before a terminal
}

// Name is one entry of a name resolution block.
type Name struct {
	Addr netip.Addr
	Name string
}

// Problem is something about a file that its user must know: frames may be
// missing from what follows it.
type Problem struct {
	File   string // name
	Frame  uint64 // frame of the file, from 1, that the problem is at; 0 when it concerns the file
	Offset int64  // bytes into the (decompressed) file
	Text   string
}

// Error makes a Problem usable as an error; it is String.
func (p *Problem) Error() string { return p.String() }

// String is the problem as one line, as in
//
//	capture.pcapng: frame 812 at byte 90112: record says 70000 bytes, the file has 1204 left; the 811 frames before it were analysed
func (p Problem) String() string {
	if p.Frame == 0 {
		return fmt.Sprintf("%s: %s", p.File, p.Text)
	}
	return fmt.Sprintf("%s: frame %d at byte %d: %s", p.File, p.Frame, p.Offset, p.Text)
}

// before is the half sentence that says what a broken file was still good for.
func before(frames uint64) string {
	switch frames {
	case 0:
		return "no frame comes before it"
	case 1:
		return "the 1 frame before it was analysed"
	}
	return fmt.Sprintf("the %d frames before it were analysed", frames)
}

// Bounds of what is kept of a file beside its frames.
const (
	maxKept = 1024 // interfaces, comments, names: each
	maxText = 4096 // bytes of one text
)

// keep appends v to list unless the list is full.
func keep[T any](f *File, list []T, v T) []T {
	if len(list) >= maxKept {
		f.Omitted++
		return list
	}
	return append(list, v)
}

func (f *File) addLink(l LinkType) {
	if !slices.Contains(f.Links, l) {
		f.Links = keep(f, f.Links, l)
	}
}

// clone copies f so that its owner may go on writing to it.
func (f *File) clone() File {
	c := *f
	c.Links = slices.Clone(f.Links)
	c.Interfaces = slices.Clone(f.Interfaces)
	c.Comments = slices.Clone(f.Comments)
	c.Names = slices.Clone(f.Names)
	return c
}

// oneMore makes out longer by a frame, whose contents are left over.
func oneMore(out []Frame) []Frame {
	if len(out) < cap(out) {
		return out[:len(out)+1]
	}
	return append(out, Frame{})
}
