package tcp

import (
	"net/netip"

	"plcscope/decode"
)

// Dir is a direction of a connection: 0 is what Conn.End[0] sent, 1 what
// Conn.End[1] sent. It indexes End and Half.
type Dir uint8

// Peer returns the other direction.
func (d Dir) Peer() Dir { return d ^ 1 }

// Endpoint is one end of a connection.
type Endpoint struct {
	Addr decode.Addr
	Port uint16
}

// String returns "10.0.0.1:1883" or "[2001:db8::1]:102".
func (e Endpoint) String() string { return netip.AddrPortFrom(e.Addr.Netip(), e.Port).String() }

// Close is how a connection ended.
type Close uint8

const (
	StillOpen       Close = iota // it has not ended yet
	ClosedFIN                    // both sides sent FIN
	ClosedRST                    // one side sent RST before both had sent FIN
	ClosedIdle                   // no segment for longer than Options allows
	ClosedFull                   // evicted because the table was full
	ClosedReused                 // a SYN began a new connection between the same ports
	ClosedByCapture              // the capture ended
)

var closeNames = [...]string{"open", "fin", "rst", "idle", "table full", "ports reused", "end of capture"}

func (c Close) String() string {
	if int(c) < len(closeNames) {
		return closeNames[c]
	}
	return "unknown"
}

// Conn is one TCP connection. A sink may read its fields during any call and
// may set User; the table owns everything else. The pointer is valid from Opened
// until Closed returns.
type Conn struct {
	// ID counts the connections from 0 in the order of their first segments. A
	// SYN that begins a new connection between the same ports takes a new
	// number.
	ID uint64

	// Stream is the number that Wireshark 4.0 gives the connection, tcp.stream.
	// Several connections have the same when a SYN tried again with the same
	// sequence number after an end. Only an evicted connection that comes back
	// makes the two programs count differently.
	Stream uint64

	// User belongs to the sink. The table clears it for a new connection.
	User any

	pend  *pending // what waits to be delivered, nil when nothing does
	state state

	// InitiatorKnown says that a SYN or SYN-ACK told which end opened the
	// connection. Without it End[1] is a guess: the end whose port is a server's
	// by Options.ServerPort, or else the lower of the two.
	InitiatorKnown bool

	// CloseHow is set when the end is known and final when Closed is called.
	CloseHow Close

	// ClosedBy is the side whose FIN or RST came first in the order of delivery.
	// Valid when a FINFrame or RSTFrame is not 0.
	ClosedBy Dir
	closing  bool  // ClosedBy is set
	recentAt uint8 // what is to be replaced next in recent

	// VLAN of the first segment.
	VLAN uint16

	// End holds the initiator, if known, and the responder.
	End [2]Endpoint

	// Half holds what each end sent.
	Half [2]Half

	FirstFrame, LastFrame uint64 // frames of the first and of the latest segment
	FirstTime, LastTime   int64  // their times, nanoseconds since 1970-01-01 UTC

	// ACKFrame completed the handshake; 0 when that was not captured. The SYN
	// and SYN-ACK are Half[0].SYNFrame and Half[1].SYNFrame.
	ACKFrame uint64

	// ServerRTT is the time from the (last) SYN to the SYN-ACK and ClientRTT
	// from the SYN-ACK to the ACK, in nanoseconds, as the capture point saw
	// them: the round trips from there to either end. 0 when unknown.
	ServerRTT, ClientRTT int64

	recent [recentSegments]uint64 // fingerprints for the recognition of mirrored duplicates

	prev, next *Conn // neighbours in the list of state, least recently used first
	touched    int64 // when the connection was last moved to the end of that list
}

// RTT is the round-trip time between the two ends as measured by the handshake,
// in nanoseconds, or 0 when it was not captured whole.
func (c *Conn) RTT() int64 {
	if c.ServerRTT == 0 || c.ClientRTT == 0 {
		return 0
	}
	return c.ServerRTT + c.ClientRTT
}

