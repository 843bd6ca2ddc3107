package tcp

// Options tune a Table. In each field 0 stands for the default. Times are
// nanoseconds of capture time.
type Options struct {
	// KeyVLAN keeps connections between the same ports in different VLANs
	// apart. Off by default: mirror ports often tag one direction only.
	KeyVLAN bool

	// ServerPort, if set, helps to guess which end of a connection that began
	// before the capture is the server. Otherwise the lower port is.
	ServerPort func(port uint16) bool

	// PatienceSegments and PatienceTime bound how long data waits for bytes that
	// must come before it and that the other side has acknowledged: so many
	// further segments of the connection, or so long. Then the bytes are
	// declared lost. Defaults: 64 and 1 s.
	PatienceSegments int
	PatienceTime     int64

	// OneSidedTime is how long a hole stays open in a direction whose peer was
	// never seen, where no acknowledgement can tell whether a retransmission is
	// still to come. Default: 60 s.
	OneSidedTime int64

	// DuplicateTime is the longest delay between the copies of a frame that a
	// mirror port shows twice. Default: 20 ms. Where the IP header has no
	// identification to tell a copy from a retransmission it is 1 ms at most.
	DuplicateTime int64

	// MaxDirectionBytes and MaxDirectionSegments bound what waits in one
	// direction of one connection. Defaults: 1 MiB and 4096.
	MaxDirectionBytes    int
	MaxDirectionSegments int

	// MaxBuffered bounds the memory in bytes, with its overhead, that waiting
	// segments of all connections take. Default: 64 MiB.
	MaxBuffered int64

	// MaxConnections bounds the connections that are remembered at a time. The
	// longest idle one is evicted, ended ones first. Default: 1 000 000.
	MaxConnections int

	// IdleTime evicts established connections. The default of 3 h lets
	// connections live that only TCP keep-alives of the usual 2 h hold open.
	IdleTime int64
	// HandshakeTime evicts connections that did not get beyond SYN and SYN-ACK.
	// Default: 2 min.
	HandshakeTime int64
	// Linger is how long a connection that ended by FIN or RST is remembered for
	// the sake of late segments. Default: 2 min.
	Linger int64
}

const (
	millisecond = 1e6
	second      = 1e9
)

// Defaults returns o with the defaults in the place of zeros.
func (o Options) Defaults() Options {
	o.setDefaults()
	return o
}

func (o *Options) setDefaults() {
	number := func(p *int, v int) {
		if *p <= 0 {
			*p = v
		}
	}
	span := func(p *int64, v int64) {
		if *p <= 0 {
			*p = v
		}
	}
	number(&o.PatienceSegments, 64)
	span(&o.PatienceTime, second)
	span(&o.OneSidedTime, 60*second)
	span(&o.DuplicateTime, 20*millisecond)
	number(&o.MaxDirectionBytes, 1<<20)
	number(&o.MaxDirectionSegments, 4096)
	span(&o.MaxBuffered, 64<<20)
	number(&o.MaxConnections, 1_000_000)
	span(&o.IdleTime, 3*3600*second)
	span(&o.HandshakeTime, 120*second)
	span(&o.Linger, 120*second)
}

// Stats counts what a Table did. Each reached bound is counted here and told to
// the sink by Gap with reason Overflow or by Conn.CloseHow.
type Stats struct {
	Segments    uint64 // handed to Add
	Opened      uint64 // connections
	Closed      uint64 // connections, in whatever way
	Connections int    // open now, lingering ones included
	Peak        int    // most of them at a time

	ClosedIdle   uint64 // evicted for being idle or never established
	ClosedFull   uint64 // evicted because of MaxConnections
	ClosedReused uint64 // replaced by a new connection between the same ports

	DirectionOverflows uint64 // times that a direction's bound was reached
	TableOverflows     uint64 // times that MaxBuffered was reached

	Buffered     int64 // bytes of memory that waiting segments take now
	PeakBuffered int64 // the most of it at a time
}

// Add adds the counts of another table.
func (s *Stats) Add(o Stats) {
	s.Segments += o.Segments
	s.Opened += o.Opened
	s.Closed += o.Closed
	s.Connections += o.Connections
	s.Peak += o.Peak
	s.ClosedIdle += o.ClosedIdle
	s.ClosedFull += o.ClosedFull
	s.ClosedReused += o.ClosedReused
	s.DirectionOverflows += o.DirectionOverflows
	s.TableOverflows += o.TableOverflows
	s.Buffered += o.Buffered
	s.PeakBuffered += o.PeakBuffered
}
