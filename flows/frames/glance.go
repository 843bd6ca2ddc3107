package frames

import (
	"math"
	"slices"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/flows/tcp"
	"plcscope/internal/wire"
)

// Glance tells what segments do to their connection, for somebody who has not followed the
// capture: it is shown the first segments of the connection, for the numbers that others
// are relative to, and those shortly before the one in question. What these do not tell it
// does not claim. It belongs to one goroutine.
type Glance struct {
	table *tcp.Table
	notes *notes
	conn  flows.Connection
	spare wire.Tree // for nobody
}

// glanced are the fields that a glance is enough for. The table would count streams anew.
var glanced = slices.DeleteFunc(Fields.All(), func(f *wire.Field) bool {
	return f == Stream || f == fCompletness || f == Client || f == Session
})

// NewGlance looks at a connection.
func NewGlance() *Glance {
	patient := tcp.Options{IdleTime: math.MaxInt64, HandshakeTime: math.MaxInt64, Linger: math.MaxInt64, MaxConnections: 1}
	return &Glance{table: tcp.New(patient, blind{}), notes: newNotes(glanced)}
}

// Add takes the next segment and adds the fields of Fields that it has in its connection
// to t, unless that is nil.
func (g *Glance) Add(s *decode.Segment, t *wire.Tree) {
	g.table.Add(s)
	g.conn.TCP = g.table.Last()
	if t == nil {
		g.spare.Reset()
		t = &g.spare
	}
	g.notes.segment(s, &g.conn, t)
}

// Leap tells that segments are left out before the next: nothing that depends on them
// will be claimed.
func (g *Glance) Leap() {
	if g.conn.TCP != nil {
		placeOf(&g.conn).half = [2]half{{lossy: true}, {lossy: true}} // nor what is in flight
	}
}

// blind is a sink that wants nothing.
type blind struct{}

func (blind) Opened(*tcp.Conn, *decode.Segment)                             {}
func (blind) Data(*tcp.Conn, tcp.Dir, []byte, *decode.Segment)              {}
func (blind) Gap(*tcp.Conn, tcp.Dir, int64, tcp.GapReason, *decode.Segment) {}
func (blind) End(*tcp.Conn, tcp.Dir, *decode.Segment, bool)                 {}
func (blind) Closed(*tcp.Conn)                                              {}
