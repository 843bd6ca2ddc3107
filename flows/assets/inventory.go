package assets

import (
	"plcscope/decode"
	"plcscope/flows"
	"plcscope/flows/latency"
	"plcscope/flows/tcp"
	"plcscope/mqtt"
	"plcscope/s7comm"
)

// Options are the bounds of an Inventory; the zero value has defaults.
type Options struct {
	Hosts      int // addresses that are kept; 4096
	Pairs      int // clients and controllers that talk to each other; 4096
	Actions    int // stops, downloads, log-ins ... that are kept one by one; 1024
	Histograms int // response times that are kept beyond a few dozen; 512

	// Acted, when set, is told of every action when it is asked for, and again,
	// settled, when it is known what became of it or that this will not be known. It
	// must not keep a.
	Acted func(a *Action, settled bool)
}

// Bounds counts what was not kept because a bound was reached.
type Bounds struct {
	Hosts, Pairs, Polls, Areas, Blocks, Actions, Histograms uint64
}

// Bounds without a knob.
const (
	maxMACs         = 4    // of an address
	maxMQTT         = 16   // identifiers and brokers of a host
	maxModules      = 16   // behind an address
	maxModes        = 64   // changes of mode of a module
	maxBlocks       = 4096 // of a module
	maxAreas        = 256  // of a pair
	maxErrors       = 128  // kinds of errors of a pair
	maxPolls        = 256  // of a pair
	maxAllPolls     = 16384
	maxTransferring = 64  // connections whose transfers are joined at one time
	maxText         = 256 // bytes of a text from the wire
)

func (o *Options) setDefaults() {
	number := func(p *int, v int) {
		if *p <= 0 {
			*p = v
		}
	}
	number(&o.Hosts, 4096)
	number(&o.Pairs, 4096)
	number(&o.Actions, 1024)
	number(&o.Histograms, 512)
}

// Inventory observes connections of S7 and MQTT.
type Inventory struct {
	flows.Ignore

	opt    Options
	hosts  map[decode.Addr]*host
	pairs  map[pairKey]*pair
	pool   latency.Pool
	bounds Bounds

	actions      []*Action
	polls        int // of all pairs
	transferring int
	conns        flows.States[conn]
}

var slot = flows.NewSlot()

// New makes an inventory.
func New(opt Options) *Inventory {
	opt.setDefaults()
	return &Inventory{
		opt: opt, hosts: map[decode.Addr]*host{}, pairs: map[pairKey]*pair{},
		pool: latency.Pool{Left: opt.Histograms}, conns: flows.NewStates[conn](slot),
	}
}

// host is one address.
type host struct {
	addr     decode.Addr
	macs     []MAC
	mqtt     []MQTTUse
	moreMQTT bool
	modules  []*module
}

// hostOf finds or makes a host; nil when there are too many.
func (v *Inventory) hostOf(a decode.Addr) *host {
	h := v.hosts[a]
	if h == nil {
		if len(v.hosts) >= v.opt.Hosts {
			v.bounds.Hosts++
			return nil
		}
		h = &host{addr: a}
		v.hosts[a] = h
	}
	return h
}

// Message implements flows.Observer.
func (v *Inventory) Message(m *flows.Message) {
	if m.Packet == nil && m.PDU == nil {
		return
	}
	c := v.conn(m.Conn)
	c.seen[m.Dir] = true
	if m.Segment != nil {
		c.hardware(m)
	}
	if m.Err != nil || m.AfterError || m.Skipped > 0 {
		return
	}
	if m.Packet != nil {
		if m.Packet.Type == mqtt.CONNECT && m.FromClient {
			c.connect(m)
		}
		return
	}
	v.pdu(c, m)
}

// pdu takes in a message of a controller or for one.
func (v *Inventory) pdu(c *conn, m *flows.Message) {
	p := m.PDU
	switch p.COTP.Type {
	case s7comm.CR, s7comm.CC:
		c.tsap(p)
		return
	}
	switch p.Kind {
	case s7comm.KindS7Plus:
		v.plus(c, m)
		return
	case s7comm.KindS7:
	default:
		return
	}
	if !v.resolve(c, m.Conn) {
		return
	}
	switch p.S7.ROSCTR {
	case s7comm.ROSCTRJob:
		v.request(c, m)
	case s7comm.ROSCTRAck, s7comm.ROSCTRAckData:
		v.answer(c, m)
	case s7comm.ROSCTRUserdata:
		switch p.Userdata.Type {
		case s7comm.UserdataRequest:
			v.request(c, m)
		case s7comm.UserdataResponse:
			v.answer(c, m)
		case s7comm.UserdataPush:
			v.push(c, m)
		}
	}
}

// Gap implements flows.Observer.
func (v *Inventory) Gap(g *flows.Gap) {
	c := v.conns.Get(g.Conn)
	if c == nil {
		return
	}
	for d := range c.open {
		for i := range c.open[d] {
			c.open[d][i].unsure = true
		}
	}
	c.transfers.Reset()
}

// Closed implements flows.Observer.
func (v *Inventory) Closed(f *flows.Connection) {
	c := v.conns.Get(f)
	if c == nil {
		return
	}
	ended := f.TCP.CloseHow != tcp.ClosedByCapture
	for d := range c.open {
		whole := c.seen[0] && c.seen[1]
		for i := range c.open[d] {
			v.abandon(&c.open[d][i], whole, ended)
		}
	}
	if c.transferring {
		v.transferring--
	}
	*c = conn{open: [2][]asked{c.open[0][:0], c.open[1][:0]}}
	v.conns.Free(c)
}
