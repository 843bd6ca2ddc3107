package assets

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/flows/latency"
	"plcscope/flows/tcp"
	"plcscope/s7comm"
)

// Result is what an Inventory has found.
type Result struct {
	Assets       []Asset
	Transactions []Transactions // by controller, then by client
	Actions      []Action       // in the order of capture
	Bounds       Bounds
}

// Asset is a host of the plant.
type Asset struct {
	Addr     decode.Addr
	Roles    []flows.Role
	MACs     []MAC
	MQTT     []MQTTUse
	MoreMQTT bool
	Modules  []Module      // what answers S7 there
	SameAs   []decode.Addr // other addresses of a module with the same serial number
	Answers  []Function    // how it answered all its clients
}

// Vendor is who made the interface, or "". Where several addresses send from one
// hardware address, it may be that of a router.
func (a *Asset) Vendor() string {
	for _, m := range a.MACs {
		if s := vendorOf(m.Addr); s != "" {
			return s
		}
	}
	return ""
}

// MQTTUse is a client identifier under which a host goes to a broker.
type MQTTUse struct {
	ClientID []byte // at most 256 bytes
	Broker   tcp.Endpoint
	Connects uint64
}

// Module is a CPU or another module that answers behind an address.
type Module struct {
	Slots []string // "rack 0 slot 2", as clients ask for it; empty when no one was seen to ask
	Identity
	Protection *s7comm.Protection // as the controller has told last, or nil
	Mode       string             // the latest that is known, or ""
	Modes      []ModeChange
	MoreModes  uint64
	Counts     []s7comm.BlockCount // blocks by type, as the controller has told last
	Blocks     []Block
}

// Transactions are the requests that a client and a controller have sent each other.
type Transactions struct {
	Client, Server decode.Addr
	Connections    uint64
	FirstTime      int64 // of the first request
	LastTime       int64
	Functions      []Function
	Failures       []Failure
	MoreFailures   uint64
	Areas          []AreaUse
	Polls          []Poll
	Unmatched      uint64 // answers to requests that are not in the capture

	Negotiated      bool                // a setup is in the capture; the next three are valid
	PDULength       uint16              // bytes; of the latest setup
	Calling, Called uint16              // jobs that the client, the server may leave open; the fewest that were granted
	MostOpen        [2]int              // jobs that waited at one time: of the client, of the server
	Largest         [2]int              // bytes of the largest message of the client, of the server
	Fullest         [2]int              // 1/1000 of the PDU length that an answer of the client, of the server took
	Items, Jobs     uint64              // variables, and the jobs that read or write them
	MostItems       int                 // of one job
	Actions         [actionKinds]uint64 // how often the client has done what; see ActionKinds
}

// ActionKinds are all there are.
func ActionKinds() []ActionKind {
	list := make([]ActionKind, actionKinds)
	for i := range list {
		list[i] = ActionKind(i)
	}
	return list
}

// Function is what became of the requests of one kind.
type Function struct {
	Name         string
	ByServer     bool // the controller asks: pieces of a download
	Requests     uint64
	Answered     uint64
	Refused      uint64 // answered with an error
	ItemsRefused uint64 // items of answers without one
	Late         uint64 // answered after the client had gone on
	Unanswered   uint64
	Unknown      uint64 // a hole in the capture may hide the answer
	Open         uint64 // at the end of the capture
	Times        latency.Summary
}

// Poll is a read that a client repeats.
type Poll struct {
	First  string // address of the first item
	Items  int
	Count  uint64
	Period latency.Summary
}

// Result returns what was found so far; what waits for an answer counts once the tracker
// was flushed. hosts are those of the connections, see flows.Hosts. Nothing in the result
// changes when the inventory goes on, so that others may read it meanwhile.
func (v *Inventory) Result(hosts []flows.Host) Result {
	v.bounds.Histograms = v.pool.Refused
	r := Result{Bounds: v.bounds}
	for _, a := range v.actions {
		r.Actions = append(r.Actions, *a)
	}
	shared := map[[6]byte]int{}
	for _, h := range v.hosts {
		for _, m := range h.macs {
			shared[m.Addr]++
		}
	}
	for i := range hosts {
		a := Asset{Addr: hosts[i].Addr, Roles: hosts[i].Roles}
		if h := v.hosts[a.Addr]; h != nil {
			a.MQTT, a.MoreMQTT, a.Modules = slices.Clone(h.mqtt), h.moreMQTT, h.all()
			for _, m := range h.macs {
				m.Hosts = shared[m.Addr]
				a.MACs = append(a.MACs, m)
			}
		}
		r.Assets = append(r.Assets, a)
	}
	sameSerials(r.Assets)
	for _, p := range v.pairs {
		r.Transactions = append(r.Transactions, p.summary())
	}
	slices.SortFunc(r.Transactions, func(a, b Transactions) int {
		return cmp.Or(bytes.Compare(a.Server[:], b.Server[:]), bytes.Compare(a.Client[:], b.Client[:]))
	})
	for i := range r.Assets {
		r.Assets[i].Answers = v.answers(r.Transactions, r.Assets[i].Addr)
	}
	return r
}

