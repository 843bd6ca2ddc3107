package decode

import "fmt"

// Reason says why a frame yielded no TCP segment.
type Reason uint8

const (
	accepted          Reason = iota // it did yield one
	NotIP                           // ARP, LLDP, PROFINET and everything else above the link that is no IP
	UDP                             // UDP that is no known tunnel
	OtherProtocol                   // IP with another transport: ICMP, ESP, SCTP, no next header
	FragmentHeld                    // kept until the rest of its datagram arrives
	FragmentDuplicate               // repeats bytes that the datagram already has
	FragmentMalformed               // reaches past 65 535 bytes, or a middle one that is no multiple of eight
	Truncated                       // the snap length cut a header that was on the wire
	MalformedLink                   // link header that contradicts itself or is shorter than it must be
	MalformedTunnel                 // GRE, ERSPAN, UDP or VXLAN header
	MalformedIPv4                   // version, header length or total length
	MalformedIPv6                   // version or extension header
	MalformedTCP                    // fewer than 20 bytes, or a data offset outside the segment
	UnknownLink                     // a link type that is not decoded
	TooDeep                         // more layers inside each other than maxDepth
	numReasons
)

var reasonNames = [numReasons]string{
	"TCP", "not IP", "UDP", "other IP protocol",
	"fragment held", "duplicate fragment", "malformed fragment",
	"cut by the snap length", "malformed link header", "malformed tunnel header",
	"malformed IPv4 header", "malformed IPv6 header", "malformed TCP header",
	"unknown link type", "too many layers",
}

func (r Reason) String() string {
	if r < numReasons {
		return reasonNames[r]
	}
	return fmt.Sprintf("reason %d", uint8(r))
}

// Reasons lists every reason, in the order in which reports show them.
func Reasons() []Reason {
	all := make([]Reason, 0, numReasons-1)
	for r := accepted + 1; r < numReasons; r++ {
		all = append(all, r)
	}
	return all
}

// Tunnel is an encapsulation between the frame and the segment.
type Tunnel uint8

const (
	TunnelIPIP   Tunnel = iota // IPv4 or IPv6 in IPv4 or IPv6
	TunnelGRE                  // GRE that carries IP
	TunnelBridge               // GRE that carries Ethernet, protocol 0x6558
	TunnelERSPAN1
	TunnelERSPAN2
	TunnelERSPAN3
	TunnelVXLAN
	TunnelPPPoE
	TunnelMPLS
	numTunnels
)

var tunnelNames = [numTunnels]string{
	"IP in IP", "GRE", "Ethernet over GRE", "ERSPAN type I", "ERSPAN type II", "ERSPAN type III",
	"VXLAN", "PPPoE", "MPLS",
}

func (t Tunnel) String() string {
	if t < numTunnels {
		return tunnelNames[t]
	}
	return fmt.Sprintf("tunnel %d", uint8(t))
}

// Stats counts what a Decoder met. Frames equals Segments plus the sum of
// Skipped: every frame is in one of them.
type Stats struct {
	Frames   uint64
	Segments uint64
	Skipped  [numReasons]uint64 // by Reason

	Checksums        [ChecksumBad + 1]uint64 // segments by what is known of their TCP checksum
	BadIPv4Checksums uint64                  // IPv4 headers whose checksum is wrong and not zero
	Cut              uint64                  // segments of which the snap length took payload or options

	Tagged  uint64             // frames with an 802.1Q, 802.1ad or 0x9100 tag, also inside tunnels
	Tunnels [numTunnels]uint64 // headers met, by Tunnel

	Fragments FragmentStats
}

// FragmentStats counts IP fragments and the datagrams that they are parts of.
// Fragments that were held are in the end Reassembled, Expired, Evicted or
// still Pending.
type FragmentStats struct {
	Datagrams   uint64 // completed
	Reassembled uint64 // fragments of completed datagrams
	Expired     uint64 // fragments whose datagram was not complete after its time
	Evicted     uint64 // fragments given up to stay within the memory bound
	Pending     uint64 // fragments held at this moment
	Overlaps    uint64 // fragments that brought new bytes and repeated others: the first kept
}

// Lost is the number of fragments from which nothing came.
func (f *FragmentStats) Lost() uint64 { return f.Expired + f.Evicted + f.Pending }

// Add adds the counts of another decoder.
func (s *Stats) Add(o *Stats) {
	s.Frames += o.Frames
	s.Segments += o.Segments
	for i := range s.Skipped {
		s.Skipped[i] += o.Skipped[i]
	}
	for i := range s.Checksums {
		s.Checksums[i] += o.Checksums[i]
	}
	s.BadIPv4Checksums += o.BadIPv4Checksums
	s.Cut += o.Cut
	s.Tagged += o.Tagged
	for i := range s.Tunnels {
		s.Tunnels[i] += o.Tunnels[i]
	}
	s.Fragments.Datagrams += o.Fragments.Datagrams
	s.Fragments.Reassembled += o.Fragments.Reassembled
	s.Fragments.Expired += o.Fragments.Expired
	s.Fragments.Evicted += o.Fragments.Evicted
	s.Fragments.Pending += o.Fragments.Pending
	s.Fragments.Overlaps += o.Fragments.Overlaps
}