// Waiting reports whether bytes that were captured are held back: for earlier ones, or
// for what they answer.
func (c *Conn) Waiting() bool { return c.pend != nil }

// Acked reports whether the peer has acknowledged the first n bytes of what d
// sent, counted from the start of the stream, or in mid-stream from the first
// byte delivered; gaps of known size count.
func (c *Conn) Acked(d Dir, n uint64) bool {
	h := &c.Half[d]
	return !before(h.acked, h.ISN+1+uint32(n))
}

// Half is one direction of a connection: what one end sent.
type Half struct {
	Segments           uint64 // without Duplicates and dropped BadChecksums
	Bytes              uint64 // payload that was new when it was captured
	GapBytes           uint64 // payload known to be missing in the capture
	RetransmittedBytes uint64 // payload that had been captured before
	Duplicates         uint64 // frames that a mirror port showed more than once

	// Retransmissions counts segments that brought bytes again, and segments
	// that filled a hole so late that they were no mere reordering.
	Retransmissions uint32

	OutOfOrder   uint32 // segments that filled a hole which a later one had left
	Conflicts    uint32 // bytes that a second copy gave another value; the first copy counts
	Gaps         uint32 // calls of Sink.Gap other than for the start in mid-stream
	KeepAlives   uint32 // probes one byte below the expected sequence number
	WindowProbes uint32 // single bytes sent into a closed window
	ZeroWindows  uint32 // segments that offered no window
	BadChecksums uint32 // segments with a wrong checksum, dropped or not
	Ignored      uint32 // segments far outside the window
	AfterEnd     uint32 // segments with payload behind the FIN or RST

	// ISN is the sequence number of the SYN; when that was not captured, the
	// number before the first one seen.
	ISN         uint32
	MaxWindow   uint32 // largest window offered, in bytes when both SYN were captured
	WindowScale int8   // shift count offered in the SYN, -1 when none was or no SYN captured
	Seen        bool   // a segment of this direction was captured

	based     bool   // base is set
	anchor    anchor // what next rests on
	shift     uint8  // by which windows are scaled
	trust     uint8  // segments with a bad checksum that would be dropped
	farCount  uint8  // segments that continued each other far outside the window
	sampling  bool   // a round-trip sample is under way
	window    uint16 // latest window offered, unscaled
	next      uint32 // sequence number of the next byte to deliver
	acked     uint32 // highest acknowledgement number that the peer sent
	farSeq    uint32 // where the latest of farCount ended
	sampleEnd uint32 // acknowledgement number that ends the sample
	base      uint32 // what Wireshark takes for the ISN
	sampleAt  int64  // when its segment was captured

	SYNFrame, FINFrame, RSTFrame uint64 // first frame with that flag, 0 for none
	SYNTime, FINTime, RSTTime    int64  // its time; of the last SYN when it was repeated

	RetransmissionTime int64 // of the latest of Retransmissions, 0 for none

	// RTTCount round trips were measured from a data segment of this direction
	// to the acknowledgement that covered it: what the peer and the path to it
	// took, in nanoseconds, delayed acknowledgements included.
	RTTMin, RTTSum int64
	RTTCount       uint32
}

// Base is the sequence number that Wireshark counts from, relative number 0. Valid once
// a segment of this direction, or an acknowledgement of it, was added.
func (h *Half) Base() uint32 { return h.base }

// Scaled is a window of this direction in bytes, by the shift count that both ends
// agreed on.
func (h *Half) Scaled(window uint16) uint32 { return uint32(window) << h.shift }

// anchor says what the expected sequence number of a direction rests on.
type anchor uint8

const (
	nowhere anchor = iota // nothing: no sequence number is known
	guessed               // mid-stream, nothing delivered yet: an earlier segment may still move it back
	firm                  // the handshake, or delivered data
	over                  // FIN or RST was delivered: nothing follows
)

// state tells which time-out a connection is subject to.
type state uint8

const (
	halfOpen    state = iota // only SYN and SYN-ACK were seen
	established              // anything else
	ended                    // both sides sent FIN, or one RST
	states
)
