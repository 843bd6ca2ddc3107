package tcp

import "plcscope/decode"

// GapReason is why bytes are missing.
type GapReason uint8

const (
	Lost       GapReason = iota // the sequence numbers have a hole
	SnapLength                  // the capture cut the frame short
	MidStream                   // the capture began after the connection
	Overflow                    // a bound of Options was reached before a hole closed
	Unseen                      // the capture shows only the other direction
	Unreadable                  // nothing is missing, but what carries the bytes packs them; never reported by a Table
)

var gapNames = [...]string{"lost", "snap length", "mid-stream", "buffer full", "direction unseen", "unreadable"}

func (r GapReason) String() string {
	if int(r) < len(gapNames) {
		return gapNames[r]
	}
	return "unknown"
}

// Sink receives what happens on the connections of a Table. Its methods must
// not call the Table. Segments and bytes are borrowed until the method returns.
//
// For each connection the calls are Opened, then Data, Gap and End in any
// number, then Closed. Within a direction they follow the order of the stream;
// after End comes nothing more of that direction. Between the directions, the
// order is that of the capture except where the acknowledgement numbers prove
// it wrong.
type Sink interface {
	// Opened announces a connection by its first captured segment.
	Opened(c *Conn, s *decode.Segment)

	// Data delivers the next bytes of direction d; each byte of the stream is
	// delivered at most once. s is the segment that carried them and b is a part
	// of s.Payload, its end. When the segment had to wait, s is a copy of what was
	// new in it, Seq included, and its Options and Raw are nil.
	Data(c *Conn, d Dir, b []byte, s *decode.Segment)

	// Gap says that n bytes of direction d are not in the capture, or an unknown
	// number when n < 0; what follows comes after them. A direction whose start
	// is not in the capture has a Gap of unknown size and reason MidStream
	// before anything else. s is the segment of this connection at which the gap
	// was decided; nil when the clock, the table or the end decided it.
	Gap(c *Conn, d Dir, n int64, why GapReason, s *decode.Segment)

	// End says that direction d is over, by FIN or by RST in segment s, after
	// everything that was sent before.
	End(c *Conn, d Dir, s *decode.Segment, rst bool)

	// Closed is called once for each Opened. For a connection that ended by FIN
	// or RST it comes Options.Linger after the last segment, as stragglers may
	// follow. c is reused after it.
	Closed(c *Conn)
}
