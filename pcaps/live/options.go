package live

import (
	"fmt"

	"golang.org/x/net/bpf"

	"plcscope/pcaps"
)

// Any is the name that stands for all interfaces together, on Linux; its frames have
// the link type LinkLinuxSLL.
const Any = "any"

// Options of a live capture. The zero value is the usual choice.
type Options struct {
	SnapLen     int  // most bytes kept of a frame, a restored VLAN tag included; 0 means 262144
	Buffer      int  // bytes of kernel memory for each interface; 0 means 32 MiB
	Rings       int  // rings for each interface, filled by the hash of the flow; 0 means 1, at most 64, and 1 with libpcap and Npcap
	BatchBytes  int  // buffer of a batch; 0 means 256 KiB
	Promiscuous bool // also take frames that are addressed to others
	Hardware    bool // time stamps of the network card; an error where it has none

	// Filter, when set, makes the program that selects frames, for the link type
	// that an interface has. Its result is the number of bytes to keep, at most snap.
	Filter func(link pcaps.LinkType, snap int) ([]bpf.RawInstruction, error)
}

const (
	maxSnapLen = 256 << 10
	maxRings   = 64
	maxBuffer  = 4 << 30
)

// filled returns o with what its zeros mean, or what is wrong with it.
func (o Options) filled() (Options, error) {
	if o.SnapLen == 0 {
		o.SnapLen = maxSnapLen
	}
	if o.Buffer == 0 {
		o.Buffer = 32 << 20
	}
	if o.Rings == 0 {
		o.Rings = 1
	}
	if o.BatchBytes == 0 {
		o.BatchBytes = 256 << 10
	}
	switch {
	case o.SnapLen < 1 || o.SnapLen > maxSnapLen:
		return o, fmt.Errorf("snap length %d: from 1 to %d bytes can be kept", o.SnapLen, maxSnapLen)
	case o.Buffer < 0 || int64(o.Buffer) > maxBuffer:
		return o, fmt.Errorf("buffer of %d bytes: up to %d can be had", o.Buffer, int64(maxBuffer))
	case o.Rings < 0 || o.Rings > maxRings:
		return o, fmt.Errorf("%d rings: from 1 to %d can be had", o.Rings, maxRings)
	case o.BatchBytes < 0 || o.BatchBytes > 1<<30:
		return o, fmt.Errorf("batches of %d bytes: up to %d can be had", o.BatchBytes, 1<<30)
	}
	return o, nil
}

// Stats is what the kernel has counted at one interface since the capture began.
type Stats struct {
	Received  uint64 // frames that passed the filter, those dropped included; on macOS also those that did not pass
	Dropped   uint64 // frames lost because the ring, or the buffer, was full
	IfDropped uint64 // frames that the interface lost before, as libpcap tells; 0 without libpcap
	Freezes   uint64 // times that the ring became full; 0 with libpcap
	Downs     uint64 // times that the interface went down
	Away      bool   // it has vanished; it is waited for
}

func (s *Stats) add(o Stats) {
	s.Received += o.Received
	s.Dropped += o.Dropped
	s.IfDropped += o.IfDropped
	s.Freezes += o.Freezes
	s.Downs += o.Downs
}
