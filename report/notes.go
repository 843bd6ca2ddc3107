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
	if r.Filter != "" {
		l = append(l, fmt.Sprintf("judged are only the connections with a frame that passes %s: %d of %d; frames, connections and messages are counted over the whole capture",
			r.Filter, r.Chosen, r.Totals.Flows.TCP.Opened))
	}
	for _, p := range r.Problems {
		l = append(l, p.String())
	}
	add := func(n uint64, one, many string) { l = numbered(l, n, one, many) }
	for _, f := range r.Files {
		for _, i := range f.Interfaces {
			add(i.Dropped+i.OSDrop, "the capturing interface dropped 1 packet", "the capturing interface dropped %d packets")
		}
	}
	d, t := r.Totals.Decode, r.Totals.Flows
	add(d.Cut, "the snap length cut 1 segment: what it lacks cannot be judged", "the snap length cut %d segments: what they lack cannot be judged")
	add(d.Skipped[decode.Truncated], "the snap length cut the headers of 1 frame", "the snap length cut the headers of %d frames")
	add(d.Skipped[decode.UnknownLink], "1 frame has a link layer that is not decoded", "%d frames have a link layer that is not decoded")
	add(d.Checksums[decode.ChecksumBad], "1 segment has a wrong TCP checksum", "%d segments have a wrong TCP checksum")
	add(d.Fragments.Lost(), "1 IP fragment lacks the rest of its datagram", "%d IP fragments lack the rest of their datagram")
	add(t.Gaps, "bytes are missing in 1 place of the TCP streams: what follows it is judged inconclusive",
		"bytes are missing in %d places of the TCP streams: what follows them is judged inconclusive")
	add(t.Duplicates, "1 frame is a duplicate of a mirror port and was passed over", "%d frames are duplicates of a mirror port and were passed over")
	add(t.MidStream, "1 connection begins before the capture", "%d connections begin before the capture")
	add(t.Encrypted, "1 connection is encrypted: nothing on it can be judged", "%d connections are encrypted: nothing on them can be judged")
	add(t.Compressed, "1 WebSocket connection compresses messages: these cannot be read, and what goes with them is judged inconclusive",
		"%d WebSocket connections compress messages: these cannot be read, and what goes with them is judged inconclusive")
	add(t.Oversized, "1 message is larger than what is kept of a message; its end was passed over",
		"%d messages are larger than what is kept of a message; their ends were passed over")
	add(t.TCP.ClosedFull, "1 connection was given up because too many were open", "%d connections were given up because too many were open")
	add(t.TCP.DirectionOverflows+t.TCP.TableOverflows, "once a reassembly buffer was full and a hole was given up early",
		"%d times a reassembly buffer was full and a hole was given up early")
	add(r.Book.Overflow, "more clients than are kept apart: 1 stands under \"further subjects\"", "more clients than are kept apart: %d share one line")
	return l
}

// nobody says that a capture has no subject.
const nobody = "the capture shows nobody whom a rule judges: no MQTT client or broker, no S7 client or controller"

// sources are the names of the files, for people.
func (r *Report) sources() []string {
	var l []string
	for _, f := range r.Files {
		if f.Name == "-" {
			l = append(l, "standard input")
		} else {
			l = append(l, Clean(f.Name))
		}
	}
	return l
}

// interruption says after how much the run was interrupted.
func (r *Report) interruption() string {
	return fmt.Sprintf("interrupted after %s: what comes behind was not looked at", plural(r.Totals.Frames, "frame"))
}

// numbered adds to l what is to be said of n things: nothing of none, one of a single
// one, and many, a format, of more.
func numbered(l []string, n uint64, one, many string) []string {
	switch n {
	case 0:
		return l
	case 1:
		return append(l, one)
	}
	return append(l, fmt.Sprintf(many, n))
}
