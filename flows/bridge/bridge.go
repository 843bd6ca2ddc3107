package bridge

import (
	"bytes"
	"net/netip"
	"slices"

	"plcscope/flows"
	"plcscope/flows/latency"
	"plcscope/mqtt"
	"plcscope/s7comm/variable"
)

// Options say what a Bridge looks for.
type Options struct {
	Mappings []Mapping // at most MaxMappings are followed
	// Patience is how long a change may take until it counts as missed; default 60 s,
	// in nanoseconds.
	Patience int64
	// Variables reads the variables of a message with names; by default they have none,
	// and mappings of symbols see nothing.
	Variables func(j *variable.Joiner, m *flows.Message) []variable.Variable
}

// Bounds of a Bridge.
const (
	MaxMappings = 4096
	maxPending  = 64 // changes of a mapping that wait
	maxMisses   = 8  // that are told one by one
)

// Bridge observes connections of S7 and MQTT.
type Bridge struct {
	flows.Ignore
	opt  Options
	list []follower
	now  int64
	pool latency.Pool
}

// follower is a mapping and what became of its changes.
type follower struct {
	Mapping
	raw     []byte // the latest bytes
	last    value  // the latest value
	known   bool
	of      netip.Addr // the controller that shows it
	pending []change
	ahead   []publication
	times   latency.Times
	Counts
	misses []Miss
}

// change is a change of a value that was not published yet.
type change struct {
	value  value
	frame  uint64
	time   int64
	unsure bool // a hole in the capture may hide the PUBLISH
}

// publication is a value that was published and that no change was waiting for: the
// controller has published it before it was read, or its connection was held up in
// the capture.
type publication struct {
	value value
	time  int64
}

// conn is what is kept of one S7 connection.
type conn struct{ joiner variable.Joiner }

var slot = flows.NewSlot()

// New makes a bridge.
func New(opt Options) *Bridge {
	if opt.Patience <= 0 {
		opt.Patience = 60e9
	}
	if opt.Variables == nil {
		opt.Variables = func(j *variable.Joiner, m *flows.Message) []variable.Variable {
			return j.Variables(variable.Message{FromClient: m.FromClient, Frame: m.Frame, PDU: m.PDU, Request: m.Request})
		}
	}
	b := &Bridge{opt: opt, pool: latency.Pool{Left: 256}}
	for _, m := range opt.Mappings[:min(len(opt.Mappings), MaxMappings)] {
		b.list = append(b.list, follower{Mapping: m})
	}
	return b
}

// Message implements flows.Observer.
func (b *Bridge) Message(m *flows.Message) {
	b.now = max(b.now, m.Time)
	switch {
	case m.Err != nil || m.AfterError || m.Skipped > 0:
	case m.PDU != nil:
		c, ok := slot.Get(m.Conn).(*conn)
		if !ok {
			c = new(conn)
			slot.Put(m.Conn, c)
		}
		vars := b.opt.Variables(&c.joiner, m)
		for i := range vars {
			b.variable(&vars[i], m)
		}
	case m.Packet != nil && m.Packet.Type == mqtt.PUBLISH:
		b.publish(m)
	}
}

// variable looks whether a variable that a controller has told or taken is mapped.
func (b *Bridge) variable(v *variable.Variable, m *flows.Message) {
	if v.OfClient || v.Raw == nil || !v.Accepted() {
		return
	}
	controller := m.Conn.Server().Addr.Netip()
	for i := range b.list {
		f := &b.list[i]
		if f.Controller.IsValid() && f.Controller != controller {
			continue
		}
		if f.Symbol == "" {
			var bit [1]byte
			if raw := f.cut(v, &bit); raw != nil {
				b.seen(f, controller, raw, m)
			}
			continue
		}
		for j := range v.Names {
			if n := &v.Names[j]; n.Path == f.Symbol && n.Told() {
				f.Type = n.Type.Base
				b.seen(f, controller, n.Raw, m)
			}
		}
	}
}

// seen takes in what a controller holds.
func (b *Bridge) seen(f *follower, controller netip.Addr, raw []byte, m *flows.Message) {
	if f.known && f.of != controller {
		f.Others++
		return
	}
	f.Seen++
	if f.known && bytes.Equal(f.raw, raw) {
		return
	}
	first := !f.known
	f.of = controller
	f.raw, f.known = append(f.raw[:0], raw...), true
	f.last = ofS7(f.Type, raw)
	if first {
		return // it may have been so for long
	}
	f.Changes++
	if at, ok := f.foretold(m.Time, b.opt.Patience); ok {
		if at < m.Time {
			f.Early++
		} else {
			f.Carried++
			f.times.Record(at-m.Time, &b.pool)
		}
		f.pass(f.pending)
		f.pending = f.pending[:0]
		return
	}
	if len(f.pending) == maxPending {
		f.pass(f.pending[:1])
		f.pending = slices.Delete(f.pending, 0, 1)
	}
	f.pending = append(f.pending, change{f.last, m.Frame, m.Time, false})
}

// publish takes in a PUBLISH.
func (b *Bridge) publish(m *flows.Message) {
	p := m.Packet
	if p.Retain && !m.FromClient {
		return // kept by the broker since some time
	}
	for i := range b.list {
		f := &b.list[i]
		if !mqtt.MatchTopic([]byte(f.Topic), p.Topic) {
			continue
		}
		f.Publishes++
		v, ok := ofPayload(p.Payload, f.Path)
		if !ok {
			f.Unreadable++
			continue
		}
		f.published(b, v, m)
	}
}

func (f *follower) published(b *Bridge, v value, m *flows.Message) {
	for i := len(f.pending) - 1; i >= 0; i-- {
		if c := &f.pending[i]; c.value.is(&v) {
			f.Carried++
			f.times.Record(m.Time-c.time, &b.pool)
			f.pass(f.pending[:i])
			f.pending = slices.Delete(f.pending, 0, i+1)
			return
		}
	}
	if f.known && f.last.is(&v) {
		return // once more
	}
	if len(f.ahead) == maxPending {
		f.ahead = slices.Delete(f.ahead, 0, 1)
	}
	f.ahead = append(f.ahead, publication{v, m.Time})
}

// foretold takes the publication of the present value that was seen already: the first
// since the change, else the latest before it.
func (f *follower) foretold(change, patience int64) (at int64, ok bool) {
	found := -1
	for i := range f.ahead {
		a := &f.ahead[i]
		if a.time < change-patience || !f.last.is(&a.value) {
			continue
		}
		found = i
		if a.time >= change {
			break
		}
	}
	if found < 0 {
		return 0, false
	}
	at = f.ahead[found].time
	f.ahead = slices.Delete(f.ahead, 0, found+1)
	return at, true
}

// pass counts changes that a later value has overtaken.
func (f *follower) pass(list []change) {
	for i := range list {
		c := &list[i]
		if c.unsure || f.Publishes == 0 {
			f.Unknown++
			continue
		}
		f.Missed++
		if len(f.misses) < maxMisses {
			f.misses = append(f.misses, Miss{c.value.text, c.frame, c.time})
		}
	}
}

// Gap implements flows.Observer: what is missing may have carried anything.
func (b *Bridge) Gap(g *flows.Gap) {
	b.now = max(b.now, g.Time)
	if g.Conn.Proto == flows.ISO {
		if c, ok := slot.Get(g.Conn).(*conn); ok {
			c.joiner.Reset()
		}
		return
	}
	if g.Conn.Proto != flows.MQTT {
		return
	}
	for i := range b.list {
		for j := range b.list[i].pending {
			b.list[i].pending[j].unsure = true
		}
	}
}
