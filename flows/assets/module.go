package assets

import (
	"plcscope/decode"
	"plcscope/flows"
	"plcscope/internal/fingerprint"
	"plcscope/s7comm"
)

// Identity is what a module tells of itself in the system status list. What it has
// not told is empty.
type Identity struct {
	OrderNumber string // "6ES7 315-2EH14-0AB0"
	Hardware    string // order number of the basic hardware, when it differs
	Firmware    string // "V3.2.6"
	Name        string // of the controller
	Module      string // name of the module
	Plant       string // plant identification
	Serial      string // serial number of the module
	Type        string // type of the module in words
	Card        string // serial number of the memory card
	Location    string
}

// ModeChange is a change of the operating mode, or the first time that it was told.
type ModeChange struct {
	Mode  string // "RUN", "STOP"; "" when the message tells only that something happened
	Why   string // how it is known
	By    decode.Addr
	HasBy bool // a client has brought it about
	Frame uint64
	Time  int64            // capture time
	Clock s7comm.Timestamp // by the controller's own clock, zero when it is not told
}

// module is what answers behind an address.
type module struct {
	at         rackSlot
	identity   Identity
	protection s7comm.Protection
	protected  bool // protection was told
	mode       string
	modes      []ModeChange
	moreModes  uint64
	blocks     map[blockKey]*Block
	counts     []s7comm.BlockCount
	told       map[uint32]uint64 // lists that were read, and a digest of the latest answer
}

// module finds or makes the module behind an address; nil when there are too many.
func (h *host) module(at rackSlot) *module {
	for _, x := range h.modules {
		if x.at == at {
			return x
		}
	}
	if len(h.modules) == maxModules {
		return nil
	}
	x := &module{at: at, blocks: map[blockKey]*Block{}, told: map[uint32]uint64{}}
	h.modules = append(h.modules, x)
	return x
}

// maxTold bounds the lists of a module whose latest answers are remembered.
const maxTold = 512

// news reports whether a list says something else than the time before.
func (x *module) news(id s7comm.SZLID, index uint16, content []byte) bool {
	k, h := uint32(id)<<16|uint32(index), fingerprint.Of(0, content)
	if before, ok := x.told[k]; ok && before == h {
		return false
	}
	if len(x.told) < maxTold {
		x.told[k] = h
	}
	return true
}

// learn takes in what an answer tells of the controller.
func (v *Inventory) learn(c *conn, m *flows.Message) {
	if m.FromClient || m.PDU.S7.ROSCTR != s7comm.ROSCTRUserdata {
		return
	}
	u := &m.PDU.Userdata
	switch u.Group {
	case s7comm.GroupCPU:
		if s, ok := u.SZL(); ok {
			c.unit.list(&s, u.Content, m)
		}
	case s7comm.GroupBlock:
		v.blockAnswer(c, m)
	}
}

// list takes in a partial list of the system status list.
func (x *module) list(s *s7comm.SZL, content []byte, m *flows.Message) {
	if c, ok := s.ModeChange(0); ok && s.ID.Extract() == 4 {
		if mode := c.Current.String(); mode != x.mode {
			x.change(ModeChange{Mode: mode, Why: "system status list: " + c.Event.String(), Frame: m.Frame, Time: m.Time, Clock: c.Time})
		}
		return
	}
	if !x.news(s.ID, s.Index, content) {
		return
	}
	for i := range s.Len() {
		if id, ok := s.ModuleID(i); ok {
			x.identify(&id)
		} else if p, ok := s.Component(i); ok {
			x.describe(p)
		} else if p, ok := s.Protection(i); ok {
			x.protection, x.protected = p, true
		}
	}
}

func (x *module) identify(id *s7comm.ModuleID) {
	switch id.Index {
	case s7comm.ModuleItself:
		x.identity.OrderNumber = id.OrderNumber
	case s7comm.ModuleHardware:
		x.identity.Hardware = id.OrderNumber
	case s7comm.ModuleFirmware:
		if f, ok := id.Firmware(); ok {
			x.identity.Firmware = f
		}
	}
}

func (x *module) describe(c s7comm.Component) {
	var to *string
	switch c.Index {
	case s7comm.ComponentPLC:
		to = &x.identity.Name
	case s7comm.ComponentModule:
		to = &x.identity.Module
	case s7comm.ComponentPlant:
		to = &x.identity.Plant
	case s7comm.ComponentSerial:
		to = &x.identity.Serial
	case s7comm.ComponentType:
		to = &x.identity.Type
	case s7comm.ComponentCard:
		to = &x.identity.Card
	case s7comm.ComponentLocation:
		to = &x.identity.Location
	default:
		return
	}
	if c.Text != "" {
		*to = c.Text
	}
}

// plus takes in how a controller that speaks S7comm-plus names itself.
func (v *Inventory) plus(c *conn, m *flows.Message) {
	if m.FromClient {
		return
	}
	id, ok := m.PDU.Plus.Identity()
	if !ok {
		return
	}
	h := c.server()
	if h == nil {
		return
	}
	if c.unit == nil {
		if c.unit = h.module(c.rack); c.unit == nil {
			return
		}
	}
	if order, firmware, ok := s7comm.PlusParts(id); ok {
		c.unit.identity.OrderNumber, c.unit.identity.Firmware = order, firmware
	}
}
