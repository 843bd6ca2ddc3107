package craft

import (
	"encoding/binary"
	"net/netip"
	"time"

	"plcscope/pcaps"
)

const microsecond = time.Microsecond

// Who ends a connection or sends a probe.
const (
	ByClient = true
	ByServer = false
)

// Endpoint is an address and a port.
type Endpoint = netip.AddrPort

// Host reads an endpoint such as "10.0.0.5:2000" or "[fd00::5]:2000".
func Host(s string) Endpoint { return netip.MustParseAddrPort(s) }

// Option is a property of a connection.
type Option func(*Conn)

// VLAN tags the connection's frames, outermost identifier first.
func VLAN(ids ...uint16) Option { return func(c *Conn) { c.vlans = ids } }

// MSS is the longest payload of a segment, 1460 (IPv6: 1440) otherwise.
func MSS(n int) Option { return func(c *Conn) { c.mss = n } }

// RTT is the time from a segment to the answer to it, 1 ms otherwise.
func RTT(d time.Duration) Option { return func(c *Conn) { c.rtt = int64(d) } }

// MidStream leaves the handshake out, as if the capture had begun later.
func MidStream() Option { return func(c *Conn) { c.midStream = true } }

// ISN sets the initial sequence numbers, which follow from the endpoints
// otherwise.
func ISN(client, server uint32) Option {
	return func(c *Conn) { c.client.seq, c.server.seq = client, server }
}

// Conn is a TCP connection in a capture. Its methods add frames and return it.
type Conn struct {
	capture        *Capture
	client, server side
	vlans          []uint16
	mss            int
	rtt            int64
	midStream      bool
}

// side is one end of a connection.
type side struct {
	addr    Endpoint
	seq     uint32 // of the next byte that it sends
	ack     uint32 // the next byte that it expects
	hop     uint8
	service uint8
}

// Connection begins a capture of a single connection.
func Connection(client, server string, opts ...Option) *Conn {
	return New().Connect(Host(client), Host(server), opts...)
}

// Connect opens a connection with a handshake.
func (c *Capture) Connect(client, server Endpoint, opts ...Option) *Conn {
	n := &Conn{
		capture: c,
		client:  side{addr: client, hop: 64},
		server:  side{addr: server, hop: 128},
		mss:     1460,
		rtt:     int64(time.Millisecond),
	}
	if client.Addr().Is6() {
		n.mss = 1440
	}
	n.client.seq, n.server.seq = isn(client, server), isn(server, client)
	for _, o := range opts {
		o(n)
	}
	n.client.ack, n.server.ack = n.server.seq, n.client.seq
	if n.midStream {
		return n
	}
	n.client.ack = 0
	n.send(&n.client, syn, nil, n.synOptions())
	n.client.seq++
	n.server.ack++
	n.wait()
	n.send(&n.server, syn|ack, nil, n.synOptions())
	n.server.seq++
	n.client.ack = n.server.seq
	n.wait()
	n.send(&n.client, ack, nil, nil)
	return n
}

// isn is an initial sequence number that differs from connection to connection.
func isn(a, b Endpoint) uint32 {
	h := uint32(2166136261) // FNV-1a
	for _, p := range []Endpoint{a, b} {
		bytes, _ := p.MarshalBinary()
		for _, c := range bytes {
			h = (h ^ uint32(c)) * 16777619
		}
	}
	return h
}

// synOptions are maximum segment size, window scale and selective
// acknowledgements permitted.
func (n *Conn) synOptions() []byte {
	b := binary.BigEndian.AppendUint16([]byte{2, 4}, uint16(n.mss))
	return append(b, 1, 3, 3, 2, 1, 1, 4, 2)
}

// send adds one segment of a side.
func (n *Conn) send(from *side, flags uint8, payload, options []byte) {
	to := n.peer(from)
	p := packet{
		link: n.capture.link, vlans: n.vlans, src: from.addr, dst: to.addr, hop: from.hop, service: from.service,
		flags: flags, window: 32768, seq: from.seq, options: options, payload: payload,
	}
	if flags&ack != 0 {
		p.ack = from.ack
	}
	if from.addr.Addr().Is4() {
		n.capture.ipID[from.addr.Addr()]++
		p.id = n.capture.ipID[from.addr.Addr()]
	}
	n.capture.Frame(p.frame())
}

