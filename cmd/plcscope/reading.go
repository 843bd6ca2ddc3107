package main

import (
	"plcscope/decode/filter"
	"plcscope/flows"
	"plcscope/flows/frames"
	"plcscope/mqtt"
)

// reading is the observer that feeds a printer. With a filter, what is printed of a frame
// waits until the frame is over and is then shown or dropped.
type reading struct {
	flows.Ignore
	o      *readOptions
	p      printer
	w      *output
	sieve  *frames.Sieve
	filter *filter.Filter // nil: everything is shown
	data   bool           // it looks at S7 data
	frames *queue         // when frames are shown, not messages

	left    uint64
	limited bool
	done    bool
	stop    func()
	part    mqtt.Packet // a packet of which the end is missing

	// The messages that came last, all of one frame.
	group   *frames.View // nil for none
	of      uint64       // number of the frame
	printed uint64       // that wait
	decided bool         // whether they are shown
}

func (r *reading) Message(m *flows.Message) {
	if r.done {
		return
	}
	s := stateOf(m.Conn)
	if m.Packet != nil {
		if m.Skipped > 0 {
			m.Packet = r.beginning(m)
		}
		s.aliases[m.Dir].Resolve(m.Packet, m.Tree)
	}
	s.vars = nil
	if r.o.most >= 0 {
		s.joiner.Most = r.o.most
		s.vars = r.o.naming.variables(&s.joiner, m)
	}
	if r.group != nil && r.of != m.Frame {
		r.close()
	}
	first := r.group == nil
	v := r.sieve.Message(m)
	r.group, r.of = v, m.Frame
	if r.data {
		addData(v, s.vars)
	}
	switch {
	case r.frames != nil:
		r.p.message(m, s, v)
		return
	case r.filter == nil:
		r.p.message(m, s, v)
		r.shown(1)
		return
	case r.decided: // there was no reason to expect another
		if v.Matches() {
			r.p.message(m, s, v)
			r.p.frameDone()
			r.shown(1)
		}
		return
	case first && endsSegment(m): // no other message comes from this frame
		r.decided = true
		if !v.Matches() {
			return
		}
		r.p.message(m, s, v)
		r.p.frameDone()
		r.sieve.Shown(v)
		r.shown(1)
		return
	case first:
		r.w.hold()
	}
	r.p.message(m, s, v)
	r.printed++
}

// endsSegment reports whether a message lies in one segment and is the last that ends
// there.
func endsSegment(m *flows.Message) bool {
	if m.Segment == nil || len(m.Segment.Payload) == 0 || len(m.Bytes) == 0 || m.Segment.Missing > 0 {
		return false
	}
	p := m.Segment.Payload
	return &m.Bytes[len(m.Bytes)-1] == &p[len(p)-1]
}

// shown counts messages, or frames, that were shown.
func (r *reading) shown(n uint64) {
	if !r.limited || r.done {
		return
	}
	if r.left <= n {
		r.left = 0
		r.stop()
		return
	}
	r.left -= n
}

// close decides on the messages of the group.
func (r *reading) close() {
	v := r.group
	r.group = nil
	switch {
	case v == nil:
	case r.frames != nil:
		r.frames.ready(v)
	case r.filter == nil:
		r.p.frameDone()
		r.sieve.Shown(v)
	case r.decided:
		r.decided = false
	case v.Matches():
		r.p.frameDone()
		r.w.keep()
		r.sieve.Shown(v)
		r.shown(r.printed)
	default:
		r.w.drop()
		r.p.undo()
	}
	r.printed = 0
}

func (r *reading) frameDone(c *flows.Connection) {
	if r.done {
		return
	}
	v := r.sieve.Done(c)
	if r.frames == nil {
		r.close()
		return
	}
	if r.group != nil && r.group != v {
		r.close()
	}
	r.frames.frame(v, r.group == v)
	r.group = nil
}

// end shows what is left at the end of the capture.
func (r *reading) end() {
	if !r.done {
		r.close()
		if r.frames != nil {
			r.frames.flush()
		}
	}
	r.p.end()
}

func (r *reading) Closed(c *flows.Connection) {
	if r.frames != nil && !r.done {
		if r.group != nil {
			r.close()
		}
		r.frames.closed(c)
	}
}

// beginning is what there is of a packet whose end is missing.
func (r *reading) beginning(m *flows.Message) *mqtt.Packet {
	if m.Tree != nil {
		m.Tree.Reset()
	}
	r.part.DecodePart(m.Bytes, m.Version, m.Tree)
	return &r.part
}

func (r *reading) Gap(g *flows.Gap) {
	if r.done || g.Conn.Proto != flows.MQTT && g.Conn.Proto != flows.ISO {
		return
	}
	s := stateOf(g.Conn)
	missing(&s.joiner, g)
	if r.filter == nil && r.frames == nil {
		r.p.gap(g, s)
	}
}
