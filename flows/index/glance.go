package index

import (
	"plcscope/flows/frames"
	"plcscope/internal/wire"
)

// Bounds of a glance.
const (
	glancedFirst  = 6    // frames of a connection that its numbers are taken from
	glancedBefore = 40   // frames of the connection that come before the one in question
	glancedAhead  = 4096 // frames of the capture among which the first ones are looked for
	maxGlances    = 64   // connections at a time
)

// glance is where a look at a connection has come to.
type glance struct {
	*frames.Glance
	last uint32 // frame
}

// Notes tells what the segment in frame n does to its connection: the fields of
// frames.Fields that the first frames of the connection and those shortly before this one
// tell. It is quickest for frames in ascending order. The tree is borrowed until the next
// call of Notes.
func (r *Reader) Notes(n uint32) (*wire.Tree, error) {
	r.notes.Reset()
	f, ok := r.ix.Frame(n)
	if !ok {
		return nil, errNoFrame
	}
	if !f.Segment || f.Conn == NoConn {
		return &r.notes, nil
	}
	g := r.glances[f.Conn]
	var before []uint32 // the last first
	for k := r.ix.Previous(n); k != 0 && len(before) < glancedBefore && (g == nil || k != g.last); k = r.ix.Previous(k) {
		before = append(before, k)
	}
	goesOn := g != nil && n > g.last && (len(before) == 0 && r.ix.Previous(n) == g.last || len(before) > 0 && r.ix.Previous(before[len(before)-1]) == g.last)
	if !goesOn {
		g = r.begin(f.Conn, before, n)
	}
	for i := len(before) - 1; i >= 0; i-- {
		if before[i] > g.last {
			r.glimpse(g, before[i], nil)
		}
	}
	if err := r.glimpse(g, n, &r.notes); err != nil {
		return nil, err
	}
	return &r.notes, nil
}

// begin looks at the start of a connection.
func (r *Reader) begin(conn uint32, before []uint32, n uint32) *glance {
	g := &glance{Glance: frames.NewGlance()}
	if len(r.glances) >= maxGlances || r.glances == nil {
		r.glances = map[uint32]*glance{}
	}
	r.glances[conn] = g
	if len(before) == 0 {
		return g
	}
	oldest := before[len(before)-1]
	c, ok := r.ix.Conn(conn)
	if !ok || c.FirstFrame >= uint64(oldest) {
		return g
	}
	k := uint32(c.FirstFrame)
	for i := 0; i < glancedFirst && k != 0 && k < oldest; i++ {
		r.glimpse(g, k, nil)
		k = r.ix.Next(k, glancedAhead)
	}
	if k != oldest {
		g.Leap()
	}
	return g
}

// glimpse shows a frame to a glance.
func (r *Reader) glimpse(g *glance, n uint32, t *wire.Tree) error {
	s, err := r.segmentOf(n)
	if err != nil {
		return err
	}
	g.Add(s, t)
	g.last = n
	return nil
}