func (n *Conn) peer(s *side) *side {
	if s == &n.client {
		return &n.server
	}
	return &n.client
}

func (n *Conn) side(client bool) *side {
	if client {
		return &n.client
	}
	return &n.server
}

// wait passes the time until an answer.
func (n *Conn) wait() { n.capture.now += n.rtt / 2 }

// write sends data in segments that end at the cuts and are no longer than the
// maximum; the peer acknowledges every second one and the last.
func (n *Conn) write(from *side, data []byte, cuts []int) {
	to := n.peer(from)
	unacked := 0
	for off := 0; off < len(data); {
		end := min(off+n.mss, len(data))
		for _, c := range cuts {
			if c > off && c < end {
				end = c
			}
		}
		flags := uint8(ack)
		if end == len(data) {
			flags |= psh
		}
		n.send(from, flags, data[off:end], nil)
		from.seq += uint32(end - off)
		off = end
		if unacked++; unacked == 2 || off == len(data) {
			unacked = 0
			n.wait()
			to.ack = from.seq
			n.send(to, ack, nil, nil)
		}
	}
	n.wait()
}

// Client sends data of the client, each argument as one write.
func (n *Conn) Client(data ...[]byte) *Conn {
	for _, b := range data {
		n.write(&n.client, b, nil)
	}
	return n
}

// Server sends data of the server, each argument as one write.
func (n *Conn) Server(data ...[]byte) *Conn {
	for _, b := range data {
		n.write(&n.server, b, nil)
	}
	return n
}

// ClientSegments sends data of the client in segments that end at the given
// offsets, and at its end.
func (n *Conn) ClientSegments(cuts []int, data []byte) *Conn {
	n.write(&n.client, data, cuts)
	return n
}

// ServerSegments sends data of the server in segments that end at the given
// offsets, and at its end.
func (n *Conn) ServerSegments(cuts []int, data []byte) *Conn {
	n.write(&n.server, data, cuts)
	return n
}

// Coalesce joins messages, to be sent as one write.
func Coalesce(messages ...[]byte) []byte {
	var b []byte
	for _, m := range messages {
		b = append(b, m...)
	}
	return b
}

// ClientUnseen sends data of the client that the capture has missed, though the
// server got it.
func (n *Conn) ClientUnseen(data ...[]byte) *Conn {
	for _, b := range data {
		n.client.seq += uint32(len(b))
		n.server.ack = n.client.seq
	}
	return n
}

// ServerUnseen sends data of the server that the capture has missed.
func (n *Conn) ServerUnseen(data ...[]byte) *Conn {
	for _, b := range data {
		n.server.seq += uint32(len(b))
		n.client.ack = n.server.seq
	}
	return n
}

// After lets time pass.
func (n *Conn) After(d time.Duration) *Conn {
	n.capture.After(d)
	return n
}

// FIN closes the connection in order, one side after the other.
func (n *Conn) FIN(byClient bool) *Conn {
	return n.HalfClose(byClient).HalfClose(!byClient)
}

// HalfClose sends the FIN of one side, which the other acknowledges.
func (n *Conn) HalfClose(byClient bool) *Conn {
	a := n.side(byClient)
	b := n.peer(a)
	n.send(a, fin|ack, nil, nil)
	a.seq++
	b.ack = a.seq
	n.wait()
	n.send(b, ack, nil, nil)
	return n
}

// RST ends the connection at once.
func (n *Conn) RST(byClient bool) *Conn {
	n.send(n.side(byClient), rst|ack, nil, nil)
	return n
}

// KeepAliveProbe sends a TCP keep-alive of one side, the last byte before its
// next, and the answer to it.
func (n *Conn) KeepAliveProbe(byClient bool) *Conn {
	a := n.side(byClient)
	a.seq--
	a.service = probeService
	n.send(a, ack, []byte{0}, nil)
	a.service = 0
	a.seq++
	n.wait()
	n.send(n.peer(a), ack, nil, nil)
	n.wait()
	return n
}

// Frames, Capture and WriteFile are those of the capture that the connection is in.
func (n *Conn) Frames() []pcaps.Frame       { return n.capture.Frames() }
func (n *Conn) Capture() *pcaps.Capture     { return n.capture.Capture() }
func (n *Conn) WriteFile(path string) error { return n.capture.WriteFile(path) }
