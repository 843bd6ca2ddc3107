package craft

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"time"

	"plcscope/pcaps"
)

// Capture is a capture in the making. Its clock runs on with every frame, so that
// the connections of a capture mix in the order of the calls.
type Capture struct {
	frames []pcaps.Frame
	now    int64
	link   pcaps.LinkType
	ipID   map[netip.Addr]uint16 // the identification that a host uses next
}

// New begins a capture, at noon of an ordinary day.
func New() *Capture {
	return &Capture{
		now:  time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC).UnixNano(),
		link: pcaps.LinkEthernet,
		ipID: map[netip.Addr]uint16{},
	}
}

// At sets the time of the next frame.
func (c *Capture) At(t time.Time) *Capture {
	c.now = t.UnixNano()
	return c
}

// After lets time pass.
func (c *Capture) After(d time.Duration) *Capture {
	c.now += int64(d)
	return c
}

// Link sets the link type of the frames that follow.
func (c *Capture) Link(l pcaps.LinkType) *Capture {
	c.link = l
	return c
}

// Frame adds a frame as it is.
func (c *Capture) Frame(data []byte) *Capture {
	c.frames = append(c.frames, pcaps.Frame{Time: c.now, Link: c.link, Length: uint32(len(data)), Data: data})
	c.now += int64(microsecond)
	return c
}

// Frames returns the frames made so far, numbered, with the offsets that they have
// in a pcap file.
func (c *Capture) Frames() []pcaps.Frame {
	frames := append([]pcaps.Frame(nil), c.frames...)
	number(frames)
	return frames
}

// Bytes returns the capture as the bytes of a pcap file, or of a pcapng file when
// its frames have several link types.
func (c *Capture) Bytes() []byte { return Bytes(c.Frames()) }

// WriteFile writes the capture to a file, see Bytes.
func (c *Capture) WriteFile(path string) error { return WriteFile(path, c.Frames()) }

// Capture returns the capture as one that is read.
func (c *Capture) Capture() *pcaps.Capture { return Open(c.Frames()) }

// Bytes returns frames as the bytes of a pcap file, or of a pcapng file when they
// have several link types.
func Bytes(frames []pcaps.Frame) []byte {
	link := pcaps.LinkEthernet
	if len(frames) > 0 {
		link = frames[0].Link
	}
	var b bytes.Buffer
	w := pcaps.NewWriter(&b, link)
	for i := range frames {
		if frames[i].Link != link {
			b.Reset()
			w = pcaps.NewNGWriter(&b)
			break
		}
	}
	for i := range frames {
		if err := w.WriteFrame(&frames[i]); err != nil {
			panic("craft: " + err.Error())
		}
	}
	if err := w.Flush(); err != nil {
		panic("craft: " + err.Error())
	}
	return b.Bytes()
}

// WriteFile writes frames to a file, see Bytes.
func WriteFile(path string, frames []pcaps.Frame) error {
	return os.WriteFile(path, Bytes(frames), 0o666)
}

// Open returns frames as a capture that is read.
func Open(frames []pcaps.Frame) *pcaps.Capture {
	c, err := pcaps.NewReader(bytes.NewReader(Bytes(frames)), "crafted", pcaps.Options{})
	if err != nil {
		panic(fmt.Sprintf("craft: %v", err))
	}
	return c
}

// number numbers frames and gives them the offsets that they have in a pcap file.
func number(frames []pcaps.Frame) {
	off := int64(24)
	for i := range frames {
		f := &frames[i]
		f.Number, f.Offset = uint64(i)+1, off
		off += 16 + int64(len(f.Data))
	}
}