// sameSerials finds modules that have several addresses.
func sameSerials(list []Asset) {
	by := map[string][]int{}
	for i := range list {
		for j := range list[i].Modules {
			if s := list[i].Modules[j].Serial; s != "" {
				by[s] = append(by[s], i)
			}
		}
	}
	for _, at := range by {
		for _, i := range at {
			for _, j := range at {
				if i != j {
					list[i].SameAs = append(list[i].SameAs, list[j].Addr)
				}
			}
		}
	}
	for i := range list {
		slices.SortFunc(list[i].SameAs, func(a, b decode.Addr) int { return bytes.Compare(a[:], b[:]) })
		list[i].SameAs = slices.Compact(list[i].SameAs)
	}
}

// all are the modules of a host. Those that contradict each other in nothing are one:
// several slots lead to the same CPU.
func (h *host) all() []Module {
	var list []*module
	var slots [][]string
next:
	for _, x := range h.modules {
		for i, y := range list {
			if y.agrees(x) {
				list[i] = y.join(x)
				slots[i] = append(slots[i], x.at.names()...)
				continue next
			}
		}
		list, slots = append(list, x), append(slots, x.at.names())
	}
	out := make([]Module, 0, len(list))
	for i, x := range list {
		m := Module{Slots: slots[i], Identity: x.identity, Mode: x.mode, Modes: slices.Clone(x.modes), MoreModes: x.moreModes, Counts: x.counts, Blocks: x.sorted()}
		if x.protected {
			p := x.protection
			m.Protection = &p
		}
		slices.Sort(m.Slots)
		out = append(out, m)
	}
	return out
}

func (r rackSlot) names() []string {
	if !r.known {
		return nil
	}
	return []string{"rack " + strconv.Itoa(int(r.rack)) + " slot " + strconv.Itoa(int(r.slot))}
}

// agrees reports whether two modules may be one.
func (x *module) agrees(y *module) bool {
	same := func(a, b string) bool { return a == "" || b == "" || a == b }
	a, b := &x.identity, &y.identity
	return same(a.OrderNumber, b.OrderNumber) && same(a.Serial, b.Serial) && same(a.Module, b.Module) && same(a.Firmware, b.Firmware)
}

// join makes one of two modules that agree.
func (x *module) join(y *module) *module {
	j := &module{at: x.at, identity: x.identity, protection: x.protection, protected: x.protected || y.protected, mode: x.mode, counts: x.counts, moreModes: x.moreModes + y.moreModes}
	to, from := &j.identity, &y.identity
	for _, s := range [...][2]*string{{&to.OrderNumber, &from.OrderNumber}, {&to.Hardware, &from.Hardware}, {&to.Firmware, &from.Firmware}, {&to.Name, &from.Name},
		{&to.Module, &from.Module}, {&to.Plant, &from.Plant}, {&to.Serial, &from.Serial}, {&to.Type, &from.Type}, {&to.Card, &from.Card}, {&to.Location, &from.Location}} {
		if *s[0] == "" {
			*s[0] = *s[1]
		}
	}
	if !x.protected {
		j.protection = y.protection
	}
	if j.counts == nil {
		j.counts = y.counts
	}
	j.modes = slices.Concat(x.modes, y.modes)
	slices.SortStableFunc(j.modes, func(a, b ModeChange) int { return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Frame, b.Frame)) })
	j.modes = slices.CompactFunc(j.modes, func(a, b ModeChange) bool { return a.Mode == b.Mode && a.Mode != "" })
	for _, c := range j.modes {
		if c.Mode != "" {
			j.mode = c.Mode
		}
	}
	j.blocks = map[blockKey]*Block{}
	for _, from := range []*module{x, y} {
		for k, b := range from.blocks {
			j.blocks[k] = b.join(j.blocks[k])
		}
	}
	return j
}

// join adds what another view of the same block has shown, o may be nil.
func (b *Block) join(o *Block) *Block {
	if o == nil {
		return b
	}
	j := *b
	j.Listed = b.Listed || o.Listed
	j.Uploads, j.Downloads = b.Uploads+o.Uploads, b.Downloads+o.Downloads
	if !b.Described && o.Described {
		j.Described, j.Info = true, o.Info
	}
	if o.Time > b.Time {
		j.By, j.Frame, j.Time = o.By, o.Frame, o.Time
	}
	return &j
}
