package variable

import (
	"plcscope/s7comm"
	"plcscope/s7comm/symbol"
)

// Joiner brings together what one connection says of variables. The zero value is ready
// and names nothing.
type Joiner struct {
	Server, Client *symbol.Table // of either end, or nil
	Most           int           // names of one address; 0 is DefaultNames
	Templates      []Template    // how the payloads of BSEND are laid out

	list  []Variable
	names []Name
	hits  []symbol.Hit

	open []*asked // requests whose answer may bring values or a job, oldest first
	jobs []*asked // what is pushed, oldest first
	free []*asked

	latest uint64 // frame that was looked at last
	doubt  uint64 // requests up to this frame came before bytes that are missing
}

const (
	// DefaultNames is how many names of one address are told.
	DefaultNames = 8

	maxOpen      = 64   // requests that are kept
	maxJobs      = 64   // subscriptions and variable tables that are kept
	maxKept      = 1024 // addresses of one of them
	maxVariables = 8192 // of one message
)

// asked is what is kept of a request.
type asked struct {
	frame      uint64
	ref        uint16
	fromClient bool
	act        Act
	group      s7comm.Group
	function   uint8
	number     uint8 // of the job
	items      []s7comm.Item
	values     []s7comm.Value // that are to be written
	bytes      []byte         // what items and values borrow
}

// Message is what a Joiner looks at.
type Message struct {
	FromClient bool
	Frame      uint64
	PDU        *s7comm.PDU
	Request    *s7comm.Request // that it answers, or nil
}

// Variables are those that a message is about, in its order. The result is valid until
// the next call; it is empty for most messages that are neither reads nor writes.
func (j *Joiner) Variables(m Message) []Variable {
	clear(j.list)
	j.list, j.names = j.list[:0], j.names[:0]
	j.latest = max(j.latest, m.Frame)
	if m.PDU == nil || m.PDU.Kind != s7comm.KindS7 {
		return nil
	}
	if m.Request != nil && m.Request.Frame <= j.doubt {
		m.Request = nil
	}
	switch m.PDU.S7.ROSCTR {
	case s7comm.ROSCTRJob:
		j.job(m)
	case s7comm.ROSCTRAck, s7comm.ROSCTRAckData:
		j.answer(m)
	case s7comm.ROSCTRUserdata:
		switch m.PDU.Userdata.Group {
		case s7comm.GroupCyclic:
			j.cyclic(m)
		case s7comm.GroupProgrammer:
			j.table(m)
		case s7comm.GroupPBC:
			j.bsend(m)
		}
	}
	for i := range j.list {
		v := &j.list[i]
		if v.OfClient {
			j.nameAll(v, j.Client)
		} else {
			j.nameAll(v, j.Server)
		}
	}
	return j.list
}

// Reset forgets requests and jobs: bytes are missing, and with them perhaps the end of a
// job whose number another one has now, or a request that has the reference of an
// earlier one.
func (j *Joiner) Reset() {
	j.free = append(append(j.free, j.open...), j.jobs...)
	j.open, j.jobs = j.open[:0], j.jobs[:0]
	j.doubt = j.latest
}

// add makes room for a variable, and returns nil when there are too many.
func (j *Joiner) add(act Act, ofClient, answer bool) *Variable {
	if len(j.list) == maxVariables {
		return &Variable{}
	}
	j.list = append(j.list, Variable{Act: act, OfClient: ofClient, Answer: answer, Count: 1})
	return &j.list[len(j.list)-1]
}

// addItem adds the variables of one address: several for an item of SyntaxDBRead.
func (j *Joiner) addItem(act Act, ofClient, answer bool, it *s7comm.Item, x *s7comm.Value, coded bool) {
	n := it.DBReads()
	if n == 0 {
		v := j.add(act, ofClient, answer)
		v.at(*it)
		if x != nil {
			v.with(x, coded)
		}
		return
	}
	var parts []s7comm.Value
	if x != nil {
		parts = it.DBReadValues(*x)
	}
	for i := range n {
		a := it.DBRead(i)
		v := j.add(act, ofClient, answer)
		v.at(s7comm.AnyItem(s7comm.AreaDB, a.DB, s7comm.SizeByte, uint32(a.Start), 0, uint16(a.Length)))
		switch {
		case i < len(parts):
			v.with(&parts[i], coded)
		case x != nil && x.ReturnCode != s7comm.ReturnSuccess: // refused as a whole
			v.with(&s7comm.Value{ReturnCode: x.ReturnCode}, coded)
		}
	}
}

