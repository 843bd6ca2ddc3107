package report

import (
	"fmt"

	"plcscope/decode"
)

// Notes are the things about the capture that bear on its verdicts: bytes that
// are missing, bounds that were reached, traffic that could not be looked into.
func (r *Report) Notes() []string {
	var l []string
	if r.Interrupted {
		l = append(l, r.interruption())
	}
	for _, p := range r.Problems {
		l = append(l, p.String())
	}
	add := func(n uint64, format string) {
		if n > 0 {
			l = append(l, fmt.Sprintf(format, n))
		}
	}
	for _, f := range r.Files {
		for _, i := range f.Interfaces {
			add(i.Dropped+i.OSDrop, "the capturing interface dropped %d packets")
		}
	}
	d, t := r.Totals.Decode, r.Totals.Flows
	add(d.Cut, "the snap length cut %d segments: what they lack cannot be judged")
	add(d.Skipped[decode.Truncated], "the snap length cut the headers of %d frames")
	add(d.Skipped[decode.UnknownLink], "%d frames have a link layer that is not decoded")
	add(d.Checksums[decode.ChecksumBad], "%d segments have a wrong TCP checksum")
	add(d.Fragments.Lost(), "%d IP fragments lack the rest of their datagram")
	add(t.Gaps, "bytes are missing in %d places of the TCP streams: what follows them is judged inconclusive")
	add(t.Duplicates, "%d frames are duplicates of a mirror port and were passed over")
	add(t.MidStream, "%d connections begin before the capture")
	add(t.Encrypted, "%d connections are encrypted: nothing on them can be judged")
	add(t.Compressed, "%d WebSocket connections compress messages: these cannot be read, and what goes with them is judged inconclusive")
	add(t.Oversized, "%d messages are larger than what is kept of a message; their ends were passed over")
	add(t.TCP.ClosedFull, "%d connections were given up because too many were open")
	add(t.TCP.DirectionOverflows+t.TCP.TableOverflows, "%d times a reassembly buffer was full and a hole was given up early")
	add(r.Book.Overflow, "more clients than are kept apart: %d share one line")
	return l
}

// interruption says after how much the run was interrupted.
func (r *Report) interruption() string {
	return fmt.Sprintf("interrupted after %s: what comes behind was not looked at", plural(r.Totals.Frames, "frame"))
}
