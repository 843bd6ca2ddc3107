package ladder

import (
	"bytes"
	"slices"
	"sort"

	"plcscope/flows"
	"plcscope/flows/index"
	"plcscope/rules"
	"plcscope/s7comm"
	"plcscope/tui/scope"
)

// evidence finds what was found about a frame.
type evidence struct {
	from *scope.Snapshot
	list []uint64 // frame<<32 | index of the finding, ascending
}

// take takes a newer snapshot.
func (e *evidence) take(s *scope.Snapshot) {
	e.from, e.list = s, e.list[:0]
	for i := range s.Verdicts.Findings {
		e.list = append(e.list, s.Verdicts.Findings[i].Frame<<32|uint64(i))
	}
	slices.Sort(e.list)
}

// between returns the findings of those of the frames from to to, both included, for
// which is holds.
func (e *evidence) between(from, to uint32, is func(frame uint32) bool) []*rules.Finding {
	var l []*rules.Finding
	for i := sort.Search(len(e.list), func(i int) bool { return e.list[i]>>32 >= uint64(from) }); i < len(e.list) && e.list[i]>>32 <= uint64(to); i++ {
		if is(uint32(e.list[i] >> 32)) {
			l = append(l, &e.from.Verdicts.Findings[uint32(e.list[i])])
		}
	}
	return l
}

// of returns what was found about a message.
func (v *view) of(c *caption) []*rules.Finding {
	frame := uint32(c.m.Frame)
	l := v.evidence.between(frame, frame, func(uint32) bool { return true })
	if len(l) == 0 {
		return nil
	}
	others := v.d.Scope().Index.MessagesIn(frame, nil)
	if len(others) < 2 {
		return l
	}
	var own []*rules.Finding
	for _, f := range l {
		if v.about(f, others) == c.m.Number {
			own = append(own, f)
		}
	}
	return own
}

// about decides which of several messages of a frame a finding is about: the one that
// begins with its bytes and is of its kind, or at least one of these, or the last.
func (v *view) about(f *rules.Finding, messages []uint32) uint32 {
	best, most := messages[len(messages)-1], 0
	for _, n := range messages {
		c := v.caption(n)
		likely := 0
		if named(&c.m) == f.Message {
			likely++
		}
		if k := min(len(c.head), len(f.Bytes)); k > 0 && bytes.Equal(c.head[:k], f.Bytes[:k]) {
			likely += 2
		}
		if likely > most {
			best, most = n, likely
		}
	}
	return best
}

// named is what findings call the kind of a message.
func named(m *index.Message) string {
	switch {
	case m.Proto == flows.MQTT:
		return m.Type.String()
	case m.COTP != s7comm.DT:
		return m.COTP.String()
	case m.ROSCTR == s7comm.ROSCTRAck:
		return "Ack"
	}
	return m.ROSCTR.String() + " " + m.Function.String()
}

// ofEvent returns what was found at an event: in frames of the connection that hold no
// message.
func (v *view) ofEvent(e *event) []*rules.Finding {
	if e.kind == jump {
		return nil
	}
	ix, conn := v.d.Scope().Index, v.connOf(e)
	c, _ := ix.Conn(conn)
	var from, to uint32
	switch e.kind {
	case opened:
		from, to = uint32(c.FirstFrame), uint32(c.FirstFrame)
	case ended:
		m, _ := ix.Message(ix.LastOf(conn))
		from, to = max(uint32(m.Frame), uint32(c.FirstFrame))+1, uint32(c.LastFrame)
	case gap:
		from, to = uint32(ix.Gap(e.n).Frame), uint32(ix.Gap(e.n).Frame)
	}
	return v.evidence.between(from, to, func(frame uint32) bool {
		f, ok := ix.Frame(frame)
		return ok && f.Conn == conn && len(ix.MessagesIn(frame, nil)) == 0
	})
}

// connOf is the connection of an event.
func (v *view) connOf(e *event) uint32 {
	if e.kind == gap {
		return v.d.Scope().Index.Gap(e.n).Conn
	}
	return e.n
}

// nextFinding returns the row of the next finding behind row i, or before it.
func (v *view) nextFinding(i int, backwards bool) (int, bool) {
	at := v.frameAt(i)
	list, step := v.evidence.list, 1
	j := sort.Search(len(list), func(k int) bool { return list[k]>>32 > uint64(at) })
	if backwards {
		j = sort.Search(len(list), func(k int) bool { return list[k]>>32 >= uint64(at) }) - 1
		step = -1
	}
	ix := v.d.Scope().Index
	for ; j >= 0 && j < len(list); j += step {
		frame := uint32(list[j] >> 32)
		f, ok := ix.Frame(frame)
		if !ok {
			continue
		}
		if _, shown := v.script.stages[f.Conn]; !shown {
			continue
		}
		if row, ok := v.rowOf(frame); ok && row != i {
			return row, true
		}
	}
	return 0, false
}