// addAll adds items with their values. Values without an item are shown as they are;
// items without a value are those of a refused request.
func (j *Joiner) addAll(act Act, ofClient, answer bool, items []s7comm.Item, values []s7comm.Value, coded bool) {
	for i := range max(len(items), len(values)) {
		it, x := &s7comm.Item{}, (*s7comm.Value)(nil)
		if i < len(items) {
			it = &items[i]
		}
		if i < len(values) {
			x = &values[i]
		}
		j.addItem(act, ofClient, answer, it, x, coded)
	}
}

// job reads a request of Read Var or Write Var.
func (j *Joiner) job(m Message) {
	p := m.PDU
	switch p.Function {
	case s7comm.FunctionRead:
		j.addAll(Read, !m.FromClient, false, p.Items, nil, false)
	case s7comm.FunctionWrite:
		j.addAll(Write, !m.FromClient, false, p.Items, p.Values, false)
		j.keep(m, Write, nil, p.Values)
	}
}

// answer reads an answer to Read Var or Write Var, and the refusal of one.
func (j *Joiner) answer(m Message) {
	p := m.PDU
	f := p.Function
	var items []s7comm.Item
	if r := m.Request; r != nil {
		if f == 0 {
			f = r.Function
		}
		if r.Function == f && r.ROSCTR == s7comm.ROSCTRJob {
			items = r.Items
		}
	}
	switch f {
	case s7comm.FunctionRead:
		j.addAll(Read, m.FromClient, true, items, p.Values, true)
	case s7comm.FunctionWrite:
		j.addAll(Write, m.FromClient, true, items, p.Values, true)
		if a := j.answered(m); a != nil {
			if len(a.values) == len(j.list) && len(items) == len(j.list) {
				for i := range j.list {
					j.list[i].Raw = a.values[i].Data
				}
			}
			j.free = append(j.free, a)
		}
	}
}

// keep remembers a request: the addresses, if they are not kept elsewhere, and values.
func (j *Joiner) keep(m Message, act Act, items []s7comm.Item, values []s7comm.Value) {
	if m.Frame == 0 || len(items) > maxKept || len(values) > maxKept {
		return
	}
	var a *asked
	switch n := len(j.free); {
	case len(j.open) == maxOpen:
		a = j.open[0]
		j.open = append(j.open[:0], j.open[1:]...)
	case n > 0:
		a, j.free = j.free[n-1], j.free[:n-1]
	default:
		a = new(asked)
	}
	u := &m.PDU.Userdata
	a.frame, a.ref, a.fromClient, a.act, a.number = m.Frame, m.PDU.S7.PDURef, m.FromClient, act, 0
	a.group, a.function = u.Group, u.Subfunction
	a.items, a.values = append(a.items[:0], items...), append(a.values[:0], values...)
	size := 0
	for i := range items {
		size += len(items[i].Raw)
	}
	for i := range values {
		size += len(values[i].Data)
	}
	const keepBytes = 1 << 14
	if cap(a.bytes) < size || cap(a.bytes) > keepBytes {
		a.bytes = make([]byte, 0, size)
	}
	a.bytes = a.bytes[:0]
	copied := func(b []byte) []byte {
		if b == nil {
			return nil
		}
		from := len(a.bytes)
		a.bytes = append(a.bytes, b...)
		return a.bytes[from:len(a.bytes):len(a.bytes)]
	}
	for i := range a.items {
		a.items[i].Raw = copied(a.items[i].Raw)
	}
	for i := range a.values {
		a.values[i].Data = copied(a.values[i].Data)
	}
	j.open = append(j.open, a)
}

// answered takes the request that m answers from those that are kept.
func (j *Joiner) answered(m Message) *asked {
	if m.Request == nil {
		return nil
	}
	for i, a := range j.open {
		if a.frame == m.Request.Frame && a.ref == m.Request.Ref && a.fromClient != m.FromClient {
			j.open = append(j.open[:i], j.open[i+1:]...)
			return a
		}
	}
	return nil
}
