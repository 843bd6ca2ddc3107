package packets

import (
	"plcscope/flows/index"
	"plcscope/tui/pane"
)

// Show implements pane.View.
func (v *view) Show(t pane.Target) bool {
	ix := v.d.Scope().Index
	frame := t.Frame
	if m, ok := ix.Message(t.Message); ok {
		frame = uint32(m.Frame)
	}
	if frame == 0 {
		frame = firstFrame(ix, t)
	}
	i, ok := v.rows.row(frame)
	if frame == 0 || !ok {
		return false
	}
	v.leave()
	v.frame, v.follow = frame, false
	v.reach(i)
	v.load()
	if t.Message != 0 || t.Bytes[1] > t.Bytes[0] {
		v.point(t)
	}
	return true
}

// firstFrame is the frame with which something begins that is no frame.
func firstFrame(ix *index.Index, t pane.Target) uint32 {
	conn := t.Conn
	if s, ok := ix.Session(t.Session); ok && conn == 0 && s.Conns > 0 {
		conn = s.LastConn + 1
	}
	if c, ok := ix.Conn(conn - 1); ok && conn > 0 {
		return uint32(c.FirstFrame)
	}
	if x, ok := ix.Topic(t.Topic); ok && t.Topic != 0 {
		if m, ok := ix.Message(x.Last); ok {
			return uint32(m.Frame)
		}
	}
	return 0
}

// point selects a message of the frame, or the field that bytes of it belong to.
func (v *view) point(t pane.Target) {
	tab, base := 0, 0
	if m := v.shown.find(t.Message); m != nil {
		tab, base = m.tab, m.base
	}
	k := -1
	if t.Bytes[1] > t.Bytes[0] {
		k = v.shown.deepest(tab, base+t.Bytes[0])
	}
	for i := range v.shown.nodes {
		if n := &v.shown.nodes[i]; k < 0 && n.message == t.Message && n.depth == 0 && (n.field == nil || unfolded[n.field.Name]) {
			k = i
		}
	}
	if k >= 0 {
		v.tree.reveal(k)
		v.tree.remember()
		v.mark()
	}
	if t.Bytes[1] > t.Bytes[0] {
		v.hex.highlight(tab, base+t.Bytes[0], base+t.Bytes[1])
	}
}

// Place implements pane.View.
func (v *view) Place() pane.Target {
	if v.stream != nil {
		return v.stream.place()
	}
	t := pane.Target{Frame: v.present()}
	ix := v.d.Scope().Index
	if f, ok := ix.Frame(t.Frame); ok && f.Conn != index.NoConn {
		t.Conn = f.Conn + 1
		if c, ok := ix.Conn(f.Conn); ok {
			t.Session = c.Session
		}
	}
	if v.shown.frame == t.Frame {
		if k := v.tree.node(); k >= 0 {
			t.Message = v.shown.nodes[k].message
		}
		if t.Message == 0 && len(v.shown.messages) > 0 {
			t.Message = v.shown.messages[0].Number
		}
	}
	if m, ok := ix.Message(t.Message); ok {
		t.Topic = m.Topic
		if m.Proto != protoMQTT {
			t.Topic = 0
		}
	}
	return t
}
