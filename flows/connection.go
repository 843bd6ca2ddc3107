package flows

import (
	"plcscope/flows/tcp"
	"plcscope/mqtt"
	"plcscope/s7comm"
)

// Connection is one TCP connection with the protocol on it. It is valid from
// Opened until Closed returns; the tracker then reuses it.
type Connection struct {
	TCP      *tcp.Conn // endpoints, times, counters, how it closed
	Proto    Protocol
	Evidence Evidence

	// Version is the MQTT version by which packets are decoded: the one of the
	// CONNECT, or a guess while no CONNECT was seen.
	Version        mqtt.Version
	VersionGuessed bool

	// WebSocket is set when MQTT is carried by WebSocket, and valid as long as
	// the connection.
	WebSocket *WebSocket

	// Unframed counts the bytes of each direction that belong to no message
	// that could be delimited: before the first recognised message of a stream
	// that was joined midway, or behind a hole.
	Unframed [2]uint64

	client        tcp.Dir
	clientCertain bool

	halves  [2]half
	iso     *isoState
	upgrade *upgrade
	slots   [maxSlots]any
}

// ClientDir is the direction of the bytes that the client sends.
func (c *Connection) ClientDir() tcp.Dir { return c.client }

// DirOf is the direction of the bytes that the client sends, or else the server.
func (c *Connection) DirOf(client bool) tcp.Dir {
	if client {
		return c.client
	}
	return c.client.Peer()
}

// ClientCertain reports whether the client is known: its SYN was captured, or it
// sent what only a client sends. Otherwise it is a guess by port number.
func (c *Connection) ClientCertain() bool { return c.clientCertain }

// Client and Server are the two endpoints by role.
func (c *Connection) Client() tcp.Endpoint { return c.TCP.End[c.client] }
func (c *Connection) Server() tcp.Endpoint { return c.TCP.End[c.client.Peer()] }

// FromStart reports whether the capture holds the beginning of the connection,
// that is its SYN or SYN-ACK.
func (c *Connection) FromStart() bool { return c.TCP.InitiatorKnown }

// Pending returns the number of bytes of a message that has begun in direction d
// and is not complete, and how long the message will be (0 when its length has
// not been seen yet).
func (c *Connection) Pending(d tcp.Dir) (have, want int) {
	if p := c.halves[d].partial; p != nil {
		return len(p.buf), p.need
	}
	return 0, 0
}

// Beyond returns how many bytes of direction d were seen behind position end of
// its stream, where its latest message has ended.
func (c *Connection) Beyond(d tcp.Dir, end uint64) uint64 {
	if c.upgrade != nil { // frames and parts of them that carry no message
		return max(c.halves[d].pos, end) - end
	}
	have, _ := c.Pending(d)
	return uint64(have)
}

// isoState is what an ISO-on-TCP connection needs beyond framing.
type isoState struct {
	assembler    [2]s7comm.Assembler
	transactions s7comm.Transactions
}

// reset makes the state ready for another connection.
func (i *isoState) reset() {
	i.assembler[0].Reset()
	i.assembler[1].Reset()
	i.transactions.Reset()
}

const maxSlots = 14

var slotsTaken int

// Slot is a place in every connection for the state of one kind of observer, so
// that it needs no table of its own.
type Slot int

// NewSlot reserves a slot; call it once per kind of observer, in a var block.
func NewSlot() Slot {
	if slotsTaken == maxSlots {
		panic("flows: more kinds of observers than slots")
	}
	slotsTaken++
	return Slot(slotsTaken - 1)
}

// Get returns what was put into the slot of c, or nil.
func (s Slot) Get(c *Connection) any { return c.slots[s] }

// Put stores v in the slot of c until c is closed.
func (s Slot) Put(c *Connection, v any) { c.slots[s] = v }
