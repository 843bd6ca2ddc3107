package assets

import (
	"bytes"

	"plcscope/flows"
	"plcscope/flows/tcp"
	"plcscope/s7comm"
)

// conn is what is kept of one connection.
type conn struct {
	flow  *flows.Connection
	ends  [2]*host     // by direction: who sends in it
	mac   [2][6]byte   // the latest that was looked at
	seen  [2]bool      // messages of the direction
	of    tcp.Dir      // the client's direction when pair was looked up
	pair  *pair        // nil before the first S7 message
	unit  *module      // of the server
	open  [2][]asked   // requests without an answer, oldest first
	rack  rackSlot     // that the client asks for
	setup s7comm.Setup // as granted, when granted
	// granted reports that setup was negotiated in the capture.
	granted bool

	transfers    s7comm.BlockTransfers
	transferring bool
	moving       []moving
	listed       s7comm.BlockType // of the latest request to list the blocks of a type
}

// asked is a request that waits for its answer.
type asked struct {
	ref      uint16
	userdata bool
	unsure   bool // a hole in the capture may have swallowed the answer
	givenUp  bool // the client has gone on to the next
	frame    uint64
	time     int64
	stats    *function
	action   *Action // nil: it is none
	then     effect
}

// moving is a transfer that has begun.
type moving struct {
	name   string
	kind   ActionKind
	action *Action // see asked
}

// maxMoving is how many transfers of a connection are remembered. Controllers allow
// one or two at a time.
const maxMoving = 8

// maxOpen is how many requests of one direction are remembered.
const maxOpen = s7comm.MaxOpen

// rackSlot is the module behind an address that a client asks for.
type rackSlot struct {
	rack, slot uint8
	known      bool
}

func (v *Inventory) conn(f *flows.Connection) *conn {
	if c := v.conns.Get(f); c != nil {
		return c
	}
	c := v.conns.Add(f)
	c.flow = f
	for d := range c.ends {
		c.ends[d] = v.hostOf(f.TCP.End[d].Addr)
	}
	return c
}

// server is the host that the client has connected to; nil beyond the bound.
func (c *conn) server() *host { return c.ends[c.flow.ClientDir().Peer()] }

// tsap notes which module the client asks for.
func (c *conn) tsap(p *s7comm.PDU) {
	if t := p.COTP.CalledTSAP; t != nil {
		resource, rack, slot, ok := t.S7()
		if ok = ok && resource <= s7comm.ResourceOther; ok && c.unit == nil {
			c.rack = rackSlot{rack, slot, true}
		}
	}
}

// resolve finds the pair and the module of the connection, and finds them again when
// it turns out that the other side is the client. It returns false beyond a bound.
func (v *Inventory) resolve(c *conn, f *flows.Connection) bool {
	if c.pair != nil && c.of == f.ClientDir() {
		return true
	}
	c.of = f.ClientDir()
	c.pair = v.pairOf(f)
	h := c.server()
	if c.pair == nil || h == nil {
		c.pair = nil
		return false
	}
	c.pair.connections++
	c.unit = h.module(c.rack)
	return c.unit != nil
}

// connect notes under which name a client goes to a broker.
func (c *conn) connect(m *flows.Message) {
	h := c.ends[m.Dir]
	if h == nil {
		return
	}
	id := m.Packet.Connect.ClientID
	id = id[:min(len(id), maxText)]
	broker := m.Conn.Server()
	for i := range h.mqtt {
		if u := &h.mqtt[i]; u.Broker == broker && bytes.Equal(u.ClientID, id) {
			u.Connects++
			return
		}
	}
	if len(h.mqtt) == maxMQTT {
		h.moreMQTT = true
		return
	}
	h.mqtt = append(h.mqtt, MQTTUse{ClientID: bytes.Clone(id), Broker: broker, Connects: 1})
}
